package prospektr

import (
	"strings"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

// eventAdded is Prospektr's one event (documented).
const eventAdded = "prospect.added"

// Parse reads prospect.added into one lead of kind company: a prospect is a
// company, and its e-mail address usually a role address (documented sample).
func (r *receiver) Parse(req *receivers.Request) (receivers.Event, error) {
	var doc jsondoc.Doc
	root, err := mapping.Parse(&doc, req.Body)
	if err != nil {
		return receivers.Event{}, err
	}
	name := root.GetText("type")
	prospect := root.Get("prospect")
	if name == "" {
		name = eventAdded // the only one there is
	}
	e := mapping.Event(req, name)
	e.Key = mapping.Key(e.Test, Vendor, req.Body)
	e.Tenant = root.Get("tenant").GetText("id", "name")
	e.OccurredAt = mapping.Time(prospect.Get("created_at"), req.ReceivedAt)
	switch {
	case name != eventAdded && (!prospect.Exists() || mapping.IsDeletion(name)):
		// Not documented today. Kept and shown, but nothing to route as a lead.
		mapping.Notice(&e, "Prospektr sent "+name)
		return e, nil
	case !prospect.Exists():
		return receivers.Event{}, mapping.Missing("prospect")
	case prospect.Kind() != jsondoc.Object:
		return receivers.Event{}, mapping.NotA("prospect", "an object")
	}
	l, err := company(root, prospect)
	if err != nil {
		return receivers.Event{}, err
	}
	id := prospect.GetText("id")
	l.Source = mapping.Source(Vendor, &e, req.ReceivedAt)
	l.Source.VendorLeadID, l.Source.VendorCompanyID = id, id
	e.Leads = []lead.Lead{l}
	return e, nil
}

func company(root, p jsondoc.Value) (lead.Lead, error) {
	l := lead.Lead{
		Kind:          lead.KindCompany,
		Status:        strings.ToLower(p.GetText("status")),
		LeadPotential: mapping.Word(p.GetText("lead_potential")),
		Confidence:    mapping.Confidence(p.Get("classification_confidence")),
		Reasons:       mapping.Texts(p.Get("lead_reasoning")),
		Tags:          mapping.Items(p.Get("large_run_indicators")),
		Company: lead.Company{
			VendorID: p.GetText("id"),
			Name:     p.GetText("name"),
			Website:  p.GetText("website"),
			Segment:  p.GetText("segment"),
			Address: lead.Address{
				Street:     p.GetText("address"),
				City:       p.GetText("city"),
				Region:     p.GetText("state"),
				PostalCode: p.GetText("postal_code"),
				Country:    p.GetText("country"),
			},
			Emails:         mapping.Email(p.GetText("email")),
			Phones:         mapping.Phone(p.GetText("phone")),
			NotableClients: mapping.Items(p.Get("notable_clients")),
		},
	}
	if c := &l.Company; c.Name == "" && c.Website == "" && c.Emails == nil {
		return lead.Lead{}, mapping.Missing("prospect.name, prospect.website and prospect.email")
	}
	mapping.RawScore(&l, "lead_potential", p.Get("lead_potential"), "high|medium|low")
	mapping.RawScore(&l, "classification_confidence", p.Get("classification_confidence"), "0-1")
	mapping.AddCustom(&l, "tenant_name", root.Get("tenant").GetText("name"))
	mapping.Custom(&l, "", p, mapped)
	return l, nil
}

// mapped says which of a prospect's fields have a place of their own in the lead.
// All but country are documented.
func mapped(key string) bool {
	switch key {
	case "id", "name", "website", "email", "phone", "address", "city", "state", "postal_code", "country",
		"segment", "lead_potential", "lead_reasoning", "classification_confidence",
		"notable_clients", "large_run_indicators", "status", "created_at":
		return true
	}
	return false
}
