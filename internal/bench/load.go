package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Load is one run of the load generator. It stops at Duration or after
// MaxEvents, whichever comes first.
type Load struct {
	Addr, Path, Secret string
	Clients            int           // keep-alive connections; ≥ 1
	Duration           time.Duration // of sending
	MaxEvents          int           // a bound on the number of requests; ≥ 1
	// Rate makes an open loop: so many requests are due per second, whether or
	// not earlier ones were answered, and latency counts from when a request was
	// due. 0 makes a closed loop: every client sends as soon as it has its answer.
	Rate float64
	// FirstSeq is the number of the first event; later ones count up.
	FirstSeq int
	// Clock gives the time since the measurement's start, the same clock as the sink's.
	Clock *Clock
}

// LoadResult is what the clients saw.
type LoadResult struct {
	Sent     int           // requests answered, whatever the answer
	Accepted []int         // the numbers of the events answered 2xx
	Statuses map[int]int   // answers by status
	Errors   int           // requests without an answer; their outcome is unknown
	Err      error         // the first of them
	Elapsed  time.Duration // from the first request to the last answer
	Start    time.Duration // on the clock
	Latency  []time.Duration
	Late     int // open loop: requests sent over 1 ms after they were due, for want of a free client
}

// AckPerSecond is the rate of accepted events.
func (r *LoadResult) AckPerSecond() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(len(r.Accepted)) / r.Elapsed.Seconds()
}

// Problem says what makes the run worthless: errors and refusals. nil: none.
func (r *LoadResult) Problem() error {
	if r.Errors > 0 {
		return fmt.Errorf("%d requests got no answer: %w", r.Errors, r.Err)
	}
	for status, n := range r.Statuses {
		if status < 200 || status > 299 {
			return fmt.Errorf("%d of %d requests were answered %d", n, r.Sent, status)
		}
	}
	if len(r.Accepted) == 0 {
		return errors.New("nothing was accepted")
	}
	return nil
}

const (
	requestTimeout = 10 * time.Second // Prospektr's own
	lateAfter      = time.Millisecond
	maxErrors      = 20 // per client: a server that is gone must not make a busy loop
)

// Run sends the load and returns when every request was answered. A cancelled
// context ends it early.
func (l Load) Run(ctx context.Context) *LoadResult {
	var (
		next  atomic.Int64
		parts = make([]LoadResult, l.Clients)
		wg    sync.WaitGroup
		start = l.Clock.Since()
	)
	for i := range parts {
		wg.Go(func() { l.client(ctx, start, &next, &parts[i]) })
	}
	wg.Wait()
	return merge(parts, start, l.Clock.Since()-start)
}

// client sends until time or numbers are up.
func (l Load) client(ctx context.Context, start time.Duration, next *atomic.Int64, r *LoadResult) {
	c := &conn{addr: l.Addr, timeout: requestTimeout}
	defer c.close()
	w := NewWriter(l.Addr, l.Path, l.Secret)
	r.Statuses = map[int]int{}
	for ctx.Err() == nil && r.Errors < maxErrors {
		n := int(next.Add(1) - 1)
		if n >= l.MaxEvents {
			return
		}
		due := l.Clock.Since()
		if l.Rate > 0 {
			due = start + time.Duration(float64(n)/l.Rate*float64(time.Second))
		}
		if due-start >= l.Duration {
			return
		}
		if l.Rate > 0 {
			if wait := due - l.Clock.Since(); wait > 0 && !sleep(ctx, wait) {
				return
			} else if -wait > lateAfter {
				r.Late++
			}
		}
		seq := l.FirstSeq + n
		status, err := c.do(ctx, l.Clock.Now(), w.Request(seq, due))
		if err != nil {
			r.Errors++
			if r.Err == nil {
				r.Err = err
			}
			continue
		}
		r.Sent++
		r.Statuses[status]++
		r.Latency = append(r.Latency, l.Clock.Since()-due)
		if status >= 200 && status <= 299 {
			r.Accepted = append(r.Accepted, seq)
		}
	}
}

// sleep waits, or returns false when ctx is done first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func merge(parts []LoadResult, start, elapsed time.Duration) *LoadResult {
	all := &LoadResult{Statuses: map[int]int{}, Start: start, Elapsed: elapsed}
	for _, p := range parts {
		all.Sent += p.Sent
		all.Errors += p.Errors
		all.Late += p.Late
		all.Accepted = append(all.Accepted, p.Accepted...)
		all.Latency = append(all.Latency, p.Latency...)
		for status, n := range p.Statuses {
			all.Statuses[status] += n
		}
		if all.Err == nil {
			all.Err = p.Err
		}
	}
	return all
}

// Clock measures time from one moment on, monotonically. The client and the sink
// share one, so that stamps can be compared.
type Clock struct {
	now  func() time.Time
	from time.Time
}

// NewClock returns a Clock that starts now.
func NewClock(now func() time.Time) *Clock { return &Clock{now: now, from: now()} }

// Now returns the time of day.
func (c *Clock) Now() time.Time { return c.now() }

// Since returns the time since the clock's start.
func (c *Clock) Since() time.Duration { return c.now().Sub(c.from) }
