package all

import (
	"testing"

	"leadhub/lead"
	"leadhub/transforms"
)

// TestCleaners compares how a table's keys are cleaned with what the chain makes
// of the same texts in a lead.
func TestCleaners(t *testing.T) {
	t.Parallel()
	chain, cleaners := Chain(transforms.DefaultBands()), Cleaners()
	for kind, texts := range map[string][]string{
		"domain":  {"https://www.Acme.com/", "acme.co.uk", "ACME.example"},
		"email":   {"Jane Doe <Jane@Acme.com>", "mailto:jane@acme.com"},
		"phone":   {"+1 (407) 555-0101", "0049 30 901820"},
		"region":  {"Florida", "fl", "Québec"},
		"country": {"USA", "Deutschland", "de"},
	} {
		for _, text := range texts {
			l := lead.Lead{Person: &lead.Person{FullName: "Jane Doe"}}
			get := func() string { return "" }
			switch kind {
			case "domain":
				l.Company.Domain = text
				get = func() string { return l.Company.Domain }
			case "email":
				l.Person.Emails = []lead.Email{{Value: text}}
				get = l.PrimaryEmail
			case "phone":
				l.Person.Phones = []lead.Phone{{Raw: text}}
				get = l.PrimaryPhone
			case "region":
				l.Company.Address.Region = text
				get = func() string { return l.Company.Address.Region }
			case "country":
				l.Company.Address.Country = text
				get = func() string { return l.Company.Address.Country }
			}
			chain.Apply(&l)
			if key, ok := cleaners[kind](text); !ok || key != get() {
				t.Errorf("%s %q: a lead has %q, a table %q (%v)", kind, text, get(), key, ok)
			}
		}
	}
	if key, ok := cleaners["region"](" Bayern "); !ok || key != "bayern" {
		t.Errorf("Bayern is %q, %v", key, ok)
	}
}
