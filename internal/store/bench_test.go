//go:build unix

package store_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"leadhub/internal/queue"
	"leadhub/internal/store"
)

// What the single writer spends on an event: keeping it, routing it to one delivery,
// and recording that delivery. The figures include the wait for the disk, which a
// batch shares.

func benchStore(b *testing.B) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "leadhub.db"), options(time.Now))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func benchEvents(n int) []store.NewEvent {
	events := make([]store.NewEvent, n)
	for i := range events {
		events[i] = store.NewEvent{
			Receiver: "prospektr", Channel: store.ChannelWebhook, At: time.Now(), Meta: []byte(`{"Content-Type":"application/json"}`), Body: bytes.Repeat([]byte("x"), 2048),
		}
	}
	return events
}

func benchAppend(b *testing.B, s *store.Store, events []store.NewEvent) (first int64) {
	b.Helper()
	first, err := s.Append(b.Context(), events, queue.PublishInbox)
	if err != nil {
		b.Fatal(err)
	}
	return first
}

// benchRouting has one new lead and one delivery for each of n events.
func benchRouting(b *testing.B, s *store.Store, inbox, first int64, n int, body []byte) *store.Routing {
	b.Helper()
	r := &store.Routing{Inbox: inbox, Config: 1}
	for i := range n {
		id := first + int64(i)
		// Identities are hashes: keys and leads land anywhere in their index.
		scattered := binary.BigEndian.AppendUint64(nil, uint64(id)*0x9e3779b97f4a7c15)
		l := &store.LeadState{PublicID: fmt.Sprintf("lead_%x_%08x", scattered, id), Revision: 1, Occurred: id, Hash: [16]byte(append(scattered, scattered...))}
		r.Leads = append(r.Leads, l)
		r.Events = append(r.Events, store.RoutedEvent{
			ID: id, Receiver: "prospektr", Outcome: store.OutcomeLeads, Key: append(scattered, scattered...),
			Decisions: []store.Decision{{
				Outcome: store.OutcomeRouted, Lead: l, Revision: 1, Route: "hot", Trace: make([]byte, 24), Body: body,
				Deliveries: []store.NewDelivery{{Output: "crm", Key: store.DeliveryKey(scattered, 1, "crm", "", 0)}},
			}},
		})
	}
	return r
}

func inboxOf(b *testing.B, s *store.Store) (id int64) {
	b.Helper()
	if err := s.QueueDB().QueryRowContext(b.Context(), `SELECT max(id) FROM inbox`).Scan(&id); err != nil {
		b.Fatal(err)
	}
	return id
}

// perEvent makes a stopwatch that reports the time and, less disturbed by
// neighbours, the processor time of one event.
func perEvent(b *testing.B, n int) (start, stop, report func()) {
	b.Helper()
	var took, spent, from time.Duration
	var at time.Time
	start = func() { at, from = time.Now(), processor() }
	stop = func() { took += time.Since(at); spent += processor() - from }
	return start, stop, func() {
		b.ReportMetric(0, "ns/op") // the loop prepares, too
		b.ReportMetric(float64(took.Microseconds())/float64(b.N*n), "µs/event")
		b.ReportMetric(float64(spent.Microseconds())/float64(b.N*n), "cpu-µs/event")
	}
}

// processor is the processor time this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 64, 512} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, events := benchStore(b), benchEvents(n)
			benchAppend(b, s, events)
			start, stop, report := perEvent(b, n)
			for b.Loop() {
				start()
				benchAppend(b, s, events)
				stop()
			}
			report()
		})
	}
}

func BenchmarkRoute(b *testing.B) {
	const n = 64
	s, events, body := benchStore(b), benchEvents(n), bytes.Repeat([]byte("y"), 1200)
	start, stop, report := perEvent(b, n)
	for b.Loop() {
		first := benchAppend(b, s, events)
		r := benchRouting(b, s, inboxOf(b, s), first, n, body)
		start()
		if claimed, err := s.Route(b.Context(), r); err != nil || !claimed {
			b.Fatal(claimed, err)
		}
		stop()
	}
	report()
}

func BenchmarkClaimAndRecord(b *testing.B) {
	const n = 64
	s, events, body := benchStore(b), benchEvents(n), bytes.Repeat([]byte("y"), 1200)
	start, stop, report := perEvent(b, n)
	for b.Loop() {
		first := benchAppend(b, s, events)
		if _, err := s.Route(b.Context(), benchRouting(b, s, inboxOf(b, s), first, n, body)); err != nil {
			b.Fatal(err)
		}
		start()
		jobs, err := s.Claim(b.Context(), "crm", n)
		if err != nil || len(jobs) != n {
			b.Fatal(len(jobs), err)
		}
		benchRecord(b, s, jobs)
		stop()
	}
	report()
}

func benchRecord(b *testing.B, s *store.Store, jobs []*store.Job) {
	b.Helper()
	results := make([]store.Result, len(jobs))
	for i, j := range jobs {
		results[i] = store.Result{Job: j, State: store.StateDelivered, Tries: 1, Began: time.Now().UnixMilli(), Status: 200, Request: make([]byte, 32), Remote: "rec_12345"}
	}
	if lost, err := s.Record(b.Context(), results); err != nil || lost != 0 {
		b.Fatal(lost, err)
	}
}

// BenchmarkWholeWay is the writer's whole cost for an event that is born leased.
func BenchmarkWholeWay(b *testing.B) {
	const n = 64
	s, events, body := benchStore(b), benchEvents(n), bytes.Repeat([]byte("y"), 1200)
	start, stop, report := perEvent(b, n)
	for b.Loop() {
		start()
		first := benchAppend(b, s, events)
		stop()
		r := benchRouting(b, s, inboxOf(b, s), first, n, body)
		jobs := make([]*store.Job, n)
		for i := range r.Events {
			r.Events[i].Decisions[0].Deliveries[0].Leased = true
		}
		start()
		if claimed, err := s.Route(b.Context(), r); err != nil || !claimed {
			b.Fatal(claimed, err)
		}
		for i := range r.Events {
			jobs[i] = &store.Job{ID: r.Events[i].Decisions[0].Deliveries[0].ID, Receiver: "prospektr", Output: "crm", LeadID: r.Leads[i].PublicID, Revision: 1}
		}
		benchRecord(b, s, jobs)
		stop()
	}
	report()
}
