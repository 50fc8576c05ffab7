package hub

import (
	"slices"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// tell decides about lead i of an event, or about the notice, and says how.
// kept, if not nil, is what the hub decided while the lists held something else:
// then its trace counts.
func tell(c *config.Config, scope *rules.Scope, u *pipeline.Understanding, i int, isNew bool, kept *store.DecisionRow) Story {
	table := c.Routes
	s := Story{Routes: []Step{}, Destinations: []Destination{}}
	if u.Event.Kind != receivers.KindNotice {
		l := u.Event.Leads[i]
		if note, ok := pipeline.Echo(&l); ok {
			l.Revision = 1
			s.Lead, s.IsTest, s.Outcome, s.Reason = &l, l.IsTest, store.OutcomeEcho.String(), note
			return s
		}
	}
	var d routes.Decision
	list := table.Routes
	if u.Event.Kind == receivers.KindNotice {
		list = table.Notices
		d = u.DecideNotice(c, scope)
		s.IsTest = u.Event.Test
	} else {
		d = u.Decide(c, scope, i, isNew)
		l := u.Event.Leads[i]
		s.Lead, s.IsTest = &l, l.IsTest
		l.Revision = 1
	}
	u.Scope(scope, i, isNew)
	if kept != nil {
		d = asItWas(table, kept, scope)
	}
	trace := table.Explain(d.Trace, scope)
	if table.Tests != nil && len(trace) > 0 {
		step := stepOf(c, &trace[0], table.Tests)
		s.Tests, trace = &step, trace[1:]
	}
	for k := range trace {
		s.Routes = append(s.Routes, stepOf(c, &trace[k], &list[k]))
	}
	s.Outcome, s.Route, s.Reason, s.Errors = string(d.Outcome), d.Route, d.Reason, slices.Concat(u.Notes, d.Errors)
	s.Matched = d.Matched
	s.Changes = d.Changes
	s.Destinations = destinations(c, d.Targets)
	for k := range s.Destinations {
		if hold := d.HoldOf(d.Targets[k]); hold != nil {
			s.Destinations[k].HeldUntil, s.Destinations[k].Calendar = &hold.Until, hold.Calendar
		}
	}
	return s
}

// asItWas returns a decision as far as what is kept of it tells: which routes
// matched, and so where it went. What routes set from tables is in the kept lead.
func asItWas(table *routes.Table, kept *store.DecisionRow, scope *rules.Scope) routes.Decision {
	d := routes.Decision{Outcome: routes.Outcome(kept.Outcome.String()), Route: kept.Route, Trace: kept.Trace}
	if d.Outcome == routes.Suppressed || d.Outcome == routes.Held {
		d.Reason = kept.Note
	}
	trace, list := table.Explain(kept.Trace, scope), table.Routes
	if scope.Input().Lead == nil {
		list = table.Notices
	}
	if table.Tests != nil && len(trace) > 0 {
		trace = trace[1:]
	}
	if d.Outcome == routes.Test {
		d.Targets = table.Tests.To
	}
	for k := range trace {
		if d.Outcome != routes.Routed && d.Outcome != routes.Notice || !trace[k].Matched && !trace[k].Fallback {
			continue
		}
		if trace[k].Matched {
			d.Matched = append(d.Matched, trace[k].Name)
		}
		for _, t := range list[k].To {
			if !slices.Contains(d.Targets, t) {
				d.Targets = append(d.Targets, t)
			}
		}
	}
	return d
}

func stepOf(c *config.Config, t *routes.RouteTrace, r *routes.Route) Step {
	step := Step{
		Name: t.Name, Clauses: make([]Clause, len(t.Clauses)), Error: t.Error, Fallback: t.Fallback,
		To: destinations(c, r.To), Suppresses: r.Suppresses, Suppress: r.Suppress, Continue: r.Continue,
	}
	for i := range r.Set {
		step.Set = append(step.Set, r.Set[i].Change)
	}
	if r.HoldUntil != nil {
		step.HoldUntil = r.HoldUntil.Name()
	}
	switch {
	case t.Error != "":
		step.Result = StepError
	case !t.Reached:
		step.Result = StepNotReached
	case t.Matched:
		step.Result = StepMatched
	case t.Result == rules.Missing:
		step.Result = StepMissing
	default:
		step.Result = StepNotMatched
	}
	for i := range t.Clauses {
		step.Clauses[i] = clauseOf(&t.Clauses[i])
	}
	return step
}

// clauseOf joins what the parts of a clause read; where there is but one part, the
// clause says it all.
func clauseOf(t *routes.ClauseTrace) Clause {
	c := Clause{Text: t.Text, Result: t.Result.String(), Saw: []Saw{}}
	for i := range t.Leaves {
		leaf := &t.Leaves[i]
		part := Clause{Text: leaf.Text, Result: leaf.Result.String(), Saw: make([]Saw, len(leaf.Values))}
		for k, v := range leaf.Values {
			part.Saw[k] = Saw{Name: v.Name, Value: v.Text, Missing: v.Missing}
			if !slices.Contains(c.Saw, part.Saw[k]) {
				c.Saw = append(c.Saw, part.Saw[k])
			}
		}
		if len(t.Leaves) > 1 {
			c.Parts = append(c.Parts, part)
		}
	}
	return c
}

func destinations(c *config.Config, targets []routes.Target) []Destination {
	list := make([]Destination, len(targets))
	for i, t := range targets {
		list[i] = Destination{Output: t.Output, Target: t.Target}
		if k := slices.Index(outputNames(c), t.Output); k >= 0 {
			list[i].Type = c.Outputs[k].Type
		}
	}
	return list
}
