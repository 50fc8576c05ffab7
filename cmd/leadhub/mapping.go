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
		value := clean(m.Value)
		if m.Missing && value == "" {
			value = p.style.paint(yellow, "missing")
		}
		if m.Note != "" {
			value += p.style.paint(yellow, " ("+clean(m.Note)+")")
		}
		p.line("    %s ← %s = %s", pad(clean(m.Target), min(targets, 30)), clean(m.Expr), value)
	}
}
