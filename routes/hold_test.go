package routes

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/rules"
)

func calendar(t testing.TB, name, hours string) *rules.Calendar {
	t.Helper()
	h, err := rules.ParseHours([]string{hours})
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return rules.NewCalendar(name, "", h, loc, nil)
}

func set(entries ...string) []Setting {
	var out []Setting
	for _, e := range entries {
		field, values, _ := strings.Cut(e, "=")
		out = append(out, Setting{Change: lead.Change{Field: field, Values: strings.Split(values, ",")}})
	}
	return out
}

// holds writes the holds of a decision for comparing: "slack:#hot us-east 2026-11-23T09:00:00-05:00".
func holds(d *Decision) []string {
	var out []string
	for _, h := range d.Holds {
		out = append(out, h.Target.Output+":"+h.Target.Target+" "+h.Calendar+" "+h.Until.Format(time.RFC3339))
	}
	return out
}

func TestHoldUntil(t *testing.T) {
	office, early := calendar(t, "us-east", "Mon-Fri 09:00-18:00"), calendar(t, "early", "Sat 07:00-08:00")
	friday := func(clock string) time.Time {
		at, err := time.Parse(time.RFC3339, "2026-11-20T"+clock+"-05:00")
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	last := Route{Name: "rest", To: to("triage")}
	hot := Route{Name: "hot", When: rule(t, `score > 3`), To: to("slack:#hot", "crm"), HoldUntil: office, Continue: true}
	const monday = "2026-11-23T09:00:00-05:00"
	for _, tt := range []struct {
		name   string
		at     time.Time
		routes []Route
		want   []string
	}{
		{"closed", friday("18:00:00"), []Route{hot, last}, []string{"slack:#hot us-east " + monday, "crm: us-east " + monday}},
		{"open", friday("17:59:59"), []Route{hot, last}, nil},
		{"no time of receipt", time.Time{}, []Route{hot, last}, nil},
		{"another route sends at once", friday("19:00:00"), []Route{hot, {Name: "now", To: to("crm")}}, []string{"slack:#hot us-east " + monday}},
		{"the earliest counts", friday("19:00:00"), []Route{hot, {Name: "sat", To: to("crm"), HoldUntil: early}}, []string{
			"slack:#hot us-east " + monday, "crm: early 2026-11-21T07:00:00-05:00",
		}},
		{"at once is never made to wait", friday("19:00:00"), []Route{{Name: "now", To: to("crm"), Continue: true}, hot, last}, []string{"slack:#hot us-east " + monday}},
		{"a fallback waits as the last route does", friday("19:00:00"), []Route{
			{Name: "erring", When: rule(t, failing), To: to("x")}, {Name: "rest", To: to("crm"), HoldUntil: office},
		}, []string{"crm: us-east " + monday}},
		{"a held lead waits for a person only", friday("19:00:00"), []Route{hot, {Name: "erring", When: rule(t, failing), To: to("x"), OnError: OnErrorHold}, last}, nil},
	} {
		d := (&Table{Routes: tt.routes}).Decide(scope(rules.Input{ReceivedAt: tt.at}, sample()))
		if diff := cmp.Diff(tt.want, holds(&d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	// The version of the input decides, not that of the configuration when it was read.
	in := rules.Input{ReceivedAt: friday("19:00:00"), Data: &rules.Data{Calendars: map[string]*rules.Calendar{"us-east": calendar(t, "us-east", "daily 00:00-24:00")}}}
	if d := (&Table{Routes: []Route{hot, last}}).Decide(scope(in, sample())); len(d.Holds) > 0 {
		t.Errorf("held by an old calendar: %v", holds(&d))
	}
	d := (&Table{Tests: &Route{To: to("file")}, Routes: []Route{hot, last}}).Decide(scope(rules.Input{ReceivedAt: friday("19:00:00"), IsTest: true}, sample()))
	if d.Outcome != Test || len(d.Holds) > 0 {
		t.Errorf("a test waits: %+v", d)
	}
}

func TestSet(t *testing.T) {
	last := Route{Name: "rest", To: to("triage"), Set: set("status=left")}
	vip := Route{Name: "vip", When: rule(t, `score > 3`), Set: set("tags=vip", "score=99"), Continue: true} // sends nowhere
	hot := Route{Name: "hot", When: rule(t, `score == 85`, `"vip" not in (tags ?? [])`), To: to("crm"), Set: set("tags=hot,now", "status=working")}
	for _, tt := range []struct {
		name   string
		routes []Route
		want   []Setting
		out    Outcome
	}{
		{"adds up, and rules see the lead as it came", []Route{vip, hot, last}, set("tags=vip", "score=99", "tags=hot,now", "status=working"), Routed},
		{"only what matches", []Route{{Name: "no", When: rule(t, `score < 3`), Set: set("status=no"), To: to("x")}, last}, set("status=left"), Routed},
		{"the fallback's", []Route{{Name: "erring", When: rule(t, failing), To: to("x"), Set: set("status=no")}, last}, set("status=left"), Routed},
		{"a held lead stays as it came", []Route{vip, {Name: "erring", When: rule(t, failing), To: to("x"), OnError: OnErrorHold}, last}, nil, Held},
		{"a suppressed one too goes nowhere", []Route{vip, {Name: "no", When: rule(t, `score > 3`), Suppresses: true}, last}, set("tags=vip", "score=99"), Suppressed},
	} {
		l := sample()
		d := (&Table{Routes: tt.routes}).Decide(scope(rules.Input{}, l))
		var want []lead.Change
		for _, s := range tt.want {
			want = append(want, s.Change)
		}
		if diff := cmp.Diff(want, d.Changes); diff != "" || d.Outcome != tt.out {
			t.Errorf("%s: %s (-want +got):\n%s", tt.name, d.Outcome, diff)
		}
		if diff := cmp.Diff(sample(), l); diff != "" {
			t.Errorf("%s: deciding changed the lead:\n%s", tt.name, diff)
		}
	}
}
