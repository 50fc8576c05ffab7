// Package rules compiles and evaluates the conditions that users write in their
// YAML. Its grammar is expr's: the parser is expr's own, and operators and
// functions mean what they mean there. It evaluates with three values (true,
// false, missing: as SQL's NULL), which expr has not, and keeps a trace of every
// comparison. It is the only package that knows expr, and it is pure: the same
// input gives the same answer, for ever.
package rules

import (
	"fmt"
	"time"

	"leadhub/lead"
)

// Truth is the value of a clause. Its two bits are what a trace keeps.
type Truth uint8

// The values of a clause.
const (
	// NotReached: something before it had decided already.
	NotReached Truth = iota
	True
	False
	// Missing: the clause read a value that is absent; as NULL in SQL, the answer is unknown.
	Missing
)

// String returns the word users see.
func (t Truth) String() string {
	switch t {
	case True:
		return "true"
	case False:
		return "false"
	case Missing:
		return "missing"
	default:
		return "not reached"
	}
}

// MarshalText returns the word users see, so that JSON holds words and not numbers.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Truth) UnmarshalText(text []byte) error {
	for _, v := range []Truth{NotReached, True, False, Missing} {
		if v.String() == string(text) {
			*t = v
			return nil
		}
	}
	return fmt.Errorf("rules: %q is not a truth value", text)
}

// Input is what a rule may see: one lead, or one notice (then Lead is nil).
// It must not change while a Scope holds it.
type Input struct {
	Lead       *lead.Lead
	Vendor     string
	Receiver   string
	Event      string
	Tenant     string
	ReceivedAt time.Time
	IsTest     bool
	IsNew      bool // first revision of this lead
	// Data holds the tables and calendars in the versions that decide; nil: those
	// the Compiler was given.
	Data *Data
	// Delivery is what an output knows beside the lead; nil: the names that speak of
	// it are missing. Only the templates of outputs read it.
	Delivery *Delivery
	// Raw returns the vendor's payload as decoded JSON; it is called at most once
	// per Scope, and only if a rule reads `raw`. nil: raw is absent.
	Raw func() any
	// Item is the element of the payload that a mapping looks at, as decoded JSON,
	// and Header returns a header that was kept, "" where there is none. Only the
	// expressions of a Mapper read them.
	Item   any
	Header func(name string) string
}
