package rules

import (
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// binary compiles an operator between two operands, below a leaf.
func (c *checker) binary(x *ast.BinaryNode) operand {
	switch x.Operator {
	case "and", "&&", "or", "||":
		return c.logic(x)
	case "==", "!=":
		return c.equality(x)
	case "<", "<=", ">", ">=":
		return c.ordering(x)
	case "in":
		return c.membership(x)
	case "contains", "startsWith", "endsWith":
		return c.textTest(x)
	case "matches":
		return c.matches(x)
	case "??":
		return c.fallback(x)
	case "+", "-", "*", "/", "%", "**", "^":
		return c.arithmetic(x)
	case "..":
		c.errorf(c.src.start(x), "score in 50..80", "a range stands after `in`")
		return bad()
	default:
		c.errorf(x.Location().From, "", "%s is not an operator", x.Operator)
		return bad()
	}
}

// logic compiles and, or inside a closure or parentheses that are a value.
func (c *checker) logic(x *ast.BinaryNode) operand {
	if c.orLiteral(x) {
		return bad()
	}
	l, r := c.value(x.Left), c.value(x.Right)
	if l.typ.kind == tBad || r.typ.kind == tBad || !c.condition(l) || !c.condition(r) {
		return bad()
	}
	op, _ := connective(x.Operator)
	decides := False
	if op == opOr {
		decides = True
	}
	left, right := l.truth(), r.truth()
	return tested(x, func(s *Scope) Truth {
		a := left(s)
		if a == decides || s.err != nil {
			return a
		}
		b := right(s)
		if b == decides || a != Missing {
			return b
		}
		return Missing
	})
}

// sides compiles the operands of a comparison. The right one knows what it is
// compared with, for a better answer about a text without quotes.
func (c *checker) sides(x *ast.BinaryNode) (l, r operand, ok bool) {
	if c.looseNot(x) {
		return l, r, false
	}
	l = c.value(x.Left)
	c.peer = l.entry
	r = c.value(x.Right)
	c.peer = nil
	return l, r, l.typ.kind != tBad && r.typ.kind != tBad
}

// equality compiles == and !=.
func (c *checker) equality(x *ast.BinaryNode) operand {
	if c.comparesNil(x) {
		return bad()
	}
	l, r, ok := c.sides(x)
	if !ok {
		return bad()
	}
	if !c.comparable(x, l, r) {
		return bad()
	}
	c.checkLiteral(x, l, r)
	c.checkLiteral(x, r, l)
	if l.fixed != nil && r.fixed == nil {
		l, r = r, l
	}
	negate := x.Operator == "!="
	out := tested(x, equalTest(l, r, negate))
	out.fact = equalFact(l, r, negate)
	if l.fixed != nil && r.fixed != nil {
		v := fromTruth(equal(*l.fixed, *r.fixed))
		if negate {
			v = *foldNot(&v)
		}
		out.fixed = &v
	}
	return out
}

// equalTest chooses how to compare: the common shapes need no value at all.
func equalTest(l, r operand, negate bool) func(*Scope) Truth {
	yes, no := True, False
	if negate {
		yes, no = False, True
	}
	if r.fixed != nil && l.entry != nil {
		switch want := *r.fixed; {
		case l.entry.text != nil && want.kind == kText:
			get, lit := l.entry.text, want.text
			return func(s *Scope) Truth {
				switch get(s.in) {
				case lit:
					if lit == "" {
						return Missing
					}
					return yes
				case "":
					return Missing
				default:
					return no
				}
			}
		case l.entry.num != nil && want.kind == kNumber:
			get, lit := l.entry.num, want.num
			return func(s *Scope) Truth {
				n, ok := get(s.in)
				switch {
				case !ok:
					return Missing
				case n == lit:
					return yes
				default:
					return no
				}
			}
		}
	}
	left, right := l.value(), r.value()
	return func(s *Scope) Truth {
		t := equal(left(s), right(s))
		if negate {
			return not(t)
		}
		return t
	}
}

// ordering compiles <, <=, >, >=.
func (c *checker) ordering(x *ast.BinaryNode) operand {
	l, r, ok := c.sides(x)
	if !ok || !c.orderable(x, l, r) {
		return bad()
	}
	c.checkLiteral(x, l, r)
	c.checkLiteral(x, r, l)
	operator := x.Operator
	if l.fixed != nil && r.fixed == nil {
		l, r, operator = r, l, mirrored(operator)
	}
	out := tested(x, orderTest(l, r, operator))
	out.fact = orderFact(l, r, operator)
	if l.fixed != nil && r.fixed != nil {
		if n, ok := order(*l.fixed, *r.fixed); ok {
			v := boolean(holds(operator, n))
			out.fixed = &v
		}
	}
	return out
}

func mirrored(operator string) string {
	switch operator {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	default:
		return "<="
	}
}

// holds says whether an order of -1, 0 or 1 satisfies the operator.
func holds(operator string, n int) bool {
	switch operator {
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	default:
		return n >= 0
	}
}

func orderTest(l, r operand, operator string) func(*Scope) Truth {
	if r.fixed != nil && r.fixed.kind == kNumber && l.entry != nil && l.entry.num != nil {
		get, lit := l.entry.num, r.fixed.num
		switch operator {
		case "<":
			return func(s *Scope) Truth { n, ok := get(s.in); return known(ok, n < lit) }
		case "<=":
			return func(s *Scope) Truth { n, ok := get(s.in); return known(ok, n <= lit) }
		case ">":
			return func(s *Scope) Truth { n, ok := get(s.in); return known(ok, n > lit) }
		default:
			return func(s *Scope) Truth { n, ok := get(s.in); return known(ok, n >= lit) }
		}
	}
	left, right := l.value(), r.value()
	return func(s *Scope) Truth {
		n, ok := order(left(s), right(s))
		return known(ok, holds(operator, n))
	}
}

func known(ok, t bool) Truth {
	if !ok {
		return Missing
	}
	return truth(t)
}

// membership compiles `in`: in a list, a range, or an object of the payload.
func (c *checker) membership(x *ast.BinaryNode) operand {
	if b, ok := x.Right.(*ast.BinaryNode); ok && b.Operator == ".." {
		return c.inRange(x, b)
	}
	l, r, ok := c.sides(x)
	if ok && r.typ.kind == tTable {
		return c.inTable(x, l, r)
	}
	if !ok || !c.listable(x, l, r) {
		return bad()
	}
	failed := len(c.errs)
	for _, entry := range r.lists {
		if !c.comparable(x, l, entry) {
			continue
		}
		c.checkLiteral(x, l, entry)
		c.checkLiteral(x, entry, l)
	}
	if c.failed(failed) {
		return bad()
	}
	out := tested(x, memberTest(l, r))
	out.fact = memberFact(l, r)
	if l.fixed != nil && r.fixed != nil {
		v := fromTruth(contains(nil, *r.fixed, *l.fixed))
		out.fixed = &v
	}
	return out
}

func memberTest(l, r operand) func(*Scope) Truth {
	left := l.value()
	if r.fixed != nil && l.entry != nil && l.entry.text != nil && r.typ.elem != nil && r.typ.elem.kind == tText {
		get, want := l.entry.text, make([]string, 0, len(r.lists))
		for _, e := range r.lists {
			want = append(want, e.fixed.text)
		}
		if len(want) > 8 {
			return setTest(get, want)
		}
		return func(s *Scope) Truth {
			t := get(s.in)
			if t == "" {
				return Missing
			}
			return truth(slices.Contains(want, t))
		}
	}
	if r.fixed == nil && r.lists != nil { // no need to build the list
		entries := make([]func(*Scope) value, 0, len(r.lists))
		for _, e := range r.lists {
			entries = append(entries, e.value())
		}
		return func(s *Scope) Truth {
			v, result := left(s), False
			for _, e := range entries {
				switch equal(v, e(s)) {
				case True:
					return True
				case Missing:
					result = Missing
				default:
				}
			}
			return result
		}
	}
	right := r.value()
	return func(s *Scope) Truth { return contains(s, right(s), left(s)) }
}

func setTest(get func(*Input) string, want []string) func(*Scope) Truth {
	set := make(map[string]bool, len(want))
	for _, w := range want {
		set[w] = true
	}
	return func(s *Scope) Truth {
		t := get(s.in)
		if t == "" {
			return Missing
		}
		return truth(set[t])
	}
}

// contains says whether v is in a list, as SQL's IN: an entry that cannot be
// compared makes a "no" a "missing". s counts the work; nil: it is bounded otherwise.
func contains(s *Scope, list, v value) Truth {
	if list.kind == kObject && v.kind == kText {
		if m, ok := list.ref.(map[string]any); ok {
			_, has := m[v.text]
			return truth(has)
		}
		return Missing
	}
	if list.kind != kList {
		return Missing
	}
	if v.missing() {
		return Missing
	}
	result := False
	for i := range list.size() {
		if s != nil && !s.step() {
			return Missing
		}
		switch equal(v, list.at(i)) {
		case True:
			return True
		case Missing:
			result = Missing
		default:
		}
	}
	return result
}

// inRange compiles `score in 50..80`: a whole number from 50 to 80.
func (c *checker) inRange(x, rng *ast.BinaryNode) operand {
	l, from, to := c.value(x.Left), c.value(rng.Left), c.value(rng.Right)
	if l.typ.kind == tBad || from.typ.kind == tBad || to.typ.kind == tBad ||
		!c.want(l, tNumber, "in") || !c.want(from, tNumber, "..") || !c.want(to, tNumber, "..") {
		return bad()
	}
	v, a, b := l.value(), from.value(), to.value()
	out := tested(x, func(s *Scope) Truth {
		n, lo, hi := v(s), a(s), b(s)
		if n.kind != kNumber || lo.kind != kNumber || hi.kind != kNumber {
			return Missing
		}
		return truth(n.num >= lo.num && n.num <= hi.num && n.num == math.Trunc(n.num))
	})
	if from.fixed != nil && to.fixed != nil {
		out.fact = rangeFact(l, from.fixed.num, to.fixed.num)
	}
	return out
}
