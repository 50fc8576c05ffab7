package phone

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestE164(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, country, want string }{
		{"+1 407-555-0101", "", "+14075550101"}, // as documented by a vendor
		{"+1 407-555-0101", "DE", "+14075550101"},
		{"(407) 555-0101", "US", "+14075550101"},
		{"407.555.0101", "CA", "+14075550101"},
		{"1-407-555-0101", "US", "+14075550101"},
		{"407.555.0101 x12", "US", "+14075550101"},
		{"+44 20 7946 0000 ext. 5", "", "+442079460000"},
		{"tel:+442079460000", "", "+442079460000"},
		{"0049 89 1234567", "", "+49891234567"},
		{"0049 89 1234567", "US", "+49891234567"},
		{"+49 (0)89 1234567", "", "+49891234567"},
		{"089/1234567", "DE", "+49891234567"},
		{"020 7946 0000", "GB", "+442079460000"},
		{"011 44 20 7946 0000", "US", "+442079460000"},
		{"01 42 68 53 00", "FR", "+33142685300"},
		// never guessed
		{"(407) 555-0101", "", ""},
		{"14075550101", "", ""},
		{"089/1234567", "", ""},
		{"089/1234567", "US", ""},
		{"(407) 555-0101", "Nowhere", ""},
		{"(407) 555-0101", "ZZ", ""},
		// not valid
		{"555-0101", "US", ""},
		{"911", "US", ""},
		{"+1 000 000 0000", "", ""},
		{"+999 123456789", "", ""},
		{"1234567890123456789", "US", ""},
		{"call me", "US", ""},
		{"+", "US", ""},
		{"00", "US", ""},
		{strings.Repeat("4075550101", 10), "US", ""},
	}
	tr := New()
	for _, tt := range tests {
		for range 2 { // the second answer is remembered
			l := lead.Lead{Company: lead.Company{Phones: []lead.Phone{{Raw: tt.raw}}, Address: lead.Address{Country: tt.country}}}
			tr.Apply(&l)
			want := []lead.Phone{{Raw: tt.raw, E164: tt.want}}
			if diff := cmp.Diff(want, l.Company.Phones); diff != "" {
				t.Errorf("%q in %q (-want +got):\n%s", tt.raw, tt.country, diff)
			}
		}
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	us1, us2 := "+14075550101", "+14075550102"
	tests := []struct {
		name     string
		in, want []lead.Phone
	}{
		{"none", nil, nil},
		{"comma", []lead.Phone{{Raw: "407-555-0101, 407-555-0102"}}, []lead.Phone{{Raw: "407-555-0101", E164: us1}, {Raw: "407-555-0102", E164: us2}}},
		{"slash", []lead.Phone{{Raw: "407-555-0101/407-555-0102"}}, []lead.Phone{{Raw: "407-555-0101", E164: us1}, {Raw: "407-555-0102", E164: us2}}},
		{"a word", []lead.Phone{{Raw: "407-555-0101 or 407-555-0102"}}, []lead.Phone{{Raw: "407-555-0101", E164: us1}, {Raw: "407-555-0102", E164: us2}}},
		{"an extension is no number", []lead.Phone{{Raw: "407-555-0101, ext 12"}}, []lead.Phone{{Raw: "407-555-0101, ext 12", E164: us1}}},
		{"one of two is none", []lead.Phone{{Raw: "407-555-0101; 1234567"}}, []lead.Phone{{Raw: "407-555-0101", E164: us1}, {Raw: "1234567"}}},
		{"one number written twice", []lead.Phone{{Raw: "407-555-0101"}, {Raw: "(407) 555 0101"}}, []lead.Phone{{Raw: "407-555-0101", E164: us1}}},
		{
			"two extensions of one number",
			[]lead.Phone{{Raw: "407-555-0101 x1"}, {Raw: "407-555-0101 x2"}},
			[]lead.Phone{{Raw: "407-555-0101 x1", E164: us1}, {Raw: "407-555-0101 x2", E164: us1}},
		},
		{"read before", []lead.Phone{{Raw: "as sent", E164: us1}}, []lead.Phone{{Raw: "as sent", E164: us1}}},
	}
	for _, tt := range tests {
		l := lead.Lead{Person: &lead.Person{Phones: tt.in}, Company: lead.Company{Phones: tt.in, Address: lead.Address{Country: "US"}}}
		New().Apply(&l)
		if diff := cmp.Diff(tt.want, l.Person.Phones); diff != "" {
			t.Errorf("%s: person (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.want, l.Company.Phones); diff != "" {
			t.Errorf("%s: company (-want +got):\n%s", tt.name, diff)
		}
	}
}

func FuzzPhones(f *testing.F) {
	for _, s := range []string{"+1 407-555-0101, 407-555-0102", "0049 89/1234567 oder 089/7654321", "tel:+442079460000;ext=5", "+"} {
		f.Add(s, "US")
		f.Add(s, "")
	}
	tr := New()
	f.Fuzz(func(t *testing.T, raw, country string) {
		l := lead.Lead{Company: lead.Company{Phones: []lead.Phone{{Raw: raw}}, Address: lead.Address{Country: country}}}
		tr.Apply(&l)
		once := l.Company.Phones
		tr.Apply(&l)
		if diff := cmp.Diff(once, l.Company.Phones); diff != "" {
			t.Errorf("applied twice (-once +twice):\n%s", diff)
		}
		for _, p := range once {
			if !strings.Contains(raw, p.Raw) {
				t.Errorf("%q: %q was never sent", raw, p.Raw)
			}
			if p.E164 != "" && (p.E164[0] != '+' || digits(p.E164) != len(p.E164)-1) {
				t.Errorf("%q: E.164 form %q", raw, p.E164)
			}
		}
	})
}

func BenchmarkKnown(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{Company: lead.Company{Phones: []lead.Phone{{Raw: "+1 407-555-0101"}}}}
		tr.Apply(&l)
	}
}

func BenchmarkNew(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l := lead.Lead{Company: lead.Company{Phones: []lead.Phone{{Raw: fmt.Sprintf("+1 407-55%d-%04d", i/10000%10, i%10000)}}}}
		tr.Apply(&l)
	}
}
