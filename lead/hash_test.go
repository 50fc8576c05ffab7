package lead

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// notContent are the fields that ContentHash leaves out, with the reason.
var notContent = map[string]string{
	"Schema":            "says how a lead is written, not what it says",
	"ID":                "follows from the rest",
	"Revision":          "follows from the hash itself",
	"Dedupe.Keys":       "follows from the rest",
	"Dedupe.CompanyKey": "follows from the rest",
	"Owner":             "ours, not the vendor's",
	"AssignedBecause":   "ours, not the vendor's",
	"Source.Receiver":   "how it came",
	"Source.Channel":    "how it came",
	"Source.Event":      "how it came",
	"Source.DeliveryID": "how it came",
	"Source.OccurredAt": "when it came",
	"Source.ReceivedAt": "when it came",
}

// Every field of a lead must change the hash, or stand in notContent: a new
// field that nobody thought of fails here.
func TestContentHashCoversEveryField(t *testing.T) {
	t.Parallel()
	base := full()
	want := base.ContentHash()
	l := full()
	all := fields("", reflect.ValueOf(&l).Elem())
	seen := map[string]bool{}
	for i := range all {
		l := full() // a fresh one, so that one field differs
		f := fields("", reflect.ValueOf(&l).Elem())[i]
		top, _, _ := strings.Cut(f.path, ".")
		if top == "Owner" {
			f.path = "Owner"
		}
		seen[f.path] = true
		before := fmt.Sprintf("%#v", f.v)
		change(t, f)
		if after := fmt.Sprintf("%#v", f.v); f.v.Kind() != reflect.Pointer && after == before {
			t.Fatalf("%s: the test did not change it: %s", f.path, after)
		}
		_, excluded := notContent[f.path]
		if changed := l.ContentHash() != want; changed == excluded {
			t.Errorf("%s: changes the hash: %v, want %v", f.path, changed, !excluded)
		}
	}
	for path := range notContent {
		if !seen[path] {
			t.Errorf("%s is excluded, but a lead has no such field", path)
		}
	}
	for _, path := range []string{"Person.Emails[].Type", "Company.Size.Min", "Scores.Raw[].Scale", "Custom", "Consent.Basis"} {
		if !seen[path] {
			t.Errorf("%s was not reached: the walk is broken", path)
		}
	}
}

func TestContentHash(t *testing.T) {
	t.Parallel()
	base := full()
	want := base.ContentHash()
	same := map[string]func(*Lead){
		"sealed":          (*Lead).Seal, // GroupID aside, sealing adds nothing that counts
		"custom in order": func(l *Lead) { l.Custom = map[string]string{"b": "2", "a": "1"} },
		"another time":    func(l *Lead) { l.Source.ReceivedAt = time.UnixMilli(99) },
		"another copy":    func(l *Lead) { l.Score = new(85) },
	}
	for name, f := range same {
		l := full()
		l.GroupID = "g"
		withGroup := l.ContentHash()
		f(&l)
		if l.ContentHash() != withGroup {
			t.Errorf("%s: the hash changed", name)
		}
	}
	other := map[string]func(*Lead){
		"no person":             func(l *Lead) { l.Person = nil },
		"empty person":          func(l *Lead) { l.Person = &Person{} },
		"no score":              func(l *Lead) { l.Score = nil },
		"score zero":            func(l *Lead) { l.Score = new(0) },
		"text moved":            func(l *Lead) { l.Person.FirstName, l.Person.LastName = "JaneD", "oe" },
		"e-mail moved":          func(l *Lead) { l.Person.Emails, l.Company.Emails = l.Company.Emails, l.Person.Emails },
		"tag moved":             func(l *Lead) { l.Tags, l.Reasons = l.Reasons, l.Tags },
		"reasons in new order":  func(l *Lead) { l.Reasons = []string{l.Reasons[1], l.Reasons[0]} },
		"score and confidence":  func(l *Lead) { l.Score, l.Confidence = l.Confidence, l.Score },
		"custom keys and value": func(l *Lead) { l.Custom = map[string]string{"a": "2", "b": "1"} },
	}
	hashes := map[[16]byte]string{want: "base"}
	for name, f := range other {
		l := full()
		f(&l)
		if twin, ok := hashes[l.ContentHash()]; ok {
			t.Errorf("%s has the hash of %s", name, twin)
		}
		hashes[l.ContentHash()] = name
	}
	empty := Lead{Tags: []string{}, Custom: map[string]string{}}
	if none := (&Lead{}); empty.ContentHash() != none.ContentHash() {
		t.Error("an empty list is not the same as none")
	}
}

// The hash may be built on nothing weaker than the JSON form: two leads have the
// same encoding exactly when they have the same JSON (without what is left out).
func TestEncodingIsInjective(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	byJSON, byBytes := map[string]string{}, map[string]string{}
	equal := 0
	for range 20_000 {
		l := randomLead(r)
		e := encoder{}.lead(&l)
		l.Schema, l.ID, l.Revision, l.Dedupe, l.Owner, l.AssignedBecause = "", "", 0, Dedupe{}, nil, ""
		l.Source.Receiver, l.Source.Channel, l.Source.Event, l.Source.DeliveryID = "", "", "", ""
		l.Source.OccurredAt, l.Source.ReceivedAt = time.Time{}, time.Time{}
		raw, err := json.Marshal(&l)
		if err != nil {
			t.Fatal(err)
		}
		if bytes, ok := byJSON[string(raw)]; ok {
			equal++
			if bytes != string(e) {
				t.Fatalf("one lead, two encodings: %s", raw)
			}
		}
		if other, ok := byBytes[string(e)]; ok && other != string(raw) {
			t.Fatalf("two leads, one encoding:\n%s\n%s", raw, other)
		}
		byJSON[string(raw)], byBytes[string(e)] = string(e), string(raw)
	}
	t.Logf("%d of 20000 leads were equal to an earlier one", equal)
}

// Two leads that differ in one field only are the pairs that a careless encoding
// would confuse.
func TestEncodingTellsNeighboursApart(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		l := randomLead(r)
		all := fields("", reflect.ValueOf(&l).Elem())
		f := all[r.IntN(len(all))]
		if _, out := notContent[f.path]; out || strings.HasPrefix(f.path, "Owner") {
			continue
		}
		a := encoder{}.lead(&l)
		change(t, f)
		b := encoder{}.lead(&l)
		if string(a) == string(b) {
			t.Fatalf("%s: changed, but encoded the same", f.path)
		}
	}
}

func TestContentHashDoesNotAllocate(t *testing.T) {
	l := full()
	if n := testing.AllocsPerRun(100, func() { l.ContentHash() }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkContentHash(b *testing.B) {
	l := full()
	b.ReportAllocs()
	for b.Loop() {
		l.ContentHash()
	}
}

func BenchmarkSeal(b *testing.B) {
	l := full()
	b.ReportAllocs()
	for b.Loop() {
		l.Seal()
	}
}
