package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// segment is one step of a path: `.name`, `["name"]` or `[expression]`.
type segment struct {
	name  string
	index ast.Node // nil: name
	node  *ast.MemberNode
}

// flatten takes a path apart: its root and the steps from there.
func flatten(n ast.Node) (root ast.Node, path []segment) {
	for {
		switch x := n.(type) {
		case *ast.ChainNode:
			n = x.Node
		case *ast.MemberNode:
			s := segment{index: x.Property, node: x}
			if name, ok := x.Property.(*ast.StringNode); ok {
				s.name, s.index = name.Value, nil
			}
			path = append([]segment{s}, path...)
			n = x.Node
		default:
			return n, path
		}
	}
}

// path compiles a name, with what follows it.
func (c *checker) path(n ast.Node) operand {
	root, path := flatten(n)
	switch x := root.(type) {
	case *ast.IdentifierNode:
		return c.named(n, x, path)
	case *ast.PointerNode:
		return c.pointer(n, x, path)
	default:
		o := c.value(root)
		if o.typ.kind == tBad {
			return o
		}
		o.entry, o.fixed, o.node = nil, nil, n
		return c.below(o, path)
	}
}

// named compiles a path that begins with a name of the vocabulary.
func (c *checker) named(n ast.Node, root *ast.IdentifierNode, path []segment) operand {
	name, used := root.Value, 0
	e := c.compiler.names[name]
	for i, s := range path { // company.region is a name of the vocabulary
		if s.index != nil {
			break
		}
		longer := name + "." + s.name
		if c.compiler.names[longer] == nil && !c.compiler.group(longer) {
			break
		}
		name, used = longer, i+1
		e = c.compiler.names[longer]
	}
	if e == nil || e.only && len(path) > used {
		c.unknownName(n, root, path)
		return bad()
	}
	if c.notice && !e.Notice {
		c.errorf(c.src.start(n), "use vendor, receiver, event, tenant, received_at, is_test or raw",
			"%s is a field of leads; a notice has none", name)
		return bad()
	}
	o := operand{node: n, typ: e.typ, entry: e}
	switch {
	case e.raw:
		o.eval = (*Scope).payload
	case e.keys != nil && len(path) > used:
		o = c.key(n, e, path[used])
		used++
	default:
		o.eval = func(s *Scope) value { return e.read(s.in) }
	}
	if used < len(path) {
		o.entry = nil
		o = c.below(o, path[used:])
	}
	if o.typ.kind != tBad && !inClosure(path) {
		c.reads = append(c.reads, read{text: c.src.text(n), eval: o.eval})
	}
	return o
}

// inClosure says whether a path depends on the entry a closure looks at: then it
// has no one value to show.
func inClosure(path []segment) bool {
	v := &pointers{}
	for _, s := range path {
		if s.index != nil {
			ast.Walk(&s.index, v)
		}
	}
	return v.found
}

type pointers struct{ found bool }

// Visit notes whether a node is a #.
func (v *pointers) Visit(n *ast.Node) {
	if _, ok := (*n).(*ast.PointerNode); ok {
		v.found = true
	}
}

// group says whether names of the vocabulary lie below that one.
func (c *Compiler) group(name string) bool {
	for _, e := range c.list {
		if strings.HasPrefix(e.Name.Name, name+".") {
			return true
		}
	}
	return false
}

// key compiles custom.plan and custom["Deal size"].
func (c *checker) key(n ast.Node, e *entry, s segment) operand {
	if s.index != nil {
		c.errorf(c.src.start(s.index), e.Name.Name+`["plan"]`, "which of the vendor's own fields is said in quotes")
		return bad()
	}
	key, keys := s.name, e.keys
	get := func(in *Input) string { return keys(in)[key] }
	return operand{
		node: n, typ: typ{kind: tText},
		entry: &entry{Name: Name{Name: e.Name.Name + "." + key, Type: typeText}, typ: typ{kind: tText}, text: get},
		eval:  func(s *Scope) value { return text(get(s.in)) },
	}
}

// below compiles the steps from an operand on.
func (c *checker) below(o operand, path []segment) operand {
	for _, s := range path {
		eval := o.value()
		switch {
		case o.typ.kind == tBad:
			return o
		case s.index != nil:
			o = c.at(o, s, eval)
		case o.typ.kind == tAny:
			name := s.name
			o = operand{node: s.node, typ: typ{kind: tAny}, eval: func(s *Scope) value { return eval(s).member(name) }}
		case o.typ.kind == tEmail || o.typ.kind == tPhone:
			o = c.contact(o, s, eval)
		case o.typ.kind == tRow:
			o = c.cell(o, s)
		case o.typ.kind == tTable:
			c.errorf(c.src.start(o.node), o.table.asCell(s.name), "which row of the table is meant?")
			return bad()
		case o.typ.kind == tList:
			list := c.src.text(s.node.Node)
			c.errorf(s.node.Property.Location().From, "any("+list+", ."+s.name+" == …)", "%s is a list; which entry is meant?", list)
			return bad()
		default:
			c.errorf(s.node.Property.Location().From, "", "%s is %s; it has nothing called %s", c.src.text(s.node.Node), o.typ, s.name)
			return bad()
		}
	}
	return o
}

// contact compiles a field of an e-mail address or a phone number.
func (c *checker) contact(o operand, s segment, eval func(*Scope) value) operand {
	name := s.name
	out := operand{node: s.node, typ: typ{kind: tText}, eval: func(s *Scope) value { return eval(s).member(name) }}
	fields := []string{"value", "type", "primary"}
	if o.typ.kind == tPhone {
		fields = []string{"raw", "e164"}
	}
	switch name {
	case "primary":
		out.typ.kind = tBool
	case "type":
		out.entry = &entry{Name: Name{Name: "type", Values: []string{"work", "personal", "role"}}}
	case "value":
		out.entry = &entry{Name: Name{Name: "value"}, form: formLower}
	}
	if slices.Contains(fields, name) {
		return out
	}
	suggestion := strings.Join(fields[:len(fields)-1], ", ") + " or " + fields[len(fields)-1]
	if n := nearest(name, fields); n != "" {
		suggestion = n
	}
	c.errorf(s.node.Property.Location().From, suggestion, "%s is %s; it has nothing called %s", c.src.text(s.node.Node), o.typ, name)
	return bad()
}

// at compiles an index.
func (c *checker) at(o operand, s segment, eval func(*Scope) value) operand {
	i := c.value(s.index)
	if i.typ.kind == tBad {
		return i
	}
	out := operand{node: s.node, typ: typ{kind: tAny}}
	switch {
	case o.typ.kind == tList && (i.typ.kind == tNumber || i.typ.kind == tAny):
		if o.typ.elem != nil {
			out.typ = *o.typ.elem
		}
	case o.typ.kind == tAny && (i.typ.kind == tNumber || i.typ.kind == tText || i.typ.kind == tAny):
	case o.typ.kind == tList || o.typ.kind == tAny:
		c.errorf(c.src.start(s.index), "", "an entry is named by its number from 0, not by %s", i.typ)
		return bad()
	default:
		c.errorf(c.src.start(s.index), "", "%s is %s; it has no entries", c.src.text(s.node.Node), o.typ)
		return bad()
	}
	index := i.value()
	out.eval = func(s *Scope) value {
		v, k := eval(s), index(s)
		switch k.kind {
		case kNumber:
			return v.index(k.num)
		case kText:
			return v.member(k.text)
		default:
			return value{}
		}
	}
	return out
}

// pointer compiles # and what follows it: the entry that a closure looks at.
func (c *checker) pointer(n ast.Node, x *ast.PointerNode, path []segment) operand {
	if len(c.scopes) == 0 {
		c.errorf(c.src.start(n), `any(tags, # == "x")`, "# stands for an entry inside any(), all(), none(), one() and count()")
		return bad()
	}
	o := operand{node: x, typ: c.scopes[len(c.scopes)-1]}
	depth := len(c.scopes) - 1
	switch x.Name {
	case "":
		o.eval = func(s *Scope) value { return s.elems[depth] }
	case "index":
		o.typ = typ{kind: tNumber}
		o.eval = func(s *Scope) value { return number(float64(s.index[depth])) }
	default:
		c.errorf(c.src.start(n), "#, or #index", "#%s is not known", x.Name)
		return bad()
	}
	if len(path) == 0 {
		o.node = n
		return o
	}
	return c.below(o, path)
}
