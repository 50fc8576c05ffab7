package rules

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ValueKind says what an expression is wanted for.
type ValueKind uint8

// What a value can be wanted as, and the Go type Eval returns for it.
const (
	// ValueAny: a string, a float64, a bool, a time.Time, a time.Duration, or
	// decoded JSON for a list or an object.
	ValueAny ValueKind = iota
	// ValueText: a string. Numbers, times, true and false are written out.
	ValueText
	// ValueNumber: a float64. A text that holds a number is read.
	ValueNumber
	// ValueBool: a bool.
	ValueBool
	// ValueTexts: a []string. One text or number is a list of one.
	ValueTexts
	// ValueList: a []any. What is no list is a list of one.
	ValueList
)

// String names what is wanted, with its article.
func (k ValueKind) String() string {
	switch k {
	case ValueText:
		return "a text"
	case ValueNumber:
		return "a number"
	case ValueBool:
		return "true or false"
	case ValueTexts:
		return "a list of texts"
	case ValueList:
		return "a list"
	default:
		return "a value"
	}
}

// ValueExpr is a compiled expression whose value is taken over somewhere: into a
// lead, a template, a field. It is immutable and safe for concurrent use, each
// goroutine with a Scope of its own.
type ValueExpr struct {
	text    string
	kind    ValueKind
	loc     *time.Location
	eval    func(*Scope) value
	reads   []read
	headers []string
}

// CompileValue compiles an expression over the vocabulary of rules. It returns
// every mistake, in the order of the text; the expression is nil if one of them
// is not a warning.
func (c *Compiler) CompileValue(text string, kind ValueKind) (*ValueExpr, []*Error) {
	k := &checker{compiler: c, rule: &Rule{loc: c.loc}}
	e := &ValueExpr{text: text, kind: kind, loc: c.loc}
	if o, ok := k.expression(text); ok && k.suits(o, kind) {
		e.eval, e.reads = o.value(), distinct(k.reads)
	}
	length := utf8.RuneCountInString(text)
	broken := e.eval == nil
	for _, err := range k.errs {
		err.Offset = max(0, min(err.Offset, length))
		err.Message = aboutExpressions(err.Message)
		err.Suggestion = aboutExpressions(advice(err.Suggestion))
		broken = broken || !err.Warning
	}
	slices.SortStableFunc(k.errs, func(a, b *Error) int { return cmp.Compare(a.Offset, b.Offset) })
	if broken {
		return nil, k.errs
	}
	return e, k.errs
}

// aboutExpressions says in the words of expressions what is said in those of conditions.
func aboutExpressions(message string) string {
	return strings.NewReplacer(
		"the condition", "the expression", "a condition", "an expression", "several conditions: a list means all of them", "less",
	).Replace(message)
}

// expression parses and compiles a text as a value.
func (c *checker) expression(text string) (operand, bool) {
	switch {
	case strings.TrimSpace(text) == "":
		c.errorf(0, "write an expression, or remove the line", "the expression is empty")
		return operand{}, false
	case utf8.RuneCountInString(text) > MaxClause:
		c.errorf(MaxClause, "", "the expression is longer than %d characters", MaxClause)
		return operand{}, false
	case !utf8.ValidString(text):
		c.errorf(0, "", "the expression is not valid UTF-8")
		return operand{}, false
	}
	if issues := scan(text); len(issues) > 0 {
		for _, is := range issues {
			c.errorf(is.at, is.suggestion, "%s", is.message)
		}
		return operand{}, false
	}
	src, is := parse(text)
	if is != nil {
		c.errorf(is.at, is.suggestion, "%s", is.message)
		return operand{}, false
	}
	c.src = src
	o := c.value(src.root)
	return o, o.typ.kind != tBad && !c.failed(0)
}

// suits says whether a value of that type can be wanted as kind, and answers if not.
func (c *checker) suits(o operand, kind ValueKind) bool {
	good := false
	switch t := o.typ.kind; kind {
	case ValueAny:
		good = t != tKeys && t != tGroup
	case ValueText:
		good = t == tText || t == tNumber || t == tBool || t == tTime
	case ValueNumber:
		good = t == tText && o.fixed == nil || t == tNumber
		if o.fixed != nil && o.fixed.kind == kText {
			_, good = textNumber(o.fixed.text)
		}
	case ValueBool:
		good = t == tBool
	case ValueTexts, ValueList:
		good = t == tList || t == tText || t == tNumber
	}
	if good || o.typ.kind == tAny {
		return true
	}
	c.errorf(c.src.start(o.node), "", "%s is %s; %s is wanted here", c.src.text(o.node), o.typ, kind)
	return false
}

// Text returns the expression as it was written.
func (e *ValueExpr) Text() string { return e.text }

// Headers returns the headers it reads, each once, under their canonical names.
func (e *ValueExpr) Headers() []string { return slices.Clone(e.headers) }

// Eval returns the value for the input in the scope, in the Go type that its kind
// names. missing: something it needs is absent, or is nothing that can be made
// into what is wanted; then the value is nil. An error means there is no answer
// (a division by zero, too much work, a payload that could not be decoded).
func (e *ValueExpr) Eval(s *Scope) (v any, missing bool, err error) {
	got, err := e.run(s)
	if err != nil {
		return nil, false, err
	}
	if v, ok := got.as(e.kind, e.loc); ok {
		return v, false, nil
	}
	return nil, true, nil
}

// Show returns the value as a user would write it, whatever it is wanted as, cut
// to 200 characters; "" where it is missing or has no answer.
func (e *ValueExpr) Show(s *Scope) string {
	v, err := e.run(s)
	if err != nil || v.missing() {
		return ""
	}
	return v.show(e.loc)
}

// Values returns what it reads from the input in the scope, in the order of the
// text, each name once.
func (e *ValueExpr) Values(s *Scope) []Value {
	r := &Rule{leaves: []leaf{{reads: e.reads}}, loc: e.loc}
	return r.Values(s, 0)
}

func (e *ValueExpr) run(s *Scope) (v value, err error) {
	s.steps, s.err, s.elems, s.index = 0, nil, s.elems[:0], s.index[:0]
	defer func() {
		if p := recover(); p != nil {
			err = cmp.Or(s.err, fmt.Errorf("unexpected failure: %v", p))
		}
	}()
	v = e.eval(s)
	return v, s.err
}

// as makes the Go value that is wanted of a value; false: it cannot be made.
func (v value) as(kind ValueKind, loc *time.Location) (any, bool) {
	if v.kind == kEmpty && kind == ValueList {
		return []any{}, true
	}
	if v.missing() {
		return nil, false
	}
	switch kind {
	case ValueText:
		return v.asText(loc)
	case ValueNumber:
		if v.kind == kText {
			return textNumber(v.text)
		}
		return v.num, v.kind == kNumber
	case ValueBool:
		return v.num != 0, v.kind == kBool
	case ValueTexts:
		return v.asTexts(loc)
	case ValueList:
		if v.kind == kList {
			return v.plain(), true
		}
		return []any{v.plain()}, true
	default:
		return v.plain(), true
	}
}

func textNumber(s string) (any, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, false
	}
	return f, true
}

func (v value) asText(loc *time.Location) (any, bool) {
	switch v.kind {
	case kText:
		return v.text, true
	case kNumber:
		return v.digits(), true
	case kBool:
		return strconv.FormatBool(v.num != 0), true
	case kTime:
		return v.time().In(loc).Format(time.RFC3339), true
	default:
		return nil, false
	}
}

// digits writes a number, as it was sent where that is a plain number: an id may
// be longer than a float64 can hold.
func (v value) digits() string {
	if v.text != "" && strings.Trim(v.text, "-0123456789") == "" {
		return v.text
	}
	return showNumber(v.num)
}

func (v value) asTexts(loc *time.Location) (any, bool) {
	if v.kind != kList {
		t, ok := v.asText(loc)
		if !ok {
			return nil, false
		}
		s, _ := t.(string)
		return []string{s}, true
	}
	list := make([]string, 0, v.size())
	for i := range v.size() {
		entry := v.at(i)
		for _, name := range [...]string{"name", "title", "value"} {
			if entry.kind == kObject { // what it is called counts
				entry = entry.named(name)
			}
		}
		if t, ok := entry.asText(loc); ok {
			s, _ := t.(string)
			list = append(list, s)
		}
	}
	return list, len(list) > 0
}

// named returns a field of an object, or the object where it has no such field.
func (v value) named(field string) value {
	if m := v.member(field); !m.missing() {
		return m
	}
	return v
}

// plain returns a value as Go has it. Numbers with known digits stay exact inside
// lists and objects of the payload, which are returned as they are.
func (v value) plain() any {
	switch v.kind {
	case kText:
		return v.text
	case kNumber:
		return v.num
	case kBool:
		return v.num != 0
	case kTime:
		return v.time()
	case kDuration:
		return seconds(v.num)
	case kList:
		if x, ok := v.ref.([]any); ok {
			return x
		}
		list := make([]any, v.size())
		for i := range list {
			list[i] = v.at(i).plain()
		}
		return list
	case kObject:
		if x, ok := v.ref.(map[string]any); ok {
			return x
		}
		return v.member("value").plain()
	default:
		return nil
	}
}
