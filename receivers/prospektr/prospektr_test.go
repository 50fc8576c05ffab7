package prospektr_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/prospektr"
	"leadhub/receivers/receivertest"
)

var fixtures = filepath.Join("..", "..", "testdata", "prospektr")

// known is the signature of known answers: secret topsecret.
const (
	knownBody = `{"type":"prospect.added"}`
	knownHex  = "e4ffa9f006260e4490dc566b5c3a5133677aa16da800f9f5632f641f57511873"
)

func request(signature, body string) *receivers.Request {
	r := &receivers.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), ReceivedAt: receivertest.Received()}
	if signature != "" {
		r.Header.Set("X-Prospektr-Signature", signature)
	}
	return r
}

func TestKnownAnswer(t *testing.T) {
	r := receivertest.Build(t, prospektr.Kind, receivertest.Secret)
	v, err := r.Verify(request("sha256="+knownHex, knownBody))
	if err != nil || string(v.Body) != knownBody {
		t.Errorf("Verify = %q, %v", v.Body, err)
	}
	h, err := r.(receivers.Signer).Sign([]byte(knownBody), "", receivertest.Received())
	if got := h.Get("X-Prospektr-Signature"); err != nil || got != "sha256="+knownHex {
		t.Errorf("Sign = %q, %v", got, err)
	}
}

func TestRejections(t *testing.T) {
	r := receivertest.Build(t, prospektr.Kind, "old", receivertest.Secret)
	sum, err := hex.DecodeString(knownHex)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, signature, body string
		reason                receivers.Reason
		hint                  string
	}{
		{"none", "", knownBody, receivers.ReasonNoSignature, "signs only if its settings hold a secret"},
		{"wrong", "sha256=" + strings.Repeat("0", 64), knownBody, receivers.ReasonBadSignature, "another secret than in the vendor's settings"},
		{"upper case", "sha256=" + strings.ToUpper(knownHex), knownBody, receivers.ReasonBadSignature, "the right signature, but its digits are in upper case"},
		{"no prefix", knownHex, knownBody, receivers.ReasonBadSignature, `the right signature, but the header does not begin with "sha256="`},
		{"other prefix", "v1=" + knownHex, knownBody, receivers.ReasonBadSignature, `the right signature, but the header does not begin with "sha256="`},
		{"base64", "sha256=" + base64.StdEncoding.EncodeToString(sum), knownBody, receivers.ReasonBadSignature, "the right signature, but it is written in base64"},
		{"too short", "sha256=" + knownHex[:63], knownBody, receivers.ReasonBadSignature, "has 63 characters, want 64"},
		{"not hex", "sha256=" + strings.Repeat("z", 64), knownBody, receivers.ReasonBadSignature, "not written in hexadecimal digits"},
		{"the secret", receivertest.Secret, knownBody, receivers.ReasonBadSignature, "the header holds the secret itself"},
		{"newline added", "sha256=" + knownHex, knownBody + "\r\n", receivers.ReasonBadSignature, "a trailing newline removed"},
		{"reformatted", "sha256=" + knownHex, "{\n  \"type\": \"prospect.added\"\n}", receivers.ReasonBadSignature, "matches after re-serialisation"},
		{"BOM added", "sha256=" + knownHex, "\xef\xbb\xbf" + knownBody, receivers.ReasonBadSignature, "without its byte order mark"},
		{"too big for hints", "sha256=" + knownHex, knownBody + strings.Repeat("\n", 64<<10), receivers.ReasonBadSignature, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.Verify(request(c.signature, c.body))
			var rej *receivers.Rejection
			if !errors.As(err, &rej) || rej.Status != http.StatusUnauthorized || rej.Reason != c.reason || !strings.Contains(rej.Hint, c.hint) || (c.hint == "") != (rej.Hint == "") {
				t.Errorf("Verify = %v; want 401, %q and the hint %q", err, c.reason, c.hint)
			}
		})
	}
}

func TestWithoutSecret(t *testing.T) {
	r, err := receivertest.BuildWith(t, prospektr.Kind, receivertest.Deps(false))
	fields, rest := plugin.FieldErrors(err)
	if rest != nil || len(fields) != 1 || !fields[0].Warning || fields[0].Field != "secrets" ||
		fields[0].Message != "no secret: anyone who knows the address can post leads" {
		t.Fatalf("Build = %v, want one warning on secrets", err)
	}
	for _, signature := range []string{"", "sha256=" + knownHex, "garbage"} {
		if _, err := r.Verify(request(signature, knownBody)); err != nil {
			t.Errorf("with signature %q: %v", signature, err)
		}
	}
	_, err = r.Verify(request("", "{"))
	var rej *receivers.Rejection
	if !errors.As(err, &rej) || rej.Status != http.StatusBadRequest {
		t.Errorf("not JSON: %v", err)
	}
	h, err := r.(receivers.Signer).Sign([]byte(knownBody), "", receivertest.Received())
	if diff := cmp.Diff(http.Header{"Content-Type": {"application/json"}}, h); diff != "" || err != nil {
		t.Errorf("Prospektr sends no signature without a secret: %v\n%s", err, diff)
	}
}

func parse(t *testing.T, body string) (receivers.Event, error) {
	t.Helper()
	return receivertest.Build(t, prospektr.Kind, receivertest.Secret).Parse(request("", body))
}

func TestUnmapped(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"type":"prospect.added"}`, "prospect: missing"},
		{`{}`, "prospect: missing"},
		{`{"type":"prospect.added","prospect":null}`, "prospect: missing"},
		{`{"type":"prospect.added","prospect":[]}`, "prospect: not an object"},
		{`{"type":"prospect.added","prospect":"x"}`, "prospect: not an object"},
		{`{"type":"prospect.added","prospect":{"id":"1","phone":"5"}}`, "prospect.name, prospect.website and prospect.email: missing"},
		{`[]`, "body: not an object"},
		{`{`, "body: not JSON at byte 1: want a key in quotes"},
	} {
		event, err := parse(t, c.body)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", c.body, err, c.want)
		}
		if diff := cmp.Diff(receivers.Event{}, event); diff != "" {
			t.Errorf("%s: an error comes with an event:\n%s", c.body, diff)
		}
	}
}

func TestOtherEvents(t *testing.T) {
	for _, c := range []struct {
		body    string
		name    string
		kind    receivers.EventKind
		subject string
	}{
		{`{"type":"ping"}`, "ping", receivers.KindNotice, "Prospektr sent ping"},
		{`{"type":"prospect.deleted","prospect":{"id":"1","name":"A"}}`, "prospect.deleted", receivers.KindNotice, "Prospektr sent prospect.deleted"},
		{`{"type":"prospect.updated","prospect":{"id":"1","name":"A"}}`, "prospect.updated", receivers.KindLeads, ""},
		{`{"prospect":{"id":"1","name":"A"}}`, "prospect.added", receivers.KindLeads, ""},
	} {
		event, err := parse(t, c.body)
		if err != nil || event.Name != c.name || event.Kind != c.kind || event.Subject != c.subject {
			t.Errorf("%s: %+v, %v", c.body, event, err)
		}
	}
}

func TestTolerance(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		want         func(*lead.Lead)
	}{
		{"confidence as a number", `"classification_confidence":0.85`, func(l *lead.Lead) {
			l.Confidence = new(85)
			l.Scores.Raw = []lead.RawScore{{Name: "classification_confidence", Value: "0.85", Scale: "0-1"}}
		}},
		{"confidence in per cent", `"classification_confidence":"85"`, func(l *lead.Lead) {
			l.Confidence = new(85)
			l.Scores.Raw = []lead.RawScore{{Name: "classification_confidence", Value: "85", Scale: "0-1"}}
		}},
		{"confidence that is none", `"classification_confidence":"NaN"`, func(l *lead.Lead) {
			l.Scores.Raw = []lead.RawScore{{Name: "classification_confidence", Value: "NaN", Scale: "0-1"}}
		}},
		{"potential in another case", `"lead_potential":"MEDIUM"`, func(l *lead.Lead) {
			l.LeadPotential = lead.PotentialMedium
			l.Scores.Raw = []lead.RawScore{{Name: "lead_potential", Value: "MEDIUM", Scale: "high|medium|low"}}
		}},
		{"potential nobody knows", `"lead_potential":"stellar"`, func(l *lead.Lead) {
			l.Scores.Raw = []lead.RawScore{{Name: "lead_potential", Value: "stellar", Scale: "high|medium|low"}}
		}},
		{"clients as one text", `"notable_clients":"Disney, Universal"`, func(l *lead.Lead) {
			l.Company.NotableClients = []string{"Disney", "Universal"}
		}},
		{"reasons as a list", `"lead_reasoning":["a",null,"b"]`, func(l *lead.Lead) { l.Reasons = []string{"a", "b"} }},
		{"a field twice", `"status":"new","status":"Qualified"`, func(l *lead.Lead) { l.Status = "qualified" }},
		{"fields of tomorrow", `"x":"1","y":2,"z":true,"deep":{"a":1},"list":[1],"none":null`, func(l *lead.Lead) {
			l.Custom = map[string]string{"x": "1", "y": "2", "z": "true"}
		}},
		{"objects where texts belong", `"status":{},"phone":[],"city":{"a":1}`, func(*lead.Lead) {}},
		{"escapes", `"\u0073tatus":"caf\u00e9\u0000\ud83d\ude00\ud800"`, func(l *lead.Lead) { l.Status = "café 😀\ufffd" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			event, err := parse(t, `{"type":"prospect.added","prospect":{"id":"1","name":"A",`+c.fields+`}}`)
			if err != nil {
				t.Fatal(err)
			}
			at := receivertest.Received()
			want := lead.Lead{
				Kind: lead.KindCompany, Company: lead.Company{VendorID: "1", Name: "A"},
				Source: lead.Source{Vendor: "prospektr", Event: "prospect.added", VendorLeadID: "1", VendorCompanyID: "1", OccurredAt: at, ReceivedAt: at},
			}
			c.want(&want)
			if diff := cmp.Diff([]lead.Lead{want}, event.Leads); diff != "" {
				t.Errorf("lead differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOccurredAt(t *testing.T) {
	at := receivertest.Received()
	for created, want := range map[string]time.Time{
		`"2026-04-26T12:34:56.789012Z"`: time.Date(2026, 4, 26, 12, 34, 56, 789e6, time.UTC),
		`"2026-04-26T12:34:56+02:00"`:   time.Date(2026, 4, 26, 10, 34, 56, 0, time.UTC),
		`"2026-04-26 12:34:56"`:         time.Date(2026, 4, 26, 12, 34, 56, 0, time.UTC),
		`1777206896`:                    time.Date(2026, 4, 26, 12, 34, 56, 0, time.UTC),
		`"1777206896500"`:               time.Date(2026, 4, 26, 12, 34, 56, 5e8, time.UTC),
		`"2126-04-26T12:34:56Z"`:        at, // ahead of our clock
		`99999999999999999`:             {},
		`-5`:                            {},
		`"soon"`:                        {},
		`null`:                          {},
	} {
		event, err := parse(t, `{"prospect":{"id":"1","name":"A","created_at":`+created+`}}`)
		if err != nil || !event.OccurredAt.Equal(want) {
			t.Errorf("created_at %s: %v (%v), want %v", created, event.OccurredAt, err, want)
		}
	}
}

func FuzzParse(f *testing.F) { receivertest.FuzzParse(f, prospektr.Kind, fixtures) }

func FuzzVerify(f *testing.F) { receivertest.FuzzVerify(f, prospektr.Kind, fixtures) }

func Benchmark(b *testing.B) { receivertest.Benchmark(b, prospektr.Kind, fixtures) }

// The size that the hub's performance targets are about.
func BenchmarkParse2KB(b *testing.B) {
	r := receivertest.Build(b, prospektr.Kind, receivertest.Secret)
	body := `{"type":"prospect.added","tenant":{"id":"t","name":"Busy Print Co."},"prospect":{"id":"0c2f4f0e-6d0b-4f4f-9c57-7a4c5e1f7d21","name":"Sunshine Promo Co.",` +
		`"website":"https://sunshine.example","email":"sales@sunshine.example","phone":"+1 407-555-0101","address":"1 Main St","city":"Orlando","state":"FL","postal_code":"32801",` +
		`"segment":"promo","lead_potential":"high","classification_confidence":"0.85","notable_clients":["Disney","Universal"],"large_run_indicators":[],"status":"qualified",` +
		`"created_at":"2026-04-26T12:34:56.000Z","lead_reasoning":"`
	req := request("", body+strings.Repeat("x", 2048-len(body)-3)+`"}}`)
	b.SetBytes(int64(len(req.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Parse(req); err != nil {
			b.Fatal(err)
		}
	}
}
