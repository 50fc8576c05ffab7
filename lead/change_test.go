package lead

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChange(t *testing.T) {
	t.Parallel()
	tags, custom := make([]string, 1, 8), map[string]string{"plan": "gold"}
	tags[0] = "eu"
	one := Lead{
		Status: "new", Score: new(40), Tags: tags, Custom: custom, Company: Company{Name: "Acme", Domain: "acme.com"},
		Person: &Person{Emails: []Email{{Value: "jane@acme.com", Type: EmailWork}}}, Source: Source{Vendor: "v", VendorLeadID: "1"},
	}
	one.Seal()
	two := one // a sibling shares what they point to
	id, keys := one.ID, one.Dedupe
	one.Change([]Change{
		{Field: "tags", Values: []string{"vip", "eu", "vip"}},
		{Field: "status", Values: []string{"working"}},
		{Field: "score", Values: []string{"95"}},
		{Field: "confidence", Values: []string{"0"}},
		{Field: "lead_potential", Values: []string{"high"}},
		{Field: "reasons", Values: []string{"asked"}},
		{Field: "custom.region_team", Values: []string{"south-east"}},
		{Field: "custom.plan", Values: []string{"silver"}},
		{Field: "company.region", Values: []string{"FL"}},
		{Field: "company.country", Values: []string{"US"}},
		{Field: "company.industry", Values: []string{"Software"}},
		{Field: "company.segment", Values: []string{"smb"}},
		{Field: "status", Values: []string{"Not this"}},   // refused by Check
		{Field: "email", Values: []string{"x@y.example"}}, // not changeable
	})
	two.Change([]Change{{Field: "tags", Values: []string{"other"}}})
	want := Lead{
		Schema: Schema, ID: id, Kind: KindPerson, Status: "working", Score: new(95), Confidence: new(0), LeadPotential: PotentialHigh,
		Tags: []string{"eu", "vip"}, Reasons: []string{"asked"}, Custom: map[string]string{"plan": "silver", "region_team": "south-east"},
		Company: Company{Name: "Acme", Domain: "acme.com", Industry: "Software", Segment: "smb", Address: Address{Region: "FL", Country: "US"}},
		Person:  one.Person, Source: one.Source, Dedupe: keys, Consent: Consent{Basis: "unknown"}, GroupID: one.GroupID,
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"eu", "other"}, two.Tags); diff != "" || custom["plan"] != "gold" || len(custom) != 1 {
		t.Errorf("a sibling changed too: %s %v", diff, custom)
	}
	one.Seal()
	if one.ID != id || cmp.Diff(keys, one.Dedupe) != "" {
		t.Errorf("the identity changed: %s is %s", id, one.ID)
	}
}

// TestChangeEveryField makes sure that every field on offer can be changed, and
// that none of them is part of the identity.
func TestChangeEveryField(t *testing.T) {
	t.Parallel()
	values := map[string]string{"lead_potential": "high", "score": "7", "confidence": "7", "company.region": "FL", "company.country": "DE"}
	for _, f := range append(ChangeableFields(), "custom.x") {
		v := values[f]
		if v == "" {
			v = "some words"
		}
		var l, same Lead
		c := Change{Field: f, Values: []string{v}}
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		l.Change([]Change{c})
		if cmp.Equal(l, same) {
			t.Errorf("%s did not change", f)
		}
		l.Seal()
		same.Seal()
		if l.ID != same.ID {
			t.Errorf("%s is part of the identity", f)
		}
	}
}

func TestChangeCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		change              Change
		message, suggestion string
	}{
		{Change{"email", []string{"x@y.example"}}, "`email` cannot be set", ""},
		{Change{"custom.", []string{"x"}}, "`custom` is a group of fields: which of them?", "write custom.name"},
		{Change{"status", []string{"a", "b"}}, "`status` takes one value", ""},
		{Change{"status", nil}, "`status` takes one value", ""},
		{Change{"status", []string{" "}}, "a value of `status` is empty", "remove it"},
		{Change{"status", []string{"Working"}}, "`status` is written in small letters", "write working"},
		{Change{"lead_potential", []string{"HIGH"}}, "`lead_potential` cannot be \"HIGH\"", "write high"},
		{Change{"lead_potential", []string{"hot"}}, "`lead_potential` cannot be \"hot\"", "it can be high, medium, low or unknown"},
		{Change{"score", []string{"101"}}, "`score` is a whole number from 0 to 100, and \"101\" is not", ""},
		{Change{"confidence", []string{"0.8"}}, "`confidence` is a whole number from 0 to 100, and \"0.8\" is not", ""},
		{Change{"company.region", []string{"Florida"}}, "a region of the United States or Canada is written as its two letters", "write FL"},
		{Change{"company.country", []string{"usa"}}, "a country is written as its two ISO 3166 letters, in capitals", "write US"},
		{Change{"company.country", []string{"Atlantis"}}, "\"Atlantis\" is no country", "write its two ISO 3166 letters, as US"},
		{Change{"tags", []string{"a", ""}}, "a value of `tags` is empty", "remove it"},
		{Change{"custom.x", []string{strings.Repeat("ä", 1001)}}, "a value of `custom.x` is longer than 1000 characters", ""},
	} {
		err := tt.change.Check()
		e, ok := errors.AsType[*ChangeError](err)
		if !ok || e.Message != tt.message || e.Suggestion != tt.suggestion {
			t.Errorf("%v: %+v, want %s: %s", tt.change, err, tt.message, tt.suggestion)
		}
	}
	if err := (Change{"company.region", []string{"Bayern"}}).Check(); err != nil {
		t.Errorf("other regions are free texts: %v", err)
	}
}
