package lead

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// ContentHash is a hash over what a lead says, without how and when it came, who
// owns it and what follows from the rest: two deliveries of an unchanged lead
// have the same hash, whichever way they came. It is 16 bytes.
//
// Left out are Schema, ID, Revision, Dedupe, Owner, AssignedBecause and the
// source's Receiver, Channel, Event, DeliveryID, OccurredAt and ReceivedAt.
// An empty list or map is the same as none.
func (l *Lead) ContentHash() [16]byte {
	var buf [4096]byte // most leads fit: then nothing is allocated
	e := encoder(buf[:0]).lead(l)
	sum := sha256.Sum256(e)
	return [16]byte(sum[:16])
}

// encoder writes values one after the other so that no two different sequences
// give the same bytes: every text is preceded by its length, every list by its
// count, everything that may be absent by a byte. The order of the calls is part
// of the hash: changing it makes every stored lead look changed once.
type encoder []byte

func (e encoder) uint(n uint64) encoder { return binary.AppendUvarint(e, n) }

func (e encoder) text(s string) encoder {
	e = e.uint(uint64(len(s)))
	return append(e, s...)
}

func (e encoder) bool(b bool) encoder {
	if b {
		return append(e, 1)
	}
	return append(e, 0)
}

func (e encoder) number(n *int) encoder {
	e = e.bool(n != nil)
	if n != nil {
		e = binary.AppendVarint(e, int64(*n))
	}
	return e
}

func (e encoder) texts(list []string) encoder {
	e = e.uint(uint64(len(list)))
	for _, s := range list {
		e = e.text(s)
	}
	return e
}

func (e encoder) textMap(m map[string]string) encoder {
	var buf [32]string
	keys := buf[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	e = e.uint(uint64(len(keys)))
	for _, k := range keys {
		e = e.text(k)
		e = e.text(m[k])
	}
	return e
}

func (e encoder) lead(l *Lead) encoder {
	e = e.text(string(l.Kind))
	e = e.text(l.Status)
	e = e.bool(l.IsTest)
	e = e.text(l.GroupID)
	e = e.bool(l.Person != nil)
	if l.Person != nil {
		e = e.person(l.Person)
	}
	e = e.company(&l.Company)
	e = e.text(string(l.LeadPotential))
	e = e.number(l.Score)
	e = e.number(l.Confidence)
	e = e.uint(uint64(len(l.Scores.Raw)))
	for i := range l.Scores.Raw {
		s := &l.Scores.Raw[i]
		e = e.text(s.Name)
		e = e.text(s.Value)
		e = e.text(s.Scale)
	}
	e = e.texts(l.Reasons)
	e = e.texts(l.Tags)
	e = e.textMap(l.Custom)
	e = e.text(l.Source.Vendor)
	e = e.text(l.Source.Tenant)
	e = e.text(l.Source.VendorLeadID)
	e = e.text(l.Source.VendorCompanyID)
	e = e.text(l.Consent.Basis)
	return e
}

func (e encoder) person(p *Person) encoder {
	e = e.text(p.FullName)
	e = e.text(p.FirstName)
	e = e.text(p.LastName)
	e = e.text(p.Title)
	e = e.text(string(p.Seniority))
	e = e.contacts(p.Emails, p.Phones)
	e = e.text(p.LinkedInURL)
	return e
}

func (e encoder) company(c *Company) encoder {
	e = e.text(c.VendorID)
	e = e.text(c.Name)
	e = e.text(c.Domain)
	e = e.text(c.Website)
	e = e.text(c.Industry)
	e = e.text(c.Segment)
	e = e.text(c.Size.Raw)
	e = e.number(c.Size.Min)
	e = e.number(c.Size.Max)
	a := &c.Address
	e = e.text(a.Raw)
	e = e.text(a.Street)
	e = e.text(a.City)
	e = e.text(a.Region)
	e = e.text(a.PostalCode)
	e = e.text(a.Country)
	e = e.contacts(c.Emails, c.Phones)
	e = e.texts(c.Technologies)
	e = e.texts(c.NotableClients)
	e = e.text(c.Description)
	e = e.text(c.LinkedInURL)
	return e
}

func (e encoder) contacts(emails []Email, phones []Phone) encoder {
	e = e.uint(uint64(len(emails)))
	for i := range emails {
		e = e.text(emails[i].Value)
		e = e.text(string(emails[i].Type))
		e = e.bool(emails[i].Primary)
	}
	e = e.uint(uint64(len(phones)))
	for i := range phones {
		e = e.text(phones[i].Raw)
		e = e.text(phones[i].E164)
	}
	return e
}
