package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// A replay that is interrupted, or dies, goes on where it was, and nothing is done twice.
func TestReplayGoesOnWhereItEnded(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	const many = 110
	for i := range many {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Resumed", "high", "sales@resumed.example"))
	}
	r.settle()
	spec := r.everything()
	spec.Mode, spec.Rate = pipeline.ReplayAgain, 200
	var run int64
	for end := 1; end <= 3; end++ { // interrupted after 20, 40 and 60 more
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		p, err := hub.Actions().Replay(ctx, spec, run, func(p pipeline.ReplayProgress) {
			if p.Run == 0 {
				t.Error("no number of the run")
			}
			if batches++; batches > end {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%+v, %v", p, err)
		}
		run = p.Run
		if got, err := r.reader().Run(t.Context(), run); err != nil || got.State != store.RunInterrupted || got.Cursor != p.Cursor || p.Cursor == 0 {
			t.Errorf("%+v, %v", got, err)
		}
		r.ledger()
	}
	r.halt() // and as if it had been killed
	acts, done := r.offline(base)
	if err := acts.Store().SetRun(t.Context(), run, store.RunRunning, ""); err != nil {
		t.Fatal(err)
	}
	p, err := acts.Replay(t.Context(), pipeline.ReplaySpec{}, run, func(pipeline.ReplayProgress) {})
	if err != nil || p.Counts.Events != many || out(p.Counts, "crm").Send != many {
		t.Errorf("%+v, %v", p.Counts, err)
	}
	for name, c := range map[string]struct {
		run  int64
		want error
	}{"done": {run, pipeline.ErrRunDone}, "none": {99, pipeline.ErrNoRun}} {
		if _, err := acts.Replay(t.Context(), spec, c.run, func(pipeline.ReplayProgress) {}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	done()
	r.startHub(base)
	l := r.settle()
	if l.Outputs[0].Ended["delivered"] != 2*many || l.Receivers[0].Replayed["routed"] != many || r.target.keys() != 2*many {
		t.Errorf("%+v %+v, %d at the target", l.Outputs[0], l.Receivers[0], r.target.keys())
	}
}

func TestTwoCannotGoOnWithOneRun(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	for i := range 100 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Twice", "high", "sales@twice.example"))
	}
	r.settle()
	spec := r.everything()
	spec.Mode, spec.Rate = pipeline.ReplayAgain, 200
	tried := false
	_, err := hub.Actions().Replay(t.Context(), spec, 0, func(p pipeline.ReplayProgress) {
		if p.Counts.Events == 40 {
			tried = true
			_, err := hub.Actions().Replay(t.Context(), spec, p.Run, func(pipeline.ReplayProgress) {})
			if !errors.Is(err, pipeline.ErrRunElsewhere) {
				t.Errorf("another went on with it: %v", err)
			}
		}
	})
	if err != nil || !tried {
		t.Errorf("tried %v, %v", tried, err)
	}
	if l := r.settle(); l.Outputs[0].Ended["delivered"] != 200 {
		t.Errorf("%+v", l.Outputs[0])
	}
}

// While a large replay runs, a live lead is routed and sent in a fraction of a second.
func TestReplayDoesNotDelayLiveLeads(t *testing.T) {
	r := newRig(t)
	r.target.slow = 5 * time.Millisecond
	hub := r.startHub(base)
	const many = 600
	for i := range many {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Many", "high", "sales@many.example"))
	}
	r.settle()
	spec := r.everything()
	spec.Mode = pipeline.ReplayAgain
	ended := make(chan error, 1)
	go func() {
		_, err := hub.Actions().Replay(context.Background(), spec, 0, func(pipeline.ReplayProgress) {})
		ended <- err
	}()
	s := r.reader()
	var worst time.Duration
	for i := 0; ; i++ {
		select {
		case err := <-ended:
			if err != nil || i < 3 {
				t.Fatalf("%d live leads in between, %v", i, err)
			}
			t.Logf("the slowest of %d live leads took %v", i, worst)
			r.settle()
			return
		default:
		}
		start := time.Now()
		r.accept(hub, prospect(fmt.Sprintf("live%d", i), "Live", "high", "sales@live.example"))
		r.until("it is delivered", func() bool {
			rows, err := s.DeliveriesOfEvent(t.Context(), spec.Last+1+int64(i))
			if err != nil {
				t.Fatal(err)
			}
			return len(rows) == 1 && rows[0].State == store.StateDelivered
		})
		if took := time.Since(start); took > worst {
			worst = took
		}
		if worst > 2*time.Second {
			t.Fatalf("a live lead took %v", worst)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
