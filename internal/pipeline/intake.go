package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"leadhub/internal/store"
)

// Errors of Intake.Accept. Either way the vendor is answered 503.
var (
	// ErrSaturated: too many events wait for the disk.
	ErrSaturated = errors.New("pipeline: intake is saturated")
	// ErrClosing: the hub is shutting down.
	ErrClosing = errors.New("pipeline: the hub is shutting down")
)

const (
	intakeQueue    = 2048    // events that may wait for a commit
	maxCommit      = 512     // events in one commit
	maxCommitBytes = 8 << 20 // bytes in one commit
)

// Intake keeps events. Requests that arrive while a commit is under way share the
// next one; nobody waits for a batch to fill.
type Intake struct {
	append func(context.Context, []store.NewEvent) (int64, error)
	wake   func()
	log    *slog.Logger

	mu     sync.RWMutex
	closed bool
	ch     chan *keeping
	done   chan struct{}
}

type keeping struct {
	event store.NewEvent
	id    int64
	err   error
	done  chan struct{}
}

// NewIntake starts the committer. wake is called after every commit that returned nil.
func NewIntake(appendEvents func(context.Context, []store.NewEvent) (int64, error), wake func(), log *slog.Logger) *Intake {
	i := &Intake{append: appendEvents, wake: wake, log: log, ch: make(chan *keeping, intakeQueue), done: make(chan struct{})}
	go i.run()
	return i
}

// Accept keeps one event and returns its id once it is on disk. It may be called
// concurrently; the event must not change afterwards.
func (i *Intake) Accept(e store.NewEvent) (int64, error) {
	k := &keeping{event: e, done: make(chan struct{})}
	i.mu.RLock()
	if i.closed {
		i.mu.RUnlock()
		return 0, ErrClosing
	}
	select {
	case i.ch <- k:
		i.mu.RUnlock()
	default:
		i.mu.RUnlock()
		return 0, ErrSaturated
	}
	<-k.done
	return k.id, k.err
}

// Close refuses new events, and returns when those already taken are answered.
func (i *Intake) Close() {
	i.mu.Lock()
	if !i.closed {
		i.closed = true
		close(i.ch)
	}
	i.mu.Unlock()
	<-i.done
}

func (i *Intake) run() {
	defer close(i.done)
	var batch []*keeping
	for k := range i.ch {
		batch = append(batch[:0], k)
		size := len(k.event.Body)
	fill:
		for len(batch) < maxCommit && size < maxCommitBytes {
			select {
			case next, ok := <-i.ch:
				if !ok {
					break fill
				}
				batch = append(batch, next)
				size += len(next.event.Body)
			default:
				break fill
			}
		}
		i.commit(batch)
		for _, k := range batch {
			close(k.done)
		}
	}
}

func (i *Intake) commit(batch []*keeping) {
	ctx := context.Background() // a request that gives up does not undo the others' commit
	events := make([]store.NewEvent, len(batch))
	for n, k := range batch {
		events[n] = k.event
	}
	first, err := i.append(ctx, events)
	switch {
	case err == nil:
		for n, k := range batch {
			k.id = first + int64(n)
		}
		i.wake()
		return
	case errors.Is(err, store.ErrCommitUnknown) || len(batch) == 1:
		i.log.Error("cannot keep events", slog.Int("events", len(batch)), slog.String("error", err.Error()))
		for _, k := range batch {
			k.err = err
		}
		return
	}
	// Nothing was written: one event must not refuse the others.
	for _, k := range batch {
		i.commit([]*keeping{k})
	}
}
