package routes

import (
	"leadhub/rules"
)

// A trace is a sequence of two-bit values, four to a byte from the lowest bits
// on: for `tests` and then for every route in order, what became of it, followed
// by its leaves if it was reached. It ends with the last route reached; what the
// last byte has left is zero, which is also "not reached".
const (
	markNotReached = iota
	markMatched
	markNotMatched // false or missing: the leaves tell
	markErrored
)

// bits writes and reads a trace.
type bits struct {
	buf []byte
	n   int // values
}

func (b *bits) put(v uint8) {
	if b.n%4 == 0 {
		b.buf = append(b.buf, 0)
	}
	b.buf[b.n/4] |= v << (b.n % 4 * 2)
	b.n++
}

// next returns the next value, zero after the end.
func (b *bits) next() uint8 {
	if b.n/4 >= len(b.buf) {
		return 0
	}
	v := b.buf[b.n/4] >> (b.n % 4 * 2) & 3
	b.n++
	return v
}

// ClauseTrace is one clause of a route.
type ClauseTrace struct {
	Text   string      `json:"text"` // as written
	Result rules.Truth `json:"result"`
	Leaves []LeafTrace `json:"leaves"`
}

// LeafTrace is one comparison of a clause.
type LeafTrace struct {
	Text   string        `json:"text"` // as written
	Result rules.Truth   `json:"result"`
	Values []rules.Value `json:"values,omitempty"` // what it read; empty if it was not reached
}

// RouteTrace says what became of one route.
type RouteTrace struct {
	Name       string        `json:"name"`
	Reached    bool          `json:"reached"`
	Matched    bool          `json:"matched"`
	Result     rules.Truth   `json:"result"` // of the whole rule; not reached if it errored
	Suppresses bool          `json:"suppresses,omitempty"`
	Error      string        `json:"error,omitempty"`    // why the rule has no answer
	Fallback   bool          `json:"fallback,omitempty"` // the last route, used because another one errored
	Clauses    []ClauseTrace `json:"clauses"`
}

// TestsName is the name of the `tests:` section in a trace and in Decision.Route.
const TestsName = "tests"

// Explain expands the trace of a decision of this table: `tests` first, where the
// configuration has it, then every route in order, those that were not reached
// too. The scope must hold the input that was decided; the values are read from
// it anew.
func (t *Table) Explain(trace []byte, s *rules.Scope) []RouteTrace {
	in := bits{buf: trace}
	list := t.Routes
	if s.Input().Lead == nil {
		list = t.Notices
	}
	out := make([]RouteTrace, 0, len(list)+1)
	if t.Tests != nil {
		rt := explain(t.Tests, TestsName, &in, s)
		if t.Tests.When == nil { // nothing to evaluate: the vendor's marker decides
			rt.Matched = s.Input().IsTest
			rt.Result = rules.False
			if rt.Matched {
				rt.Result = rules.True
			}
		}
		out = append(out, rt)
	}
	failed := false
	for i := range list {
		rt := explain(&list[i], list[i].Name, &in, s)
		failed = rt.Error != "" && list[i].onError() == OnErrorFallback
		out = append(out, rt)
		if failed && s.Input().Lead != nil {
			for k := i + 1; k < len(list); k++ {
				rest := explain(&list[k], list[k].Name, &in, s)
				rest.Fallback = k == len(list)-1
				out = append(out, rest)
			}
			break
		}
	}
	return out
}

func explain(r *Route, name string, in *bits, s *rules.Scope) RouteTrace {
	out := RouteTrace{Name: name, Suppresses: r.Suppresses, Clauses: []ClauseTrace{}}
	mark := in.next()
	out.Reached = mark != markNotReached
	out.Matched = mark == markMatched
	if r.When == nil {
		if out.Reached {
			out.Result = rules.True
		}
		return out
	}
	leaves := make([]rules.Truth, r.When.Leaves())
	results := make([]rules.Truth, len(r.When.Clauses()))
	if out.Reached {
		for i := range leaves {
			leaves[i] = rules.Truth(in.next())
		}
		out.Result, results, _ = r.When.Judge(leaves)
	}
	if mark == markErrored {
		out.Result, out.Error = rules.NotReached, "the rule has no answer"
		if _, err := r.When.Eval(s); err != nil {
			out.Error = err.Error()
		}
	}
	for i, text := range r.When.Clauses() {
		out.Clauses = append(out.Clauses, ClauseTrace{Text: text, Result: results[i], Leaves: []LeafTrace{}})
	}
	for i, v := range leaves {
		leaf := r.When.Leaf(i)
		lt := LeafTrace{Text: leaf.Text, Result: v}
		if v != rules.NotReached {
			lt.Values = r.When.Values(s, i)
		}
		c := &out.Clauses[leaf.Clause]
		c.Leaves = append(c.Leaves, lt)
	}
	return out
}

// Sent returns the names of the routes that sent what was decided somewhere, in
// order, as its trace tells; for a notice, those of the entries of `notices:`.
func (t *Table) Sent(trace []byte, notice bool) []string {
	in := bits{buf: trace}
	list := t.Routes
	if notice {
		list = t.Notices
	}
	if t.Tests != nil {
		t.Tests.pass(&in)
	}
	var names []string
	for i := range list {
		r := &list[i]
		switch r.pass(&in) {
		case markMatched:
			if !r.Suppresses {
				names = append(names, r.Name)
			}
		case markErrored:
			if !notice && r.onError() == OnErrorFallback {
				return append(names, list[len(list)-1].Name)
			}
		}
	}
	return names
}

// pass reads over a route in a trace and returns its mark.
func (r *Route) pass(in *bits) uint8 {
	mark := in.next()
	if r.When != nil && mark != markNotReached {
		for range r.When.Leaves() {
			in.next()
		}
	}
	return mark
}
