package queue_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// empty is a store in which nothing is due.
type empty struct{}

func (empty) Claim(context.Context, string, int) ([]*store.Job, error) { return nil, nil }

func (empty) DueIn(context.Context, string) (time.Duration, bool, error) { return 0, false, nil }

func (empty) MaySend() string { return "" }

// TestDeliveriesEndWithTheirContext: watermill's router may end a subscriber by
// its context alone; one that went on would hold up a stop for a minute.
func TestDeliveriesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	d := queue.NewDeliveries("crm", queue.Limits{Concurrency: 1}, empty{}, time.Now, slog.New(slog.DiscardHandler), func(*store.Job, time.Time) {})
	ctx, cancel := context.WithCancel(t.Context())
	out, err := d.Subscribe(ctx, "crm")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case _, open := <-out:
		if open {
			t.Error("something was handed out")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the subscription outlives its context")
	}
	if err := d.Close(); err != nil {
		t.Errorf("closing it as well: %v", err)
	}
}
