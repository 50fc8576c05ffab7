package outputtest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"leadhub/outputs"
)

func (c Contract) testStatuses(t *testing.T) {
	h := c.start(t)
	for status := 200; status <= 599; status++ {
		step := Step{Status: status}
		h.Target.Next(step)
		_, err := h.send(LeadDelivery(status, h.target()))
		h.want(describe(step), err, h.Status(status))
		if _, _, got := outputs.InstructionOf(err); err != nil && got != status {
			t.Errorf("status %d: the error says %d", status, got)
		}
	}
	if held := h.Delivered(); len(held) > 0 {
		t.Errorf("the scripted answers reached the target's state: %q", held)
	}
}

func (c Contract) testRetryAfter(t *testing.T) {
	h := c.start(t)
	for _, status := range []int{429, 503} {
		for value, want := range map[string]time.Duration{
			"":                                    0,
			"7":                                   7 * time.Second,
			"0":                                   0,
			"soon":                                0,
			"-5":                                  0,
			"100000000000000000000":               24 * time.Hour,
			"90000":                               24 * time.Hour,
			"Mon, 02 Mar 2026 15:05:35 GMT":       90 * time.Second,
			"Mon, 02 Mar 2026 14:00:00 GMT":       0,
			"Mon, 02 Mar 2099 14:00:00 GMT":       24 * time.Hour,
			"Mon, 02 Mar 2026 15:05:35 GMT+02:00": 0,
		} {
			step := Step{Status: status}
			if value != "" {
				step.Header = map[string]string{"Retry-After": value}
			}
			h.Target.Next(step)
			_, err := h.send(LeadDelivery(1, h.target()))
			h.want(describe(step), err, Fails(outputs.InstructRetry))
			if _, after, _ := outputs.InstructionOf(err); after != want {
				t.Errorf("status %d, Retry-After %q: wait %v, want %v", status, value, after, want)
			}
		}
	}
}

func (c Contract) testResets(t *testing.T) {
	for _, moment := range []Moment{BeforeCommit, AfterCommit} {
		t.Run(string(moment), func(t *testing.T) {
			h := c.start(t)
			d := LeadDelivery(1, h.target())
			// The first send leaves a connection open: on a reused one, an HTTP client
			// may be tempted to repeat the request by itself.
			if _, err := h.send(LeadDelivery(2, h.target())); err != nil {
				t.Fatal(err)
			}
			h.Target.Next(Step{Reset: moment})
			before := len(h.Target.Requests())
			_, err := h.send(d)
			h.want("reset "+string(moment), err, Fails(outputs.InstructAmbiguous))
			if n := len(h.Target.Requests()) - before; n != 1 {
				t.Errorf("%d requests for one send", n)
			}
			c.recover(t, h, d, moment)
		})
	}
}

// recover does what the hub does about an attempt of unknown outcome, and looks
// at what the target ends with.
func (c Contract) recover(t *testing.T, h *harness, d *outputs.Delivery, moment Moment) {
	finder, canFind := h.out.(outputs.Reconciler)
	if !h.out.Traits().Idempotent && !canFind {
		return
	}
	again := true
	if canFind && !h.out.Traits().Idempotent {
		receipt, found, err := finder.Find(t.Context(), d)
		if err != nil || found != (moment == AfterCommit) {
			t.Fatalf("Find = %+v, %v, %v", receipt, found, err)
		}
		again = !found
	}
	if again {
		if _, err := h.send(d); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, id := range h.Delivered() {
		if id == d.ID {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the target holds the delivery %d times", n)
	}
}

func (c Contract) testNoAnswer(t *testing.T) {
	h := c.start(t)
	for name, tc := range map[string]struct {
		step Step
		want Expect
	}{
		"no answer":      {Step{Hang: true}, Fails(outputs.InstructAmbiguous)},
		"body never end": {Step{SlowBody: true}, h.Unread},
	} {
		h.Target.Next(tc.step)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		var err error
		late := took(func() { _, err = h.sendIn(ctx, h.out, LeadDelivery(1, h.target())) })
		cancel()
		h.want(name, err, tc.want)
		if late > 3*time.Second {
			t.Errorf("%s: Send took %v after a deadline of 300ms", name, late)
		}
	}
}

func (c Contract) testUnreachable(t *testing.T) {
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	defer untrusted.Close()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // takes connections and never greets: the handshake hangs
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, tc := range map[string]struct {
		base    string
		private bool
		want    Expect
	}{
		"nobody listens":            {"http://" + closed.Addr().String(), true, Fails(outputs.InstructRetry)},
		"no such host":              {"https://leadhub-test.invalid", false, Fails(outputs.InstructRetry)},
		"certificate not trusted":   {untrusted.URL, true, Fails(outputs.InstructPause)},
		"no handshake":              {"https://" + silent.Addr().String(), true, Fails(outputs.InstructRetry)},
		"metadata address":          {"https://169.254.169.254", false, Fails(outputs.InstructPause)},
		"metadata, private allowed": {"https://169.254.169.254", true, Fails(outputs.InstructPause)},
		"reserved address":          {"https://198.18.0.1", false, Fails(outputs.InstructPause)},
		"NAT64 to metadata":         {"https://[64:ff9b::a9fe:a9fe]", true, Fails(outputs.InstructPause)},
	} {
		t.Run(name, func(t *testing.T) {
			h := &harness{Instance: c.New(t), t: t}
			out := c.build(t, h.Instance, tc.base, tc.private)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := h.sendIn(ctx, out, LeadDelivery(1, h.target()))
			h.want(tc.base, err, tc.want)
		})
	}
}

func (c Contract) testSecrets(t *testing.T) {
	h := c.start(t)
	for _, status := range []int{200, 201, 302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503} {
		h.Target.Next(Step{Status: status, Echo: true})
		_, _ = h.send(LeadDelivery(status, h.target())) // send looks for leaks
		last := h.Target.Requests()[len(h.Target.Requests())-1]
		for name := range last.Header {
			if name == "Referer" || name == "Cookie" {
				t.Errorf("the request carries a %s", name)
			}
		}
	}
}
