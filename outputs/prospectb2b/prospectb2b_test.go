package prospectb2b_test

import (
	"context"
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
	"leadhub/outputs/prospectb2b"
	"leadhub/outputs/prospectb2b/prospectb2btest"
)

var update = flag.Bool("update", false, "write the golden files")

// world is an output with the stand-in it sends to.
type world struct {
	t      *testing.T
	vendor *prospectb2btest.ProspectB2B
	target *outputtest.Target
	out    outputs.Output
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, vendor: &prospectb2btest.ProspectB2B{}}
	w.target = outputtest.NewTarget(t, w.vendor)
	var err error
	w.out, err = outputtest.Build(t, prospectb2b.Kind, fmt.Sprintf("token: %q\napi_url: %q\nallow_private: true\n", prospectb2btest.Token, w.target.URL+prospectb2btest.Base), "")
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

// keys returns the Idempotency-Key of every request so far.
func (w *world) keys() []string {
	var keys []string
	for _, r := range w.target.Requests() {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	return keys
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

func TestRequest(t *testing.T) {
	out, err := outputtest.Build(t, prospectb2b.Kind, "token: pb2b_live_a_b", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*outputs.Delivery{
		"lead.golden": outputtest.LeadDelivery(1, ""), "company.golden": outputtest.CompanyDelivery(""), "hostile.golden": outputtest.HostileDelivery(""),
	} {
		r, err := out.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, fmt.Appendf(nil, "%s %s\n%s\n", r.Method, r.URL, r.Body))
	}
}

func TestSent(t *testing.T) {
	w := newWorld(t)
	receipt, err := w.send(outputtest.LeadDelivery(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outputs.Receipt{Status: 201, RemoteID: "lead_1", Note: "request_id req_1"}, receipt); diff != "" {
		t.Error(diff)
	}
	r := w.target.Requests()[0]
	if r.Method != "POST" || r.Path != "/api/public/v1/leads" || r.Header.Get("Authorization") != "Bearer "+prospectb2btest.Token || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", r)
	}
}

// The key is the same for the same lead with the same body, whatever else changes,
// and another one for another body: ProspectB2B refuses a key with two bodies.
func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	first := outputtest.LeadDelivery(1, "")
	later := *first
	later.ID, later.Attempt, later.Route = "dl_run_2", 7, "another"
	changed := outputtest.LeadDelivery(1, "")
	changed.Lead.Person.FullName = "Jane Miller"
	score := 12
	scored := outputtest.LeadDelivery(1, "")
	scored.Lead.Score, scored.Lead.Revision = &score, 2
	other := outputtest.LeadDelivery(2, "") // the same person at the same company, as another lead
	for _, d := range []*outputs.Delivery{first, &later, changed, scored, other} {
		if _, err := w.send(d); err != nil {
			t.Fatal(err)
		}
	}
	keys := w.keys()
	if keys[1] != keys[0] || keys[3] != keys[0] {
		t.Errorf("the same lead with the same body has several keys: %q", keys)
	}
	if keys[2] == keys[0] || keys[4] == keys[0] {
		t.Errorf("another body or lead has the same key: %q", keys)
	}
	if want := "lh-out-" + first.Lead.ID + "-"; !strings.HasPrefix(keys[0], want) || len(keys[0]) > 128 {
		t.Errorf("key %q, want %s…", keys[0], want)
	}
	if n := len(w.vendor.Leads()); n != 3 {
		t.Errorf("%d leads, want 3", n)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		step outputtest.Step
		want outputs.Instruction
		text []string
	}{
		"error object":  {outputtest.Step{Status: 422, Body: `{"error":{"code":"bad_email","message":"Not an address"},"request_id":"req_9"}`}, outputs.InstructRefused, []string{"422", "Not an address", "request_id req_9"}},
		"error text":    {outputtest.Step{Status: 400, Body: `{"error":"Missing email"}`}, outputs.InstructRefused, []string{"Missing email"}},
		"no JSON":       {outputtest.Step{Status: 400, Body: "oops"}, outputs.InstructRefused, []string{"oops"}},
		"key":           {outputtest.Step{Status: 401, Body: `{}`}, outputs.InstructPause, []string{"leadhub outputs verify out"}},
		"rights":        {outputtest.Step{Status: 403, Body: `{"error":{"message":"read only"}}`}, outputs.InstructPause, []string{"read only", "leadhub outputs verify out"}},
		"address":       {outputtest.Step{Status: 404}, outputs.InstructRefused, []string{"check api_url and leads_path"}},
		"another body":  {outputtest.Step{Status: 409}, outputs.InstructRefused, []string{"another body"}},
		"limit":         {outputtest.Step{Status: 429, Body: `{"request_id":"req_2"}`}, outputs.InstructRetry, []string{"429", "req_2"}},
		"a web page":    {outputtest.Step{Status: 200, Body: "<html>Welcome"}, outputs.InstructAmbiguous, []string{"not ProspectB2B's", "Welcome"}},
		"another's API": {outputtest.Step{Status: 200, Body: `{"ok":true}`}, outputs.InstructAmbiguous, []string{"not ProspectB2B's"}},
		"redirect":      {outputtest.Step{Status: 301}, outputs.InstructRefused, []string{"redirects are not followed"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.target.Next(c.step)
			_, err := w.send(outputtest.LeadDelivery(1, ""))
			i, _, status := outputs.InstructionOf(err)
			if err == nil || i != c.want || status != c.step.Status {
				t.Fatalf("%v (%v, %d), want %v", err, i, status, c.want)
			}
			for _, text := range c.text {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
	// No id, but the vendor's: it is there, and cannot be known again.
	w := newWorld(t)
	w.target.Next(outputtest.Step{Status: 202, Body: `{"request_id":"req_5"}`})
	if got, err := w.send(outputtest.LeadDelivery(1, "")); err != nil || got != (outputs.Receipt{Status: 202, Note: "request_id req_5"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRenderRefuses(t *testing.T) {
	w := newWorld(t)
	for want, d := range map[string]*outputs.Delivery{
		"no place for a notice (campaign.published)": outputtest.NoticeDelivery(""),
		"no name, no e-mail address and no company":  {ID: "dl_1", Lead: &lead.Lead{Company: lead.Company{Domain: "acme.com"}}},
		outputs.ErrEmpty.Error():                     {ID: "dl_2"},
	} {
		_, err := w.out.Render(d)
		if i, _, _ := outputs.InstructionOf(err); err == nil || i != outputs.InstructRefused || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		readOnly bool
		step     outputtest.Step
		want     string
	}{
		"good":               {},
		"read only":          {readOnly: true, want: "token: this API key may only read (read_only), so no lead can be created with it"},
		"read only, bare":    {step: outputtest.Step{Status: 200, Body: `{"read_only":true,"data":"x"}`}, want: "token: this API key may only read"},
		"read only, inside":  {step: outputtest.Step{Status: 200, Body: `{"data":{"key":{"read_only":true}}}`}, want: "token: this API key may only read"},
		"may write":          {step: outputtest.Step{Status: 200, Body: `{"read_only":false,"scopes":["read_only"]}`}},
		"no such key":        {step: outputtest.Step{Status: 401, Body: `{"error":"unknown"}`}, want: "token: ProspectB2B does not accept this API key: 127.0.0.1"},
		"elsewhere":          {step: outputtest.Step{Status: 404}, want: "api_url: the API is not at this address"},
		"moved":              {step: outputtest.Step{Status: 308}, want: "api_url: the API is not at this address"},
		"a web page":         {step: outputtest.Step{Status: 200, Body: "<html>"}, want: "api_url: something else than ProspectB2B's API answers here"},
		"down, not our keys": {step: outputtest.Step{Status: 503}, want: "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.vendor.ReadOnly = c.readOnly
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
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), prospectb2btest.Token) {
				t.Errorf("%v, want %q", err, c.want)
			}
			fields, _ := plugin.FieldErrors(err)
			if i, _, _ := outputs.InstructionOf(err); c.readOnly && (i != outputs.InstructPause || len(fields) != 1) {
				t.Errorf("%v: %v, want a pause and the key it is about", err, i)
			}
			if n := len(w.vendor.Leads()); n > 0 {
				t.Errorf("verifying created %d leads", n)
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	for block, want := range map[string]string{
		"token: pb2b_live_a_b":       "",
		"token: sk_live_1":           "warning token: this does not look like an API key of ProspectB2B, which begins with pb2b_",
		"token: \"\"":                "token: missing",
		"api_url: https://x.example": "token: missing",
		"token: pb2b_x\napi_url: https://x.example/api/public/v1/leads": "api_url: leads_path is added to this address, and it is there already",
		"token: pb2b_x\nme_path: me":                                    "me_path: this is not a path",
	} {
		_, err := outputtest.Build(t, prospectb2b.Kind, block, "")
		got := ""
		fields, rest := plugin.FieldErrors(err)
		for _, f := range fields {
			got = f.Error()
			if f.Warning {
				got = "warning " + got
			}
		}
		if got != want || rest != nil {
			t.Errorf("%q: %q (%v), want %q", block, got, rest, want)
		}
	}
	out, err := outputtest.Build(t, prospectb2b.Kind, "token: !leadhub/unset x", "")
	if err != nil {
		t.Fatal(err)
	}
	d := outputtest.LeadDelivery(1, "")
	r, err := out.Render(d)
	if err != nil || r.URL != "https://login.prospectb2b.com/api/public/v1/leads" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, err := range []error{out.(outputs.Verifier).Verify(t.Context()), second(out.Send(t.Context(), d, r))} {
		if err == nil || !strings.Contains(err.Error(), "token is not set") {
			t.Errorf("%v", err)
		}
	}
}

func second(_ outputs.Receipt, err error) error { return err }

func TestGuide(t *testing.T) { plugintest.Guide(t, prospectb2b.Kind.Name, &prospectb2b.Kind.Guide) }
