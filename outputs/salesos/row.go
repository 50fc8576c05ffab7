package salesos

import (
	"fmt"
	"strconv"
	"strings"

	"leadhub/lead"
	"leadhub/outputs/internal/vendorapi"
)

// row is a lead as SalesOS takes it: the columns of its table (seen in the vendor's
// public source). icp_score is missing on purpose, as it is ignored on creation.
type row struct {
	ContactName     string `json:"contact_name"` // required
	CompanyName     string `json:"company_name"` // required
	ContactEmail    string `json:"contact_email,omitempty"`
	ContactPhone    string `json:"contact_phone,omitempty"`
	JobTitle        string `json:"job_title,omitempty"`
	LinkedInURL     string `json:"linkedin_url,omitempty"`
	Industry        string `json:"industry,omitempty"`
	CompanySize     string `json:"company_size,omitempty"`
	CompanyWebsite  string `json:"company_website,omitempty"`
	CompanyLinkedIn string `json:"company_linkedin,omitempty"`
	LeadStatus      string `json:"lead_status,omitempty"`
	Notes           string `json:"notes,omitempty"`
	Source          string `json:"source"`
}

// SalesOS cuts longer texts without a word (seen in the vendor's public source for
// e-mail addresses, notes and the source; for the others 255 is our assumption).
// What is cut here ends with "…"; an address or a link is left out instead.
const (
	maxText  = 255
	maxEmail = 255
	maxNotes = 2000
	maxPhone = 50
)

func (o *output) row(l *lead.Lead) (*row, error) {
	r := &row{
		ContactEmail:    vendorapi.Email(l.PrimaryEmail(), maxEmail),
		ContactPhone:    vendorapi.Line(l.PrimaryPhone(), maxPhone),
		Industry:        vendorapi.Line(l.Company.Industry, maxText),
		CompanySize:     size(l.Company.Size),
		CompanyWebsite:  website(&l.Company),
		CompanyLinkedIn: vendorapi.Link(l.Company.LinkedInURL, maxText),
		Notes:           notes(l),
		Source:          lead.SourceMark(l.ID),
	}
	if p := l.Person; p != nil {
		r.JobTitle = vendorapi.Line(p.Title, maxText)
		r.LinkedInURL = vendorapi.Link(p.LinkedInURL, maxText)
	}
	if o.config.SendStatus {
		r.LeadStatus = vendorapi.Line(l.Status, maxText)
	}
	r.ContactName, r.CompanyName = contact(l), company(&l.Company)
	for _, required := range []struct {
		value *string
		field string
	}{{&r.ContactName, "contact_name"}, {&r.CompanyName, "company_name"}} {
		if *required.value != "" {
			continue
		}
		if o.config.MissingName == "" {
			return nil, fmt.Errorf(`SalesOS wants a %s, and this lead has none: give the output a text for it, for example missing_name: "[unknown]"`, required.field)
		}
		*required.value = o.config.MissingName
	}
	return r, nil
}

// contact returns what stands for the person: the name, else the person's own address.
func contact(l *lead.Lead) string {
	if name := vendorapi.Line(vendorapi.FullName(l.Person), maxText); name != "" {
		return name
	}
	if l.Person != nil && len(l.Person.Emails) > 0 {
		return vendorapi.Email(l.PrimaryEmail(), maxText)
	}
	return ""
}

// company returns what stands for the company: the name, else its domain or website.
func company(c *lead.Company) string {
	for _, s := range []string{c.Name, c.Domain, c.Website} {
		if s = vendorapi.Line(s, maxText); s != "" {
			return s
		}
	}
	return ""
}

func website(c *lead.Company) string {
	if s := vendorapi.Link(c.Website, maxText); s != "" {
		return s
	}
	return vendorapi.Link(c.Domain, maxText)
}

func size(s lead.Size) string {
	switch {
	case s.Raw != "":
		return vendorapi.Line(s.Raw, maxText)
	case s.Min != nil && s.Max != nil && *s.Min != *s.Max:
		return strconv.Itoa(*s.Min) + "-" + strconv.Itoa(*s.Max)
	case s.Min != nil && s.Max != nil:
		return strconv.Itoa(*s.Min)
	case s.Min != nil:
		return strconv.Itoa(*s.Min) + "+"
	default:
		return ""
	}
}

// notes holds what has no column of its own.
func notes(l *lead.Lead) string {
	var lines []string
	add := func(what, sep string, items []string) {
		var have []string
		for _, s := range items {
			if s = vendorapi.Line(s, maxNotes); s != "" {
				have = append(have, s)
			}
		}
		if len(have) > 0 {
			lines = append(lines, what+": "+strings.Join(have, sep))
		}
	}
	add("Why", "; ", l.Reasons)
	add("Notable clients", ", ", l.Company.NotableClients)
	add("Technologies", ", ", l.Company.Technologies)
	add("Tags", ", ", l.Tags)
	return vendorapi.Cut(strings.Join(lines, "\n"), maxNotes)
}
