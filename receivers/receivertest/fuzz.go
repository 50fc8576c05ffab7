package receivertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/receivers"
)

// FuzzParse feeds bodies to Parse: it must never panic, and read the same bytes
// the same way. An event it does return must be complete.
func FuzzParse(f *testing.F, kind receivers.Kind, dir string) {
	f.Helper()
	for _, fixture := range Fixtures(f, dir) {
		f.Add(fixture.Body)
	}
	f.Add([]byte(`{"type":1e400,"event":[],"data":{"company":{"id":12345678901234567890}},"prospect":{"id":{}}}`))
	r := Build(f, kind, Secret)
	f.Fuzz(func(t *testing.T, body []byte) {
		req := &receivers.Request{Header: http.Header{}, Body: body, ReceivedAt: Received()}
		event, err := r.Parse(req)
		again, err2 := r.Parse(req)
		if diff := cmp.Diff(event, again); diff != "" || (err == nil) != (err2 == nil) {
			t.Errorf("the same bytes parse differently: %v, %v\n%s", err, err2, diff)
		}
		if err != nil {
			return
		}
		if event.Key == "" || event.Name == "" || len(event.Leads) > receivers.MaxLeads {
			t.Errorf("incomplete event: %+v", event)
		}
		if (event.Kind == receivers.KindNotice) != (len(event.Leads) == 0) {
			t.Errorf("kind %d with %d leads", event.Kind, len(event.Leads))
		}
		for i := range event.Leads {
			event.Leads[i].Seal()
			if _, err := json.Marshal(&event.Leads[i]); err != nil {
				t.Errorf("lead %d cannot be written as JSON: %v", i, err)
			}
			event.Leads[i].ContentHash()
		}
	})
}

// FuzzVerify feeds signatures, timestamps and bodies to Verify: whatever is not
// what the vendor would have sent is refused with a status of 4xx, without a panic.
func FuzzVerify(f *testing.F, kind receivers.Kind, dir string) {
	f.Helper()
	r := Build(f, kind, Secret)
	fixtures := Fixtures(f, dir)
	good := Request(f, r, &fixtures[0], Received())
	credential, timestamp := "", ""
	for name := range good.Header {
		switch {
		case sensitive(name):
			credential = name
		case strings.HasSuffix(name, "Timestamp"):
			timestamp = name
		}
	}
	if credential == "" {
		f.Fatal("no header carries a signature or a token")
	}
	f.Add(good.Header.Get(credential), good.Header.Get(timestamp), good.Body)
	f.Add("v1=", "1710000000", []byte("{}"))
	f.Add("sha256=zz", "", []byte(" {}\n"))
	f.Fuzz(func(t *testing.T, proof, at string, body []byte) {
		req := Clone(good)
		req.Header[credential] = []string{proof}
		if timestamp != "" {
			req.Header[timestamp] = []string{at}
		}
		req.Body = body
		_, err := r.Verify(req)
		same := proof == good.Header.Get(credential) && at == good.Header.Get(timestamp) && bytes.Equal(body, good.Body)
		var rej *receivers.Rejection
		switch {
		case same && err != nil:
			t.Errorf("the good request was refused: %v", err)
		case err != nil && (!errors.As(err, &rej) || (rej.Status != http.StatusUnauthorized && rej.Status != http.StatusBadRequest)):
			t.Errorf("refused with %v", err)
		case !same && err == nil && proof != good.Header.Get(credential):
			// No fuzzer forges a signature; a bearer token may differ in its scheme's case alone.
			if len(proof) != len(good.Header.Get(credential)) {
				t.Errorf("accepted %q", proof)
			}
		}
	})
}

// Benchmark measures Verify and Parse of the folder's largest fixture.
func Benchmark(b *testing.B, kind receivers.Kind, dir string) {
	b.Helper()
	r := Build(b, kind, Secret)
	fixtures := Fixtures(b, dir)
	largest := slices.MaxFunc(fixtures, func(x, y Fixture) int { return len(x.Body) - len(y.Body) })
	req := Request(b, r, &largest, Received())
	b.Run("Verify", func(b *testing.B) {
		b.SetBytes(int64(len(req.Body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Verify(req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.SetBytes(int64(len(req.Body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Parse(req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
