package kind

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestApply(t *testing.T) {
	t.Parallel()
	role := lead.Email{Value: "info@acme.com", Type: lead.EmailRole, Primary: true}
	work := lead.Email{Value: "jane@acme.com", Type: lead.EmailWork, Primary: true}
	personal := lead.Email{Value: "jane@gmail.com", Type: lead.EmailPersonal}
	none := lead.Email{Value: "n/a"}
	phone := lead.Phone{Raw: "+1 407-555-0101", E164: "+14075550101"}
	type (
		person  = lead.Person
		company = lead.Company
		emails  = []lead.Email
		phones  = []lead.Phone
	)
	tests := []struct {
		name string
		in   lead.Lead
		want lead.Lead
	}{
		{"no person", lead.Lead{}, lead.Lead{Kind: lead.KindCompany}},
		{"whatever it was called before", lead.Lead{Kind: lead.KindPerson}, lead.Lead{Kind: lead.KindCompany}},
		{"an empty person", lead.Lead{Person: &person{}}, lead.Lead{Kind: lead.KindCompany}},
		{"a name", lead.Lead{Person: &person{FullName: "Jane Doe"}}, lead.Lead{Kind: lead.KindPerson, Person: &person{FullName: "Jane Doe"}}},
		{"half a name", lead.Lead{Person: &person{LastName: "Doe"}}, lead.Lead{Kind: lead.KindPerson, Person: &person{LastName: "Doe"}}},
		{"a work address", lead.Lead{Person: &person{Emails: emails{work}}}, lead.Lead{Kind: lead.KindPerson, Person: &person{Emails: emails{work}}}},
		{"a personal address", lead.Lead{Person: &person{Emails: emails{personal}}}, lead.Lead{Kind: lead.KindPerson, Person: &person{Emails: emails{personal}}}},
		{"a profile", lead.Lead{Person: &person{LinkedInURL: "x"}}, lead.Lead{Kind: lead.KindPerson, Person: &person{LinkedInURL: "x"}}},
		{
			"a name keeps its role address",
			lead.Lead{Person: &person{FullName: "Jane Doe", Emails: emails{role}}},
			lead.Lead{Kind: lead.KindPerson, Person: &person{FullName: "Jane Doe", Emails: emails{role}}},
		},
		{"only a role address", lead.Lead{Person: &person{Emails: emails{role}}}, lead.Lead{Kind: lead.KindCompany, Company: company{Emails: emails{role}}}},
		{
			"beside the company's own",
			lead.Lead{Person: &person{Emails: emails{role, none}}, Company: company{Emails: emails{{Value: "sales@acme.com", Type: lead.EmailRole, Primary: true}}}},
			lead.Lead{Kind: lead.KindCompany, Company: company{Emails: emails{
				{Value: "sales@acme.com", Type: lead.EmailRole, Primary: true},
				{Value: "info@acme.com", Type: lead.EmailRole},
				none,
			}}},
		},
		{
			"known to the company already",
			lead.Lead{Person: &person{Emails: emails{role}, Phones: phones{phone}}, Company: company{Emails: emails{role}, Phones: phones{phone}}},
			lead.Lead{Kind: lead.KindCompany, Company: company{Emails: emails{role}, Phones: phones{phone}}},
		},
		{"only a phone number", lead.Lead{Person: &person{Phones: phones{phone}}}, lead.Lead{Kind: lead.KindCompany, Company: company{Phones: phones{phone}}}},
		{
			"only a title",
			lead.Lead{Person: &person{Title: "CTO", Seniority: lead.SeniorityCLevel}, Custom: map[string]string{"a": "b"}},
			lead.Lead{Kind: lead.KindCompany, Custom: map[string]string{"a": "b", "contact_title": "CTO"}},
		},
	}
	for _, tt := range tests {
		New().Apply(&tt.in)
		if diff := cmp.Diff(tt.want, tt.in); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
