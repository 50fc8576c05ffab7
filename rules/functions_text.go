package rules

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// buildNumber compiles int() and float(). A text that is not a number is missing,
// not an error: "about 50" says no more about a size than nothing does.
func buildNumber(c *checker, n ast.Node, args []ast.Node) operand {
	o := c.value(args[0])
	name := "float"
	if b, ok := n.(*ast.BuiltinNode); ok {
		name = b.Name
	}
	if o.typ.kind == tBad || o.typ.kind != tText && !c.want(o, tNumber, name+"()") {
		return bad()
	}
	eval, whole := o.value(), name == "int"
	return operand{node: n, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
		v := eval(s)
		switch v.kind {
		case kNumber:
		case kText:
			f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
			if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
				return value{}
			}
			v = number(f)
		default:
			return value{}
		}
		if whole {
			v.num = math.Trunc(v.num)
		}
		return v
	}}
}

// buildString compiles string(): a number, a text or true and false as a text.
func buildString(c *checker, n ast.Node, args []ast.Node) operand {
	o := c.value(args[0])
	switch o.typ.kind {
	case tBad:
		return o
	case tText, tNumber, tBool, tAny:
	default:
		c.errorf(c.src.start(args[0]), "", "string() takes a number; %s is %s", c.src.text(args[0]), o.typ)
		return bad()
	}
	eval := o.value()
	return operand{node: n, typ: typ{kind: tText}, eval: func(s *Scope) value {
		switch v := eval(s); v.kind {
		case kText:
			return v
		case kNumber:
			return value{kind: kText, text: v.digits()}
		case kBool:
			return value{kind: kText, text: strconv.FormatBool(v.num != 0)}
		default:
			return value{}
		}
	}}
}

func buildReplace(c *checker, n ast.Node, args []ast.Node) operand {
	var evals [3]func(*Scope) value
	for i, a := range args {
		o := c.value(a)
		if o.typ.kind == tBad || !c.want(o, tText, "replace()") {
			return bad()
		}
		evals[i] = o.value()
	}
	return operand{node: n, typ: typ{kind: tText}, eval: func(s *Scope) value {
		in, old, with := evals[0](s), evals[1](s), evals[2](s)
		if in.kind != kText || old.kind != kText || with.kind != kText {
			return value{}
		}
		if len(in.text)+strings.Count(in.text, old.text)*len(with.text) > maxText {
			s.fail(errText)
			return value{}
		}
		return value{kind: kText, text: strings.ReplaceAll(in.text, old.text, with.text)}
	}}
}

func buildSplit(c *checker, n ast.Node, args []ast.Node) operand {
	in, sep := c.value(args[0]), c.value(args[1])
	if in.typ.kind == tBad || sep.typ.kind == tBad || !c.want(in, tText, "split()") || !c.want(sep, tText, "split()") {
		return bad()
	}
	eval, by := in.value(), sep.value()
	return operand{node: n, typ: typ{kind: tList, elem: &typ{kind: tText}}, eval: func(s *Scope) value {
		v, d := eval(s), by(s)
		if v.kind != kText || d.kind != kText {
			return value{}
		}
		parts := strings.SplitN(v.text, d.text, maxSteps)
		return value{kind: kList, ref: &parts}
	}}
}

// buildHasWord compiles has_word(title, "vp"): whether a text has a word or
// words, whatever their case.
func buildHasWord(c *checker, n ast.Node, args []ast.Node) operand {
	in, word := c.value(args[0]), c.value(args[1])
	if in.typ.kind == tBad || word.typ.kind == tBad {
		return bad()
	}
	if in.typ.kind == tList {
		c.errorf(c.src.start(args[0]), "any("+c.src.text(args[0])+", has_word(#, "+c.src.text(args[1])+"))",
			"%s is a list; has_word() takes a text", c.src.text(args[0]))
		return bad()
	}
	if !c.want(in, tText, "has_word()") || !c.want(word, tText, "has_word()") {
		return bad()
	}
	if word.fixed != nil && strings.TrimSpace(word.fixed.text) == "" {
		c.errorf(c.src.start(args[1]), `has_word(title, "vp")`, "the word is empty")
		return bad()
	}
	eval, sought := in.value(), word.value()
	return tested(n, func(s *Scope) Truth {
		a, b := eval(s), sought(s)
		if a.kind != kText || b.kind != kText {
			return Missing
		}
		return truth(hasWord(a.text, strings.TrimSpace(b.text)))
	})
}

// hasWord says whether word stands in text with no letter or digit right before
// or after it, whatever the case. It allocates nothing.
func hasWord(text, word string) bool {
	if word == "" {
		return false
	}
	before := rune(' ')
	for i, r := range text {
		if n := foldedPrefix(text[i:], word); n > 0 && !wordRune(before) {
			after, _ := utf8.DecodeRuneInString(text[i+n:])
			if i+n == len(text) || !wordRune(after) {
				return true
			}
		}
		before = r
	}
	return false
}

// wordRune says whether a character belongs to a word; a combining accent does.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// foldedPrefix returns how many bytes of text equal word whatever the case, 0 if it
// does not begin with it.
func foldedPrefix(text, word string) int {
	n := 0
	for _, w := range word {
		r, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || r != w && unicode.ToLower(r) != unicode.ToLower(w) {
			return 0
		}
		n += size
	}
	return n
}

// closure compiles any, all, none, one and count over a list. As everywhere, an
// entry that the condition cannot decide is unknown, not false: any() is true if
// one entry is, whatever the others; a list that is absent or empty is missing.
func closure(name string) func(*checker, ast.Node, []ast.Node) operand {
	return func(c *checker, n ast.Node, args []ast.Node) operand {
		list := c.value(args[0])
		var elem typ
		switch list.typ.kind {
		case tBad:
			return list
		case tAny:
			elem = typ{kind: tAny}
		case tList:
			elem = typ{kind: tAny}
			if list.typ.elem != nil {
				elem = *list.typ.elem
			}
		default:
			c.errorf(c.src.start(args[0]), name+`(tags, # == "x")`, "%s() takes a list; %s is %s", name, c.src.text(args[0]), list.typ)
			return bad()
		}
		p, ok := args[1].(*ast.PredicateNode)
		if !ok {
			c.errorf(c.src.start(args[1]), name+`(tags, # == "x")`, "%s() takes a list and a condition", name)
			return bad()
		}
		c.scopes = append(c.scopes, elem)
		cond := c.value(p.Node)
		c.scopes = c.scopes[:len(c.scopes)-1]
		if cond.typ.kind == tBad || !c.condition(cond) {
			return bad()
		}
		t := tally{list: list.value(), test: cond.truth()}
		switch name {
		case "any":
			return tested(n, func(s *Scope) Truth { return t.find(s, True, True, False) })
		case "all":
			return tested(n, func(s *Scope) Truth { return t.find(s, False, False, True) })
		case "none":
			return tested(n, func(s *Scope) Truth { return t.find(s, True, False, True) })
		case "one":
			return tested(n, t.one)
		default:
			return operand{node: n, typ: typ{kind: tNumber}, eval: t.count}
		}
	}
}

// tally walks a list with a condition.
type tally struct {
	list func(*Scope) value
	test func(*Scope) Truth
}

// each calls f with what the condition says about each entry until f returns
// false. It returns false where the list is missing or the rule failed.
func (t tally) each(s *Scope, f func(Truth) bool) bool {
	list := t.list(s)
	if list.kind != kList || s.err != nil {
		return false
	}
	depth := len(s.elems)
	s.elems, s.index = append(s.elems, value{}), append(s.index, 0)
	for i := range list.size() {
		if !s.step() {
			break
		}
		s.elems[depth], s.index[depth] = list.at(i), i
		if !f(t.test(s)) {
			break
		}
	}
	s.elems, s.index = s.elems[:depth], s.index[:depth]
	return s.err == nil
}

// find looks for an entry of which the condition is sought.
func (t tally) find(s *Scope, sought, found, otherwise Truth) Truth {
	result := otherwise
	if !t.each(s, func(v Truth) bool {
		if v == Missing {
			result = Missing
		}
		if v == sought {
			result = found
		}
		return v != sought
	}) {
		return Missing
	}
	return result
}

func (t tally) one(s *Scope) Truth {
	hits, unknown := 0, 0
	if !t.each(s, func(v Truth) bool {
		switch v {
		case True:
			hits++
		case Missing:
			unknown++
		default:
		}
		return hits < 2
	}) {
		return Missing
	}
	switch {
	case hits > 1:
		return False
	case unknown > 0:
		return Missing
	default:
		return truth(hits == 1)
	}
}

func (t tally) count(s *Scope) value {
	hits, unknown := 0, false
	if !t.each(s, func(v Truth) bool {
		if v == True {
			hits++
		}
		unknown = unknown || v == Missing
		return true
	}) || unknown {
		return value{}
	}
	return number(float64(hits))
}
