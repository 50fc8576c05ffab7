package openprospect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/openprospect"
	"leadhub/receivers/receivertest"
)

var fixtures = filepath.Join("..", "..", "testdata", "openprospect")

func request(authorization, body string) *receivers.Request {
	r := &receivers.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), ReceivedAt: receivertest.Received()}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

func TestBearer(t *testing.T) {
	r := receivertest.Build(t, openprospect.Kind, "old", receivertest.Secret)
	for _, good := range []string{"Bearer topsecret", "bearer topsecret", "Bearer old"} {
		if _, err := r.Verify(request(good, "{}")); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, c := range []struct {
		header string
		reason receivers.Reason
		hint   string
	}{
		{"", receivers.ReasonNoToken, `register the hub's address with "auth_type": "bearer"`},
		{"topsecret", receivers.ReasonBadToken, `without the word "Bearer"`},
		{"Basic dG9wc2VjcmV0", receivers.ReasonBadToken, `does not begin with "Bearer "`},
		{"Bearer ", receivers.ReasonBadToken, `nothing after "Bearer"`},
		{"Bearer  topsecret", receivers.ReasonBadToken, "spaces or quotes around it"},
		{`Bearer "topsecret"`, receivers.ReasonBadToken, "spaces or quotes around it"},
		{"Bearer Bearer topsecret", receivers.ReasonBadToken, `the word "Bearer" twice`},
		{"Bearer topsecre", receivers.ReasonBadToken, "another token"},
		{"Bearer topsecretx", receivers.ReasonBadToken, "another token"},
		{"Bearer TOPSECRET", receivers.ReasonBadToken, "another token"},
		{"Bearer your-secret-token", receivers.ReasonBadToken, "placeholder of OpenProspect's documentation"},
		{"Bearer lnc_live_0123", receivers.ReasonBadToken, "an API key of OpenProspect"},
		{"Bearer " + strings.Repeat("a", 1<<16), receivers.ReasonBadToken, "too long"},
	} {
		_, err := r.Verify(request(c.header, "{}"))
		rej, ok := errors.AsType[*receivers.Rejection](err)
		if !ok || rej.Status != http.StatusUnauthorized || rej.Reason != c.reason || !strings.Contains(rej.Hint, c.hint) {
			t.Errorf("%.40q: %v; want 401, %q and the hint %q", c.header, err, c.reason, c.hint)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config openprospect.Config
		want   []string // fields
	}{
		{openprospect.Config{ScoreScale: 100}, []string{"tokens"}},
		{openprospect.Config{Tokens: []plugin.Secret{plugin.NewSecret("t")}}, []string{"score_scale"}},
		{openprospect.Config{ScoreScale: -1}, []string{"tokens", "score_scale"}},
		{openprospect.Config{ScoreScale: math.NaN()}, []string{"tokens", "score_scale"}},
		{openprospect.Config{ScoreScale: math.Inf(1)}, []string{"tokens", "score_scale"}},
	} {
		_, err := openprospect.Kind.Build(&c.config, receivertest.Deps(false))
		fields, rest := plugin.FieldErrors(err)
		var got []string
		for _, f := range fields {
			got = append(got, f.Field)
			if f.Warning || f.Suggestion == "" {
				t.Errorf("%s: warning %v, suggestion %q", f.Field, f.Warning, f.Suggestion)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || rest != nil {
			t.Errorf("%+v: %v\n%s", c.config, rest, diff)
		}
	}
}

func parse(t *testing.T, scale float64, body string) (receivers.Event, error) {
	t.Helper()
	config := openprospect.Config{Tokens: []plugin.Secret{plugin.NewSecret("t")}, ScoreScale: scale}
	r, err := openprospect.Kind.Build(&config, receivertest.Deps(false))
	if err != nil {
		t.Fatal(err)
	}
	return r.Parse(request("", body))
}

func TestScoreScale(t *testing.T) {
	for _, c := range []struct {
		scale float64
		value string
		want  string
		raw   []lead.RawScore
	}{
		{100, `85`, "85", []lead.RawScore{{Name: "qualification_score", Value: "85", Scale: "0-100"}}},
		{100, `"85"`, "85", []lead.RawScore{{Name: "qualification_score", Value: "85", Scale: "0-100"}}},
		{100, `84.5`, "85", []lead.RawScore{{Name: "qualification_score", Value: "84.5", Scale: "0-100"}}},
		{100, `850`, "100", []lead.RawScore{{Name: "qualification_score", Value: "850", Scale: "0-100"}}},
		{100, `-3`, "0", []lead.RawScore{{Name: "qualification_score", Value: "-3", Scale: "0-100"}}},
		{10, `8.5`, "85", []lead.RawScore{{Name: "qualification_score", Value: "8.5", Scale: "0-10"}}},
		{1, `0.854`, "85", []lead.RawScore{{Name: "qualification_score", Value: "0.854", Scale: "0-1"}}},
		{100, `0`, "0", []lead.RawScore{{Name: "qualification_score", Value: "0", Scale: "0-100"}}},
		{100, `"A+"`, "null", []lead.RawScore{{Name: "qualification_score", Value: "A+", Scale: "0-100"}}},
		{100, `null`, "null", nil},
		{100, `{}`, "null", nil},
	} {
		event, err := parse(t, c.scale, `{"data":{"company":{"name":"A"},"qualification_score":`+c.value+`}}`)
		if err != nil {
			t.Fatal(err)
		}
		l := event.Leads[0]
		if got, _ := json.Marshal(l.Score); string(got) != c.want {
			t.Errorf("%s of %g: score %s, want %s", c.value, c.scale, got, c.want)
		}
		if diff := cmp.Diff(c.raw, l.Scores.Raw); diff != "" {
			t.Errorf("%s of %g: raw scores:\n%s", c.value, c.scale, diff)
		}
	}
}

func TestFanOut(t *testing.T) {
	for _, c := range []struct {
		name, company, prospects string
		want                     []string // kind, vendor lead id, group
	}{
		{"two", `"id":"c1"`, `[{"id":"p1"},{"id":"p2"}]`, []string{"person p1 openprospect||c1", "person p2 openprospect||c1"}},
		{"the same twice", `"id":"c1"`, `[{"id":"p1"},{"id":"p1"}]`, []string{"person p1 openprospect||c1"}},
		{"ids as numbers", `"id":12345678901234567890`, `[{"id":7}]`, []string{"person 7 openprospect||12345678901234567890"}},
		{"without ids", `"domain":"A.example"`, `[{"email":"a@a.example"},{"first_name":"B"}]`, []string{"person  openprospect||a.example", "person  openprospect||a.example"}},
		{"nothing in them", `"id":"c1","name":"A"`, `[{},null,{"id":null,"email":""}]`, []string{"company  openprospect||c1"}},
		{"empty", `"id":"c1","name":"A"`, `[]`, []string{"company  openprospect||c1"}},
		{"null", `"name":"A b"`, `null`, []string{"company  openprospect||a b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			event, err := parse(t, 100, `{"data":{"company":{`+c.company+`},"prospects":`+c.prospects+`}}`)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			ids := map[string]bool{}
			for _, l := range event.Leads {
				got = append(got, fmt.Sprintf("%s %s %s", l.Kind, l.Source.VendorLeadID, l.GroupID))
				l.Seal()
				ids[l.ID] = true
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(ids) != len(event.Leads) {
				t.Errorf("%d leads have %d ids", len(event.Leads), len(ids))
			}
		})
	}
}

func TestUnmapped(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{},`, receivers.MaxLeads+1), ",")
	for _, c := range []struct{ body, want string }{
		{`{}`, "data.company: missing"},
		{`{"data":[]}`, "data.company: missing"},
		{`{"event":"delivery.company_qualified","data":{"company":null}}`, "data.company: missing"},
		{`{"data":{"company":"Acme"}}`, "data.company: not an object"},
		{`{"data":{"company":{"id":"1"}}}`, "data.company.name and data.company.domain: missing"},
		{`{"data":{"company":{"id":"1"},"prospects":"x"}}`, "data.prospects: not a list"},
		{`{"data":{"company":{"id":"1"},"prospects":[{"id":"p"},"x"]}}`, "data.prospects[1]: not an object"},
		{`{"data":{"company":{"id":"1"},"prospects":[` + many + `]}}`, "data.prospects: 1001 entries, at most 1000"},
	} {
		_, err := parse(t, 100, c.body)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.60s: %v, want %q", c.body, err, c.want)
		}
	}
	most := strings.TrimSuffix(strings.Repeat(`{"name":"x y"},`, receivers.MaxLeads), ",")
	event, err := parse(t, 100, `{"data":{"company":{"id":"1"},"prospects":[`+most+`]}}`)
	if err != nil || len(event.Leads) != receivers.MaxLeads {
		t.Errorf("%d prospects: %d leads, %v", receivers.MaxLeads, len(event.Leads), err)
	}
}

func TestOtherEvents(t *testing.T) {
	for body, want := range map[string]string{
		`{"event":"delivery.paused"}`:                                     "OpenProspect sent delivery.paused",
		`{"event":"delivery.removed","data":{"company":{"name":"Acme"}}}`: "OpenProspect sent delivery.removed",
	} {
		event, err := parse(t, 100, body)
		if err != nil || event.Kind != receivers.KindNotice || event.Subject != want {
			t.Errorf("%s: %+v, %v", body, event, err)
		}
	}
}

// One delivery_id may name a configuration that sends many companies.
func TestKey(t *testing.T) {
	key := func(body string) string {
		event, err := parse(t, 100, body)
		if err != nil {
			t.Fatal(err)
		}
		return event.Key
	}
	a := key(`{"delivery_id":"del_1","timestamp":"2026-04-28T06:30:00Z","data":{"company":{"id":"c1","name":"A"}}}`)
	for _, other := range []string{
		`{"delivery_id":"del_1","timestamp":"2026-04-28T06:30:00Z","data":{"company":{"id":"c2","name":"A"}}}`,
		`{"delivery_id":"del_1","timestamp":"2026-04-28T06:30:01Z","data":{"company":{"id":"c1","name":"A"}}}`,
		`{"delivery_id":"del_2","timestamp":"2026-04-28T06:30:00Z","data":{"company":{"id":"c1","name":"A"}}}`,
		`{"delivery_id":"del_1","timestamp":"2026-04-28T06:30:00Z","data":{"company":{"id":"c1","name":"B"}}}`,
	} {
		if key(other) == a {
			t.Errorf("another event has the same key: %s", other)
		}
	}
}

func TestLeftovers(t *testing.T) {
	event, err := parse(t, 100, `{"data":{"campaign":"Q2","company":{"name":"A","revenue":"$10M"},"prospects":[{"id":"1","pet":"cat"},{"id":"2"}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		{"campaign": "Q2", "company_revenue": "$10M", "pet": "cat"},
		{"campaign": "Q2", "company_revenue": "$10M"}, // nothing of the sibling's
	}
	for i, l := range event.Leads {
		if diff := cmp.Diff(want[i], l.Custom); diff != "" {
			t.Errorf("lead %d:\n%s", i, diff)
		}
	}
}

func FuzzParse(f *testing.F) { receivertest.FuzzParse(f, openprospect.Kind, fixtures) }

func FuzzVerify(f *testing.F) { receivertest.FuzzVerify(f, openprospect.Kind, fixtures) }

func Benchmark(b *testing.B) { receivertest.Benchmark(b, openprospect.Kind, fixtures) }
