package queue_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"leadhub/internal/queue"
)

func TestPauseProbeResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 2})
		w.start()
		w.born(30, "")
		granted := w.d.Reserve(10)
		time.Sleep(50 * time.Millisecond)
		begin := time.Now()
		w.d.Pause(true)
		synctest.Wait()
		before := len(w.sendings())
		if h := w.count(held); h > 2 {
			t.Errorf("%d are in its hands: those not on their way were not given back", h)
		}
		// Reserved before the pause, offered after it.
		w.d.Offer(w.add(granted, "", time.Now(), held)...)
		if n := w.d.Reserve(1); n != 0 {
			t.Errorf("%d granted while paused", n)
		}
		time.Sleep(time.Second)
		if h := w.count(held); h != 0 {
			t.Errorf("%d are in its hands while paused", h)
		}
		w.born(5, "")
		w.d.DueAt(time.Now())

		time.Sleep(queue.ProbeEvery*2 + 3*time.Second)
		w.d.Pause(true) // as each probe that fails does
		time.Sleep(queue.ProbeEvery)
		probes := w.sendings()[before:]
		if len(probes) != 3 {
			t.Fatalf("%d were sent in 15 minutes, not 3", len(probes))
		}
		for i, p := range probes {
			want := time.Duration(i+1) * queue.ProbeEvery
			if at := p.at.Sub(begin); at < want || at > want+3*time.Second {
				t.Errorf("probe %d was sent after %v", i+1, at)
			}
		}
		resumed := time.Now()
		w.d.Resume()
		time.Sleep(time.Second)
		if n := w.count(ended); n != 45 {
			t.Errorf("%d ended, not 45", n)
		}
		if first := w.sendings()[before+3]; first.at.Sub(resumed) > 10*time.Millisecond {
			t.Errorf("after the pause the first was sent after %v", first.at.Sub(resumed))
		}
		w.stop()
		w.once()
		if w.most > 2 {
			t.Errorf("%d were in flight", w.most)
		}
	})
}

// TestPauseWithoutProbe: a target that is gone for good is left alone.
func TestPauseWithoutProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 2})
		w.add(3, "", time.Now(), waiting)
		w.d.Pause(false)
		w.start()
		time.Sleep(24 * time.Hour)
		if n := len(w.sendings()); n != 0 {
			t.Errorf("%d were sent", n)
		}
		w.d.Resume()
		time.Sleep(time.Second)
		w.stop()
		w.once()
	})
}

// TestPauseDuringClaim: what a claim brings after the pause was set goes back.
func TestPauseDuringClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 2})
		w.add(10, "", time.Now(), waiting)
		src := &slowSource{world: w, began: make(chan struct{}), goOn: make(chan struct{})}
		w.d = queue.NewDeliveries("crm", queue.Limits{Concurrency: 2}, src, time.Now, discard(), w.release)
		w.start()
		<-src.began
		w.d.Pause(false)
		close(src.goOn)
		time.Sleep(time.Hour)
		if n, h := len(w.sendings()), w.count(held); n != 0 || h != 0 {
			t.Errorf("%d were sent, %d are in its hands", n, h)
		}
		w.d.Resume()
		time.Sleep(time.Second)
		w.stop()
		w.once()
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 3})
		w.setLatency(time.Minute)
		w.start()
		w.born(20, "")
		w.add(50, "", time.Now(), waiting)
		late := w.d.Reserve(2)
		time.Sleep(5 * time.Second)
		var closers sync.WaitGroup
		for range 3 { // the router closes it, and so does its context
			closers.Go(func() {
				if err := w.d.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		closers.Wait()
		if h := w.count(held); h != 3 {
			t.Errorf("%d are in its hands, not the 3 on their way", h)
		}
		if _, open := <-w.out; open {
			t.Error("something was handed out after the end")
		}
		w.d.Offer(w.add(late, "", time.Now(), held)...)
		if h := w.count(held); h != 3 {
			t.Errorf("%d are in its hands: what was offered late was not given back", h)
		}
		if n := w.d.Reserve(1); n != 0 {
			t.Errorf("%d granted after the end", n)
		}
		if _, err := w.d.Subscribe(t.Context(), "crm"); err == nil {
			t.Error("it can be subscribed to after its end")
		}
		drained := time.Now()
		w.d.Drain(t.Context())
		if took := time.Since(drained); took < 50*time.Second || took > 60*time.Second {
			t.Errorf("what was on its way ended after %v", took)
		}
		w.done.Wait()
		if e, h := w.count(ended), w.count(held); e != 3 || h != 0 {
			t.Errorf("%d ended, not 3; %d are in its hands, not 0", e, h)
		}
	})
}

// TestCloseWithoutReader: a delivery that is held out when the end comes is given back.
func TestCloseWithoutReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 3})
		w.add(5, "", time.Now(), waiting)
		if _, err := w.d.Subscribe(t.Context(), "crm"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if h := w.count(held); h != 5 {
			t.Fatalf("%d are in its hands, not 5", h)
		}
		w.stop()
		if h := w.count(held); h != 0 {
			t.Errorf("%d are in its hands", h)
		}
		w.d.Drain(t.Context()) // nothing is on its way
	})
}

// TestEndByContext: when the reader learns of the end, everything was given back.
// The pipeline then closes what giving back needs.
func TestEndByContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 1})
		src := &slowRelease{world: w}
		w.d = queue.NewDeliveries("crm", queue.Limits{Concurrency: 1}, w, time.Now, discard(), src.release)
		w.add(30, "", time.Now(), waiting)
		ctx, cancel := context.WithCancel(t.Context())
		out, err := w.d.Subscribe(ctx, "crm")
		if err != nil {
			t.Fatal(err)
		}
		w.done.Go(func() { w.send(<-out) })
		time.Sleep(time.Second)
		cancel()
		taken := 0
		for range out {
			taken++ // one may be held out still
		}
		if h := w.count(held); h != taken {
			t.Errorf("%d are in the hub's hands when the end is known, not %d", h, taken)
		}
		w.done.Wait()
	})
}

func TestSubscribeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, queue.Limits{Concurrency: 1})
	if _, err := w.d.Subscribe(t.Context(), "mail"); err == nil {
		t.Error("the topic is another output's")
	}
	w.start()
	if _, err := w.d.Subscribe(t.Context(), "crm"); err == nil {
		t.Error("subscribed twice")
	}
	w.stop()

	unused := newWorld(t, queue.Limits{Concurrency: 1})
	unused.stop() // without ever having begun
}
