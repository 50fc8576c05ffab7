// Package phone reads phone numbers into E.164 form.
package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
	"leadhub/transforms/internal/memo"
)

// New returns the transform. A number with a country code ("+1 …", "0049 …") is
// read as it stands; one without is read as a number of the country of the
// company's address, so the transform comes after the one that settles the
// country; without a country it stays as sent. Only numbers that are valid in the
// numbering plan of their country get an E.164 form. An extension is no part of
// it, but stays in Raw. Several numbers in one text become several entries.
//
// Reading a number takes some 18 µs, so the answers for the last few thousand
// different texts are remembered.
func New() transforms.Transform {
	t := &reader{known: memo.New[question, string](4096)}
	return transforms.Func(t.apply)
}

type reader struct{ known *memo.Memo[question, string] }

// question is what the answer depends on.
type question struct{ region, raw string }

func (t *reader) apply(l *lead.Lead) {
	region := l.Company.Address.Country
	if len(region) != 2 {
		region = ""
	}
	if l.Person != nil {
		l.Person.Phones = t.phones(l.Person.Phones, region)
	}
	l.Company.Phones = t.phones(l.Company.Phones, region)
}

// phones returns the list as it should be; the given one is not written into.
func (t *reader) phones(in []lead.Phone, region string) []lead.Phone {
	if len(in) == 0 {
		return in
	}
	out := make([]lead.Phone, 0, len(in))
	add := func(p lead.Phone) {
		if len(out) < limit.Contacts && !slices.ContainsFunc(out, func(o lead.Phone) bool {
			return o.Raw == p.Raw || p.E164 != "" && o.E164 == p.E164 && extension(o.Raw) == extension(p.Raw)
		}) {
			out = append(out, p)
		}
	}
	for _, p := range in {
		if p.E164 != "" { // the receiver, or this transform before
			add(p)
			continue
		}
		for _, raw := range split(p.Raw) {
			add(lead.Phone{Raw: raw, E164: t.e164(raw, region)})
		}
	}
	return out
}

// maxRaw is the longest text that is tried: longer ones hold no phone number.
const maxRaw = 60

// e164 reads one number; "" where it is none that is valid.
func (t *reader) e164(raw, region string) string {
	if len(raw) > maxRaw || digits(raw) < 5 {
		return ""
	}
	q := question{region: region, raw: raw}
	if answer, ok := t.known.Get(q); ok {
		return answer
	}
	answer := read(raw, region)
	t.known.Put(question{region: strings.Clone(region), raw: strings.Clone(raw)}, answer)
	return answer
}

func read(raw, region string) string {
	text := strings.TrimSpace(raw)
	if rest, ok := strings.CutPrefix(text, "00"); ok { // the usual way of dialling abroad, valid in no country as a number
		text = "+" + rest
	}
	if region == "" && !strings.Contains(text, "+") {
		return ""
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// split takes apart a text with several numbers: at commas, semicolons, bars and
// "or", and at slashes, which German numbers have inside too, where each part is
// long enough for a number. A text with one number stays whole, whatever else is in it.
func split(raw string) []string {
	for _, sep := range []string{",", ";", "|", " or ", " oder ", " ou ", " / ", "/"} {
		if !strings.Contains(raw, sep) {
			continue
		}
		parts := strings.Split(raw, sep)
		if slices.ContainsFunc(parts, func(p string) bool { return digits(p) < 7 }) {
			continue // one of them is an extension, an area code, a remark
		}
		var all []string
		for _, p := range parts {
			all = append(all, split(strings.TrimSpace(p))...)
		}
		return all
	}
	return []string{raw}
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return n
}

// extension returns what follows the marks of an extension, so that two lines
// behind one number stay two entries.
func extension(raw string) string {
	i := strings.LastIndexAny(raw, "xX#~")
	if j := strings.LastIndex(strings.ToLower(raw), "ext"); j > i {
		i = j
	}
	if i < 0 {
		return ""
	}
	return strings.TrimFunc(raw[i:], func(r rune) bool { return r < '0' || r > '9' })
}
