package bench

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Sink is an HTTP endpoint that answers 200 to everything and remembers which
// events arrived, how often, and how long after they were sent. It is safe for
// concurrent use.
type Sink struct {
	clock  *Clock
	app    *fiber.App
	ln     net.Listener
	done   chan error
	junk   atomic.Int64
	mu     sync.Mutex
	counts map[int]int
	lat    []time.Duration
	last   time.Duration // when the last new event arrived
}

// NewSink listens on a free port of the loopback address and serves.
func NewSink(ctx context.Context, clock *Clock) (*Sink, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Sink{clock: clock, ln: ln, done: make(chan error, 1), counts: map[int]int{}}
	s.app = fiber.New(fiber.Config{DisableStartupMessage: true, DisableDefaultDate: true})
	s.app.All("/*", s.take)
	go func() { s.done <- s.app.Listener(ln) }()
	return s, nil
}

// URL is where to post.
func (s *Sink) URL() string { return "http://" + s.ln.Addr().String() + "/leads" }

// Close stops serving.
func (s *Sink) Close() error {
	err := s.app.ShutdownWithTimeout(2 * time.Second)
	if served := <-s.done; err == nil {
		err = served
	}
	return err
}

func (s *Sink) take(c *fiber.Ctx) error {
	at := s.clock.Since()
	seq, stamp, ok := readMark(c.BodyRaw())
	if !ok {
		s.junk.Add(1)
		return c.SendStatus(fiber.StatusOK)
	}
	s.mu.Lock()
	s.counts[seq]++
	if s.counts[seq] == 1 {
		s.lat = append(s.lat, at-stamp)
		s.last = at
	}
	s.mu.Unlock()
	return c.SendStatus(fiber.StatusOK)
}

// Arrivals is what a sink has seen.
type Arrivals struct {
	Distinct int           // events that arrived at least once
	Doubled  int           // requests beyond an event's first
	Missing  int           // accepted and wanted, but not arrived
	Junk     int           // requests that named no event
	Last     time.Duration // when the last new event arrived, on the clock
	Latency  []time.Duration
}

// Reset forgets what arrived.
func (s *Sink) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.lat, s.last = nil, 0
	s.junk.Store(0)
}

// Arrivals compares what arrived with what the clients were told is accepted and
// want asks for.
func (s *Sink) Arrivals(accepted []int, want func(seq int) bool) Arrivals {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := Arrivals{Distinct: len(s.counts), Last: s.last, Latency: append([]time.Duration(nil), s.lat...), Junk: int(s.junk.Load())}
	for _, n := range s.counts {
		a.Doubled += n - 1
	}
	for _, seq := range accepted {
		if want(seq) && s.counts[seq] == 0 {
			a.Missing++
		}
	}
	return a
}

// Await waits until everything accepted and wanted has arrived, or nothing new
// has for patience, and returns what arrived.
func (s *Sink) Await(ctx context.Context, accepted []int, want func(seq int) bool, patience time.Duration) Arrivals {
	expected := 0
	for _, seq := range accepted {
		if want(seq) {
			expected++
		}
	}
	seen, since := -1, s.clock.Since()
	for {
		// Comparing event by event costs CPU that the hub needs just now; the count says when it is worth it.
		n := s.distinct()
		if n >= expected {
			if a := s.Arrivals(accepted, want); a.Missing == 0 {
				return a
			}
		}
		if n != seen {
			seen, since = n, s.clock.Since()
		}
		if s.clock.Since()-since > patience || !sleep(ctx, 5*time.Millisecond) {
			return s.Arrivals(accepted, want)
		}
	}
}

func (s *Sink) distinct() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.counts)
}
