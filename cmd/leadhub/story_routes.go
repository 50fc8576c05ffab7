package main

import (
	"fmt"
	"strings"

	"leadhub/internal/hub"
	"leadhub/lead"
)

// clauseWidth is the width of the column of clauses: as wide as the widest, within reason.
func clauseWidth(s *hub.Story) int {
	widest := 0
	note := func(clauses []hub.Clause) {
		for _, c := range clauses {
			widest = max(widest, textWidth(clean(c.Text)))
		}
	}
	if s.Tests != nil {
		note(s.Tests.Clauses)
	}
	for _, step := range s.Routes {
		note(step.Clauses)
	}
	return min(widest, 42)
}

// step prints a route: its number, name and result, then its clauses.
func (p *storyteller) step(s *hub.Step, n, nameWidth, width int) {
	mark, c := marked(s.Result)
	result := s.Result
	if s.Result == hub.StepMatched {
		result += " → " + does(s)
	}
	if s.Result == hub.StepMissing {
		result = "not matched: a value is missing"
	}
	if s.Result == hub.StepError {
		result = "error: " + s.Error
	}
	if s.Fallback {
		result = "used as the fallback → " + does(s)
		mark, c = "→", yellow
	}
	name := pad(clean(s.Name), nameWidth)
	if s.Result == hub.StepNotReached && !s.Fallback {
		p.line("  %s", p.style.paint(dim, fmt.Sprintf("%2d %s %s  %s", n, mark, name, result)))
		return
	}
	p.line("  %2d %s %s  %s", n, p.style.paint(c, mark), name, clean(result))
	p.clauses(s.Clauses, width)
}

// does says what a route does to what it matches.
func does(s *hub.Step) string {
	what := places(s.To)
	if s.Suppresses {
		what = "suppress"
		if s.Suppress != "" {
			what += ": " + s.Suppress
		}
	}
	if what == "" && len(s.Set) == 0 {
		what = "nowhere"
	}
	if s.HoldUntil != "" {
		what += " when " + s.HoldUntil + " is open"
	}
	if len(s.Set) > 0 {
		what = joined("; ", what, "sets "+changes(s.Set))
	}
	if s.Continue {
		what += ", then go on"
	}
	return what
}

// changes lists what routes set: tags: [vip], status: working.
func changes(list []lead.Change) string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = c.String()
	}
	return strings.Join(all, ", ")
}

func places(to []hub.Destination) string {
	all := make([]string, len(to))
	for i, d := range to {
		all[i] = joined(" ", d.Output, d.Target)
	}
	return strings.Join(all, ", ")
}

// marked is the sign for a result of a step or a clause, and its colour.
func marked(result string) (string, color) {
	switch result {
	case hub.StepMatched, "true":
		return "✓", green
	case hub.StepNotMatched, "false":
		return "✗", red
	case hub.StepMissing:
		return "?", yellow
	case hub.StepError:
		return "!", red
	default:
		return "·", dim
	}
}

// clauses prints each clause with its value and what it saw:
//
//	✓ lead_potential == "high"       true     lead_potential is "high"
//
// A clause of several comparisons is followed by each of them.
func (p *storyteller) clauses(clauses []hub.Clause, width int) {
	for i := range clauses {
		c := &clauses[i]
		if len(c.Parts) == 0 {
			p.clause(c, "       ", width, sawText(c))
			continue
		}
		p.clause(c, "       ", width, "")
		for k := range c.Parts {
			p.clause(&c.Parts[k], "         ", width-2, sawText(&c.Parts[k]))
		}
	}
}

func (p *storyteller) clause(cl *hub.Clause, indent string, width int, seen string) {
	const resultWidth = 11
	mark, c := marked(cl.Result)
	written := wrap(clean(cl.Text), width)
	saw := wrap(clean(seen), max(24, lineWidth-len(indent)-2-width-2-resultWidth-1))
	for i := range max(len(written), len(saw)) {
		w, s, r, m := "", "", "", " "
		if i < len(written) {
			w = written[i]
		}
		if i < len(saw) {
			s = saw[i]
		}
		if i == 0 {
			r, m = cl.Result, p.style.paint(c, mark)
		}
		p.line("%s", strings.TrimRight(indent+m+" "+pad(w, width)+"  "+pad(r, resultWidth)+" "+p.style.paint(dim, s), " "))
	}
}

// sawText says what a clause saw: `score is 41, company.region is missing`.
func sawText(c *hub.Clause) string {
	parts := make([]string, len(c.Saw))
	for i, s := range c.Saw {
		value := "is missing"
		if !s.Missing {
			value = "is " + cut(clean(s.Value), 120)
		}
		parts[i] = s.Name + " " + value
	}
	return strings.Join(parts, ", ")
}

// result says in the end where the lead goes, or went.
func (p *storyteller) result(s *hub.Story) {
	p.line("%s", p.style.paint(bold, clean(verdict(s))))
	t := make([][3]string, 0, len(s.Destinations))
	for _, d := range s.Destinations {
		note := "(" + d.Type + ")"
		if d.HeldUntil != nil {
			note += " held until " + d.Calendar + " opens: " + d.HeldUntil.Format("Mon 2006-01-02 15:04 MST")
		}
		t = append(t, [3]string{d.Output, d.Target, note})
	}
	if len(s.Deliveries) > 0 {
		t = t[:0]
		for i := range s.Deliveries {
			d := &s.Deliveries[i]
			note := joined(": ", d.State, d.Note)
			if d.NextTry != nil && d.Tries == 0 && d.NextTry.After(d.CreatedAt) {
				note += ", " + localTime(*d.NextTry, p.zone)
			}
			t = append(t, [3]string{d.Output, d.Target, note})
		}
	}
	var output, target int
	for _, d := range t {
		output, target = max(output, textWidth(clean(d[0]))), max(target, textWidth(clean(d[1])))
	}
	for _, d := range t {
		line := "  → " + pad(clean(d[0]), output)
		if target > 0 {
			line += "  " + pad(clean(d[1]), target)
		}
		p.line("%s  %s", line, p.style.paint(dim, clean(d[2])))
	}
	if len(s.Changes) > 0 {
		p.line("  with %s", clean(changes(s.Changes)))
	}
	for _, e := range s.Errors {
		p.line("  %s %s", p.style.paint(red, "!"), clean(e))
	}
}

func verdict(s *hub.Story) string {
	by := ""
	if s.Route != "" {
		by = " by " + s.Route
	}
	if n := len(s.Matched); n > 1 {
		by = " by " + strings.Join(s.Matched[:n-1], ", ") + " and " + s.Matched[n-1]
	}
	switch s.Outcome {
	case "suppressed":
		return "Result: suppressed" + by + reason(s) + ". It goes nowhere."
	case "held":
		return "Result: held" + by + reason(s) + ". It is kept, shown and can be replayed; it goes nowhere."
	case "repeat":
		return "Result: a repeat" + reason(s) + ". Nothing is sent for it."
	case "echo":
		return "Result: an echo" + reason(s) + ". It is counted, and goes nowhere."
	case "stale":
		return "Result: stale" + reason(s) + ". Nothing is sent for it."
	case "test":
		if len(s.Destinations) == 0 {
			return "Result: a test, and no output is named for tests. It goes nowhere."
		}
		return "Result: a test. It goes only to:"
	case "notice":
		if len(s.Destinations) == 0 {
			return "Result: a notice that no rule wants. It is kept and not sent."
		}
		return "Result: a notice, routed" + by + " to:"
	default:
		return "Result: " + s.Outcome + by + " to:"
	}
}

func reason(s *hub.Story) string {
	if s.Reason == "" {
		return ""
	}
	return ": " + s.Reason
}
