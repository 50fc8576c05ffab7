package routes

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/rules"
)

// clauses a random table is made of; the last two error on some leads.
func pool() []string {
	return []string{
		`lead_potential == "high"`, `score >= 80`, `score >= 50 or title == "CEO"`, `not (company.region in ["FL", "GA"])`,
		`has_word(title, "vp") and (is_new or score < 50)`, `is_new ? score > 50 : has(title)`, `is_new`, `true`, `(score ?? 0) < 10`,
		`10 / (score - 50) > 0`, `is_new or 10 / (score - 80) > 0`,
	}
}

func randomTable(g *rand.Rand, compile func(...string) *rules.Rule) *Table {
	random := func(name string) Route {
		var clauses []string
		all := pool()
		for range 1 + g.IntN(3) {
			clauses = append(clauses, all[g.IntN(len(all))])
		}
		r := Route{Name: name, When: compile(clauses...), To: to(fmt.Sprintf("out%d", g.IntN(5)))}
		r.OnError = []OnError{"", OnErrorNext, OnErrorHold, OnErrorFallback}[g.IntN(4)]
		switch g.IntN(5) {
		case 0:
			r.Suppresses, r.Suppress, r.To = true, "because", nil
		case 1:
			r.Continue = true
		}
		return r
	}
	t := &Table{}
	if g.IntN(2) == 0 {
		tests := random("tests")
		tests.Suppresses, tests.To = false, to("tests")
		t.Tests = &tests
	}
	for i := range g.IntN(6) {
		t.Routes = append(t.Routes, random(fmt.Sprintf("r%d", i)))
	}
	t.Routes = append(t.Routes, Route{Name: "last", To: to("last")})
	return t
}

func randomLead(g *rand.Rand) (*rules.Input, *lead.Lead) {
	l := &lead.Lead{LeadPotential: []lead.Potential{lead.PotentialHigh, lead.PotentialLow}[g.IntN(2)]}
	if g.IntN(4) > 0 {
		l.Score = new([]int{5, 50, 80, 90}[g.IntN(4)])
	}
	if g.IntN(3) > 0 {
		l.Person = &lead.Person{Title: []string{"CEO", "VP Sales", ""}[g.IntN(3)]}
	}
	l.Company.Address.Region = []string{"", "FL", "AL"}[g.IntN(3)]
	return &rules.Input{Lead: l, IsNew: g.IntN(2) == 0, IsTest: g.IntN(10) == 0}, l
}

// TestExplainIsTheInverse decides random leads by random tables, and compares what
// Explain makes of the trace with evaluating every route anew.
func TestExplainIsTheInverse(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 3))
	cache := map[string]*rules.Rule{}
	compile := func(clauses ...string) *rules.Rule {
		key := fmt.Sprint(clauses)
		if cache[key] == nil {
			cache[key] = rule(t, clauses...)
		}
		return cache[key]
	}
	s := rules.NewScope()
	seen := map[Outcome]int{}
	for i := range 3_000 {
		table := randomTable(g, compile)
		unreachable := map[string]bool{}
		for _, u := range table.Unreachable() {
			unreachable[table.Routes[u.Index].Name] = true
		}
		in, _ := randomLead(g)
		s.Reset(in)
		d := table.Decide(s)
		seen[d.Outcome]++
		got := table.Explain(d.Trace, s)
		want := simulate(table, s, &d)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, case %d (-want +got):\n%s", seed, i, diff)
		}
		for _, name := range d.Matched {
			if unreachable[name] {
				t.Fatalf("seed %d, case %d: route %s was matched, and is unreachable", seed, i, name)
			}
		}
		if d.Outcome == Routed && len(d.Targets) == 0 {
			t.Fatalf("seed %d, case %d: routed to nothing: %+v", seed, i, d)
		}
		if again := table.Decide(s); !cmp.Equal(d, again) {
			t.Fatalf("seed %d, case %d: decided differently the second time: %s", seed, i, cmp.Diff(d, again))
		}
	}
	for _, o := range []Outcome{Routed, Suppressed, Held, Test} {
		if seen[o] == 0 {
			t.Errorf("no lead was %s", o)
		}
	}
}

// simulate walks a table in the plainest way: it says what the trace must hold.
func simulate(t *Table, s *rules.Scope, d *Decision) []RouteTrace {
	var out []RouteTrace
	over := false
	show := func(r *Route, name string) (rules.Truth, error) {
		rt := RouteTrace{Name: name, Suppresses: r.Suppresses, Clauses: []ClauseTrace{}, Reached: !over}
		if r.When == nil {
			if rt.Reached {
				rt.Matched, rt.Result = true, rules.True
			}
			out = append(out, rt)
			return rt.Result, nil
		}
		leaves := make([]rules.Truth, r.When.Leaves())
		var err error
		if rt.Reached {
			if rt.Result, err = r.When.Trace(s, leaves); err != nil {
				rt.Error = err.Error()
			}
			rt.Matched = rt.Result == rules.True
		}
		_, clauses, _ := r.When.Judge(leaves)
		if !rt.Reached {
			clear(clauses)
		}
		for i, text := range r.When.Clauses() {
			rt.Clauses = append(rt.Clauses, ClauseTrace{Text: text, Result: clauses[i]})
		}
		for i, v := range leaves {
			info := r.When.Leaf(i)
			lt := LeafTrace{Text: info.Text, Result: v}
			if v != rules.NotReached {
				lt.Values = r.When.Values(s, i)
			}
			rt.Clauses[info.Clause].Leaves = append(rt.Clauses[info.Clause].Leaves, lt)
		}
		out = append(out, rt)
		return rt.Result, err
	}
	if t.Tests != nil {
		v, _ := show(t.Tests, "tests")
		over = over || v == rules.True
	}
	over = over || s.Input().IsTest
	fallback := false
	for i := range t.Routes {
		r := &t.Routes[i]
		reached := !over
		v, err := show(r, r.Name)
		switch {
		case !reached:
		case err != nil && r.onError() == OnErrorFallback:
			over, fallback = true, true
		case err != nil && r.onError() == OnErrorHold:
			over = true
		case v == rules.True:
			over = !r.Continue || r.Suppresses
		}
	}
	out[len(out)-1].Fallback = fallback
	_ = d
	return out
}

// FuzzExplain expands traces that other tables, or nobody, made.
func FuzzExplain(f *testing.F) {
	table := randomTable(rand.New(rand.NewPCG(1, 2)), func(c ...string) *rules.Rule { return rule(f, c...) })
	s := rules.NewScope()
	in, _ := randomLead(rand.New(rand.NewPCG(1, 2)))
	s.Reset(in)
	f.Add(table.Decide(s).Trace)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, trace []byte) {
		n := len(table.Routes)
		if table.Tests != nil {
			n++
		}
		if got := table.Explain(trace, s); len(got) != n {
			t.Errorf("%d routes explained of %d", len(got), n)
		}
	})
}

func TestAllocations(t *testing.T) {
	table := tableOf(t, 100)
	s := scope(rules.Input{IsNew: true}, sample())
	table.Decide(s)
	if n := testing.AllocsPerRun(100, func() { table.Decide(s) }); n > 4 {
		t.Errorf("%v allocations for one decision", n)
	}
}

// tableOf makes a table of n routes like those people write, the last of which takes the sample.
func tableOf(t testing.TB, n int) *Table {
	table := &Table{Tests: &Route{When: rule(t, `email endsWith "@example.com"`), To: to("file")}}
	for i := range n - 1 {
		table.Routes = append(table.Routes, Route{
			Name: fmt.Sprintf("r%d", i), To: to("crm"),
			When: rule(t, `lead_potential == "high"`, fmt.Sprintf(`company.domain in ["a%d.com", "b%d.com"]`, i, i), `score >= 80`),
		})
	}
	table.Routes = append(table.Routes, Route{Name: "last", To: to("slack:#hot", "crm")})
	return table
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		table := tableOf(b, n)
		s := scope(rules.Input{IsNew: true}, sample())
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := table.Decide(s); d.Outcome != Routed {
					b.Fatal(d)
				}
			}
		})
	}
}
