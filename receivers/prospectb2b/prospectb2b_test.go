package prospectb2b_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/prospectb2b"
	"leadhub/receivers/receivertest"
)

var fixtures = filepath.Join("..", "..", "testdata", "prospectb2b")

const (
	knownTime = 1710000000
	knownBody = `{"id":"evt_1"}`
	knownHex  = "7de6393e9482000b845ddd3fb4dce305428614bab6e567bddeaba39c166b0afd"
)

// request is one received so long after knownTime.
func request(age time.Duration, body string, headers ...string) *receivers.Request {
	r := &receivers.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), ReceivedAt: time.Unix(knownTime, 0).Add(age)}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set("X-ProspectB2B-"+headers[i], headers[i+1])
	}
	return r
}

func TestKnownAnswer(t *testing.T) {
	r := receivertest.Build(t, prospectb2b.Kind, "old", receivertest.Secret)
	for _, age := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
		v, err := r.Verify(request(age, knownBody, "Timestamp", strconv.Itoa(knownTime), "Signature", "v1="+knownHex))
		if err != nil || string(v.Body) != knownBody {
			t.Errorf("%v later: %q, %v", age, v.Body, err)
		}
	}
	r = receivertest.Build(t, prospectb2b.Kind, receivertest.Secret)
	h, err := r.(receivers.Signer).Sign([]byte(knownBody), "lead.created", time.Unix(knownTime, 999))
	want := http.Header{
		"Content-Type": {"application/json"}, "X-Prospectb2b-Event": {"lead.created"}, "X-Prospectb2b-Timestamp": {"1710000000"},
		"X-Prospectb2b-Signature": {"v1=" + knownHex}, "X-Prospectb2b-Delivery": {"del_2e02943ec9b0a16d5b5d15cd"},
	}
	h["X-Prospectb2b-Delivery"] = []string{h.Get("X-Prospectb2b-Delivery")}
	again, err2 := r.(receivers.Signer).Sign([]byte(knownBody), "lead.created", time.Unix(knownTime+60, 0))
	if err != nil || err2 != nil || again.Get("X-ProspectB2B-Delivery") != h.Get("X-ProspectB2B-Delivery") || !strings.HasPrefix(h.Get("X-ProspectB2B-Delivery"), "del_") {
		t.Errorf("the delivery's id must follow from the body: %v, %v (%v, %v)", h, again, err, err2)
	}
	want["X-Prospectb2b-Delivery"] = again["X-Prospectb2b-Delivery"]
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
	if h, err := r.(receivers.Signer).Sign([]byte(`{"type":"export.failed"}`), "", time.Unix(knownTime, 0)); err != nil || h.Get("X-ProspectB2B-Event") != "export.failed" {
		t.Errorf("the body names the event: %v, %v", h, err)
	}
}

// signedOver signs with the scheme's own Sign, which signs time.body, by choosing them.
func signedOver(t *testing.T, at int64, body string) string {
	t.Helper()
	h, err := receivertest.Build(t, prospectb2b.Kind, receivertest.Secret).(receivers.Signer).Sign([]byte(body), "", time.Unix(at, 0))
	if err != nil {
		t.Fatal(err)
	}
	return h.Get("X-ProspectB2B-Signature")
}

func TestRejections(t *testing.T) {
	const now = "1710000000"
	good := "v1=" + knownHex
	for _, c := range []struct {
		name, timestamp, signature, body string
		age                              time.Duration
		reason                           receivers.Reason
		hint                             string
	}{
		{"no signature", now, "", knownBody, 0, receivers.ReasonNoSignature, "no X-ProspectB2B-Signature"},
		{"no timestamp", "", good, knownBody, 0, receivers.ReasonNoSignature, "no X-ProspectB2B-Timestamp"},
		{"old", now, good, knownBody, 7 * time.Minute, receivers.ReasonStale, "is 7m old: a clock is off"},
		{"ahead", now, good, knownBody, -7 * time.Minute, receivers.ReasonStale, "is 7m ahead of this clock"},
		{"old and wrong", now, "v1=" + strings.Repeat("0", 64), knownBody, time.Hour, receivers.ReasonBadSignature, "another secret"},
		{"another timestamp", "1710000001", good, knownBody, 0, receivers.ReasonBadSignature, "another secret"},
		{"the same timestamp, otherwise", "01710000000", good, knownBody, 0, receivers.ReasonBadSignature, "another secret"},
		{"milliseconds", now + "000", signedOver(t, knownTime*1000, knownBody), knownBody, 0, receivers.ReasonStale, "in milliseconds"},
		{"signed in seconds", now + "000", good, knownBody, 0, receivers.ReasonBadSignature, "matches the timestamp in seconds"},
		{"signed in milliseconds", now, signedOver(t, knownTime*1000, knownBody), knownBody, 0, receivers.ReasonBadSignature, "matches the timestamp in milliseconds"},
		{"body alone", "", "", "", 0, receivers.ReasonNoSignature, ""},
		{"no prefix", now, knownHex, knownBody, 0, receivers.ReasonBadSignature, `the right signature, but the header does not begin with "v1="`},
		{"newline added", now, good, knownBody + "\n", 0, receivers.ReasonBadSignature, "trailing newline removed"},
		{"reformatted", now, good, `{ "id": "evt_1" }`, 0, receivers.ReasonBadSignature, "matches after re-serialisation"},
		{"not a time", "now", "v1=" + strings.Repeat("0", 64), knownBody, 0, receivers.ReasonBadSignature, "another secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := receivertest.Build(t, prospectb2b.Kind, receivertest.Secret)
			req := request(c.age, c.body, "Timestamp", c.timestamp, "Signature", c.signature)
			_, err := r.Verify(req)
			rej, ok := errors.AsType[*receivers.Rejection](err)
			if !ok || rej.Status != http.StatusUnauthorized || rej.Reason != c.reason || !strings.Contains(rej.Hint, c.hint) {
				t.Errorf("Verify = %v; want 401, %q and the hint %q", err, c.reason, c.hint)
			}
		})
	}
}

func TestTolerance(t *testing.T) {
	build := func(d time.Duration) (receivers.Receiver, error) {
		return prospectb2b.Kind.Build(&prospectb2b.Config{Secrets: []plugin.Secret{plugin.NewSecret(receivertest.Secret)}, Tolerance: plugin.Duration(d)}, receivertest.Deps(false))
	}
	r, err := build(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Verify(request(59*time.Minute, knownBody, "Timestamp", "1710000000", "Signature", "v1="+knownHex)); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	for _, d := range []time.Duration{0, -time.Second} {
		_, err := build(d)
		if fields, rest := plugin.FieldErrors(err); rest != nil || len(fields) != 1 || fields[0].Field != "tolerance" || fields[0].Suggestion != "5m" {
			t.Errorf("tolerance %v: %v", d, err)
		}
	}
	if c, ok := prospectb2b.Kind.Config().(*prospectb2b.Config); !ok || time.Duration(c.Tolerance) != 5*time.Minute {
		t.Errorf("default: %+v", c)
	}
}

func parse(t *testing.T, event, body string) (receivers.Event, error) {
	t.Helper()
	req := request(0, body, "Delivery", "del_123", "Timestamp", "1710000000")
	if event != "" {
		req.Header.Set("X-ProspectB2B-Event", event)
	}
	return receivertest.Build(t, prospectb2b.Kind, receivertest.Secret).Parse(req)
}

// The envelope is not documented: a lead is found wherever it is likely to stand.
func TestEnvelopes(t *testing.T) {
	const who = `"id":"lead_1","full_name":"Ada Lovelace","email":"ada@engine.example","company_name":"Analytical Engine Inc."`
	at := time.Unix(knownTime, 0).UTC()
	want := []lead.Lead{{
		Kind:    lead.KindPerson,
		Person:  &lead.Person{FullName: "Ada Lovelace", Emails: []lead.Email{{Value: "ada@engine.example", Primary: true}}},
		Company: lead.Company{Name: "Analytical Engine Inc."},
		Source:  lead.Source{Vendor: "prospectb2b", Event: "lead.created", VendorLeadID: "lead_1", DeliveryID: "del_123", OccurredAt: at, ReceivedAt: at},
	}}
	for _, body := range []string{
		`{` + who + `}`,
		`{"event":"lead.created",` + who + `}`,
		`{"data":{` + who + `}}`,
		`{"data":{"lead":{` + who + `}}}`,
		`{"lead":{` + who + `}}`,
		`{"id":"evt_1","object":"event","type":"lead.created","data":{` + who + `,"object":"lead"},"request_id":"req_1"}`,
		`{"lead_id":"lead_1",` + strings.TrimPrefix(who, `"id":"lead_1",`) + `,"id":"evt_1"}`,
	} {
		event, err := parse(t, "lead.created", body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(want, event.Leads); diff != "" {
			t.Errorf("%s:\n%s", body, diff)
		}
	}
}

func TestEventName(t *testing.T) {
	for _, c := range []struct{ header, body, want string }{
		{"lead.created", `{"full_name":"A B","event":"lead.updated"}`, "lead.created"},
		{"", `{"full_name":"A B","event":"lead.updated"}`, "lead.updated"},
		{"", `{"full_name":"A B","type":"lead.updated"}`, "lead.updated"},
	} {
		event, err := parse(t, c.header, c.body)
		if err != nil || event.Name != c.want || event.Leads[0].Source.Event != c.want {
			t.Errorf("%s: %+v, %v", c.body, event, err)
		}
	}
}

func TestUnmapped(t *testing.T) {
	const nobody = "full_name, email and company_name (looked for at the top level, in data, in lead and in data.lead): missing"
	for _, c := range []struct{ event, body, want string }{
		{"", knownBody, "X-ProspectB2B-Event, event and type: missing"},
		{"lead.created", knownBody, nobody},
		{"lead.created", `{"data":{"lead":{"id":"1","phone":null}}}`, nobody},
		{"lead.created", `{"data":{"full_name":{},"email":[]}}`, nobody},
		{"lead.created", `[]`, "body: not an object"},
	} {
		_, err := parse(t, c.event, c.body)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %s: %v, want %q", c.event, c.body, err, c.want)
		}
	}
}

func TestSubjects(t *testing.T) {
	for _, c := range []struct{ event, body, want string }{
		{"import.completed", `{"data":{"id":"imp_42","rows":120}}`, "Import imp_42 completed: 120 rows"},
		{"import.completed", `{"import":{"name":"Spring","total_rows":"9","created":5,"updated_count":4,"failed":0}}`, `Import "Spring" completed: 9 rows, 5 created, 4 updated`},
		{"import.failed", `{"import_id":7,"error":{"message":"bad\nfile"}}`, "Import 7 failed: bad file"},
		{"export.completed", `{}`, "Export completed"},
		{"campaign.published", `{"data":null}`, "Campaign published"},
		{"lead.deleted", `{"data":{"id":"lead_1","full_name":"Ada Lovelace","company_name":"Engine"}}`, `Lead "Engine" deleted: id lead_1`},
		{"workspace.renamed", `{}`, "ProspectB2B sent workspace.renamed"},
		{strings.Repeat("é", 300), `{}`, "ProspectB2B sent " + strings.Repeat("é", 99) + "…"},
	} {
		event, err := parse(t, c.event, c.body)
		if err != nil || event.Kind != receivers.KindNotice || event.Subject != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.event, c.body, event.Subject, err, c.want)
		}
	}
}

func TestKey(t *testing.T) {
	r := receivertest.Build(t, prospectb2b.Kind, receivertest.Secret)
	key := func(age time.Duration, body string, headers ...string) string {
		event, err := r.Parse(request(age, body, headers...))
		if err != nil {
			t.Fatal(err)
		}
		return event.Key
	}
	const body = `{"full_name":"A B"}`
	first := key(0, body, "Event", "lead.created", "Delivery", "del_1", "Timestamp", "1710000000")
	if retry := key(time.Hour, body, "Event", "lead.created", "Delivery", "del_1", "Timestamp", "1710003600"); retry != first {
		t.Error("a retry, signed anew, has another key")
	}
	for _, other := range []string{
		key(0, body, "Event", "lead.created", "Delivery", "del_2"),
		key(0, body, "Event", "lead.updated", "Delivery", "del_1"),
		key(0, `{"full_name":"A C"}`, "Event", "lead.created", "Delivery", "del_1"),
		key(0, body, "Event", "lead.created"),
	} {
		if other == first {
			t.Error("another event has the same key")
		}
	}
}

func TestOccurredAt(t *testing.T) {
	for body, want := range map[string]int64{
		`{"full_name":"A B"}`:                         knownTime, // when it was signed
		`{"full_name":"A B","created_at":1700000000}`: 1700000000,
		`{"data":{"full_name":"A B","created_at":1700000000,"updated_at":1700000500}}`:          1700000500,
		`{"created_at":1700000900,"data":{"full_name":"A B","created_at":1700000000}}`:          1700000900,
		`{"created_at":1700000900,"data":{"full_name":"A B","updated_at":"2023-11-14T22:14Z"}}`: 1700000900,
	} {
		event, err := parse(t, "lead.created", body)
		if err != nil || event.OccurredAt.Unix() != want {
			t.Errorf("%s: %v, %v; want %v", body, event.OccurredAt, err, time.Unix(want, 0).UTC())
		}
	}
}

func TestTenantAndCompany(t *testing.T) {
	for _, body := range []string{
		`{"workspace_id":"ws_1","data":{"full_name":"A B","company":"Engine"}}`,
		`{"data":{"workspace":{"id":"ws_1"},"full_name":"A B","company":{"name":"Engine"}}}`,
		`{"data":{"workspace_id":"ws_1","lead":{"full_name":"A B","company_name":"Engine","company":{"name":"other"}}}}`,
	} {
		event, err := parse(t, "lead.created", body)
		if err != nil || event.Tenant != "ws_1" || event.Leads[0].Source.Tenant != "ws_1" || event.Leads[0].Company.Name != "Engine" {
			t.Errorf("%s: %s", body, fmt.Sprintf("%+v, %v", event, err))
		}
	}
}

func FuzzParse(f *testing.F) { receivertest.FuzzParse(f, prospectb2b.Kind, fixtures) }

func FuzzVerify(f *testing.F) { receivertest.FuzzVerify(f, prospectb2b.Kind, fixtures) }

func Benchmark(b *testing.B) { receivertest.Benchmark(b, prospectb2b.Kind, fixtures) }
