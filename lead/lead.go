// Package lead holds leadhub's one lead schema and the actions on it. It depends
// on the standard library only, so that every other package may depend on it.
package lead

import (
	"strings"
	"time"
)

// Schema names the version of the lead's JSON form.
const Schema = "leadhub.lead/1"

// Kind says what a lead identifies.
type Kind string

// The kinds of a lead.
const (
	KindPerson  Kind = "person"
	KindCompany Kind = "company"
)

// Potential is the coarse grade of a lead, comparable across vendors.
type Potential string

// The grades of a lead; PotentialUnknown when the vendor sent neither word nor score.
const (
	PotentialHigh    Potential = "high"
	PotentialMedium  Potential = "medium"
	PotentialLow     Potential = "low"
	PotentialUnknown Potential = "unknown"
)

// Seniority is the level a job title speaks of.
type Seniority string

// The levels of seniority; SeniorityUnknown when no title was sent or none was recognised.
const (
	SeniorityCLevel   Seniority = "c_level"
	SeniorityVP       Seniority = "vp"
	SeniorityDirector Seniority = "director"
	SeniorityManager  Seniority = "manager"
	SeniorityIC       Seniority = "ic"
	SeniorityUnknown  Seniority = "unknown"
)

// EmailType says whose mailbox an address is.
type EmailType string

// The types of an e-mail address. A role address (sales@, info@) never identifies a person.
const (
	EmailWork     EmailType = "work"
	EmailPersonal EmailType = "personal"
	EmailRole     EmailType = "role"
)

// Lead is one lead as every rule, field map, output and page sees it. Absent
// values are empty strings, nil pointers and empty slices; they are never guessed.
type Lead struct {
	Schema          string            `json:"schema"`
	ID              string            `json:"id"`
	Revision        int               `json:"revision"`
	Kind            Kind              `json:"kind"`
	Status          string            `json:"status,omitempty"` // as the vendor sent it, lower case
	IsTest          bool              `json:"is_test"`
	GroupID         string            `json:"group_id,omitempty"` // shared by the leads of one fan-out
	Person          *Person           `json:"person,omitempty"`
	Company         Company           `json:"company"`
	LeadPotential   Potential         `json:"lead_potential"`
	Score           *int              `json:"score,omitempty"`      // 0–100
	Confidence      *int              `json:"confidence,omitempty"` // 0–100, per cent
	Scores          Scores            `json:"scores"`
	Reasons         []string          `json:"reasons,omitempty"`
	Tags            []string          `json:"tags,omitempty"`
	Custom          map[string]string `json:"custom,omitempty"`
	Source          Source            `json:"source"`
	Dedupe          Dedupe            `json:"dedupe"`
	Consent         Consent           `json:"consent"`
	Owner           *Owner            `json:"owner,omitempty"`
	AssignedBecause string            `json:"assigned_because,omitempty"`
}

// Person is the human being a lead of KindPerson is about.
type Person struct {
	FullName    string    `json:"full_name,omitempty"`
	FirstName   string    `json:"first_name,omitempty"`
	LastName    string    `json:"last_name,omitempty"`
	Title       string    `json:"title,omitempty"`
	Seniority   Seniority `json:"seniority,omitempty"`
	Emails      []Email   `json:"emails,omitempty"`
	Phones      []Phone   `json:"phones,omitempty"`
	LinkedInURL string    `json:"linkedin_url,omitempty"`
}

// Company is the organisation a lead works for, or is.
type Company struct {
	VendorID       string   `json:"vendor_id,omitempty"`
	Name           string   `json:"name,omitempty"`
	Domain         string   `json:"domain,omitempty"` // registrable domain, lower case: "acme.com"
	Website        string   `json:"website,omitempty"`
	Industry       string   `json:"industry,omitempty"`
	Segment        string   `json:"segment,omitempty"`
	Size           Size     `json:"size"`
	Address        Address  `json:"address"`
	Emails         []Email  `json:"emails,omitempty"`
	Phones         []Phone  `json:"phones,omitempty"`
	Technologies   []string `json:"technologies,omitempty"`
	NotableClients []string `json:"notable_clients,omitempty"`
	Description    string   `json:"description,omitempty"`
	LinkedInURL    string   `json:"linkedin_url,omitempty"`
}

// Size is a head count: Raw as sent ("50-200"), Min and Max where it could be read.
type Size struct {
	Raw string `json:"raw,omitempty"`
	Min *int   `json:"min,omitempty"`
	Max *int   `json:"max,omitempty"`
}

// Address is where a company is. Region is "FL" for US states and Canadian
// provinces, Country is ISO 3166-1 alpha-2.
type Address struct {
	Raw        string `json:"raw,omitempty"`
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

// Email is one address, in lower case.
type Email struct {
	Value   string    `json:"value"`
	Type    EmailType `json:"type,omitempty"`
	Primary bool      `json:"primary,omitempty"`
}

// Phone is one number: Raw as sent, E164 ("+14075550101") where it could be read.
type Phone struct {
	Raw  string `json:"raw"`
	E164 string `json:"e164,omitempty"`
}

// Scores keeps what the vendor sent, beside the lead's own Score.
type Scores struct {
	Raw []RawScore `json:"raw,omitempty"`
}

// RawScore is one figure or word of the vendor's, unchanged.
type RawScore struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Scale string `json:"scale,omitempty"` // "0-100", "0-1", "high|medium|low"
}

// Source says where a lead came from.
type Source struct {
	Vendor          string    `json:"vendor"`
	Receiver        string    `json:"receiver"`
	Channel         string    `json:"channel"` // webhook, poll, import
	Tenant          string    `json:"tenant,omitempty"`
	Event           string    `json:"event"`
	VendorLeadID    string    `json:"vendor_lead_id,omitempty"`
	VendorCompanyID string    `json:"vendor_company_id,omitempty"`
	DeliveryID      string    `json:"delivery_id,omitempty"`
	OccurredAt      time.Time `json:"occurred_at"` // the vendor's own time, else ReceivedAt
	ReceivedAt      time.Time `json:"received_at"`
}

// Dedupe holds the keys by which two leads may turn out to be the same, strongest first.
type Dedupe struct {
	Keys       []string `json:"keys,omitempty"`
	CompanyKey string   `json:"company_key,omitempty"`
}

// Consent is the legal basis for using a lead; no vendor supplies one, so Basis is "unknown" by default.
type Consent struct {
	Basis string `json:"basis"`
}

// Owner is the person a lead belongs to.
type Owner struct {
	ID    string            `json:"id"`
	Name  string            `json:"name,omitempty"`
	Email string            `json:"email,omitempty"`
	IDs   map[string]string `json:"ids,omitempty"` // the owner's id in other systems, by system: "hubspot_id"
}

// PrimaryEmail returns the person's primary address, else the person's first
// usable one, else the company's, else "".
func (l *Lead) PrimaryEmail() string {
	if l.Person != nil {
		if e := primary(l.Person.Emails); e != "" {
			return e
		}
	}
	return primary(l.Company.Emails)
}

// PrimaryPhone returns the first phone number of the person, else of the
// company, in E.164 form where it could be read, else as sent, else "".
func (l *Lead) PrimaryPhone() string {
	phones := l.Company.Phones
	if l.Person != nil && len(l.Person.Phones) > 0 {
		phones = l.Person.Phones
	}
	if len(phones) == 0 {
		return ""
	}
	if phones[0].E164 != "" {
		return phones[0].E164
	}
	return phones[0].Raw
}

// DisplayName returns what a human would call the lead: the person's name, else
// the company's, else the e-mail address, else the id.
func (l *Lead) DisplayName() string {
	if l.Person != nil {
		if name := personName(l.Person); name != "" {
			return name
		}
	}
	if l.Company.Name != "" {
		return l.Company.Name
	}
	if e := l.PrimaryEmail(); e != "" {
		return e
	}
	return l.ID
}

// Usable says whether one could write to the address: it was recognised as one
// (it has a type), or at least looks like one. Text such as "n/a" is kept in a
// lead, but nothing may be sent to it or concluded from it.
func (e Email) Usable() bool {
	if e.Type != "" {
		return true
	}
	local, domain, ok := strings.Cut(e.Value, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") &&
		!strings.ContainsAny(e.Value, " \t\r\n<>,;") && !strings.Contains(domain, "@")
}

// primary returns the first usable address flagged as primary, else the first usable one.
func primary(emails []Email) string {
	first := ""
	for _, e := range emails {
		if !e.Usable() {
			continue
		}
		if e.Primary {
			return e.Value
		}
		if first == "" {
			first = e.Value
		}
	}
	return first
}
