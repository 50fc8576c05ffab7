package email

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func person(emails ...lead.Email) *lead.Lead { return &lead.Lead{Person: &lead.Person{Emails: emails}} }

func entry(value string, kind lead.EmailType, primary bool) lead.Email {
	return lead.Email{Value: value, Type: kind, Primary: primary}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	tests := map[lead.EmailType]string{
		lead.EmailRole: `sales@acme.com SALES@acme.com info@acme.de sales2@acme.com info+web@acme.com info.berlin@acme.de
			sales-us@acme.com us-sales@acme.com emea.sales.team@acme.com customer-service@acme.com customer.service@acme.com
			no-reply@acme.com noreply@acme.com do_not_reply@acme.com kontakt@acme.de vertrieb@acme.de contabilidad@acme.es
			contact@gmail.com hr@acme.com hello@acme.com office@acme.at buchhaltung@acme.de ceo@acme.com team@acme.com
			the-team@acme.com it@acme.com accounts.payable@acme.com mailer-daemon@acme.com`,
		lead.EmailPersonal: `jane@gmail.com jane.doe@web.de jane@yahoo.co.uk jane@name.free.fr jane@proton.me 12345@qq.com`,
		lead.EmailWork: `jane@acme.com jane.doe@acme.com j.sales@acme.com jane.info@acme.com ola.nordmann@acme.no job.devries@acme.nl
			salesman@acme.com infosys@acme.com jane@freelance.fr jane@notgmail.com jane@gmail.acme.com hr.puff@acme.com 123@acme.com
			art@acme.com mark@acme.com bill@acme.com`,
	}
	tr := New()
	for want, list := range tests {
		for address := range strings.FieldsSeq(list) {
			l := person(lead.Email{Value: address})
			tr.Apply(l)
			if got := l.Person.Emails[0]; got.Type != want || got.Value != strings.ToLower(address) {
				t.Errorf("%s: %q, want %q", address, got.Type, want)
			}
		}
	}
}

func TestAPersonsNameSettlesDoubts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, address string
		want          lead.EmailType
	}{
		{"Dev Patel", "dev@acme.com", lead.EmailWork},
		{"Jane Doe", "dev@acme.com", lead.EmailRole},
		{"Jane Doe", "sales.doe@acme.com", lead.EmailWork},
		{"Jane Doe", "sales.roe@acme.com", lead.EmailRole},
		{"Jane Sales", "sales@acme.com", lead.EmailRole},
	} {
		l := person(lead.Email{Value: tt.address})
		l.Person.FullName = tt.name
		New().Apply(l)
		if got := l.Person.Emails[0].Type; got != tt.want {
			t.Errorf("%s, %s: %q, want %q", tt.name, tt.address, got, tt.want)
		}
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	type list = []lead.Email
	tests := []struct {
		name     string
		in, want list
	}{
		{"none", nil, nil},
		{
			"several in one",
			list{{Value: "Jane <jane@acme.com>, info@acme.com; j@gmail.com"}},
			list{entry("jane@acme.com", lead.EmailWork, true), entry("info@acme.com", lead.EmailRole, false), entry("j@gmail.com", lead.EmailPersonal, false)},
		},
		{"repeats", list{{Value: "jane@acme.com"}, {Value: "JANE@acme.com"}}, list{entry("jane@acme.com", lead.EmailWork, true)}},
		{"no address stays as sent", list{{Value: "Ask Jane"}}, list{{Value: "Ask Jane"}}},
		{"no address is never primary", list{{Value: "n.a.", Primary: true}, {Value: "jane@acme.com"}}, list{{Value: "n.a."}, entry("jane@acme.com", lead.EmailWork, true)}},
		{"a broken one beside a good one stays", list{{Value: "jane@acme.com, john@acme"}}, list{entry("jane@acme.com", lead.EmailWork, true), {Value: "john@acme"}}},
		{"work before personal before role", list{{Value: "info@acme.com"}, {Value: "j@gmail.com"}, {Value: "jane@acme.com"}}, list{
			entry("info@acme.com", lead.EmailRole, false), entry("j@gmail.com", lead.EmailPersonal, false), entry("jane@acme.com", lead.EmailWork, true),
		}},
		{"role where there is nothing else", list{{Value: "info@acme.com"}}, list{entry("info@acme.com", lead.EmailRole, true)}},
		{"the vendor's flag wins", list{{Value: "jane@acme.com"}, {Value: "j@gmail.com", Primary: true}}, list{
			entry("jane@acme.com", lead.EmailWork, false), entry("j@gmail.com", lead.EmailPersonal, true),
		}},
		{"one flag only", list{{Value: "jane@acme.com", Primary: true}, {Value: "j@gmail.com", Primary: true}}, list{
			entry("jane@acme.com", lead.EmailWork, true), entry("j@gmail.com", lead.EmailPersonal, false),
		}},
		{"a flag on a repeat", list{{Value: "info@acme.com"}, {Value: "j@acme.com"}, {Value: "info@acme.com", Primary: true}}, list{
			entry("info@acme.com", lead.EmailRole, true), entry("j@acme.com", lead.EmailWork, false),
		}},
		{"a given type stays", list{{Value: "bestellbuero@acme.com", Type: lead.EmailRole}}, list{entry("bestellbuero@acme.com", lead.EmailRole, true)}},
		{"a type without an address goes", list{{Value: "none given", Type: lead.EmailWork}}, list{{Value: "none given"}}},
	}
	for _, tt := range tests {
		l := person(slices.Clone(tt.in)...)
		l.Company.Emails = tt.in
		before := slices.Clone(tt.in)
		New().Apply(l)
		if diff := cmp.Diff(tt.want, l.Person.Emails); diff != "" {
			t.Errorf("%s: person (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.want, l.Company.Emails); diff != "" {
			t.Errorf("%s: company (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(before, tt.in); diff != "" {
			t.Errorf("%s: a list that other leads may share was written into:\n%s", tt.name, diff)
		}
	}
}

func TestRoleWordsDoNotOverlap(t *testing.T) {
	t.Parallel()
	s := words(strong)
	for w := range words(weak) {
		if in(s, w) {
			t.Errorf("%s is strong and weak", w)
		}
	}
	for _, list := range []string{strong, weak, with} {
		for w := range strings.FieldsSeq(list) {
			if w != strings.ToLower(w) || strings.ContainsAny(w, ".-_@0123456789") {
				t.Errorf("%q can never match", w)
			}
		}
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func FuzzApply(f *testing.F) {
	f.Add("Jane <jane@acme.com>, info@acme", "sales@acme.com", true)
	f.Add("'a@b.cd", "mailto:x@y.zz?b@c.dd", false)
	tr := New()
	f.Fuzz(func(t *testing.T, a, b string, primary bool) {
		l := person(lead.Email{Value: a}, lead.Email{Value: b, Primary: primary})
		tr.Apply(l)
		once := slices.Clone(l.Person.Emails)
		tr.Apply(l)
		if diff := cmp.Diff(once, l.Person.Emails); diff != "" {
			t.Errorf("applied twice (-once +twice):\n%s", diff)
		}
		flags, usable := 0, 0
		for _, e := range once {
			if e.Primary {
				flags++
			}
			if e.Type != "" {
				usable++
			}
		}
		if flags != min(usable, 1) {
			t.Errorf("%d of %d usable addresses are primary: %+v", flags, usable, once)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := person(lead.Email{Value: "jane.doe@acme.com"})
		tr.Apply(l)
	}
}
