package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"leadhub/internal/store"
)

// testNamesRace: goroutines that need the same new names at once get one id for each.
func testNamesRace(t *testing.T, w *world) {
	const names, goroutines = 20, 6
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for n := range names {
				name := fmt.Sprintf("name %d", n)
				_, err := w.s.Append(t.Context(), []store.NewEvent{{Receiver: name, Channel: store.ChannelWebhook, At: w.clock.Now()}}, w.db.Publish)
				if err != nil {
					t.Error(err)
				}
				if _, err := w.s.Claim(t.Context(), name, 1); err != nil { // the same word names an output, too
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := w.db.Int(t, `SELECT count(*) FROM names`); n != 2*names {
		t.Errorf("%d names, not %d", n, 2*names)
	}
	l := w.holds()
	for _, r := range l.Receivers {
		if r.Received != goroutines {
			t.Errorf("%s received %d, not %d", r.Receiver, r.Received, goroutines)
		}
	}
}

// testNamesWhileRecording: results are recorded while new names are made. (A lock
// over the names that waited for the write connection stopped both for good.)
func testNamesWhileRecording(t *testing.T, w *world) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if _, err := w.s.Claim(ctx, fmt.Sprintf("output %d", i), 1); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 100 {
		w.one("prospektr", fmt.Sprintf("l_%d", i), to{"crm", ""})
		jobs, err := w.s.Claim(ctx, "crm", 10)
		if err != nil || len(jobs) != 1 {
			t.Errorf("claimed %d, %v", len(jobs), err)
			break
		}
		if lost, err := w.s.Record(ctx, []store.Result{w.end(jobs[0], store.StateDelivered)}); lost != 0 || err != nil {
			t.Errorf("%d lost, %v", lost, err)
			break
		}
	}
	close(done)
	wg.Wait()
	w.holds()
}

// testReaderMeetsNames: another process reads names that were made after it began,
// many lists at once.
func testReaderMeetsNames(t *testing.T, w *world) {
	r := w.db.OpenReader(t, w.clock.Now)
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range 20 {
		out := fmt.Sprintf("output %d", i)
		w.one(fmt.Sprintf("receiver %d", i), fmt.Sprintf("l_%d", i), to{out, "#hot"})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				list, err := r.ListDeliveries(ctx, store.Filter{Limit: 100})
				if err != nil || len(list) != i+1 || list[0].Output != out || list[0].Target != "#hot" || list[0].Receiver != fmt.Sprintf("receiver %d", i) {
					t.Errorf("%d deliveries, %v", len(list), err)
				}
			})
		}
		wg.Go(func() {
			if l, err := r.Ledger(ctx); err != nil || !l.Holds || len(l.Outputs) != i+1 {
				t.Errorf("ledger %+v, %v", l, err)
			}
		})
		wg.Wait()
	}
	// By a name it has not met.
	w.one("last", "l_last", to{"last", ""})
	if list := must(r.ListDeliveries(ctx, store.Filter{Output: "last", Receiver: "last", Limit: 1}))(t); len(list) != 1 {
		t.Errorf("%d deliveries", len(list))
	}
}

func testReaderCannotWrite(t *testing.T, w *world) {
	w.one("prospektr", "l_1", to{"crm", ""})
	r := w.db.OpenReader(t, w.clock.Now)
	defer r.Close()
	ctx := t.Context()
	before := w.totals()
	for what, do := range map[string]func() error{
		"append": func() error {
			_, err := r.Append(ctx, []store.NewEvent{{Receiver: "prospektr", At: w.clock.Now()}}, w.db.Publish)
			return err
		},
		"a new name": func() error { _, err := r.Append(ctx, []store.NewEvent{{Receiver: "new"}}, w.db.Publish); return err },
		"route":      func() error { _, err := r.Route(ctx, &store.Routing{Inbox: 1}); return err },
		"claim":      func() error { _, err := r.Claim(ctx, "crm", 1); return err },
		"record": func() error {
			_, err := r.Record(ctx, []store.Result{{Job: &store.Job{ID: 1}, State: store.StateDelivered}})
			return err
		},
		"a pause":         func() error { return r.SetPause(ctx, store.Pause{Output: "crm", Since: w.clock.Now()}) },
		"a configuration": func() error { _, err := r.KeepConfig(ctx, "x", nil, ""); return err },
		"rejects":         func() error { return r.AddRejects(ctx, []store.Reject{{Receiver: "prospektr"}}) },
		"a heartbeat":     func() error { return r.Beat(ctx) },
		"a try":           func() error { _, err := r.CountTry(ctx, 1); return err },
		"a split":         func() error { return r.Split(ctx, 1, 1, 1, 1) },
	} {
		if err := do(); err == nil {
			t.Errorf("%s is no error", what)
		}
	}
	for k, n := range w.totals() {
		if before[k] != n {
			t.Errorf("%d %s, not %d", n, k, before[k])
		}
	}
	w.holds()
}

// testEverythingAtOnce: intake, routing, delivery, pauses and readers together, then
// every lead was delivered once and the ledger holds.
func testEverythingAtOnce(t *testing.T, w *world) {
	const commits = 60
	a := &atOnce{world: w, inbox: make(chan int64, commits), stop: make(chan struct{}), delivered: map[string]int{}}
	var wg sync.WaitGroup
	wg.Go(func() { a.takeIn(commits) })
	wg.Go(a.routeAll)
	for o := range 3 {
		wg.Go(func() { a.deliver(fmt.Sprintf("out%d", o)) })
	}
	for range 2 {
		wg.Go(a.look)
	}
	wg.Wait()
	for lead, n := range a.delivered {
		if n != 1 {
			t.Errorf("%s was delivered %d times", lead, n)
		}
	}
	if len(a.delivered) != commits*perCommit {
		t.Errorf("%d leads were delivered, not %d", len(a.delivered), commits*perCommit)
	}
	w.holds()
}

const perCommit = 4

// atOnce is what the parts of testEverythingAtOnce share.
type atOnce struct {
	*world
	inbox chan int64    // first events of commits
	stop  chan struct{} // closed when all is routed

	mu        sync.Mutex
	delivered map[string]int
}

func (a *atOnce) takeIn(commits int) {
	defer close(a.inbox)
	for range commits {
		events := make([]store.NewEvent, perCommit)
		for i := range events {
			events[i] = store.NewEvent{Receiver: fmt.Sprintf("r%d", i%2), Channel: store.ChannelWebhook, At: a.clock.Now(), Body: []byte("{}")}
		}
		first, err := a.s.Append(a.t.Context(), events, a.db.Publish)
		if err != nil {
			a.t.Error(err)
			return
		}
		a.inbox <- first
	}
}

func (a *atOnce) routeAll() {
	defer close(a.stop)
	n := 0
	for first := range a.inbox {
		c := commit{inbox: a.db.Int(a.t, `SELECT id FROM inbox WHERE first = ?`, first), first: first}
		var events []routed
		for range perCommit {
			events = append(events, routed{store.OutcomeLeads, "", []found{{
				id: fmt.Sprintf("l_%d", n), outcome: store.OutcomeRouted, to: []to{{fmt.Sprintf("out%d", n%3), ""}},
			}}})
			n++
		}
		r := a.routing(c, events...)
		for i := range r.Events {
			r.Events[i].Receiver = fmt.Sprintf("r%d", i%2)
		}
		if claimed, err := a.s.Route(a.t.Context(), r); err != nil || !claimed {
			a.t.Errorf("claimed %v, %v", claimed, err)
			return
		}
	}
}

// deliver delivers until all is routed and nothing is left. Every fifth first
// attempt fails.
func (a *atOnce) deliver(output string) {
	for last := false; ; {
		jobs, err := a.s.Claim(a.t.Context(), output, 7)
		if err != nil || (len(jobs) == 0 && last) {
			if err != nil {
				a.t.Error(err)
			}
			return
		}
		var results []store.Result
		for i, j := range jobs {
			st := store.StateWaiting
			if i%5 != 4 || j.Tries > 0 {
				st = store.StateDelivered
				a.mu.Lock()
				a.delivered[j.LeadID]++
				a.mu.Unlock()
			}
			results = append(results, a.end(j, st))
		}
		if lost, err := a.s.Record(a.t.Context(), results); err != nil || lost != 0 {
			a.t.Errorf("%d lost, %v", lost, err)
			return
		}
		select {
		case <-a.stop:
			last = len(jobs) == 0
		default:
		}
	}
}

// look reads the ledger in between, which has to hold at any moment.
func (a *atOnce) look() {
	ctx := a.t.Context()
	for {
		select {
		case <-a.stop:
			return
		default:
		}
		if l, err := a.s.Ledger(ctx); err != nil || !l.Holds {
			a.t.Errorf("the ledger does not hold in between: %v, %v", l, err)
			return
		}
		if err := a.s.SetPause(ctx, store.Pause{Output: "out1", Target: "#none", Since: a.clock.Now()}); err != nil {
			a.t.Error(err)
		}
		if err := a.s.EndPause(ctx, "out1", "#none"); err != nil {
			a.t.Error(err)
		}
		if err := a.s.Beat(ctx); err != nil {
			a.t.Error(err)
		}
	}
}
