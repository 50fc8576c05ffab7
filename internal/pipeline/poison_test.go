package pipeline

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/rules"
)

// TestPoison: an event that makes routing panic long after the start is set aside in
// the end, and does not hold up the others for good. Here everything panics: there
// is no configuration.
func TestPoison(t *testing.T) {
	t.Parallel()
	for _, events := range []int{1, 20} { // decided in place, and on all cores
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"), store.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler), HubName: "test"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		batch := make([]store.NewEvent, events)
		for i := range batch {
			batch[i] = store.NewEvent{Receiver: "prospektr", Channel: store.ChannelWebhook, At: time.Now(), Body: []byte("{}")}
		}
		if _, err := s.Append(t.Context(), batch, queue.PublishInbox); err != nil {
			t.Fatal(err)
		}
		h := &Hub{store: s, log: slog.New(slog.DiscardHandler), now: time.Now, routedOne: true, scopes: sync.Pool{New: func() any { return rules.NewScope() }}}
		h.gen.Store(&generation{configID: 1, outputs: map[string]*output{}})
		row := queue.InboxMessage{ID: 1, First: 1, Last: int64(events)}
		for try := 1; h.routeCounted(t.Context(), row) != nil; try++ {
			if try > setAsideAt {
				t.Fatalf("a batch of %d events was tried %d times", events, try)
			}
		}
		// A batch was split into its events, after as many tries.
		for id := int64(2); events > 1 && id <= int64(events)+1; id++ {
			one := queue.InboxMessage{ID: id, First: id - 1, Last: id - 1, Tries: splitAt}
			for try := splitAt; h.routeCounted(t.Context(), one) != nil; try++ {
				if try > setAsideAt {
					t.Fatalf("event %d was tried %d times", id-1, try)
				}
			}
		}
		l, err := s.Ledger(t.Context())
		if err != nil || !l.Holds || l.Receivers[0].Waiting != 0 || l.Receivers[0].Events["unmapped"] != int64(events) {
			t.Errorf("of %d events: %+v, %v", events, l, err)
		}
	}
}

// TestParallelPanic: a panic on another core comes back to the caller, once all ended.
func TestParallelPanic(t *testing.T) {
	t.Parallel()
	b := &batch{events: make([]store.Event, 100)}
	var mu sync.Mutex
	done := 0
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "event 50") {
			t.Errorf("recovered %s", p)
		}
		if done < 50 {
			t.Errorf("%d others were done", done)
		}
	}()
	b.parallel(&sync.Pool{New: func() any { return rules.NewScope() }}, func(_ *rules.Scope, i int) {
		if i == 50 {
			panic("event 50")
		}
		mu.Lock()
		defer mu.Unlock()
		done++
	})
	t.Error("no panic")
}
