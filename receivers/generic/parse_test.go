package generic_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/generic"
	"leadhub/receivers/generic/generictest"
	"leadhub/receivers/receivertest"
)

// parse reads one lead of a payload through fields.
func parse(t *testing.T, c generic.Config, payload string, headers ...string) (receivers.Event, error) {
	t.Helper()
	c.Bearer = secrets("k")
	return built(t, c).Parse(request(payload, receivertest.Received(), headers...))
}

// Every field there is, from a payload that names them alike.
func TestEveryField(t *testing.T) {
	t.Parallel()
	fields := generic.Fields{}
	payload := map[string]any{}
	texts := []string{
		"full_name", "first_name", "last_name", "title", "email", "phone", "person.linkedin_url", "company.name", "company.domain", "company.website",
		"company.industry", "company.segment", "company.size", "company.address.raw", "company.address.street", "company.city", "company.region",
		"company.postal_code", "company.country", "company.email", "company.phone", "company.description", "company.linkedin_url", "company.vendor_id",
		"status", "consent.basis", "source.vendor_lead_id", "custom.plan",
	}
	for _, name := range texts {
		payload[name] = " " + name + "\u0000 "
	}
	for _, name := range []string{"person.emails", "person.phones", "company.technologies", "company.notable_clients", "reasons", "tags"} {
		payload[name] = []any{name, nil, 7, map[string]any{"name": "n"}, "", []any{}}
	}
	payload["company.employees_min"], payload["company.employees_max"] = "50", 200.9
	payload["lead_potential"], payload["score"], payload["confidence"] = "HIGH", "85", 0.6
	for name := range payload {
		fields[name] = fmt.Sprintf("raw[%q]", name)
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	event, err := parse(t, generic.Config{Fields: fields}, string(raw))
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) []string { return []string{name, "7", "n"} }
	at := receivertest.Received()
	want := lead.Lead{
		Kind: lead.KindPerson, Status: "status",
		Person: &lead.Person{
			FullName: "full_name", FirstName: "first_name", LastName: "last_name", Title: "title", LinkedInURL: "person.linkedin_url",
			Emails: []lead.Email{{Value: "email", Primary: true}, {Value: "person.emails"}, {Value: "7"}, {Value: "n"}},
			Phones: []lead.Phone{{Raw: "phone"}, {Raw: "person.phones"}, {Raw: "7"}, {Raw: "n"}},
		},
		Company: lead.Company{
			VendorID: "company.vendor_id", Name: "company.name", Domain: "company.domain", Website: "company.website", Industry: "company.industry",
			Segment: "company.segment", Size: lead.Size{Raw: "company.size", Min: new(50), Max: new(200)},
			Address: lead.Address{
				Raw: "company.address.raw", Street: "company.address.street", City: "company.city", Region: "company.region",
				PostalCode: "company.postal_code", Country: "company.country",
			},
			Emails: []lead.Email{{Value: "company.email", Primary: true}}, Phones: []lead.Phone{{Raw: "company.phone"}},
			Technologies: list("company.technologies"), NotableClients: list("company.notable_clients"),
			Description: "company.description", LinkedInURL: "company.linkedin_url",
		},
		LeadPotential: lead.PotentialHigh, Score: new(85), Confidence: new(60),
		Scores: lead.Scores{Raw: []lead.RawScore{
			{Name: "lead_potential", Value: "HIGH", Scale: "high|medium|low"}, {Name: "score", Value: "85", Scale: "0-100"}, {Name: "confidence", Value: "0.6", Scale: "0-100"},
		}},
		Reasons: list("reasons"), Tags: list("tags"), Custom: map[string]string{"plan": "custom.plan"}, Consent: lead.Consent{Basis: "consent.basis"},
		Source: lead.Source{
			Vendor: "generic", Tenant: "test", Event: "lead", VendorLeadID: "source.vendor_lead_id", VendorCompanyID: "company.vendor_id",
			OccurredAt: at, ReceivedAt: at,
		},
	}
	if diff := cmp.Diff([]lead.Lead{want}, event.Leads); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What cannot be read leaves its field missing, and the lead stays one.
func TestConversions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, target, value string // JSON
		want                any    // nil: missing
		note                string
	}{
		{"number as text", "custom.x", `12`, "12", ""},
		{"long id", "custom.x", `123456789012345678901`, "123456789012345678901", ""},
		{"fraction", "custom.x", `1.50`, "1.5", ""},
		{"true as text", "custom.x", `true`, "true", ""},
		{"object as text", "custom.x", `{"a":1}`, nil, "cannot be read as a text"},
		{"list as text", "custom.x", `["a"]`, nil, "cannot be read as a text"},
		{"null", "custom.x", `null`, nil, ""},
		{"empty", "custom.x", `""`, nil, ""},
		{"text as number", "score", `" 85 "`, 85, ""},
		{"words as number", "score", `"about 50"`, nil, "cannot be read as a number"},
		{"true as number", "score", `true`, nil, "cannot be read as a number"},
		{"NaN", "score", `"NaN"`, nil, "cannot be read as a number"},
		{"too high", "score", `850`, 100, "was taken as 100"},
		{"too low", "score", `-3`, 0, "was taken as 0"},
		{"share", "confidence", `0.85`, 85, ""},
		{"per cent", "confidence", `85`, 85, ""},
		{"negative", "confidence", `-1`, nil, "is negative"},
		{"word", "lead_potential", `"Medium"`, lead.PotentialMedium, ""},
		{"another word", "lead_potential", `"stellar"`, lead.Potential(""), "none of high, medium and low"},
		{"head count", "company.employees_min", `-1`, nil, "no number of people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.email", c.target: "raw.v"}}
			r := built(t, config)
			req := request(`{"email":"a@b.example","v":`+c.value+`}`, receivertest.Received())
			event, err := r.Parse(req)
			if err != nil {
				t.Fatal(err)
			}
			l := event.Leads[0]
			var got any
			switch {
			case c.target == "custom.x" && l.Custom["x"] != "":
				got = l.Custom["x"]
			case c.target == "score" && l.Score != nil:
				got = *l.Score
			case c.target == "confidence" && l.Confidence != nil:
				got = *l.Confidence
			case c.target == "lead_potential":
				got = l.LeadPotential
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, m := range r.(receivers.Explainer).Explain(req) {
				if m.Target == c.target && (!strings.Contains(m.Note, c.note) || (m.Note == "") != (c.note == "")) {
					t.Errorf("note %q, want …%s…", m.Note, c.note)
				}
			}
		})
	}
}

func TestUnmapped(t *testing.T) {
	t.Parallel()
	one := generic.Config{Fields: generic.Fields{"email": "raw.email", "company.name": "raw.company", "title": "raw.title"}}
	each := generic.Config{Each: "raw.leads", Fields: generic.Fields{"email": "item.email", "custom.n": "raw.n"}}
	for _, c := range []struct {
		name    string
		config  generic.Config
		payload string
		want    string
	}{
		{"nobody", one, `{"title":"CEO"}`, "no person and no company in it: email (raw.email) and company.name (raw.company) are missing"},
		{"null", one, `null`, "no person and no company in it: email (raw.email) and company.name (raw.company) are missing"},
		{"no JSON", one, `{`, "body: not JSON at byte 1: want a key in quotes"},
		{"no list", each, `{"n":1}`, "each: raw.leads is missing"},
		{"null for a list", each, `{"leads":null}`, "each: raw.leads is missing"},
		{"empty list", each, `{"leads":[]}`, "each: raw.leads is an empty list, so there is no lead; if such events are no leads, write notice: len(raw.leads) == 0"},
		{"one of several", each, `{"leads":[{"email":"a@b.example"},{"email":7},{}]}`, "lead 3 of 3: no person and no company in it: email (item.email) is missing"},
		{"too many", each, `{"leads":[` + strings.Repeat(`{"email":"a@b.example"},`, 1000) + `{}]}`, "each: raw.leads holds 1001 leads; 1000 is the most one event may hold"},
		{"an error", generic.Config{Fields: generic.Fields{"email": "raw.email", "score": "raw.a / raw.b"}}, `{"email":"a@b.example","a":1,"b":0}`, "fields.score: division by zero"},
		{"an error in the event", generic.Config{Notice: "raw.a / raw.b > 1"}, `{"email":"a@b.example","a":1,"b":0}`, "notice: division by zero"},
		{"a form", generic.Config{Body: "form"}, `email=%zz`, "body: body is not a form (it is not application/x-www-form-urlencoded)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			event, err := parse(t, c.config, c.payload)
			if err == nil || err.Error() != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			if diff := cmp.Diff(receivers.Event{}, event); diff != "" {
				t.Errorf("an error comes with an event:\n%s", diff)
			}
		})
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	config := generic.Config{
		Event: `header("X-Topic") ?? raw.type`, ID: "raw.id", OccurredAt: "raw.at", Tenant: "raw.account",
		Notice: `event endsWith ".report"`, Subject: `"Report of " + raw.day`, Test: "raw.live == false",
	}
	for _, c := range []struct {
		name, payload string
		headers       []string
		want          receivers.Event
	}{
		{"defaults", `{"email":"a@b.example"}`, nil, receivers.Event{Name: "lead", Tenant: "test"}},
		{
			"all", `{"email":"a@b.example","type":"lead.new","id":42,"at":1777600000,"account":"emea","live":false}`, nil,
			receivers.Event{Name: "lead.new", DeliveryID: "42", OccurredAt: time.Unix(1777600000, 0).UTC(), Tenant: "emea", Test: true},
		},
		{"header", `{"email":"a@b.example","type":"lead.new"}`, []string{"X-Topic", "contact/created"}, receivers.Event{Name: "contact/created", Tenant: "test"}},
		{"marked", `{"email":"a@b.example"}`, []string{receivers.TestHeader, "1"}, receivers.Event{Name: "lead", Tenant: "test", Test: true}},
		{"no time", `{"email":"a@b.example","at":"soon"}`, nil, receivers.Event{Name: "lead", Tenant: "test"}},
		{"notice", `{"type":"daily.report","day":"Monday"}`, nil, receivers.Event{Name: "daily.report", Tenant: "test", Kind: receivers.KindNotice, Subject: "Report of Monday"}},
		{"notice without a subject", `{"type":"daily.report"}`, nil, receivers.Event{Name: "daily.report", Tenant: "test", Kind: receivers.KindNotice, Subject: "test sent daily.report"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			event, err := parse(t, config, c.payload, c.headers...)
			if err != nil {
				t.Fatal(err)
			}
			if (len(event.Leads) == 0) != (c.want.Kind == receivers.KindNotice) || event.Key == "" {
				t.Errorf("%d leads, key %q", len(event.Leads), event.Key)
			}
			event.Leads, event.Key = nil, ""
			if diff := cmp.Diff(c.want, event); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	config := generic.Config{Event: "raw.type", ID: "raw.id"}
	key := func(payload string) string {
		e, err := parse(t, config, payload)
		if err != nil {
			t.Fatal(err)
		}
		return e.Key
	}
	first := key(`{"email":"a@b.example","type":"new","id":"1"}`)
	for payload, same := range map[string]bool{
		`{"email":"a@b.example","type":"new","id":"1","tries":2}`: true, // sent again, with a counter
		`{"email":"a@b.example","type":"new","id":1}`:             true,
		`{"email":"a@b.example","type":"new","id":"2"}`:           false,
		`{"email":"a@b.example","type":"changed","id":"1"}`:       false,
		`{"email":"a@b.example","type":"new"}`:                    false,
	} {
		if got := key(payload) == first; got != same {
			t.Errorf("%s: the same key: %v, want %v", payload, got, same)
		}
	}
	if key(`{"email":"a@b.example"}`) == key(`{"email":"a@b.example" }`) {
		t.Error("without an id, another body is another event")
	}
}

func TestHeadersAreKept(t *testing.T) {
	t.Parallel()
	r := built(t, generic.Config{Bearer: secrets("k"), Event: `header("x-topic")`, Fields: generic.Fields{"email": "raw.email", "custom.shop": `header("X-Shop") ?? header("x-topic")`}})
	v, err := r.Verify(request(`{}`, receivertest.Received(), "Authorization", "Bearer k", "X-Topic", "a", "X-Other", "b"))
	if diff := cmp.Diff([]string{receivers.TestHeader, "X-Topic", "X-Shop"}, v.Keep); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	r := built(t, generic.Config{Bearer: secrets("k"), Body: "form", Fields: generic.Fields{
		"email": "raw.email", "tags": "raw.topic", "title": "raw.payload.user.role",
	}})
	payload := "email=a%40b.example&topic=x&topic=y+z&payload=" + `%7B%22user%22%3A%7B%22role%22%3A%22CTO%22%7D%7D`
	want := map[string]any{
		"email": "a@b.example", "topic": []any{"x", "y z"}, "payload": map[string]any{"user": map[string]any{"role": "CTO"}},
	}
	if diff := cmp.Diff(any(want), r.(receivers.Decoder).Decode([]byte(payload))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	event, err := r.Parse(request(payload, receivertest.Received()))
	if err != nil || event.Leads[0].Person.Title != "CTO" || len(event.Leads[0].Tags) != 2 {
		t.Errorf("%+v, %v", event.Leads, err)
	}
	for payload, reason := range map[string]receivers.Reason{
		"a=%zz": receivers.ReasonNotForm, "a=1;b=2": receivers.ReasonNotForm, "a=%ff": receivers.ReasonNotUTF8, "%ff=1": receivers.ReasonNotUTF8,
		strings.Repeat("a=1&", 1000) + "a=1": receivers.ReasonNotForm,
	} {
		rej := rejected(t, second(r.Verify(request(payload, receivertest.Received(), "Authorization", "Bearer k"))))
		if rej.Status != http.StatusBadRequest || rej.Reason != reason {
			t.Errorf("%.20s: %v", payload, rej)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	r := built(t, generic.Config{Bearer: secrets("k"), Event: "raw.type", Each: "raw.leads", Fields: generic.Fields{
		"email": "item.email", "full_name": `item.first + " " + item.last`, "custom.n": "raw.n",
	}})
	got := r.(receivers.Explainer).Explain(request(`{"type":"new","leads":[{"email":"a@b.example","first":"Ana"},{"first":"Bo","last":"Li"}]}`, receivertest.Received()))
	want := []receivers.Mapping{
		{Lead: 0, Target: "event", Expr: "raw.type", Value: `"new"`},
		{Lead: 1, Target: "full_name", Expr: `item.first + " " + item.last`, Missing: true, Note: "item.last is missing"},
		{Lead: 1, Target: "email", Expr: "item.email", Value: `"a@b.example"`},
		{Lead: 1, Target: "custom.n", Expr: "raw.n", Missing: true},
		{Lead: 2, Target: "full_name", Expr: `item.first + " " + item.last`, Value: `"Bo Li"`},
		{Lead: 2, Target: "email", Expr: "item.email", Missing: true},
		{Lead: 2, Target: "custom.n", Expr: "raw.n", Missing: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

var testdata = filepath.Join("..", "..", "testdata", "generic")

func variant(f *testing.F, name string) generictest.Variant {
	f.Helper()
	for _, v := range generictest.Variants(f, testdata) {
		if v.Name == name {
			return v
		}
	}
	f.Fatalf("there is no %s", name)
	return generictest.Variant{}
}

func FuzzParse(f *testing.F) {
	v := variant(f, "standard-webhooks")
	receivertest.FuzzParse(f, v.Kind, v.Dir)
}

func FuzzParseForm(f *testing.F) {
	v := variant(f, "slack")
	receivertest.FuzzParse(f, v.Kind, v.Dir)
}

func FuzzVerify(f *testing.F) {
	v := variant(f, "standard-webhooks")
	receivertest.FuzzVerify(f, v.Kind, v.Dir)
}

func FuzzVerifyPairs(f *testing.F) {
	v := variant(f, "stripe")
	receivertest.FuzzVerify(f, v.Kind, v.Dir)
}

func Benchmark(b *testing.B) {
	for _, v := range generictest.Variants(b, testdata) {
		if v.Name == "website" || v.Name == "standard-webhooks" {
			b.Run(v.Name, func(b *testing.B) { receivertest.Benchmark(b, v.Kind, v.Dir) })
		}
	}
}
