package rules

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// looseNot answers `not lead_potential == "low"`: not takes what stands right
// after it, which here is a name that is neither true nor false.
func (c *checker) looseNot(x *ast.BinaryNode) bool {
	first := x.Left
	for range 20 { // nobody writes a longer chain; compiling one must stay cheap
		b, ok := first.(*ast.BinaryNode)
		if !ok || c.parenthesised(b) {
			break
		}
		first = b.Left
	}
	u, ok := first.(*ast.UnaryNode)
	if !ok || u.Operator != "not" && u.Operator != "!" || c.parenthesised(u) {
		return false
	}
	saved := *c
	inner := c.value(u.Node)
	c.errs, c.reads = saved.errs, saved.reads
	if inner.typ.kind == tBool || inner.typ.kind == tAny {
		return false
	}
	from, to := c.src.extent(x)
	skip := len("not")
	if u.Operator == "!" {
		skip = len("!")
	}
	rest := strings.TrimSpace(string(c.src.runes[from+skip : to]))
	suggestion := "not (" + rest + ")"
	if ast.Node(u) == x.Left {
		left, right := c.src.text(u.Node), c.src.text(x.Right)
		switch x.Operator {
		case "==":
			suggestion = left + " != " + right
		case "!=":
			suggestion = left + " == " + right
		case "in", "contains", "startsWith", "endsWith", "matches":
			suggestion = left + " not " + x.Operator + " " + right
		}
	}
	c.errorf(u.Location().From, suggestion, "`not` belongs to %s alone here, not to the comparison", c.src.text(u.Node))
	return true
}

// parenthesised says whether an opening bracket stands right before a node.
func (c *checker) parenthesised(n ast.Node) bool {
	at := c.src.start(n)
	before := strings.TrimSpace(string(c.src.runes[:at]))
	return strings.HasSuffix(before, "(")
}

// orLiteral answers `company.region == "FL" or "GA"`.
func (c *checker) orLiteral(x *ast.BinaryNode) bool {
	var literals []ast.Node
	side := ast.Node(x)
	var first ast.Node
	for {
		b, ok := side.(*ast.BinaryNode)
		if !ok || b.Operator != x.Operator {
			first = side
			break
		}
		if !literal(b.Right) {
			return false
		}
		literals = append([]ast.Node{b.Right}, literals...)
		side = b.Left
	}
	cmp, ok := first.(*ast.BinaryNode)
	if !ok || len(literals) == 0 || c.parenthesised(literals[0]) {
		return false
	}
	all := []string{c.src.text(cmp.Right)}
	for _, l := range literals {
		all = append(all, c.src.text(l))
	}
	left := c.src.text(cmp.Left)
	suggestion := ""
	switch op, _ := connective(x.Operator); {
	case cmp.Operator == "==" && op == opOr:
		suggestion = left + " in [" + strings.Join(all, ", ") + "]"
	case cmp.Operator == "!=":
		suggestion = left + " not in [" + strings.Join(all, ", ") + "]"
	case cmp.Operator == "==" || cmp.Operator == "in":
		return false
	default:
		for i, a := range all {
			all[i] = left + " " + cmp.Operator + " " + a
		}
		suggestion = strings.Join(all, " "+x.Operator+" ")
	}
	c.errorf(c.src.start(literals[0]), suggestion, "%s alone is a value, not a condition", c.src.text(literals[0]))
	return true
}

func literal(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode:
		return true
	default:
		return false
	}
}

// comparesNil answers `score == nil`.
func (c *checker) comparesNil(x *ast.BinaryNode) bool {
	side, null := x.Left, x.Right
	if isNull(side) {
		side, null = null, side
	}
	if !isNull(null) {
		return false
	}
	suggestion := "has(" + c.src.text(side) + ")"
	if x.Operator == "==" {
		suggestion = "not " + suggestion
	}
	c.errorf(c.src.start(null), suggestion, "whether there is a value is asked with has()")
	return true
}

func isNull(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.NilNode:
		return true
	case *ast.IdentifierNode:
		switch strings.ToLower(x.Value) {
		case "null", "none", "nil", "undefined":
			return true
		}
	}
	return false
}

// shortWord warns about `title contains "VP"`, which finds VPN as well.
func (c *checker) shortWord(x *ast.BinaryNode, r operand) {
	if x.Operator != "contains" || r.fixed == nil {
		return
	}
	word := r.fixed.text
	name := titleIn(x.Left)
	if name == "" || len(word) == 0 || len(word) > 4 || strings.ContainsFunc(word, func(r rune) bool { return !isWordStart(r) }) {
		return
	}
	c.warnf(x.Location().From, "has_word("+name+", "+quote(strings.ToLower(word))+")",
		"this also finds %s inside longer words, as VP in VPN", quote(word))
}

// titleIn returns the name of the job title that an expression looks at, "" if it
// looks at something else.
func titleIn(n ast.Node) string {
	if b, ok := n.(*ast.BuiltinNode); ok && len(b.Arguments) == 1 {
		return titleIn(b.Arguments[0])
	}
	if root, path := flatten(n); len(path) <= 1 {
		if id, ok := root.(*ast.IdentifierNode); ok {
			switch {
			case id.Value == "title" && len(path) == 0:
				return "title"
			case id.Value == "person" && len(path) == 1 && path[0].name == "title":
				return "person.title"
			}
		}
	}
	return ""
}

// fixedCase warns about `email endsWith "@Example.com"`, which is never true.
func (c *checker) fixedCase(l, r operand) {
	if l.entry == nil || r.fixed == nil || l.entry.form != formLower && l.entry.form != formDomain {
		return
	}
	if lower := strings.ToLower(r.fixed.text); lower != r.fixed.text {
		c.warnf(c.src.start(r.node), quote(lower), "%s is always in lower case: this is never true", c.src.text(l.node))
	}
}

// literalCase warns about `lower(title) contains "VP"`, which is never true.
func (c *checker) literalCase(l, r operand) {
	b, ok := l.node.(*ast.BuiltinNode)
	if !ok || r.fixed == nil || r.fixed.kind != kText {
		return
	}
	switch word := r.fixed.text; {
	case b.Name == "lower" && strings.ToLower(word) != word:
		c.warnf(c.src.start(r.node), quote(strings.ToLower(word)), "what lower() returns has no capital letters: this is never true")
	case b.Name == "upper" && strings.ToUpper(word) != word:
		c.warnf(c.src.start(r.node), quote(strings.ToUpper(word)), "what upper() returns has no small letters: this is never true")
	}
}
