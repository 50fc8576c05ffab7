// Package routes is the routing table: a lead goes in, a decision comes out. It
// is pure; it names outputs but does not hold them.
package routes

import (
	"slices"
	"time"

	"leadhub/lead"
	"leadhub/rules"
)

// Target is one place a route sends to: an output's name and what stands behind it.
type Target struct {
	Output string `json:"output"`
	Target string `json:"target,omitempty"` // "#hot"; "" where the route names the output alone
}

// OnError says what happens to a lead when a route's rule errors (which is not the same as being false).
type OnError string

// The ways to treat a rule that errors. Hold is the default of a suppress route, Fallback of every other.
const (
	OnErrorNext     OnError = "next"     // go on with the next route
	OnErrorHold     OnError = "hold"     // keep the lead, show it, deliver nothing
	OnErrorFallback OnError = "fallback" // send it where the last route sends
)

// Route is one entry of `routes:` or `notices:`.
type Route struct {
	Name string
	When *rules.Rule // nil: always
	To   []Target
	// Makers are those of To that are made anew for every lead, by their place in
	// it; nil entries, and those that are not there, are targets as they stand.
	Makers     []*Maker
	Suppresses bool
	Suppress   string // the reason; "" with `suppress: true`
	Continue   bool   // after a match, go on with the next route
	OnError    OnError
	// HoldUntil keeps what the route sends until the calendar is open; nil: at once.
	HoldUntil *rules.Calendar
	// Set is what the route makes of a lead that it matches.
	Set []Setting
}

// Setting is one entry of `set:`.
type Setting struct {
	lead.Change
	// Templates, if not nil, has an entry for each of Values: nil for a constant, else
	// what works the value out for each lead.
	Templates []*rules.Template
}

// Hold says that what goes to a target waits for a calendar to open.
type Hold struct {
	Target   Target
	Calendar string
	Until    time.Time // when it opens, in its time zone; always after the event was received
}

// Outcome is what happened to a lead, in the words users see.
type Outcome string

// The outcomes of a lead or a notice.
const (
	Routed     Outcome = "routed"
	Suppressed Outcome = "suppressed"
	Held       Outcome = "held"
	Test       Outcome = "test"   // a test lead: it reached the test outputs and no other
	Notice     Outcome = "notice" // a notice; Targets may be empty
)

// Decision is the answer of a Table.
type Decision struct {
	Outcome Outcome
	Route   string   // the route that decided; with Continue the last one that matched; TestsName for a test; "" if none
	Matched []string // every route that matched, in order
	Targets []Target // without repeats, in order
	// Holds says which of the targets wait, and until when; the others do not.
	Holds []Hold
	// Changes is what the routes that matched make of the lead, in order. It is in
	// nobody's way: rules see the lead as it came.
	Changes []lead.Change
	Reason  string // of a suppression or a hold; also set where a suppression came after `continue` routes
	// Trace holds two bits per route reached and per leaf of its rule, `tests` first,
	// then in the table's order; Table.Explain expands it.
	Trace []byte
	// Errors holds one line for each rule that errored and what came of it:
	// "route hot: score / 0 > 1: division by zero; sent where the last route sends (triage)".
	Errors []string
}

// HoldOf returns what keeps a target waiting, nil if nothing does.
func (d *Decision) HoldOf(t Target) *Hold {
	i := slices.IndexFunc(d.Holds, func(h Hold) bool { return h.Target == t })
	if i < 0 {
		return nil
	}
	return &d.Holds[i]
}

// Table is the routing table of one configuration. It is immutable and safe for concurrent use.
type Table struct {
	// Tests is evaluated before everything else; nil: no `tests:` section. Its
	// When may be nil: then only the vendors' own markers make a test lead.
	Tests   *Route
	Routes  []Route
	Notices []Route
}
