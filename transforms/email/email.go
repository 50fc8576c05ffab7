// Package email reads e-mail addresses and says whose mailboxes they are.
package email

import (
	"slices"
	"strings"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
	"leadhub/transforms/internal/mail"
)

// New returns the transform. An entry that holds several addresses becomes
// several; "Jane <jane@acme.com>" and "mailto:" forms are read; addresses are
// written in lower case and lose their repeats. Each gets a type: role for shared
// mailboxes (sales@, info@, kontakt@ …), personal for those of free-mail and
// access providers, work for the rest. A type that is set already stays. What is
// no address stays as sent, without a type.
//
// In each list exactly one usable address is primary: the one the vendor flagged,
// else the first one of work, personal, role, in this order.
func New() transforms.Transform {
	t := &typer{free: mail.FreeDomains(), strong: words(strong), weak: words(weak), with: words(with)}
	return transforms.Func(t.apply)
}

type typer struct {
	free, strong, weak, with map[string]struct{}
}

func (t *typer) apply(l *lead.Lead) {
	if p := l.Person; p != nil {
		p.Emails = t.emails(p.Emails, p)
	}
	l.Company.Emails = t.emails(l.Company.Emails, l.Person)
}

// emails returns the list as it should be; the given one is not written into.
func (t *typer) emails(in []lead.Email, p *lead.Person) []lead.Email {
	if len(in) == 0 {
		return in
	}
	out := make([]lead.Email, 0, len(in))
	add := func(e lead.Email) {
		i := slices.IndexFunc(out, func(o lead.Email) bool { return o.Value == e.Value })
		switch {
		case i >= 0:
			out[i].Primary = out[i].Primary || e.Primary
		case len(out) < limit.Contacts:
			out = append(out, e)
		}
	}
	for _, e := range in {
		addresses, rest := mail.Split(e.Value)
		if len(addresses) == 0 {
			add(lead.Email{Value: e.Value})
			continue
		}
		for i, a := range addresses {
			kind := e.Type
			if kind == "" || len(addresses) > 1 {
				kind = t.kind(a, p)
			}
			add(lead.Email{Value: a, Type: kind, Primary: e.Primary && i == 0})
		}
		for _, r := range rest {
			add(lead.Email{Value: r})
		}
	}
	flag(out)
	return out
}

// flag makes exactly one usable address the primary one.
func flag(list []lead.Email) {
	best, rank := -1, 0
	for i, e := range list {
		r := 0
		switch {
		case e.Type == "":
		case e.Primary:
			r = 4
		case e.Type == lead.EmailWork:
			r = 3
		case e.Type == lead.EmailPersonal:
			r = 2
		default:
			r = 1
		}
		if r > rank {
			best, rank = i, r
		}
	}
	for i := range list {
		list[i].Primary = i == best
	}
}

// kind says whose mailbox an address is.
func (t *typer) kind(address string, p *lead.Person) lead.EmailType {
	local, domain, _ := strings.Cut(address, "@")
	if t.role(local, p) {
		return lead.EmailRole
	}
	for d := domain; d != ""; _, d, _ = strings.Cut(d, ".") { // customers of free.fr may be at name.free.fr
		if _, ok := t.free[d]; ok {
			return lead.EmailPersonal
		}
	}
	return lead.EmailWork
}

// role says whether the part before the @ names a function, not a person.
func (t *typer) role(local string, p *lead.Person) bool {
	local, _, _ = strings.Cut(local, "+")
	local = strings.TrimRight(local, "0123456789") // sales2@
	if in(t.strong, local) || in(t.weak, local) && !named(local, p) {
		return true
	}
	first, rest, several := cutAny(local)
	if !several {
		return false
	}
	var buf [64]byte
	joined := buf[:0] // customer-service@, no-reply@
	for i := range len(local) {
		if c := local[i]; c != '.' && c != '-' && c != '_' {
			joined = append(joined, c)
		}
	}
	if _, ok := t.strong[string(joined)]; ok {
		return true
	}
	if _, ok := t.weak[string(joined)]; ok {
		return true
	}
	if in(t.strong, first) { // info.berlin@, sales-us@, but not sales.doe@ for Jane Doe
		return !named(rest, p)
	}
	for first != "" || rest != "" { // us-sales@, the.team@
		if rest == "" {
			return in(t.strong, first) || in(t.weak, first)
		}
		if !in(t.with, first) && !in(t.strong, first) {
			return false
		}
		first, rest, _ = cutAny(rest)
	}
	return false
}

// cutAny cuts at the first of the characters that separate words in addresses.
func cutAny(s string) (first, rest string, found bool) {
	i := strings.IndexAny(s, ".-_")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// named says whether a word of s is in the person's name.
func named(s string, p *lead.Person) bool {
	if p == nil {
		return false
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(".-_", r) }) {
		for _, name := range []string{p.FullName, p.FirstName, p.LastName} {
			for n := range strings.FieldsSeq(name) {
				if len(word) > 1 && strings.EqualFold(word, n) {
					return true
				}
			}
		}
	}
	return false
}

func in(m map[string]struct{}, s string) bool {
	_, ok := m[s]
	return ok
}

func words(list string) map[string]struct{} {
	m := map[string]struct{}{}
	for w := range strings.FieldsSeq(list) {
		m[w] = struct{}{}
	}
	return m
}
