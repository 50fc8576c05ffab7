package name

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

func TestSplit(t *testing.T) {
	t.Parallel()
	for full, want := range map[string][2]string{
		"Jane Doe":                       {"Jane", "Doe"},
		"  Jane \t Doe ":                 {"Jane", "Doe"},
		"Jane Mary Doe":                  {"Jane Mary", "Doe"},
		"JANE doe":                       {"JANE", "doe"},
		"Jan van der Berg":               {"Jan", "van der Berg"},
		"Ludwig van Beethoven":           {"Ludwig", "van Beethoven"},
		"Maria de la Cruz":               {"Maria", "de la Cruz"},
		"Oscar de la Renta III":          {"Oscar", "de la Renta III"},
		"John Smith Jr.":                 {"John", "Smith Jr."},
		"John Smith, Jr.":                {"John", "Smith Jr."},
		"Dr. Jane Doe":                   {"Jane", "Doe"},
		"Prof. Dr. Jan van der Berg":     {"Jan", "van der Berg"},
		"Jane Doe, PhD":                  {"Jane", "Doe"},
		"Jane Doe, PhD, MBA":             {"Jane", "Doe"},
		"Doe, Jane":                      {"Jane", "Doe"},
		"Doe, Jane Mary":                 {"Jane Mary", "Doe"},
		"van der Berg, Jan":              {"Jan", "van der Berg"},
		"Doe, Dr. Jane":                  {"Jane", "Doe"},
		"Hans-Peter Müller-Lüdenscheidt": {"Hans-Peter", "Müller-Lüdenscheidt"},
		"Séan O'Brien":                   {"Séan", "O'Brien"},
		// nobody can tell
		"": {}, "Jane": {}, "李小龍": {}, "Dr. Doe": {}, "Mr.": {}, "John Jr.": {}, "van Berg": {"van", "Berg"},
		"jane@acme.com": {}, "Jane Doe 2": {}, "Jane & John Doe": {}, "Jane Doe (Acme)": {}, "Jane Doe / John Roe": {},
		"Jane Doe, Acme Corp": {}, "Doe, Jane, Acme": {}, ",": {}, "Doe,": {}, ", Jane": {},
	} {
		l := lead.Lead{Person: &lead.Person{FullName: full}}
		New().Apply(&l)
		if got := [2]string{l.Person.FirstName, l.Person.LastName}; got != want {
			t.Errorf("%q: %q, want %q", full, got, want)
		}
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	type person = lead.Person
	tests := []struct {
		name     string
		in, want person
	}{
		{"nothing", person{}, person{}},
		{"parts", person{FirstName: "Jane", LastName: "Doe"}, person{FullName: "Jane Doe", FirstName: "Jane", LastName: "Doe"}},
		{"first only", person{FirstName: "Jane"}, person{FullName: "Jane", FirstName: "Jane"}},
		{"last only", person{LastName: "Doe"}, person{FullName: "Doe", LastName: "Doe"}},
		{"all three stay", person{FullName: "J. Doe", FirstName: "Jane", LastName: "Doe"}, person{FullName: "J. Doe", FirstName: "Jane", LastName: "Doe"}},
		{"last from the rest", person{FullName: "Jane Mary Doe", FirstName: "Jane Mary"}, person{FullName: "Jane Mary Doe", FirstName: "Jane Mary", LastName: "Doe"}},
		{"first from the rest", person{FullName: "JANE van Berg", LastName: "Van Berg"}, person{FullName: "JANE van Berg", FirstName: "JANE", LastName: "Van Berg"}},
		{"not as a whole word", person{FullName: "Janet Doe", FirstName: "Jane"}, person{FullName: "Janet Doe", FirstName: "Jane"}},
		{"another name", person{FullName: "Jane Doe", FirstName: "Mary"}, person{FullName: "Jane Doe", FirstName: "Mary"}},
		{"spaces", person{FullName: " Jane  Doe", FirstName: "Jane ", LastName: " Doe"}, person{FullName: "Jane Doe", FirstName: "Jane", LastName: "Doe"}},
	}
	for _, tt := range tests {
		l := lead.Lead{Person: &tt.in}
		New().Apply(&l)
		if diff := cmp.Diff(tt.want, *l.Person); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	company := lead.Lead{}
	New().Apply(&company)
	if company.Person != nil {
		t.Error("a company lead was given a person")
	}
}

func FuzzApply(f *testing.F) {
	f.Add("Dr. Jan van der Berg, Jr.", "", "")
	f.Add("Doe, Jane", "Jane", "")
	tr := New()
	f.Fuzz(func(t *testing.T, full, first, last string) {
		l := lead.Lead{Person: &lead.Person{FullName: full, FirstName: first, LastName: last}}
		tr.Apply(&l)
		once := *l.Person
		tr.Apply(&l)
		if diff := cmp.Diff(once, *l.Person); diff != "" {
			t.Errorf("applied twice (-once +twice):\n%s", diff)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{Person: &lead.Person{FullName: "Jane van der Berg"}}
		tr.Apply(&l)
	}
}
