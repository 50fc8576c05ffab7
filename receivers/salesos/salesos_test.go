package salesos_test

import (
	"bytes"
	"encoding/json"
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
	"leadhub/receivers/receivertest"
	"leadhub/receivers/salesos"
)

var fixtures = filepath.Join("..", "..", "testdata", "salesos")

const (
	knownBody = `{"event":"lead.created","data":{"id":"1"},"timestamp":1736591400000}`
	knownHex  = "d36b1a474a0c9d29728a001ba782212f4e9d1e0c3569db59e91e10aeacc7e3fd"
)

func request(body string, headers ...string) *receivers.Request {
	r := &receivers.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), ReceivedAt: receivertest.Received()}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func build(t *testing.T, change func(*salesos.Config)) receivers.Receiver {
	t.Helper()
	c := salesos.Config{Secrets: []plugin.Secret{plugin.NewSecret(receivertest.Secret)}}
	if change != nil {
		change(&c)
	}
	r, err := salesos.Kind.Build(&c, receivertest.Deps(false))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rejected(t *testing.T, what string, err error, reason receivers.Reason, hint string) {
	t.Helper()
	rej, ok := errors.AsType[*receivers.Rejection](err)
	if !ok || rej.Status != http.StatusUnauthorized || rej.Reason != reason || !strings.Contains(rej.Hint, hint) {
		t.Errorf("%s: %v; want 401, %q and the hint %q", what, err, reason, hint)
	}
}

func TestKnownAnswer(t *testing.T) {
	r := build(t, nil)
	v, err := r.Verify(request(knownBody, "X-Webhook-Signature", knownHex))
	if err != nil || string(v.Body) != knownBody {
		t.Errorf("Verify = %q, %v", v.Body, err)
	}
	h, err := r.(receivers.Signer).Sign([]byte(knownBody), "", receivertest.Received())
	want := http.Header{"Content-Type": {"application/json"}, "X-Webhook-Signature": {knownHex}, "X-Webhook-Event": {"lead.created"}}
	if diff := cmp.Diff(want, h); diff != "" || err != nil {
		t.Errorf("Sign: %v\n%s", err, diff)
	}
}

// Whatever a proxy does to the spelling, what is kept are the bytes that were signed.
func TestCanonical(t *testing.T) {
	r := build(t, nil)
	for _, body := range []string{
		"{\n  \"event\": \"lead.created\",\n  \"data\": {\"id\": \"1\"},\n  \"timestamp\": 1736591400000\n}\n",
		`{"event":"lead.created","data":{"id":"1"},"timestamp":1.7365914e12}`,
		`{"event":"lead\u002ecreated","data":{"id":"\u0031"},"timestamp":1736591400000.0}`,
		`{"event":"x","data":{"id":"1"},"timestamp":1736591400000,"event":"lead.created"}`,
		"\xef\xbb\xbf" + knownBody,
	} {
		v, err := r.Verify(request(body, "X-Webhook-Signature", knownHex))
		if err != nil || string(v.Body) != knownBody {
			t.Errorf("%s: kept %q, %v", body, v.Body, err)
		}
	}
	for _, body := range []string{
		`{"data":{"id":"1"},"event":"lead.created","timestamp":1736591400000}`, // JavaScript keeps the order of keys
		`{"event":"lead.created","data":{"id":1},"timestamp":1736591400000}`,
		knownBody + knownBody,
		knownBody[:len(knownBody)-1] + ",}",
	} {
		_, err := r.Verify(request(body, "X-Webhook-Signature", knownHex))
		rejected(t, body, err, receivers.ReasonBadSignature, "another secret")
	}
}

func TestRejections(t *testing.T) {
	r := build(t, nil)
	for _, c := range []struct{ name, signature, hint string }{
		{"with a prefix", "sha256=" + knownHex, "the right signature, but the header holds more than the 64 digits"},
		{"upper case", strings.ToUpper(knownHex), "the right signature, but its digits are in upper case"},
		{"cut", knownHex[:40], "has 40 characters, want 64"},
		{"the secret", receivertest.Secret, "the header holds the secret itself"},
	} {
		_, err := r.Verify(request(knownBody, "X-Webhook-Signature", c.signature))
		rejected(t, c.name, err, receivers.ReasonBadSignature, c.hint)
	}
}

func TestUnsigned(t *testing.T) {
	strict, open := build(t, nil), build(t, func(c *salesos.Config) { c.AcceptUnsignedTests = true })
	test := request(`{"event":"new_lead","data":{"contact_name":"A B"}}`, "X-Webhook-Test", "true")
	_, err := strict.Verify(test)
	rejected(t, "test, strict", err, receivers.ReasonUnsignedTest, "accept_unsigned_tests: true")
	v, err := open.Verify(test)
	if err != nil || !bytes.Equal(v.Body, test.Body) {
		t.Fatalf("test, accepted: %q, %v", v.Body, err)
	}
	event, err := open.Parse(test)
	if err != nil || !event.Test {
		t.Errorf("an unsigned test must be a test: %+v, %v", event, err)
	}
	for _, r := range []receivers.Receiver{strict, open} {
		_, err = r.Verify(request(knownBody))
		rejected(t, "no test", err, receivers.ReasonNoSignature, "X-Webhook-Signature")
		_, err = r.Verify(request(knownBody, receivers.TestHeader, "1"))
		rejected(t, "our own mark lets nobody in", err, receivers.ReasonNoSignature, "X-Webhook-Signature")
		_, err = r.Verify(request(knownBody, "X-Webhook-Test", "true", "X-Webhook-Signature", strings.Repeat("0", 64)))
		rejected(t, "a wrong signature is worse than none", err, receivers.ReasonBadSignature, "another secret")
		_, err = r.Verify(request(knownBody, "X-Webhook-Test", "false"))
		rejected(t, "test: false", err, receivers.ReasonNoSignature, "")
	}
	_, err = open.Verify(request(`{`, "X-Webhook-Test", "true"))
	if rej, ok := errors.AsType[*receivers.Rejection](err); !ok || rej.Status != http.StatusBadRequest {
		t.Errorf("an unsigned test that is not JSON: %v", err)
	}
}

func TestTolerance(t *testing.T) {
	sent := time.UnixMilli(1736591400000)
	strict := build(t, func(c *salesos.Config) { c.Tolerance = plugin.Duration(5 * time.Minute) })
	verify := func(r receivers.Receiver, body string, age time.Duration) error {
		h, err := r.(receivers.Signer).Sign([]byte(body), "", sent)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Verify(&receivers.Request{Header: h, Body: []byte(body), ReceivedAt: sent.Add(age)})
		return err
	}
	for _, age := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
		if err := verify(strict, knownBody, age); err != nil {
			t.Errorf("age %v: %v", age, err)
		}
	}
	rejected(t, "old", verify(strict, knownBody, 7*time.Minute), receivers.ReasonStale, "is 7m old")
	rejected(t, "ahead", verify(strict, knownBody, -2*time.Hour), receivers.ReasonStale, "is 2h ahead of this clock")
	rejected(t, "none", verify(strict, `{"event":"lead.created"}`, 0), receivers.ReasonStale, "no timestamp")
	if err := verify(build(t, nil), knownBody, 1000*time.Hour); err != nil {
		t.Errorf("without a tolerance any age will do: %v", err)
	}
	if rej, ok := errors.AsType[*receivers.Rejection](verify(strict, `{`, 0)); !ok || rej.Reason != receivers.ReasonNotJSON {
		t.Errorf("not JSON: %v", rej)
	}
	_, err := salesos.Kind.Build(&salesos.Config{Tolerance: -1}, receivertest.Deps(false))
	if fields, _ := plugin.FieldErrors(err); len(fields) != 2 || fields[0].Field != "secrets" || fields[1].Field != "tolerance" {
		t.Errorf("negative tolerance, no secret: %v", err)
	}
}

// A replay comes from a database that reorders keys; it is the same event again.
func TestReplay(t *testing.T) {
	r := build(t, nil)
	parse := func(req *receivers.Request) receivers.Event {
		event, err := r.Parse(req)
		if err != nil {
			t.Fatal(err)
		}
		return event
	}
	first := parse(request(`{"event":"lead.updated","data":{"id":"1","contact_name":"A B","icp_score":85},"timestamp":1736591400000}`, "X-Webhook-Event", "lead.updated"))
	replay := parse(request(`{"data":{"icp_score":85,"contact_name":"A B","id":"1"},"event":"lead.updated","timestamp":1736591400000}`,
		"X-Webhook-Event", "lead.updated", "X-Webhook-Delivery-Id", "dlv_9", "X-Webhook-Replay", "true"))
	if first.Key != replay.Key {
		t.Error("a replay has another key")
	}
	if replay.DeliveryID != "dlv_9" || replay.Test {
		t.Errorf("replay: %+v", replay)
	}
	for _, other := range []string{
		`{"event":"lead.updated","data":{"id":"1","contact_name":"A B","icp_score":86},"timestamp":1736591400000}`,
		`{"event":"lead.updated","data":{"id":"1","contact_name":"A B","icp_score":85},"timestamp":1736591400001}`,
		`{"event":"lead.created","data":{"id":"1","contact_name":"A B","icp_score":85},"timestamp":1736591400000}`,
	} {
		if parse(request(other)).Key == first.Key {
			t.Errorf("another event has the same key: %s", other)
		}
	}
	tried := request(`{"event":"lead.updated","data":{"id":"1","contact_name":"A B","icp_score":85},"timestamp":1736591400000}`, "X-Webhook-Test", "true")
	if parse(tried).Key == first.Key {
		t.Error("the vendor's test has the key of the real event")
	}
}

func TestEvents(t *testing.T) {
	r := build(t, nil)
	for _, c := range []struct {
		body    string
		kind    receivers.EventKind
		subject string
		test    bool
	}{
		{`{"event":"deal.stage_changed","data":{"title":"Big","stage":"won"}}`, receivers.KindNotice, `Deal "Big" moved to won`, false},
		{`{"event":"deal.stage_changed","data":{}}`, receivers.KindNotice, `Deal moved to another stage`, false},
		{`{"event":"deal.closed"}`, receivers.KindNotice, `Deal closed`, false},
		{`{"event":"deal_closed","data":{"id":7,"value":"1200"}}`, receivers.KindNotice, `Deal 7 closed: value 1200`, false},
		{`{"event":"lead.deleted","data":{"id":"1","contact_name":"Jane Doe","contact_email":"j@x.example"}}`, receivers.KindNotice, `Lead deleted: id 1`, false},
		{`{"event":"lead.deleted","data":null}`, receivers.KindNotice, `Lead deleted`, false},
		{`{"event":"test_event"}`, receivers.KindNotice, `SalesOS test`, true},
		{`{"event":"test_event","data":{"message":"hello"}}`, receivers.KindNotice, `SalesOS test: hello`, true},
		{`{"event":"test_event","data":{"contact_name":"A B"}}`, receivers.KindLeads, ``, true},
		{`{"event":"new_lead","data":{"contact_name":"A B"}}`, receivers.KindLeads, ``, false},
		{`{"event":"lead.scored","data":{"contact_name":"A B"}}`, receivers.KindLeads, ``, false},
		{`{"event":"lead.purged","data":{}}`, receivers.KindNotice, `Lead purged`, false},
		{`{"event":"user.invited","data":{}}`, receivers.KindNotice, `SalesOS sent user.invited`, false},
	} {
		event, err := r.Parse(request(c.body))
		if err != nil || event.Kind != c.kind || event.Subject != c.subject || event.Test != c.test {
			t.Errorf("%s: %+v, %v", c.body, event, err)
		}
	}
	event, err := r.Parse(request(`{"data":{"contact_name":"A B"}}`, "X-Webhook-Event", "lead.created"))
	if err != nil || event.Name != "lead.created" {
		t.Errorf("event in the header alone: %+v, %v", event, err)
	}
}

func TestUnmapped(t *testing.T) {
	r := build(t, nil)
	for body, want := range map[string]string{
		`{}`:                             "event: missing",
		`{"event":"lead.created"}`:       "data: missing",
		`{"event":"new_lead","data":[]}`: "data: not an object",
		knownBody:                        "data.contact_name and data.company_name: missing",
		`{"event":"lead.updated","data":{"contact_name":{},"company_name":[]}}`: "data.contact_name and data.company_name: missing",
		`"x"`: "body: not an object",
	} {
		_, err := r.Parse(request(body))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func TestMapping(t *testing.T) {
	r := build(t, nil)
	for _, c := range []struct {
		name, data string
		check      func(*lead.Lead) any
		want       string
	}{
		{"the count says more than the band", `"company_size":"51-200","employee_count":143`, func(l *lead.Lead) any { return []any{l.Company.Size, l.Custom} }, `[{"raw":"143"},{"company_size":"51-200"}]`},
		{"the band alone", `"company_size":"51-200"`, func(l *lead.Lead) any { return []any{l.Company.Size, l.Custom} }, `[{"raw":"51-200"},null]`},
		{"score as text", `"icp_score":"85"`, func(l *lead.Lead) any { return l.Score }, `85`},
		{"score too high", `"icp_score":850`, func(l *lead.Lead) any { return l.Score }, `100`},
		{"no score", `"icp_score":null`, func(l *lead.Lead) any { return l.Score }, `null`},
		{"score nobody can read", `"icp_score":"high"`, func(l *lead.Lead) any { return []any{l.Score, l.Scores} }, `[null,{"raw":[{"name":"icp_score","value":"high","scale":"0-100"}]}]`},
		{"id as a number", `"id":12345678901234567`, func(l *lead.Lead) any { return l.Source.VendorLeadID }, `"12345678901234567"`},
		{"source and notes", `"source":"leadhub:ld_x","notes":"n"`, func(l *lead.Lead) any { return l.Custom }, `{"notes":"n","source":"leadhub:ld_x"}`},
	} {
		event, err := r.Parse(request(`{"event":"lead.created","data":{"contact_name":"A B",` + c.data + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(c.check(&event.Leads[0]))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.name, got, c.want, err)
		}
	}
}

func FuzzParse(f *testing.F) { receivertest.FuzzParse(f, salesos.Kind, fixtures) }

func FuzzVerify(f *testing.F) { receivertest.FuzzVerify(f, salesos.Kind, fixtures) }

func Benchmark(b *testing.B) { receivertest.Benchmark(b, salesos.Kind, fixtures) }
