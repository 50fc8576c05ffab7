package linkedin

import (
	"testing"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestApply(t *testing.T) {
	t.Parallel()
	const jane, acme = "https://www.linkedin.com/in/janedoe", "https://www.linkedin.com/company/acme-corp"
	tests := []struct{ raw, person, company string }{
		{"", "", ""},
		{"https://linkedin.com/in/janedoe", jane, "https://linkedin.com/in/janedoe"}, // as documented by a vendor
		{"https://linkedin.com/company/acme-corp", "https://linkedin.com/company/acme-corp", acme},
		{"http://www.linkedin.com/in/JaneDoe/", jane, "http://www.linkedin.com/in/JaneDoe/"},
		{"linkedin.com/in/janedoe?trk=public&x=1", jane, "linkedin.com/in/janedoe?trk=public&x=1"},
		{"https://de.linkedin.com/in/janedoe/details/skills#top", jane, "https://de.linkedin.com/in/janedoe/details/skills#top"},
		{"LINKEDIN.COM/IN/JANEDOE", jane, "LINKEDIN.COM/IN/JANEDOE"},
		{"linkedin.com/company/acme-corp/about/", "linkedin.com/company/acme-corp/about/", acme},
		{"linkedin.com/school/mit", "linkedin.com/school/mit", "https://www.linkedin.com/school/mit"},
		{"linkedin.com/showcase/x", "linkedin.com/showcase/x", "https://www.linkedin.com/showcase/x"},
		{"linkedin.com/in/j%C3%A9r%C3%B4me", "https://www.linkedin.com/in/j%c3%a9r%c3%b4me", "linkedin.com/in/j%C3%A9r%C3%B4me"},
		{
			"https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ012345678",
			"https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ012345678", "https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ012345678",
		},
	}
	for _, raw := range []string{
		"janedoe", "linkedin.com", "linkedin.com/", "linkedin.com/in/", "linkedin.com/in//x", "https://www.linkedin.com/sales/people/ABC",
		"https://notlinkedin.com/in/jane", "https://linkedin.com.evil.example/in/jane", "https://evil.example/linkedin.com/in/jane", "linkedin.com/in/jane doe",
	} {
		tests = append(tests, struct{ raw, person, company string }{raw, raw, raw})
	}
	for _, tt := range tests {
		l := lead.Lead{Person: &lead.Person{LinkedInURL: tt.raw}, Company: lead.Company{LinkedInURL: tt.raw}}
		New().Apply(&l)
		if l.Person.LinkedInURL != tt.person {
			t.Errorf("person %q: %q, want %q", tt.raw, l.Person.LinkedInURL, tt.person)
		}
		if l.Company.LinkedInURL != tt.company {
			t.Errorf("company %q: %q, want %q", tt.raw, l.Company.LinkedInURL, tt.company)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("https://de.linkedin.com/in/JaneDoe/?x#y")
	f.Add("a://b://linkedin.com/in/x")
	f.Fuzz(func(t *testing.T, s string) {
		once := normalise(s, "in")
		if again := normalise(once, "in"); again != once {
			t.Errorf("%q → %q → %q", s, once, again)
		}
	})
}
