package pipeline

import (
	"context"
	"log/slog"
	"time"

	"leadhub/internal/store"
)

// recorder writes results in batches: those that come while a transaction is under
// way share the next one.
type recorder struct {
	store *store.Store
	log   *slog.Logger
	ch    chan recording
	done  chan struct{}
	// giveUp ends the retries of a store that takes no writes, at shutdown.
	giveUp chan struct{}
}

type recording struct {
	result store.Result
	then   func()
}

const maxRecord = 256

func newRecorder(s *store.Store, log *slog.Logger) *recorder {
	r := &recorder{store: s, log: log, ch: make(chan recording, 4*maxRecord), done: make(chan struct{}), giveUp: make(chan struct{})}
	go r.run()
	return r
}

// put hands a result over; then is called once it is recorded.
func (r *recorder) put(res store.Result, then func()) { r.ch <- recording{res, then} }

// close returns when everything handed over is recorded. Nothing may be put after it.
func (r *recorder) close() {
	close(r.ch)
	<-r.done
}

func (r *recorder) run() {
	defer close(r.done)
	batch := make([]recording, 0, maxRecord)
	results := make([]store.Result, 0, maxRecord)
	for first := range r.ch {
		batch = append(batch[:0], first)
	fill:
		for len(batch) < maxRecord {
			select {
			case next, ok := <-r.ch:
				if !ok {
					break fill
				}
				batch = append(batch, next)
			default:
				break fill
			}
		}
		results = results[:0]
		for _, b := range batch {
			results = append(results, b.result)
		}
		r.write(results)
		for _, b := range batch {
			b.then()
		}
	}
}

// write records results, for as long as it takes: what was sent must not be
// forgotten because the disk is full for a while.
func (r *recorder) write(results []store.Result) {
	wait := 100 * time.Millisecond
	for {
		lost, err := r.store.Record(context.Background(), results)
		if err == nil {
			if lost > 0 {
				r.log.Warn("deliveries were taken over by another hub", slog.Int("deliveries", lost))
			}
			return
		}
		r.log.Error("cannot record deliveries", slog.Int("deliveries", len(results)), slog.String("error", err.Error()))
		select {
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		case <-r.giveUp:
			return
		}
	}
}
