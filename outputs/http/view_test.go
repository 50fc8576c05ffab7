package http_test

import (
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/http"
	"leadhub/outputs/outputtest"
	"leadhub/rules"
)

func TestBodyAndHeaders(t *testing.T) {
	t.Parallel()
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	out := build(t, target.URL, `
headers:
  X-Lead: '{{ id }} {{ company.name }}'
  X-Empty: "{{ custom.none }}"
body:
  contact:
    name: "{{ full_name }}"
    score: "{{ score }}"
  why: "{{ because }}"
  key: "{{ delivery_id }}"
`)
	d := outputtest.LeadDelivery(1, "")
	d.Lead.Company.Name = "Acme\r\nX-Injected: 1"
	if _, err := send(t, out, d); err != nil {
		t.Fatal(err)
	}
	got := target.Requests()[0]
	want := `{"contact":{"name":"Jane Doe","score":85},"why":["lead_potential == \"high\"","company.region in [\"FL\", \"GA\"]"],"key":"dl_contract_1"}`
	if string(got.Body) != want {
		t.Errorf("%s\nwant %s", got.Body, want)
	}
	if v := got.Header.Get("X-Lead"); v != d.Lead.ID+" Acme X-Injected: 1" || got.Header.Get("X-Injected") != "" {
		t.Errorf("X-Lead: %q, X-Injected: %q", v, got.Header.Get("X-Injected"))
	}
	if _, there := got.Header["X-Empty"]; there {
		t.Error("an empty header was sent")
	}
	if got.Header.Get("Webhook-Id") != d.ID {
		t.Error("the delivery's id is missing")
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	out := build(t, target.URL, `
fields:
  email: email
  stage: { from: status, map: { qualified: NEW }, else: omit }
  source: { value: leadhub }
`)
	if _, err := send(t, out, outputtest.LeadDelivery(1, "")); err != nil {
		t.Fatal(err)
	}
	if got, want := string(target.Requests()[0].Body), `{"email":"jane@acme.com","stage":"NEW","source":"leadhub"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	var seen []string
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		seen = append(seen, r.RequestURI)
		w.WriteHeader(nethttp.StatusNoContent)
	}))
	render := func(path string, d *outputs.Delivery) (*outputs.Request, outputs.Output, error) {
		out, err := outputtest.Build(t, http.Kind, "url: '"+target.URL+path+"'\nallow_private: true", "")
		if err != nil {
			t.Fatal(err)
		}
		r, err := out.Render(d)
		return r, out, err
	}
	for _, c := range []struct{ path, name, want, shown string }{
		{"/leads/{{ id }}", "", "/leads/ld_ozxp5p5zp2l7kd5e7vktctwqse", "/leads/ld_ozxp5p5zp2l7kd5e7vktctwqse"},
		{"/a1B2c3D4/{{ company.name }}?key=s3cr3tkey&n={{ company.name }}", "a/b?c=d&e#f é", "/a1B2c3D4/a%2Fb%3Fc=d&e%23f%20%C3%A9?key=s3cr3tkey&n=a%2Fb%3Fc%3Dd%26e%23f%20%C3%A9", "/…/a%2Fb%3Fc=d&e%23f%20%C3%A9?key=…&n=a%2Fb%3Fc%3Dd%26e%23f%20%C3%A9"},
		{"/x?n={{ custom.none }}", "", "/x?n=", "/x?n="},
	} {
		d := outputtest.LeadDelivery(1, "")
		if c.name != "" {
			d.Lead.Company.Name = c.name
		}
		c.want = strings.ReplaceAll(c.want, "ld_ozxp5p5zp2l7kd5e7vktctwqse", d.Lead.ID)
		c.shown = strings.ReplaceAll(c.shown, "ld_ozxp5p5zp2l7kd5e7vktctwqse", d.Lead.ID)
		r, out, err := render(c.path, d)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if r.URL != target.URL+c.shown {
			t.Errorf("%s is shown as %s, want %s", c.path, r.URL, target.URL+c.shown)
		}
		if _, err := out.Send(t.Context(), d, r); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		if got := seen[len(seen)-1]; got != c.want {
			t.Errorf("%s: %s, want %s", c.path, got, c.want)
		}
	}
	for path, want := range map[string]string{
		"/leads/{{ custom.none }}":     "url: custom.none is missing in this lead, and without it the address is another one; a default is written {{ custom.none ?? \"none\" }}",
		"/leads/{{ company.name }}/x":  "url: a value of this lead is . or .., which would lead to another address",
		"/{{ score / (score-score) }}": "url: {{ score / (score-score) }}: division by zero",
	} {
		d := outputtest.LeadDelivery(1, "")
		d.Lead.Company.Name = ".."
		_, _, err := render(path, d)
		if how, _, _ := outputs.InstructionOf(err); err == nil || how != outputs.InstructRefused || err.Error() != want {
			t.Errorf("%s: %v (%v), want %s", path, err, how, want)
		}
	}
}

func TestViewMistakes(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]plugin.FieldError{
		"url: 'https://{{ company.domain }}/x'": {
			Field: "url", Message: "the host cannot change from lead to lead: leads would go wherever a vendor says",
			Suggestion: `write it out, for example "https://crm.example.com/leads/{{ id }}"`,
		},
		"url: 'https://a.example/{{ emial }}'":                            {Field: "url", Offset: 21, Message: "there is no name emial", Suggestion: "write email"},
		"url: 'http://a.example/{{ id }}'":                                {Field: "url", Message: "plain http would send leads unencrypted", Suggestion: "write https://, or add allow_private: true if this target is in your own network"},
		"url: https://a.example\nbody: {a: '{{ emial }}'}":                {Field: "body.a", Offset: 3, Message: "there is no name emial", Suggestion: "write email"},
		"url: https://a.example\nheaders: {X-A: 'a {{ emial }}'}":         {Field: "headers.X-A", Offset: 5, Message: "there is no name emial", Suggestion: "write email"},
		"url: https://a.example\nbody: {a: b}\nfields: {a: email}":        {Field: "fields", Message: "what is sent is either body or fields, not both", Suggestion: "keep one of them"},
		"url: https://a.example\nheaders: {webhook-id: '{{ id }}'}":       {Field: "headers.webhook-id", Message: "webhook-id is set by leadhub itself", Suggestion: "remove it"},
		"url: https://a.example\nfields: {a: {from: x, write: if_empty}}": {Field: "fields.a.write", Message: "this output sends without looking at what is there, so it cannot write if_empty", Suggestion: "remove it: the field is always sent"},
	} {
		_, err := outputtest.Build(t, http.Kind, more, "")
		fields, rest := plugin.FieldErrors(err)
		if rest != nil || !slices.ContainsFunc(fields, func(f *plugin.FieldError) bool { return cmp.Equal(*f, want) }) {
			t.Errorf("%s: %v, want %+v", more, err, want)
		}
	}
}

// override builds the view of a route.
func override(t *testing.T, out outputs.Output, block string) (outputs.Output, error) {
	t.Helper()
	o, ok := out.(outputs.Overrider)
	if !ok {
		t.Fatal("no Overrider")
	}
	config := o.Override()
	if err := yaml.Load([]byte(block), config, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	return o.With(config, plugin.Deps{Name: "out", Rules: rules.NewCompiler().ForOutputs()})
}

func TestOverride(t *testing.T) {
	t.Parallel()
	target := outputtest.NewTarget(t, nethttp.HandlerFunc(accept))
	base := build(t, target.URL, `
auth: { bearer: crm-token }
headers: { X-Team: all, X-Lead: "{{ id }}" }
fields: { email: email, priority: { value: normal } }
`)
	hot, err := override(t, base, `
headers: { x-team: "{{ company.region }}", X-Secret: hunter2-hunter2 }
fields: { priority: { value: high } }
`)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := override(t, base, `body: ["{{ email }}"]`)
	if err != nil {
		t.Fatal(err)
	}
	d := outputtest.LeadDelivery(1, "")
	for _, o := range []outputs.Output{base, hot, whole} {
		if _, err := send(t, o, d); err != nil {
			t.Fatal(err)
		}
	}
	got := target.Requests()
	for i, want := range []string{
		`{"email":"jane@acme.com","priority":"normal"}`, `{"email":"jane@acme.com","priority":"high"}`, `["jane@acme.com"]`,
	} {
		if string(got[i].Body) != want || got[i].Header.Get("Authorization") != "Bearer crm-token" || got[i].Header.Get("X-Lead") != d.Lead.ID {
			t.Errorf("%d: %s %v, want %s", i, got[i].Body, got[i].Header, want)
		}
	}
	if a, b, c := got[0].Header.Get("X-Team"), got[1].Header.Get("X-Team"), got[2].Header.Get("X-Team"); a != "all" || b != "FL" || c != "all" {
		t.Errorf("X-Team: %q %q %q", a, b, c)
	}
	if got[1].Header.Get("X-Secret") != "hunter2-hunter2" || got[0].Header.Get("X-Secret") != "" {
		t.Error("X-Secret belongs to the route alone")
	}
	if _, err := override(t, base, `headers: { Authorization: x }`); err == nil {
		t.Error("a route replaced the login")
	}
	if _, err := override(t, base, `{body: a, fields: {a: email}}`); err == nil {
		t.Error("body and fields together are accepted")
	}
}

func TestHeadersForPeople(t *testing.T) {
	t.Parallel()
	out := build(t, "https://crm.example.com", `
signing_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
auth: { bearer: crm-token }
headers: { X-Key: hunter2-hunter2, X-Lead: "{{ email }}" }
`)
	d := outputtest.LeadDelivery(1, "")
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := out.(outputs.Previewer)
	if !ok {
		t.Fatal("no Previewer")
	}
	want := []outputs.Header{
		{Name: "Authorization", Value: "Bearer [secret]"},
		{Name: "Content-Type", Value: "application/json"},
		{Name: "User-Agent", Value: "leadhub"},
		{Name: "X-Key", Value: "[not shown]"},
		{Name: "X-Lead", Value: "jane@acme.com"},
		{Name: "Webhook-Id", Value: d.ID},
		{Name: "Idempotency-Key", Value: d.ID},
		{Name: "Webhook-Timestamp", Value: "[when it is sent]"},
		{Name: "Webhook-Signature", Value: "v1,[made when it is sent]"},
	}
	if diff := cmp.Diff(want, p.Headers(d, r)); diff != "" {
		t.Error(diff)
	}
}

func TestHashCoversHeaders(t *testing.T) {
	t.Parallel()
	a := &outputs.Request{Method: "POST", Body: []byte("x")}
	b := &outputs.Request{Method: "POST", Body: []byte("x"), Header: []outputs.Header{{Name: "A", Value: "1"}}}
	c := &outputs.Request{Method: "POST", Body: []byte("x"), Header: []outputs.Header{{Name: "A", Value: "2"}}}
	if a.Hash() == b.Hash() || b.Hash() == c.Hash() {
		t.Error("another header is another request")
	}
}

func BenchmarkRenderBody(b *testing.B) {
	out := build(b, "http://127.0.0.1:9", `
body: { name: "{{ full_name }}", email: "{{ email }}", company: { name: "{{ company.name }}", region: "{{ company.region }}" }, score: "{{ score }}", note: "{{ full_name }} at {{ company.name }}" }
`)
	d := outputtest.LeadDelivery(1, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Render(d); err != nil {
			b.Fatal(err)
		}
	}
}
