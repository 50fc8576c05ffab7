// Package mail reads e-mail addresses out of free text and knows the domains at
// which anybody can have one.
package mail

import (
	_ "embed" // the list of free-mail domains
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed freemail.txt
var freemail string

// FreeDomains returns the domains of free-mail and disposable-mail providers, and
// of access providers whose customers get an address: an address there says
// nothing about the company. The caller owns the map.
func FreeDomains() map[string]struct{} {
	words := strings.Fields(freemail)
	m := make(map[string]struct{}, len(words))
	for _, w := range words {
		m[w] = struct{}{}
	}
	return m
}

// Split finds the addresses in a text such as "Jane <jane@acme.com>; j@x.com" or
// "mailto:jane@acme.com?subject=Hi". It returns them in lower case, without
// repeats, and whatever holds an @ but is no address as it stands. A text without
// any address gives nothing.
func Split(text string) (addresses, rest []string) {
	if a, ok := Address(text); ok { // most texts are just that
		return []string{a}, nil
	}
	seen := map[string]bool{}
	for piece := range strings.FieldsFuncSeq(text, separates) {
		if !strings.Contains(piece, "@") {
			continue
		}
		a, ok := Address(piece)
		switch {
		case !ok && !seen[piece]:
			rest = append(rest, piece)
			seen[piece] = true
		case ok && !seen[a]:
			addresses = append(addresses, a)
			seen[a] = true
		}
	}
	if len(addresses) == 0 {
		return nil, nil
	}
	return addresses, rest
}

func separates(r rune) bool {
	return strings.ContainsRune(",;|/<>()[]{}\"", r) || unicode.IsSpace(r)
}

// Address reads one address, with or without "mailto:", quotation marks or angle
// brackets around it or a full stop behind it, and returns it in lower case.
// Addresses with quotation marks inside or an IP address behind the @ are valid
// by the letter of the standard, but nobody's: ok is false.
func Address(s string) (address string, ok bool) {
	s = strings.ToLower(strings.Trim(s, around))
	if rest, ok := strings.CutPrefix(s, "mailto:"); ok {
		rest, _, _ = strings.Cut(rest, "?")
		s = strings.Trim(rest, around)
	}
	s = strings.TrimRight(s, ".:")
	if len(s) > 254 {
		return "", false
	}
	local, domain, found := strings.Cut(s, "@")
	if !found || len(local) == 0 || len(local) > 64 || !validLocal(local) || !validDomain(domain) {
		return "", false
	}
	return s, true
}

// around is what people and programs put around an address.
const around = " \t\r\n<>\"'’‘“”"

func validLocal(s string) bool {
	for _, r := range s {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.IsSpace(r):
			return false
		case r < utf8.RuneSelf && !isAlnum(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r):
			return false
		case r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r):
			return false
		}
	}
	return s[0] != '.' && s[len(s)-1] != '.'
}

func validDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	labels, last := 0, ""
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r < utf8.RuneSelf && !isAlnum(r) && r != '-' ||
				r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) || r == utf8.RuneError {
				return false
			}
		}
		labels, last = labels+1, label
	}
	// the last label of a host name is a word: "10.0.0.1" and "acme.c" are none
	return labels > 1 && utf8.RuneCountInString(last) > 1 && strings.Trim(last, "0123456789") != ""
}

func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
