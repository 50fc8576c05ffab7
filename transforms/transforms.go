// Package transforms cleans leads in ways that no vendor owns: domains, phones,
// regions, sizes, bands, seniority. One folder each; transforms/all is the chain in its order.
package transforms

import "leadhub/lead"

// Transform cleans one aspect of a lead in place. It is pure, never removes what
// the vendor sent (raw values stay), never guesses, may be called concurrently,
// and is idempotent: applying it twice is applying it once.
//
// The leads of one event may share their company's lists, maps and numbers: a
// transform replaces those and never writes into them. The Person is the lead's own.
type Transform interface{ Apply(*lead.Lead) }

// Func makes a Transform of a function.
type Func func(*lead.Lead)

// Apply calls f.
func (f Func) Apply(l *lead.Lead) { f(l) }

// Chain applies its transforms in order.
type Chain []Transform

// Apply applies every transform, first to last.
func (c Chain) Apply(l *lead.Lead) {
	for _, t := range c {
		t.Apply(l)
	}
}

// Bands say how scores and words meet (`lead_potential` in the configuration).
type Bands struct {
	High   int                    // a score from here on is high; 1–100
	Medium int                    // from here to High: medium; 0 < Medium < High
	Words  map[lead.Potential]int // the score of a lead whose vendor sends only a word
}

// DefaultBands are used where the configuration says nothing.
func DefaultBands() Bands {
	return Bands{High: 80, Medium: 50, Words: map[lead.Potential]int{
		lead.PotentialHigh: 90, lead.PotentialMedium: 60, lead.PotentialLow: 30,
	}}
}
