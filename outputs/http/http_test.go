package http_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/http"
	"leadhub/outputs/outputtest"
)

// build makes an output for the endpoint at base; more are further lines of YAML.
func build(t testing.TB, base, more string) outputs.Output {
	t.Helper()
	out, err := outputtest.Build(t, http.Kind, fmt.Sprintf("url: %q\nallow_private: true\n%s", base+"/leads", more), "")
	if fields, rest := plugin.FieldErrors(err); rest != nil || (len(fields) > 0 && !fields[0].Warning) {
		t.Fatal(err)
	}
	return out
}

func send(t testing.TB, out outputs.Output, d *outputs.Delivery) (outputs.Receipt, error) {
	t.Helper()
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	return out.Send(t.Context(), d, r)
}

// accept is an endpoint that takes everything.
func accept(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(nethttp.StatusNoContent) }

func TestRequest(t *testing.T) {
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	out := build(t, target.URL, `
method: PUT
signing_secret: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_QUJDREVGR0hJSktMTU5PUA=="]
auth:
  bearer: crm-token
headers:
  x-tenant: acme
  User-Agent: acme-hub
`)
	d := outputtest.LeadDelivery(1, "")
	if _, err := send(t, out, d); err != nil {
		t.Fatal(err)
	}
	got := target.Requests()[0]
	if got.Method != nethttp.MethodPut || got.Path != "/leads" {
		t.Errorf("%s %s, want PUT /leads", got.Method, got.Path)
	}
	signatures := strings.Split(got.Header.Get("Webhook-Signature"), " ")
	if len(signatures) != 2 || !strings.HasPrefix(signatures[0], "v1,") || !strings.HasPrefix(signatures[1], "v1,") || signatures[0] == signatures[1] {
		t.Errorf("signatures %q, want one of each secret", signatures)
	}
	want := map[string]string{
		"Webhook-Id": d.ID, "Idempotency-Key": d.ID, "Webhook-Timestamp": fmt.Sprint(outputtest.Now().Unix()),
		"Authorization": "Bearer crm-token", "X-Tenant": "acme", "User-Agent": "acme-hub", "Content-Type": "application/json",
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), value)
		}
	}
	r, _ := out.Render(d)
	if string(got.Body) != string(r.Body) {
		t.Errorf("sent %s, rendered %s", got.Body, r.Body)
	}
}

// TestBody is a promise to every endpoint: no key is renamed or removed.
func TestBody(t *testing.T) {
	out := build(t, "http://127.0.0.1:9", "")
	r, err := out.Render(outputtest.LeadDelivery(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(r.Body, &got); err != nil {
		t.Fatal(err)
	}
	theLead, _ := got["lead"].(map[string]any)
	delete(got, "lead")
	if diff := cmp.Diff(map[string]any{
		"type": "lead", "id": "dl_contract_1", "timestamp": "2026-03-02T15:00:00Z", "event_id": "evt_1", "route": "hot-southeast",
		"because": []any{`lead_potential == "high"`, `company.region in ["FL", "GA"]`},
	}, got); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
	if theLead["schema"] != "leadhub.lead/1" || theLead["score"] != 85.0 || theLead["company"].(map[string]any)["name"] != "Acme & Sons" {
		t.Errorf("lead: %v", theLead)
	}
	if strings.Contains(string(r.Body), `\u0026`) {
		t.Error("& is written as for HTML")
	}
	r, err = out.Render(outputtest.NoticeDelivery(""))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"notice","id":"dl_contract_notice","timestamp":"2026-03-02T15:04:05Z","event_id":"evt_9","route":"campaigns",` +
		`"because":["event startsWith \"campaign.\""],"notice":{"vendor":"prospectb2b","receiver":"prospectb2b","event":"campaign.published",` +
		`"subject":"Campaign Spring published","is_test":false,"occurred_at":"2026-03-02T15:04:05Z","received_at":"2026-03-02T15:04:05Z"}}`
	if string(r.Body) != want {
		t.Errorf("notice: %s\nwant %s", r.Body, want)
	}
}

func TestAuth(t *testing.T) {
	for more, want := range map[string][2]string{
		"auth: { bearer: tok }":                                   {"Authorization", "Bearer tok"},
		"auth: { basic: { username: jane, password: pass } }":     {"Authorization", "Basic amFuZTpwYXNz"},
		"auth: { header: { name: x-api-key, value: \"k e y\" } }": {"X-Api-Key", "k e y"},
		"headers: { Authorization: \"Token abc\" }":               {"Authorization", "Token abc"},
	} {
		target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
		if _, err := send(t, build(t, target.URL, more), outputtest.LeadDelivery(1, "")); err != nil {
			t.Fatal(err)
		}
		if got := target.Requests()[0].Header.Get(want[0]); got != want[1] {
			t.Errorf("%s: %q, want %q", more, got, want[1])
		}
		if got := target.Requests()[0].Header.Get("Webhook-Signature"); got != "" {
			t.Errorf("%s: a signature without a secret: %q", more, got)
		}
	}
}

func TestReplies(t *testing.T) {
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	out := build(t, target.URL, "")
	long := strings.Repeat("x", 200)
	for name, tc := range map[string]struct {
		step outputtest.Step
		want outputs.Receipt
		fail outputtest.Expect
	}{
		"text id":          {step: outputtest.Step{Status: 201, Body: `{"id":"rec_1"}`}, want: outputs.Receipt{Status: 201, RemoteID: "rec_1", Note: `{"id":"rec_1"}`}},
		"number id":        {step: outputtest.Step{Status: 200, Body: `{"id":9007199254740993}`}, want: outputs.Receipt{Status: 200, RemoteID: "9007199254740993", Note: `{"id":9007199254740993}`}},
		"inner id":         {step: outputtest.Step{Status: 202, Body: `{"data":{"id":"in"}}`}, want: outputs.Receipt{Status: 202, RemoteID: "in", Note: `{"data":{"id":"in"}}`}},
		"object id":        {step: outputtest.Step{Status: 200, Body: `{"id":{}}`}, want: outputs.Receipt{Status: 200, Note: `{"id":{}}`}},
		"null id":          {step: outputtest.Step{Status: 200, Body: `{"id":null}`}, want: outputs.Receipt{Status: 200, Note: `{"id":null}`}},
		"long id":          {step: outputtest.Step{Status: 200, Body: `{"id":"` + long + `"}`}, want: outputs.Receipt{Status: 200, Note: `{"id":"` + long + `"}`}},
		"id with a space":  {step: outputtest.Step{Status: 200, Body: `{"id":"a b"}`}, want: outputs.Receipt{Status: 200, Note: `{"id":"a b"}`}},
		"not JSON":         {step: outputtest.Step{Status: 200, Body: "thanks\n"}, want: outputs.Receipt{Status: 200, Note: "thanks"}},
		"empty":            {step: outputtest.Step{Status: 204}, want: outputs.Receipt{Status: 204}},
		"replayed":         {step: outputtest.Step{Status: 200, Header: map[string]string{"Idempotent-Replayed": "true"}}, want: outputs.Receipt{Status: 200, AlreadyThere: true}},
		"replayed 409":     {step: outputtest.Step{Status: 409, Header: map[string]string{"Idempotent-Replayed": "true"}}, want: outputs.Receipt{Status: 409, AlreadyThere: true}},
		"duplicate":        {step: outputtest.Step{Status: 409, Body: `{"code":"already_exists","id":"rec_2"}`}, want: outputs.Receipt{Status: 409, AlreadyThere: true, RemoteID: "rec_2", Note: `{"code":"already_exists","id":"rec_2"}`}},
		"inner duplicate":  {step: outputtest.Step{Status: 409, Body: `{"error":{"type":"Duplicate"}}`}, want: outputs.Receipt{Status: 409, AlreadyThere: true, Note: `{"error":{"type":"Duplicate"}}`}},
		"conflict":         {step: outputtest.Step{Status: 409, Body: `{"code":"conflict"}`}, fail: outputtest.Fails(outputs.InstructRefused)},
		"other body":       {step: outputtest.Step{Status: 409, Body: `{"error":"idempotency key reused with another body"}`}, fail: outputtest.Fails(outputs.InstructRefused)},
		"empty conflict":   {step: outputtest.Step{Status: 409}, fail: outputtest.Fails(outputs.InstructRefused)},
		"replayed failure": {step: outputtest.Step{Status: 500, Header: map[string]string{"Idempotent-Replayed": "true"}}, fail: outputtest.Fails(outputs.InstructRetry)},
	} {
		target.Next(tc.step)
		got, err := send(t, out, outputtest.LeadDelivery(1, ""))
		if e := outputtest.Got(err); e != tc.fail {
			t.Errorf("%s: %s (%v), want %s", name, e, err, tc.fail)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestConfig(t *testing.T) {
	const ok = "url: https://crm.example.com/leads\n"
	for name, tc := range map[string]struct {
		block string
		want  []string // ! before a warning
	}{
		"least":           {ok, nil},
		"no url":          {"{}", []string{"url: missing"}},
		"method":          {ok + "method: GET", []string{`method: "GET" cannot carry a lead`}},
		"plain secret":    {ok + "signing_secret: abc", []string{"!signing_secret: not in the form whsec_… : used as it is, which most verifying libraries do not expect"}},
		"bad secret":      {ok + "signing_secret: [whsec_QUJD, whsec_!!]", []string{"signing_secret[1]: what follows whsec_ is not base64"}},
		"empty secret":    {ok + "signing_secret: \"\"", []string{"signing_secret: an empty secret signs nothing"}},
		"two ways":        {ok + "auth: { bearer: a, header: { name: X-A, value: b } }", []string{"auth: only one way to log in is possible, here are bearer and header"}},
		"empty basic":     {ok + "auth: { basic: {} }", []string{"auth.basic: username and password are missing"}},
		"colon":           {ok + "auth: { basic: { username: \"a:b\", password: c } }", []string{"auth.basic.username: a user name cannot contain a colon"}},
		"line break":      {ok + "auth: { bearer: \"a\\n\" }", []string{"auth.bearer: a header's value cannot contain line breaks or control characters"}},
		"no header value": {ok + "auth: { header: { name: X-A } }", []string{"auth.header.value: missing"}},
		"no header name":  {ok + "auth: { header: { value: a } }", []string{`auth.header.name: "" is not the name of a header`}},
		"reserved": {ok + "headers: { webhook-id: a, \"a b\": c, content-type: d }", []string{
			`headers.a b: "a b" is not the name of a header`, "headers.content-type: content-type is set by leadhub itself", "headers.webhook-id: webhook-id is set by leadhub itself",
		}},
		"taken":            {ok + "auth: { bearer: a }\nheaders: { authorization: b }", []string{"headers.authorization: this header is set already"}},
		"everything wrong": {"url: crm\nmethod: get\nsigning_secret: whsec_!", []string{"url: a URL begins with https://", `method: "get" cannot carry a lead`, "signing_secret: what follows whsec_ is not base64"}},
		"unset":            {"url: !leadhub/unset x\nsigning_secret: !leadhub/unset x\nauth: { bearer: !leadhub/unset x }", nil},
	} {
		out, err := outputtest.Build(t, http.Kind, tc.block, "")
		fields, rest := plugin.FieldErrors(err)
		if rest != nil {
			t.Errorf("%s: %v", name, rest)
		}
		var got []string
		bad := false
		for _, f := range fields {
			mark := ""
			if f.Warning {
				mark = "!"
			}
			bad = bad || !f.Warning
			got = append(got, mark+f.Error())
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (out == nil) != bad {
			t.Errorf("%s: an output beside errors, or none beside warnings", name)
		}
	}
}

func TestUnsetCannotSend(t *testing.T) {
	for block, want := range map[string]string{
		"url: !leadhub/unset x": "url",
		"url: https://crm.example.com\nsigning_secret: !leadhub/unset x":                                            "signing_secret",
		"url: https://crm.example.com\nauth: { basic: { username: a, password: !leadhub/unset x } }":                "auth.basic.password",
		"url: https://crm.example.com\nheaders: { X-Key: !leadhub/unset x }":                                        "headers.X-Key",
		"url: https://crm.example.com\nsigning_secret: [whsec_QUJD, !leadhub/unset x]\nauth: { bearer: something }": "signing_secret[1]",
	} {
		out, err := outputtest.Build(t, http.Kind, block, "")
		if err != nil {
			t.Fatalf("%s: %v", block, err)
		}
		_, err = send(t, out, outputtest.LeadDelivery(1, ""))
		if i, _, _ := outputs.InstructionOf(err); err == nil || i != outputs.InstructPause || !strings.Contains(err.Error(), want+" is not set") {
			t.Errorf("%s: %v", block, err)
		}
	}
}

// TestSignatureMovesWithTheClock: a retry has a new timestamp and the same id.
func TestSignatureMovesWithTheClock(t *testing.T) {
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	config := http.Kind.Config()
	c := config.(*http.Config)
	c.SigningSecret = http.Secrets{plugin.NewSecret("whsec_QUJDREVGR0hJSktMTU5PUA==")}
	c.AllowPrivate = true
	c.URL = egress.URL(target.URL)
	now := outputtest.Now()
	out, err := http.Kind.Build(config, plugin.Deps{Name: "crm", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer out.(outputs.Closer).Close()
	for range 2 {
		if _, err := send(t, out, outputtest.LeadDelivery(1, "")); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	a, b := target.Requests()[0], target.Requests()[1]
	if a.Header.Get("Webhook-Timestamp") == b.Header.Get("Webhook-Timestamp") || a.Header.Get("Webhook-Signature") == b.Header.Get("Webhook-Signature") {
		t.Error("the second attempt carries the first one's timestamp or signature")
	}
	if a.Header.Get("Webhook-Id") != b.Header.Get("Webhook-Id") || string(a.Body) != string(b.Body) {
		t.Error("id or body changed between attempts")
	}
}

func TestNoSecretInErrors(t *testing.T) {
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.WriteHeader(nethttp.StatusTeapot)
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	}))
	out := build(t, target.URL, "auth: { basic: { username: jane, password: pa55word } }")
	_, err := send(t, out, outputtest.LeadDelivery(1, ""))
	var e *outputs.Error
	if !errors.As(err, &e) || strings.Contains(err.Error(), "amFuZTpwYTU1d29yZA==") || !strings.Contains(err.Error(), "[secret]") {
		t.Errorf("%v", err)
	}
}

func BenchmarkRender(b *testing.B) {
	out := build(b, "http://127.0.0.1:9", "")
	d := outputtest.LeadDelivery(1, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Render(d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSend is a render, a signature and a whole request to a sink that does nothing.
func BenchmarkSend(b *testing.B) {
	target := outputtest.NewTarget(b, nethttp.HandlerFunc(accept))
	out := build(b, target.URL, "signing_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	d := outputtest.LeadDelivery(1, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := send(b, out, d); err != nil {
			b.Fatal(err)
		}
	}
}
