package rules

import (
	"time"

	"leadhub/lead"
)

// Name is one name of the rule vocabulary, described for documentation and for
// suggestions.
type Name struct {
	Name string
	// Type is "text", "number", "true/false", "time", "list of texts", "list of
	// e-mail addresses", "list of phone numbers", "texts by name" or "anything".
	Type   string
	Doc    string
	Values []string // of an enumeration; nil: any
	Notice bool     // notices have it as well as leads
}

// Vocabulary returns every name a rule can use, in the order of the
// documentation. It is the same for every Compiler; a Compiler made WithValues
// knows more Values.
func Vocabulary() []Name {
	entries := vocabulary()
	names := make([]Name, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

// form says how the texts of a name are always written, so that a literal in
// another form can be found before a lead does not match.
type form uint8

const (
	formAny form = iota
	formLower
	formDomain  // "acme.com": lower case, no scheme, no path
	formRegion  // "FL" in the United States and Canada, free elsewhere
	formCountry // ISO 3166-1 alpha-2
	formPercent // a number from 0 to 100
)

// entry is a name with how to read it. Which of the getters is set follows from
// the type; "" and false mean missing.
type entry struct {
	Name

	typ  typ
	form form
	text func(*Input) string
	num  func(*Input) (float64, bool)
	get  func(*Input) value // for every other type, or derived from the above
	raw  bool               // the root of the payload
	keys func(*Input) map[string]string
	only bool // exists for has() and for the paths below it
}

// read returns the value of the name.
func (e *entry) read(in *Input) value {
	switch {
	case e.text != nil:
		return text(e.text(in))
	case e.num != nil:
		if n, ok := e.num(in); ok {
			return number(n)
		}
		return value{}
	case e.get != nil:
		return e.get(in)
	default:
		return value{}
	}
}

const (
	typeText   = "text"
	typeNumber = "number"
	typeBool   = "true/false"
	typeTime   = "time"
	typeTexts  = "list of texts"
	typeEmails = "list of e-mail addresses"
	typePhones = "list of phone numbers"
	typeKeys   = "texts by name"
	typeAny    = "anything"
)

// vocabulary is everything a rule can see. It is the whole of it: a field of the
// lead that is not here cannot be read by a rule.
func vocabulary() []entry {
	var v []entry
	for _, part := range [][]entry{
		eventNames(), leadNames(), personNames(), companyNames(), sourceNames(), payloadNames(),
	} {
		v = append(v, part...)
	}
	return v
}

func eventNames() []entry {
	return []entry{
		noticed(textEntry("vendor", "the kind of receiver the event came through, as in `type:`", func(in *Input) string { return in.Vendor })),
		noticed(textEntry("receiver", "the receiver's name in the configuration", func(in *Input) string { return in.Receiver })),
		noticed(textEntry("event", "the vendor's name for the event: `lead.created`", func(in *Input) string { return in.Event })),
		noticed(textEntry("tenant", "the vendor's workspace or account, where it sends one", func(in *Input) string { return in.Tenant })),
		noticed(timeEntry("received_at", "when leadhub received the event; the only clock a rule has", func(in *Input) *time.Time { return &in.ReceivedAt })),
		noticed(boolEntry("is_test", "whether the vendor or the sender marked the event as a test", func(in *Input) bool { return in.IsTest })),
		ofLead(boolEntry("is_new", "whether this is the lead's first revision", func(in *Input) bool { return in.IsNew })),
	}
}

func leadNames() []entry {
	return []entry{
		enum(leadText("kind", "what the lead is about", func(l *lead.Lead) string {
			if l.Kind == "" { // not sealed yet
				if l.Person != nil {
					return string(lead.KindPerson)
				}
				return string(lead.KindCompany)
			}
			return string(l.Kind)
		}), string(lead.KindPerson), string(lead.KindCompany)),
		enum(leadText("lead_potential", "the grade of the lead; `unknown` where the vendor sent neither a word nor a score, so it is never missing", func(l *lead.Lead) string {
			if l.LeadPotential == "" { // not sealed yet
				return string(lead.PotentialUnknown)
			}
			return string(l.LeadPotential)
		}), string(lead.PotentialHigh), string(lead.PotentialMedium), string(lead.PotentialLow), string(lead.PotentialUnknown)),
		leadPercent("score", "the score, 0 to 100", func(l *lead.Lead) *int { return l.Score }),
		leadPercent("confidence", "how sure the vendor is, 0 to 100 per cent", func(l *lead.Lead) *int { return l.Confidence }),
		formed(leadText("status", "the vendor's word for where the lead stands, in lower case", func(l *lead.Lead) string { return l.Status }), formLower),
		formed(leadText("email", "the person's main e-mail address, else the company's, in lower case", (*lead.Lead).PrimaryEmail), formLower),
		leadText("phone", "the person's first phone number, else the company's: `+14075550101`", (*lead.Lead).PrimaryPhone),
		personText("first_name", "the person's first name", func(p *lead.Person) string { return p.FirstName }),
		personText("last_name", "the person's last name", func(p *lead.Person) string { return p.LastName }),
		personText("full_name", "the person's name", func(p *lead.Person) string { return p.FullName }),
		personText("title", "the person's job title, as sent", func(p *lead.Person) string { return p.Title }),
		seniority("seniority", "the level the title speaks of; `unknown` where the title is absent or not understood, missing for a company"),
		leadTexts("tags", "the vendor's tags", func(l *lead.Lead) *[]string { return &l.Tags }),
		leadTexts("reasons", "why the vendor thinks the lead is good, in its words", func(l *lead.Lead) *[]string { return &l.Reasons }),
		{
			Name: Name{Name: "custom", Type: typeKeys, Doc: "the vendor's own fields, as texts: `custom.plan`, `custom[\"Deal size\"]`"},
			typ:  typ{kind: tKeys},
			keys: func(in *Input) map[string]string {
				if in.Lead == nil {
					return nil
				}
				return in.Lead.Custom
			},
			get: func(in *Input) value {
				if in.Lead == nil || len(in.Lead.Custom) == 0 {
					return value{}
				}
				return value{kind: kObject}
			},
		},
	}
}

func personNames() []entry {
	return []entry{
		{
			Name: Name{Name: "person", Type: typeAny, Doc: "the person, for `has(person)`: missing for a company"},
			typ:  typ{kind: tGroup},
			only: true,
			get: func(in *Input) value {
				if in.Lead == nil || in.Lead.Person == nil {
					return value{}
				}
				return value{kind: kObject}
			},
		},
		personText("person.full_name", "the same as `full_name`", func(p *lead.Person) string { return p.FullName }),
		personText("person.first_name", "the same as `first_name`", func(p *lead.Person) string { return p.FirstName }),
		personText("person.last_name", "the same as `last_name`", func(p *lead.Person) string { return p.LastName }),
		personText("person.title", "the same as `title`", func(p *lead.Person) string { return p.Title }),
		seniority("person.seniority", "the same as `seniority`"),
		{
			Name: Name{Name: "person.emails", Type: typeEmails, Doc: "every address of the person, each with `value`, `type` (`work`, `personal`, `role`) and `primary`"},
			typ:  typ{kind: tList, elem: &typ{kind: tEmail}},
			get: func(in *Input) value {
				if in.Lead == nil || in.Lead.Person == nil {
					return value{kind: kEmpty}
				}
				return emails(&in.Lead.Person.Emails)
			},
		},
		{
			Name: Name{Name: "person.phones", Type: typePhones, Doc: "every number of the person, each with `raw` (as sent) and `e164` (`+14075550101`)"},
			typ:  typ{kind: tList, elem: &typ{kind: tPhone}},
			get: func(in *Input) value {
				if in.Lead == nil || in.Lead.Person == nil {
					return value{kind: kEmpty}
				}
				return phones(&in.Lead.Person.Phones)
			},
		},
		personText("person.linkedin_url", "the person's LinkedIn profile", func(p *lead.Person) string { return p.LinkedInURL }),
	}
}

func companyNames() []entry {
	return []entry{
		companyText("company.name", "the company's name", func(c *lead.Company) string { return c.Name }),
		formed(companyText("company.domain", "its registrable domain in lower case: `acme.com`", func(c *lead.Company) string { return c.Domain }), formDomain),
		companyText("company.website", "its website, as sent", func(c *lead.Company) string { return c.Website }),
		companyText("company.industry", "its industry, as sent", func(c *lead.Company) string { return c.Industry }),
		companyText("company.segment", "the vendor's segment for it, as sent", func(c *lead.Company) string { return c.Segment }),
		formed(companyText("company.region", "its state, province or region: `FL` for US states and Canadian provinces, as sent elsewhere", func(c *lead.Company) string { return c.Address.Region }), formRegion),
		formed(companyText("company.country", "its country as ISO 3166 alpha-2: `US`", func(c *lead.Company) string { return c.Address.Country }), formCountry),
		companyText("company.city", "its city, as sent", func(c *lead.Company) string { return c.Address.City }),
		companyText("company.postal_code", "its postal code, as sent: a text, so that `02110` keeps its zero", func(c *lead.Company) string { return c.Address.PostalCode }),
		companyNumber("company.employees_min", "how many people work there at least: 50 for a size of `50-200`", func(c *lead.Company) *int { return c.Size.Min }),
		companyNumber("company.employees_max", "how many people work there at most: 200 for a size of `50-200`, missing for `1000+`", func(c *lead.Company) *int { return c.Size.Max }),
		companyTexts("company.technologies", "what it uses, as sent", func(c *lead.Company) *[]string { return &c.Technologies }),
		companyTexts("company.notable_clients", "its well-known clients, as sent", func(c *lead.Company) *[]string { return &c.NotableClients }),
		formed(companyText("company.email", "its e-mail address, in lower case", companyEmail), formLower),
		companyText("company.phone", "its phone number: `+14075550101`", companyPhone),
		companyText("company.description", "what it does, as sent", func(c *lead.Company) string { return c.Description }),
		companyText("company.linkedin_url", "its LinkedIn page", func(c *lead.Company) string { return c.LinkedInURL }),
		companyText("company.vendor_id", "the vendor's id for it", func(c *lead.Company) string { return c.VendorID }),
	}
}

func sourceNames() []entry {
	src := func(name, doc string, get func(*lead.Source) string) entry {
		return leadText(name, doc, func(l *lead.Lead) string { return get(&l.Source) })
	}
	at := func(name, doc string, get func(*lead.Source) *time.Time) entry {
		return ofLead(timeEntry(name, doc, func(in *Input) *time.Time {
			if in.Lead == nil {
				return &time.Time{}
			}
			return get(&in.Lead.Source)
		}))
	}
	return []entry{
		src("source.vendor", "the same as `vendor`", func(s *lead.Source) string { return s.Vendor }),
		src("source.receiver", "the same as `receiver`", func(s *lead.Source) string { return s.Receiver }),
		enum(src("source.channel", "how the lead came", func(s *lead.Source) string { return s.Channel }), "webhook", "poll", "import"),
		src("source.tenant", "the same as `tenant`", func(s *lead.Source) string { return s.Tenant }),
		src("source.event", "the same as `event`", func(s *lead.Source) string { return s.Event }),
		src("source.vendor_lead_id", "the vendor's id for the lead", func(s *lead.Source) string { return s.VendorLeadID }),
		src("source.vendor_company_id", "the vendor's id for the company", func(s *lead.Source) string { return s.VendorCompanyID }),
		src("source.delivery_id", "the vendor's id for this delivery", func(s *lead.Source) string { return s.DeliveryID }),
		at("source.occurred_at", "when it happened by the vendor's clock, else when it was received", func(s *lead.Source) *time.Time { return &s.OccurredAt }),
		at("source.received_at", "the same as `received_at`", func(s *lead.Source) *time.Time { return &s.ReceivedAt }),
	}
}

func payloadNames() []entry {
	return []entry{{
		Name: Name{Name: "raw", Type: typeAny, Doc: "the vendor's payload: `raw.data.score`, `raw.items[0].name`; a path that is not there is missing", Notice: true},
		typ:  typ{kind: tAny},
		raw:  true,
	}}
}

func companyEmail(c *lead.Company) string {
	l := lead.Lead{Company: lead.Company{Emails: c.Emails}}
	return l.PrimaryEmail()
}

func companyPhone(c *lead.Company) string {
	l := lead.Lead{Company: lead.Company{Phones: c.Phones}}
	return l.PrimaryPhone()
}

func seniority(name, doc string) entry {
	return enum(personText(name, doc, func(p *lead.Person) string {
		if p.Seniority == "" {
			return string(lead.SeniorityUnknown)
		}
		return string(p.Seniority)
	}), string(lead.SeniorityCLevel), string(lead.SeniorityVP), string(lead.SeniorityDirector),
		string(lead.SeniorityManager), string(lead.SeniorityIC), string(lead.SeniorityUnknown))
}

func textEntry(name, doc string, get func(*Input) string) entry {
	return entry{Name: Name{Name: name, Type: typeText, Doc: doc}, typ: typ{kind: tText}, text: get}
}

func boolEntry(name, doc string, get func(*Input) bool) entry {
	return entry{
		Name: Name{Name: name, Type: typeBool, Doc: doc},
		typ:  typ{kind: tBool},
		get:  func(in *Input) value { return boolean(get(in)) },
	}
}

// ofLead makes a name missing in a notice.
func ofLead(e entry) entry {
	get := e.get
	e.get = func(in *Input) value {
		if in.Lead == nil {
			return value{}
		}
		return get(in)
	}
	return e
}

func timeEntry(name, doc string, get func(*Input) *time.Time) entry {
	return entry{
		Name: Name{Name: name, Type: typeTime, Doc: doc},
		typ:  typ{kind: tTime},
		get:  func(in *Input) value { return moment(get(in)) },
	}
}

func leadText(name, doc string, get func(*lead.Lead) string) entry {
	return textEntry(name, doc, func(in *Input) string {
		if in.Lead == nil {
			return ""
		}
		return get(in.Lead)
	})
}

func personText(name, doc string, get func(*lead.Person) string) entry {
	return textEntry(name, doc, func(in *Input) string {
		if in.Lead == nil || in.Lead.Person == nil {
			return ""
		}
		return get(in.Lead.Person)
	})
}

func companyText(name, doc string, get func(*lead.Company) string) entry {
	return leadText(name, doc, func(l *lead.Lead) string { return get(&l.Company) })
}

func leadPercent(name, doc string, get func(*lead.Lead) *int) entry {
	return formed(numberEntry(name, doc, get), formPercent)
}

func companyNumber(name, doc string, get func(*lead.Company) *int) entry {
	return numberEntry(name, doc, func(l *lead.Lead) *int { return get(&l.Company) })
}

func numberEntry(name, doc string, get func(*lead.Lead) *int) entry {
	return entry{
		Name: Name{Name: name, Type: typeNumber, Doc: doc},
		typ:  typ{kind: tNumber},
		num: func(in *Input) (float64, bool) {
			if in.Lead == nil {
				return 0, false
			}
			n := get(in.Lead)
			if n == nil {
				return 0, false
			}
			return float64(*n), true
		},
	}
}

func leadTexts(name, doc string, get func(*lead.Lead) *[]string) entry {
	return entry{
		Name: Name{Name: name, Type: typeTexts, Doc: doc},
		typ:  typ{kind: tList, elem: &typ{kind: tText}},
		get: func(in *Input) value {
			if in.Lead == nil {
				return value{kind: kEmpty}
			}
			return texts(get(in.Lead))
		},
	}
}

func companyTexts(name, doc string, get func(*lead.Company) *[]string) entry {
	return leadTexts(name, doc, func(l *lead.Lead) *[]string { return get(&l.Company) })
}

func noticed(e entry) entry {
	e.Notice = true
	return e
}

func enum(e entry, values ...string) entry {
	e.Values = values
	return e
}

func formed(e entry, f form) entry {
	e.form = f
	return e
}
