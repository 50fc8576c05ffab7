package hub

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/receivers"
)

func TestTargetURL(t *testing.T) {
	t.Parallel()
	r := &config.Receiver{Name: "prospektr", Path: "/webhooks/prospektr"}
	for _, c := range []struct{ listen, to, want, err string }{
		{":8080", "", "http://127.0.0.1:8080/webhooks/prospektr", ""},
		{"0.0.0.0:8080", "", "http://127.0.0.1:8080/webhooks/prospektr", ""},
		{"[::]:8080", "", "http://127.0.0.1:8080/webhooks/prospektr", ""},
		{"10.1.2.3:80", "", "http://10.1.2.3:80/webhooks/prospektr", ""},
		{"[::1]:80", "", "http://[::1]:80/webhooks/prospektr", ""},
		{"hub.local:80", "", "http://hub.local:80/webhooks/prospektr", ""},
		{"", "", "", "say where the hub is with --to URL"},
		{":8080", "https://leads.example.com", "https://leads.example.com/webhooks/prospektr", ""},
		{":8080", "https://leads.example.com/", "https://leads.example.com/webhooks/prospektr", ""},
		{":8080", "https://leads.example.com/in/p?x=1", "https://leads.example.com/in/p?x=1", ""},
		{":8080", "localhost:8080", "", `--to "localhost:8080" is not an address: write it like http://localhost:8080`},
		{":8080", "ftp://x", "", "is not an address"},
		{":8080", "http://", "", "is not an address"},
		{":8080", "http://a b", "", "is not an address"},
	} {
		got, err := targetURL(&config.Config{File: "leadhub.yaml", Server: config.Server{Listen: c.listen}}, r, c.to)
		if got != c.want || (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("listen %q, --to %q: %q, %v; want %q, %q", c.listen, c.to, got, err, c.want, c.err)
		}
	}
}

// signer signs as a vendor does that names the event in a header if it is told to.
type signer struct{ receivers.Receiver }

func (signer) Sign(body []byte, event string, at time.Time) (http.Header, error) {
	if len(body) == 0 {
		return nil, errors.New("nothing to sign")
	}
	h := http.Header{"X-Signature": {"good"}, "X-Time": {at.Format(time.RFC3339)}}
	if event != "" {
		h.Set("X-Event", event)
	}
	return h, nil
}

func TestSign(t *testing.T) {
	t.Parallel()
	p := &payload{file: "x.json", body: []byte("{}"), receiver: &config.Receiver{Type: "v", Receiver: signer{}}, header: http.Header{
		"Host": {"old.example"}, "Authorization": {"Bearer old"}, "X-Old-Signature": {"old"}, "X-Signature": {"old"}, "Cookie": {"a=b"},
		"Content-Length": {"9"}, "Content-Encoding": {"gzip"}, "X-Forwarded-For": {"10.0.0.1"}, receivers.TestHeader: {"1"},
		"X-Event": {"lead.created"}, "X-Delivery": {"d1"}, "User-Agent": {"vendor/1"},
	}}
	for _, c := range []struct {
		name string
		o    SendOptions
		want http.Header
	}{
		{"a test, with the captured event", SendOptions{}, http.Header{
			"X-Signature": {"good"}, "X-Time": {"2026-11-20T12:00:00Z"}, "X-Event": {"lead.created"}, "X-Delivery": {"d1"},
			"User-Agent": {"vendor/1"}, "Content-Type": {"application/json"}, receivers.TestHeader: {"1"},
		}},
		{"live, with another event", SendOptions{Live: true, Event: "lead.updated"}, http.Header{
			"X-Signature": {"good"}, "X-Time": {"2026-11-20T12:00:00Z"}, "X-Event": {"lead.updated"}, "X-Delivery": {"d1"},
			"User-Agent": {"vendor/1"}, "Content-Type": {"application/json"},
		}},
	} {
		got, err := sign(p, c.o, noon)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
	if _, err := sign(&payload{file: "x.json", receiver: p.receiver}, SendOptions{}, noon); message(err) != "x.json cannot be signed: nothing to sign" {
		t.Errorf("a failing signer: %v", err)
	}
	if _, err := sign(&payload{file: "x.json", receiver: &config.Receiver{Type: "v"}}, SendOptions{}, noon); message(err) != "x.json cannot be signed: leadhub does not know how v signs" {
		t.Errorf("no signer: %v", err)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestPost runs against a real server that answers as a hub, or as something else, may.
func TestPost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   SendResult
	}{
		{"kept", 200, nil, `{"status":"accepted","event_id":"evt_7"}`, SendResult{OK: true, EventID: "evt_7"}},
		{"not a hub", 200, nil, `ok`, SendResult{Meaning: "the answer is not a hub's: something else than leadhub listens at this address"}},
		{"not JSON", 400, nil, `{"request_id":"req_1"}`, SendResult{RequestID: "req_1", Meaning: "the hub cannot read the body: it is not JSON, or not UTF-8"}},
		{"too large", 413, nil, ``, SendResult{Meaning: "the body is larger than server.max_body allows"}},
		{"full", 503, http.Header{"Retry-After": {"5"}}, ``, SendResult{Meaning: "the hub cannot keep events at the moment (full disk, or too much at once): nothing was lost, try again in 5 s"}},
		{"redirect", 308, http.Header{"Location": {"https://other.example/"}}, ``, SendResult{Meaning: "the address redirects to https://other.example/: vendors do not follow that; use the final address"}},
		{"proxy", 502, nil, `<html>`, SendResult{Meaning: "the hub, or a proxy before it, failed: look at the hub's log"}},
		{"teapot", 418, nil, ``, SendResult{Meaning: "no leadhub answers like this: is there a proxy before it, or something else at this address?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.Header.Get("X-Signature") != "good" {
					t.Errorf("got %s with %v", r.Method, r.Header)
				}
				maps.Copy(w.Header(), c.header)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer srv.Close()
			got := SendResult{URL: srv.URL}
			post(t.Context(), NewClient(time.Second), &got, http.Header{"X-Signature": {"good"}}, []byte("{}"))
			c.want.URL, c.want.Status = srv.URL, c.status
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPostUnreachable(t *testing.T) {
	t.Parallel()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	for _, c := range []struct{ name, url, want string }{
		{"slow", slow.URL, "no answer from "},
		{"nobody there", gone.URL, "start the hub with `leadhub serve`"},
		{"no such name", "http://hub.invalid", "no computer is called hub.invalid"},
		{"cut off", cut.URL, "sending to "},
	} {
		r := SendResult{URL: c.url}
		post(context.Background(), NewClient(200*time.Millisecond), &r, http.Header{}, nil)
		if r.OK || r.Status != 0 || !strings.Contains(r.Meaning, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, r, c.want)
		}
	}
}
