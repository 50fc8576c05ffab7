package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

// views is base with routes that say what they send.
var views = strings.Replace(base, `  - name: hot
    when: lead_potential == "high"
    to: [crm]
  - name: everything-else
    to: [crm, triage]
`, `  - name: florida
    when: company.region == "FL" and lead_potential == "high"
    continue: true
    to:
      - crm: { body: { florida: "{{ company.name }}", by: "{{ route }}" } }
  - name: big
    when: lead_potential == "high"
    to: [triage]
  - name: everything-else
    to:
      - crm: { body: { other: "{{ company.name }}" } }
      - triage
`, 1)

func (g *target) all() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []string
	for _, bodies := range g.bodies {
		list = append(list, bodies...)
	}
	slices.Sort(list)
	return list
}

// Each route's own words reach the target, also where a later route decided, after
// a restart, and with the texts of today for what still waits.
func TestARouteSaysWhatItSends(t *testing.T) {
	r := newRig(t)
	r.target.forever = 503
	r.start(strings.Replace(views, "[100ms, 200ms]", "[1s]", 1))
	r.post(prospect("p1", "Orange", "high", "sales@orange.example"))
	r.post(prospect("p2", "Apple", "medium", "sales@apple.example"))
	r.until("two attempts failed", func() bool {
		tried := 0
		for _, d := range r.deliveries() {
			if d.Tries > 0 && d.State == store.StateWaiting {
				tried++
			}
		}
		return tried == 2
	})
	r.halt()
	r.target.set(func(g *target) { g.forever = 0 })
	r.start(strings.Replace(views, "{ other:", "{ rest:", 1))
	r.settle()
	want := []string{`{"florida":"Orange","by":"big"}`, `{"rest":"Apple"}`}
	if diff := cmp.Diff(want, r.target.all()); diff != "" {
		t.Error(diff)
	}
}

// A template without an answer is no reason to try again.
func TestATemplateWithoutAnAnswerIsRefused(t *testing.T) {
	r := newRig(t)
	r.start(strings.Replace(base, "    retry:", "    body: { x: \"{{ 1 / (len(company.name) - len(company.name)) }}\" }\n    retry:", 1))
	r.post(prospect("p1", "Orange", "high", "sales@orange.example"))
	r.settle()
	for _, d := range r.deliveries() {
		if d.State != store.StateRefused || !strings.HasPrefix(d.Note, "body.x: {{ 1 / ") || !strings.HasSuffix(d.Note, ": division by zero") {
			t.Errorf("%s: %s", d.State, d.Note)
		}
	}
	if r.target.keys() != 0 {
		t.Error("something was sent")
	}
}
