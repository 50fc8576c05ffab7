package salesos

import (
	"net/http"
	"strings"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
	"leadhub/receivers/internal/jscanon"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

// The names that SalesOS's test button sends instead of the real ones (seen in
// its public source). Only the first cannot be anything but a test.
const (
	testEvent   = "test_event"
	testNewLead = "new_lead"
)

// Parse reads lead.created and lead.updated into a lead; deals and deletions are
// notices. The payload is {"event","data","timestamp"}, with the row of the
// database as data and the time in milliseconds (seen in the vendor's public source).
func (r *receiver) Parse(req *receivers.Request) (receivers.Event, error) {
	var doc jsondoc.Doc
	root, err := mapping.Parse(&doc, req.Body)
	if err != nil {
		return receivers.Event{}, err
	}
	name := root.GetText("event")
	if name == "" {
		// The body comes first: the signature covers it, and not the header.
		name = strings.TrimSpace(req.Header.Get(headerEvent))
	}
	if name == "" {
		return receivers.Event{}, mapping.Missing("event")
	}
	data := root.Get("data")
	e := mapping.Event(req, name)
	e.Test = e.Test || name == testEvent || hook.Marked(req.Header, headerTest)
	// A replay comes out of a database that reorders keys and keeps the timestamp:
	// with sorted keys it is the same event again.
	e.Key = mapping.Key(e.Test, Vendor, jscanon.AppendSorted(make([]byte, 0, len(req.Body)), root))
	e.DeliveryID = delivery(req.Header)
	e.OccurredAt = mapping.Time(root.Get("timestamp"), req.ReceivedAt)
	if !isLead(e.Name, data) {
		mapping.Notice(&e, subject(e.Name, data))
		return e, nil
	}
	switch data.Kind() {
	case jsondoc.Object:
	case jsondoc.Missing, jsondoc.Null:
		return receivers.Event{}, mapping.Missing("data")
	default:
		return receivers.Event{}, mapping.NotA("data", "an object")
	}
	l, err := row(data)
	if err != nil {
		return receivers.Event{}, err
	}
	l.Source = mapping.Source(Vendor, &e, req.ReceivedAt)
	l.Source.VendorLeadID = data.GetText("id")
	e.Leads = []lead.Lead{l}
	return e, nil
}

func delivery(h http.Header) string { return mapping.ID(h.Get(headerDelivery)) }

// isLead says whether an event is about a lead that is there. An event of a name
// not known today is judged by what it carries.
func isLead(event string, data jsondoc.Value) bool {
	switch {
	case event == "lead.created", event == "lead.updated", event == testNewLead:
		return true
	case mapping.IsDeletion(event), strings.HasPrefix(event, "deal"):
		return false
	case event == testEvent, strings.HasPrefix(event, "lead"):
		return data.GetText("contact_name", "contact_email", "company_name") != ""
	}
	return false
}

// row maps a row of SalesOS's table of leads.
func row(d jsondoc.Value) (lead.Lead, error) {
	person := lead.Person{
		FullName:    d.GetText("contact_name"),
		Title:       d.GetText("job_title"),
		Emails:      mapping.Email(d.GetText("contact_email")),
		Phones:      mapping.Phone(d.GetText("contact_phone")),
		LinkedInURL: d.GetText("linkedin_url"),
	}
	score := d.Get("icp_score")
	l := lead.Lead{
		Kind:   lead.KindCompany,
		Status: strings.ToLower(d.GetText("lead_status")),
		Score:  mapping.Score(score, 100),
		Company: lead.Company{
			Name:        d.GetText("company_name"),
			Website:     d.GetText("company_website"),
			Industry:    d.GetText("industry"),
			Size:        lead.Size{Raw: d.GetText("employee_count", "company_size")}, // the count says more than the band
			Description: d.GetText("company_description"),
			LinkedInURL: d.GetText("company_linkedin"),
		},
	}
	if !mapping.Nobody(&person) {
		l.Kind, l.Person = lead.KindPerson, &person
	} else if l.Company.Name == "" && l.Company.Website == "" {
		return lead.Lead{}, mapping.Missing("data.contact_name and data.company_name")
	}
	mapping.RawScore(&l, "icp_score", score, "0-100")
	mapping.Custom(&l, "", d, mapped)
	if band := d.GetText("company_size"); band != l.Company.Size.Raw {
		mapping.AddCustom(&l, "company_size", band)
	}
	return l, nil
}

// mapped says which columns have a place of their own in the lead (all seen in
// the vendor's public source). source and notes have none and are kept as custom.
func mapped(key string) bool {
	switch key {
	case "id", "contact_name", "company_name", "contact_email", "contact_phone", "job_title", "linkedin_url",
		"industry", "company_size", "employee_count", "company_website", "company_linkedin", "company_description",
		"icp_score", "lead_status", "created_at", "updated_at":
		return true
	}
	return false
}

// subject says what a notice is about: `Deal "Enterprise Deal" moved to
// negotiation: value 50000, probability 75%`. A deleted lead's person is not named.
func subject(event string, d jsondoc.Value) string {
	what, verb, _ := strings.Cut(strings.Replace(event, "_", ".", 1), ".")
	switch what {
	case "lead":
		return mapping.Subject("Lead", mapping.Quote(d.GetText("company_name")), verb, mapping.Detail("id", d.GetText("id")))
	case "deal":
		return dealSubject(verb, d)
	case "test":
		return mapping.Subject("SalesOS test", "", "", d.GetText("message"))
	}
	return "SalesOS sent " + event
}

func dealSubject(verb string, d jsondoc.Value) string {
	stage := d.GetText("stage")
	if strings.HasPrefix(verb, "stage") { // stage_changed, stage_change
		verb = "moved to another stage"
		if stage != "" {
			verb, stage = "moved to "+stage, ""
		}
	}
	probability := d.GetText("probability")
	if probability != "" {
		probability += "%"
	}
	details := mapping.Details(
		mapping.Detail("stage", stage), mapping.Detail("value", d.GetText("value")), mapping.Detail("probability", probability))
	name := mapping.Quote(d.GetText("title"))
	if name == "" {
		name = d.GetText("id")
	}
	return mapping.Subject("Deal", name, verb, details)
}
