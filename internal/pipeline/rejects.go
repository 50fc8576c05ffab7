package pipeline

import (
	"context"
	"log/slog"

	"leadhub/internal/store"
)

// rejecter keeps notes of refused requests, beside the way of the others: a flood
// of them costs intake nothing.
type rejecter struct {
	store *store.Store
	log   *slog.Logger
	ch    chan store.Reject
	done  chan struct{}
}

func newRejecter(s *store.Store, log *slog.Logger) *rejecter {
	r := &rejecter{store: s, log: log, ch: make(chan store.Reject, 512), done: make(chan struct{})}
	go r.run()
	return r
}

func (r *rejecter) put(one store.Reject) {
	select {
	case r.ch <- one:
	default:
	}
}

func (r *rejecter) close() {
	close(r.ch)
	<-r.done
}

func (r *rejecter) run() {
	defer close(r.done)
	for one := range r.ch {
		batch := []store.Reject{one}
	fill:
		for len(batch) < 256 {
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
		if err := r.store.AddRejects(context.Background(), batch); err != nil {
			r.log.Error("cannot keep rejected requests", slog.Int("requests", len(batch)), slog.String("error", err.Error()))
		}
	}
}
