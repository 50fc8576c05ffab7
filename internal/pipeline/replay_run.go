package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"leadhub/internal/store"
)

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
