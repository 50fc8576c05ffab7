package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadhub/receivers"
	"leadhub/receivers/openprospect"
	"leadhub/receivers/prospectb2b"
	"leadhub/receivers/prospektr"
	"leadhub/receivers/receivertest"
	"leadhub/receivers/salesos"
)

const vendorsConfig = `version: 1
server:
  listen: %q
store:
  url: "sqlite://data/leadhub.db"
receivers:
  openprospect:
    type: openprospect
    tokens: ["${SECRET}"]
  prospectb2b:
    type: prospectb2b
    secrets: ["${SECRET}"]
  prospektr:
    type: prospektr
    secrets: ["${SECRET}"]
  salesos:
    type: salesos
    secrets: ["${SECRET}"]
outputs:
  crm:
    type: http
    url: %q
    allow_private: true
  triage:
    type: file
    path: triage.jsonl
tests:
  to: [triage]
routes:
  - name: everything
    to: [crm]
notices:
  - name: all-of-them
    when: not is_test
    to: [triage]
`

// TestVendors sends every captured payload through the real binary, and beside
// each what must be refused.
func TestVendors(t *testing.T) {
	crm := newSink(t, false)
	h := newHub(t, crm.URL)
	h.write(t, fmt.Sprintf(vendorsConfig, h.addr, crm.URL))
	h.env = []string{"SECRET=" + receivertest.Secret}
	h.start(t)
	for _, kind := range []receivers.Kind{openprospect.Kind, prospectb2b.Kind, prospektr.Kind, salesos.Kind} {
		signer := receivertest.Build(t, kind, receivertest.Secret)
		stranger := receivertest.Build(t, kind, "another-secret")
		url := "http://" + h.addr + "/webhooks/" + kind.Name
		for _, f := range receivertest.Fixtures(t, filepath.Join("..", "..", "testdata", kind.Name)) {
			t.Run(kind.Name+"/"+f.Name, func(t *testing.T) {
				now := time.Now()
				for what, c := range refusals(t, signer, stranger, &f, now) {
					if kind.Name == "openprospect" && what == "altered body" {
						continue // its token does not cover the body
					}
					if got := send(t, url, c.req); got != c.want {
						t.Errorf("%s: status %d, want %d", what, got, c.want)
					}
				}
				if got := send(t, url, receivertest.Request(t, signer, &f, now)); got != http.StatusOK {
					t.Errorf("as the vendor sends it: status %d", got)
				}
			})
		}
	}
	stale(t, h)
	h.wait(t)
	h.compare(t)
	h.stop(t)
	h.ledger(t)
}

type refusal struct {
	req  *receivers.Request
	want int
}

// refusals are requests that resemble a good one.
func refusals(t *testing.T, signer, stranger receivers.Receiver, f *receivertest.Fixture, now time.Time) map[string]refusal {
	t.Helper()
	good := receivertest.Request(t, signer, f, now)
	change := func(fn func(*receivers.Request)) *receivers.Request {
		r := receivertest.Clone(good)
		fn(r)
		return r
	}
	cut := *f
	cut.Body = f.Body[:len(f.Body)/2]
	return map[string]refusal{
		"wrong secret": {receivertest.Request(t, stranger, f, now), http.StatusUnauthorized},
		"no credential": {change(func(r *receivers.Request) {
			for name := range r.Header {
				if strings.Contains(name, "Signature") || name == "Authorization" {
					r.Header.Del(name)
				}
			}
		}), http.StatusUnauthorized},
		"altered body": {change(func(r *receivers.Request) {
			r.Body = bytes.Replace(r.Body, []byte(`"`), []byte(`"x`), 1)
		}), http.StatusUnauthorized},
		"truncated, and signed": {receivertest.Request(t, signer, &cut, now), http.StatusBadRequest},
		"another content type": {change(func(r *receivers.Request) {
			r.Header.Set("Content-Type", "text/csv")
		}), http.StatusUnsupportedMediaType},
	}
}

// stale sends what ProspectB2B signed an hour ago: its scheme has a timestamp.
func stale(t *testing.T, h *hub) {
	t.Helper()
	signer := receivertest.Build(t, prospectb2b.Kind, receivertest.Secret)
	f := receivertest.Fixtures(t, filepath.Join("..", "..", "testdata", "prospectb2b"))[0]
	req := receivertest.Request(t, signer, &f, time.Now().Add(-time.Hour))
	if got := send(t, "http://"+h.addr+"/webhooks/prospectb2b", req); got != http.StatusUnauthorized {
		t.Errorf("signed an hour ago: status %d, want 401", got)
	}
}

func send(t *testing.T, url string, r *receivers.Request) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.Header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// wait returns when nothing waits any more.
func (h *hub) wait(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		out, err := h.command("ledger", "--json").Output()
		var ledger struct {
			Receivers, Outputs []struct {
				Waiting int `json:"waiting"`
			}
		}
		if err != nil || json.Unmarshal(out, &ledger) != nil {
			continue
		}
		waiting := 0
		for _, line := range append(ledger.Receivers, ledger.Outputs...) {
			waiting += line.Waiting
		}
		if waiting == 0 {
			return
		}
	}
	t.Error("something is still waiting after 30 s")
}

// compare holds the leads in the store against the goldens: every lead of every
// payload that is no repeat of another, and none of a request that was refused.
func (h *hub) compare(t *testing.T) {
	t.Helper()
	want := map[string]bool{}
	goldens, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*.golden.json"))
	if err != nil || len(goldens) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, file := range goldens {
		if strings.Contains(file, "generic") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var golden struct {
			Leads []struct {
				ID string `json:"id"`
			} `json:"leads"`
		}
		if err := json.Unmarshal(raw, &golden); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, l := range golden.Leads {
			want[l.ID] = true
		}
	}
	out, err := h.command("leads", "list", "--limit", "1000", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	for id := range want {
		if !bytes.Contains(out, []byte(id)) {
			t.Errorf("lead %s of the goldens is not in the store", id)
		}
	}
	if got := bytes.Count(out, []byte(`"ld_`)); got != len(want) {
		t.Errorf("%d leads in the store, %d in the goldens: a refused request left one, or one is missing", got, len(want))
	}
}
