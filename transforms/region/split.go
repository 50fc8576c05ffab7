package region

import (
	"slices"
	"strings"

	"leadhub/lead"
)

// split takes an address apart. country is what is known of it. ok is false
// where the text could mean several things; parts that are not certain stay empty.
func (r *reader) split(raw, country string) (a lead.Address, ok bool) {
	var parts []string
	for p := range strings.SplitSeq(raw, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	switch {
	case len(parts) == 0 || len(parts) > 8:
		return a, false
	case len(parts) == 1:
		return r.single(parts[0], country)
	}
	last, before := parts[len(parts)-1], parts[:len(parts)-1]
	code, isCountry := lead.CountryCode(last)
	_, in, isRegion := lead.RegionCode(last)
	if isCountry && isRegion { // "CA", "Georgia"
		isCountry, isRegion = r.decide(before, last, code, in, country)
	}
	switch {
	case isCountry:
		a.Country = code
		if code == "US" || code == "CA" {
			r.american(&a, before)
		} else {
			r.other(&a, before)
		}
		return a, true
	case isRegion && country == "" && r.elsewhere(before[len(before)-1], last):
		return a, false // "Milano, MI"
	case isRegion && (country == "" || country == in):
		a.Country = in
		r.american(&a, parts)
		return a, true
	}
	if region, postal, in := r.statePostal(parts); region != "" && (country == "" || country == in) {
		a.Country, a.PostalCode = in, postal
		r.american(&a, parts)
		return a, true
	}
	return a, false
}

// single reads an address of one part.
func (r *reader) single(part, country string) (a lead.Address, ok bool) {
	if hasDigit(part) {
		region, postal, in := r.statePostal([]string{part})
		if region == "" || country != "" && country != in {
			return a, false
		}
		a.Country, a.PostalCode = in, postal
		r.american(&a, []string{part})
		return a, true
	}
	key := lead.PlaceKey(part)
	code, isCountry := lead.CountryCode(part)
	state, in, isRegion := lead.RegionCode(part)
	_, isCity := r.cities[key]
	switch {
	case isCountry && !isRegion:
		a.Country = code
	case isRegion && !isCountry && !isCity && (len(key) > 3 || country == in):
		a.Region, a.Country = state, in
	case isCity && !isRegion && !isCountry:
		a.City = part
	default:
		return a, false // "New York", "Georgia", "CA", "Remote"
	}
	return a, true
}

// decide says what a name that means a country and a state or province stands
// for at the end of an address; neither where nobody can tell.
func (r *reader) decide(before []string, last, country, regionIn, known string) (isCountry, isRegion bool) {
	if known != "" {
		return known == country && known != regionIn, known == regionIn
	}
	prev := before[len(before)-1]
	if _, in, ok := lead.RegionCode(prev); ok && len(before) > 1 && in == country {
		return true, false // "Toronto, ON, CA"
	}
	region, _, _ := lead.RegionCode(last)
	places := r.cities[lead.PlaceKey(prev)]
	inRegion := slices.Contains(places, regionIn+"-"+region)
	inCountry := slices.ContainsFunc(places, func(p string) bool { return p == country || strings.HasPrefix(p, country+"-") })
	switch {
	case inRegion || inCountry:
		return inCountry && !inRegion, inRegion && !inCountry
	case len(places) > 0:
		return false, false // a big city, but in neither
	}
	// As addresses go, two letters after a town are a state. Not where the country
	// sends many leads and the state few: there a small town proves nothing.
	switch region {
	case "DE", "IN", "IL", "CO", "AR", "ID", "NL", "SK", "PE", "NU", "YT":
		return false, false
	}
	return false, len(last) == 2 || region != "GA"
}

// elsewhere says whether a town is one of a country where the same two letters
// name a province or state of its own.
func (r *reader) elsewhere(city, region string) bool {
	if len(region) > 3 {
		return false
	}
	places := r.cities[lead.PlaceKey(city)]
	return len(places) > 0 && (slices.Contains(places, "IT") || slices.Contains(places, "AU"))
}

// statePostal reads the end of an address that is a state or province with its
// postal code: "FL 32801", "ON M5V 2T6", or with a comma between them.
func (r *reader) statePostal(parts []string) (region, postal, country string) {
	words := strings.Fields(parts[len(parts)-1])
	n := len(words)
	switch {
	case isZIP(words[n-1]):
		postal, words = words[n-1], words[:n-1]
	case isPostal(words[n-1]):
		postal, words = words[n-1], words[:n-1]
	case n > 1 && isPostal(words[n-2]+" "+words[n-1]):
		postal, words = words[n-2]+" "+words[n-1], words[:n-2]
	default:
		return "", "", ""
	}
	if len(words) == 0 && len(parts) > 1 {
		words = strings.Fields(parts[len(parts)-2])
	}
	for from := max(0, len(words)-3); from < len(words); from++ { // "Orlando FL 32801": the longest name first
		code, in, ok := lead.RegionCode(strings.Join(words[from:], " "))
		if ok && r.postalFits(postal, code, in) {
			return code, postal, in
		}
	}
	return "", "", ""
}

// american reads what stands before the country in a US or Canadian address.
func (r *reader) american(a *lead.Address, parts []string) {
	if len(parts) == 0 {
		return
	}
	if region, postal, in := r.statePostal(parts); region != "" && in == a.Country {
		a.Region, a.PostalCode = region, postal
		parts = r.withoutState(parts, region, postal)
		a.City, a.Street = r.town(parts)
		return
	}
	last := parts[len(parts)-1]
	code, in, ok := lead.RegionCode(last)
	ok = ok && in == a.Country
	switch _, isCity := r.cities[lead.PlaceKey(last)]; {
	case ok && (len(parts) > 1 || !isCity): // "New York, United States" may be the city
		a.Region = code
		a.City, a.Street = r.town(parts[:len(parts)-1])
	case !ok && len(parts) == 1:
		a.City, _ = r.town(parts)
	}
}

// withoutState takes the state and the postal code off the end.
func (r *reader) withoutState(parts []string, region, postal string) []string {
	n := len(parts)
	last := strings.TrimSpace(strings.TrimSuffix(parts[n-1], postal))
	if last == "" && n > 1 {
		n--
		last = parts[n-1]
	}
	words := strings.Fields(last)
	for from := max(0, len(words)-3); from < len(words); from++ {
		if code, _, ok := lead.RegionCode(strings.Join(words[from:], " ")); ok && code == region {
			words = words[:from]
			break
		}
	}
	rest := slices.Clone(parts[:n-1])
	if len(words) > 0 {
		rest = append(rest, strings.Join(words, " "))
	}
	return rest
}

// town reads street and city; what does not look like them stays out.
func (r *reader) town(parts []string) (city, street string) {
	if len(parts) == 0 {
		return "", ""
	}
	city = parts[len(parts)-1]
	if !r.isTown(city) {
		return "", ""
	}
	if street = strings.Join(parts[:len(parts)-1], ", "); !hasDigit(street) {
		street = ""
	}
	return city, street
}

// isTown says whether a part of an address may be the name of a town.
func (r *reader) isTown(part string) bool {
	key := lead.PlaceKey(part)
	if key == "" || hasDigit(part) || r.noCities[key] || len(key) < 2 {
		return false
	}
	for _, area := range []string{" area", " region", " metro", " metropolitan", " metroplex", " county", " district", " province"} {
		if strings.HasSuffix(key, area) {
			return false
		}
	}
	return !strings.HasPrefix(key, "greater ")
}

// other reads what stands before any other country.
func (r *reader) other(a *lead.Address, parts []string) {
	if len(parts) == 0 {
		return
	}
	last := parts[len(parts)-1]
	if city, postal := postalCity(last, a.Country); city != "" && r.isTown(city) {
		a.City, a.PostalCode = city, postal
		if street := strings.Join(parts[:len(parts)-1], ", "); hasDigit(street) {
			a.Street = street
		}
		return
	}
	isCity := slices.Contains(r.cities[lead.PlaceKey(last)], a.Country)
	switch {
	case hasDigit(last) || len(parts) > 2:
	case len(parts) == 1 && r.isTown(last):
		a.City = last
	case len(parts) == 1 && r.noCities[lead.PlaceKey(last)] && !r.nowhere(last):
		a.Region = last
	case len(parts) == 2 && hasDigit(parts[0]) && r.isTown(last):
		a.City, a.Street = last, parts[0]
	case len(parts) == 2 && isCity: // "Westminster, London"; "Potsdam, Berlin" is left alone
		if first := lead.PlaceKey(parts[0]); first == lead.PlaceKey(last) || !slices.Contains(r.cities[first], a.Country) {
			a.City = last
		}
	case len(parts) == 2 && r.isTown(parts[0]) && !r.nowhere(last):
		a.City, a.Region = parts[0], last
	}
}

// nowhere says whether a name is no place at all ("Remote"): the first line of the list.
func (r *reader) nowhere(name string) bool {
	first, _, _ := strings.Cut(noCityList, "\n")
	key := lead.PlaceKey(name)
	for n := range strings.SplitSeq(first, ",") {
		if lead.PlaceKey(n) == key {
			return true
		}
	}
	return false
}

// postalCity reads "10115 Berlin", "D-10115 Berlin", "1012 AB Amsterdam", "London SW1A 1AA".
func postalCity(part, country string) (city, postal string) {
	words := strings.Fields(part)
	n := len(words)
	if n < 2 {
		return "", ""
	}
	first := words[0]
	if rest, ok := strings.CutPrefix(first, "D-"); ok {
		first = rest
	}
	switch {
	case country == "GB" && n > 2 && matches(words[n-1], "0AA") && len(words[n-2]) <= 4 && !isDigits(words[n-2][:1]) && hasDigit(words[n-2]):
		return strings.Join(words[:n-2], " "), words[n-2] + " " + words[n-1]
	case country == "NL" && n > 2 && matches(first, "0000") && matches(words[1], "AA"):
		return strings.Join(words[2:], " "), first + " " + words[1]
	case (len(first) == 4 || len(first) == 5) && isDigits(first) && country != "GB":
		return strings.Join(words[1:], " "), first
	}
	return "", ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }
