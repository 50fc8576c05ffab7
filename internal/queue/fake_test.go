package queue_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// rowState is where a row of the fake store stands.
type rowState uint8

const (
	waiting rowState = iota
	held             // in the hub's hands
	ended
)

type row struct {
	job   *store.Job
	due   time.Time
	state rowState
}

// world is a fake store, an output that takes its time, and the subscriber between them.
type world struct {
	t   *testing.T
	d   *queue.Deliveries
	out <-chan *message.Message

	mu       sync.Mutex
	rows     map[int64]*row
	cannot   string // why nothing may be sent
	asked    int    // times MaySend was asked
	claims   int
	released int
	inFlight int
	most     int // of inFlight, ever
	busy     map[string]int
	oneEach  bool // targets take one at a time, as revisions of one lead do
	sent     []sending
	latency  time.Duration
	fail     func(j *store.Job) (again time.Duration, failed bool)
	done     sync.WaitGroup
}

type sending struct {
	id     int64
	target string
	at     time.Time
}

func newWorld(t *testing.T, limits queue.Limits) *world {
	t.Helper()
	w := &world{
		t: t, rows: map[int64]*row{}, busy: map[string]int{},
		latency: 20 * time.Millisecond,
		fail:    func(*store.Job) (time.Duration, bool) { return 0, false },
	}
	w.d = queue.NewDeliveries("crm", limits, w, time.Now, discard(), w.release)
	return w
}

func (w *world) setLatency(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latency = d
}

// start subscribes, and takes every message as Watermill's router does: at once.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.out, err = w.d.Subscribe(w.t.Context(), "crm"); err != nil {
		w.t.Fatal(err)
	}
	w.done.Go(func() {
		for m := range w.out {
			w.done.Go(func() { w.send(m) })
		}
	})
}

// stop closes the subscriber and waits for what is in flight.
func (w *world) stop() {
	w.t.Helper()
	if err := w.d.Close(); err != nil {
		w.t.Error(err)
	}
	w.done.Wait()
}

// send is the output.
func (w *world) send(m *message.Message) {
	j := queue.JobOf(m)
	if m.UUID != j.PublicID() || m.Context().Err() != nil {
		w.t.Errorf("message %q of delivery %q, context %v", m.UUID, j.PublicID(), m.Context().Err())
	}
	w.mu.Lock()
	if r := w.rows[j.ID]; r.state != held {
		w.t.Errorf("delivery %d was sent in state %d", j.ID, r.state)
	}
	w.inFlight++
	w.most = max(w.most, w.inFlight)
	w.busy[j.Target]++
	w.sent = append(w.sent, sending{j.ID, j.Target, time.Now()})
	wait := w.latency
	w.mu.Unlock()
	time.Sleep(wait)
	w.mu.Lock()
	w.inFlight--
	w.busy[j.Target]--
	again, failed := w.fail(j)
	r := w.rows[j.ID]
	r.state = ended
	if failed {
		r.state, r.due = waiting, time.Now().Add(again)
	}
	w.mu.Unlock()
	w.d.Done()
	if failed {
		w.d.DueAt(time.Now().Add(again))
	}
	m.Ack()
}

// release gives a delivery back.
func (w *world) release(j *store.Job, due time.Time) {
	w.mu.Lock()
	r := w.rows[j.ID]
	if r.state != held {
		w.t.Errorf("delivery %d was given back in state %d", j.ID, r.state)
	}
	r.state, r.due = waiting, due
	w.released++
	w.mu.Unlock()
	w.d.DueAt(due)
}

// add writes rows that are due at a time.
func (w *world) add(n int, target string, due time.Time, state rowState) []*store.Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	jobs := make([]*store.Job, n)
	for i := range jobs {
		id := int64(len(w.rows) + 1)
		jobs[i] = &store.Job{ID: id, LeadID: fmt.Sprintf("l%d", id), Revision: 1, Output: "crm", Target: target, Key: []byte{1}}
		w.rows[id] = &row{jobs[i], due, state}
	}
	return jobs
}

// born is the router: n new deliveries, in the hub's hands as far as there is room.
func (w *world) born(n int, target string) (granted int) {
	granted = w.d.Reserve(n)
	jobs := w.add(granted, target, time.Now(), held)
	w.add(n-granted, target, time.Now(), waiting)
	w.d.Offer(jobs...)
	if granted < n {
		w.d.DueAt(time.Now())
	}
	return granted
}

func (w *world) Claim(_ context.Context, output string, n int) ([]*store.Job, error) {
	if output != "crm" {
		w.t.Errorf("claimed of %q", output)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.claims++
	taken := map[string]bool{}
	var out []*store.Job
	for _, r := range w.waiting() {
		if len(out) == n || r.due.After(time.Now()) {
			break
		}
		if w.oneEach && (taken[r.job.Target] || w.busy[r.job.Target] > 0) {
			continue
		}
		taken[r.job.Target] = true
		r.state = held
		out = append(out, r.job)
	}
	return out, nil
}

// waiting lists the rows that wait, the longest due first.
func (w *world) waiting() []*row {
	var out []*row
	for _, r := range w.rows {
		if r.state == waiting {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.job.ID, b.job.ID)) })
	return out
}

func (w *world) DueIn(context.Context, string) (time.Duration, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.waiting()
	if len(all) == 0 {
		return 0, false, nil
	}
	return time.Until(all[0].due), true, nil
}

func (w *world) MaySend() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return w.cannot
}

// count counts rows in a state.
func (w *world) count(st rowState) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rows {
		if r.state == st {
			n++
		}
	}
	return n
}

// sendings copies what was sent so far.
func (w *world) sendings() []sending {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// once expects that every row was sent exactly once.
func (w *world) once() {
	w.t.Helper()
	times := map[int64]int{}
	for _, s := range w.sendings() {
		times[s.id]++
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.rows {
		if times[id] != 1 {
			w.t.Errorf("delivery %d was sent %d times", id, times[id])
		}
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// slowSource holds its first claim until it may go on.
type slowSource struct {
	*world
	began, goOn chan struct{}
	first       sync.Once
}

func (s *slowSource) Claim(ctx context.Context, output string, n int) ([]*store.Job, error) {
	jobs, err := s.world.Claim(ctx, output, n)
	s.first.Do(func() {
		close(s.began)
		<-s.goOn
	})
	return jobs, err
}

// slowRelease takes its time to give a delivery back.
type slowRelease struct{ *world }

func (s *slowRelease) release(j *store.Job, due time.Time) {
	time.Sleep(10 * time.Millisecond)
	s.world.release(j, due)
}
