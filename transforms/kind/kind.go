// Package kind decides whether a lead is about a person or a company.
package kind

import (
	"maps"
	"slices"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
)

// New returns the transform. A lead is about a person if there is a name, a work
// or personal e-mail address or a LinkedIn profile of theirs, else about the
// company. A lead about the company has no Person: what was there moves to where
// it belongs, a role address (sales@) and a phone number to the company's, a
// title without anybody to bear it to custom.contact_title.
//
// It needs the types of the addresses and comes last.
func New() transforms.Transform { return transforms.Func(apply) }

func apply(l *lead.Lead) {
	p := l.Person
	if p == nil {
		l.Kind = lead.KindCompany
		return
	}
	if isPerson(p) {
		l.Kind = lead.KindPerson
		return
	}
	l.Kind = lead.KindCompany
	l.Company.Emails = addEmails(l.Company.Emails, p.Emails)
	l.Company.Phones = addPhones(l.Company.Phones, p.Phones)
	if _, taken := l.Custom[limit.CustomTitle]; p.Title != "" && !taken {
		custom := maps.Clone(l.Custom) // other leads may share it
		if custom == nil {
			custom = map[string]string{}
		}
		custom[limit.CustomTitle] = p.Title
		l.Custom = custom
	}
	l.Person = nil
}

func isPerson(p *lead.Person) bool {
	return p.FullName != "" || p.FirstName != "" || p.LastName != "" || p.LinkedInURL != "" ||
		slices.ContainsFunc(p.Emails, func(e lead.Email) bool { return e.Type == lead.EmailWork || e.Type == lead.EmailPersonal })
}

// addEmails returns a new list: the company's, then the others that are not in
// it, with one primary address at most.
func addEmails(list, more []lead.Email) []lead.Email {
	if len(more) == 0 {
		return list
	}
	out := slices.Clone(list)
	primary := slices.ContainsFunc(out, func(e lead.Email) bool { return e.Primary })
	for _, e := range more {
		if len(out) == limit.Contacts || slices.ContainsFunc(out, func(o lead.Email) bool { return o.Value == e.Value }) {
			continue
		}
		e.Primary = e.Primary && !primary
		primary = primary || e.Primary
		out = append(out, e)
	}
	return out
}

func addPhones(list, more []lead.Phone) []lead.Phone {
	if len(more) == 0 {
		return list
	}
	out := slices.Clone(list)
	for _, p := range more {
		if len(out) < limit.Contacts && !slices.ContainsFunc(out, func(o lead.Phone) bool { return o.Raw == p.Raw || p.E164 != "" && o.E164 == p.E164 }) {
			out = append(out, p)
		}
	}
	return out
}
