package config

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// when compiles a condition. It returns nil and true where none is written.
func (l *loader) when(n *yaml.Node, notice bool) (*rules.Rule, bool) {
	if n == nil {
		return nil, true
	}
	nodes := []*yaml.Node{n}
	switch {
	case silent(n) && !isUnset(n):
		return nil, false
	case n.Kind == yaml.SequenceNode:
		nodes = n.Content
		if len(nodes) == 0 {
			l.errorf(n, "leave `when` out where everything matches", "`when` is empty")
			return nil, false
		}
	}
	clauses := make([]string, 0, len(nodes))
	at := make([]*yaml.Node, 0, len(nodes))
	for _, c := range nodes {
		if isUnset(c) {
			l.unsetClause(c, notice)
		}
		if l.clause(c) {
			clauses, at = append(clauses, c.Value), append(at, c)
		}
	}
	if len(clauses) == 0 {
		return nil, false
	}
	rule, errs := l.config.Rules.Compile(clauses, notice)
	ok := len(clauses) == len(nodes)
	for _, e := range errs {
		node := at[max(0, min(e.Clause, len(at)-1))]
		ok = ok && e.Warning
		if l.routing.guessed[node] {
			continue
		}
		message, suggestion := l.hideValues(node, e.Message), l.hideValues(node, e.Suggestion)
		if name := l.variableAt(node, e.Offset); name != "" {
			message = "the value of ${" + name + "} does not fit here"
			suggestion = "if it is a text, put quotes around ${" + name + "} inside the condition"
		}
		l.addAt(node, l.valuePlace(node, e.Offset), severityOf(e.Warning), message, suggestion)
	}
	if !ok {
		return nil, false
	}
	return rule, true
}

// unsetClause puts the text as written into a condition whose variable is not
// set, for commands that only look: inside quotes it is a value like another.
// Where it makes no condition, nothing can be said about the route, which is an
// error: a route without its condition would take every lead.
func (l *loader) unsetClause(n *yaml.Node, notice bool) {
	w, ok := l.written[n]
	if !ok || !l.opts.Offline {
		return
	}
	_, errs := l.config.Rules.Compile([]string{w.node.Value}, notice)
	if slices.ContainsFunc(errs, func(e *rules.Error) bool { return !e.Warning }) {
		name := w.expanded.unset[0].name
		l.errorf(n, "put quotes around ${"+name+"} inside the condition if it is a text, else set it in .env",
			"this condition cannot be read without the variable %s", name)
		return
	}
	n.Value, n.Tag = w.node.Value, tagStr
	l.routing.guessed[n] = true
	delete(l.written, n)
}

// variableAt returns the variable that a character of a scalar's value comes from,
// "" if it was written out.
func (l *loader) variableAt(n *yaml.Node, offset int) string {
	w, ok := l.written[n]
	if !ok || offset < 0 || offset >= len(w.expanded.origin) {
		return ""
	}
	raw := []rune(w.node.Value)[w.expanded.origin[offset]:]
	if !hasAt(raw, 0, "${") {
		return ""
	}
	name, _, _ := strings.Cut(string(raw[2:indexFrom(raw, 0, '}')]), ":-")
	return name
}

// hideValues replaces the values of a scalar's variables in a text by their names.
func (l *loader) hideValues(n *yaml.Node, text string) string {
	for _, name := range l.written[n].expanded.vars {
		if v, ok := l.opts.Getenv(name); ok && v != "" {
			text = strings.ReplaceAll(text, v, "${"+name+"}")
		}
	}
	return text
}

// clause says whether a node can be compiled as one condition, after it has said
// what YAML made of it if not.
func (l *loader) clause(n *yaml.Node) bool {
	switch {
	case silent(n):
		return false
	case isNull(n) && n.Style == 0:
		l.noValue(n, "`when`")
		return false
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0:
		l.errorf(n, "put the whole condition in 'single quotes'", "a colon followed by a space has a meaning of its own in YAML")
		return false
	case n.Kind != yaml.ScalarNode:
		l.errorf(n, "write one condition per `- ` line, in 'single quotes' if it begins with [ or {", "this is not a condition")
		return false
	case n.Style == 0 && (l.cutByComment(n) || l.runsOn(n, n)):
		return false
	}
	return true
}

// cutByComment reports an unquoted condition that ends at ` #` in its middle.
func (l *loader) cutByComment(n *yaml.Node) bool {
	at := l.src.scalarPositions(n)
	if at == nil {
		return false
	}
	end := at[len(at)-1]
	runes := []rune(l.src.line(end.line))
	i := skipBlank(runes, end.col-1)
	if i >= len(runes) || runes[i] != '#' || !unfinished(n.Value) {
		return false
	}
	l.addAt(n, position{end.line, i + 1}, plugin.SeverityError,
		"` #` starts a comment in YAML, so the condition ends here", "put the whole condition in 'single quotes'")
	return true
}

// unfinished says whether a condition lacks something at its end.
func unfinished(text string) bool {
	depth := 0
	var quote rune
	for _, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case strings.ContainsRune("([{", r):
			depth++
		case strings.ContainsRune(")]}", r):
			depth--
		}
	}
	if depth > 0 || quote != 0 {
		return true
	}
	t := strings.TrimSpace(text)
	last, _ := utf8.DecodeLastRuneInString(t)
	if strings.ContainsRune("=<>!&|+-*/%,?:.", last) {
		return true
	}
	fields := strings.Fields(t)
	return len(fields) > 0 && slices.Contains([]string{"and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches"}, fields[len(fields)-1])
}
