package lead

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strings"
	"time"
)

// Seal fills the fields that follow from the others: the id, the group, the
// dedupe keys and the defaults. Call it once, after every transform. It is
// deterministic: the same lead always gets the same id.
//
// A test lead gets an id of its own, so that trying a payload out can never
// make the real lead look like something already seen.
func (l *Lead) Seal() {
	l.Schema = Schema
	if l.LeadPotential == "" {
		l.LeadPotential = PotentialUnknown
	}
	if l.Consent.Basis == "" {
		l.Consent.Basis = "unknown"
	}
	l.Dedupe = dedupe(l)
	l.ID = "ld_" + shortHash(26, l.identity()...)
	if l.GroupID == "" && l.Source.VendorCompanyID != "" {
		l.GroupID = l.Source.Vendor + "|" + l.Source.Tenant + "|" + l.Source.VendorCompanyID
	}
}

// identity is what makes the lead this lead: the vendor's ids; where the vendor
// sent none, the strongest dedupe key; where there is none either, the names.
func (l *Lead) identity() []string {
	test := "live"
	if l.IsTest {
		test = "test"
	}
	id := []string{test, l.Source.Vendor, l.Source.Tenant}
	if l.Source.VendorCompanyID != "" || l.Source.VendorLeadID != "" {
		return append(id, l.Source.VendorCompanyID, l.Source.VendorLeadID)
	}
	if len(l.Dedupe.Keys) > 0 {
		return append(id, "key", l.Dedupe.Keys[0])
	}
	name := ""
	if l.Person != nil {
		name = fold(l.Person.FullName)
	}
	return append(id, "name", fold(l.Company.Name), name, l.Company.Website)
}

// dedupe computes the keys in the order of their strength. Role addresses
// (sales@, info@) never identify a person.
func dedupe(l *Lead) Dedupe {
	var d Dedupe
	switch {
	case l.Company.Domain != "":
		d.CompanyKey = "domain:" + l.Company.Domain
	case l.Company.Name != "":
		d.CompanyKey = "name:" + fold(l.Company.Name) + "/" + strings.ToLower(l.Company.Address.Country)
	}
	if id := l.Source.VendorLeadID; id != "" {
		d.Keys = append(d.Keys, "vendor:"+l.Source.Vendor+":"+id)
	}
	p := l.Person
	if p == nil {
		if d.CompanyKey != "" {
			d.Keys = append(d.Keys, d.CompanyKey)
		}
		return d
	}
	for _, e := range p.Emails {
		if e.Value != "" && e.Type != EmailRole {
			d.Keys = append(d.Keys, "email:"+strings.ToLower(e.Value))
		}
	}
	if in := linkedInPath(p.LinkedInURL); in != "" {
		d.Keys = append(d.Keys, "linkedin:"+in)
	}
	if p.FullName != "" && l.Company.Domain != "" {
		d.Keys = append(d.Keys, "domain+name:"+l.Company.Domain+"/"+fold(p.FullName))
	}
	return d
}

// linkedInPath returns "in/jane-doe" for a personal profile, else "".
func linkedInPath(raw string) string {
	_, path, ok := strings.Cut(strings.ToLower(raw), "linkedin.com/")
	if !ok {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	path = strings.Trim(path, "/")
	if !strings.HasPrefix(path, "in/") || len(path) == len("in/") {
		return ""
	}
	return path
}

// fold makes names comparable: lower case, single spaces.
func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// shortHash returns the first n characters of the base32 SHA-256 over the parts,
// each closed by a zero byte so that ("a","bc") and ("ab","c") differ.
func shortHash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return idEncoding.EncodeToString(h.Sum(nil))[:n]
}

// ContentHash is a hash over what a lead says, without when and how it came:
// two deliveries of an unchanged lead have the same hash. It is 16 bytes.
func (l *Lead) ContentHash() [16]byte {
	c := *l
	c.Revision = 0
	c.Owner = nil
	c.AssignedBecause = ""
	c.Source.Event = ""
	c.Source.Channel = ""
	c.Source.DeliveryID = ""
	c.Source.OccurredAt = time.Time{}
	c.Source.ReceivedAt = time.Time{}
	raw, err := json.Marshal(&c)
	if err != nil {
		// Lead holds only strings, integers and times; Marshal cannot fail on it.
		panic("lead: marshal: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return [16]byte(sum[:16])
}
