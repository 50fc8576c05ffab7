package rules

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rule is a compiled `when`. It is immutable and safe for concurrent use, each
// goroutine with a Scope of its own.
type Rule struct {
	clauses []string
	roots   []node // one per clause
	leaves  []leaf
	loc     *time.Location
	broken  bool
	verdict Truth // True and False: the rule is that for every input
}

// LeafInfo says where a leaf is: a part of a clause that and, or and not connect.
type LeafInfo struct {
	Clause int    // index into Clauses
	Offset int    // in characters from the clause's start
	Text   string // as written by the user
}

// Value is what a leaf read: a name as the user wrote it and its value as the
// user would write it, shortened to 200 characters.
type Value struct {
	Name    string `json:"name"`
	Text    string `json:"value,omitempty"`
	Missing bool   `json:"missing,omitempty"`
}

// leaf is a comparison, a function or a name: everything but and, or, not and ?:.
type leaf struct {
	info  LeafInfo
	test  func(*Scope) Truth
	reads []read
	fixed Truth // True or False where it is that for every input
	canon string
	fact  *fact
}

// read is a name that a leaf reads.
type read struct {
	text string
	eval func(*Scope) value
	say  func(*Scope) string // set instead of eval where words say it better; "": nothing to say
}

type op uint8

const (
	opLeaf op = iota
	opAnd
	opOr
	opNot
	opIf // a ? b : c
)

// node is a part of a clause's tree.
type node struct {
	op   op
	leaf int // index into Rule.leaves
	kids []node
}

var errBroken = errors.New("the rule has mistakes")

// Leaves returns how many leaves the rule has: the length of a trace.
func (r *Rule) Leaves() int { return len(r.leaves) }

// Leaf describes leaf i.
func (r *Rule) Leaf(i int) LeafInfo { return r.leaves[i].info }

// Clauses returns the clauses as the user wrote them.
func (r *Rule) Clauses() []string { return slices.Clone(r.clauses) }

// Never says whether the rule is provably not true for any lead; false proves nothing.
func (r *Rule) Never() bool { return !r.broken && (r.verdict == False || r.contradicts()) }

// Always says whether the rule is provably true for every lead; false proves nothing.
func (r *Rule) Always() bool { return !r.broken && r.verdict == True }

// Eval says whether the input in the scope satisfies every clause. It stops as
// soon as the answer is known. It allocates nothing in the ordinary case.
//
// An error means the rule has no answer (a division by zero, too much work, a
// payload that could not be decoded): it is neither true nor false.
func (r *Rule) Eval(s *Scope) (Truth, error) { return r.run(s, nil) }

// Trace is Eval, and notes the value of every leaf it reached in t, which must
// have Leaves() entries, all NotReached. A leaf that errored stays NotReached.
func (r *Rule) Trace(s *Scope, t []Truth) (Truth, error) {
	if len(t) != len(r.leaves) {
		return NotReached, fmt.Errorf("rules: a trace of %d leaves for a rule of %d", len(t), len(r.leaves))
	}
	if len(t) == 0 {
		t = nil
	}
	return r.run(s, t)
}

func (r *Rule) run(s *Scope, t []Truth) (result Truth, err error) {
	if r.broken {
		return NotReached, errBroken
	}
	s.steps, s.err, s.elems, s.index = 0, nil, s.elems[:0], s.index[:0]
	defer func() {
		if p := recover(); p != nil {
			result, err = NotReached, r.failure(s, fmt.Errorf("unexpected failure: %v", p))
		}
	}()
	result = True
	for i := range r.roots {
		v := r.eval(&r.roots[i], s, t)
		if s.err != nil {
			return NotReached, r.failure(s, s.err)
		}
		if v == False {
			return False, nil
		}
		if v == Missing {
			result = Missing
		}
	}
	return result, nil
}

// failure says which leaf errored.
func (r *Rule) failure(s *Scope, err error) error {
	return fmt.Errorf("%s: %w", r.leaves[s.leaf].info.Text, err)
}

// eval returns the value of a part of the tree. Where a leaf failed it returns at
// once, with s.err set and a value that means nothing.
func (r *Rule) eval(n *node, s *Scope, t []Truth) Truth {
	switch n.op {
	case opLeaf:
		s.leaf = n.leaf
		v := r.leaves[n.leaf].test(s)
		if t != nil && s.err == nil {
			t[n.leaf] = v
		}
		return v
	case opNot:
		return not(r.eval(&n.kids[0], s, t))
	case opIf:
		switch c := r.eval(&n.kids[0], s, t); {
		case s.err != nil:
			return c
		case c == True:
			return r.eval(&n.kids[1], s, t)
		case c == False:
			return r.eval(&n.kids[2], s, t)
		default:
			return Missing
		}
	default: // and, or
	}
	decides, result := False, True
	if n.op == opOr {
		decides, result = True, False
	}
	for i := range n.kids {
		v := r.eval(&n.kids[i], s, t)
		if v == decides || s.err != nil {
			return v
		}
		if v == Missing {
			result = Missing
		}
	}
	return result
}

// Judge computes from a trace what Trace returned and what each clause was.
// failed is the leaf that errored, -1 if none did; then result is NotReached.
func (r *Rule) Judge(t []Truth) (result Truth, clauses []Truth, failed int) {
	clauses = make([]Truth, len(r.clauses))
	if r.broken || len(t) != len(r.leaves) {
		return NotReached, clauses, 0
	}
	result, failed = True, -1
	for i := range r.roots {
		v := judge(&r.roots[i], t, &failed)
		if failed >= 0 {
			return NotReached, clauses, failed
		}
		clauses[i] = v
		if v == False {
			return False, clauses, -1
		}
		if v == Missing {
			result = Missing
		}
	}
	return result, clauses, -1
}

// judge is eval over the leaves of a trace.
func judge(n *node, t []Truth, failed *int) Truth {
	switch n.op {
	case opLeaf:
		if t[n.leaf] == NotReached {
			*failed = n.leaf
		}
		return t[n.leaf]
	case opNot:
		return not(judge(&n.kids[0], t, failed))
	case opIf:
		switch c := judge(&n.kids[0], t, failed); {
		case *failed >= 0:
			return c
		case c == True:
			return judge(&n.kids[1], t, failed)
		case c == False:
			return judge(&n.kids[2], t, failed)
		default:
			return Missing
		}
	default: // and, or
	}
	decides, result := False, True
	if n.op == opOr {
		decides, result = True, False
	}
	for i := range n.kids {
		v := judge(&n.kids[i], t, failed)
		if v == decides || *failed >= 0 {
			return v
		}
		if v == Missing {
			result = Missing
		}
	}
	return result
}

// Values returns what leaf i reads from the input in the scope, in the order of
// the text, each name once.
func (r *Rule) Values(s *Scope, i int) (values []Value) {
	reads := r.leaves[i].reads
	defer func() {
		if recover() != nil { // a payload that cannot be decoded has no values
			values = nil
		}
	}()
	for _, rd := range reads {
		s.err = nil
		if rd.say != nil {
			if said := rd.say(s); said != "" {
				values = append(values, Value{Name: rd.text, Text: said})
			}
			continue
		}
		v := rd.eval(s)
		out := Value{Name: rd.text, Missing: v.missing()}
		if !out.Missing {
			out.Text = v.show(r.loc)
		}
		values = append(values, out)
	}
	return values
}
