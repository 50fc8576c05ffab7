package rules

import (
	"github.com/expr-lang/expr/ast"
)

// sort is what a value is while compiling.
type sort uint8

const (
	tBad sort = iota // a mistake was reported already: say nothing more
	tAny             // from the payload: known only when it is read
	tText
	tNumber
	tBool
	tTime
	tDuration
	tList
	tEmail // an entry of person.emails
	tPhone // an entry of person.phones
	tKeys  // custom
	tGroup // company, person, source: names below it, no value of its own
	tTable // table("t")
	tRow   // table("t", key)
)

// typ is the type of an operand.
type typ struct {
	kind sort
	elem *typ // of a list; nil: anything
}

// String names a type in messages, with its article.
func (t typ) String() string {
	switch t.kind {
	case tText:
		return "a text"
	case tNumber:
		return "a number"
	case tBool:
		return "true or false"
	case tTime:
		return "a time"
	case tDuration:
		return "a duration"
	case tList:
		return "a list"
	case tEmail:
		return "an e-mail address"
	case tPhone:
		return "a phone number"
	case tKeys, tGroup:
		return "a group of names"
	case tTable:
		return "a table"
	case tRow:
		return "a row of a table"
	default:
		return "anything"
	}
}

// operand is a compiled part of a clause.
type operand struct {
	node  ast.Node
	typ   typ
	eval  func(*Scope) value
	test  func(*Scope) Truth // set instead of eval where the result is true or false
	fixed *value             // where it is the same for every input
	entry *entry             // where it is a name of the vocabulary
	lists []operand          // the entries of a list written out
	fact  *fact
	table *Table             // of tTable and tRow
	row   func(*Scope) value // the key of a tRow
}

func bad() operand { return operand{typ: typ{kind: tBad}} }

// value returns how to read the operand, whichever way it was compiled.
func (o operand) value() func(*Scope) value {
	if o.eval == nil && o.test != nil {
		test := o.test
		return func(s *Scope) value { return fromTruth(test(s)) }
	}
	return o.eval
}

// truth returns how to read the operand as true or false.
func (o operand) truth() func(*Scope) Truth {
	if o.test != nil {
		return o.test
	}
	eval := o.eval
	return func(s *Scope) Truth { return truthOf(eval(s)) }
}

func constant(n ast.Node, t sort, v value) operand {
	return operand{node: n, typ: typ{kind: t}, fixed: &v, eval: func(*Scope) value { return v }}
}

func tested(n ast.Node, test func(*Scope) Truth) operand {
	return operand{node: n, typ: typ{kind: tBool}, test: test}
}

// tree compiles a clause, or what and, or, not and ?: connect in one.
func (c *checker) tree(n ast.Node) node {
	switch x := n.(type) {
	case *ast.BinaryNode:
		op, ok := connective(x.Operator)
		if !ok {
			break
		}
		if c.orLiteral(x) {
			return node{}
		}
		out := node{op: op}
		for _, side := range []ast.Node{x.Left, x.Right} {
			kid := c.tree(side)
			if kid.op == op { // a and b and c: one node
				out.kids = append(out.kids, kid.kids...)
			} else {
				out.kids = append(out.kids, kid)
			}
		}
		return out
	case *ast.UnaryNode:
		if (x.Operator == "not" || x.Operator == "!") && !c.infixNot(x) {
			return node{op: opNot, kids: []node{c.tree(x.Node)}}
		}
	case *ast.ConditionalNode:
		if x.Cond == x.Exp1 {
			c.errorf(c.src.start(x.Cond), "or", "?: is not an operator")
			return node{}
		}
		return node{op: opIf, kids: []node{c.tree(x.Cond), c.tree(x.Exp1), c.tree(x.Exp2)}}
	}
	return c.leaf(n)
}

func connective(operator string) (op, bool) {
	switch operator {
	case "and", "&&":
		return opAnd, true
	case "or", "||":
		return opOr, true
	default:
		return 0, false
	}
}

// infixNot says whether a not stands between its operands: `a not in b`.
func (c *checker) infixNot(n *ast.UnaryNode) bool {
	b, ok := n.Node.(*ast.BinaryNode)
	return ok && n.Location().From > c.src.start(b.Left)
}

// leaf compiles everything else.
func (c *checker) leaf(n ast.Node) node {
	c.reads = nil
	errors := len(c.errs)
	o := c.value(n)
	if o.typ.kind == tBad || c.failed(errors) {
		return node{}
	}
	if o.typ.kind != tBool && o.typ.kind != tAny || o.entry != nil && o.entry.raw {
		c.notACondition(o)
		return node{}
	}
	from, to := c.src.extent(n)
	l := leaf{
		info:  LeafInfo{Clause: c.clause, Offset: from, Text: string(c.src.runes[from:to])},
		test:  o.truth(),
		reads: distinct(c.reads),
		canon: c.src.canonical(n),
		fact:  o.fact,
	}
	if o.fixed != nil {
		l.fixed = truthOf(*o.fixed)
	}
	if name := factName(o); name != "" && o.typ.kind == tBool {
		l.fact = &fact{name: name, flag: True}
	}
	c.rule.leaves = append(c.rule.leaves, l)
	return node{op: opLeaf, leaf: len(c.rule.leaves) - 1}
}

// failed says whether there is an error, not a warning, after the first n.
func (c *checker) failed(n int) bool {
	for _, e := range c.errs[n:] {
		if !e.Warning {
			return true
		}
	}
	return false
}

func distinct(reads []read) []read {
	var out []read
	seen := map[string]bool{}
	for _, r := range reads {
		if !seen[r.text] {
			seen[r.text] = true
			out = append(out, r)
		}
	}
	return out
}

// value compiles an expression.
func (c *checker) value(n ast.Node) operand {
	switch x := n.(type) {
	case *ast.StringNode:
		return constant(n, tText, value{kind: kText, text: x.Value})
	case *ast.IntegerNode:
		if x.Value > 1<<53 || x.Value < -(1<<53) {
			c.errorf(c.src.start(n), quote(c.src.text(n)), "a number this long loses its last digits; ids are texts")
			return bad()
		}
		return constant(n, tNumber, number(float64(x.Value)))
	case *ast.FloatNode:
		return constant(n, tNumber, number(x.Value))
	case *ast.BoolNode:
		return constant(n, tBool, boolean(x.Value))
	case *ast.NilNode:
		c.errorf(c.src.start(n), "has(score), or score ?? 0", "nil is not a value; whether there is one is asked with has()")
		return bad()
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode, *ast.PointerNode:
		return c.path(n)
	case *ast.UnaryNode:
		return c.unary(x)
	case *ast.BinaryNode:
		return c.binary(x)
	case *ast.ConditionalNode:
		return c.conditional(x)
	case *ast.ArrayNode:
		return c.array(x)
	case *ast.CallNode:
		return c.call(x)
	case *ast.BuiltinNode:
		return c.function(x, x.Name, x.Arguments)
	default:
		return c.unsupported(n)
	}
}

// unsupported answers what expr has and rules have not.
func (c *checker) unsupported(n ast.Node) operand {
	at := c.src.start(n)
	switch n.(type) {
	case *ast.SliceNode:
		c.errorf(at, `title startsWith "VP"`, "a part of a text or list cannot be cut out; use startsWith, endsWith or matches")
	case *ast.MapNode:
		c.errorf(at, `["FL", "GA"]`, "a list has square brackets")
	case *ast.BytesNode:
		c.errorf(at, "", "a text has no letter before its quotes")
	case *ast.PredicateNode:
		c.errorf(at, "", "did not expect a condition here")
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		c.errorf(at, "join two conditions with `and`, or write a list: it means all of them", "a condition is one expression")
	default:
		c.errorf(at, "", "this cannot be used in a condition")
	}
	return bad()
}

func (c *checker) unary(x *ast.UnaryNode) operand {
	o := c.value(x.Node)
	if o.typ.kind == tBad {
		return o
	}
	if x.Operator == "not" || x.Operator == "!" {
		if !c.condition(o) {
			return bad()
		}
		test := o.truth()
		out := tested(x, func(s *Scope) Truth { return not(test(s)) })
		out.fact = o.fact.negate()
		out.fixed = foldNot(o.fixed)
		return out
	}
	if !c.want(o, tNumber, x.Operator) {
		return bad()
	}
	if o.fixed != nil {
		v := *o.fixed
		if x.Operator == "-" {
			v.num = -v.num
		}
		return constant(x, tNumber, v)
	}
	eval, minus := o.value(), x.Operator == "-"
	return operand{node: x, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
		v := eval(s)
		if v.kind != kNumber {
			return value{}
		}
		if minus {
			v.num = -v.num
		}
		return v
	}}
}

func foldNot(v *value) *value {
	if v == nil {
		return nil
	}
	n := fromTruth(not(truthOf(*v)))
	return &n
}

// conditional compiles `a ? b : c` where it is a value and not a clause.
func (c *checker) conditional(x *ast.ConditionalNode) operand {
	cond, a, b := c.value(x.Cond), c.value(x.Exp1), c.value(x.Exp2)
	if cond.typ.kind == tBad || a.typ.kind == tBad || b.typ.kind == tBad || !c.condition(cond) {
		return bad()
	}
	t, ok := common(a.typ, b.typ)
	if !ok {
		c.errorf(c.src.start(x.Exp2), "", "both results of ?: must be of one type: %s is %s, %s is %s",
			c.src.text(x.Exp1), a.typ, c.src.text(x.Exp2), b.typ)
		return bad()
	}
	test, yes, no := cond.truth(), a.value(), b.value()
	return operand{node: x, typ: t, eval: func(s *Scope) value {
		switch test(s) {
		case True:
			return yes(s)
		case False:
			return no(s)
		default:
			return value{}
		}
	}}
}

// common returns the type of something that is either an a or a b.
func common(a, b typ) (typ, bool) {
	switch {
	case a.kind == tTable || a.kind == tRow:
		return typ{}, false // which of the two it is must be known before anything is read
	case a.kind == b.kind:
		if a.elem == nil || b.elem == nil {
			return typ{kind: a.kind, elem: cmpOr(a.elem, b.elem)}, true
		}
		return a, a.elem.kind == b.elem.kind
	case a.kind == tAny:
		return a, true
	case b.kind == tAny:
		return b, true
	default:
		return typ{}, false
	}
}

func cmpOr(a, b *typ) *typ {
	if a != nil {
		return a
	}
	return b
}

// array compiles a list that is written out.
func (c *checker) array(x *ast.ArrayNode) operand {
	out := operand{node: x, typ: typ{kind: tList}}
	fixed := make([]value, 0, len(x.Nodes))
	evals := make([]func(*Scope) value, 0, len(x.Nodes))
	for _, n := range x.Nodes {
		o := c.value(n)
		if o.typ.kind == tBad {
			out.typ.kind = tBad
			continue
		}
		if out.typ.kind == tBad {
			continue
		}
		t := o.typ
		if out.typ.elem == nil {
			out.typ.elem = &t
		} else if both, ok := common(*out.typ.elem, t); ok {
			out.typ.elem = &both
		} else { // which of them is wrong, the other side of `in` knows
			out.typ.elem = &typ{kind: tAny}
		}
		out.lists = append(out.lists, o)
		evals = append(evals, o.value())
		if o.fixed != nil {
			fixed = append(fixed, *o.fixed)
		}
	}
	if len(fixed) == len(x.Nodes) {
		v := value{kind: kList, ref: fixed}
		out.fixed = &v
		out.eval = func(*Scope) value { return v }
		return out
	}
	out.eval = func(s *Scope) value {
		list := make([]value, len(evals))
		for i, e := range evals {
			list[i] = e(s)
		}
		return value{kind: kList, ref: list}
	}
	return out
}
