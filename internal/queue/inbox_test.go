package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.uber.org/goleak"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// soon bounds what has to happen at once; a busy machine may take a while.
const soon = 20 * time.Second

// desk is a store with the inbox over it.
type desk struct {
	t     *testing.T
	s     *store.Store
	inbox *queue.Inbox
	out   <-chan *message.Message
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "leadhub.db"), store.Options{Now: time.Now, Logger: discard(), HubName: "test"})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, s: s}
	if d.inbox, err = queue.NewInbox(s.QueueDB(), discard()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.inbox.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) subscribe() {
	d.t.Helper()
	var err error
	if d.out, err = d.inbox.Subscribe(context.WithoutCancel(d.t.Context()), queue.InboxTopic); err != nil {
		d.t.Fatal(err)
	}
}

// keep keeps n events in one commit and returns the id of the first.
func (d *desk) keep(n int) int64 {
	d.t.Helper()
	events := make([]store.NewEvent, n)
	for i := range events {
		events[i] = store.NewEvent{Receiver: "prospektr", Channel: store.ChannelWebhook, At: time.Now(), Body: []byte("{}")}
	}
	first, err := d.s.Append(d.t.Context(), events, queue.PublishInbox)
	if err != nil {
		d.t.Fatal(err)
	}
	return first
}

// next waits for the next message.
func (d *desk) next() (*message.Message, queue.InboxMessage) {
	d.t.Helper()
	select {
	case m, open := <-d.out:
		if !open {
			d.t.Fatal("the subscription ended")
		}
		in, err := queue.ParseInbox(m)
		if err != nil {
			d.t.Fatal(err)
		}
		return m, in
	case <-time.After(soon):
		d.t.Fatal("no message comes")
		return nil, queue.InboxMessage{}
	}
}

// route claims an inbox row as the router does.
func (d *desk) route(in queue.InboxMessage) (claimed bool) {
	d.t.Helper()
	r := &store.Routing{Inbox: in.ID, Config: 1}
	for id := in.First; id <= in.Last; id++ {
		r.Events = append(r.Events, store.RoutedEvent{
			ID: id, Receiver: "prospektr", Outcome: store.OutcomeUnmapped, Decisions: []store.Decision{{Outcome: store.OutcomeUnmapped, Note: "test"}},
		})
	}
	claimed, err := d.s.Route(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return claimed
}

func TestInboxInOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const commits = 40 // more than one SELECT reads
	var want []int64
	for i := range commits {
		want = append(want, d.keep(1+i%3))
	}
	d.subscribe()
	var wg sync.WaitGroup
	wg.Go(func() { // others come while these are routed
		for range commits {
			d.keep(1)
			d.inbox.Wake()
		}
	})
	var next int64 = 1
	for i := range 2 * commits {
		m, in := d.next()
		if in.First != next || in.Last < in.First || (i < commits && in.First != want[i]) || in.Tries != 0 {
			t.Fatalf("message %d holds events %d to %d after %d tries; the next event is %d", i, in.First, in.Last, in.Tries, next)
		}
		next = in.Last + 1
		if !d.route(in) {
			t.Errorf("inbox row %d was handed out after it was routed", in.ID)
		}
		m.Ack()
	}
	wg.Wait()
	if l, err := d.s.Ledger(t.Context()); err != nil || !l.Holds || l.Receivers[0].Waiting != 0 {
		t.Errorf("ledger %+v, %v", l, err)
	}
}

// TestInboxWakes: a wake-up brings the message at once. Only the sum is asserted: a
// hundred polls of a second would take far longer.
func TestInboxWakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.subscribe()
	begin := time.Now()
	var slowest time.Duration
	for range 100 {
		d.keep(1)
		woken := time.Now()
		d.inbox.Wake()
		m, in := d.next()
		slowest = max(slowest, time.Since(woken))
		d.route(in)
		m.Ack()
	}
	if took := time.Since(begin); took > 50*time.Second {
		t.Errorf("100 wake-ups took %v", took)
	}
	t.Logf("100 commits in %v; the slowest wake-up took %v", time.Since(begin), slowest)
}

// TestInboxPolls: without a wake-up, as from another process, it looks all the same.
func TestInboxPolls(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.subscribe()
	time.Sleep(50 * time.Millisecond)
	first := d.keep(1)
	m, in := d.next()
	if in.First != first {
		t.Errorf("event %d, not %d", in.First, first)
	}
	d.route(in)
	m.Ack()
}

// TestInboxComesAgain: a row stays until it is claimed, whatever is said about its
// message, and the next one waits for it when it was refused.
func TestInboxComesAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := d.keep(1), d.keep(1)
	d.subscribe()
	for range 3 {
		m, in := d.next()
		if in.First != first {
			t.Fatalf("event %d came, not %d, which was refused", in.First, first)
		}
		m.Nack()
	}
	m, in := d.next()
	if _, err := d.s.CountTry(t.Context(), in.ID); err != nil {
		t.Fatal(err)
	}
	m.Ack() // but not claimed
	m, in2 := d.next()
	if in2.First != second {
		t.Fatalf("event %d came, not %d", in2.First, second)
	}
	d.route(in2)
	m.Ack()
	m, in = d.next()
	if in.First != first || in.Tries != 1 {
		t.Fatalf("event %d came after %d tries, not %d after 1", in.First, in.Tries, first)
	}
	if !d.route(in) || d.route(in) {
		t.Error("the row could not be claimed once and only once")
	}
	m.Ack()
	select {
	case m := <-d.out:
		t.Errorf("message %v came although nothing waits", m.Payload)
	case <-time.After(1500 * time.Millisecond):
	}
}

// TestInboxCloses while it waits, while a message is held out, and while one is
// handled. It counts goroutines, so no other test runs beside it.
func TestInboxCloses(t *testing.T) {
	for name, prepare := range map[string]func(d *desk) *message.Message{
		"waiting": func(*desk) *message.Message { return nil },
		"nobody reads": func(d *desk) *message.Message {
			d.keep(1)
			d.inbox.Wake()
			time.Sleep(20 * time.Millisecond)
			return nil
		},
		"handling": func(d *desk) *message.Message {
			d.keep(1)
			d.inbox.Wake()
			m, _ := d.next()
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			before := goleak.IgnoreCurrent()
			d.subscribe()
			time.Sleep(20 * time.Millisecond)
			handled := prepare(d)
			closed := make(chan error, 2)
			for range 2 {
				go func() { closed <- d.inbox.Close() }()
			}
			for range 2 {
				select {
				case err := <-closed:
					if err != nil {
						t.Error(err)
					}
				case <-time.After(soon):
					t.Fatal("closing hangs")
				}
			}
			for range d.out {
			}
			if handled != nil {
				// What was under way can still be finished.
				in, err := queue.ParseInbox(handled)
				if err != nil || !d.route(in) {
					t.Errorf("the message under way could not be routed: %v", err)
				}
				handled.Ack()
			}
			goleak.VerifyNone(t, before)
		})
	}
}

func TestInboxAfterClose(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.inbox.Close(); err != nil {
		t.Fatal(err)
	}
	d.inbox.Wake() // does no harm
	if _, err := d.inbox.Subscribe(t.Context(), queue.InboxTopic); err == nil {
		t.Error("subscribed to a closed inbox")
	}
}

// TestInboxSurvivesErrors: reading fails for a while, and goes on when it no longer does.
func TestInboxSurvivesErrors(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sql.Open("sqlite", "file:"+d.s.Path()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	first := d.keep(1)
	rename("inbox", "elsewhere")
	d.subscribe()
	time.Sleep(100 * time.Millisecond)
	rename("elsewhere", "inbox")
	m, in := d.next()
	if in.First != first {
		t.Errorf("event %d, not %d", in.First, first)
	}
	m.Ack()
}

func TestParseInbox(t *testing.T) {
	t.Parallel()
	m := message.NewMessage("x", make([]byte, 23))
	m.Metadata.Set("tries", "0")
	if _, err := queue.ParseInbox(m); err == nil || err.Error() != "queue: inbox message of 23 bytes" {
		t.Errorf("too short: %v", err)
	}
	if _, err := queue.ParseInbox(message.NewMessage("x", make([]byte, 24))); err == nil {
		t.Error("a message without tries is no error")
	}
	if queue.JobOf(m) != nil {
		t.Error("a message without a delivery has one")
	}
}
