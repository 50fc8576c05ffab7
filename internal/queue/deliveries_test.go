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

// TestSentFreesTheSlot: with one send at a time the second starts when the first
// has returned, not when its result is on disk; before that it does not.
func TestSentFreesTheSlot(t *testing.T) {
	t.Parallel()
	d := queue.NewDeliveries("crm", queue.Limits{Concurrency: 1}, empty{}, time.Now, slog.New(slog.DiscardHandler), func(*store.Job, time.Time) {})
	out, err := d.Subscribe(t.Context(), "crm")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Reserve(2); got != 2 {
		t.Fatalf("%d of 2 reserved", got)
	}
	d.Offer(&store.Job{ID: 1}, &store.Job{ID: 2})
	first := <-out
	first.Ack()
	select {
	case m := <-out:
		t.Fatalf("delivery %d was handed out beside the first", queue.JobOf(m).ID)
	case <-time.After(50 * time.Millisecond):
	}
	d.Sent()
	select {
	case m := <-out:
		if id := queue.JobOf(m).ID; id != 2 {
			t.Errorf("delivery %d was handed out, want 2", id)
		}
		m.Ack()
	case <-time.After(10 * time.Second):
		t.Fatal("the second delivery waits although the first was sent")
	}
	d.Done()
	d.Sent()
	d.Done()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
