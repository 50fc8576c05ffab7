package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                           "",
		"plain":                      "plain",
		"  two   words\t":            "two words",
		"a\r\nb\vc":                  "a b c",
		"a\u00a0b\u3000c":            "a b c",
		"nul\x00 here":               "nul here",
		"bad \xff\xfe bytes":         "bad bytes",
		"half \xe2\x82":              "half",
		"\u202egnp.exe":              "gnp.exe",
		"zero\u200bwidth\ufeff":      "zerowidth",
		"a\x1b[31mred":               "a [31mred",
		"می\u200cخواهم":              "می\u200cخواهم",
		"\U0001F469\u200d\U0001F4BB": "\U0001F469\u200d\U0001F4BB",
		"é":                          "é",
		"\ufffd was sent":            "\ufffd was sent",
		" ":                          "",
		"\x00":                       "",
	} {
		if got := line(in, 100); got != want {
			t.Errorf("line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\nb":              "a\nb",
		"a\r\nb\r\n":        "a\nb",
		"\n\na \n \n\n\n b": "a\n\nb",
		"a\tb\n":            "a b",
	} {
		if got := lines(in, 100); got != want {
			t.Errorf("lines(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in     string
		length int
		want   string
	}{
		{"abcde", 5, "abcde"},
		{"abcdef", 5, "abcd…"},
		{"abc def", 5, "abc…"},
		{"ééééé", 5, "ééééé"},
		{"éééééé", 5, "éééé…"},
		{"abcdef", -1, "abcdef"},
		{"日本語", 2, "日…"},
	} {
		if got := line(tt.in, tt.length); got != tt.want {
			t.Errorf("%q cut to %d: %q, want %q", tt.in, tt.length, got, tt.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"null": "", "NULL": "", "Undefined": "", "n/a": "", "N/A ": "", "-": "", "—": "", "NaN": "", "#N/A": "", "(not set)": "",
		"Na": "Na", "None": "None", "Nullarbor": "Nullarbor", "-1": "-1", "0": "0", "unknown": "unknown",
	} {
		if got := value(in, 100); got != want {
			t.Errorf("value(%q) = %q, want %q", in, got, want)
		}
	}
	for _, tt := range []struct{ first, last, wantFirst, wantLast string }{
		{"null", "null", "", ""},
		{"Jane", "Null", "Jane", "Null"},
		{"undefined", "Doe", "undefined", "Doe"},
		{"", "Null", "", ""},
	} {
		l := lead.Lead{Person: &lead.Person{FirstName: tt.first, LastName: tt.last}}
		New().Apply(&l)
		if l.Person.FirstName != tt.wantFirst || l.Person.LastName != tt.wantLast {
			t.Errorf("%q %q became %q %q", tt.first, tt.last, l.Person.FirstName, l.Person.LastName)
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	long := make([]string, 0, 300)
	for i := range 300 {
		long = append(long, fmt.Sprint("tag ", i))
	}
	tests := []struct {
		name     string
		in, want []string
	}{
		{"none", nil, nil},
		{"empty is none", []string{}, nil},
		{"only empty ones", []string{"", " ", "null"}, nil},
		{"clean", []string{"a", "b"}, []string{"a", "b"}},
		{"order and first spelling stay", []string{"SaaS", "b", "saas", "B"}, []string{"SaaS", "b"}},
		{"cleaned, then compared", []string{"a  b", " a b"}, []string{"a b"}},
		{"too many", long, long[:MaxTags]},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, texts(tt.in, MaxTag, MaxTags)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	l := lead.Lead{
		Status: " Qualified ", Reasons: []string{strings.Repeat("x", 600), " Uses\nHubSpot "},
		Custom: map[string]string{" a ": "1\n2", "b": "\x00", "": "dropped"},
		Person: &lead.Person{
			FullName: " Jane\u00a0 Doe", Title: "CTO\u200b",
			Emails: []lead.Email{{Value: " jane@acme.com "}, {Value: "null"}}, Phones: []lead.Phone{{Raw: "-"}},
		},
		Company: lead.Company{Description: "line one\r\nline two", Size: lead.Size{Raw: "N/A"}, Address: lead.Address{Country: "undefined"}},
		Source:  lead.Source{VendorLeadID: " " + strings.Repeat("9", 5000) + "\x00"},
		Scores:  lead.Scores{Raw: []lead.RawScore{{Name: " fit ", Value: "8 5"}, {Scale: "0-1"}}},
	}
	New().Apply(&l)
	want := lead.Lead{
		Status: "qualified", Reasons: []string{strings.Repeat("x", 499) + "…", "Uses HubSpot"},
		Custom:  map[string]string{"a": "1\n2", "b": ""},
		Person:  &lead.Person{FullName: "Jane Doe", Title: "CTO", Emails: []lead.Email{{Value: "jane@acme.com"}}},
		Company: lead.Company{Description: "line one\nline two"},
		Source:  lead.Source{VendorLeadID: strings.Repeat("9", 5000)},
		Scores:  lead.Scores{Raw: []lead.RawScore{{Name: "fit", Value: "8 5"}}},
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	l := lead.Lead{Custom: map[string]string{}}
	for i := range 1000 {
		s := fmt.Sprint(i)
		l.Custom[s] = s
		l.Reasons = append(l.Reasons, s)
		l.Tags = append(l.Tags, s)
		l.Company.Emails = append(l.Company.Emails, lead.Email{Value: s})
		l.Company.Phones = append(l.Company.Phones, lead.Phone{Raw: s})
		l.Scores.Raw = append(l.Scores.Raw, lead.RawScore{Name: s})
	}
	New().Apply(&l)
	got := []int{len(l.Custom), len(l.Reasons), len(l.Tags), len(l.Company.Emails), len(l.Company.Phones), len(l.Scores.Raw)}
	if diff := cmp.Diff([]int{MaxFields, MaxReasons, MaxTags, MaxContacts, MaxContacts, MaxScores}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\r\n\r\nb\x00\xff", 5)
	f.Add(strings.Repeat("é ", 9), 7)
	f.Fuzz(func(t *testing.T, s string, length int) {
		length = max(1, length%600)
		for name, clean := range map[string]func(string, int) string{"line": line, "lines": lines, "value": value} {
			once := clean(s, length)
			if again := clean(once, length); again != once {
				t.Errorf("%s(%q): %q, then %q", name, s, once, again)
			}
			if !utf8.ValidString(once) || strings.ContainsRune(once, 0) || utf8.RuneCountInString(once) > length {
				t.Errorf("%s(%q, %d) = %q", name, s, length, once)
			}
			if name == "line" && strings.ContainsAny(once, "\r\n\t") || strings.Contains(once, "\n\n\n") {
				t.Errorf("%s(%q) = %q", name, s, once)
			}
		}
	})
}

func BenchmarkApply(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{
			Person:  &lead.Person{FullName: "Jane Doe", Title: "Chief Technology Officer", Emails: []lead.Email{{Value: "jane.doe@acme.com"}}},
			Company: lead.Company{Name: "Acme Corp", Description: "Makes everything that anybody could ever want to throw at a road runner."},
			Reasons: []string{"Uses HubSpot", "Revenue > $10M", "Decision Maker found"},
		}
		tr.Apply(&l)
	}
}
