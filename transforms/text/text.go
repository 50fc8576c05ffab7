// Package text makes every text of a lead fit to be compared, shown and sent on:
// no control characters, no stray spaces, a bounded length.
package text

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
)

// The limits, in characters. A longer text is cut and ends in "…": the whole of
// it is still in the vendor's payload, which the hub keeps.
const (
	MaxName        = 200  // names of people and companies, cities, regions, statuses
	MaxTitle       = 300  // job titles, industries, segments
	MaxReason      = 500  // one reason
	MaxTag         = 100  // one tag, technology or client
	MaxURL         = 2000 // websites and LinkedIn addresses
	MaxContact     = 320  // e-mail addresses and phone numbers as sent
	MaxAddress     = 500  // the address as sent, the street
	MaxDescription = 5000 // the company's description
	MaxCustom      = 1000 // a value of custom; its key: MaxTag
)

// The limits of lists. What is beyond them is left out.
const (
	MaxContacts = limit.Contacts  // e-mail addresses, phone numbers
	MaxScores   = limit.RawScores // raw scores
	MaxReasons  = 50              // reasons
	MaxTags     = 200             // tags, technologies, clients
	MaxFields   = limit.Custom    // custom fields
)

// New returns the transform. It trims every text and turns each run of spaces and
// control characters into one space (descriptions and custom values keep their
// line breaks), drops what is not valid UTF-8, NUL, invisible and
// direction-changing characters, and cuts what is too long. Values that only say
// "nothing here" ("null", "undefined", "n/a", "-") become absent. Tags,
// technologies, clients and reasons lose their repeats, in whatever case, and
// keep their order; the status becomes lower case.
//
// Ids are cleaned but never cut: two long ids must not become the same one.
func New() transforms.Transform { return transforms.Func(apply) }

func apply(l *lead.Lead) {
	l.Status = value(strings.ToLower(l.Status), MaxName)
	if l.Person != nil {
		person(l.Person)
	}
	company(&l.Company)
	l.LeadPotential = lead.Potential(value(string(l.LeadPotential), MaxTag))
	l.Reasons = texts(l.Reasons, MaxReason, MaxReasons)
	l.Tags = texts(l.Tags, MaxTag, MaxTags)
	l.Scores.Raw = rawScores(l.Scores.Raw)
	l.Custom = custom(l.Custom)
	s := &l.Source
	s.Tenant = id(s.Tenant)
	s.Event = id(s.Event)
	s.VendorLeadID = id(s.VendorLeadID)
	s.VendorCompanyID = id(s.VendorCompanyID)
	s.DeliveryID = id(s.DeliveryID)
	l.GroupID = id(l.GroupID)
}

func person(p *lead.Person) {
	p.FullName = value(p.FullName, MaxName)
	first, last := value(p.FirstName, MaxName), value(p.LastName, MaxName)
	if first == "" && last == "" {
		p.FirstName, p.LastName = "", ""
	} else { // there are people called Null: only a name that is nothing else is no name
		p.FirstName, p.LastName = line(p.FirstName, MaxName), line(p.LastName, MaxName)
	}
	p.Title = value(p.Title, MaxTitle)
	p.Seniority = lead.Seniority(value(string(p.Seniority), MaxTag))
	p.Emails = emails(p.Emails)
	p.Phones = phones(p.Phones)
	p.LinkedInURL = value(p.LinkedInURL, MaxURL)
}

func company(c *lead.Company) {
	c.VendorID = id(c.VendorID)
	c.Name = value(c.Name, MaxName)
	c.Domain = value(c.Domain, MaxURL)
	c.Website = value(c.Website, MaxURL)
	c.Industry = value(c.Industry, MaxTitle)
	c.Segment = value(c.Segment, MaxTitle)
	c.Size.Raw = value(c.Size.Raw, MaxTag)
	a := &c.Address
	a.Raw = value(a.Raw, MaxAddress)
	a.Street = value(a.Street, MaxAddress)
	a.City = value(a.City, MaxName)
	a.Region = value(a.Region, MaxName)
	a.PostalCode = value(a.PostalCode, MaxTag)
	a.Country = value(a.Country, MaxName)
	c.Emails = emails(c.Emails)
	c.Phones = phones(c.Phones)
	c.Technologies = texts(c.Technologies, MaxTag, MaxTags)
	c.NotableClients = texts(c.NotableClients, MaxTag, MaxTags)
	c.Description = lines(c.Description, MaxDescription)
	if placeholder(c.Description) {
		c.Description = ""
	}
	c.LinkedInURL = value(c.LinkedInURL, MaxURL)
}

// Slices and maps are replaced, never written into: the leads of one event may
// share those of their company.

func texts(list []string, length, count int) []string {
	clean := len(list) <= 16 // comparing each with each pays for short lists only
	for i, s := range list {
		if !clean || value(s, length) != s || s == "" || slices.ContainsFunc(list[:i], func(t string) bool { return strings.EqualFold(s, t) }) {
			clean = false
			break
		}
	}
	if clean && len(list) <= count {
		return none(list)
	}
	out := make([]string, 0, min(len(list), count))
	seen := make(map[string]bool, min(len(list), count))
	for _, s := range list {
		s = value(s, length)
		key := foldCase(s)
		if s == "" || seen[key] {
			continue
		}
		if len(out) == count {
			break
		}
		seen[key] = true
		out = append(out, s)
	}
	return none(out)
}

// foldCase returns one text for all that strings.EqualFold calls equal.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

func emails(list []lead.Email) []lead.Email {
	out, _ := each(list, MaxContacts, func(e *lead.Email) bool {
		e.Value = value(e.Value, MaxContact)
		return e.Value != ""
	})
	return out
}

func phones(list []lead.Phone) []lead.Phone {
	out, _ := each(list, MaxContacts, func(p *lead.Phone) bool {
		p.Raw = value(p.Raw, MaxContact)
		p.E164 = value(p.E164, MaxContact)
		return p.Raw != "" || p.E164 != ""
	})
	return out
}

func rawScores(list []lead.RawScore) []lead.RawScore {
	out, _ := each(list, MaxScores, func(s *lead.RawScore) bool {
		s.Name = line(s.Name, MaxTag)
		s.Value = line(s.Value, MaxTag)
		s.Scale = line(s.Scale, MaxTag)
		return s.Name != "" || s.Value != ""
	})
	return out
}

// each returns the list with f applied to copies of its first elements, without
// those for which f returns false; the list itself if nothing changed.
func each[T comparable](list []T, count int, f func(*T) bool) (out []T, changed bool) {
	for i := range list {
		v := list[i]
		keep := f(&v)
		if !changed && (!keep || v != list[i] || i == count) {
			changed = true
			out = append(make([]T, 0, min(len(list), count)), list[:i]...)
		}
		if changed && keep && len(out) < count {
			out = append(out, v)
		}
	}
	if !changed {
		return none(list), false
	}
	return none(out), true
}

// none makes an empty list an absent one.
func none[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func custom(m map[string]string) map[string]string {
	clean := len(m) <= MaxFields
	for k, v := range m {
		if !clean {
			break
		}
		clean = k != "" && line(k, MaxTag) == k && lines(v, MaxCustom) == v
	}
	if clean {
		if len(m) == 0 {
			return nil
		}
		return m
	}
	out, count := make(map[string]string, min(len(m), MaxFields)), 0
	for _, k := range slices.Sorted(maps.Keys(m)) { // sorted: the same ones are left out every time
		key := line(k, MaxTag)
		if _, taken := out[key]; key == "" || taken {
			continue
		}
		if key != limit.CustomDomain && key != limit.CustomTitle {
			if count == MaxFields {
				continue
			}
			count++
		}
		out[key] = lines(m[k], MaxCustom)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// value cleans a text of one line; a placeholder becomes "".
func value(s string, length int) string {
	s = line(s, length)
	if placeholder(s) {
		return ""
	}
	return s
}

// placeholder says whether a text only says that there is nothing.
func placeholder(s string) bool {
	if len(s) == 0 || len(s) > len("undefined") {
		return false
	}
	switch s {
	case "-", "--", "---", "–", "—", "N/A", "n/a", "null", "NULL":
		return true
	}
	switch strings.ToLower(s) {
	case "null", "undefined", "n/a", "#n/a", "nan", "(not set)", "(none)":
		return true
	}
	return false
}

// id cleans an id: all that line does but the cutting.
func id(s string) string { return line(s, -1) }

// line cleans a text of one line. A negative length is no limit.
func line(s string, length int) string {
	if plain(s) && (length < 0 || len(s) <= length) {
		return s
	}
	return cut(rewrite(s, false), length)
}

// lines cleans a text that may have several lines; at most one is empty in a row.
func lines(s string, length int) string {
	if plain(s) && len(s) <= length {
		return s
	}
	return cut(rewrite(s, true), length)
}

// plain says whether a text is printable ASCII with single spaces, none of them
// at its ends: most are, and need no work.
func plain(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

// rewrite drops what must not be there and joins spaces.
func rewrite(s string, multiline bool) string {
	var b strings.Builder
	b.Grow(len(s))
	space, breaks := false, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1, r == 0, dropped(r):
			continue
		case r == '\n' && multiline:
			breaks++
			continue
		case unicode.IsSpace(r), unicode.IsControl(r):
			space = true
			continue
		}
		if b.Len() > 0 {
			switch {
			case breaks > 0:
				b.WriteString("\n\n"[:min(breaks, 2)])
			case space:
				b.WriteByte(' ')
			}
		}
		space, breaks = false, 0
		b.WriteRune(r)
	}
	return b.String()
}

// dropped names invisible characters: they make equal texts differ, and the
// direction-changing ones make a text look like another. Joiners stay: words in
// Persian and Hindi, and some emoji, need them.
func dropped(r rune) bool {
	switch {
	case r == '\u200b', r == '\u2060', r == '\ufeff', r == '\u00ad':
		return true
	case r == '\u200e', r == '\u200f', '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return true
	}
	return false
}

// cut shortens a text to at most length characters, the last of them "…".
func cut(s string, length int) string {
	if length < 0 || len(s) <= length || utf8.RuneCountInString(s) <= length {
		return s
	}
	n := 0
	for i := range s {
		if n == length-1 {
			return strings.TrimRight(s[:i], " \n") + "…"
		}
		n++
	}
	return s
}
