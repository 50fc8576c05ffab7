package outputtest

import (
	"fmt"
	"strings"
	"time"

	"leadhub/lead"
	"leadhub/outputs"
)

// Now is the time at which every contract runs.
func Now() time.Time { return time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC) }

// LeadDelivery returns delivery n of a full lead: a person at a company, with a
// score, reasons and every address. Deliveries of different n differ in lead and ID.
func LeadDelivery(n int, target string) *outputs.Delivery {
	score, size := 85, 50
	sizeMax := 200
	received := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	l := &lead.Lead{
		Revision: 1, Kind: lead.KindPerson, Status: "qualified",
		Person: &lead.Person{
			FullName: "Jane Doe", FirstName: "Jane", LastName: "Doe", Title: "VP Operations", Seniority: lead.SeniorityVP,
			Emails:      []lead.Email{{Value: "jane@acme.com", Type: lead.EmailWork, Primary: true}},
			Phones:      []lead.Phone{{Raw: "(407) 555-0101", E164: "+14075550101"}},
			LinkedInURL: "https://www.linkedin.com/in/jane-doe",
		},
		Company: lead.Company{
			VendorID: fmt.Sprintf("c_%d", n), Name: "Acme & Sons", Domain: "acme.com", Website: "https://acme.com", Industry: "Logistics",
			Size:    lead.Size{Raw: "50-200", Min: &size, Max: &sizeMax},
			Address: lead.Address{City: "Orlando", Region: "FL", Country: "US"},
		},
		LeadPotential: lead.PotentialHigh, Score: &score,
		Reasons: []string{"Hiring three dispatchers", "Opened a second warehouse"},
		Tags:    []string{"fleet"},
		Source: lead.Source{
			Vendor: "openprospect", Receiver: "openprospect", Channel: "webhook", Event: "delivery.company_qualified",
			VendorLeadID: fmt.Sprintf("p_%d", n), VendorCompanyID: fmt.Sprintf("c_%d", n), OccurredAt: received, ReceivedAt: received,
		},
	}
	l.Seal()
	return &outputs.Delivery{
		ID: fmt.Sprintf("dl_contract_%d", n), Lead: l, Target: target, Route: "hot-southeast", Attempt: 1, EventID: fmt.Sprintf("evt_%d", n),
		Because: []string{`lead_potential == "high"`, `company.region in ["FL", "GA"]`},
	}
}

// CompanyDelivery returns a delivery of a test lead that carries next to nothing:
// a company's name.
func CompanyDelivery(target string) *outputs.Delivery {
	l := &lead.Lead{
		Revision: 2, Kind: lead.KindCompany, IsTest: true, Company: lead.Company{Name: "Globex"},
		Source: lead.Source{Vendor: "prospektr", Receiver: "prospektr", Channel: "webhook", Event: "prospect.added", OccurredAt: Now(), ReceivedAt: Now()},
	}
	l.Seal()
	return &outputs.Delivery{ID: "dl_contract_company", Lead: l, Target: target, Route: "tests", Attempt: 1, EventID: "evt_7"}
}

// HostileDelivery returns a delivery of a lead whose every text tries to break
// what it is put into: markup, mentions, control characters, invalid UTF-8,
// great length.
func HostileDelivery(target string) *outputs.Delivery {
	d := LeadDelivery(666, target)
	d.ID = "dl_contract_hostile"
	evil := "<!channel> <@U1> <https://evil.example|bank> & \x00\x1b[31m \xff\xfe \u202e `x` *b* _i_ {{ name }} \"quoted\"\r\n" +
		strings.Repeat("😀", 500) + strings.Repeat("&", 3000)
	l := d.Lead
	l.Person.FullName, l.Person.Title, l.Person.LinkedInURL = evil, evil, "https://linkedin.com/in/<"+evil
	l.Person.Emails[0].Value, l.Person.Phones[0].E164 = evil, evil
	l.Company.Name, l.Company.Industry, l.Company.Website, l.Company.Domain = evil, evil, "javascript:"+evil, evil
	l.Company.Address = lead.Address{City: evil, Region: evil, Country: evil}
	l.Company.Size = lead.Size{Raw: evil}
	l.Reasons = []string{evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil}
	l.Tags = []string{evil}
	l.Source.Vendor = evil
	d.Route, d.Because = evil, []string{evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil}
	return d
}

// NoticeDelivery returns a delivery of a notice.
func NoticeDelivery(target string) *outputs.Delivery {
	return &outputs.Delivery{
		ID: "dl_contract_notice", Target: target, Route: "campaigns", Attempt: 1, EventID: "evt_9",
		Because: []string{`event startsWith "campaign."`},
		Notice: &outputs.Notice{
			Vendor: "prospectb2b", Receiver: "prospectb2b", Event: "campaign.published", Subject: "Campaign Spring published",
			OccurredAt: Now(), ReceivedAt: Now(),
		},
	}
}
