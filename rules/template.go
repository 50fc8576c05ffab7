package rules

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxTemplate is the longest template, in characters.
const MaxTemplate = 16384

// Template is a text with expressions in it: "{{ full_name }} at {{ company.name }}".
// It is immutable and safe for concurrent use, each goroutine with a Scope of its own.
type Template struct {
	text   string
	loc    *time.Location
	pieces []piece
}

// Piece is a part of a template as it was written.
type Piece struct {
	Literal    string // outside the braces; "" for an expression
	Expression string // between {{ and }}, without the spaces around it; "" for a literal
}

type piece struct {
	Piece

	eval func(*Scope) value
}

// IsTemplate says whether a text holds an expression, or tries to.
func IsTemplate(text string) bool { return strings.Contains(text, "{{") }

// CompileTemplate compiles a text in which expressions stand between {{ and }}. It
// returns every mistake, in the order of the text, with Offset counted from the
// beginning of the template; the template is nil if one of them is not a warning.
func (c *Compiler) CompileTemplate(text string) (*Template, []*Error) {
	t := &Template{text: text, loc: c.loc}
	if n := utf8.RuneCountInString(text); n > MaxTemplate {
		return nil, []*Error{{Offset: MaxTemplate, Message: fmt.Sprintf("the text is longer than %d characters", MaxTemplate)}}
	}
	if !utf8.ValidString(text) {
		return nil, []*Error{{Message: "the text is not valid UTF-8"}}
	}
	parts, errs := splitTemplate(text)
	for _, p := range parts {
		if !p.isExpr {
			t.pieces = append(t.pieces, piece{Piece: Piece{Literal: p.text}})
			continue
		}
		eval, found := c.templateExpr(p)
		errs = append(errs, found...)
		t.pieces = append(t.pieces, piece{Piece: Piece{Expression: strings.TrimSpace(p.text)}, eval: eval})
	}
	slices.SortStableFunc(errs, func(a, b *Error) int { return cmp.Compare(a.Offset, b.Offset) })
	if slices.ContainsFunc(errs, func(e *Error) bool { return !e.Warning }) {
		return nil, errs
	}
	return t, errs
}

// CompileField compiles an expression alone, as if it stood between {{ and }} with
// nothing around it.
func (c *Compiler) CompileField(expression string) (*Template, []*Error) {
	eval, errs := c.templateExpr(templatePart{text: expression, isExpr: true})
	if slices.ContainsFunc(errs, func(e *Error) bool { return !e.Warning }) {
		return nil, errs
	}
	p := piece{Piece: Piece{Expression: strings.TrimSpace(expression)}, eval: eval}
	return &Template{text: "{{ " + p.Expression + " }}", loc: c.loc, pieces: []piece{p}}, errs
}

// templateExpr compiles one expression of a template.
func (c *Compiler) templateExpr(p templatePart) (func(*Scope) value, []*Error) {
	if e := foreign(p.text); e != nil {
		e.Offset += p.at
		return nil, []*Error{e}
	}
	k := &checker{compiler: c, rule: &Rule{loc: c.loc}, notice: c.notices}
	o, ok := k.expression(p.text)
	if ok {
		ok = k.suits(o, ValueAny)
	}
	length := utf8.RuneCountInString(p.text)
	k.errs = c.mendOutput(p.text, k.reads, k.errs)
	ok = ok && !k.failed(0)
	for _, e := range k.errs {
		e.Offset = p.at + max(0, min(e.Offset, length))
		e.Message = aboutExpressions(e.Message)
		e.Suggestion = aboutExpressions(advice(e.Suggestion))
	}
	if !ok {
		return nil, k.errs
	}
	return o.value(), k.errs
}

// Text returns the template as it was written.
func (t *Template) Text() string { return t.text }

// Pieces returns the parts of the template, in order.
func (t *Template) Pieces() []Piece {
	list := make([]Piece, len(t.pieces))
	for i := range t.pieces {
		list[i] = t.pieces[i].Piece
	}
	return list
}

// Constant returns the text of a template without expressions.
func (t *Template) Constant() (string, bool) {
	switch {
	case len(t.pieces) == 0:
		return "", true
	case len(t.pieces) == 1 && t.pieces[0].eval == nil:
		return t.pieces[0].Literal, true
	}
	return "", false
}

// Single says whether the template is one expression with nothing around it: then
// Value keeps its type.
func (t *Template) Single() bool { return len(t.pieces) == 1 && t.pieces[0].eval != nil }

// Value returns what the template says about the input in the scope. One
// expression with nothing around it keeps its type: a string, a float64, a bool or
// a []any of those (times are written out as RFC 3339); missing is true, and the
// value nil, where it has none. Everything else is a string, in which what is
// missing is empty.
//
// An error means there is no answer: a division by zero, too much work.
func (t *Template) Value(s *Scope) (v any, missing bool, err error) {
	if !t.Single() {
		text, err := t.Render(s, nil)
		return text, false, err
	}
	got, err := t.pieces[0].run(s)
	if err != nil {
		return nil, false, err
	}
	if got.kind == kEmpty {
		return []any{}, false, nil
	}
	v = got.forJSON(t.loc)
	return v, v == nil, nil
}

// Render returns the template's text for the input in the scope, with every value
// (not what is written around it) passed through escape. nil: as it is.
func (t *Template) Render(s *Scope, escape func(string) string) (string, error) {
	var b strings.Builder
	for i := range t.pieces {
		text, _, err := t.Piece(s, i)
		if err != nil {
			return "", err
		}
		if escape != nil && t.pieces[i].eval != nil {
			text = escape(text)
		}
		if b.Len()+len(text) > maxText {
			return "", errText
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// Piece returns the text of part i for the input in the scope: numbers, true and
// false as they would be written, times as RFC 3339, lists with commas. missing:
// it is an expression without a value.
func (t *Template) Piece(s *Scope, i int) (text string, missing bool, err error) {
	p := &t.pieces[i]
	if p.eval == nil {
		return p.Literal, false, nil
	}
	v, err := p.run(s)
	if err != nil {
		return "", false, err
	}
	return v.written(t.loc), v.missing(), nil
}

// Missing returns the first expression that has no value for the input in the scope.
func (t *Template) Missing(s *Scope) (expression string, missing bool, err error) {
	for i := range t.pieces {
		if _, missing, err := t.Piece(s, i); missing || err != nil {
			return t.pieces[i].Expression, missing, err
		}
	}
	return "", false, nil
}

func (p *piece) run(s *Scope) (v value, err error) {
	s.steps, s.err, s.elems, s.index = 0, nil, s.elems[:0], s.index[:0]
	defer func() {
		if r := recover(); r != nil {
			err = cmp.Or(s.err, fmt.Errorf("unexpected failure: %v", r))
		}
		if err != nil {
			err = fmt.Errorf("{{ %s }}: %w", p.Expression, err)
		}
	}()
	v = p.eval(s)
	return v, s.err
}

// written returns a value as text; "" where it is missing.
func (v value) written(loc *time.Location) string {
	switch v.kind {
	case kText:
		return v.text
	case kNumber:
		return v.digits()
	case kBool:
		if v.num != 0 {
			return "true"
		}
		return "false"
	case kTime:
		return v.time().In(loc).Format(time.RFC3339)
	case kDuration:
		return seconds(v.num).String()
	case kList:
		parts := make([]string, 0, v.size())
		for i := range v.size() {
			if text := v.at(i).written(loc); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, ", ")
	case kObject:
		return v.object(loc)
	default:
		return ""
	}
}

// object writes what has fields: an address by its value, a number by its
// international form, an object of a payload as JSON.
func (v value) object(loc *time.Location) string {
	for _, field := range []string{"value", "e164", "raw"} {
		if m := v.member(field); v.fixedFields() && !m.missing() {
			return m.written(loc)
		}
	}
	if x, ok := v.ref.(map[string]any); ok {
		if raw, err := json.Marshal(x); err == nil {
			return string(raw)
		}
	}
	return ""
}

// fixedFields says whether an object is one of the lead's own, not one of a payload.
func (v value) fixedFields() bool {
	_, payload := v.ref.(map[string]any)
	return !payload
}

// forJSON returns a value as it is marshalled; nil where it is missing.
func (v value) forJSON(loc *time.Location) any {
	switch v.kind {
	case kNumber:
		if v.text != "" {
			return json.Number(v.digits())
		}
		return v.num
	case kBool:
		return v.num != 0
	case kEmpty:
		return []any{}
	case kList:
		list := make([]any, v.size())
		for i := range list {
			list[i] = v.at(i).forJSON(loc)
		}
		return list
	case kObject:
		if x, ok := v.ref.(map[string]any); ok {
			return x
		}
		fallthrough
	default:
		if text := v.written(loc); text != "" || v.kind == kText {
			return text
		}
		return nil
	}
}
