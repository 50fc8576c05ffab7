package rules

import (
	"math/rand/v2"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// TestMeansWhatExprMeans runs random conditions over leads that have every value
// through expr's own compiler and machine: where nothing is missing, a rule must
// mean what expr says it means.
func TestMeansWhatExprMeans(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := gen{rand.New(rand.NewPCG(seed, 2))}
	c, s := NewCompiler(), NewScope()
	compared := 0
	for i := range 5_000 {
		clause := g.cond(3).String()
		in, env := g.input(true)
		delete(env, "raw") // expr errors on paths that are absent or of another type
		env["has"] = func(v any) bool { return v != nil }
		env["has_word"] = hasWord
		program, err := expr.Compile(clause, expr.Env(env), expr.AsBool())
		if err != nil {
			continue // a path into raw
		}
		want, err := vm.Run(program, env)
		if err != nil {
			t.Fatalf("seed %d, case %d: %q: expr: %v", seed, i, clause, err)
		}
		r, errs := c.Compile([]string{clause}, false)
		if r.broken {
			t.Fatalf("seed %d, case %d: %q: %v", seed, i, clause, errs)
		}
		s.Reset(in)
		got, err := r.Eval(s)
		if err != nil || got != refTruth(want) {
			t.Fatalf("seed %d, case %d: %q over %+v: %v (%v), expr says %v", seed, i, clause, env, got, err, want)
		}
		compared++
	}
	if compared < 1_000 {
		t.Errorf("only %d conditions were compared", compared)
	}
}
