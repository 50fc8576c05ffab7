package lead

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSealDefaults(t *testing.T) {
	t.Parallel()
	var l Lead
	l.Seal()
	want := Lead{
		Schema: Schema, ID: l.ID, Kind: KindCompany, LeadPotential: PotentialUnknown,
		Consent: Consent{Basis: "unknown"},
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("an empty lead, sealed (-want +got):\n%s", diff)
	}
	l = full()
	l.Kind = ""
	l.Seal()
	if l.Kind != KindPerson || l.LeadPotential != PotentialHigh || l.Consent.Basis != "legitimate_interest" {
		t.Errorf("sealed: %s, %s, %s", l.Kind, l.LeadPotential, l.Consent.Basis)
	}
	if want := "openprospect|ws_1|comp_xyz789"; l.GroupID != want {
		t.Errorf("group %q, want %q", l.GroupID, want)
	}
	l.GroupID = "chosen by the receiver"
	l.Seal()
	if l.GroupID != "chosen by the receiver" {
		t.Errorf("Seal replaced the group by %q", l.GroupID)
	}
}

func TestSealTwiceIsOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		l := randomLead(r)
		l.Seal()
		once := l
		l.Seal()
		if diff := cmp.Diff(once, l); diff != "" {
			t.Fatalf("sealed twice (-once +twice):\n%s", diff)
		}
	}
}

// The id goes into URLs, Slack payloads and CRM fields, and is stored: its form
// and its value must never change.
func TestIDForm(t *testing.T) {
	t.Parallel()
	l := full()
	l.Seal()
	if !regexp.MustCompile(`^ld_[a-z2-7]{26}$`).MatchString(l.ID) {
		t.Errorf("id %q", l.ID)
	}
	if want := "ld_4kjposolf3pbl4s5f5bfysivl6"; l.ID != want {
		t.Errorf("id %q, want %q: a changed id makes every known lead a new one", l.ID, want)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	id := func(f func(*Lead)) string {
		l := full()
		f(&l)
		l.Seal()
		return l.ID
	}
	base := id(func(*Lead) {})
	tests := []struct {
		name string
		f    func(*Lead)
		same bool
	}{
		{"nothing", func(*Lead) {}, true},
		{"another title", func(l *Lead) { l.Person.Title = "CEO" }, true},
		{"another e-mail", func(l *Lead) { l.Person.Emails = []Email{{Value: "j@acme.com", Type: EmailWork}} }, true},
		{"e-mails in another order", func(l *Lead) { l.Person.Emails[0], l.Person.Emails[1] = l.Person.Emails[1], l.Person.Emails[0] }, true},
		{"another event, channel, receiver", func(l *Lead) { l.Source.Event, l.Source.Channel, l.Source.Receiver = "x", "poll", "y" }, true},
		{"another delivery and time", func(l *Lead) { l.Source.DeliveryID, l.Source.OccurredAt = "d", l.Source.ReceivedAt }, true},
		{"another score, owner", func(l *Lead) { l.Score, l.Owner = nil, nil }, true},
		{"another vendor", func(l *Lead) { l.Source.Vendor = "salesos" }, false},
		{"another workspace", func(l *Lead) { l.Source.Tenant = "ws_2" }, false},
		{"another lead id", func(l *Lead) { l.Source.VendorLeadID = "pros_2" }, false},
		{"another company id", func(l *Lead) { l.Source.VendorCompanyID = "comp_2" }, false},
		{"a test", func(l *Lead) { l.IsTest = true }, false},
		{"ids run together", func(l *Lead) { l.Source.VendorCompanyID, l.Source.VendorLeadID = "comp_xyz789p", "ros_456def" }, false},
		{"ids with a zero byte", func(l *Lead) {
			l.Source.VendorCompanyID, l.Source.VendorLeadID = "", "comp_xyz789\x00pros_456def"
		}, false},
	}
	for _, tt := range tests {
		if got := id(tt.f); (got == base) != tt.same {
			t.Errorf("%s: same id %v, want %v", tt.name, got == base, tt.same)
		}
	}
}

// Where the vendor sends no id for the lead, the people of one company are
// different leads all the same, and each keeps its id when it comes again.
func TestIdentityWithoutVendorIDs(t *testing.T) {
	t.Parallel()
	mails := func(v string) []Email { return []Email{{Value: v, Type: EmailWork}} }
	leads := map[string]Lead{
		"company":          {Source: Source{Vendor: "v", VendorCompanyID: "c1"}},
		"other company":    {Source: Source{Vendor: "v", VendorCompanyID: "c2"}},
		"jane":             {Source: Source{Vendor: "v", VendorCompanyID: "c1"}, Person: &Person{Emails: mails("jane@acme.com")}},
		"john":             {Source: Source{Vendor: "v", VendorCompanyID: "c1"}, Person: &Person{Emails: mails("john@acme.com")}},
		"named":            {Source: Source{Vendor: "v", VendorCompanyID: "c1"}, Person: &Person{FullName: "Ann Poe"}},
		"named too":        {Source: Source{Vendor: "v", VendorCompanyID: "c1"}, Person: &Person{FirstName: "Bob", LastName: "Poe"}},
		"jane, no company": {Source: Source{Vendor: "v"}, Person: &Person{Emails: mails("jane@acme.com")}},
		"by domain":        {Source: Source{Vendor: "v"}, Company: Company{Domain: "acme.com"}},
		"by name":          {Source: Source{Vendor: "v"}, Company: Company{Name: "Acme"}},
		"by name and site": {Source: Source{Vendor: "v"}, Company: Company{Name: "Acme", Website: "https://a.example"}},
		"other vendor":     {Source: Source{Vendor: "w"}, Company: Company{Name: "Acme"}},
	}
	ids := map[string]string{}
	for name, l := range leads {
		for _, test := range []bool{false, true} {
			l.IsTest = test
			l.Seal()
			if test {
				name += " (test)"
			}
			if twin, ok := ids[l.ID]; ok {
				t.Errorf("%q has the id of %q", name, twin)
			}
			ids[l.ID] = name
			again := l
			again.Revision, again.Source.DeliveryID = 4, "later"
			if again.Seal(); again.ID != l.ID {
				t.Errorf("%s: id changed when it came again", name)
			}
		}
	}
}

// The same payload with its keys in another order is the same lead.
func TestIDIgnoresTheOrderOfJSONKeys(t *testing.T) {
	t.Parallel()
	l := full()
	l.Seal()
	raw, err := json.Marshal(&l)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]json.RawMessage
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	for range 20 { // Go's map order is random
		parts := make([]string, 0, len(tree))
		for k, v := range tree {
			parts = append(parts, `"`+k+`":`+string(v))
		}
		var again Lead
		if err := json.Unmarshal([]byte("{"+strings.Join(parts, ",")+"}"), &again); err != nil {
			t.Fatal(err)
		}
		again.Seal()
		if again.ID != l.ID || again.ContentHash() != l.ContentHash() {
			t.Fatalf("the id or hash depends on the order: %s", parts)
		}
	}
}

func TestDedupeKeys(t *testing.T) {
	t.Parallel()
	email := func(v string, t EmailType) []Email { return []Email{{Value: v, Type: t}} }
	tests := []struct {
		name string
		lead Lead
		want Dedupe
	}{
		{"a full person", full(), Dedupe{
			Keys: []string{
				"vendor:openprospect:ws_1/pros_456def", "email:jane.doe@acme.com",
				"linkedin:in/janedoe", "domain+name:acme.com/jane doe",
			},
			CompanyKey: "domain:acme.com",
		}},
		{"no workspace", Lead{Source: Source{Vendor: "v", VendorLeadID: "1"}}, Dedupe{Keys: []string{"vendor:v:1"}}},
		{"a company", Lead{Company: Company{Name: "Acme", Domain: "acme.com"}}, Dedupe{
			Keys: []string{"domain:acme.com"}, CompanyKey: "domain:acme.com",
		}},
		{
			"a company's name alone is no key",
			Lead{Company: Company{Name: " Acme  CORP ", Address: Address{Country: "US"}}},
			Dedupe{CompanyKey: "name:acme corp/us"},
		},
		{"a role address", Lead{Person: &Person{Emails: email("sales@acme.com", EmailRole)}}, Dedupe{}},
		{"a free-mail address", Lead{Person: &Person{Emails: email("Jane@Gmail.com", EmailPersonal)}}, Dedupe{Keys: []string{"email:jane@gmail.com"}}},
		{"no address", Lead{Person: &Person{Emails: email("n/a", "")}}, Dedupe{}},
		{"not typed yet", Lead{Person: &Person{Emails: email("jane@acme.com", "")}}, Dedupe{Keys: []string{"email:jane@acme.com"}}},
		{"one word of a name", Lead{Person: &Person{FullName: "Jane"}, Company: Company{Domain: "acme.com"}}, Dedupe{CompanyKey: "domain:acme.com"}},
		{"first and last name", Lead{Person: &Person{FirstName: "JANE", LastName: "Doe"}, Company: Company{Domain: "acme.com"}}, Dedupe{
			Keys: []string{"domain+name:acme.com/jane doe"}, CompanyKey: "domain:acme.com",
		}},
		{"a name without a domain", Lead{Person: &Person{FullName: "Jane Doe"}}, Dedupe{}},
		{"a test", Lead{IsTest: true, Source: Source{Vendor: "v", VendorLeadID: "1"}, Company: Company{Domain: "acme.com"}}, Dedupe{
			Keys: []string{"test:vendor:v:1", "test:domain:acme.com"}, CompanyKey: "domain:acme.com",
		}},
	}
	for _, tt := range tests {
		tt.lead.Seal()
		if diff := cmp.Diff(tt.want, tt.lead.Dedupe); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTestLeadsShareNoKeyWithLiveOnes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		live := randomLead(r)
		live.IsTest = false
		test := live
		test.IsTest = true
		live.Seal()
		test.Seal()
		if live.ID == test.ID {
			t.Fatalf("one id for both: %+v", live)
		}
		for _, a := range live.Dedupe.Keys {
			for _, b := range test.Dedupe.Keys {
				if a == b {
					t.Fatalf("both have the key %q", a)
				}
			}
		}
	}
}

func TestLinkedInPath(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://www.linkedin.com/in/JaneDoe/":          "in/janedoe",
		"linkedin.com/in/janedoe?trk=x":                 "in/janedoe",
		"https://de.linkedin.com/in/janedoe/details/#x": "in/janedoe",
		"https://www.linkedin.com/in/":                  "",
		"https://www.linkedin.com/company/acme":         "",
		"https://www.linkedin.com/sales/people/x":       "",
		"janedoe": "",
		"":        "",
		"https://evil.example/?u=linkedin.com/injection": "",
	} {
		if got := linkedInPath(raw); got != want {
			t.Errorf("linkedInPath(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestShortHash(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"a", "bc"}, {"ab", "c"}, {"abc"}, {"a\x00b", "c"}, {"a", "b\x00c"}, {"a", "b", "c"}, {"\x01a"},
	} {
		h := shortHash(26, parts...)
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have one hash", parts, other)
		}
		seen[h] = parts
	}
}
