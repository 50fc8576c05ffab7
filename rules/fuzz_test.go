package rules

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCompile compiles anything and evaluates what compiles: no panic, every
// mistake inside the clause and on one line, every leaf where it says it is.
func FuzzCompile(f *testing.F) {
	for _, a := range answers() {
		f.Add(a.clause, false)
	}
	for _, s := range []string{`any(raw.items, .price > 2)`, `event startsWith "campaign."`, "a ? b : c", `raw[raw.x].y[-1]`, "`a``b` == title", `title == "\u{1F600}"`} {
		f.Add(s, true)
	}
	c, s := NewCompiler(), NewScope()
	f.Fuzz(func(t *testing.T, clause string, notice bool) {
		r, errs := c.Compile([]string{clause}, notice)
		length := utf8.RuneCountInString(clause)
		bad := false
		for _, e := range errs {
			bad = bad || !e.Warning
			if e.Clause != 0 || e.Offset < 0 || e.Offset > length || e.Message == "" || strings.ContainsAny(e.Message, "\n\r") {
				t.Errorf("%q: %+v", clause, e)
			}
		}
		for _, in := range []*Input{jane(), bare(), {Vendor: "v"}} {
			s.Reset(in)
			trace := make([]Truth, r.Leaves())
			v, err := r.Trace(s, trace)
			if bad != (err != nil && err.Error() == errBroken.Error()) {
				t.Fatalf("%q: mistakes %v, error %v", clause, errs, err)
			}
			if bad {
				continue
			}
			if err != nil && strings.Contains(err.Error(), "unexpected failure") {
				t.Errorf("%q: %v", clause, err)
			}
			if judged, _, failed := r.Judge(trace); err == nil && (judged != v || failed >= 0) || err != nil && failed < 0 {
				t.Errorf("%q: %v (%v), judged %v from %v", clause, v, err, judged, trace)
			}
			if v == True && r.Never() || err == nil && v != True && r.Always() {
				t.Errorf("%q is %v; never %v, always %v", clause, v, r.Never(), r.Always())
			}
			for i := range r.Leaves() {
				leaf := r.Leaf(i)
				if runes := []rune(clause); string(runes[leaf.Offset:leaf.Offset+utf8.RuneCountInString(leaf.Text)]) != leaf.Text {
					t.Errorf("%q: leaf %+v is not there", clause, leaf)
				}
				r.Values(s, i)
			}
		}
	})
}
