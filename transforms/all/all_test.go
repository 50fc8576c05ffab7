package all

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())
	transformtest.Check(t, transforms.Func(chain.Apply))
}

// prospektr is what the vendor documents, as its receiver maps it.
func prospektr() lead.Lead {
	return lead.Lead{
		Status: "qualified", LeadPotential: "high", Confidence: new(85),
		Company: lead.Company{
			Name: "Sunshine Promo Co.", Website: "https://sunshinepromo.com", Segment: "promo",
			Emails:         []lead.Email{{Value: "sales@sunshinepromo.com"}},
			Phones:         []lead.Phone{{Raw: "+1 407-555-0101"}},
			Address:        lead.Address{Street: "1 Main St", City: "Orlando", Region: "FL", PostalCode: "32801"},
			NotableClients: []string{"Disney", "Universal"},
		},
		Reasons: []string{"Lists Disney, Universal, ..."},
		Source:  lead.Source{Vendor: "prospektr", Tenant: "t1", VendorLeadID: "uuid"},
	}
}

// openprospect is what the vendor documents, as its receiver maps it.
func openprospect() lead.Lead {
	return lead.Lead{
		Score: new(85),
		Person: &lead.Person{
			FirstName: "Jane", LastName: "Doe", Title: "CTO", LinkedInURL: "https://linkedin.com/in/janedoe",
			Emails: []lead.Email{{Value: "jane.doe@acme.com"}},
		},
		Company: lead.Company{
			VendorID: "comp_xyz789", Name: "Acme Corp", Domain: "acme.com", Industry: "Software", Size: lead.Size{Raw: "50-200"},
			Address: lead.Address{Raw: "San Francisco, CA"}, LinkedInURL: "https://linkedin.com/company/acme-corp",
			Technologies: []string{"HubSpot", "AWS", "React"},
		},
		Reasons: []string{"Uses HubSpot", "Revenue > $10M", "Decision Maker found"},
		Source:  lead.Source{Vendor: "openprospect", VendorLeadID: "pros_456def", VendorCompanyID: "comp_xyz789"},
	}
}

func TestDocumentedLeads(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())

	got, want := prospektr(), prospektr()
	chain.Apply(&got)
	want.Kind, want.Score = lead.KindCompany, new(90)
	want.Company.Domain = "sunshinepromo.com"
	want.Company.Address.Country = "US"
	want.Company.Emails = []lead.Email{{Value: "sales@sunshinepromo.com", Type: lead.EmailRole, Primary: true}}
	want.Company.Phones = []lead.Phone{{Raw: "+1 407-555-0101", E164: "+14075550101"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Prospektr (-want +got):\n%s", diff)
	}

	got, want = openprospect(), openprospect()
	chain.Apply(&got)
	want.Kind, want.LeadPotential = lead.KindPerson, lead.PotentialHigh
	want.Person.FullName, want.Person.Seniority = "Jane Doe", lead.SeniorityCLevel
	want.Person.LinkedInURL = "https://www.linkedin.com/in/janedoe"
	want.Person.Emails = []lead.Email{{Value: "jane.doe@acme.com", Type: lead.EmailWork, Primary: true}}
	want.Company.LinkedInURL = "https://www.linkedin.com/company/acme-corp"
	want.Company.Size.Min, want.Company.Size.Max = new(50), new(200)
	want.Company.Address = lead.Address{Raw: "San Francisco, CA", City: "San Francisco", Region: "CA", Country: "US"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("OpenProspect (-want +got):\n%s", diff)
	}
}

// Each case says what one step found for a later one; in another order it fails.
func TestOrder(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())
	tests := []struct {
		name string
		in   lead.Lead
		got  func(*lead.Lead) string
		want string
	}{
		{
			"text before all: a placeholder is no name",
			lead.Lead{Person: &lead.Person{FullName: "N/A"}},
			func(l *lead.Lead) string { return string(l.Kind) }, "company",
		},
		{
			"email before domain",
			lead.Lead{Company: lead.Company{Emails: []lead.Email{{Value: "Acme <info@acme.com>"}}}},
			func(l *lead.Lead) string { return l.Company.Domain }, "acme.com",
		},
		{
			"email before kind",
			lead.Lead{Person: &lead.Person{Emails: []lead.Email{{Value: "info@acme.com"}}}},
			func(l *lead.Lead) string { return fmt.Sprintf("%s %v %v", l.Kind, l.Person == nil, l.Company.Emails) }, "company true [{info@acme.com role true}]",
		},
		{
			"region before phone",
			lead.Lead{Company: lead.Company{
				Address: lead.Address{Raw: "Orlando, FL 32801"}, Phones: []lead.Phone{{Raw: "(407) 555-0101"}},
			}},
			func(l *lead.Lead) string { return l.Company.Phones[0].E164 }, "+14075550101",
		},
		{
			"domain before kind",
			lead.Lead{
				Person:  &lead.Person{Emails: []lead.Email{{Value: "info@acme.com"}}},
				Company: lead.Company{Emails: []lead.Email{{Value: "info@agency.com"}}},
			},
			func(l *lead.Lead) string { return l.Company.Domain }, "acme.com",
		},
	}
	for _, tt := range tests {
		chain.Apply(&tt.in)
		if got := tt.got(&tt.in); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// What the vendor sent is still there after the chain, if perhaps in another
// place or form. Only text, which has its own tests, may cut.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 3000 {
		sent := transformtest.Messy(r)
		chain[:1].Apply(&sent)
		if len(sent.Custom) > 100 || len(sent.Company.Emails) > 10 || len(sent.Company.Phones) > 10 {
			continue
		}
		if p := sent.Person; p != nil && (len(p.Emails) > 10 || len(p.Phones) > 10) {
			continue
		}
		got := sent
		if sent.Person != nil {
			p := *sent.Person
			got.Person = &p
		}
		chain.Apply(&got)
		have := strings.ToLower(everything(t, &got))
		list := words(&sent)
		if d := sent.Company.Domain; got.Company.Domain == "" || !strings.Contains(strings.ToLower(d), got.Company.Domain) && !strings.ContainsAny(d, "üÜ") {
			list = append(list, d)
		}
		for _, word := range list {
			if !strings.Contains(have, strings.ToLower(word)) {
				t.Fatalf("lead %d: %q is gone\nsent %s\ngot  %s", i, word, everything(t, &sent), have)
			}
		}
	}
}

// everything returns a lead as one text.
func everything(t *testing.T, l *lead.Lead) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// words returns what of a lead must be found again.
func words(l *lead.Lead) []string {
	c := &l.Company
	list := []string{
		c.Name, c.Website, c.Size.Raw, c.Address.Raw, c.Address.City, c.Address.PostalCode, c.Industry, l.Status,
		l.Source.VendorLeadID, l.Source.VendorCompanyID,
	}
	list = append(list, l.Tags...)
	list = append(list, c.Technologies...)
	emails, phones := c.Emails, c.Phones
	if p := l.Person; p != nil {
		list = append(list, p.FullName, p.FirstName, p.LastName, p.Title)
		emails, phones = slices.Concat(emails, p.Emails), slices.Concat(phones, p.Phones)
	}
	for _, e := range emails {
		for part := range strings.FieldsFuncSeq(e.Value, func(r rune) bool { return strings.ContainsRune(" ,;<>", r) }) {
			if part = strings.TrimPrefix(strings.ToLower(part), "mailto:"); strings.Contains(part, "@") {
				list = append(list, strings.Trim(part, "'"))
			}
		}
	}
	for _, p := range phones {
		if !strings.ContainsAny(p.Raw, ",/") { // one number, and perhaps the same one again in another spelling
			list = append(list, lastDigits(p.Raw))
		}
	}
	return list
}

// lastDigits returns the last digits of a number if they stand together, else "".
func lastDigits(raw string) string {
	if len(raw) < 4 || strings.Trim(raw[len(raw)-4:], "0123456789") != "" {
		return ""
	}
	return raw[len(raw)-4:]
}

// Sealing after the chain gives the same id and content however often a lead
// comes, and a lead that reached its final form stays as it is.
func TestSealAfterChain(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())
	for _, make := range []func() lead.Lead{prospektr, openprospect} {
		a, b := make(), make()
		chain.Apply(&a)
		a.Seal()
		chain.Apply(&b)
		chain.Apply(&b)
		b.Seal()
		b.Seal()
		if a.ID != b.ID || a.ContentHash() != b.ContentHash() {
			t.Errorf("%s: two leads of one", a.Source.Vendor)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Chain(transforms.DefaultBands())
	}
}

func BenchmarkChain(b *testing.B) {
	for name, make := range map[string]func() lead.Lead{"prospektr": prospektr, "openprospect": openprospect} {
		b.Run(name, func(b *testing.B) {
			chain := Chain(transforms.DefaultBands())
			b.ReportAllocs()
			for b.Loop() {
				l := make()
				chain.Apply(&l)
			}
		})
	}
}

func BenchmarkChainAndSeal(b *testing.B) {
	chain := Chain(transforms.DefaultBands())
	b.ReportAllocs()
	for b.Loop() {
		l := openprospect()
		chain.Apply(&l)
		l.Seal()
		l.ContentHash()
	}
}
