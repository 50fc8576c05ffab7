package prospectb2b

import (
	"net/http"
	"strings"
	"time"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

// Parse reads lead.created and lead.updated into a lead; everything else is a
// notice. What the nine events are called is documented. What their bodies look
// like is not: where the lead stands in them, and all of its fields but
// full_name, email and company_name, are our assumption.
func (r *receiver) Parse(req *receivers.Request) (receivers.Event, error) {
	var doc jsondoc.Doc
	root, err := mapping.Parse(&doc, req.Body)
	if err != nil {
		return receivers.Event{}, err
	}
	name := strings.TrimSpace(req.Header.Get(headerEvent))
	if name == "" {
		name = root.GetText("event", "type")
	}
	if name == "" {
		return receivers.Event{}, mapping.Missing("X-ProspectB2B-Event, event and type")
	}
	e := mapping.Event(req, name)
	e.DeliveryID = mapping.ID(req.Header.Get(headerDelivery))
	// A delivery sent again keeps its id (our assumption). The body's hash stands
	// beside it, should the id turn out to name something larger than a delivery.
	e.Key = mapping.Key(e.Test, Vendor, []byte(e.Name), []byte(e.DeliveryID), req.Body)
	what, verb, _ := strings.Cut(e.Name, ".")
	object := find(root, what)
	e.Tenant = tenant(root, object)
	e.OccurredAt = occurred(req, root, object)
	if what != "lead" || mapping.IsDeletion(e.Name) {
		mapping.Notice(&e, subject(e.Name, what, verb, object))
		return e, nil
	}
	l, err := person(object)
	if err != nil {
		return receivers.Event{}, err
	}
	l.Source = mapping.Source(Vendor, &e, req.ReceivedAt)
	l.Source.VendorLeadID = object.GetText("lead_id", "id")
	if l.Source.VendorLeadID == "" {
		// Not beside a lead's own id: ProspectB2B sends a company's id with some events
		// of a lead and not with others, and the two ids together are the lead's identity.
		l.Source.VendorCompanyID = l.Company.VendorID
	}
	e.Leads = []lead.Lead{l}
	return e, nil
}

// find returns the object that an event is about: under data.lead, lead, data, or
// at the top level (our assumption; for an import under data.import, and so on).
func find(root jsondoc.Value, what string) jsondoc.Value {
	data := root.Get("data")
	for _, v := range [...]jsondoc.Value{data.Get(what), root.Get(what), data} {
		if v.Kind() == jsondoc.Object {
			return v
		}
	}
	return root
}

// tenant returns the workspace, if it is named anywhere.
func tenant(root, object jsondoc.Value) string {
	for _, v := range [...]jsondoc.Value{root, root.Get("data"), object} {
		if id := v.GetText("workspace_id"); id != "" {
			return id
		}
		if id := v.Get("workspace").GetText("id"); id != "" {
			return id
		}
	}
	return ""
}

// occurred returns when it happened: what the object says, else what the envelope
// says, else when the request was signed.
func occurred(req *receivers.Request, root, object jsondoc.Value) time.Time {
	for _, v := range [...]jsondoc.Value{
		object.Get("updated_at"), root.Get("occurred_at"), root.Get("created_at"), root.Get("timestamp"), object.Get("created_at"),
	} {
		if t := mapping.Time(v, req.ReceivedAt); !t.IsZero() {
			return t
		}
	}
	return signedAt(req.Header, req.ReceivedAt)
}

func signedAt(h http.Header, received time.Time) time.Time {
	return mapping.ParseTime(strings.TrimSpace(h.Get(headerTimestamp)), received)
}

// person maps a lead. The company may be an object of its own or spread over the
// lead's fields.
func person(d jsondoc.Value) (lead.Lead, error) {
	c := d.Get("company")
	p := lead.Person{
		FullName:    d.GetText("full_name", "name"),
		FirstName:   d.GetText("first_name"),
		LastName:    d.GetText("last_name"),
		Title:       d.GetText("title", "job_title"),
		Emails:      mapping.Email(d.GetText("email")),
		Phones:      mapping.Phone(d.GetText("phone", "phone_number")),
		LinkedInURL: d.GetText("linkedin_url"),
	}
	score := d.Get("score")
	l := lead.Lead{
		Kind:   lead.KindCompany,
		Status: strings.ToLower(d.GetText("status")),
		Score:  mapping.Score(score, 100),
		Tags:   mapping.Items(d.Get("tags")),
		Company: lead.Company{
			VendorID:    first(d.GetText("company_id"), c.GetText("id")),
			Name:        first(d.GetText("company_name"), c.GetText("name"), c.Text()),
			Domain:      first(d.GetText("company_domain"), c.GetText("domain")),
			Website:     first(d.GetText("company_website", "website"), c.GetText("website")),
			Industry:    first(d.GetText("industry"), c.GetText("industry")),
			Size:        lead.Size{Raw: first(d.GetText("employee_count", "company_size"), c.GetText("employee_count", "size"))},
			Description: first(d.GetText("company_description"), c.GetText("description")),
			LinkedInURL: first(d.GetText("company_linkedin_url"), c.GetText("linkedin_url")),
			Address: lead.Address{
				Raw:        first(d.GetText("location"), c.GetText("location")),
				City:       first(d.GetText("city"), c.GetText("city")),
				Region:     first(d.GetText("region", "state"), c.GetText("region", "state")),
				PostalCode: first(d.GetText("postal_code"), c.GetText("postal_code")),
				Country:    first(d.GetText("country"), c.GetText("country")),
			},
		},
	}
	if !mapping.Nobody(&p) {
		l.Kind, l.Person = lead.KindPerson, &p
	} else if l.Company.Name == "" && l.Company.Domain == "" && l.Company.Website == "" {
		return lead.Lead{}, mapping.Missing("full_name, email and company_name (looked for at the top level, in data, in lead and in data.lead)")
	}
	mapping.RawScore(&l, "score", score, "0-100")
	mapping.Custom(&l, "", d, mapped)
	return l, nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// mapped says which fields have a place of their own in the lead, or belong to
// the envelope.
func mapped(key string) bool {
	switch key {
	case "id", "lead_id", "object", "created_at", "updated_at", "workspace_id", "event", "type", "timestamp", "occurred_at", "request_id",
		"full_name", "name", "first_name", "last_name", "title", "job_title", "email", "phone", "phone_number", "linkedin_url",
		"company", "company_id", "company_name", "company_domain", "company_website", "website", "industry", "employee_count", "company_size",
		"company_description", "company_linkedin_url", "location", "city", "region", "state", "postal_code", "country",
		"status", "score", "tags":
		return true
	}
	return false
}

// subject says what a notice is about: "Import imp_42 completed: 120 rows". How
// the figures are called is our assumption; what is not there is left out.
func subject(event, what, verb string, d jsondoc.Value) string {
	id := d.GetText(what+"_id", "id")
	switch what {
	case "import", "export", "campaign":
		name := mapping.Quote(d.GetText("name", "title", "file_name", "filename"))
		if name == "" {
			name = id
		}
		return mapping.Subject(strings.ToUpper(what[:1])+what[1:], name, verb, details(d))
	case "lead": // deleted: its person is not named
		return mapping.Subject("Lead", mapping.Quote(d.GetText("company_name")), verb, mapping.Detail("id", id))
	}
	return "ProspectB2B sent " + event
}

func details(d jsondoc.Value) string {
	rows := d.GetText("rows", "row_count", "total_rows", "rows_total", "total", "count")
	switch rows {
	case "":
	case "1":
		rows = "1 row"
	default:
		rows += " rows"
	}
	count := func(name string) string {
		if n := d.GetText(name, name+"_count", "rows_"+name); n != "" && n != "0" {
			return n + " " + name
		}
		return ""
	}
	reason := d.GetText("error", "error_message", "reason", "message")
	if reason == "" {
		reason = d.Get("error").GetText("message", "code")
	}
	return mapping.Details(rows, count("created"), count("updated"), count("failed"), reason)
}
