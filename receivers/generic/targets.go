package generic

import (
	"math"
	"slices"
	"strings"

	"leadhub/lead"
	"leadhub/receivers/internal/mapping"
	"leadhub/rules"
)

// target is a field of a lead that an expression can fill.
type target struct {
	name string
	kind rules.ValueKind
	// known: with it there is a person or a company to speak of.
	known bool
	// set takes the value over, in the Go type that kind names. It returns why not,
	// "" if it did.
	set func(l *lead.Lead, v any) string
}

// customPrefix begins the names of the sender's own fields.
const customPrefix = "custom."

// targets are all fields there are, custom.* excepted, in the order in which they
// are shown. Their names are those of rules, and for what rules do not read those
// of the lead's JSON.
func targets() []target {
	return slices.Concat(personTargets(), companyTargets(), leadTargets())
}

func textTarget(name string, known bool, at func(*lead.Lead) *string) target {
	return target{name: name, kind: rules.ValueText, known: known, set: func(l *lead.Lead, v any) string {
		if s, ok := v.(string); ok {
			*at(l) = clean(s)
		}
		return ""
	}}
}

func textsTarget(name string, known bool, put func(*lead.Lead, []string)) target {
	return target{name: name, kind: rules.ValueTexts, known: known, set: func(l *lead.Lead, v any) string {
		given, _ := v.([]string)
		var list []string
		for _, s := range given {
			if s = clean(s); s != "" && len(list) < maxList {
				list = append(list, s)
			}
		}
		put(l, list)
		return ""
	}}
}

// maxList bounds the entries of a list that a lead takes over.
const maxList = 200

func personTargets() []target {
	person := func(name string, known bool, at func(*lead.Person) *string) target {
		return textTarget(name, known, func(l *lead.Lead) *string { return at(l.Person) })
	}
	return []target{
		person("full_name", true, func(p *lead.Person) *string { return &p.FullName }),
		person("first_name", true, func(p *lead.Person) *string { return &p.FirstName }),
		person("last_name", true, func(p *lead.Person) *string { return &p.LastName }),
		person("title", false, func(p *lead.Person) *string { return &p.Title }),
		{name: "email", kind: rules.ValueText, known: true, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Person.Emails = append(mapping.Email(clean(s)), l.Person.Emails...)
			return ""
		}},
		textsTarget("person.emails", true, func(l *lead.Lead, list []string) {
			for _, s := range list {
				l.Person.Emails = append(l.Person.Emails, lead.Email{Value: s})
			}
		}),
		{name: "phone", kind: rules.ValueText, known: true, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Person.Phones = append(mapping.Phone(clean(s)), l.Person.Phones...)
			return ""
		}},
		textsTarget("person.phones", true, func(l *lead.Lead, list []string) {
			for _, s := range list {
				l.Person.Phones = append(l.Person.Phones, lead.Phone{Raw: s})
			}
		}),
		person("person.linkedin_url", true, func(p *lead.Person) *string { return &p.LinkedInURL }),
	}
}

func companyTargets() []target {
	company := func(name string, known bool, at func(*lead.Company) *string) target {
		return textTarget("company."+name, known, func(l *lead.Lead) *string { return at(&l.Company) })
	}
	return []target{
		company("name", true, func(c *lead.Company) *string { return &c.Name }),
		company("domain", true, func(c *lead.Company) *string { return &c.Domain }),
		company("website", true, func(c *lead.Company) *string { return &c.Website }),
		company("industry", false, func(c *lead.Company) *string { return &c.Industry }),
		company("segment", false, func(c *lead.Company) *string { return &c.Segment }),
		company("size", false, func(c *lead.Company) *string { return &c.Size.Raw }),
		head("company.employees_min", func(c *lead.Company) **int { return &c.Size.Min }),
		head("company.employees_max", func(c *lead.Company) **int { return &c.Size.Max }),
		company("address.raw", false, func(c *lead.Company) *string { return &c.Address.Raw }),
		company("address.street", false, func(c *lead.Company) *string { return &c.Address.Street }),
		company("city", false, func(c *lead.Company) *string { return &c.Address.City }),
		company("region", false, func(c *lead.Company) *string { return &c.Address.Region }),
		company("postal_code", false, func(c *lead.Company) *string { return &c.Address.PostalCode }),
		company("country", false, func(c *lead.Company) *string { return &c.Address.Country }),
		{name: "company.email", kind: rules.ValueText, known: true, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Company.Emails = mapping.Email(clean(s))
			return ""
		}},
		{name: "company.phone", kind: rules.ValueText, known: true, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Company.Phones = mapping.Phone(clean(s))
			return ""
		}},
		textsTarget("company.technologies", false, func(l *lead.Lead, list []string) { l.Company.Technologies = list }),
		textsTarget("company.notable_clients", false, func(l *lead.Lead, list []string) { l.Company.NotableClients = list }),
		company("description", false, func(c *lead.Company) *string { return &c.Description }),
		company("linkedin_url", true, func(c *lead.Company) *string { return &c.LinkedInURL }),
		{name: "company.vendor_id", kind: rules.ValueText, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Company.VendorID = clean(s)
			l.Source.VendorCompanyID = l.Company.VendorID
			return ""
		}},
	}
}

func head(name string, at func(*lead.Company) **int) target {
	return target{name: name, kind: rules.ValueNumber, set: func(l *lead.Lead, v any) string {
		f, _ := v.(float64)
		if f < 0 || f > math.MaxInt32 {
			return "is no number of people"
		}
		n := int(f)
		*at(&l.Company) = &n
		return ""
	}}
}

func leadTargets() []target {
	return []target{
		{name: "lead_potential", kind: rules.ValueText, set: setPotential},
		{name: "score", kind: rules.ValueNumber, set: func(l *lead.Lead, v any) string {
			f, _ := v.(float64)
			l.Score = mapping.Percent(f)
			rawScore(l, "score", number(f), "0-100")
			if f < 0 || f > 100 {
				return "is outside 0 to 100 and was taken as " + number(float64(*l.Score))
			}
			return ""
		}},
		{name: "confidence", kind: rules.ValueNumber, set: func(l *lead.Lead, v any) string {
			f, _ := v.(float64)
			if f < 0 {
				return "is negative"
			}
			share := f
			if share <= 1 {
				share *= 100
			}
			l.Confidence = mapping.Percent(share)
			rawScore(l, "confidence", number(f), "0-100")
			return ""
		}},
		{name: "status", kind: rules.ValueText, set: func(l *lead.Lead, v any) string {
			s, _ := v.(string)
			l.Status = strings.ToLower(clean(s))
			return ""
		}},
		textsTarget("reasons", false, func(l *lead.Lead, list []string) { l.Reasons = list }),
		textsTarget("tags", false, func(l *lead.Lead, list []string) { l.Tags = list }),
		textTarget("consent.basis", false, func(l *lead.Lead) *string { return &l.Consent.Basis }),
		textTarget("source.vendor_lead_id", false, func(l *lead.Lead) *string { return &l.Source.VendorLeadID }),
	}
}

func setPotential(l *lead.Lead, v any) string {
	s, _ := v.(string)
	s = clean(s)
	rawScore(l, "lead_potential", s, "high|medium|low")
	if l.LeadPotential = mapping.Word(s); l.LeadPotential == "" {
		return "is none of high, medium and low"
	}
	return ""
}

func rawScore(l *lead.Lead, name, value, scale string) {
	if value != "" {
		l.Scores.Raw = append(l.Scores.Raw, lead.RawScore{Name: name, Value: value, Scale: scale})
	}
}

// customTarget is one of the sender's own fields.
func customTarget(name string) target {
	key := strings.TrimPrefix(name, customPrefix)
	return target{name: name, kind: rules.ValueText, set: func(l *lead.Lead, v any) string {
		s, _ := v.(string)
		mapping.AddCustom(l, key, clean(s))
		return ""
	}}
}

// suggestTarget returns the field that was probably meant, "" if none is near.
func suggestTarget(name string) string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
	}
	lower := strings.ToLower(strings.TrimSpace(name))
	for _, prefix := range []string{"lead.", "contact.", "fields."} {
		lower = strings.TrimPrefix(lower, prefix)
	}
	switch lower {
	case "id", "lead_id", "vendor_lead_id", "external_id":
		return "source.vendor_lead_id"
	case "company_id", "company.id", "account_id":
		return "company.vendor_id"
	case "street", "address", "company.address", "company.street":
		return "company.address.street"
	case "company.employees", "company.headcount", "employees", "company_size", "company.company_size":
		return "company.size"
	case "emails", "phones":
		return "person." + lower
	case "linkedin", "linkedin_url":
		return "person.linkedin_url"
	case "consent", "legal_basis":
		return "consent.basis"
	case "notes", "comment", "message", "note":
		return "custom." + lower
	}
	if slices.Contains(names, lower) {
		return lower
	}
	if rest, ok := strings.CutPrefix(lower, "person."); ok && slices.Contains(names, rest) {
		return rest
	}
	if s := rules.NewCompiler().SuggestName(lower); slices.Contains(names, s) {
		return s
	}
	return nearest(lower, names)
}
