package lead

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCountryCode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"US": "US", "us": "US", "USA": "US", "U.S.": "US", "u.s.a.": "US", "United States": "US",
		"United States of America": "US", " united   states ": "US", "Vereinigte Staaten": "US",
		"UK": "GB", "U.K.": "GB", "GB": "GB", "GBR": "GB", "Great Britain": "GB", "England": "GB",
		"Germany": "DE", "Deutschland": "DE", "DEU": "DE", "Allemagne": "DE",
		"Österreich": "AT", "O\u0308sterreich": "AT", "Oesterreich": "AT", "España": "ES",
		"Côte d’Ivoire": "CI", "Cote d'Ivoire": "CI", "Ivory Coast": "CI",
		"The Netherlands": "NL", "Holland": "NL", "Czech Republic": "CZ", "Česko": "CZ",
		"Bosnia & Herzegovina": "BA", "Guinea-Bissau": "GW", "Türkiye": "TR", "Turkey": "TR",
		"Korea, Republic of": "KR", "日本": "JP", "Ελλάδα": "GR", "Россия": "RU", "Georgia": "GE", "CA": "CA",
		"São Tomé & Príncipe": "ST",
	} {
		if got, ok := CountryCode(name); !ok || got != want {
			t.Errorf("CountryCode(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{
		"", " ", ".", "Europe", "EMEA", "Florida", "Berlin", "XX", "ZZ", "U", "United", "germany=DE", "DE\naf",
		strings.Repeat("a", 1000), "\xff\xfe",
	} {
		if got, ok := CountryCode(name); ok {
			t.Errorf("CountryCode(%q) = %q, want nothing", name, got)
		}
	}
}

func TestRegionCode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"FL": "US-FL", "fl": "US-FL", "Fla.": "US-FL", "Florida": "US-FL", "FLORIDA ": "US-FL",
		"N.Y.": "US-NY", "New York": "US-NY", "N. Carolina": "US-NC", "D.C.": "US-DC", "Washington, D.C.": "US-DC",
		"Washington": "US-WA", "W. Va.": "US-WV", "Puerto Rico": "US-PR", "Hawaiʻi": "US-HI", "Hawai'i": "US-HI",
		"Ontario": "CA-ON", "Ont.": "CA-ON", "Québec": "CA-QC", "QC": "CA-QC", "Newfoundland & Labrador": "CA-NL",
		"P.E.I.": "CA-PE", "British  Columbia": "CA-BC",
		"": "", "Bavaria": "", "NSW": "", "XX": "", "New": "", "Kent": "",
	} {
		code, country, ok := RegionCode(name)
		got := ""
		if ok {
			got = country + "-" + code
		}
		if got != want {
			t.Errorf("RegionCode(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPlaceKey(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Köln": "koln", "KOLN": "koln", " St. John’s ": "st johns", "Tel Aviv-Yafo": "tel aviv yafo", "東京": "東京", "": "",
		"B&B": "b and b", strings.Repeat("x", 65): "",
	} {
		if got := PlaceKey(name); got != want {
			t.Errorf("PlaceKey(%q) = %q, want %q", name, got, want)
		}
	}
}

// The tables must be sorted for the search to work, and every name must be
// written as foldPlace writes it, or nobody would ever find it.
func TestPlaceTables(t *testing.T) {
	t.Parallel()
	for file, table := range map[string]string{"countries.txt": countryNames, "regions.txt": regionNames} {
		prev, codes := "", map[string]bool{}
		for i, line := range strings.Split(strings.TrimSuffix(table, "\n"), "\n") {
			name, code, ok := strings.Cut(line, "=")
			if !ok || code == "" {
				t.Fatalf("%s:%d: %q is not name=code", file, i+1, line)
			}
			if name <= prev {
				t.Errorf("%s:%d: %q must come before %q, once", file, i+1, name, prev)
			}
			if folded, ok := foldPlace(nil, name); !ok || string(folded) != name {
				t.Errorf("%s:%d: %q is not folded, want %q", file, i+1, name, folded)
			}
			if got, ok := lookupPlace(table, name); !ok || got != code {
				t.Errorf("%s:%d: lookup of %q = %q, %v", file, i+1, name, got, ok)
			}
			prev, codes[code] = name, true
		}
		if want := map[string]int{"countries.txt": 249, "regions.txt": 57 + 13}[file]; len(codes) != want {
			t.Errorf("%s: %d codes, want %d", file, len(codes), want)
		}
		for code := range codes {
			_, short, isRegion := strings.Cut(code, "-")
			if !isRegion {
				short = code
			}
			if got, _ := lookupPlace(table, short); got != code {
				t.Errorf("%s: code %s is not found by itself: %q", file, code, got)
			}
		}
	}
}

func TestPlaceLookupDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		CountryCode("Vereinigte Staaten von Amerika")
		RegionCode("Québec")
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzPlaces(f *testing.F) {
	for _, s := range []string{"Fla.", "Côte d’Ivoire", "B & H", "\xff", "--", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, ok := foldPlace(nil, s)
		if ok && (len(key) > maxPlace || !utf8.Valid(key)) {
			t.Errorf("fold(%q) = %q", s, key)
		}
		if code, ok := CountryCode(s); ok {
			if again, _ := CountryCode(code); again != code {
				t.Errorf("%q → %q → %q", s, code, again)
			}
		}
		if code, country, ok := RegionCode(s); ok {
			if again, c, _ := RegionCode(code); again != code || c != country {
				t.Errorf("%q → %q → %q", s, code, again)
			}
		}
	})
}

func BenchmarkCountryCode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		CountryCode("United States")
	}
}
