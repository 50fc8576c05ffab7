package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// fill expands the variables of one scalar.
func (l *loader) fill(n *yaml.Node) {
	if !strings.Contains(n.Value, "${") {
		return
	}
	raw := *n
	e := expand(n.Value, l.opts.Getenv)
	for _, b := range e.bad {
		l.addAt(n, l.place(&raw, b.offset), plugin.SeverityError, b.message, "write ${NAME}, or ${NAME:-default}; $${ is a literal ${")
	}
	l.written[n] = writtenScalar{node: raw, expanded: e}
	if len(e.bad) > 0 {
		n.Value, n.Tag = string(brokenMark), tagStr
		return
	}
	severity := plugin.SeverityError
	if l.opts.Offline {
		severity = plugin.SeverityWarning
	}
	for _, u := range e.unset {
		state := "not set"
		if u.empty {
			state = "set to nothing"
		}
		l.addAt(n, l.place(&raw, u.offset), severity, fmt.Sprintf("the variable %s is %s", u.name, state), "set it in .env or in the environment")
	}
	if len(e.unset) > 0 {
		n.Value, n.Tag, n.Style = "", plugin.UnsetTag, 0
		return
	}
	n.Value, n.Tag = e.text, tagStr
	if len(e.vars) > 0 {
		l.hide(e.text)
		for _, name := range e.vars {
			if v, ok := l.opts.Getenv(name); ok {
				l.hide(v)
			}
		}
	}
}

// place returns the position of character offset of a scalar, in the repaired text.
func (l *loader) place(n *yaml.Node, offset int) position {
	at := l.src.scalarPositions(n)
	if at == nil {
		return position{n.Line, n.Column}
	}
	return at[max(0, min(offset, len(at)-1))]
}

// valuePlace is place for the value after its variables were filled in.
func (l *loader) valuePlace(n *yaml.Node, offset int) position {
	w, ok := l.written[n]
	if !ok {
		return l.place(n, offset)
	}
	if offset >= len(w.expanded.origin) {
		return l.place(&w.node, len([]rune(w.node.Value)))
	}
	return l.place(&w.node, w.expanded.origin[max(0, offset)])
}

// quote shows a scalar's value, or its variables where it came from one.
func (l *loader) quote(n *yaml.Node) string {
	if w, ok := l.written[n]; ok && len(w.expanded.vars) > 0 {
		return "the value of ${" + w.expanded.vars[0] + "}"
	}
	const most = 60
	v := strings.Join(strings.Fields(n.Value), " ")
	if r := []rune(v); len(r) > most {
		v = string(r[:most]) + "…"
	}
	return "`" + v + "`"
}

// fromVariable says whether a node's value came, at least in part, from a variable.
func (l *loader) fromVariable(n *yaml.Node) bool {
	w, ok := l.written[n]
	return ok && len(w.expanded.vars) > 0
}
