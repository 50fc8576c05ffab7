package main

import (
	"fmt"

	"leadhub/receivers"
)

// mapping prints where the fields of an event and its leads come from.
func (p *storyteller) mapping(list []receivers.Mapping) {
	targets, last := 0, -1
	several := false
	for _, m := range list {
		targets = max(targets, textWidth(clean(m.Target)))
		several = several || m.Lead > 1
	}
	for _, m := range list {
		if m.Lead != last {
			name := "mapping"
			if last = m.Lead; several && last > 0 {
				name = fmt.Sprintf("lead %d", last)
			} else if last > 0 {
				name = "lead"
			}
			p.line("  %s", p.style.paint(dim, name))
		}
		p.mapped(&m, min(targets, 30))
	}
}

// mapped prints one field: expressions and values are cut where a line is full, and
// --json has them whole.
func (p *storyteller) mapped(m *receivers.Mapping, columns int) {
	target := pad(cut(clean(m.Target), 40), columns)
	room := lineWidth - textWidth(target) - 10 // of the expression and the value
	expr := cut(clean(m.Expr), max(room*3/5, room-textWidth(clean(m.Value))))
	value := cut(clean(m.Value), room-textWidth(expr))
	if m.Missing && value == "" {
		value = p.style.paint(yellow, "missing")
	}
	note := ""
	if m.Note != "" {
		note = " (" + clean(m.Note) + ")"
	}
	var below []string
	if textWidth(expr)+textWidth(clean(m.Value))+textWidth(note) > room {
		below, note = wrap(note, lineWidth-columns-10), ""
	}
	p.line("    %s ← %s = %s%s", target, expr, value, p.style.paint(yellow, note))
	for _, l := range below {
		p.line("    %s   %s", pad("", columns), p.style.paint(yellow, l))
	}
}
