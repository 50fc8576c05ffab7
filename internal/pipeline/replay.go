package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/routes"
	"leadhub/rules"
)

// ReplayMode says what of what arrived already is sent once more.
type ReplayMode string

// The modes.
const (
	ReplayMissing ReplayMode = ""        // nothing: only what is not there
	ReplayChanged ReplayMode = "changed" // those whose rendered request differs from what was sent
	ReplayAgain   ReplayMode = "again"   // everything
)

// ReplaySpec says which events to go through again, and how.
type ReplaySpec struct {
	Events   []int64       `json:"events,omitempty"` // their ids; empty: all that fit the rest
	From     time.Time     `json:"from,omitzero"`
	Until    time.Time     `json:"until,omitzero"` // exclusive
	Receiver string        `json:"receiver,omitempty"`
	Outcome  store.Outcome `json:"outcome,omitempty"` // only what this became of, so far
	Route    string        `json:"route,omitempty"`   // only what this route decides about
	Output   string        `json:"output,omitempty"`  // only deliveries to it
	// Stored takes the decision that was made, with the lead as it was; otherwise the
	// rules of now decide.
	Stored bool       `json:"stored,omitempty"`
	Mode   ReplayMode `json:"mode,omitempty"`
	Rate   float64    `json:"rate"` // events per second, > 0
	// Last is the newest event when it was asked for: what comes later is not meant.
	Last int64 `json:"last"`
}

// ReplayProgress is where a replay stands.
type ReplayProgress struct {
	Run    int64         `json:"run"`
	Cursor int64         `json:"cursor"` // the last event that is done
	Counts *ReplayCounts `json:"counts"`
}

// Errors of a replay.
var (
	// ErrRunElsewhere: another process goes on with the same run.
	ErrRunElsewhere = errors.New("pipeline: the run is under way already")
	// ErrNoRun: there is no such run.
	ErrNoRun = errors.New("pipeline: no such run")
	// ErrRunDone: the run came to its end.
	ErrRunDone = errors.New("pipeline: the run is done")
)

const (
	// replayBatchSize is how many events are decided between two live batches. Few, so
	// that a live event waits a few milliseconds at most.
	replayBatchSize = 20
	// maxBacklog is how many due deliveries an output may have before a replay waits
	// for it, so that a new lead does not stand behind all of the replayed ones.
	maxBacklog = 32
	// backlogWait is how often a replay looks whether an output has caught up.
	backlogWait = 50 * time.Millisecond
)

// replayer goes through events again.
type replayer struct {
	store   *store.Store
	spec    ReplaySpec
	run     int64 // 0: it is only planned
	scopes  *sync.Pool
	tableOf func(int64) *routes.Table

	// Of a plan: the leads and keys that would be there, had it been carried out.
	planned map[string]*store.LeadNow
	keys    map[string]bool
}

func (a *Actions) replayer(spec ReplaySpec, run int64) *replayer {
	return &replayer{store: a.store, spec: spec, run: run, scopes: a.scopes, tableOf: a.tableOf, planned: map[string]*store.LeadNow{}, keys: map[string]bool{}}
}

func (r *replayer) seen(ctx context.Context, keys [][]byte) (map[string]bool, error) {
	seen, err := r.store.SeenKeys(ctx, keys)
	for _, k := range keys {
		if r.keys[string(k)] {
			seen[string(k)] = true
		}
	}
	return seen, err
}

func (r *replayer) remember(key []byte) {
	if r.run == 0 && key != nil {
		r.keys[string(key)] = true
	}
}

func (r *replayer) leads(ctx context.Context, ids []string) (map[string]*store.LeadNow, error) {
	now, err := r.store.LeadsNow(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if l := r.planned[id]; l != nil {
			c := *l // it counts only once its event is gone through to the end
			now[id] = &c
		}
	}
	return now, nil
}

func (r *replayer) overlay(now *store.LeadNow) {
	if r.run == 0 {
		r.planned[now.PublicID] = now
	}
}

// size is how many events make a batch. What is left out by its decision must not be
// built upon by the next event, so there each goes on its own.
func (r *replayer) size() int {
	if r.spec.Route != "" || r.spec.Outcome != store.OutcomeNone {
		return 1
	}
	return replayBatchSize
}

// filter selects the events after one.
func (r *replayer) filter(after int64) store.EventFilter {
	f := store.EventFilter{
		IDs: r.spec.Events, After: after, Last: r.spec.Last, From: r.spec.From, Until: r.spec.Until, Receiver: r.spec.Receiver,
	}
	if o := r.spec.Outcome; o == store.OutcomeHeld || o == store.OutcomeUnmapped {
		f.Outcome = o
	}
	return f
}

// begin is where to begin, so that what is older need not be read.
func (r *replayer) begin(ctx context.Context) (int64, error) {
	if r.spec.Events != nil {
		return 0, nil
	}
	return r.store.BeginAt(ctx, r.spec.From)
}

// PlanReplay says what a replay would do. Nothing is written or sent. progress, if not
// nil, is called now and then with the counts so far.
func (a *Actions) PlanReplay(ctx context.Context, spec ReplaySpec, progress func(ReplayProgress)) (*ReplayCounts, error) {
	r := a.replayer(spec, 0)
	counts := newReplayCounts()
	cursor, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	for {
		events, err := r.store.SelectEvents(ctx, r.filter(cursor), r.size())
		if err != nil || len(events) == 0 {
			return counts, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err = each(events, counts, func(c *ReplayCounts, part []store.Event) error {
			b := &replayBatch{replayer: r, cfg: a.cfg(), counts: c}
			_, err := b.plan(ctx, part)
			return err
		})
		if err != nil {
			return nil, err
		}
		cursor = events[len(events)-1].ID
		if progress != nil {
			progress(ReplayProgress{Cursor: cursor, Counts: counts})
		}
	}
}

// each calls do for a batch and, where that panics, for each of its events, so that
// one that cannot be replayed does not hold up the others. into gets the counts of
// what went well. An error of do is returned at once: it is not about an event.
func each(events []store.Event, into *ReplayCounts, do func(*ReplayCounts, []store.Event) error) error {
	try := func(part []store.Event) (caught any, err error) {
		defer func() { caught = recover() }()
		c := into.clone()
		if err := do(c, part); err != nil {
			return nil, err
		}
		*into = *c
		return nil, nil
	}
	caught, err := try(events)
	if caught == nil || err != nil {
		return err
	}
	for i := range events {
		if len(events) > 1 {
			if caught, err = try(events[i : i+1]); err != nil {
				return err
			}
		}
		if caught != nil {
			into.Events++
			into.fail(cut(fmt.Sprintf("%s: internal error: %v", store.EventID(events[i].ID), caught)))
		}
	}
	return nil
}

// Replay carries a replay out, from the beginning or, with the id of a run, from
// where it ended. It returns when it is done, or when ctx is cancelled; then the run
// can be gone on with. progress is called after every batch, and once with the
// number of the run before anything is done.
func (a *Actions) Replay(ctx context.Context, spec ReplaySpec, run int64, progress func(ReplayProgress)) (*ReplayProgress, error) {
	p := &ReplayProgress{Run: run, Counts: newReplayCounts()}
	if err := a.open(ctx, &spec, p); err != nil {
		return nil, err
	}
	defer a.busy.Delete(p.Run)
	progress(*p)
	r := a.replayer(spec, p.Run)
	if p.Cursor == 0 {
		begin, err := r.begin(ctx)
		if err != nil {
			return p, a.close(p.Run, err)
		}
		if err := a.step(ctx, r, p, &store.Routing{Run: p.Run}, begin); err != nil {
			return p, a.close(p.Run, err)
		}
	}
	started, done := a.now(), 0
	for {
		n, err := a.advance(ctx, r, p)
		if err != nil || n == 0 {
			return p, a.close(p.Run, err)
		}
		progress(*p)
		done += n
		ahead := time.Duration(float64(done)/spec.Rate*float64(time.Second)) - a.now().Sub(started)
		if err := a.wait(ctx, p, ahead); err != nil {
			return p, a.close(p.Run, err)
		}
	}
}

// open starts a run, or takes one up again.
func (a *Actions) open(ctx context.Context, spec *ReplaySpec, p *ReplayProgress) error {
	if p.Run == 0 {
		body, err := json.Marshal(spec)
		if err != nil {
			return fmt.Errorf("pipeline: encode a replay: %w", err)
		}
		counts, err := json.Marshal(p.Counts)
		if err != nil {
			return fmt.Errorf("pipeline: encode a replay: %w", err)
		}
		if p.Run, err = a.store.StartRun(ctx, store.RunReplay, body, counts); err != nil {
			return err
		}
		a.busy.Store(p.Run, true)
		return nil
	}
	if _, busy := a.busy.LoadOrStore(p.Run, true); busy {
		return ErrRunElsewhere
	}
	err := a.reopen(ctx, spec, p)
	if err != nil {
		a.busy.Delete(p.Run)
	}
	return err
}

func (a *Actions) reopen(ctx context.Context, spec *ReplaySpec, p *ReplayProgress) error {
	kept, err := a.store.Run(ctx, p.Run)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNoRun
	case err != nil:
		return err
	case kept.Kind != store.RunReplay:
		return ErrNoRun
	case kept.State == store.RunDone:
		return ErrRunDone
	}
	if err := errors.Join(json.Unmarshal(kept.Spec, spec), json.Unmarshal(kept.Counts, p.Counts)); err != nil {
		return fmt.Errorf("pipeline: what is kept of run %d cannot be read: %w", p.Run, err)
	}
	p.Cursor = kept.Cursor
	return a.store.SetRun(ctx, p.Run, store.RunRunning, "")
}

// close notes how a run ended, also where ctx has ended.
func (a *Actions) close(run int64, err error) error {
	state, note := store.RunDone, ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		state = store.RunInterrupted
	case errors.Is(err, ErrRunElsewhere):
		return err // it is the other one's
	case err != nil:
		state, note = store.RunFailed, cut(err.Error())
	}
	return errors.Join(err, a.store.SetRun(context.Background(), run, state, note))
}

// advance replays the next events and returns how many; 0 at the end.
func (a *Actions) advance(ctx context.Context, r *replayer, p *ReplayProgress) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	events, err := r.store.SelectEvents(ctx, r.filter(p.Cursor), r.size())
	if err != nil || len(events) == 0 {
		return 0, err
	}
	counts := p.Counts.clone()
	err = each(events, counts, func(c *ReplayCounts, part []store.Event) error { return a.replay(ctx, r, p, c, part) })
	if err != nil {
		return 0, err
	}
	p.Counts = counts
	if last := events[len(events)-1].ID; p.Cursor != last { // it failed: past it all the same
		err = a.step(ctx, r, p, &store.Routing{}, last)
	}
	return len(events), err
}

// replay decides about events and writes what came of it, as the one router at that
// moment.
func (a *Actions) replay(ctx context.Context, r *replayer, p *ReplayProgress, c *ReplayCounts, events []store.Event) error {
	a.routing.Lock()
	defer a.routing.Unlock()
	cfg, id, err := a.deciding(ctx)
	if err != nil {
		return err
	}
	b := &replayBatch{replayer: r, cfg: cfg, configID: id, counts: c}
	routing, err := b.plan(ctx, events)
	if err != nil {
		return err
	}
	p2 := *p
	p2.Counts = c
	if err := a.step(ctx, r, &p2, routing, events[len(events)-1].ID); err != nil {
		return err
	}
	p.Cursor = p2.Cursor
	for i := range routing.Events {
		for _, d := range routing.Events[i].Decisions {
			for _, v := range d.Deliveries {
				a.wakeAt(v.Output, later(a.now(), v.Due))
			}
			for _, v := range d.Revive {
				a.wakeAt(v.Output, a.now())
			}
		}
	}
	return nil
}

// step writes a routing together with the run's place.
func (a *Actions) step(ctx context.Context, r *replayer, p *ReplayProgress, routing *store.Routing, to int64) error {
	counts, err := json.Marshal(p.Counts)
	if err != nil {
		return fmt.Errorf("pipeline: encode a replay: %w", err)
	}
	routing.Run, routing.Step = r.run, &store.RunStep{From: p.Cursor, To: to, Counts: counts}
	claimed, err := r.store.Route(ctx, routing)
	if err != nil {
		return err
	}
	if !claimed {
		return ErrRunElsewhere
	}
	p.Cursor = to
	return nil
}

// wait keeps to the rate, and waits while an output that is sent to has fallen behind.
func (a *Actions) wait(ctx context.Context, p *ReplayProgress, ahead time.Duration) error {
	for {
		if ahead <= 0 {
			behind, err := a.behind(ctx, p)
			if err != nil || !behind {
				return err
			}
			ahead = backlogWait
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(ahead):
			ahead = 0
		}
	}
}

// behind says whether an output has more to send than a new lead should stand behind.
// Where no hub runs nothing is sent, so nothing falls behind.
func (a *Actions) behind(ctx context.Context, p *ReplayProgress) (bool, error) {
	if a.hub == nil {
		return false, nil
	}
	for _, o := range p.Counts.Outputs {
		if o.Send == 0 {
			continue
		}
		n, err := a.store.Backlog(ctx, o.Output, maxBacklog)
		if err != nil || n >= maxBacklog {
			return n >= maxBacklog, err
		}
	}
	return false, nil
}

// deciding returns the configuration that decides now, kept under its id.
func (a *Actions) deciding(ctx context.Context) (*config.Config, int64, error) {
	if a.hub != nil {
		g := a.hub.gen.Load()
		return g.cfg, g.configID, nil
	}
	if a.configID == 0 {
		id, err := a.store.KeepConfig(ctx, a.cfg().Hash, a.cfg().Source, a.cfg().Versions.Encode())
		if err != nil {
			return nil, 0, err
		}
		a.configID = id
	}
	return a.cfg(), a.configID, nil
}

// offlineTables reads the routing tables of earlier configurations.
func offlineTables(o Options) func(int64) *routes.Table {
	tables := map[int64]*routes.Table{}
	var mu sync.Mutex
	return func(id int64) *routes.Table {
		mu.Lock()
		defer mu.Unlock()
		t, ok := tables[id]
		if !ok {
			t = keptTable(o, o.Config.File, id)
			tables[id] = t
		}
		return t
	}
}

// keptTable reads the routing table of a configuration that decided something; nil
// where this version does not understand it.
func keptTable(o Options, file string, id int64) *routes.Table {
	_, body, err := o.Store.ConfigBody(context.Background(), id)
	if err != nil {
		return nil
	}
	load := o.Load
	load.Offline, load.Kept = true, &config.Versions{} // what the clauses say does not depend on the lists
	load.Logger = slog.New(slog.DiscardHandler)
	cfg, _ := config.Parse(file, body, o.Kinds, load)
	if cfg == nil {
		return nil
	}
	return cfg.Routes
}

func newScopes() *sync.Pool { return &sync.Pool{New: func() any { return rules.NewScope() }} }
