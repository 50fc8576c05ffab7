package lead

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// idLength is how many characters of a lead's id follow ld_.
const idLength = 26

// Seal fills the fields that follow from the others: the id, the group, the
// dedupe keys and the defaults. Call it once, after every transform. It is
// deterministic: the same lead always gets the same id.
//
// A test lead gets an id of its own, so that trying a payload out can never
// make the real lead look like something already seen.
func (l *Lead) Seal() {
	l.Schema = Schema
	if l.Kind == "" {
		l.Kind = KindCompany
		if l.Person != nil {
			l.Kind = KindPerson
		}
	}
	if l.LeadPotential == "" {
		l.LeadPotential = PotentialUnknown
	}
	if l.Consent.Basis == "" {
		l.Consent.Basis = "unknown"
	}
	l.Dedupe = dedupe(l)
	l.ID = "ld_" + shortHash(idLength, l.identity()...)
	if l.GroupID == "" && l.Source.VendorCompanyID != "" {
		l.GroupID = l.Source.Vendor + "|" + l.Source.Tenant + "|" + l.Source.VendorCompanyID
	}
}

// identity is what makes the lead this lead: the vendor's ids; where the vendor
// sent no id for the lead itself, its strongest dedupe key; where there is none
// either, the names. A company id alone is enough for a lead about the company,
// but not for a person: the people of one company are different leads.
func (l *Lead) identity() []string {
	test := "live"
	if l.IsTest {
		test = "test"
	}
	id := append(make([]string, 0, 8), test, l.Source.Vendor, l.Source.Tenant)
	if l.Source.VendorLeadID != "" || l.Source.VendorCompanyID != "" && l.Person == nil {
		return append(id, l.Source.VendorCompanyID, l.Source.VendorLeadID)
	}
	if l.Source.VendorCompanyID != "" {
		id = append(id, "in", l.Source.VendorCompanyID)
	}
	if len(l.Dedupe.Keys) > 0 {
		return append(id, "key", l.Dedupe.Keys[0])
	}
	name := ""
	if l.Person != nil {
		name = fold(personName(l.Person))
	}
	return append(id, "name", fold(l.Company.Name), name, l.Company.Website)
}

// dedupe computes the keys in the order of their strength. A key must be enough
// to say "the same": so role addresses (sales@, info@) and text that is no address
// never identify a person, one word of a name does not, nor a company's name
// alone, which is only good for CompanyKey. The keys of a test lead are its own,
// as its id is.
func dedupe(l *Lead) Dedupe {
	var d Dedupe
	domainKey := ""
	switch {
	case l.Company.Domain != "":
		domainKey = "domain:" + l.Company.Domain
		d.CompanyKey = domainKey
	case l.Company.Name != "":
		d.CompanyKey = "name:" + fold(l.Company.Name) + "/" + strings.ToLower(l.Company.Address.Country)
	}
	prefix := ""
	if l.IsTest {
		prefix = "test:"
	}
	if id := l.Source.VendorLeadID; id != "" {
		if l.Source.Tenant != "" {
			id = l.Source.Tenant + "/" + id // an id counts within a workspace only
		}
		d.Keys = append(d.Keys, prefix+"vendor:"+l.Source.Vendor+":"+id)
	}
	p := l.Person
	if p == nil {
		if domainKey != "" {
			d.Keys = append(d.Keys, prefix+domainKey)
		}
		return d
	}
	for _, e := range p.Emails {
		if e.Type != EmailRole && e.Usable() {
			d.Keys = append(d.Keys, prefix+"email:"+strings.ToLower(e.Value))
		}
	}
	if in := linkedInPath(p.LinkedInURL); in != "" {
		d.Keys = append(d.Keys, prefix+"linkedin:"+in)
	}
	if name := fold(personName(p)); l.Company.Domain != "" && strings.Contains(name, " ") {
		d.Keys = append(d.Keys, prefix+"domain+name:"+l.Company.Domain+"/"+name)
	}
	return d
}

// personName returns the full name, else what there is of it.
func personName(p *Person) string {
	if p.FullName != "" {
		return p.FullName
	}
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}

// linkedInPath returns "in/jane-doe" for a personal profile, else "".
func linkedInPath(raw string) string {
	_, path, ok := strings.Cut(strings.ToLower(raw), "linkedin.com/in/")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(path, "/?#"); end >= 0 {
		path = path[:end]
	}
	if path == "" {
		return ""
	}
	return "in/" + path
}

// fold makes names comparable: lower case, single spaces.
func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// shortHash returns the first n characters (at most 51) of the base32 SHA-256
// over the parts, in lower case. Every part is preceded by its length, so that
// ("a","bc") and ("ab","c") differ whatever they hold.
func shortHash(n int, parts ...string) string {
	var buf [512]byte
	e := encoder(buf[:0])
	for _, p := range parts {
		e = e.text(p)
	}
	sum := sha256.Sum256(e)
	var out [56]byte
	base32.StdEncoding.Encode(out[:], sum[:])
	for i, c := range out[:n] {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out[:n])
}
