package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
	"leadhub/receivers"
)

func TestAccepted(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := h.post("/webhooks/prospektr?token=abc&x=1", `{"a":1}`, "X-Custom", "one", "x-custom", "two", "x-lower", "three")
	if a.status != 200 || a.body != `{"status":"accepted","event_id":"evt_7"}` || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %+v", a)
	}
	accepted, rejected := h.kept()
	if len(accepted) != 1 || len(rejected) != 0 {
		t.Fatalf("%d accepted, %d rejected", len(accepted), len(rejected))
	}
	r := accepted[0]
	if r.Method != "POST" || r.Path != "/webhooks/prospektr" || string(r.Body) != `{"a":1}` || !r.ReceivedAt.Equal(at) || r.ReceivedAt.Location() != time.UTC {
		t.Errorf("request %+v", r)
	}
	if diff := cmp.Diff([]string{"one", "two"}, r.Header["X-Custom"]); diff != "" || r.Header.Get("X-Lower") != "three" {
		t.Errorf("headers %v", r.Header)
	}
	if r.Query.Reveal() != "token=abc&x=1" || r.Remote != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("query %q from %v", r.Query.Reveal(), r.Remote)
	}
}

// TestAnswerAfterAccept: the 200 leaves when Accept has returned, not before.
func TestAnswerAfterAccept(t *testing.T) {
	t.Parallel()
	h := open(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	h.set(func() {
		h.accept = func(*receivers.Request) (string, error) {
			close(begun)
			<-goOn
			return "evt_1", nil
		}
	})
	answered := make(chan answer, 1)
	c := h.client()
	go func() {
		a, err := h.ask(c, http.MethodPost, "/webhooks/prospektr", strings.NewReader("{}"))
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	<-begun
	select {
	case a := <-answered:
		t.Errorf("answered %d before the event was kept", a.status)
	case <-time.After(100 * time.Millisecond):
	}
	close(goOn)
	if a := <-answered; a.status != 200 || !strings.Contains(a.body, "evt_1") {
		t.Errorf("answered %+v", a)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const secret = "hint: secret-4711 of internal/store at /var/lib"
	reject := func(r *receivers.Rejection) func(*house) {
		return func(h *house) {
			h.verify = func(*receivers.Request) (receivers.Verified, error) { return receivers.Verified{}, r }
		}
	}
	json := []string{"Content-Type", "application/json"}
	for _, c := range []struct {
		name         string
		method, path string
		header       []string
		change       func(*house)
		status       int
		msg          string
		reason       string // kept; "": nothing is kept
	}{
		{"no signature", "POST", "/webhooks/prospektr", json, reject(receivers.Unauthorized(receivers.ReasonNoSignature, secret)), 401, msgForbidden, "signature missing"},
		{"stale", "POST", "/webhooks/prospektr", json, reject(receivers.Unauthorized(receivers.ReasonStale, secret)), 401, msgForbidden, "timestamp too old or too new"},
		{"not JSON", "POST", "/webhooks/prospektr", json, reject(receivers.BadRequest(receivers.ReasonNotJSON, secret)), 400, msgNotJSON, "body is not JSON"},
		{"not UTF-8", "POST", "/webhooks/prospektr", json, reject(receivers.BadRequest(receivers.ReasonNotUTF8, secret)), 400, msgNotJSON, "body is not valid UTF-8"},
		{"too deep", "POST", "/webhooks/prospektr", json, reject(receivers.BadRequest(receivers.ReasonTooDeep, secret)), 400, msgNotJSON, "body is nested too deeply"},
		{"not a form", "POST", "/webhooks/prospektr", json, reject(receivers.BadRequest(receivers.ReasonNotForm, secret)), 400, msgNotForm, string(receivers.ReasonNotForm)},
		{"a receiver's 415", "POST", "/webhooks/prospektr", json, reject(&receivers.Rejection{Status: 415, Reason: receivers.ReasonMediaType, Hint: secret}), 415, msgMediaType, "content type not accepted"},
		{"a receiver's 413", "POST", "/webhooks/prospektr", json, reject(&receivers.Rejection{Status: 413, Reason: receivers.ReasonTooLarge}), 413, msgTooLarge, "body too large"},
		{"never 429", "POST", "/webhooks/prospektr", json, reject(&receivers.Rejection{Status: 429, Reason: "slow down"}), 400, msgNotJSON, "slow down"},
		{"no status", "POST", "/webhooks/prospektr", json, reject(&receivers.Rejection{Reason: "odd"}), 400, msgNotJSON, "odd"},
		{"a wrapped rejection", "POST", "/webhooks/prospektr", json, func(h *house) {
			h.verify = func(*receivers.Request) (receivers.Verified, error) {
				return receivers.Verified{}, fmt.Errorf("wrapped: %w", receivers.Unauthorized(receivers.ReasonBadToken, secret))
			}
		}, 401, msgForbidden, "token does not match"},
		{"another error", "POST", "/webhooks/prospektr", json, func(h *house) {
			h.verify = func(*receivers.Request) (receivers.Verified, error) { return receivers.Verified{}, errors.New(secret) }
		}, 500, msgInternal, ""},
		{"a panic in Verify", "POST", "/webhooks/prospektr", json, func(h *house) {
			h.verify = func(*receivers.Request) (receivers.Verified, error) { panic(secret) }
		}, 500, msgInternal, ""},
		{"a panic in Accept", "POST", "/webhooks/prospektr", json, func(h *house) {
			h.accept = func(*receivers.Request) (string, error) { panic(secret) }
		}, 500, msgInternal, ""},
		{"the store is down", "POST", "/webhooks/prospektr", json, func(h *house) {
			h.accept = func(*receivers.Request) (string, error) { return "", errors.New(secret) }
		}, 503, msgUnavailable, ""},
		{"unknown path", "POST", "/webhooks/other", json, nil, 404, msgNotFound, ""},
		{"the root", "GET", "/", nil, nil, 404, msgNotFound, ""},
		{"trailing slash", "POST", "/webhooks/prospektr/", json, nil, 404, msgNotFound, ""},
		{"double slash", "POST", "//webhooks/prospektr", json, nil, 404, msgNotFound, ""},
		{"other case", "POST", "/Webhooks/Prospektr", json, nil, 404, msgNotFound, ""},
		{"escaped", "POST", "/webhooks%2Fprospektr", json, nil, 404, msgNotFound, ""},
		{"GET", "GET", "/webhooks/prospektr", nil, nil, 405, msgMethod, "method GET"},
		{"PUT", "PUT", "/webhooks/prospektr", json, nil, 405, msgMethod, "method PUT"},
		{"DELETE", "DELETE", "/webhooks/prospektr", nil, nil, 405, msgMethod, "method DELETE"},
		{"OPTIONS", "OPTIONS", "/webhooks/prospektr", nil, nil, 405, msgMethod, "method OPTIONS"},
		{"a method nobody knows", "BREW", "/webhooks/prospektr", nil, nil, 405, msgMethod, "method BREW"},
		{"a method nobody knows elsewhere", "BREW", "/pot", nil, nil, 404, msgNotFound, ""},
		{"text", "POST", "/webhooks/prospektr", []string{"Content-Type", "text/plain"}, nil, 415, msgMediaType, "content type not accepted"},
		{"a form for JSON", "POST", "/webhooks/prospektr", []string{"Content-Type", "application/x-www-form-urlencoded"}, nil, 415, msgMediaType, "content type not accepted"},
		{"a broken multipart form", "POST", "/webhooks/prospektr", []string{"Content-Type", "multipart/form-data; boundary=x"}, nil, 415, msgMediaType, "content type not accepted"},
		{"JSON for a form", "POST", "/webhooks/form", json, nil, 415, msgMediaType, "content type not accepted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			if c.change != nil {
				h.set(func() { c.change(h) })
			}
			a, err := h.ask(h.client(), c.method, c.path, strings.NewReader(`{"a":1}`), c.header...)
			if err != nil {
				t.Fatal(err)
			}
			id := a.refused(t, c.status, c.msg)
			if strings.Contains(a.body+fmt.Sprint(a.header), "secret-4711") {
				t.Errorf("the answer tells: %+v", a)
			}
			if allow := a.header.Get("Allow"); (allow == "POST") != (c.status == 405) {
				t.Errorf("Allow: %q", allow)
			}
			if again := a.header.Get("Retry-After"); (again == "5") != (c.status == 503) {
				t.Errorf("Retry-After: %q", again)
			}
			accepted, rejected := h.kept()
			if len(accepted) != 0 {
				t.Error("it was accepted")
			}
			want := []store.Reject{{At: at, Receiver: strings.TrimPrefix(c.path, "/webhooks/"), Status: c.status, RequestID: id, Remote: "127.0.0.1", Reason: c.reason, Size: 7}}
			if c.reason == "" {
				want = nil
			}
			for i := range rejected {
				rejected[i].Hint = ""
			}
			if diff := cmp.Diff(want, rejected); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if !strings.Contains(h.log.String(), id) {
				t.Errorf("the log does not know request %s:\n%s", id, h.log)
			}
			if c.status >= 500 && !strings.Contains(h.log.String(), "secret-4711") {
				t.Errorf("the log does not say what happened:\n%s", h.log)
			}
			// The server lives on.
			h.set(func() {
				h.verify = func(r *receivers.Request) (receivers.Verified, error) { return receivers.Verified{Body: r.Body}, nil }
				h.accept = func(*receivers.Request) (string, error) { return "evt_8", nil }
			})
			if a := h.post("/webhooks/prospektr", "{}"); a.status != 200 {
				t.Errorf("afterwards it answers %+v", a)
			}
		})
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client()
	for _, x := range []struct {
		path, value string
		ok          bool
	}{
		{"/webhooks/prospektr", "", true}, // refusing it could lose a lead for good
		{"/webhooks/prospektr", "application/json", true},
		{"/webhooks/prospektr", "application/json; charset=utf-8", true},
		{"/webhooks/prospektr", "APPLICATION/JSON;charset=UTF-8", true},
		{"/webhooks/prospektr", "application/json; charset", true}, // not quite right, but clear
		{"/webhooks/prospektr", "application/vnd.prospektr+json", true},
		{"/webhooks/prospektr", "text/json", true},
		{"/webhooks/prospektr", "application/jsonp", false},
		{"/webhooks/prospektr", "text/html", false},
		{"/webhooks/prospektr", ";", false},
		{"/webhooks/form", "application/x-www-form-urlencoded", true},
		{"/webhooks/form", "application/x-www-form-urlencoded; charset=utf-8", true},
		{"/webhooks/form", "", true},
		{"/webhooks/form", "text/json", false},
	} {
		var header []string
		if x.value != "" {
			header = []string{"Content-Type", x.value}
		}
		a, err := h.ask(c, http.MethodPost, x.path, strings.NewReader("{}"), header...)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 200, false: 415}[x.ok]; a.status != want {
			t.Errorf("%s with %q: %d, not %d", x.path, x.value, a.status, want)
		}
	}
}

func TestHealthAndReady(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client()
	check := func(method, path string, status int, body string) {
		t.Helper()
		a, err := h.ask(c, method, path, nil)
		if err != nil || a.status != status || a.body != body {
			t.Errorf("%s %s: %d %q, not %d %q (%v)", method, path, a.status, a.body, status, body, err)
		}
	}
	check("GET", "/healthz", 200, "ok\n")
	check("HEAD", "/healthz", 200, "")
	check("GET", "/healthz?probe=1", 200, "ok\n")
	check("GET", "/readyz", 200, "ready\n")
	h.set(func() { h.ready = "the disk is almost full" })
	check("GET", "/readyz", 503, "the disk is almost full\n")
	check("HEAD", "/readyz", 503, "")
	check("GET", "/healthz", 200, "ok\n") // it lives
	if a := h.post("/webhooks/prospektr", "{}"); a.status != 200 {
		t.Errorf("whether events are taken is Accept's to say: %+v", a)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		h.post(path, "{}").refused(t, 404, msgNotFound)
	}
	a, err := h.ask(c, http.MethodHead, "/webhooks/prospektr", nil)
	if err != nil || a.status != 405 || a.body != "" || a.header.Get("Allow") != "POST" {
		t.Errorf("HEAD: %+v, %v", a, err)
	}
}

// TestSetRoutes: other receivers from one request to the next, also under load.
func TestSetRoutes(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client()
	ok := &vendor{func(r *receivers.Request) (receivers.Verified, error) { return receivers.Verified{Body: r.Body}, nil }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			a, err := h.ask(c, http.MethodPost, "/webhooks/new", strings.NewReader("{}"))
			if err != nil || (a.status != 200 && a.status != 404) {
				t.Errorf("%+v, %v", a, err)
			}
		}
	}()
	for i := range 200 {
		if i%2 == 0 {
			h.s.SetRoutes([]Route{{Path: "/webhooks/new", Name: "new", Receiver: ok}})
		} else {
			h.s.SetRoutes(nil)
		}
	}
	<-done
	h.post("/webhooks/prospektr", "{}").refused(t, 404, msgNotFound)
	if a, err := h.ask(c, http.MethodGet, "/healthz", nil); err != nil || a.status != 200 {
		t.Errorf("%+v, %v", a, err)
	}
}
