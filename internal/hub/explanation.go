package hub

import (
	"time"

	"leadhub/lead"
	"leadhub/receivers"
)

// Explanation says what happened to an event, or would happen to a payload, and
// why. It is the JSON of `leadhub explain --json`.
type Explanation struct {
	Input        string       `json:"input"` // the file as given, or the event's id
	Receiver     string       `json:"receiver"`
	Vendor       string       `json:"vendor"` // the receiver's type
	ReceivedAt   time.Time    `json:"received_at"`
	Verification Verification `json:"verification"`
	// Event is what was read; nil for an event that is unmapped.
	Event *EventSummary `json:"event,omitempty"`
	// Mapping says what every field was mapped from, where the configuration says it
	// (type: generic).
	Mapping []receivers.Mapping `json:"mapping,omitempty"`
	// Outcome is what became of an event of the hub that was not decided about: it
	// is waiting, or a repeat. "" otherwise.
	Outcome string `json:"outcome,omitempty"`
	// Notes are remarks on the explanation as a whole.
	Notes []string `json:"notes,omitempty"`
	// Unmapped says why the payload could not be read: it names the field.
	Unmapped string `json:"unmapped,omitempty"`
	// Stories holds one entry for each lead, or one for a notice.
	Stories []Story `json:"stories"`
	// Config is the hash of the configuration that decided, or would.
	Config string `json:"config"`
	// Lists are the tables and the calendars with holidays, each in the version that
	// decided, or would: customers@1f3a9c2d.
	Lists []string `json:"lists,omitempty"`
	// Decided: this is what happened, not what would.
	Decided bool `json:"decided"`
}

// Verified says how verification went.
type Verified string

// The outcomes of verification.
const (
	VerifiedYes      Verified = "verified"
	VerifiedRejected Verified = "rejected"
	VerifiedUnknown  Verified = "not verified" // nothing to verify with: Reason says what is missing
)

// Verification is what the receiver says about the request's authenticity.
type Verification struct {
	Result Verified `json:"result"`
	Reason string   `json:"reason,omitempty"`
	Hint   string   `json:"hint,omitempty"`
	// Status is what the hub answers to a request it rejects; 0 otherwise.
	Status int `json:"status,omitempty"`
}

// EventSummary is an event in short.
type EventSummary struct {
	Name       string     `json:"name"`
	Kind       string     `json:"kind"` // leads or notice
	Key        string     `json:"key"`  // the same event sent again has the same key
	Tenant     string     `json:"tenant,omitempty"`
	DeliveryID string     `json:"delivery_id,omitempty"`
	OccurredAt *time.Time `json:"occurred_at,omitempty"`
	IsTest     bool       `json:"is_test"` // by the vendor's mark or leadhub's own
	Subject    string     `json:"subject,omitempty"`
}

// Story is the way of one lead, or of one notice, through the routing table.
type Story struct {
	Lead   *lead.Lead `json:"lead,omitempty"` // nil for a notice
	IsTest bool       `json:"is_test"`
	// Tests is the `tests:` section; nil where there is none, or for a notice.
	Tests *Step `json:"tests,omitempty"`
	// Routes are all routes of the table, in order.
	Routes []Step `json:"routes"`
	// Outcome is routed, suppressed, held, test or notice; or echo, and of an event of
	// the hub also repeat or stale: then no route was asked.
	Outcome string `json:"outcome"`
	// Route decided; "" if none did.
	Route string `json:"route,omitempty"`
	// Matched are all routes that matched, in order: with `continue`, more than one.
	Matched []string `json:"matched,omitempty"`
	// Reason says why a lead was suppressed or held.
	Reason string `json:"reason,omitempty"`
	// Destinations are where it goes, in order.
	Destinations []Destination `json:"destinations"`
	// Changes is what the routes that matched make of the lead, in order: Lead is the
	// lead as it came, which is what rules see.
	Changes []lead.Change `json:"changes,omitempty"`
	// Errors holds a line for every rule that errored.
	Errors []string `json:"errors,omitempty"`
	// Deliveries are those of an event of the hub.
	Deliveries []DeliveryItem `json:"deliveries,omitempty"`
}

// Step is one route and what it said.
type Step struct {
	Name string `json:"name"`
	// Result is matched, not matched, missing (a value it needs is absent), error or not reached.
	Result  string   `json:"result"`
	Clauses []Clause `json:"clauses"` // empty for a route without `when`
	// Error says why the rule has no answer.
	Error string `json:"error,omitempty"`
	// Fallback: the last route was used because the rule of another one errored.
	Fallback bool `json:"fallback,omitempty"`
	// To, Suppress and Continue are what the route does when it matches.
	To         []Destination `json:"to,omitempty"`
	Suppresses bool          `json:"suppresses,omitempty"`
	Suppress   string        `json:"suppress,omitempty"`
	Continue   bool          `json:"continue,omitempty"`
	// Set is what the route makes of the lead, as written in the configuration, and
	// HoldUntil the calendar that it waits for.
	Set       []lead.Change `json:"set,omitempty"`
	HoldUntil string        `json:"hold_until,omitempty"`
}

// The results of a step.
const (
	StepMatched    = "matched"
	StepNotMatched = "not matched"
	StepMissing    = "missing"
	StepError      = "error"
	StepNotReached = "not reached"
)

// Clause is one line of a `when` and its value.
type Clause struct {
	Text string `json:"text"` // as written in the configuration
	// Result is true, false, missing or not reached.
	Result string `json:"result"`
	Saw    []Saw  `json:"saw"` // the values it read
	// Parts are the comparisons that and, or and not connect; nil where there is but one.
	Parts []Clause `json:"parts,omitempty"`
}

// Saw is a value that a clause read.
type Saw struct {
	Name    string `json:"name"`
	Value   string `json:"value,omitempty"` // as it would be written in a rule, cut to 200 characters
	Missing bool   `json:"missing,omitempty"`
}

// Destination is one place a lead goes to.
type Destination struct {
	Output string `json:"output"`
	Type   string `json:"type,omitempty"`   // the output's kind
	Target string `json:"target,omitempty"` // what stands behind the output's name: a channel
	// HeldUntil is when the calendar opens that the lead waits for; nil: it goes at once.
	HeldUntil *time.Time `json:"held_until,omitempty"`
	Calendar  string     `json:"calendar,omitempty"`
}
