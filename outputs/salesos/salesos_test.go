package salesos_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/internal/plugin/plugintest"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/salesos"
	"leadhub/outputs/salesos/salesostest"
)

var update = flag.Bool("update", false, "write the golden files")

// world is an output with the stand-in it sends to.
type world struct {
	t      *testing.T
	vendor *salesostest.SalesOS
	target *outputtest.Target
	out    outputs.Output
}

func newWorld(t *testing.T, more string) *world {
	t.Helper()
	w := &world{t: t, vendor: &salesostest.SalesOS{}}
	w.target = outputtest.NewTarget(t, w.vendor)
	var err error
	w.out, err = outputtest.Build(t, salesos.Kind, fmt.Sprintf("api_key: %q\napi_url: %q\nallow_private: true\n%s", salesostest.Key, w.target.URL, more), "")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) send(d *outputs.Delivery) (outputs.Receipt, error) {
	w.t.Helper()
	r, err := w.out.Render(d)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	return w.out.Send(ctx, d, r)
}

func (w *world) find(d *outputs.Delivery) (outputs.Receipt, bool, error) {
	return w.out.(outputs.Reconciler).Find(w.t.Context(), d)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// full is a delivery of a lead with everything that SalesOS has a place for.
func full() *outputs.Delivery {
	d := outputtest.LeadDelivery(1, "")
	d.Lead.Company.Technologies = []string{"SAP", "Snowflake"}
	d.Lead.Company.NotableClients = []string{"Globex", "Initech"}
	d.Lead.Company.LinkedInURL = "https://www.linkedin.com/company/acme"
	return d
}

func TestRequest(t *testing.T) {
	out, err := outputtest.Build(t, salesos.Kind, "api_key: abc", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*outputs.Delivery{
		"lead.golden": full(), "company.golden": outputtest.CompanyDelivery(""), "hostile.golden": outputtest.HostileDelivery(""),
	} {
		r, err := out.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, fmt.Appendf(nil, "%s %s\n%s\n", r.Method, r.URL, r.Body))
	}
}

func TestSent(t *testing.T) {
	w := newWorld(t, "")
	d := full()
	receipt, err := w.send(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outputs.Receipt{Status: 201, RemoteID: "00000000-0000-4000-8000-000000000001"}, receipt); diff != "" {
		t.Error(diff)
	}
	r := w.target.Requests()[0]
	if r.Method != "POST" || r.Path != "/api/leads" || r.Header.Get("X-API-Key") != salesostest.Key || r.Header.Get("Authorization") != "" {
		t.Errorf("%+v", r)
	}
	if got := w.vendor.Leads()[0].Text("source"); got != "leadhub:"+d.Lead.ID {
		t.Errorf("source %q", got)
	}
}

// SalesOS wants two names, and cuts what is too long without a word.
func TestNames(t *testing.T) {
	person := func(change func(*lead.Lead)) *lead.Lead {
		l := outputtest.LeadDelivery(1, "").Lead
		change(l)
		return l
	}
	for name, c := range map[string]struct {
		lead             *lead.Lead
		contact, company string
		refused          string // with missing_name: ""
	}{
		"both":            {person(func(*lead.Lead) {}), "Jane Doe", "Acme & Sons", ""},
		"first and last":  {person(func(l *lead.Lead) { l.Person.FullName = "" }), "Jane Doe", "Acme & Sons", ""},
		"only an address": {person(func(l *lead.Lead) { *l.Person = lead.Person{Emails: l.Person.Emails} }), "jane@acme.com", "Acme & Sons", ""},
		"only a domain":   {person(func(l *lead.Lead) { l.Company.Name = "" }), "Jane Doe", "acme.com", ""},
		"only a website":  {person(func(l *lead.Lead) { l.Company = lead.Company{Website: "https://acme.com"} }), "Jane Doe", "https://acme.com", ""},
		"no company":      {person(func(l *lead.Lead) { l.Company = lead.Company{} }), "Jane Doe", "[unknown]", "SalesOS wants a company_name, and this lead has none"},
		"no person": {person(func(l *lead.Lead) {
			l.Person, l.Company.Emails = nil, []lead.Email{{Value: "info@acme.com", Type: lead.EmailRole}}
		}), "[unknown]", "Acme & Sons", "SalesOS wants a contact_name, and this lead has none"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			if _, err := w.send(&outputs.Delivery{ID: "dl_1", Lead: c.lead}); err != nil {
				t.Fatal(err)
			}
			got := w.vendor.Leads()[0]
			if got.Text("contact_name") != c.contact || got.Text("company_name") != c.company {
				t.Errorf("%q at %q, want %q at %q", got.Text("contact_name"), got.Text("company_name"), c.contact, c.company)
			}
			_, err := newWorld(t, "missing_name: \"\"\n").out.Render(&outputs.Delivery{ID: "dl_1", Lead: c.lead})
			switch {
			case c.refused == "" && err != nil:
				t.Error(err)
			case c.refused != "":
				if i, _, _ := outputs.InstructionOf(err); err == nil || i != outputs.InstructRefused || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), "missing_name") {
					t.Errorf("%v, want %q and what to do", err, c.refused)
				}
			}
		})
	}
}

func TestLengths(t *testing.T) {
	w := newWorld(t, "send_status: false\n")
	d := full()
	long := strings.Repeat("long ", 1000)
	d.Lead.Person.FullName, d.Lead.Company.Name, d.Lead.Status = long, long, "qualified"
	d.Lead.Reasons = []string{long, long}
	d.Lead.Person.Emails[0].Value = strings.Repeat("a", 250) + "@acme.com"
	if _, err := w.send(d); err != nil {
		t.Fatal(err)
	}
	got := w.vendor.Leads()[0]
	for column, most := range map[string]int{"contact_name": 255, "company_name": 255, "notes": 2000} {
		if text := got.Text(column); len([]rune(text)) > most || !strings.HasSuffix(text, "…") {
			t.Errorf("%s has %d characters and ends with %q, want at most %d and …", column, len([]rune(text)), text[max(0, len(text)-5):], most)
		}
	}
	if _, there := got["contact_email"]; there {
		t.Error("half an address was sent")
	}
	if _, there := got["lead_status"]; there {
		t.Error("the status was sent, against send_status: false")
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		step    outputtest.Step
		attempt int
		want    outputs.Instruction
		text    string
	}{
		"says why":        {outputtest.Step{Status: 400, Body: `{"error":"contact_name and company_name are required"}`}, 1, outputs.InstructRefused, "contact_name and company_name are required"},
		"key":             {outputtest.Step{Status: 401, Body: `{"error":"Invalid API key"}`}, 1, outputs.InstructPause, "Invalid API key; check api_key: leadhub outputs verify out"},
		"address":         {outputtest.Step{Status: 404}, 1, outputs.InstructRefused, "check api_url and leads_path"},
		"500":             {outputtest.Step{Status: 500, Body: `{"error":"Internal server error"}`}, 1, outputs.InstructAmbiguous, "may have been created all the same"},
		"500, before cap": {outputtest.Step{Status: 500}, 7, outputs.InstructAmbiguous, "may have been created all the same"},
		"500, at cap":     {outputtest.Step{Status: 500}, 8, outputs.InstructRefused, "this was attempt 8"},
		"500, after cap":  {outputtest.Step{Status: 500}, 20, outputs.InstructRefused, "this was attempt 20"},
		"502, after cap":  {outputtest.Step{Status: 502}, 20, outputs.InstructAmbiguous, "may have been created"},
		"503":             {outputtest.Step{Status: 503}, 20, outputs.InstructRetry, "503"},
		"a web page":      {outputtest.Step{Status: 200, Body: "<html>Welcome"}, 1, outputs.InstructAmbiguous, "not SalesOS's: <html>Welcome"},
		"no id":           {outputtest.Step{Status: 201, Body: `{"data":{}}`}, 1, outputs.InstructAmbiguous, "not SalesOS's"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.target.Next(c.step)
			d := full()
			d.Attempt = c.attempt
			_, err := w.send(d)
			if i, _, status := outputs.InstructionOf(err); err == nil || i != c.want || status != c.step.Status || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v (%v, %d), want %v and %q", err, i, status, c.want, c.text)
			}
		})
	}
	w := newWorld(t, "attempts_on_500: 1\n")
	w.vendor.Reject = func(salesostest.Lead) bool { return true }
	d := full()
	_, err := w.send(d)
	if i, _, _ := outputs.InstructionOf(err); i != outputs.InstructRefused {
		t.Errorf("attempts_on_500: 1: %v", err)
	}
}

func TestReset(t *testing.T) {
	now := outputtest.Now()
	at := now.Add(90 * time.Second)
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   time.Duration
	}{
		"body":               {429, nil, `{"error":"Rate limit exceeded","resetAt":"` + at.Format(time.RFC3339) + `"}`, 90 * time.Second},
		"body, milliseconds": {429, nil, `{"resetAt":"` + at.Add(5*time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00") + `"}`, 90*time.Second + 5*time.Millisecond},
		"header":             {429, map[string]string{"X-RateLimit-Reset": at.Format(time.RFC3339)}, "", 90 * time.Second},
		"seconds":            {429, map[string]string{"X-RateLimit-Reset": fmt.Sprint(at.Unix())}, "", 90 * time.Second},
		"milliseconds":       {429, map[string]string{"X-RateLimit-Reset": fmt.Sprint(at.UnixMilli())}, "", 90 * time.Second},
		"body before header": {429, map[string]string{"X-RateLimit-Reset": "1"}, `{"resetAt":"` + at.Format(time.RFC3339) + `"}`, 90 * time.Second},
		"Retry-After first":  {429, map[string]string{"Retry-After": "7"}, `{"resetAt":"` + at.Format(time.RFC3339) + `"}`, 7 * time.Second},
		"past":               {429, nil, `{"resetAt":"2020-01-01T00:00:00Z"}`, 0},
		"far":                {429, nil, `{"resetAt":"2099-01-01T00:00:00Z"}`, 24 * time.Hour},
		"nonsense":           {429, map[string]string{"X-RateLimit-Reset": "soon"}, `{"resetAt":"later"}`, 0},
		"not a limit":        {503, map[string]string{"X-RateLimit-Reset": at.Format(time.RFC3339)}, "", 0},
	} {
		w := newWorld(t, "")
		w.target.Next(outputtest.Step{Status: c.status, Header: c.header, Body: c.body})
		_, err := w.send(full())
		if i, after, _ := outputs.InstructionOf(err); i != outputs.InstructRetry || after != c.want {
			t.Errorf("%s: %v after %v (%v), want retry after %v", name, i, after, err, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	now := outputtest.Now()
	for name, c := range map[string]struct {
		newer, page int
		age         time.Duration // of the newer ones
		hide        bool
		sent        bool
		found, tell bool
		requests    int
	}{
		"there":                     {sent: true, found: true, tell: true, requests: 1},
		"not there":                 {tell: true, requests: 1},
		"on the third page":         {newer: 220, sent: true, found: true, tell: true, requests: 3},
		"smaller pages than wanted": {newer: 75, page: 20, sent: true, found: true, tell: true, requests: 4},
		"not there, then older":     {newer: 300, age: 48 * time.Hour, tell: true, requests: 1},
		"too far down":              {newer: 700, sent: true, requests: 5},
		"the source is not shown":   {newer: 1, hide: true, sent: true, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.vendor.MostPerPage, w.vendor.HideSource = c.page, c.hide
			d := full()
			var sent outputs.Receipt
			if c.sent {
				var err error
				if sent, err = w.send(d); err != nil {
					t.Fatal(err)
				}
			}
			w.vendor.Add(c.newer, now.Add(-c.age))
			before := len(w.target.Requests())
			got, found, err := w.find(d)
			if found != c.found || errors.Is(err, outputs.ErrCannotTell) == c.tell || c.tell && err != nil {
				t.Errorf("Find = %+v, %v, %v", got, found, err)
			}
			if want := (outputs.Receipt{AlreadyThere: true, Status: 200, RemoteID: sent.RemoteID}); found && got != want {
				t.Errorf("Find = %+v, want %+v", got, want)
			}
			if n := len(w.target.Requests()) - before; n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

// What goes wrong while looking decides nothing about the lead.
func TestFindFails(t *testing.T) {
	for name, c := range map[string]struct {
		step outputtest.Step
		want outputs.Instruction
		tell bool
	}{
		"busy":       {outputtest.Step{Status: 503}, outputs.InstructRetry, true},
		"500":        {outputtest.Step{Status: 500}, outputs.InstructRetry, true},
		"limit":      {outputtest.Step{Status: 429, Body: `{"resetAt":"2026-03-02T15:05:35Z"}`}, outputs.InstructRetry, true},
		"reset":      {outputtest.Step{Reset: outputtest.BeforeCommit}, outputs.InstructRetry, true},
		"a web page": {outputtest.Step{Status: 200, Body: "<html>"}, outputs.InstructRetry, true},
		"no list":    {outputtest.Step{Status: 200, Body: `{"data":null}`}, outputs.InstructRetry, true},
		"key":        {outputtest.Step{Status: 401}, outputs.InstructPause, true},
		"no listing": {outputtest.Step{Status: 405}, outputs.InstructRefused, false},
		"gone":       {outputtest.Step{Status: 410}, outputs.InstructDisable, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			// A GET whose connection breaks is repeated by the transport, as it may be.
			w.target.Next(c.step, c.step, c.step)
			_, found, err := w.find(full())
			i, after, _ := outputs.InstructionOf(err)
			if found || err == nil || errors.Is(err, outputs.ErrCannotTell) == c.tell || c.tell && i != c.want {
				t.Errorf("found %v, %v (%v), want %v", found, err, i, c.want)
			}
			if name == "limit" && after != 90*time.Second {
				t.Errorf("after %v, want 90s", after)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		hide bool
		step outputtest.Step
		want string
	}{
		"good":        {},
		"no source":   {hide: true, want: "on_ambiguous: SalesOS's list of leads does not show their source"},
		"no such key": {step: outputtest.Step{Status: 401, Body: `{"error":"Invalid API key"}`}, want: "api_key: SalesOS does not accept this API key: 127.0.0.1"},
		"elsewhere":   {step: outputtest.Step{Status: 404}, want: "leads_path: there are no leads at this address"},
		"moved":       {step: outputtest.Step{Status: 301}, want: "leads_path: there are no leads at this address"},
		"a web page":  {step: outputtest.Step{Status: 200, Body: "<html>"}, want: "api_url: something else than SalesOS's API answers here"},
		"down":        {step: outputtest.Step{Status: 503}, want: "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.vendor.HideSource = c.hide
			w.vendor.Add(1, outputtest.Now())
			if c.step.Status != 0 {
				w.target.Next(c.step)
			}
			err := w.out.(outputs.Verifier).Verify(t.Context())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), salesostest.Key) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if fields, _ := plugin.FieldErrors(err); c.hide != (len(fields) == 1 && fields[0].Warning) {
				t.Errorf("%v: a warning only where it works all the same", err)
			}
			if n := len(w.vendor.Leads()); n != 1 {
				t.Errorf("verifying left %d leads, want 1", n)
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	for block, want := range map[string]string{
		"api_key: abc":                                             "",
		"api_url: https://x.example":                               "api_key: missing",
		"api_key: abc\nattempts_on_500: 0":                         "attempts_on_500: 0 is not a number of attempts",
		"api_key: abc\nattempts_on_500: 5000":                      "attempts_on_500: 5000 is not a number of attempts",
		"api_key: abc\nleads_path: leads":                          "leads_path: this is not a path",
		"api_key: abc\napi_url: https://api.salesos.com/api/leads": "api_url: leads_path is added to this address, and it is there already",
		"api_key: abc\napi_url: https://x.supabase.co\nleads_path: /functions/v1/rest-api/leads": "",
	} {
		_, err := outputtest.Build(t, salesos.Kind, block, "")
		got := ""
		fields, rest := plugin.FieldErrors(err)
		for _, f := range fields {
			got = f.Error()
		}
		if got != want || rest != nil {
			t.Errorf("%q: %q (%v), want %q", block, got, rest, want)
		}
	}
	out, err := outputtest.Build(t, salesos.Kind, "api_key: !leadhub/unset x", "")
	if err != nil {
		t.Fatal(err)
	}
	d := full()
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	_, sendErr := out.Send(t.Context(), d, r)
	_, _, findErr := out.(outputs.Reconciler).Find(t.Context(), d)
	for _, err := range []error{sendErr, findErr, out.(outputs.Verifier).Verify(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "api_key is not set") {
			t.Errorf("%v", err)
		}
	}
}

func TestGuide(t *testing.T) { plugintest.Guide(t, salesos.Kind.Name, &salesos.Kind.Guide) }
