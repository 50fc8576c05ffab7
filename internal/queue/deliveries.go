package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/store"
)

// Source is what a Deliveries subscriber needs of the store.
type Source interface {
	Claim(ctx context.Context, output string, n int) ([]*store.Job, error)
	DueIn(ctx context.Context, output string) (time.Duration, bool, error)
	MaySend() string
}

// Limits bound what one output is given.
type Limits struct {
	Concurrency        int     // sends in flight; ≥ 1
	PerSecond          float64 // sends per second; 0: no limit
	PerTargetPerSecond float64 // sends per second to one target; 0: no limit
	// Window is how many deliveries this hub may hold at once: waiting for their
	// turn, being sent, or sent and not recorded yet. 0: 64, or 4 × Concurrency.
	Window int
}

// ProbeEvery is how often a paused output is given one delivery, to find out
// whether a person has mended it.
const ProbeEvery = 5 * time.Minute

// patience is how long a delivery may stay in this hub's hands waiting for its
// turn under a rate limit, instead of going back to the store with a later due time.
const patience = time.Second

// Deliveries subscribes to one output's deliveries: those the router hands over
// as they are born, and those that fall due in the store. It hands out no more
// than the output may have in flight. Each must be ended by Done.
type Deliveries struct {
	output  string
	limits  Limits
	window  int
	src     Source
	now     func() time.Time
	log     *slog.Logger
	release func(job *store.Job, due time.Time)

	wake chan struct{}
	stop chan struct{}
	done chan struct{}

	mu        sync.Mutex
	queue     []*store.Job
	queued    map[string]int // by target
	inFlight  int            // handed out and not ended by Done
	sent      int            // of inFlight, those whose send has returned
	reserved  int
	paused    bool
	probe     bool // try one now and then although paused
	backlog   bool // the store holds due deliveries beyond those in the window
	blocked   bool // due ones wait for another revision on its way
	probeAt   time.Time
	claimAt   time.Time // when to look in the store next
	next      time.Time // under PerSecond
	nextFor   map[string]time.Time
	backFor   map[string]time.Time // due times given to deliveries sent back
	started   bool
	ended     bool // Close has given the queue back
	closeOnce sync.Once
}

// NewDeliveries makes the subscriber of one output. release gives a delivery back
// to the store, to be claimed again when due; it must not block for long.
func NewDeliveries(output string, limits Limits, src Source, now func() time.Time, log *slog.Logger, release func(*store.Job, time.Time)) *Deliveries {
	return &Deliveries{
		output: output, limits: limits, window: max(64, 4*limits.Concurrency, limits.Window), src: src, now: now, log: log, release: release,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		queued: map[string]int{}, nextFor: map[string]time.Time{}, backFor: map[string]time.Time{},
	}
}

type jobKey struct{}

// JobOf returns the delivery in a message.
func JobOf(m *message.Message) *store.Job {
	j, _ := m.Context().Value(jobKey{}).(*store.Job)
	return j
}

// Reserve asks how many of n new deliveries may be born in this hub's hands. Each
// one granted must be followed by Offer or Unreserve.
func (d *Deliveries) Reserve(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused || !d.started || d.ended {
		return 0
	}
	free := d.window - len(d.queue) - d.inFlight - d.reserved
	if d.backlog {
		free = 0 // new deliveries must not overtake those that are due in the store
	}
	granted := max(0, min(n, free))
	d.reserved += granted
	d.backlog = d.backlog || granted < n
	return granted
}

// Unreserve gives reservations back.
func (d *Deliveries) Unreserve(n int) {
	d.mu.Lock()
	d.reserved -= n
	d.mu.Unlock()
	d.Wake() // there is room again
}

// Offer hands over deliveries that were born leased, one reservation each.
func (d *Deliveries) Offer(jobs ...*store.Job) {
	d.mu.Lock()
	d.reserved -= len(jobs)
	var back []returned
	if d.ended || d.paused {
		back = atOnce(jobs, d.now())
	} else {
		back = d.enqueue(jobs)
	}
	d.mu.Unlock()
	d.sendBack(back)
	d.Wake()
}

// Wake makes the subscriber look for due deliveries now.
func (d *Deliveries) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// DueAt says that a delivery falls due at t, or now where t has passed.
func (d *Deliveries) DueAt(t time.Time) {
	d.mu.Lock()
	if t.Before(d.claimAt) {
		d.claimAt = t
	}
	d.mu.Unlock()
	d.Wake()
}

// Sent says that a send has returned: the next may start while this one's result
// is being recorded.
func (d *Deliveries) Sent() {
	d.mu.Lock()
	d.sent++
	d.mu.Unlock()
	d.Wake()
}

// Done ends a delivery that was handed out, after its result was recorded.
func (d *Deliveries) Done() {
	d.mu.Lock()
	d.inFlight--
	d.sent = max(0, d.sent-1) // one that was never sent has no Sent before it
	if now := d.now(); (d.blocked || d.backlog) && now.Before(d.claimAt) {
		d.claimAt = now
	}
	d.mu.Unlock()
	d.Wake()
}

// Pause stops handing out, but for a probe every ProbeEvery where probing is of use.
func (d *Deliveries) Pause(probe bool) { d.setPaused(true, probe) }

// Resume starts handing out again.
func (d *Deliveries) Resume() { d.setPaused(false, false) }

func (d *Deliveries) setPaused(paused, probe bool) {
	d.mu.Lock()
	changed := d.paused != paused
	d.paused, d.probe = paused, probe
	now := d.now()
	var back []*store.Job
	if paused {
		if changed {
			d.probeAt = now.Add(ProbeEvery)
		}
		back, d.queue = d.queue, nil
		clear(d.queued)
	} else {
		d.claimAt = now
		d.backlog = d.backlog || changed // what waited goes before what is new
	}
	d.mu.Unlock()
	d.sendBack(atOnce(back, now))
	d.Wake()
}

// Subscribe implements message.Subscriber; topic is the output's name. It can be called once.
func (d *Deliveries) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if topic != d.output || d.started || d.ended {
		return nil, errors.New("queue: the deliveries of " + d.output + " have one subscriber")
	}
	d.started = true
	// Watermill's router closes a subscriber or only cancels its context, whichever
	// its select picks, when it is closed just after it was started.
	context.AfterFunc(ctx, func() { _ = d.Close() })
	out := make(chan *message.Message)
	go func() {
		defer close(d.done)
		defer close(out)
		defer d.end()                          // before out is closed: who reads it may close what release needs
		d.run(context.WithoutCancel(ctx), out) // a claim cut short would strand what it claimed
	}()
	return out, nil
}

// Close implements message.Subscriber: nothing more is handed out, and what was
// not yet is given back. Those in flight go on.
func (d *Deliveries) Close() error {
	d.closeOnce.Do(func() { close(d.stop) })
	d.mu.Lock()
	started := d.started
	d.mu.Unlock()
	if started {
		<-d.done
		return nil
	}
	d.end()
	return nil
}

// end gives back what was not handed out, and sees to it that nothing is taken in any more.
func (d *Deliveries) end() {
	d.mu.Lock()
	back, now := d.queue, d.now()
	d.queue, d.ended = nil, true
	d.mu.Unlock()
	d.sendBack(atOnce(back, now))
}

func (d *Deliveries) run(ctx context.Context, out chan<- *message.Message) {
	for {
		job, wait := d.step(ctx)
		if job == nil {
			timer := time.NewTimer(wait)
			select {
			case <-d.wake:
			case <-timer.C:
			case <-d.stop:
				timer.Stop()
				return
			}
			timer.Stop()
			continue
		}
		msg := message.NewMessage(job.PublicID(), nil)
		msg.SetContext(context.WithValue(ctx, jobKey{}, job))
		select {
		case out <- msg:
		case <-d.stop:
			d.mu.Lock()
			d.inFlight--
			d.mu.Unlock()
			d.release(job, d.now())
			return
		}
	}
}

// step returns the delivery to hand out now, or how long to wait for one.
func (d *Deliveries) step(ctx context.Context) (*store.Job, time.Duration) {
	if why := d.src.MaySend(); why != "" {
		return nil, 200 * time.Millisecond
	}
	d.claim(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	wait := pollEvery // without room, Done wakes us; while paused, the poll finds the time of the probe
	if !d.paused && d.room() > 0 {
		wait = max(time.Millisecond, min(pollEvery, d.claimAt.Sub(now)))
	}
	if d.inFlight-d.sent >= d.limits.Concurrency || len(d.queue) == 0 {
		return nil, wait
	}
	if w := d.next.Sub(now); w > 0 {
		return nil, min(wait, w)
	}
	for i, j := range d.queue {
		if w := d.nextFor[j.Target].Sub(now); w > 0 {
			wait = min(wait, w)
			continue
		}
		d.queue = append(d.queue[:i], d.queue[i+1:]...)
		d.queued[j.Target]--
		d.inFlight++
		d.spend(j.Target, now)
		return j, 0
	}
	return nil, wait
}

// room is how many deliveries to claim now; 0 also where waiting for more room is
// better: each claim is a transaction, so a few large ones it is.
func (d *Deliveries) room() int {
	room := d.window - len(d.queue) - d.inFlight - d.reserved
	if room < d.window/2 && len(d.queue) > d.window/4 {
		return 0
	}
	return max(0, room)
}

// claim takes due deliveries from the store when there is room for them.
func (d *Deliveries) claim(ctx context.Context) {
	d.mu.Lock()
	now := d.now()
	room, due, probing := d.room(), !now.Before(d.claimAt), d.paused
	if probing {
		room, due = 1, d.probe && !now.Before(d.probeAt) && len(d.queue)+d.inFlight == 0
		if due {
			d.probeAt = now.Add(ProbeEvery)
		}
	}
	if due && room == 0 && now.Sub(d.claimAt) > patience {
		d.backlog = true // new ones took all the room: those that wait are next
	}
	if !due || room == 0 {
		d.mu.Unlock()
		return
	}
	d.claimAt = now.Add(pollEvery)
	d.mu.Unlock()

	jobs, err := d.src.Claim(ctx, d.output, room)
	if err != nil {
		d.log.Error("cannot claim deliveries", slog.String("output", d.output), slog.String("error", err.Error()))
		return
	}
	next, backlog, blocked := pollEvery, len(jobs) == room, false
	if backlog {
		next = 0
	} else if in, ok, err := d.src.DueIn(ctx, d.output); err == nil && ok {
		blocked = in <= 0
		if !blocked {
			next = min(next, in)
		}
	}
	d.mu.Lock()
	d.backlog, d.blocked = backlog, blocked
	if at := now.Add(next); at.Before(d.claimAt) {
		d.claimAt = at
	}
	var back []returned
	if d.paused && !probing {
		back = atOnce(jobs, now) // paused in the meantime
	} else {
		back = d.enqueue(jobs)
	}
	d.mu.Unlock()
	d.sendBack(back)
}
