package queue_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// chaos does everything at once, in an order that a seed decides: new deliveries,
// due ones, failures, pauses, a store that stops taking writes. Then the world
// calms down, and everything has to have been sent.
func chaos(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	limits := queue.Limits{Concurrency: 1 + r.IntN(6)}
	if r.IntN(2) == 0 {
		limits.PerSecond = 50 + 100*r.Float64()
	}
	if r.IntN(2) == 0 {
		limits.PerTargetPerSecond = 5 + 50*r.Float64()
	}
	w := newWorld(t, limits)
	w.oneEach = r.IntN(4) == 0 && limits.PerTargetPerSecond == 0
	var dice sync.Mutex
	roll := func(n int) int {
		dice.Lock()
		defer dice.Unlock()
		return r.IntN(n)
	}
	calm := false
	w.fail = func(*store.Job) (time.Duration, bool) {
		return time.Duration(roll(2000)) * time.Millisecond, !calm && roll(4) == 0
	}
	target := func() string { return fmt.Sprintf("#%d", roll(5)) }
	w.add(100, target(), time.Now(), waiting)
	w.start()
	for range 300 {
		w.setLatency(time.Duration(roll(40)) * time.Millisecond)
		switch what := roll(20); {
		case what < 10:
			n := 1 + roll(8)
			if w.oneEach {
				w.add(n, target(), time.Now(), waiting) // the router gives no later revisions away
				w.d.DueAt(time.Now())
			} else {
				w.born(n, target())
			}
		case what < 13:
			w.add(1+roll(5), target(), time.Now().Add(time.Duration(roll(3000)-1000)*time.Millisecond), waiting)
		case what == 13:
			w.d.Unreserve(w.d.Reserve(1 + roll(100)))
		case what == 14:
			w.d.Pause(roll(2) == 0)
		case what < 17:
			w.d.Resume()
		case what == 17:
			w.mu.Lock()
			w.cannot = []string{"", "no"}[roll(2)]
			w.mu.Unlock()
		default:
			w.d.Wake()
		}
		time.Sleep(time.Duration(roll(50)) * time.Millisecond)
	}
	w.mu.Lock()
	calm, w.cannot = true, ""
	total := len(w.rows)
	w.mu.Unlock()
	w.d.Resume()
	for i := 0; w.count(ended) < total && i < 6000; i++ {
		time.Sleep(100 * time.Millisecond)
	}
	if n := w.count(ended); n != total {
		t.Errorf("seed %d: %d of %d ended", seed, n, total)
	}
	if n := w.d.Reserve(1000); n < 64 {
		t.Errorf("seed %d: at rest there is room for %d, not for a whole window", seed, n)
	}
	w.stop()
	if w.most > limits.Concurrency {
		t.Errorf("seed %d: %d were in flight, not %d", seed, w.most, limits.Concurrency)
	}
	paced(t, w, limits)
}

// paced checks the rates. Fake time does not pass between deciding to send and sending.
func paced(t *testing.T, w *world, limits queue.Limits) {
	t.Helper()
	gap := func(perSecond float64) time.Duration { return time.Duration(float64(time.Second) / perSecond) }
	last := map[string]time.Time{}
	var before time.Time
	for _, s := range w.sendings() {
		if limits.PerSecond > 0 && s.at.Sub(before) < gap(limits.PerSecond) {
			t.Errorf("two sends %v apart, at %v a second", s.at.Sub(before), limits.PerSecond)
		}
		if limits.PerTargetPerSecond > 0 && s.at.Sub(last[s.target]) < gap(limits.PerTargetPerSecond) {
			t.Errorf("two sends to %s %v apart, at %v a second", s.target, s.at.Sub(last[s.target]), limits.PerTargetPerSecond)
		}
		before, last[s.target] = s.at, s.at
	}
}

func TestChaos(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
		})
	}
}

// TestCloseInChaos: whenever the end comes, nothing stays in the hub's hands that is
// not on its way.
func TestCloseInChaos(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			w := newWorld(t, queue.Limits{Concurrency: 1 + r.IntN(4), PerTargetPerSecond: float64(r.IntN(2)) * 10})
			w.add(200, "#1", time.Now(), waiting)
			w.start()
			var router sync.WaitGroup
			router.Go(func() {
				for i := range 60 {
					w.born(1+i%7, fmt.Sprintf("#%d", i%3))
					time.Sleep(time.Duration(i%5) * time.Millisecond)
				}
			})
			time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond)
			w.stop()
			router.Wait()
			if n := w.count(held); n != 0 {
				t.Errorf("seed %d: %d stay in the hub's hands", seed, n)
			}
		})
	}
}

// TestTogether runs on real time, for the race detector.
func TestTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, queue.Limits{Concurrency: 4})
	w.setLatency(100 * time.Microsecond)
	w.start()
	var routers sync.WaitGroup
	for g := range 4 {
		routers.Go(func() {
			for i := range 100 {
				w.born(1+i%6, fmt.Sprintf("#%d", g))
			}
		})
	}
	routers.Go(func() {
		for range 20 {
			w.d.Pause(false)
			time.Sleep(time.Millisecond)
			w.d.Resume()
			time.Sleep(2 * time.Millisecond)
		}
	})
	routers.Wait()
	deadline := time.Now().Add(time.Minute)
	for w.count(waiting)+w.count(held) > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	w.stop()
	w.once()
	if w.most > 4 {
		t.Errorf("%d were in flight, not 4", w.most)
	}
}
