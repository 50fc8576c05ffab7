package vendorapi

import (
	"net/url"
	"strings"
	"unicode"

	"leadhub/lead"
)

// Line makes one line of at most n UTF-16 units of a text: valid UTF-8, without
// control characters, its end replaced by "…" where it is longer. Databases refuse
// some of what is taken out, and JavaScript counts length so.
func Line(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(c rune) bool {
		// Joiners are part of names in Persian and Hindi, and of emoji.
		return unicode.IsSpace(c) || !unicode.IsPrint(c) && c != '\u200c' && c != '\u200d'
	}), " ")
	return Cut(s, n)
}

// Cut shortens a text to at most n UTF-16 units, n ≥ 1: where it is longer, its
// end is replaced by "…".
func Cut(s string, n int) string {
	units, end := 0, 0 // end: where to cut so that "…" has room
	for i, c := range s {
		if units <= n-1 {
			end = i
		}
		units++
		if c > 0xffff {
			units++
		}
	}
	if units <= n {
		return s
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// Email returns an address that one can write to, "" for anything else: text that
// is no address, and one longer than n, as half an address is somebody else's.
func Email(s string, n int) string {
	if len(s) > n || Line(s, n) != s || !(lead.Email{Value: s}).Usable() {
		return ""
	}
	return s
}

// Link returns the address of a web page, "" for anything else: text that is no
// address, a scheme that a browser would execute, and one longer than n.
func Link(s string, n int) string {
	if s == "" || Line(s, n) != s {
		return ""
	}
	full := s
	if !strings.Contains(s, "://") {
		full = "https://" + s
	}
	u, err := url.Parse(full)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || !strings.Contains(strings.Trim(u.Hostname(), "."), ".") ||
		strings.ContainsAny(full, " <>\"'`|") || len(full) > n {
		return ""
	}
	return full
}

// FullName returns what a person is called, "" where nothing is known.
func FullName(p *lead.Person) string {
	if p == nil {
		return ""
	}
	if name := strings.TrimSpace(p.FullName); name != "" {
		return name
	}
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}
