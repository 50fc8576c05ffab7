package region

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func apply(a lead.Address) lead.Address {
	l := lead.Lead{Company: lead.Company{Address: a}}
	New().Apply(&l)
	return l.Company.Address
}

func TestFields(t *testing.T) {
	t.Parallel()
	type address = lead.Address
	tests := []struct {
		name     string
		in, want address
	}{
		{"nothing", address{}, address{}},
		{
			"as documented by a vendor",
			address{Street: "1 Main St", City: "Orlando", Region: "FL", PostalCode: "32801"},
			address{Street: "1 Main St", City: "Orlando", Region: "FL", PostalCode: "32801", Country: "US"},
		},
		{"names", address{Region: "Florida", Country: "United States"}, address{Region: "FL", Country: "US"}},
		{"abbreviation", address{Region: "Fla.", Country: "usa"}, address{Region: "FL", Country: "US"}},
		{"lower case", address{Region: "fl"}, address{Region: "FL"}},
		{"ISO 3166-2", address{Region: "US-FL"}, address{Region: "FL"}},
		{"province", address{Region: "Québec", Country: "Canada"}, address{Region: "QC", Country: "CA"}},
		{"ZIP+4", address{Region: "Texas", PostalCode: "78701-1234"}, address{Region: "TX", PostalCode: "78701-1234", Country: "US"}},
		{"postal code", address{Region: "Ontario", PostalCode: "m5v2t6"}, address{Region: "ON", PostalCode: "m5v2t6", Country: "CA"}},
		{"a state and its city", address{City: "Miami", Region: "FL"}, address{City: "Miami", Region: "FL", Country: "US"}},
		{"other regions stay", address{Region: "Bavaria", Country: "Germany"}, address{Region: "Bavaria", Country: "DE"}},
		{"other regions stay, also without a country", address{Region: "Bavaria"}, address{Region: "Bavaria"}},
		{"other regions that look like states stay", address{Region: "Florida", Country: "Uruguay"}, address{Region: "Florida", Country: "UY"}},
		{"a state in Canada stays", address{Region: "Texas", Country: "CA"}, address{Region: "Texas", Country: "CA"}},
		{"a province's code of the wrong country stays", address{Region: "US-ON"}, address{Region: "US-ON"}},
		{"unknown country stays", address{Region: "Florida", Country: "Nowhere"}, address{Region: "Florida", Country: "Nowhere"}},
		{"Milan is not in Michigan", address{Region: "MI", PostalCode: "20121"}, address{Region: "MI", PostalCode: "20121"}},
		{"Western Australia is not Washington", address{City: "Perth", Region: "WA", PostalCode: "6000"}, address{City: "Perth", Region: "WA", PostalCode: "6000"}},
		{"a postal code of another province", address{Region: "ON", PostalCode: "V5K 0A1"}, address{Region: "ON", PostalCode: "V5K 0A1"}},
		{"a state alone proves nothing", address{Region: "FL"}, address{Region: "FL"}},
		{"a ZIP code alone proves nothing", address{PostalCode: "32801"}, address{PostalCode: "32801"}},
		{"the country Georgia", address{Region: "Tbilisi", Country: "Georgia"}, address{Region: "Tbilisi", Country: "GE"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, apply(tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// parts shows an address as "street | city | region | postal code | country".
func parts(a lead.Address) string {
	return strings.Join([]string{a.Street, a.City, a.Region, a.PostalCode, a.Country}, "|")
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		// as documented by a vendor
		"San Francisco, CA": "|San Francisco|CA||US",
		// the United States and Canada
		"Austin, Texas, United States":                   "|Austin|TX||US",
		"Austin, TX, USA":                                "|Austin|TX||US",
		"Austin, Texas":                                  "|Austin|TX||US",
		"austin, tx":                                     "|austin|TX||US",
		"New York, NY":                                   "|New York|NY||US",
		"New York, New York":                             "|New York|NY||US",
		"Washington, DC":                                 "|Washington|DC||US",
		"Washington, D.C., United States":                "|Washington|DC||US",
		"Boca Raton, FL":                                 "|Boca Raton|FL||US",
		"Smallville, KS":                                 "|Smallville|KS||US",
		"Smallville, CA":                                 "|Smallville|CA||US",
		"Orlando, FL 32801":                              "|Orlando|FL|32801|US",
		"Orlando, Florida 32801, USA":                    "|Orlando|FL|32801|US",
		"Orlando, FL, 32801":                             "|Orlando|FL|32801|US",
		"Orlando FL 32801":                               "|Orlando|FL|32801|US",
		"Charlotte, North Carolina 28202":                "|Charlotte|NC|28202|US",
		"1 Main St, Orlando, FL 32801":                   "1 Main St|Orlando|FL|32801|US",
		"1 Main St, Suite 5, Orlando, FL 32801-1234, US": "1 Main St, Suite 5|Orlando|FL|32801-1234|US",
		"Wilmington, DE 19801":                           "|Wilmington|DE|19801|US",
		"Wilmington, DE":                                 "|Wilmington|DE||US",
		"Indianapolis, IN":                               "|Indianapolis|IN||US",
		"Chicago, IL":                                    "|Chicago|IL||US",
		"Atlanta, Georgia":                               "|Atlanta|GA||US",
		"Atlanta, GA":                                    "|Atlanta|GA||US",
		"Smallville, GA":                                 "|Smallville|GA||US",
		"Toronto, ON":                                    "|Toronto|ON||CA",
		"Toronto, Ontario, Canada":                       "|Toronto|ON||CA",
		"Toronto, ON, CA":                                "|Toronto|ON||CA",
		"London, CA":                                     "|London|||CA",
		"Paris, CA":                                      "||||",
		"Potsdam, Berlin, Germany":                       "||||DE",
		"Toronto, CA":                                    "|Toronto|||CA",
		"Toronto, ON M5V 2T6":                            "|Toronto|ON|M5V 2T6|CA",
		"1 King St W, Toronto, ON M5V 2T6, Canada":       "1 King St W|Toronto|ON|M5V 2T6|CA",
		"St. John's, NL":                                 "|St. John's|NL||CA",
		"San Juan, Puerto Rico":                          "|San Juan|PR||US",
		"California":                                     "||CA||US",
		"California, United States":                      "||CA||US",
		"Georgia, United States":                         "||GA||US",
		"Austin, United States":                          "|Austin|||US",
		"New York, United States":                        "||||US",
		"San Francisco Bay Area, United States":          "||||US",
		"Remote, US":                                     "||||US",
		// elsewhere
		"Berlin, Germany":                           "|Berlin|||DE",
		"Berlin, DE":                                "|Berlin|||DE",
		"Munich, Bavaria, Germany":                  "|Munich|Bavaria||DE",
		"Bavaria, Germany":                          "||Bavaria||DE",
		"10115 Berlin, Germany":                     "|Berlin||10115|DE",
		"Hauptstr. 1, 10115 Berlin, Germany":        "Hauptstr. 1|Berlin||10115|DE",
		"Hauptstr. 1, D-10115 Berlin, Deutschland":  "Hauptstr. 1|Berlin||10115|DE",
		"London, England":                           "|London|||GB",
		"London, England, United Kingdom":           "|London|England||GB",
		"London SW1A 1AA, UK":                       "|London||SW1A 1AA|GB",
		"10 Downing Street, London, UK":             "10 Downing Street|London|||GB",
		"Westminster, London, UK":                   "|London|||GB",
		"1012 AB Amsterdam, Netherlands":            "|Amsterdam||1012 AB|NL",
		"Amsterdam, NL":                             "|Amsterdam|||NL",
		"Bangalore, IN":                             "|Bangalore|||IN",
		"Mumbai, Maharashtra, India":                "|Mumbai|Maharashtra||IN",
		"Tbilisi, Georgia":                          "|Tbilisi|||GE",
		"Bratislava, SK":                            "|Bratislava|||SK",
		"São Paulo, Brasil":                         "|São Paulo|||BR",
		"Greater Paris Metropolitan Region, France": "||||FR",
		"Germany":   "||||DE",
		"Singapore": "||||SG",
		"London":    "|London|||",
		"Berlin":    "|Berlin|||",
		// could be several things, or nothing
		"": "||||", ",": "||||", "Remote": "||||", "EMEA": "||||", "New York": "||||", "Georgia": "||||", "CA": "||||", "Smallville": "||||",
		"Smallville, DE": "||||", "Smallville, IN": "||||", "Smallville, Georgia": "||||", "Milano, MI": "||||", "Perth, WA": "||||",
		"Parma, PR": "||||", "Springfield, Somewhere": "||||", "Milano, MI 20121": "||||", "Smallville, NL": "||||", "a, b, c, d, e, f, g, h, i, US": "||||",
	} {
		got := apply(lead.Address{Raw: raw})
		if p := parts(got); p != want || got.Raw != raw {
			t.Errorf("%q: %s, want %s (raw now %q)", raw, p, want, got.Raw)
		}
	}
}

func TestSplitBesideParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   lead.Address
		want string
	}{
		{"fills what is absent", lead.Address{Raw: "Orlando, FL 32801", City: "Orlando"}, "|Orlando|FL|32801|US"},
		{"contradicted", lead.Address{Raw: "Orlando, FL", City: "Miami"}, "|Miami|||"},
		{"contradicted country", lead.Address{Raw: "Orlando, FL", Country: "Germany"}, "||||DE"},
		{"a known country decides", lead.Address{Raw: "Smallville, DE", Country: "US"}, "|Smallville|DE||US"},
		{"a known country decides the other way", lead.Address{Raw: "Smallville, DE", Country: "Germany"}, "|Smallville|||DE"},
		{"complete", lead.Address{Raw: "x", City: "Orlando", Region: "Florida", Country: "USA"}, "|Orlando|FL||US"},
	}
	for _, tt := range tests {
		if got := parts(apply(tt.in)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestZips(t *testing.T) {
	t.Parallel()
	z := zips()
	for zip, want := range map[string]string{
		"32801": "FL", "90210": "CA", "10001": "NY", "02110": "MA", "06390": "CT NY", "20001": "DC", "00901": "PR", "73301": "OK TX", "99501": "AK", "00000": "", "20121": "VA",
	} {
		got := slices.Clone(z[zip[:3]])
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %s", zip, got, want)
		}
	}
	for prefix, states := range z {
		for _, s := range states {
			if code, in, ok := lead.RegionCode(s); !ok || code != s || in != "US" {
				t.Errorf("%s: %q is no state", prefix, s)
			}
		}
	}
}

func TestCities(t *testing.T) {
	t.Parallel()
	for city, places := range cities() {
		if city == "" {
			t.Error("a city without a name")
		}
		for _, p := range places {
			country, region, isRegion := strings.Cut(p, "-")
			if code, ok := lead.CountryCode(country); !ok || code != country {
				t.Errorf("%s: %q is no country", city, p)
			}
			if code, in, ok := lead.RegionCode(region); isRegion && (!ok || code != region || in != country) {
				t.Errorf("%s: %q is no region", city, p)
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"1 Main St, Orlando, FL 32801", "Toronto, ON, CA", ", ,CA", "FL 32801", "10115 Berlin, DE", "A 1AA, UK", "32801", "D-, Germany"} {
		f.Add(s, "", "", "")
		f.Add(s, "Orlando", "Florida", "US")
	}
	tr := New()
	f.Fuzz(func(t *testing.T, raw, city, region, country string) {
		l := lead.Lead{Company: lead.Company{Address: lead.Address{Raw: raw, City: city, Region: region, Country: country}}}
		tr.Apply(&l)
		once := l.Company.Address
		tr.Apply(&l)
		if diff := cmp.Diff(once, l.Company.Address); diff != "" {
			t.Errorf("applied twice (-once +twice):\n%s", diff)
		}
		if once.Raw != raw || city != "" && once.City != city {
			t.Errorf("what was sent changed: %+v", once)
		}
	})
}

func BenchmarkFields(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{Company: lead.Company{Address: lead.Address{Street: "1 Main St", City: "Orlando", Region: "FL", PostalCode: "32801"}}}
		tr.Apply(&l)
	}
}

func BenchmarkSplit(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{Company: lead.Company{Address: lead.Address{Raw: "Austin, Texas, United States"}}}
		tr.Apply(&l)
	}
}
