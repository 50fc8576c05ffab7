package rules

import "testing"

func ordinary() map[string][]string {
	return map[string][]string{
		"equal":    {`lead_potential == "high"`},
		"number":   {`score >= 80`},
		"in":       {`company.region in ["FL", "GA"]`},
		"three":    {`lead_potential == "high"`, `company.region in ["FL", "GA"]`, `score >= 80`},
		"word":     {`has_word(title, "sales")`},
		"default":  {`(score ?? 0) + 5 > confidence`},
		"tags":     {`"eu" in tags`},
		"any":      {`any(tags, # startsWith "e")`},
		"emails":   {`any(person.emails, .type == "personal")`},
		"raw":      {`raw.deep.a.b == "c"`},
		"rawany":   {`any(raw.items, .price > 2)`},
		"email":    {`email endsWith "@acme.com"`},
		"custom":   {`custom.plan == "gold"`},
		"has":      {`has(score) and not has(custom.colour)`},
		"matches":  {"title matches `^VP`"},
		"time":     {`received_at.Hour() >= 9 and received_at > date("2026-01-01")`},
		"elements": {`title in [status, "VP of Sales"]`},
	}
}

func TestNoAllocations(t *testing.T) {
	s := NewScope()
	s.Reset(jane())
	for name, clauses := range ordinary() {
		r := compiled(t, clauses...)
		if v, err := r.Eval(s); v != True || err != nil {
			t.Errorf("%s: %v, %v", name, v, err)
		}
		trace := make([]Truth, r.Leaves())
		n := testing.AllocsPerRun(200, func() {
			_, _ = r.Eval(s)
			_, _ = r.Trace(s, trace)
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	s := NewScope()
	s.Reset(jane())
	for name, clauses := range ordinary() {
		r, _ := NewCompiler().Compile(clauses, false)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = r.Eval(s)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	c := NewCompiler()
	for b.Loop() {
		c.Compile([]string{`lead_potential == "high"`, `company.region in ["FL", "GA"]`, `score >= 80`}, false)
	}
}
