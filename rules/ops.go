package rules

import (
	"errors"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// textTest compiles contains, startsWith and endsWith.
func (c *checker) textTest(x *ast.BinaryNode) operand {
	l, r, ok := c.sides(x)
	if !ok {
		return bad()
	}
	if l.typ.kind == tList {
		suggestion := c.src.text(x.Right) + " in " + c.src.text(x.Left)
		if r.typ.kind == tList {
			suggestion = shared(c.src.text(x.Left), c.src.text(x.Right), r)
		}
		c.errorf(x.Location().From, suggestion,
			"%s is a list; whether something is in it is asked with in", c.src.text(x.Left))
		return bad()
	}
	if !c.want(l, tText, x.Operator) || !c.want(r, tText, x.Operator) {
		return bad()
	}
	if !unexpanded(r) {
		c.shortWord(x, r)
		c.literalCase(l, r)
		c.fixedCase(l, r)
	}
	return tested(x, textTestOf(x.Operator, l, r))
}

func textTestOf(operator string, l, r operand) func(*Scope) Truth {
	find := strings.Contains
	switch operator {
	case "startsWith":
		find = strings.HasPrefix
	case "endsWith":
		find = strings.HasSuffix
	}
	if l.entry != nil && l.entry.text != nil && r.fixed != nil {
		get, lit := l.entry.text, r.fixed.text
		return func(s *Scope) Truth {
			t := get(s.in)
			if t == "" {
				return Missing
			}
			return truth(find(t, lit))
		}
	}
	left, right := l.value(), r.value()
	return func(s *Scope) Truth {
		a, b := left(s), right(s)
		if a.kind != kText || b.kind != kText {
			return Missing
		}
		return truth(find(a.text, b.text))
	}
}

// matches compiles a regular expression; it must be written in the rule.
func (c *checker) matches(x *ast.BinaryNode) operand {
	l, r, ok := c.sides(x)
	if !ok || !c.want(l, tText, "matches") || !c.want(r, tText, "matches") {
		return bad()
	}
	if r.fixed == nil {
		c.errorf(c.src.start(x.Right), "title matches `^VP\\b`", "the pattern must be written in the condition")
		return bad()
	}
	re, err := regexp.Compile(r.fixed.text)
	if err != nil {
		c.errorf(c.src.start(x.Right), "", "the pattern is not a regular expression: %s", patternMistake(err))
		return bad()
	}
	left := l.value()
	return tested(x, func(s *Scope) Truth {
		v := left(s)
		if v.kind != kText {
			return Missing
		}
		return truth(re.MatchString(v.text))
	})
}

func patternMistake(err error) string {
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		return e.Code.String() + " in " + e.Expr
	}
	return err.Error()
}

// fallback compiles `score ?? 0`.
func (c *checker) fallback(x *ast.BinaryNode) operand {
	if _, ok := x.Right.(*ast.NilNode); ok {
		c.errorf(c.src.start(x.Right), c.src.text(x.Left), "a default of nil changes nothing")
		return bad()
	}
	l, r, ok := c.sides(x)
	if !ok {
		return bad()
	}
	t, ok := common(l.typ, r.typ)
	if !ok {
		c.errorf(c.src.start(x.Right), rewritten(l, r), "the default must be what %s is: %s, not %s",
			c.src.text(x.Left), l.typ, r.typ)
		return bad()
	}
	left, right := l.value(), r.value()
	out := operand{node: x, typ: t, eval: func(s *Scope) value {
		if v := left(s); !v.missing() {
			return v
		}
		return right(s)
	}}
	if l.entry != nil && l.entry.Values != nil { // still of the enumeration
		c.checkLiteral(x, l, r)
		out.entry = &entry{Name: Name{Name: l.entry.Name.Name, Values: l.entry.Values}}
		if r.fixed != nil && r.fixed.kind == kText {
			out.entry.Values = append(append([]string(nil), l.entry.Values...), r.fixed.text)
		}
	} else if l.entry != nil && l.entry.form == formPercent {
		out.entry = &entry{Name: Name{Name: l.entry.Name.Name}, form: formPercent}
	}
	return out
}

// arithmetic compiles + - * / % **.
func (c *checker) arithmetic(x *ast.BinaryNode) operand {
	l, r := c.value(x.Left), c.value(x.Right)
	if l.typ.kind == tBad || r.typ.kind == tBad {
		return bad()
	}
	operator := x.Operator
	if t, ok := c.timeArithmetic(l.typ.kind, r.typ.kind, operator); ok {
		return timeMath(x, l, r, t, operator)
	}
	if operator == "+" && (l.typ.kind == tText || r.typ.kind == tText) {
		if !c.want(l, tText, operator) || !c.want(r, tText, operator) {
			return bad()
		}
		return join(x, l, r)
	}
	if operator == "+" && l.typ.kind == tAny && r.typ.kind == tAny {
		return c.plusAny(x, l, r)
	}
	if !c.want(l, tNumber, operator) || !c.want(r, tNumber, operator) {
		return bad()
	}
	left, right := l.value(), r.value()
	out := operand{node: x, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
		a, b := left(s), right(s)
		if a.kind != kNumber || b.kind != kNumber {
			return value{}
		}
		return s.calculate(operator, a.num, b.num)
	}}
	if l.fixed != nil && r.fixed != nil {
		var s Scope
		if v := out.eval(&s); s.err == nil {
			out.fixed = &v
		} else {
			c.errorf(x.Location().From, "", "%s", s.err)
			return bad()
		}
	}
	return out
}

// plusAny adds what comes from the payload: numbers or texts.
func (c *checker) plusAny(x *ast.BinaryNode, l, r operand) operand {
	left, right, texts := l.value(), r.value(), join(x, l, r).eval
	return operand{node: x, typ: typ{kind: tAny}, eval: func(s *Scope) value {
		a, b := left(s), right(s)
		if a.kind == kNumber && b.kind == kNumber {
			return s.calculate("+", a.num, b.num)
		}
		return texts(s)
	}}
}

func join(x ast.Node, l, r operand) operand {
	left, right := l.value(), r.value()
	return operand{node: x, typ: typ{kind: tText}, eval: func(s *Scope) value {
		a, b := left(s), right(s)
		if a.kind != kText || b.kind != kText {
			return value{}
		}
		if len(a.text)+len(b.text) > maxText {
			s.fail(errText)
			return value{}
		}
		return value{kind: kText, text: a.text + b.text}
	}}
}

// calculate applies an operator to two numbers. A result that is not a number is
// an error of the rule, not false.
func (s *Scope) calculate(operator string, a, b float64) value {
	var n float64
	switch operator {
	case "+":
		n = a + b
	case "-":
		n = a - b
	case "*":
		n = a * b
	case "/", "%":
		if b == 0 {
			s.fail(errZero)
			return value{}
		}
		n = a / b
		if operator == "%" {
			n = math.Mod(a, b)
		}
	default:
		n = math.Pow(a, b)
	}
	if math.IsInf(n, 0) || math.IsNaN(n) {
		s.fail(errRange)
		return value{}
	}
	return number(n)
}

// timeArithmetic says what a sum or difference with times is.
func (c *checker) timeArithmetic(l, r sort, operator string) (sort, bool) {
	switch {
	case operator == "-" && l == tTime && r == tTime:
		return tDuration, true
	case (operator == "-" || operator == "+") && l == tTime && r == tDuration:
		return tTime, true
	case (operator == "-" || operator == "+") && l == tDuration && r == tDuration:
		return tDuration, true
	default:
		return tBad, false
	}
}

func timeMath(x ast.Node, l, r operand, t sort, operator string) operand {
	left, right := l.value(), r.value()
	sign := 1.0
	if operator == "-" {
		sign = -1
	}
	return operand{node: x, typ: typ{kind: t}, eval: func(s *Scope) value {
		a, b := left(s), right(s)
		switch {
		case a.missing() || b.missing():
			return value{}
		case a.kind == kTime && b.kind == kTime:
			return value{kind: kDuration, num: a.time().Sub(b.time()).Seconds()}
		case a.kind == kTime:
			at := a.time().Add(seconds(sign * b.num))
			return moment(&at)
		default:
			return value{kind: kDuration, num: a.num + sign*b.num}
		}
	}}
}
