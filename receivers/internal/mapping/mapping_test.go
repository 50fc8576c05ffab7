package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

func value(t *testing.T, body string) jsondoc.Value {
	t.Helper()
	var doc jsondoc.Doc
	if err := doc.Parse([]byte(body)); err != nil {
		t.Fatal(err)
	}
	return doc.Root()
}

func TestParse(t *testing.T) {
	for body, want := range map[string]string{`[]`: "body: not an object", `1`: "body: not an object", `{"a"`: `body: not JSON at byte 4: want ":"`} {
		var doc jsondoc.Doc
		_, err := mapping.Parse(&doc, []byte(body))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
		if _, ok := errors.AsType[*jsondoc.Error](err); ok != strings.Contains(want, "byte") {
			t.Errorf("%s: error is %#v", body, err)
		}
	}
}

func TestKey(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		test   bool
		vendor string
		parts  []string
	}{
		{false, "a", []string{"x", "y"}},
		{true, "a", []string{"x", "y"}},
		{false, "b", []string{"x", "y"}},
		{false, "a", []string{"xy", ""}},
		{false, "a", []string{"", "xy"}},
		{false, "a", []string{"xy"}},
		{false, "a", []string{"x\x01\x00\x00\x00\x00\x00\x00\x00y"}},
	} {
		parts := make([][]byte, len(c.parts))
		for i, p := range c.parts {
			parts[i] = []byte(p)
		}
		key := mapping.Key(c.test, c.vendor, parts...)
		if other, ok := seen[key]; ok {
			t.Errorf("%+v has the key of %s", c, other)
		}
		if key != mapping.Key(c.test, c.vendor, parts...) {
			t.Errorf("%+v: the key is not stable", c)
		}
		seen[key] = fmt.Sprintf("%+v", c)
	}
}

func TestTime(t *testing.T) {
	received := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		`"2026-04-20T15:30:00Z"`:             "2026-04-20T15:30:00Z",
		`"2026-04-20T15:30:00.123456+02:00"`: "2026-04-20T13:30:00.123Z",
		`"2026-04-20T15:30:00+0200"`:         "2026-04-20T13:30:00Z",
		`"2026-04-20T15:30:00.5"`:            "2026-04-20T15:30:00.5Z",
		`"2026-04-20 15:30:00.123+00"`:       "2026-04-20T15:30:00.123Z",
		`"2026-04-20 15:30:00-05:00"`:        "2026-04-20T20:30:00Z",
		`"2026-04-20 15:30:00"`:              "2026-04-20T15:30:00Z",
		`1776699000`:                         "2026-04-20T15:30:00Z",
		`1776699000.25`:                      "2026-04-20T15:30:00.25Z",
		`"1776699000123"`:                    "2026-04-20T15:30:00.123Z",
		`1.776699e12`:                        "2026-04-20T15:30:00Z",
		`"2026-05-01T09:00:01Z"`:             "2026-05-01T09:00:00Z", // ahead of our clock
		`"9999-12-31T23:59:59Z"`:             "2026-05-01T09:00:00Z",
		`"1970-01-01T00:00:00Z"`:             "0001-01-01T00:00:00Z",
		`20260420`:                           "0001-01-01T00:00:00Z",
		`"12026-04-20T15:30:00Z"`:            "0001-01-01T00:00:00Z",
		`9223372036854775807`:                "0001-01-01T00:00:00Z",
		`1e300`:                              "0001-01-01T00:00:00Z",
		`-1776699000`:                        "0001-01-01T00:00:00Z",
		`"yesterday"`:                        "0001-01-01T00:00:00Z",
		`{}`:                                 "0001-01-01T00:00:00Z",
	} {
		if got := mapping.Time(value(t, text), received).Format(time.RFC3339Nano); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestSource(t *testing.T) {
	received := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	e := receivers.Event{Name: "n", Tenant: "t", DeliveryID: "d"}
	want := lead.Source{Vendor: "v", Tenant: "t", Event: "n", DeliveryID: "d", OccurredAt: received, ReceivedAt: received}
	if diff := cmp.Diff(want, mapping.Source("v", &e, received)); diff != "" {
		t.Errorf("without a time of its own:\n%s", diff)
	}
	e.OccurredAt = received.Add(-time.Hour)
	want.OccurredAt = e.OccurredAt
	if diff := cmp.Diff(want, mapping.Source("v", &e, received)); diff != "" {
		t.Error(diff)
	}
}

func TestNumbers(t *testing.T) {
	show := func(n *int) string { raw, _ := json.Marshal(n); return string(raw) }
	for text, want := range map[string]string{`0`: "0", `"0.5"`: "1", `49.4`: "49", `99.5`: "100", `1e9`: "100", `-1`: "0", `""`: "null", `null`: "null", `"x"`: "null", `true`: "null", `[1]`: "null"} {
		if got := show(mapping.Score(value(t, text), 100)); got != want {
			t.Errorf("score %s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{`0`: "0", `"0.855"`: "86", `1`: "100", `1.5`: "2", `"85"`: "85", `400`: "100", `-0.5`: "null", `"?"`: "null"} {
		if got := show(mapping.Confidence(value(t, text))); got != want {
			t.Errorf("confidence %s: %s, want %s", text, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	for body, want := range map[string][]string{
		`["a"," b ",3,true,null,"",[],{"name":"c"},{"x":1}]`: {"a", "b", "3", "true", "c"},
		`"a, b; c"`: {"a, b; c"},
		`[]`:        nil,
		`null`:      nil,
		`{}`:        nil,
	} {
		if diff := cmp.Diff(want, mapping.Texts(value(t, body))); diff != "" {
			t.Errorf("Texts %s:\n%s", body, diff)
		}
	}
	for body, want := range map[string][]string{`"a, b;c,, "`: {"a", "b", "c"}, `["a,b"]`: {"a,b"}, `""`: nil} {
		if diff := cmp.Diff(want, mapping.Items(value(t, body))); diff != "" {
			t.Errorf("Items %s:\n%s", body, diff)
		}
	}
	many := value(t, `["x"`+strings.Repeat(`,"x"`, 5000)+`]`)
	if n := len(mapping.Texts(many)); n != 200 {
		t.Errorf("a list of 5001 becomes one of %d", n)
	}
}

func TestCustom(t *testing.T) {
	shared := map[string]string{"old": "1"}
	l := lead.Lead{Custom: shared}
	mapping.Custom(&l, "p_", value(t, `{"a":"x","b":null,"c":{"d":1},"e":2,"known":"k","a":"y"}`), func(key string) bool { return key == "known" })
	if diff := cmp.Diff(map[string]string{"old": "1", "p_a": "y", "p_e": "2"}, l.Custom); diff != "" {
		t.Error(diff)
	}
	if len(shared) != 1 {
		t.Errorf("a shared map was written into: %v", shared)
	}
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, `,"k%d":1`, i)
	}
	l = lead.Lead{}
	mapping.Custom(&l, "", value(t, "{"+many.String()[1:]+"}"), func(string) bool { return false })
	if len(l.Custom) != 50 || l.Custom["k0"] == "" {
		t.Errorf("500 fields become %d", len(l.Custom))
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]lead.Potential{"HIGH": lead.PotentialHigh, "Medium": lead.PotentialMedium, "low": lead.PotentialLow, "unknown": "", "": "", "highest": ""} {
		if got := mapping.Word(text); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
	for event, want := range map[string]bool{"lead.deleted": true, "prospect.Removed": true, "lead.created": false, "deleted": false, "": false} {
		if mapping.IsDeletion(event) != want {
			t.Errorf("%s is a deletion: want %v", event, want)
		}
	}
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"short", 5, "short"}, {"a\nb\t c", 9, "a b c"}, {"longer", 4, "lon…"}, {"éééééé", 6, "éééééé"}, {"ééééééé", 6, "ééééé…"}, {"ab cdef", 4, "ab…"}, {"", 4, ""}} {
		if got := mapping.Line(c.text, c.n); got != c.want {
			t.Errorf("Line(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestEvent(t *testing.T) {
	r := &receivers.Request{Header: http.Header{}}
	if e := mapping.Event(r, "a.b"); e.Test || e.Name != "a.b" {
		t.Errorf("%+v", e)
	}
	r.Header.Set(receivers.TestHeader, "1")
	if e := mapping.Event(r, "a.b"); !e.Test {
		t.Error("TestHeader makes a test")
	}
	if mapping.Event(&receivers.Request{}, "a.b").Test {
		t.Error("no header at all is no test")
	}
}
