package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"leadhub/internal/store"
	"leadhub/routes"
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
