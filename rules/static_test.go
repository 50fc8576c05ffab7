package rules

import "testing"

func compiled(t *testing.T, clauses ...string) *Rule {
	t.Helper()
	r, errs := NewCompiler().Compile(clauses, false)
	if r.broken {
		t.Fatalf("%q: %v", clauses, errs)
	}
	return r
}

func TestNeverAndAlways(t *testing.T) {
	tests := []struct {
		clauses       []string
		never, always bool
	}{
		{[]string{`true`}, false, true},
		{[]string{`true`, `1 < 2 or score > 3`}, false, true},
		{[]string{`false`}, true, false},
		{[]string{`score > 3`, `not true`}, true, false},
		{[]string{`lead_potential == "high" and lead_potential == "low"`}, true, false},
		{[]string{`lead_potential == "high"`, `lead_potential != "high"`}, true, false},
		{[]string{`lead_potential in ["high", "low"]`, `lead_potential in ["medium"]`}, true, false},
		{[]string{`lead_potential in ["high", "low"]`, `lead_potential not in ["low", "high"]`}, true, false},
		{[]string{`lead_potential in ["high", "low"]`, `lead_potential != "low"`}, false, false},
		{[]string{`score > 100`}, true, false},
		{[]string{`score >= 100`}, false, false},
		{[]string{`company.employees_min > 100`}, false, false},
		{[]string{`score > 50`, `score < 50`}, true, false},
		{[]string{`score >= 50`, `50 >= score`}, false, false},
		{[]string{`score > 50`, `not (score > 50)`}, true, false},
		{[]string{`score > 80 and not (score >= 70)`}, true, false},
		{[]string{`score in 10..20`, `score == 30`}, true, false},
		{[]string{`is_new`, `not is_new`}, true, false},
		{[]string{`is_new == true`, `is_new == false`}, true, false},
		{[]string{`is_new`, `is_new == false`}, true, false},
		{[]string{`title contains "Sales"`, `not (title  contains "Sales")`}, true, false},
		{[]string{`lead_potential == "high"`, `lead_potential == "low" or score > 100`}, true, false},
		{[]string{`lead_potential == "high"`, `lead_potential == "low" or score > 99`}, false, false},
		{[]string{`not (lead_potential == "high" or is_new)`, `is_new or lead_potential == "high"`}, true, false},
		{[]string{`is_new ? score > 3 : score < 3`}, false, false},
		{[]string{`(score ?? 0) > 50`, `score < 50`}, false, false}, // not the same value
		{[]string{`any(tags, # == "a")`, `any(tags, # == "b")`}, false, false},
		{[]string{`custom.plan == "a"`, `custom["plan"] == "b"`}, true, false},
		{[]string{`title == "a"`, `company.name == "b"`}, false, false},
		{[]string{`title == "a" or title == "b"`}, false, false},
		{[]string{`score == 85`, `score == 85.0`}, false, false},
	}
	for _, test := range tests {
		r := compiled(t, test.clauses...)
		if r.Never() != test.never || r.Always() != test.always {
			t.Errorf("%q: never %v, always %v; want %v, %v", test.clauses, r.Never(), r.Always(), test.never, test.always)
		}
	}
	broken, _ := NewCompiler().Compile([]string{`x`}, false)
	if broken.Never() || broken.Always() || broken.Covers(broken) {
		t.Error("something is proven of a rule with mistakes")
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		broad, narrow []string
		want          bool
	}{
		{[]string{`is_new`}, []string{`is_new`}, true},
		{[]string{`is_new`}, []string{`is_new == true`}, true},
		{[]string{`title contains "Sales"`}, []string{`is_new`, `title   contains 'Sales'`}, true},
		{[]string{`is_new`, `title contains "Sales"`}, []string{`title contains "Sales" && is_new && score > 3`}, true},
		{[]string{`is_new`, `title contains "Sales"`}, []string{`is_new`}, false},
		{[]string{`score >= 50`}, []string{`score >= 80`}, true},
		{[]string{`score >= 50`}, []string{`score > 50`}, true},
		{[]string{`score > 50`}, []string{`score >= 50`}, false},
		{[]string{`score >= 80`}, []string{`score >= 50`}, false},
		{[]string{`score >= 50`}, []string{`score in 60..70`}, true},
		{[]string{`not (score < 50)`}, []string{`score >= 80`}, true},
		{[]string{`company.region in ["FL", "GA"]`}, []string{`company.region == "FL"`, `is_new`}, true},
		{[]string{`company.region in ["FL", "GA"]`}, []string{`company.region in ["FL", "AL"]`}, false},
		{[]string{`company.region != "FL"`}, []string{`company.region == "GA"`}, true},
		{[]string{`company.region != "FL"`}, []string{`company.region not in ["FL", "GA"]`}, true},
		{[]string{`company.region != "FL"`}, []string{`score > 3`}, false},
		{[]string{`is_new or score > 3`}, []string{`score > 3 or is_new`, `title == "x"`}, true},
		{[]string{`is_new or score > 3`}, []string{`is_new or score > 4`}, false},
		{[]string{`true`}, []string{`is_new`}, true},
		{[]string{`is_new ? true : false`}, []string{`is_new`}, false},
		{[]string{`score >= 0`}, []string{`is_new`}, false}, // a missing score
		{[]string{`(score ?? 0) >= 50`}, []string{`score >= 80`}, false},
	}
	for _, test := range tests {
		if got := compiled(t, test.broad...).Covers(compiled(t, test.narrow...)); got != test.want {
			t.Errorf("%q covers %q: %v, want %v", test.broad, test.narrow, got, test.want)
		}
	}
}
