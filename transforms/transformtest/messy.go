package transformtest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"leadhub/lead"
)

// Messy returns a lead as vendors really send them, and worse.
func Messy(r *rand.Rand) lead.Lead {
	l := lead.Lead{
		Status:        pick(r, "Qualified", "new", " NEW ", ""),
		LeadPotential: lead.Potential(pick(r, "", "high", "HIGH", " Medium", "low", "unknown", "very high")),
		Score:         number(r), Confidence: number(r),
		Reasons: texts(r, reasons), Tags: texts(r, tags),
		Source:  lead.Source{Vendor: "v", VendorLeadID: pick(r, "", "1", " 1\x00"), VendorCompanyID: pick(r, "", "c")},
		Company: company(r),
	}
	if r.IntN(2) == 0 {
		l.Custom = map[string]string{pick(r, tags...): pick(r, reasons...), "k": pick(r, reasons...)}
	}
	if r.IntN(50) == 0 {
		l.Custom = map[string]string{}
		for i := range 300 {
			l.Custom[fmt.Sprint("a", i)] = "x"
			l.Scores.Raw = append(l.Scores.Raw, lead.RawScore{Name: fmt.Sprint(i)})
		}
	} else if r.IntN(3) == 0 {
		l.Scores.Raw = []lead.RawScore{{Name: "lead_potential", Value: pick(r, "", "HIGH", "x"), Scale: "0-100"}}
	}
	if r.IntN(4) > 0 {
		l.Person = &lead.Person{
			FullName: pick(r, names...), FirstName: pick(r, first...), LastName: pick(r, last...),
			Title: pick(r, titles...), Emails: emails(r), Phones: phones(r), LinkedInURL: pick(r, profiles...),
			Seniority: lead.Seniority(pick(r, "", "", "vp", "Chief")),
		}
	}
	return l
}

func company(r *rand.Rand) lead.Company {
	c := lead.Company{
		Name: pick(r, "", "Acme", " Acme  Inc. ", "LinkedIn", "null"), Domain: pick(r, hosts...), Website: pick(r, hosts...),
		Size:    lead.Size{Raw: pick(r, sizes...)},
		Address: lead.Address{Raw: pick(r, places...)},
		Emails:  emails(r), Phones: phones(r), Technologies: texts(r, tags), NotableClients: texts(r, tags),
		Description: pick(r, reasons...), LinkedInURL: pick(r, profiles...),
	}
	if r.IntN(2) == 0 {
		c.Address.City = pick(r, "", "Orlando", "Berlin", "San Francisco", "Milano")
		c.Address.Region = pick(r, "", "FL", "Florida", "fla.", "Bavaria", "US-CA", "ON", "MI", "Georgia")
		c.Address.PostalCode = pick(r, "", "32801", "32801-1234", "20121", "M5V 2T6", "m5v2t6", "10115")
		c.Address.Country = pick(r, "", "", "USA", "us", "Germany", "DE", "Canada", "Nowhere")
	}
	return c
}

func pick(r *rand.Rand, of ...string) string {
	s := of[r.IntN(len(of))]
	switch r.IntN(20) {
	case 0:
		return " " + s + "\t"
	case 1:
		return strings.ToUpper(s)
	case 2:
		return s + "\x00\xff"
	case 3:
		return s + " " + of[r.IntN(len(of))]
	}
	return s
}

func texts(r *rand.Rand, of []string) []string {
	var list []string
	for range r.IntN(5) {
		list = append(list, pick(r, of...))
	}
	if r.IntN(100) == 0 {
		for range 300 {
			list = append(list, strings.Repeat(pick(r, of...), r.IntN(9)))
		}
	}
	return list
}

func emails(r *rand.Rand) []lead.Email {
	var list []lead.Email
	n := r.IntN(4)
	if r.IntN(30) == 0 {
		n = 30
	}
	for i := range n {
		if n == 30 {
			list = append(list, lead.Email{Value: fmt.Sprintf("a%d@acme.com, b%d@acme.com, c", i, i)})
		}
		list = append(list, lead.Email{Value: pick(r, addresses...), Primary: r.IntN(5) == 0})
	}
	return list
}

func phones(r *rand.Rand) []lead.Phone {
	var list []lead.Phone
	n := r.IntN(3)
	if r.IntN(30) == 0 {
		n = 30
	}
	for i := range n {
		if n == 30 {
			list = append(list, lead.Phone{Raw: fmt.Sprintf("407-555-01%02d, 407 555 02%02d", i, i)})
		}
		list = append(list, lead.Phone{Raw: pick(r, numbers...)})
	}
	return list
}

func number(r *rand.Rand) *int {
	if r.IntN(2) == 0 {
		return nil
	}
	return new([]int{-5, 0, 30, 49, 50, 80, 100, 850}[r.IntN(8)])
}

// The vocabulary of Messy. Functions would not be any purer: nobody writes here.
//
//nolint:gochecknoglobals // test data
var (
	names = []string{"", "Jane Doe", "jane", "Doe, Jane", "Dr. Jan van der Berg Jr.", "Jane Doe, PhD", "null", "李小龍", "Ma. Cruz III", "van", "Mr.", "J D , E", ","}
	first = []string{"", "", "", "Jane", "undefined", "Jan "}
	last  = []string{"", "", "", "Doe", "undefined", "van der Berg"}

	titles = []string{"", "CEO", "VP Assistant", "Assistant to the CEO", "Head of Sales", "Vice-President", "Geschäftsführer", "🙂", "Product Owner"}

	addresses = []string{
		"", "jane@acme.com", "Jane Doe <Jane@Acme.com>", "info@acme.com", "sales@acme.co.uk; jane@gmail.com", "n/a", "jane@acme", "mailto:x@münchen.de",
		"a@b@c.de", "jane@gmail.com", "kontakt@acme.de", "'a@b.cd", "jane@xn--mnchen-3ya.de", "x@acme.wixsite.com", "a@localhost", "a@foo.local",
	}
	numbers = []string{
		"", "+1 407-555-0101", "(407) 555-0101", "407.555.0101 x12", "0049 89 1234567", "089/1234567", "+1 407 555 0101, +1 407 555 0102", "call me",
		"+1 (212) 736-5000 / 212-736-5001", "911", "tel:+442079460000", "+44 20 7946 0000 ext. 5", "+", "00", "1234567890123456789",
	}
	hosts = []string{
		"", "acme.com", "https://www.Acme.com/about?x=1", "WWW.ACME.CO.UK", "http://user@acme.de:8080", "facebook.com/acme", "https://linktr.ee/acme", "wixsite.com",
		"acme.wixsite.com", "münchen.de", "10.0.0.1", "localhost", "n/a", "jane@acme.com", "gmail.com", "acme", "a..b", "https://", "linkedin.com", "xn--a", ".com", "acme.example",
	}
	sizes  = []string{"", "50-200", "1000+", "11–50 employees", "1,001-5,000", "~200", "200", "more than 500", "<50", "10K+", "200-50", "big", "1.000", "$5M"}
	places = []string{
		"", "San Francisco, CA", "Berlin, Germany", "Austin, Texas, United States", "London", "Berlin, DE", "1 Main St, Orlando, FL 32801", "Toronto, ON M5V 2T6, Canada",
		"Atlanta, Georgia", "Tbilisi, Georgia", "Remote", "Germany", "California", ", ,", "Hauptstr. 1, 10115 Berlin, Germany", "New York", "Milano, MI", "San Juan, Puerto Rico",
	}
	profiles = []string{
		"", "https://linkedin.com/in/JaneDoe/?trk=x", "www.linkedin.com/company/acme", "linkedin.com/in/ACoAAAbc", "janedoe", "https://de.linkedin.com/in/j%C3%A9/#x", "linkedin.com/in/",
	}
	reasons = []string{"", "Uses HubSpot", "uses  hubspot", "Revenue > $10M", strings.Repeat("long ", 200), strings.Repeat("é", 501), "a\r\n\r\n\r\nb", "\u202egnp.exe", "-", "\u200b"}
	tags    = []string{"", "SaaS", "saas", "İstanbul", "a b", "N/A", strings.Repeat("x", 101), "Straße", "STRASSE", "ſ", "S"}
)
