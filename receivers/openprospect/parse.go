package openprospect

import (
	"fmt"
	"strings"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

// eventQualified is OpenProspect's one event (documented).
const eventQualified = "delivery.company_qualified"

// Parse reads a qualified company into one lead per prospect, with the company
// in each of them; without prospects into one lead about the company.
func (r *receiver) Parse(req *receivers.Request) (receivers.Event, error) {
	var doc jsondoc.Doc
	root, err := mapping.Parse(&doc, req.Body)
	if err != nil {
		return receivers.Event{}, err
	}
	name := root.GetText("event")
	if name == "" {
		name = eventQualified // the only one there is
	}
	data := root.Get("data")
	company := data.Get("company")
	e := mapping.Event(req, name)
	// The body holds delivery_id, company.id and timestamp, so its hash tells
	// apart what they tell apart. delivery_id alone would not do: it may name the
	// delivery's configuration, and then every later company would be a repeat.
	e.Key = mapping.Key(e.Test, Vendor, req.Body)
	e.DeliveryID = root.GetText("delivery_id")
	e.OccurredAt = mapping.Time(root.Get("timestamp"), req.ReceivedAt)
	switch {
	case name != eventQualified && (!company.Exists() || mapping.IsDeletion(name)):
		// Not documented today. Kept and shown, but nothing to route as a lead.
		mapping.Notice(&e, "OpenProspect sent "+name)
		return e, nil
	case !company.Exists():
		return receivers.Event{}, mapping.Missing("data.company")
	case company.Kind() != jsondoc.Object:
		return receivers.Event{}, mapping.NotA("data.company", "an object")
	}
	base := r.company(data, company)
	base.Source = mapping.Source(Vendor, &e, req.ReceivedAt)
	base.Source.VendorCompanyID = base.Company.VendorID
	if e.Leads, err = people(&base, data.Get("prospects")); err != nil {
		return receivers.Event{}, err
	}
	if len(e.Leads) == 0 {
		if c := &base.Company; c.Name == "" && c.Domain == "" && c.Website == "" {
			return receivers.Event{}, mapping.Missing("data.company.name and data.company.domain")
		}
		e.Leads = []lead.Lead{base}
	}
	return e, nil
}

// company maps what all leads of the event share.
func (r *receiver) company(data, c jsondoc.Value) lead.Lead {
	score := data.Get("qualification_score")
	l := lead.Lead{
		Kind:    lead.KindCompany,
		Status:  strings.ToLower(data.GetText("status")),
		Score:   mapping.Score(score, r.scale),
		Reasons: mapping.Texts(data.Get("match_reasons")),
		Company: lead.Company{
			VendorID: c.GetText("id"),
			Name:     c.GetText("name"),
			Domain:   c.GetText("domain"),
			Website:  c.GetText("website"),
			Industry: c.GetText("industry"),
			Size:     lead.Size{Raw: c.GetText("size")},
			Address: lead.Address{
				Raw:        c.GetText("location"),
				City:       c.GetText("city"),
				Region:     c.GetText("region", "state"),
				PostalCode: c.GetText("postal_code"),
				Country:    c.GetText("country"),
			},
			Emails:       mapping.Email(c.GetText("email")),
			Phones:       mapping.Phone(c.GetText("phone")),
			Technologies: mapping.Items(c.Get("technologies")),
			Description:  c.GetText("description"),
			LinkedInURL:  c.GetText("linkedin_url"),
		},
	}
	mapping.RawScore(&l, "qualification_score", score, r.scaleText)
	mapping.Custom(&l, "", data, mappedData)
	mapping.Custom(&l, "company_", c, mappedCompany)
	l.GroupID = group(&l.Company)
	return l
}

// group is what the leads of one company share: its id in the form that
// lead.Seal gives it, or where the vendor sent none what else names the company.
func group(c *lead.Company) string {
	if c.VendorID != "" {
		return Vendor + "||" + c.VendorID
	}
	for _, id := range [...]string{c.Domain, c.Website, c.Name} {
		if id != "" {
			return Vendor + "||" + strings.ToLower(id)
		}
	}
	return ""
}

// people makes a lead of each prospect. Entries without anything in them are
// passed over, and so is a prospect that stands in the list twice.
func people(base *lead.Lead, list jsondoc.Value) ([]lead.Lead, error) {
	const field = "data.prospects"
	switch list.Kind() {
	case jsondoc.Missing, jsondoc.Null:
		return nil, nil
	case jsondoc.Array:
	default:
		return nil, mapping.NotA(field, "a list")
	}
	n := list.Len()
	if n > receivers.MaxLeads {
		return nil, fmt.Errorf("%s: %d entries, at most %d", field, n, receivers.MaxLeads)
	}
	leads := make([]lead.Lead, 0, n)
	seen := make(map[string]bool, n)
	i := -1
	for p := list.First(); p.Kind() != jsondoc.Missing; p = p.Next() {
		i++
		if p.Kind() == jsondoc.Null {
			continue
		}
		if p.Kind() != jsondoc.Object {
			return nil, mapping.NotA(fmt.Sprintf("%s[%d]", field, i), "an object")
		}
		l := *base
		l.Kind = lead.KindPerson
		l.Person = &lead.Person{
			FullName:    p.GetText("full_name", "name"),
			FirstName:   p.GetText("first_name"),
			LastName:    p.GetText("last_name"),
			Title:       p.GetText("title", "job_title"),
			Emails:      mapping.Email(p.GetText("email")),
			Phones:      mapping.Phone(p.GetText("phone")),
			LinkedInURL: p.GetText("linkedin_url"),
		}
		l.Source.VendorLeadID = p.GetText("id")
		if id := l.Source.VendorLeadID; id != "" {
			if seen[id] {
				continue
			}
			seen[id] = true
		} else if mapping.Nobody(l.Person) {
			continue
		}
		mapping.Custom(&l, "", p, mappedProspect)
		leads = append(leads, l)
	}
	return leads, nil
}

// mappedData, mappedCompany and mappedProspect say which fields have a place of
// their own in the lead: the documented ones, and under the same names those that
// other vendors send, should they come (our assumption).
func mappedData(key string) bool {
	switch key {
	case "company", "prospects", "qualification_score", "match_reasons", "status":
		return true
	}
	return false
}

func mappedCompany(key string) bool {
	switch key {
	case "id", "name", "domain", "industry", "size", "location", "linkedin_url", "technologies",
		"website", "city", "region", "state", "postal_code", "country", "email", "phone", "description":
		return true
	}
	return false
}

func mappedProspect(key string) bool {
	switch key {
	case "id", "first_name", "last_name", "title", "email", "linkedin_url",
		"full_name", "name", "job_title", "phone":
		return true
	}
	return false
}
