package rules

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"leadhub/lead"
)

// condition says whether an operand can be true or false, and answers if not.
func (c *checker) condition(o operand) bool {
	if o.typ.kind == tBool || o.typ.kind == tAny {
		return true
	}
	c.notACondition(o)
	return false
}

// notACondition answers `when: score`.
func (c *checker) notACondition(o operand) {
	at, name := c.src.start(o.node), c.src.text(o.node)
	suggestion := ""
	switch {
	case o.typ.kind == tTable:
		c.errorf(at, o.table.asMember(), "%s is a table, not a condition: what is looked for in it?", name)
		return
	case o.typ.kind == tRow:
		c.errorf(at, name+o.table.someColumn()+` == "…"`, "%s is a row of a table, not a condition: which column is meant?", name)
		return
	case o.fixed != nil:
		suggestion = "title == " + name
		if o.typ.kind == tNumber {
			suggestion = "score == " + name
		}
		c.errorf(at, suggestion, "%s alone is %s, not a condition: compare it with something", name, o.typ)
		return
	case o.entry != nil && o.entry.raw:
		c.errorf(at, "has(raw.data)", "raw is the whole payload, not a condition")
		return
	case o.typ.kind == tKeys:
		suggestion = "has(" + name + ")"
	case o.entry != nil && len(o.entry.Values) > 0:
		suggestion = name + " == " + quote(o.entry.Values[0])
	case o.entry != nil && o.entry.form == formPercent:
		suggestion = name + " >= 80"
	case o.entry != nil:
		suggestion = "has(" + name + ")"
	case o.typ.kind == tNumber:
		suggestion = name + " > 0"
	case o.typ.kind == tText:
		suggestion = name + ` == "…"`
	case o.typ.kind == tList:
		suggestion = "len(" + name + ") > 0"
	}
	c.errorf(at, suggestion, "%s is %s; a condition must be true or false", name, o.typ)
}

// want says whether an operand is, or may be, of a type, and answers if not.
func (c *checker) want(o operand, t sort, what string) bool {
	if o.typ.kind == t || o.typ.kind == tAny {
		return true
	}
	suggestion := ""
	name := c.src.text(o.node)
	switch {
	case o.typ.kind == tText && t == tNumber && o.fixed != nil:
		suggestion = asNumber(o.fixed.text)
	case o.typ.kind == tText && t == tNumber:
		suggestion = "float(" + name + ")"
	case o.typ.kind == tNumber && t == tText && o.fixed != nil:
		suggestion = quote(name)
	case o.typ.kind == tNumber && t == tText:
		suggestion = "string(" + name + ")"
	}
	c.errorf(c.src.start(o.node), suggestion, "%s takes %s; %s is %s", what, typ{kind: t}, name, o.typ)
	return false
}

// asNumber returns a text as the number it holds, "" if it holds none.
func asNumber(s string) string {
	s = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(s), "%"), ",", "")
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return ""
	}
	return s
}

// comparable says whether == makes sense, and answers if not.
func (c *checker) comparable(x *ast.BinaryNode, l, r operand) bool {
	a, b := l.typ.kind, r.typ.kind
	simple := a == tText || a == tNumber || a == tBool || a == tTime || a == tDuration
	switch {
	case a == tBad || b == tBad:
		return false
	case a == tAny && b != tGroup && b != tKeys && b != tList, b == tAny && a != tGroup && a != tKeys && a != tList, a == b && simple:
		return true
	}
	left, right := c.src.text(l.node), c.src.text(r.node)
	if b == tTable {
		c.errorf(x.Location().From, left+" in "+right, "%s is a table; whether something is in it is asked with in", right)
		return false
	}
	if a == tRow || b == tRow {
		row := l
		if b == tRow {
			row = r
		}
		c.errorf(c.src.start(row.node), c.src.text(row.node)+row.table.someColumn(), "%s is a row of a table: which column is meant?", c.src.text(row.node))
		return false
	}
	if l.typ.kind == tKeys || l.typ.kind == tGroup {
		c.errorf(c.src.start(l.node), left+`.plan`, "%s is a group of names: which of them?", left)
		return false
	}
	if l.typ.kind == tList || r.typ.kind == tList {
		list, one := l, r
		if r.typ.kind == tList {
			list, one = r, l
		}
		suggestion := c.src.text(one.node) + " in " + c.src.text(list.node)
		if x.Operator == "!=" {
			suggestion = c.src.text(one.node) + " not in " + c.src.text(list.node)
		}
		if len(one.lists) == 0 && len(list.lists) > 0 { // tags == ["x"]
			list, one = one, list
		}
		if one.typ.kind == tList {
			suggestion = shared(c.src.text(list.node), c.src.text(one.node), one)
		}
		c.errorf(x.Location().From, suggestion, "%s is a list; whether something is in it is asked with in", c.src.text(list.node))
		return false
	}
	c.errorf(c.src.start(r.node), rewritten(l, r), "%s is %s, %s is %s: they are never equal", left, l.typ, right, r.typ)
	return false
}

// shared returns a condition for two lists that have an entry in common.
func shared(list, literal string, entries operand) string {
	switch len(entries.lists) {
	case 0:
		if entries.fixed != nil {
			return "len(" + list + ") == 0"
		}
	case 1:
		return strings.TrimSuffix(strings.TrimPrefix(literal, "["), "]") + " in " + list
	}
	return "any(" + list + ", # in " + literal + ")"
}

// rewritten returns the literal r as it would have to be to compare with l.
func rewritten(l, r operand) string {
	if r.fixed == nil {
		if l.fixed != nil {
			return rewritten(r, l)
		}
		return ""
	}
	switch {
	case l.typ.kind == tNumber && r.fixed.kind == kText:
		return asNumber(r.fixed.text)
	case l.typ.kind == tText && r.fixed.kind == kNumber:
		return quote(showNumber(r.fixed.num))
	case l.typ.kind == tText && r.fixed.kind == kBool:
		return quote(strconv.FormatBool(r.fixed.num != 0))
	case l.typ.kind == tBool && r.fixed.kind == kText:
		switch strings.ToLower(r.fixed.text) {
		case "true", "yes", "y", "1":
			return "true"
		case "false", "no", "n", "0":
			return "false"
		}
	case l.typ.kind == tBool && r.fixed.kind == kNumber:
		return strconv.FormatBool(r.fixed.num != 0)
	case l.typ.kind == tTime && r.fixed.kind == kText:
		return "date(" + quote(r.fixed.text) + ")"
	case l.typ.kind == tDuration && r.fixed.kind == kText:
		return "duration(" + quote(r.fixed.text) + ")"
	}
	return ""
}

// orderable says whether < makes sense, and answers if not.
func (c *checker) orderable(x *ast.BinaryNode, l, r operand) bool {
	at := c.src.start(r.node)
	left, right := c.src.text(l.node), c.src.text(r.node)
	for _, side := range []operand{l, r} {
		if side.entry == nil || len(side.entry.Values) == 0 {
			continue
		}
		other, operator := r, x.Operator
		if side.node == r.node {
			other, operator = l, mirrored(operator)
		}
		c.errorf(x.Location().From, ranked(c.src.text(side.node), side.entry.Values, other.fixed, operator),
			"%s compares letters here, not ranks: name the values", x.Operator)
		return false
	}
	a, b := l.typ.kind, r.typ.kind
	ordered := a == tText || a == tNumber || a == tTime || a == tDuration
	switch {
	case a == b && ordered, a == tAny && (b == tAny || b == tText || b == tNumber || b == tTime || b == tDuration), b == tAny && ordered:
		return true
	}
	suggestion := rewritten(l, r)
	if a == tText && r.fixed != nil && r.fixed.kind == kNumber {
		suggestion = "float(" + left + ") " + x.Operator + " " + right
		if l.entry != nil && !strings.HasPrefix(l.entry.Name.Name, "custom.") {
			suggestion = "len(" + left + ") " + x.Operator + " " + right
		}
	}
	if a == tBool {
		suggestion = left + ", or not " + left
	}
	if a == tList {
		at, suggestion = c.src.start(l.node), "len("+left+") "+x.Operator+" "+right
	}
	c.errorf(at, suggestion, "%s is %s, %s is %s: %s cannot compare them", left, l.typ, right, r.typ, x.Operator)
	return false
}

// ranked turns `lead_potential >= "medium"` into the list of values that means.
// Values are listed from the highest on; unknown has no rank.
func ranked(name string, values []string, literal *value, operator string) string {
	at := -1
	var levels []string
	for _, v := range values {
		if v == string(lead.PotentialUnknown) {
			continue
		}
		if literal != nil && v == literal.text {
			at = len(levels)
		}
		levels = append(levels, v)
	}
	if at < 0 {
		return name + ` in ["…"]`
	}
	switch operator {
	case ">":
		levels = levels[:at]
	case ">=":
		levels = levels[:at+1]
	case "<":
		levels = levels[at+1:]
	default:
		levels = levels[at:]
	}
	quoted := make([]string, len(levels))
	for i, l := range levels {
		quoted[i] = quote(l)
	}
	return name + " in [" + strings.Join(quoted, ", ") + "]"
}

// listable says whether something can be in the right operand of in.
func (c *checker) listable(x *ast.BinaryNode, l, r operand) bool {
	left, right := c.src.text(l.node), c.src.text(r.node)
	switch r.typ.kind {
	case tAny:
		return true
	case tList:
		if l.typ.kind == tList {
			c.errorf(x.Location().From, shared(left, right, r), "%s is a list; whether something is in it is asked with in", left)
			return false
		}
		e := r.typ.elem
		if e == nil || e.kind == tAny || l.typ.kind == tAny || len(r.lists) > 0 || e.kind == l.typ.kind {
			return true
		}
		if e.kind == tEmail && l.typ.kind == tText {
			c.errorf(c.src.start(r.node), "any("+right+", .value == "+left+")", "the entries of %s are not texts", right)
			return false
		}
		if e.kind == tPhone && l.typ.kind == tText {
			c.errorf(c.src.start(r.node), "any("+right+", .e164 == "+left+")", "the entries of %s are not texts", right)
			return false
		}
		c.errorf(c.src.start(l.node), rewritten(operand{typ: *e}, l), "%s is %s, the entries of %s are not", left, l.typ, right)
		return false
	case tText:
		if r.fixed != nil {
			c.errorf(c.src.start(r.node), "["+right+"]", "a list has square brackets")
		} else {
			c.errorf(c.src.start(r.node), right+" contains "+left, "%s is a text, not a list", right)
		}
		return false
	case tKeys:
		suggestion := "has(" + right + "[" + left + "])"
		c.errorf(c.src.start(r.node), suggestion, "whether the vendor sent a field is asked with has()")
		return false
	default:
		suggestion := ""
		if r.fixed != nil {
			suggestion = "[" + right + "]"
		}
		if b, ok := r.node.(*ast.BinaryNode); ok && b.Operator == "-" {
			suggestion = c.src.text(b.Left) + ".." + c.src.text(b.Right)
		}
		c.errorf(c.src.start(r.node), suggestion, "%s is %s, not a list", right, r.typ)
		return false
	}
}
