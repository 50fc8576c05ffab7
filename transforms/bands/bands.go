// Package bands lets vendors that send a word and vendors that send a figure meet.
package bands

import (
	"maps"
	"slices"
	"strings"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
)

// New returns the transform. The vendor's word ("high", in whatever case) wins
// and gives the score of the bands' Words where the vendor sent no score; a score
// gives the potential where the vendor sent no word; where both were sent both
// stay, even if they disagree. Score and confidence are kept within 0–100. A word
// that is none of the three is kept among the raw scores and counts as none.
//
// A score is never filled from a word that Words does not have.
func New(b transforms.Bands) transforms.Transform {
	b.Words = maps.Clone(b.Words) // the caller's map may change
	return transforms.Func(func(l *lead.Lead) { apply(b, l) })
}

func apply(b transforms.Bands, l *lead.Lead) {
	l.Score = within(l.Score)
	l.Confidence = within(l.Confidence)
	l.LeadPotential = potential(l)
	switch {
	case l.LeadPotential == lead.PotentialUnknown && l.Score != nil:
		l.LeadPotential = band(b, *l.Score)
	case l.LeadPotential != lead.PotentialUnknown && l.Score == nil:
		if score, ok := b.Words[l.LeadPotential]; ok {
			l.Score = new(score)
		}
	}
}

// potential returns the vendor's word, PotentialUnknown where it is none.
func potential(l *lead.Lead) lead.Potential {
	word := string(l.LeadPotential)
	switch p := lead.Potential(strings.ToLower(strings.TrimSpace(word))); p {
	case lead.PotentialHigh, lead.PotentialMedium, lead.PotentialLow:
		return p
	case "", lead.PotentialUnknown:
		return lead.PotentialUnknown
	}
	for _, s := range l.Scores.Raw {
		if s.Name == rawName && s.Value == word {
			return lead.PotentialUnknown
		}
	}
	if len(l.Scores.Raw) >= limit.RawScores {
		return lead.PotentialUnknown
	}
	// clipped, so that append makes a new list: other leads may share this one
	l.Scores.Raw = append(slices.Clip(l.Scores.Raw), lead.RawScore{Name: rawName, Value: word, Scale: "high|medium|low"})
	return lead.PotentialUnknown
}

const rawName = "lead_potential"

func band(b transforms.Bands, score int) lead.Potential {
	switch {
	case score >= b.High:
		return lead.PotentialHigh
	case score >= b.Medium:
		return lead.PotentialMedium
	default:
		return lead.PotentialLow
	}
}

// within returns n kept within 0–100.
func within(n *int) *int {
	if n == nil || *n >= 0 && *n <= 100 {
		return n
	}
	return new(min(max(*n, 0), 100))
}
