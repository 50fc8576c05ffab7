package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// Time in these tests is synctest's: hours pass at once, and nothing depends on how
// fast the machine is.

func TestConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 3})
		w.setLatency(50 * time.Millisecond)
		w.add(300, "", time.Now(), waiting)
		begin := time.Now()
		w.start()
		for w.count(ended) < 300 {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(begin); took > 5100*time.Millisecond {
			t.Errorf("300 sends of 50 ms, three at a time, took %v", took)
		}
		w.stop()
		w.once()
		if w.most != 3 {
			t.Errorf("%d were in flight, not 3", w.most)
		}
		for i, s := range w.sendings() {
			if off := s.id - int64(i+1); off < -2 || off > 2 { // those of one moment in any order
				t.Fatalf("the %dth send was of delivery %d", i+1, s.id)
			}
		}
		if w.claims > 300/24 {
			t.Errorf("300 deliveries took %d claims, each a transaction", w.claims)
		}
	})
}

// TestNoBusyLoop: with nothing to do but wait, the subscriber waits.
func TestNoBusyLoop(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]func(w *world){
		"for sends to end": func(w *world) { w.setLatency(time.Hour) },
		"for sends, with some room": func(w *world) {
			w.setLatency(time.Hour)
			for id := range w.rows {
				if id > 40 {
					delete(w.rows, id)
				}
			}
			time.AfterFunc(time.Second, func() { w.d.DueAt(time.Now()) })
		},
		"for nothing": func(w *world) { clear(w.rows) },
		"for due times": func(w *world) {
			for _, r := range w.rows {
				r.due = r.due.Add(time.Hour)
			}
		},
		"for a person": func(w *world) { w.d.Pause(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, queue.Limits{Concurrency: 2})
				w.add(500, "", time.Now(), waiting)
				waits(w)
				w.start()
				time.Sleep(100 * time.Second)
				w.mu.Lock()
				if w.asked > 250 || w.claims > 110 {
					t.Errorf("in 100 s it looked %d times and claimed %d times", w.asked, w.claims)
				}
				w.mu.Unlock()
				w.stop()
			})
		})
	}
}

func TestPerSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 10, PerSecond: 5})
		w.add(30, "", time.Now(), waiting)
		w.start()
		time.Sleep(4 * time.Second)
		w.born(20, "")
		time.Sleep(10 * time.Second)
		w.stop()
		w.once()
		sent := w.sendings()
		for i := 1; i < len(sent); i++ {
			if gap := sent[i].at.Sub(sent[i-1].at); gap < 200*time.Millisecond {
				t.Errorf("send %d came %v after the one before, at 5 a second", i, gap)
			}
		}
		if took := sent[len(sent)-1].at.Sub(sent[0].at); took > 10*time.Second {
			t.Errorf("50 sends at 5 a second took %v", took)
		}
	})
}

// TestPerTarget: one busy channel keeps to its rate, and the others do not wait for it.
func TestPerTarget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 4, PerTargetPerSecond: 1})
		begin := time.Now()
		w.add(200, "#busy", begin, waiting)
		w.add(3, "#quiet", begin, waiting)
		w.start()
		time.Sleep(time.Second)
		w.born(100, "#busy")
		w.born(1, "#other")
		time.Sleep(320 * time.Second)
		w.stop()
		w.once()
		if w.released > 450 {
			t.Errorf("of 304 deliveries %d were given back: each has its turn", w.released)
		}
		last := map[string]time.Time{}
		for _, s := range w.sendings() {
			if before, ok := last[s.target]; ok && s.at.Sub(before) < time.Second {
				t.Errorf("%s got one %v after the one before", s.target, s.at.Sub(before))
			}
			last[s.target] = s.at
		}
		for target, most := range map[string]time.Duration{"#quiet": 5 * time.Second, "#other": 4 * time.Second, "#busy": 310 * time.Second} {
			if took := last[target].Sub(begin); took > most {
				t.Errorf("%s had its last after %v", target, took)
			}
		}
	})
}

func TestReserve(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 1})
		w.setLatency(time.Second)
		if n := w.d.Reserve(5); n != 0 {
			t.Errorf("%d granted before anybody subscribed", n)
		}
		w.start()
		synctest.Wait()
		grant := func(ask, want int) {
			t.Helper()
			if got := w.d.Reserve(ask); got != want {
				t.Errorf("asked for %d, %d granted, not %d", ask, got, want)
			}
		}
		grant(40, 40)
		grant(40, 24)
		grant(1, 0)
		w.d.Unreserve(64)
		grant(1, 0) // some of the forty had to go to the store: they go first
		w.d.DueAt(time.Now())
		synctest.Wait() // it looks there and finds none
		grant(64, 64)
		w.d.Offer(w.add(64, "", time.Now(), held)...)
		synctest.Wait()
		w.d.DueAt(time.Now())
		synctest.Wait()
		grant(1, 0) // all are in its hands, one of them in flight
		for w.count(ended) < 40 {
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		grant(100, 40)
		w.d.Unreserve(40)
		w.stop()
		grant(1, 0)
		if h, e := w.count(held), w.count(ended); h != 0 || e != 41 {
			t.Errorf("after the end %d are in its hands, not 0, and %d ended, not 41", h, e)
		}
	})
}

// TestBacklogFirst: what waits in the store is sent although new ones keep coming as
// fast as they can be sent.
func TestBacklogFirst(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]time.Duration{"more than can be sent": 8 * time.Millisecond, "as much as can be sent": 10 * time.Millisecond, "a little less": 11 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, queue.Limits{Concurrency: 2}) // 100 a second
				begin := time.Now()
				w.start()
				// First the window fills with new ones, then older ones fall due.
				for range 3 {
					w.born(16, "")
				}
				old := w.add(300, "", begin.Add(time.Second), waiting)
				for range 1000 {
					w.born(1, "")
					time.Sleep(every)
				}
				left := 0
				w.mu.Lock()
				for _, j := range old {
					if w.rows[j.ID].state != ended {
						left++
					}
				}
				w.mu.Unlock()
				if left > 0 {
					t.Errorf("%d of 300 that waited were not sent in %v", left, time.Since(begin))
				}
				w.setLatency(0)
				time.Sleep(10 * time.Second)
				w.stop()
				w.once()
				if w.most > 2 {
					t.Errorf("%d were in flight", w.most)
				}
			})
		})
	}
}

func TestDueAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 2})
		w.start()
		time.Sleep(1100 * time.Millisecond)
		begin := time.Now()
		told := w.add(1, "", begin.Add(300*time.Millisecond), waiting)[0]
		w.d.DueAt(begin.Add(300 * time.Millisecond))
		w.d.DueAt(begin.Add(time.Hour)) // a later one does not put it off
		untold := w.add(1, "", begin.Add(350*time.Millisecond), waiting)[0]
		time.Sleep(3 * time.Second)
		at := map[int64]time.Duration{}
		for _, s := range w.sendings() {
			at[s.id] = s.at.Sub(begin)
		}
		if got := at[told.ID]; got < 300*time.Millisecond || got > 310*time.Millisecond {
			t.Errorf("due in 300 ms, sent after %v", got)
		}
		if got := at[untold.ID]; got < 350*time.Millisecond || got > 1400*time.Millisecond {
			t.Errorf("due in 350 ms, sent after %v", got)
		}
		now := time.Now()
		w.add(1, "", now, waiting)
		w.d.DueAt(now.Add(-time.Minute))
		synctest.Wait()
		if n := len(w.sendings()); n != 3 {
			t.Errorf("one that is due now was not sent at once")
		}
		w.stop()
		w.once()
	})
}

// TestRetries: what fails comes again when it is due.
func TestRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 8})
		tries := map[int64]int{}
		w.fail = func(j *store.Job) (time.Duration, bool) {
			tries[j.ID]++
			return time.Duration(tries[j.ID]) * 10 * time.Second, tries[j.ID] < 4
		}
		w.start()
		w.born(20, "")
		time.Sleep(65 * time.Second)
		if n := w.count(ended); n != 20 {
			t.Errorf("%d ended, not 20", n)
		}
		w.stop()
		for id, n := range tries {
			if n != 4 {
				t.Errorf("delivery %d was tried %d times, not 4", id, n)
			}
		}
	})
}

// TestOneAfterTheOther: a revision that waits for an earlier one on its way follows
// when that ended, not at the next poll.
func TestOneAfterTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 4})
		w.oneEach = true
		w.add(10, "lead 1", time.Now(), waiting)
		begin := time.Now()
		w.start()
		time.Sleep(time.Second)
		w.stop()
		w.once()
		sent := w.sendings()
		if took := sent[len(sent)-1].at.Sub(begin); took > 400*time.Millisecond {
			t.Errorf("ten sends of 20 ms one after the other took %v", took)
		}
	})
}

// TestStoreWithoutWrites: nothing is sent while the outcome could not be recorded.
func TestStoreWithoutWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, queue.Limits{Concurrency: 4})
		w.cannot = "the disk is full"
		w.start()
		w.born(5, "")
		w.add(5, "", time.Now(), waiting)
		time.Sleep(10 * time.Second)
		if n := len(w.sendings()); n != 0 || w.claims != 0 {
			t.Errorf("%d were sent and %d claims made while the store takes no writes", n, w.claims)
		}
		w.mu.Lock()
		w.cannot = ""
		w.mu.Unlock()
		time.Sleep(300 * time.Millisecond)
		if n := w.count(ended); n != 10 {
			t.Errorf("%d were sent, not 10", n)
		}
		w.stop()
	})
}
