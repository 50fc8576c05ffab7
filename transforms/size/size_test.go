package size

import (
	"fmt"
	"testing"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func show(s lead.Size) string {
	end := func(n *int) string {
		if n == nil {
			return "?"
		}
		return fmt.Sprint(*n)
	}
	return end(s.Min) + ".." + end(s.Max)
}

func TestApply(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"50-200":                    "50..200", // as documented by a vendor
		"50 - 200":                  "50..200",
		"11–50 employees":           "11..50",
		"11—50":                     "11..50",
		"1,001-5,000":               "1001..5000",
		"1,001-5,000 employees":     "1001..5000",
		"1.001 – 5.000 Mitarbeiter": "1001..5000",
		"1'000-5'000":               "1000..5000",
		"1 000 à 5 000 salariés":    "1000..5000",
		"10\u00a0001+":              "10001..?",
		"50 to 200":                 "50..200",
		"between 50 and 200 people": "50..200",
		"200":                       "200..200",
		"200.0":                     "200..200",
		"1,234,567":                 "1234567..1234567",
		"~200":                      "200..200",
		"ca. 200 Mitarbeiter":       "200..200",
		"approximately 200":         "200..200",
		"200 employees":             "200..200",
		"1 employee":                "1..1",
		"0":                         "0..0",
		"1000+":                     "1000..?",
		"1000 +":                    "1000..?",
		"1000+ employees":           "1000..?",
		"10K+":                      "10000..?",
		"1.5k":                      "1500..1500",
		"1k-5k":                     "1000..5000",
		"500-1k":                    "500..1000",
		"at least 500":              "500..?",
		"500 or more":               "500..?",
		">=500":                     "500..?",
		"more than 500":             "501..?",
		"> 500":                     "501..?",
		"über 500":                  "501..?",
		"<50":                       "?..49",
		"fewer than 50":             "?..49",
		"under 50 employees":        "?..49",
		"up to 50":                  "?..50",
		"≤ 50":                      "?..50",
		"Employees: 50-200":         "50..200",
		"50-50":                     "50..50",
		// not read
		"": "?..?", "big": "?..?", "$5M": "?..?", "5M": "?..?", "200-50": "?..?", "Nov-50": "?..?", "10-Jan": "?..?", "50-200+": "?..?",
		"1-2-3": "?..?", "1.5": "?..?", "1.50": "?..?", "1,00": "?..?", "12,34-56": "?..?", "-5": "?..?", "50%": "?..?", "2024-01-01": "?..?",
		"10-50K people in sales": "?..?", "50 offices": "?..?", "10-50K": "?..?", "999999999999999999999": "?..?", "200000000": "?..?", "<0": "?..?", "+": "?..?",
		"50-": "?..?", "50 to": "?..?", "k": "?..?", "1kk": "?..?", "1000employeesandmore": "?..?",
	} {
		l := lead.Lead{Company: lead.Company{Size: lead.Size{Raw: raw}}}
		New().Apply(&l)
		if got := show(l.Company.Size); got != want || l.Company.Size.Raw != raw {
			t.Errorf("%q: %s, want %s (raw now %q)", raw, got, want, l.Company.Size.Raw)
		}
	}
}

func TestGivenFiguresStay(t *testing.T) {
	t.Parallel()
	l := lead.Lead{Company: lead.Company{Size: lead.Size{Raw: "50-200", Min: new(120)}}}
	New().Apply(&l)
	if got := show(l.Company.Size); got != "120..?" {
		t.Errorf("%s, want the vendor's own figure", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1,001-5,000 employees", "~200", "10k+", "<50", "between 1 000 and 5'000", "\xff", "1.5k-2k"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := parse(s)
		if !ok {
			return
		}
		if !r.hasMin && !r.hasMax || r.hasMin && r.hasMax && r.min > r.max || r.hasMin && (r.min < 0 || r.min > most+1) || r.hasMax && (r.max < 0 || r.max > most) {
			t.Errorf("%q → %+v", s, r)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		parse("1,001-5,000 employees")
	}
}
