package generic

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/rules"
)

// expression is one expression of the configuration.
type expression struct {
	field string // of the configuration: "fields.email"
	expr  *rules.ValueExpr
}

// field is a field of a lead with the expression it comes from.
type field struct {
	target
	expression
}

// mapper is what the configuration says about the payload. Expressions that are not
// configured are nil.
type mapper struct {
	event, id, occurredAt, tenant, notice, subject, test, each *expression
	fields                                                     []field
	headers                                                    []string // that the expressions read
}

// newMapper compiles the expressions.
func newMapper(c *Config, deps plugin.Deps, p *problems) mapper {
	zone := deps.Timezone
	if zone == nil {
		zone = time.UTC
	}
	var m mapper
	event := rules.NewMapper(zone, false)
	for _, e := range []struct {
		field, text string
		kind        rules.ValueKind
		into        **expression
	}{
		{"event", c.Event, rules.ValueText, &m.event},
		{"id", c.ID, rules.ValueText, &m.id},
		{"occurred_at", c.OccurredAt, rules.ValueText, &m.occurredAt},
		{"tenant", c.Tenant, rules.ValueText, &m.tenant},
		{"notice", c.Notice, rules.ValueBool, &m.notice},
		{"subject", c.Subject, rules.ValueText, &m.subject},
		{"test", c.Test, rules.ValueBool, &m.test},
		{"each", c.Each, rules.ValueList, &m.each},
	} {
		if e.text != "" {
			*e.into = compile(event, e.field, e.text, e.kind, p)
		}
	}
	m.readFields(c, rules.NewMapper(zone, c.Each != ""), p)
	for _, e := range m.all() {
		for _, h := range e.expr.Headers() {
			if !slices.Contains(m.headers, h) {
				m.headers = append(m.headers, h)
			}
		}
	}
	return m
}

func compile(m *rules.Mapper, name, text string, kind rules.ValueKind, p *problems) *expression {
	expr, errs := m.CompileValue(text, kind)
	for _, e := range errs {
		p.add(&plugin.FieldError{Field: name, Message: e.Message, Suggestion: e.Suggestion, Warning: e.Warning, Offset: e.Offset})
	}
	if expr == nil {
		return nil
	}
	return &expression{field: name, expr: expr}
}

// readFields compiles the fields in the order of the targets, the sender's own last.
func (m *mapper) readFields(c *Config, compiler *rules.Mapper, p *problems) {
	known := false
	add := func(t target) {
		name := "fields." + t.name
		e := compile(compiler, name, c.Fields[t.name], t.kind, p)
		known = known || t.known
		if e != nil {
			m.fields = append(m.fields, field{t, *e})
		}
	}
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
		if _, ok := c.Fields[t.name]; ok {
			add(t)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		key, custom := strings.CutPrefix(name, customPrefix)
		switch {
		case slices.Contains(names, name):
		case custom && strings.TrimSpace(key) != "":
			add(customTarget(name))
		default:
			unknownTarget(name, p)
		}
	}
	switch {
	case len(c.Fields) == 0:
		p.at("fields", "missing: where do a lead's fields come from?", "fields, and below it for example email: raw.email")
	case !known && !p.failed():
		p.at("fields", "none of these fields says who the lead is", "add email, full_name, company.name or company.website")
	}
}

func unknownTarget(name string, p *problems) {
	suggestion := "custom." + strings.NewReplacer(" ", "_", ".", "_").Replace(strings.TrimSpace(name)) + " keeps it as a field of the sender's own"
	if near := suggestTarget(name); near != "" {
		suggestion = "did you mean " + near + "?"
	}
	p.add(&plugin.FieldError{Field: "fields." + name, Message: "a lead has no field " + quote(name), Suggestion: suggestion, AtKey: true})
}

// all returns every expression.
func (m *mapper) all() []*expression {
	var list []*expression
	for _, e := range []*expression{m.event, m.id, m.occurredAt, m.tenant, m.notice, m.subject, m.test, m.each} {
		if e != nil {
			list = append(list, e)
		}
	}
	for i := range m.fields {
		list = append(list, &m.fields[i].expression)
	}
	return list
}

// empty says whether a lead speaks of nobody: no person and no company.
func empty(l *lead.Lead) bool {
	c := &l.Company
	return l.Person == nil && c.Name == "" && c.Domain == "" && c.Website == "" && c.LinkedInURL == "" && c.Emails == nil && c.Phones == nil
}

// clean returns a text without the spaces around it and without control characters.
func clean(s string) string { return strings.TrimSpace(jsondoc.Visible(s)) }

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// quote shows a word of the configuration in a message, cut where it is long.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:60]) + "…"
	}
	return "`" + strings.Join(strings.Fields(s), " ") + "`"
}

// nearest returns the word that differs least from one, "" where none is near.
func nearest(word string, words []string) string {
	best, least := "", max(1, utf8.RuneCountInString(word)/3)+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many letters to add, drop or change to get from a to b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 {
		return len(x)
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(y)]
}
