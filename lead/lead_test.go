package lead

import "testing"

func TestPrimaryEmail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lead Lead
		want string
	}{
		{"nothing", Lead{}, ""},
		{"the flagged one", Lead{Person: &Person{Emails: []Email{{Value: "a@x.com"}, {Value: "b@x.com", Primary: true}}}}, "b@x.com"},
		{"else the first", Lead{Person: &Person{Emails: []Email{{Value: "a@x.com"}, {Value: "b@x.com"}}}}, "a@x.com"},
		{"never what is no address", Lead{Person: &Person{Emails: []Email{{Value: "n/a", Primary: true}, {Value: "b@x.com"}}}}, "b@x.com"},
		{"else the company's", Lead{Person: &Person{Emails: []Email{{Value: "n/a"}}}, Company: Company{Emails: []Email{{Value: "info@x.com"}}}}, "info@x.com"},
		{"no person", Lead{Company: Company{Emails: []Email{{Value: "info@x.com"}}}}, "info@x.com"},
	}
	for _, tt := range tests {
		if got := tt.lead.PrimaryEmail(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"jane@acme.com": true, "j@a.b": true, "ü@münchen.de": true,
		"": false, "n/a": false, "jane": false, "@acme.com": false, "jane@": false, "jane@acme": false,
		"jane@.": false, "jane@acme.": false, "a b@x.com": false, "a@x.com, b@x.com": false, "a@b@x.com": false, "<a@x.com>": false,
	} {
		if got := (Email{Value: value}).Usable(); got != want {
			t.Errorf("Usable(%q) = %v, want %v", value, got, want)
		}
	}
	if !(Email{Value: "whatever", Type: EmailWork}).Usable() {
		t.Error("an address with a type is usable")
	}
}

func TestPrimaryPhone(t *testing.T) {
	t.Parallel()
	company := Company{Phones: []Phone{{Raw: "company"}}}
	tests := []struct {
		name string
		lead Lead
		want string
	}{
		{"nothing", Lead{}, ""},
		{"as sent", Lead{Person: &Person{Phones: []Phone{{Raw: "555"}}}}, "555"},
		{"E.164", Lead{Person: &Person{Phones: []Phone{{Raw: "555", E164: "+1555"}}}, Company: company}, "+1555"},
		{"the company's", Lead{Person: &Person{}, Company: company}, "company"},
	}
	for _, tt := range tests {
		if got := tt.lead.PrimaryPhone(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDisplayName(t *testing.T) {
	t.Parallel()
	l := Lead{
		ID: "ld_1", Person: &Person{FullName: "Jane Doe", FirstName: "Jane"},
		Company: Company{Name: "Acme", Emails: []Email{{Value: "info@x.com"}}},
	}
	for _, step := range []struct {
		want string
		next func()
	}{
		{"Jane Doe", func() { l.Person.FullName = "" }},
		{"Jane", func() { l.Person.FirstName = "" }},
		{"Acme", func() { l.Company.Name = "" }},
		{"info@x.com", func() { l.Company.Emails = nil }},
		{"ld_1", func() {}},
	} {
		if got := l.DisplayName(); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
		step.next()
	}
}
