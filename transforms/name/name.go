// Package name completes a person's name: the full one from its parts, the parts
// from the full one.
package name

import (
	"strings"
	"unicode"

	"leadhub/lead"
	"leadhub/transforms"
)

// New returns the transform. Without a full name it is made of first and last
// name. Without first and last name they are read from the full one: the last
// word is the last name, together with the particles before it ("van der Berg")
// and a suffix behind it ("Smith Jr."); what stands before is the first name.
// Titles in front ("Dr.") and degrees behind a comma ("Jane Doe, PhD") belong to
// neither. "Doe, Jane" is read the other way round. Where only one of the parts
// is absent, it is what the full name has beside the other.
//
// One word alone is neither a first nor a last name: nobody can tell which. Names
// without spaces between their words (李小龙), with digits or with an @ are not
// split either. Case stays as sent, and so does a full name, spaces aside.
func New() transforms.Transform {
	s := &splitter{particles: set(particles), honorifics: set(honorifics), suffixes: set(suffixes), degrees: set(degrees)}
	return transforms.Func(s.apply)
}

const (
	particles = `van von der den de del della dello di da dos das do du des la le los las ter ten te zu zum zur vom ben bin ibn al el st st. af av
		van't 't d' y e`
	honorifics = `mr mr. mrs mrs. ms ms. miss mx mx. dr dr. prof prof. professor sir dame lady lord rev rev. fr. hon. herr frau hr. hr fr.
		dipl.-ing. dipl.-ing ing. ing mag. mag m. mme mlle mme. mlle. sr. sra. sr sra srta. don doña sig. sig.ra dott. dott.ssa avv. univ.-prof.`
	suffixes = `jr jr. sr sr. ii iii iv v junior senior filho neto júnior`
	degrees  = `phd ph.d. ph.d md m.d. mba m.b.a. msc m.sc. bsc b.sc. ma m.a. ba b.a. jd j.d. esq esq. cpa cfa cfp pmp pe p.e. rn dds llm ll.m. edd
		dba cissp cpo csm shrm-cp shrm-scp phr sphr cma cia dipl.-ing. dipl.-kfm. dipl.-kffr. dipl.-wirt.-ing. m.eng. b.eng. mph mpa mpp leed aia`
)

type splitter struct{ particles, honorifics, suffixes, degrees map[string]bool }

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

func (s *splitter) apply(l *lead.Lead) {
	p := l.Person
	if p == nil {
		return
	}
	full, first, last := spaced(p.FullName), spaced(p.FirstName), spaced(p.LastName)
	switch {
	case full == "":
		full = strings.TrimSpace(first + " " + last)
	case first == "" && last == "":
		first, last = s.split(full)
	case last == "":
		last = beside(full, first, false)
	case first == "":
		first = beside(full, last, true)
	}
	p.FullName, p.FirstName, p.LastName = full, first, last
}

// spaced collapses spaces; it returns s itself where there are none to collapse.
func spaced(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// beside returns what a full name has beside one part that stands at its start
// or its end, "" where the part does not stand there as whole words.
func beside(full, part string, atEnd bool) string {
	if len(full) <= len(part)+1 || strings.Contains(full, ",") {
		return ""
	}
	found, rest := full[:len(part)], full[len(part):]
	if atEnd {
		rest, found = full[:len(full)-len(part)], full[len(full)-len(part):]
	}
	trimmed := strings.TrimSpace(rest)
	if len(trimmed) == len(rest) || !strings.EqualFold(found, part) {
		return ""
	}
	return trimmed
}

// split reads first and last name from a full one; both are "" where it cannot
// be told which is which.
func (s *splitter) split(full string) (first, last string) {
	if strings.ContainsAny(full, "@0123456789/()<>|&+") {
		return "", "" // not a name, or not one person's
	}
	head, tail, comma := strings.Cut(full, ",")
	if comma {
		switch words := strings.Fields(tail); {
		case s.all(s.degrees, words) || s.all(s.suffixes, words):
			full = head
			if s.all(s.suffixes, words) {
				full += " " + strings.TrimSpace(tail)
			}
		case len(words) > 0 && !strings.Contains(tail, ",") && s.surname(head):
			return s.given(words), strings.Join(strings.Fields(head), " ")
		default:
			return "", ""
		}
	}
	words := strings.Fields(full)
	for len(words) > 0 && s.honorifics[strings.ToLower(words[0])] {
		words = words[1:]
	}
	end := len(words)
	for end > 2 && s.suffixes[strings.ToLower(words[end-1])] {
		end--
	}
	from := end - 1 // where the last name begins
	for from > 1 && s.particles[strings.ToLower(words[from-1])] {
		from--
	}
	if from < 1 || end < 2 || s.suffixes[strings.ToLower(words[end-1])] {
		return "", ""
	}
	return strings.Join(words[:from], " "), strings.Join(words[from:], " ")
}

// given returns the first names of "Doe, Dr. Jane".
func (s *splitter) given(words []string) string {
	for len(words) > 1 && s.honorifics[strings.ToLower(words[0])] {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// surname says whether a text before a comma is a last name alone: one word, with
// particles or without.
func (s *splitter) surname(text string) bool {
	words := strings.Fields(text)
	if len(words) == 0 {
		return false
	}
	return s.all(s.particles, words[:len(words)-1])
}

// all says whether every word is in the set; true for no words.
func (s *splitter) all(set map[string]bool, words []string) bool {
	for _, w := range words {
		if !set[strings.ToLower(strings.TrimSuffix(w, ","))] {
			return false
		}
	}
	return true
}
