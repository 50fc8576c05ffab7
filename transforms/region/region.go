// Package region brings countries, US states and Canadian provinces to their
// codes and takes apart an address that came as one text.
package region

import (
	_ "embed" // the lists of names
	"slices"
	"strings"

	"leadhub/lead"
	"leadhub/transforms"
)

// New returns the transform. It works on the address of the company, where
// RevOps teams' territories are:
//
//   - a country becomes its ISO 3166-1 alpha-2 code ("USA", "Deutschland");
//   - a US state or Canadian province becomes its two letters ("Florida", "Fla."),
//     unless the country is another one: other regions stay as sent;
//   - an address as one text ("San Francisco, CA", "Austin, Texas, United States",
//     "1 Main St, Orlando, FL 32801") fills the parts that are absent, if it can
//     mean one thing only and does not contradict a part that was sent;
//   - an absent country follows from a state whose ZIP code fits it, from a
//     province whose postal code fits it, and from a state or province together
//     with one of its big cities.
//
// "Berlin, DE" is not in Delaware and "Milano, MI" not in Michigan: where two
// letters name a state and a country or an Italian province too, big cities
// decide, and where they cannot, the text stays as it is. Raw never changes.
func New() transforms.Transform {
	r := &reader{cities: cities(), noCities: noCities(), zips: zips()}
	return transforms.Func(r.apply)
}

type reader struct {
	cities   map[string][]string // by lead.PlaceKey: "US-CA", "CA-ON", "DE"
	noCities map[string]bool     // by lead.PlaceKey
	zips     map[string][]string // states by the first three digits
}

//go:embed cities.txt
var cityList string

//go:embed nocities.txt
var noCityList string

func cities() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(cityList) {
		place, names, _ := strings.Cut(strings.TrimSpace(line), ":")
		for name := range strings.SplitSeq(names, ",") {
			if key := lead.PlaceKey(name); !slices.Contains(m[key], place) {
				m[key] = append(m[key], place)
			}
		}
	}
	return m
}

func noCities() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(noCityList) {
		for name := range strings.SplitSeq(line, ",") {
			m[lead.PlaceKey(name)] = true
		}
	}
	return m
}

// apply goes on until nothing changes: what one step fills in may be what
// another one lacked. Steps only fill absent parts and shorten names to codes, so
// this ends.
func (r *reader) apply(l *lead.Lead) {
	a := &l.Company.Address
	if *a == (lead.Address{}) {
		return
	}
	for range 10 {
		before := *a
		r.step(a)
		if *a == before {
			return
		}
	}
}

func (r *reader) step(a *lead.Address) {
	if code, ok := lead.CountryCode(a.Country); ok {
		a.Country = code
	}
	a.Region = regionCode(a.Region, a.Country)
	if a.Country == "" {
		a.Country = r.country(a)
	}
	if a.Raw == "" || a.City != "" && a.Region != "" && a.Country != "" {
		return
	}
	if parts, ok := r.split(a.Raw, a.Country); ok && agrees(a, &parts) {
		fill(&a.Street, parts.Street)
		fill(&a.City, parts.City)
		fill(&a.Region, parts.Region)
		fill(&a.PostalCode, parts.PostalCode)
		fill(&a.Country, parts.Country)
	}
}

func fill(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// agrees says whether no part read contradicts one that was sent.
func agrees(sent, read *lead.Address) bool {
	same := func(a, b string) bool {
		return a == "" || b == "" || lead.PlaceKey(a) == lead.PlaceKey(b)
	}
	return same(sent.City, read.City) && same(sent.Region, read.Region) &&
		same(sent.PostalCode, read.PostalCode) && same(sent.Country, read.Country)
}

// regionCode returns the code of a US state or Canadian province, any other
// region as it is.
func regionCode(region, country string) string {
	if region == "" || country != "" && country != "US" && country != "CA" {
		return region
	}
	name := region
	if rest, ok := strings.CutPrefix(name, "US-"); ok && len(rest) == 2 { // ISO 3166-2
		name = rest
	} else if rest, ok := strings.CutPrefix(name, "CA-"); ok && len(rest) == 2 {
		name = rest
	}
	code, in, ok := lead.RegionCode(name)
	if !ok || country != "" && in != country || name != region && in != region[:2] {
		return region
	}
	return code
}

// country derives an absent country from the other parts; "" where they do not prove it.
func (r *reader) country(a *lead.Address) string {
	code, in, ok := lead.RegionCode(a.Region)
	if !ok || code != a.Region {
		return ""
	}
	if r.postalFits(a.PostalCode, code, in) || a.City != "" && slices.Contains(r.cities[lead.PlaceKey(a.City)], in+"-"+code) {
		return in
	}
	return ""
}

// postalFits says whether a postal code belongs to a state or province.
func (r *reader) postalFits(postal, code, country string) bool {
	switch {
	case country == "US" && isZIP(postal):
		return slices.Contains(r.zips[postal[:3]], code)
	case country == "CA" && isPostal(postal):
		return strings.Contains(provinces(postal), code)
	}
	return false
}
