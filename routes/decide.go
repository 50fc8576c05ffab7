package routes

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"leadhub/rules"
)

// IsTest says whether `tests.when` makes the input in the scope a test. Without a
// `tests:` section, or without a condition in it, nothing does: then only the
// markers of vendors and senders count.
//
// An error means the rule has no answer; the input is then no test by this rule.
// Decide notes it as well.
func (t *Table) IsTest(s *rules.Scope) (bool, error) {
	if t.Tests == nil || t.Tests.When == nil {
		return false, nil
	}
	v, err := t.Tests.When.Eval(s)
	if err != nil {
		return false, fmt.Errorf("%s: %w", TestsName, err)
	}
	return v == rules.True, nil
}

// Decide says where the lead in the scope goes: the first route that matches
// wins; after one with `continue`, the next one is asked as well.
//
// A lead whose Input.IsTest is set goes to the outputs of `tests:` and nowhere
// else, and its outcome is Test; without a `tests:` section it goes nowhere.
//
// A rule that errors is not a rule that is false. By the route's OnError the lead
// goes on to the next route, is held, or is sent where the last route sends; if
// the last route suppresses or sends nowhere, it is held instead, because no lead
// may be lost to an error. A lead that no route takes is held.
//
// A lead is sent when the calendar of a route's HoldUntil is open at the time of
// receipt, else when it opens next: Decision.Holds. Where several routes name one
// target, the earliest of them counts.
//
// What routes Set adds up along the way, and every target gets the lead as it is
// in the end.
//
// A suppressing route keeps back the lead from there on. If a `continue` route
// before it has matched, the lead was meant to go there: it is Routed, to those
// targets, with the reason of the suppression.
func (t *Table) Decide(s *rules.Scope) Decision {
	var room [256]byte
	w := walk{scope: s, bits: bits{buf: room[:0]}}
	if !w.tests(t) {
		w.leads(t.Routes)
	}
	w.d.Trace = bytes.Clone(w.bits.buf)
	return w.d
}

// DecideNotice says where the notice in the scope goes. Without a match it goes
// nowhere: its outcome is Notice, without targets. A test notice goes to the
// outputs of `tests:` only. There is no last route to fall back to, so a rule that
// errors leaves the decision to the next one; where its OnError is OnErrorHold, the
// default of one that suppresses, the notice is held.
func (t *Table) DecideNotice(s *rules.Scope) Decision {
	var room [256]byte
	w := walk{scope: s, bits: bits{buf: room[:0]}}
	if !w.tests(t) {
		w.notices(t.Notices)
	}
	w.d.Trace = bytes.Clone(w.bits.buf)
	return w.d
}

// walk is one decision being made.
type walk struct {
	scope *rules.Scope
	bits  bits
	d     Decision
	last  *Route // what takes every lead that is left; nil for notices and tests
	lost  string // why a target could not be made
}

// tests deals with `tests:` and says whether the input is a test.
func (w *walk) tests(t *Table) bool {
	test := w.scope.Input().IsTest
	if t.Tests != nil {
		matched, err := w.ask(t.Tests)
		if err != nil {
			w.failed(TestsName, err, "it counts as no test by this rule")
		}
		test = test || matched && t.Tests.When != nil
	}
	if !test {
		return false
	}
	w.d.Outcome = Test
	if t.Tests != nil {
		w.d.Route = TestsName
		w.send(t.Tests)
	}
	return true
}

// ask evaluates one route and notes it in the trace.
func (w *walk) ask(r *Route) (bool, error) {
	if r.When == nil {
		w.bits.put(markMatched)
		return true, nil
	}
	leaves := w.scope.Buffer(r.When.Leaves())
	v, err := r.When.Trace(w.scope, leaves)
	switch {
	case err != nil:
		w.bits.put(markErrored)
	case v == rules.True:
		w.bits.put(markMatched)
	default:
		w.bits.put(markNotMatched)
	}
	for _, l := range leaves {
		w.bits.put(uint8(l))
	}
	return v == rules.True, err
}

// send does what a route does with what it takes: it adds its targets, each once,
// and its changes.
func (w *walk) send(r *Route) {
	for i := range r.Set {
		w.set(r, &r.Set[i])
	}
	w.deliver(r)
}

// deliver adds the targets of a route. Where one cannot be made, the last route's
// take its place.
func (w *walk) deliver(r *Route) {
	if w.d.Targets == nil && len(r.To) > 0 {
		w.d.Targets = make([]Target, 0, len(r.To))
	}
	hold, lost := w.opening(r), false
	for i, target := range r.To {
		if i < len(r.Makers) && r.Makers[i] != nil && !w.make(r, i, &target) {
			lost = true
			continue
		}
		w.add(target, hold)
	}
	if lost && w.last != nil && w.last != r {
		w.deliver(w.last)
	}
}

func (w *walk) add(target Target, hold *Hold) {
	held := w.d.HoldOf(target)
	switch {
	case !slices.Contains(w.d.Targets, target):
		w.d.Targets = append(w.d.Targets, target)
		if hold != nil {
			hold.Target = target
			w.d.Holds = append(w.d.Holds, *hold)
		}
	case held == nil: // another route sends there at once
	case hold == nil:
		w.d.Holds = slices.DeleteFunc(w.d.Holds, func(h Hold) bool { return h.Target == target })
	case hold.Until.Before(held.Until):
		held.Calendar, held.Until = hold.Calendar, hold.Until
	}
}

// set notes what a setting does to the lead. A template that lacks a value leaves
// the field as it is: what is missing must not wipe out what is there. One that
// errors, or gives what the field cannot hold, does so too, and is noted.
func (w *walk) set(r *Route, s *Setting) {
	c := s.Change
	if s.Templates != nil {
		c.Values = make([]string, 0, len(s.Values))
		for i, constant := range s.Values {
			text := constant
			if t := s.Templates[i]; t != nil {
				var err error
				if text, err = rendered(t, w.scope); err != nil {
					w.failed("route "+r.Name+": set "+s.Field, err, "left as it was")
					return
				}
			}
			if text != "" {
				c.Values = append(c.Values, text)
			}
		}
		if len(c.Values) == 0 {
			return
		}
		if err := c.Check(); err != nil {
			w.failed("route "+r.Name+": set "+s.Field, err, "left as it was")
			return
		}
	}
	w.d.Changes = append(w.d.Changes, c)
}

// rendered returns what a template gives, "" where it lacks a value.
func rendered(t *rules.Template, s *rules.Scope) (string, error) {
	if _, missing, err := t.Missing(s); missing || err != nil {
		return "", err
	}
	text, err := t.Render(s, nil)
	return strings.TrimSpace(text), err
}

// opening returns until when a route holds what it sends, nil if it does not. Only
// the time of receipt counts, so that a replay decides the same.
func (w *walk) opening(r *Route) *Hold {
	received := w.scope.Input().ReceivedAt
	if r.HoldUntil == nil || received.IsZero() {
		return nil
	}
	c := w.scope.Calendar(r.HoldUntil)
	at, ok := c.Next(received)
	if !ok || !at.After(received) {
		return nil // open, or closed for good: then there is nothing to wait for
	}
	return &Hold{Calendar: c.Name(), Until: at}
}

func (w *walk) match(name string) {
	w.d.Route = name
	w.d.Matched = append(w.d.Matched, name)
}

func (w *walk) failed(label string, err error, then string) {
	w.d.Errors = append(w.d.Errors, label+": "+err.Error()+"; "+then)
}

func (w *walk) hold(name, reason string) {
	w.d.Outcome, w.d.Route, w.d.Reason, w.d.Targets = Held, name, reason, nil
	w.d.Holds, w.d.Changes = nil, nil
}

func (w *walk) leads(list []Route) {
	if n := len(list); n > 0 && !list[n-1].Suppresses {
		w.last = &list[n-1]
	}
	w.first(list)
	if w.d.Outcome == Routed && len(w.d.Targets) == 0 && w.lost != "" {
		w.hold(w.d.Route, w.lost)
	}
}

// first goes from route to route until one decides.
func (w *walk) first(list []Route) {
	for i := range list {
		r := &list[i]
		matched, err := w.ask(r)
		if err != nil {
			switch r.onError() {
			case OnErrorNext:
				w.failed("route "+r.Name, err, "went on with the next route")
				continue
			case OnErrorFallback:
				w.fallback(&list[len(list)-1], r, err)
				return
			default:
				w.failed("route "+r.Name, err, "held")
				w.hold(r.Name, "the rule of route "+r.Name+" errored: "+err.Error())
				return
			}
		}
		if !matched {
			continue
		}
		w.match(r.Name)
		if r.Suppresses {
			w.suppress(r)
			return
		}
		w.send(r)
		if !r.Continue {
			w.d.Outcome = Routed
			return
		}
	}
	if len(w.d.Matched) > 0 { // every match said `continue`
		w.d.Outcome = Routed
		return
	}
	w.hold("", "no route matched")
}

// suppress keeps the lead back, from here on.
func (w *walk) suppress(r *Route) {
	w.d.Reason = r.Suppress
	w.d.Outcome = Suppressed
	if len(w.d.Targets) > 0 {
		w.d.Outcome = Routed
	}
}

// fallback sends the lead where the last route sends.
func (w *walk) fallback(last, r *Route, err error) {
	if last == r || last.Suppresses || len(last.To) == 0 {
		w.failed("route "+r.Name, err, "held, because the last route sends nowhere")
		w.hold(r.Name, "the rule of route "+r.Name+" errored: "+err.Error())
		return
	}
	w.failed("route "+r.Name, err, "sent where the last route sends ("+last.Name+")")
	w.d.Outcome, w.d.Route = Routed, last.Name
	w.send(last)
}

func (w *walk) notices(list []Route) {
	w.d.Outcome = Notice
	for i := range list {
		r := &list[i]
		matched, err := w.ask(r)
		if err != nil {
			if r.onError() == OnErrorHold {
				w.failed(r.noticeLabel(i), err, "held")
				w.hold(r.Name, "the rule of "+r.noticeLabel(i)+" errored: "+err.Error())
				return
			}
			w.failed(r.noticeLabel(i), err, "went on with the next one")
			continue
		}
		if !matched {
			continue
		}
		w.match(r.Name)
		if r.Suppresses {
			w.d.Reason = r.Suppress
			return
		}
		w.send(r)
		if !r.Continue {
			return
		}
	}
}

// noticeLabel names an entry of `notices:`, which need no names.
func (r *Route) noticeLabel(i int) string {
	if r.Name != "" {
		return "notice " + r.Name
	}
	return fmt.Sprintf("notice %d", i+1)
}

// onError returns what an error of the route's rule does to a lead.
func (r *Route) onError() OnError {
	switch {
	case r.OnError != "":
		return r.OnError
	case r.Suppresses:
		return OnErrorHold
	default:
		return OnErrorFallback
	}
}
