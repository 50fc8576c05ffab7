package pipeline_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/plugin"
	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/rules"
	"leadhub/transforms"
)

// leave writes events as a hub did that went down before it routed them, after
// tries attempts.
func (r *rig) leave(tries int, bodies ...string) {
	r.t.Helper()
	s, err := store.Open(r.t.Context(), filepath.Join(r.dir, "hub.db"), store.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler), HubName: "dead"})
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	events := make([]store.NewEvent, len(bodies))
	for i, b := range bodies {
		events[i] = store.NewEvent{Receiver: "prospektr", Channel: store.ChannelWebhook, At: time.Now(), Body: []byte(b)}
	}
	if _, err := s.Append(r.t.Context(), events, queue.PublishInbox); err != nil {
		r.t.Fatal(err)
	}
	for range tries {
		if _, err := s.CountTry(r.t.Context(), 1); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestCrashLoopBreaker(t *testing.T) {
	two := []string{prospect("p1", "One", "high", "sales@one.example"), prospect("p2", "Two", "high", "sales@two.example")}
	for _, c := range []struct {
		name  string
		tries int
		want  map[string]int64
	}{
		{"what a dead hub left is routed", 0, map[string]int64{"leads": 2}},
		{"after two crashes the batch is split, and routed", 2, map[string]int64{"leads": 2}},
		{"after four the events are set aside", 4, map[string]int64{"unmapped": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			bodies := two
			if c.tries == 4 {
				bodies = two[:1] // a batch of several is split before
				c.want = map[string]int64{"unmapped": 1}
			}
			r.leave(c.tries, bodies...)
			r.start(base)
			l := r.settle()
			if diff := cmp.Diff(c.want, l.Receivers[0].Events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// A database that takes no writes: the vendor must hear 503, nothing may be sent,
// and all must go on by itself once it does.
func TestAStoreThatTakesNoWrites(t *testing.T) {
	r := newRig(t)
	r.start(base)
	r.post(prospect("p1", "Before", "high", "sales@before.example"))
	r.settle()
	db, err := sql.Open("sqlite", filepath.Join(r.dir, "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END`); err != nil {
		t.Fatal(err)
	}
	if got := r.post(prospect("p2", "During", "high", "sales@during.example")); got != http.StatusServiceUnavailable {
		t.Errorf("status %d while the store takes no writes, want 503", got)
	}
	if _, err := db.Exec(`DROP TRIGGER full`); err != nil {
		t.Fatal(err)
	}
	if got := r.post(prospect("p2", "During", "high", "sales@during.example")); got != http.StatusOK {
		t.Errorf("status %d afterwards, want 200", got)
	}
	l := r.settle()
	if got := l.Receivers[0].Received; got != 2 {
		t.Errorf("%d events received, want 2", got)
	}
}

type odd struct{ panicIn string }

func (o odd) Verify(r *receivers.Request) (receivers.Verified, error) {
	return receivers.Verified{Body: r.Body}, nil
}

func (o odd) Parse(r *receivers.Request) (receivers.Event, error) {
	if o.panicIn == "parse" {
		panic("a strange payload")
	}
	n := 1
	if o.panicIn == "many" {
		n = receivers.MaxLeads + 1
	}
	return receivers.Event{Name: "x", Key: "k", Leads: make([]lead.Lead, n)}, nil
}

func TestWhatCannotBeUnderstoodIsUnmapped(t *testing.T) {
	for _, c := range []struct{ what, want string }{
		{"parse", "internal error while reading the payload"},
		{"clean", "internal error while cleaning the lead"},
		{"many", "1001 leads"},
	} {
		t.Run(c.what, func(t *testing.T) {
			k := kinds()
			k.Receivers = []receivers.Kind{plugin.Define("odd", "for this test", func() struct{} { return struct{}{} },
				func(struct{}, plugin.Deps) (receivers.Receiver, error) { return odd{c.what}, nil })}
			k.Transforms = func(transforms.Bands) transforms.Chain {
				return transforms.Chain{transforms.Func(func(*lead.Lead) {
					if c.what == "clean" {
						panic("a strange lead")
					}
				})}
			}
			cfg, problems := config.Parse("leadhub.yaml", []byte("version: 1\nreceivers:\n  odd:\n    type: odd\noutputs:\n  out:\n    type: file\n    path: x\nroutes:\n  - name: all\n    to: [out]\n"), k, config.Options{Offline: true})
			if cfg == nil {
				t.Fatal(problems)
			}
			u := pipeline.Understand(cfg, rules.NewScope(), cfg.Receiver("odd"), &receivers.Request{Body: []byte("{}"), ReceivedAt: time.Now()}, "webhook")
			if u.Err == nil || !strings.Contains(u.Err.Error(), c.want) {
				t.Errorf("%v; want an error with %q", u.Err, c.want)
			}
		})
	}
}

// Requests in flight share commits; one that fails before COMMIT must not refuse the others.
func TestIntakeIsolatesAFailingEvent(t *testing.T) {
	bad := "bad"
	next := int64(0)
	woken := 0
	in := pipeline.NewIntake(func(_ context.Context, events []store.NewEvent) (int64, error) {
		for _, e := range events {
			if e.Receiver == bad {
				return 0, context.DeadlineExceeded
			}
		}
		first := next + 1
		next += int64(len(events))
		return first, nil
	}, func() { woken++ }, slog.New(slog.DiscardHandler))
	type answer struct {
		name string
		err  error
	}
	answers := make(chan answer)
	for i := range 50 {
		name := "good"
		if i%10 == 0 {
			name = bad
		}
		go func() {
			_, err := in.Accept(store.NewEvent{Receiver: name})
			answers <- answer{name, err}
		}()
	}
	for range 50 {
		if a := <-answers; (a.err != nil) != (a.name == bad) {
			t.Errorf("%s: %v", a.name, a.err)
		}
	}
	in.Close()
	if next != 45 || woken == 0 {
		t.Errorf("%d events kept and %d wake-ups, want 45 and some", next, woken)
	}
	if _, err := in.Accept(store.NewEvent{}); err != pipeline.ErrClosing { //nolint:errorlint // returned as it is
		t.Errorf("after Close: %v", err)
	}
}

// With COMMIT's outcome unknown nothing may be written again.
func TestIntakeNeverRepeatsAnUnknownCommit(t *testing.T) {
	calls := 0
	in := pipeline.NewIntake(func(context.Context, []store.NewEvent) (int64, error) {
		calls++
		return 0, store.ErrCommitUnknown
	}, func() { t.Error("woken although nothing is known to be kept") }, slog.New(slog.DiscardHandler))
	if _, err := in.Accept(store.NewEvent{}); err == nil {
		t.Error("an unknown commit was answered with success")
	}
	in.Close()
	if calls != 1 {
		t.Errorf("written %d times", calls)
	}
}

func TestReload(t *testing.T) {
	r := newRig(t)
	r.target.forever = 503
	hub := r.startHub(strings.Replace(base, "[100ms, 200ms]", "[1s]", 1))
	for i := range 20 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Reload", "high", "sales@reload.example"))
	}
	r.until("every delivery was tried", func() bool {
		n := 0
		for _, d := range r.deliveries() {
			if d.Tries > 0 {
				n++
			}
		}
		return n == 20
	})
	// The output crm goes: what waits for it must stay, visibly.
	without := strings.ReplaceAll(base, "to: [crm]", "to: [triage]")
	without = strings.ReplaceAll(without, "to: [crm, triage]", "to: [triage]")
	without = strings.Replace(without, "  crm:\n    type: http\n    url: \"%s/leads\"\n    allow_private: true\n    retry: [100ms, 200ms]\n", "", 1)
	r.reload(hub, without)
	r.accept(hub, prospect("q1", "After", "high", "sales@after.example"))
	l := r.settle()
	if got := ofOutput(l, "crm"); got.Paused != 20 {
		t.Errorf("after the output was removed: %+v; want 20 paused", got)
	}
	if got := ofOutput(l, "triage").Ended["delivered"]; got != 1 {
		t.Errorf("%d delivered by the new configuration, want 1", got)
	}
	// It comes back: they go out.
	r.target.set(func(g *target) { g.forever = 0 })
	r.reload(hub, base)
	l = r.settle()
	if got := ofOutput(l, "crm").Ended["delivered"]; got != 20 {
		t.Errorf("%d delivered after the output came back, want 20: %+v", got, l.Outputs)
	}
}

// A reload under load loses nothing and sends nothing twice.
func TestReloadUnderLoad(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Load", "high", "sales@load.example"))
		}
	}()
	for range 5 {
		time.Sleep(20 * time.Millisecond)
		r.reload(hub, base)
	}
	<-done
	l := r.settle()
	if got := ofOutput(l, "crm").Ended["delivered"]; got != 300 {
		t.Errorf("%d delivered, want 300: %+v", got, l.Outputs)
	}
	r.target.mu.Lock()
	defer r.target.mu.Unlock()
	if len(r.target.order) != 300 {
		t.Errorf("%d sends of 300 leads", len(r.target.order))
	}
}

func ofOutput(l *store.Ledger, name string) store.OutputLedger {
	for _, o := range l.Outputs {
		if o.Output == name {
			return o
		}
	}
	return store.OutputLedger{}
}
