package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// ReplayOptions say what to replay: files, events by id, or all that fit the rest.
type ReplayOptions struct {
	Events   []string     `json:"events,omitempty"` // evt_42
	Files    []ReplayFile `json:"files,omitempty"`
	From     string       `json:"from,omitempty"`  // as When reads it
	Until    string       `json:"until,omitempty"` // exclusive; "": now
	Receiver string       `json:"receiver,omitempty"`
	Outcome  string       `json:"outcome,omitempty"` // what became of it so far: unmapped, held, …
	Route    string       `json:"route,omitempty"`   // only leads that this route decides about
	Output   string       `json:"output,omitempty"`  // only deliveries to it
	// Stored takes the decisions as they were made; otherwise the rules of now decide.
	Stored bool `json:"stored,omitempty"`
	// Changed also sends what arrived where the request would now differ; Again sends
	// everything once more.
	Changed bool    `json:"changed,omitempty"`
	Again   bool    `json:"again,omitempty"`
	Rate    float64 `json:"rate,omitempty"` // events per second; 0: DefaultRate
	// UpTo is the newest event that is meant, as a plan says it; "": the newest there is.
	UpTo string `json:"up_to,omitempty"`
}

// DefaultRate is how many events per second a replay goes through.
const DefaultRate = 200

// maxRate bounds ReplayOptions.Rate.
const maxRate = 100_000

// ReplayPlan says what a replay would do.
type ReplayPlan struct {
	*pipeline.ReplayCounts
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Zone   string    `json:"timezone"`
	UpTo   string    `json:"up_to,omitempty"` // the newest event that is meant
	Config string    `json:"config"`          // hash of the configuration at work
	// Files says what would become of each payload that was captured elsewhere.
	Files   []FilePlan `json:"files,omitempty"`
	Running bool       `json:"running"` // a hub runs and sends what is to be sent
}

// ReplayProgress is where a replay stands.
type ReplayProgress struct {
	Run    int64 `json:"run"`
	Events int   `json:"events"` // done so far
	Send   int   `json:"send"`   // deliveries made so far
}

// ReplayResult says what a replay did.
type ReplayResult struct {
	Run int64 `json:"run,omitempty"` // 0: of files
	*pipeline.ReplayCounts
	// Interrupted: it ended before its end; --resume goes on.
	Interrupted bool `json:"interrupted"`
	// Taken are the events made of files, in their order.
	Taken   []string `json:"taken,omitempty"`
	Running bool     `json:"running"`
}

// PlanReplay says what a replay would do. Nothing is written or sent.
func PlanReplay(ctx context.Context, configFile string, o ReplayOptions, env Env) (*ReplayPlan, error) {
	return act(ctx, configFile, env, true, func(a Actions) (*ReplayPlan, error) { return a.PlanReplay(ctx, o) })
}

// Replay carries a replay out; with resume, the run of that number from where it
// ended, and o is not looked at. When ctx is cancelled it ends where it is.
func Replay(ctx context.Context, configFile string, o ReplayOptions, resume int64, progress func(ReplayProgress), env Env) (*ReplayResult, error) {
	return act(ctx, configFile, env, true, func(a Actions) (*ReplayResult, error) { return a.Replay(ctx, o, resume, progress) })
}

// PlanReplay implements Actions.
func (a *acting) PlanReplay(ctx context.Context, o ReplayOptions) (*ReplayPlan, error) {
	p := &ReplayPlan{Zone: a.zone().String(), Config: a.acts.Config().Hash, Running: a.acts.Running()}
	if len(o.Files) > 0 {
		return p, a.planFiles(ctx, o, p)
	}
	spec, err := a.replaySpec(ctx, o)
	if err != nil {
		return nil, err
	}
	p.From, p.Until, p.UpTo = spec.From, spec.Until, store.EventID(spec.Last)
	if p.ReplayCounts, err = a.acts.PlanReplay(ctx, spec, nil); err != nil {
		return nil, err
	}
	if p.Events == 0 {
		return nil, a.nothingFits(spec)
	}
	return p, nil
}

// Replay implements Actions.
func (a *acting) Replay(ctx context.Context, o ReplayOptions, resume int64, progress func(ReplayProgress)) (*ReplayResult, error) {
	if len(o.Files) > 0 && resume == 0 {
		return a.takeFiles(ctx, o, progress)
	}
	var spec pipeline.ReplaySpec
	var err error
	if resume == 0 {
		if spec, err = a.replaySpec(ctx, o); err != nil {
			return nil, err
		}
	}
	done, err := a.acts.Replay(ctx, spec, resume, func(p pipeline.ReplayProgress) {
		send, _ := p.Counts.Sends()
		progress(ReplayProgress{Run: p.Run, Events: p.Counts.Events, Send: send})
	})
	switch {
	case errors.Is(err, pipeline.ErrNoRun):
		return nil, notTheref("there is no run %d: `leadhub replay --runs` shows them", resume)
	case errors.Is(err, pipeline.ErrRunDone):
		return nil, fmt.Errorf("run %d is done already", resume)
	case errors.Is(err, pipeline.ErrRunElsewhere):
		return nil, fmt.Errorf("run %d is under way already", resume)
	case done == nil:
		return nil, err
	}
	r := &ReplayResult{Run: done.Run, ReplayCounts: done.Counts, Running: a.acts.Running(), Interrupted: errors.Is(err, context.Canceled)}
	if err != nil && !r.Interrupted {
		return nil, fmt.Errorf("run %d ended after %s: %w (`leadhub replay --resume %[1]d` goes on)", done.Run, count(done.Counts.Events, "event"), err)
	}
	return r, nil
}

// nothingFits says that there is nothing to replay.
func (a *acting) nothingFits(s pipeline.ReplaySpec) error {
	what := "no event"
	if s.Outcome != store.OutcomeNone {
		what += " that is " + s.Outcome.String()
	}
	if s.Receiver != "" {
		what += " of " + s.Receiver
	}
	const layout = "2006-01-02 15:04"
	if !s.From.IsZero() {
		what += " was received from " + s.From.In(a.zone()).Format(layout)
	} else {
		what += " was received"
	}
	return notTheref("%s until %s (%s): `leadhub events list` shows what was", what, s.Until.In(a.zone()).Format(layout), a.zone())
}

// replayOutcomes are what --outcome selects.
func replayOutcomes() []store.Outcome {
	return []store.Outcome{store.OutcomeUnmapped, store.OutcomeHeld, store.OutcomeSuppressed, store.OutcomeRouted, store.OutcomeNotice, store.OutcomeTest}
}

func (a *acting) replaySpec(ctx context.Context, o ReplayOptions) (s pipeline.ReplaySpec, err error) {
	s = pipeline.ReplaySpec{Receiver: o.Receiver, Route: o.Route, Output: o.Output, Stored: o.Stored, Rate: o.Rate}
	ranged := o.From != "" || o.Until != ""
	switch {
	case len(o.Events) == 0 && !ranged && o.Receiver == "" && o.Outcome == "" && o.Route == "" && o.Output == "":
		return s, usagef("say what to replay: files, ids of events (evt_42), or a range, as in --from yesterday --until today")
	case len(o.Events) > 0 && ranged:
		return s, usagef("ids name events one by one: leave out --from and --until")
	case len(o.Events) > store.MaxEventIDs:
		return s, usagef("at most %d ids at once: use --from and --until for more", store.MaxEventIDs)
	case o.Changed && o.Again:
		return s, usagef("--again sends everything once more, and so what --changed would: leave one of them out")
	case o.Rate < 0 || o.Rate > maxRate:
		return s, usagef("--rate %.0f: write how many events a second, from 1 to %d", o.Rate, maxRate)
	case o.Rate == 0:
		s.Rate = DefaultRate
	}
	switch {
	case o.Changed:
		s.Mode = pipeline.ReplayChanged
	case o.Again:
		s.Mode = pipeline.ReplayAgain
	}
	if o.Outcome != "" {
		if s.Outcome, err = word("outcome", o.Outcome, replayOutcomes()); err != nil {
			return s, err
		}
	}
	if err := a.replayNames(o); err != nil {
		return s, err
	}
	if s.Last, err = a.upTo(ctx, o.UpTo); err != nil {
		return s, err
	}
	if len(o.Events) > 0 {
		s.Events, err = a.replayIDs(ctx, o.Events)
		return s, err
	}
	r, err := between(o.From, o.Until, a.zone(), a.env.Now())
	s.From, s.Until = r.from, r.until
	return s, err
}

func (a *acting) upTo(ctx context.Context, id string) (int64, error) {
	last, err := a.acts.Store().LastEvent(ctx)
	if err != nil || id == "" {
		return last, err
	}
	n, ok := EventNumber(id)
	if !ok {
		return 0, notAnEvent(Shorten(id))
	}
	return min(n, last), nil
}

// replayNames says which of the names do not exist.
func (a *acting) replayNames(o ReplayOptions) error {
	c := a.acts.Config()
	if names := outputNames(c); o.Output != "" && !slices.Contains(names, o.Output) {
		return &UsageError{Message: unknown("output", o.Output, names)}
	}
	if o.Stored {
		return nil // what was decided may name what is not configured any more
	}
	if names := receiverNames(c); o.Receiver != "" && !slices.Contains(names, o.Receiver) {
		return &UsageError{Message: unknown("receiver", o.Receiver, names)}
	}
	var names []string
	for _, r := range slices.Concat(c.Routes.Routes, c.Routes.Notices) {
		if r.Name != "" {
			names = append(names, r.Name)
		}
	}
	if o.Route != "" && !slices.Contains(names, o.Route) {
		return &UsageError{Message: unknown("route", o.Route, names)}
	}
	return nil
}

func (a *acting) replayIDs(ctx context.Context, ids []string) ([]int64, error) {
	numbers := make([]int64, len(ids))
	last := int64(0)
	for i, id := range ids {
		n, ok := EventNumber(id)
		if !ok {
			return nil, notAnEvent(Shorten(id))
		}
		numbers[i] = n
		last = max(last, n)
	}
	there := map[int64]bool{}
	for after := int64(0); ; {
		events, err := a.acts.Store().SelectEvents(ctx, store.EventFilter{IDs: numbers, After: after, Last: last}, 500)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			there[e.ID] = true
		}
		after = events[len(events)-1].ID
	}
	for i, n := range numbers {
		if !there[n] {
			return nil, notTheref("there is no event %s: `leadhub events list` shows the newest", ids[i])
		}
	}
	return numbers, nil
}

// RunItem is a replay that was started.
type RunItem struct {
	ID      int64                  `json:"id"`
	At      time.Time              `json:"at"`
	State   string                 `json:"state"` // running, interrupted, done or failed
	EndedAt *time.Time             `json:"ended_at,omitempty"`
	Note    string                 `json:"note,omitempty"`    // why it failed
	UpTo    string                 `json:"done_to,omitempty"` // the last event that is done
	Counts  *pipeline.ReplayCounts `json:"counts"`
}

// ListRuns returns the newest replays first.
func ListRuns(ctx context.Context, configFile string, o ListOptions, env Env) ([]RunItem, error) {
	if env.Hub != nil {
		return env.Hub.listRuns(ctx, o)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := r.filter(o)
	if err != nil {
		return nil, err
	}
	rows, err := r.Runs(ctx, f.Limit)
	if err != nil {
		return nil, err
	}
	items := []RunItem{}
	for i := range rows {
		row := &rows[i]
		if row.Kind != store.RunReplay || row.At.Before(f.Since) {
			continue
		}
		item := RunItem{ID: row.ID, At: row.At, State: row.State.String(), Note: row.Note, Counts: &pipeline.ReplayCounts{}}
		if !row.Ended.IsZero() {
			item.EndedAt = &row.Ended
		}
		if row.Cursor > 0 {
			item.UpTo = store.EventID(row.Cursor)
		}
		if err := json.Unmarshal(row.Counts, item.Counts); err != nil {
			return nil, fmt.Errorf("what is kept of run %d cannot be read: %w", row.ID, err)
		}
		items = append(items, item)
	}
	return items, nil
}
