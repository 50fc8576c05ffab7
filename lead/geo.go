package lead

import (
	_ "embed" // the tables of names
	"strings"
	"unicode"
	"unicode/utf8"
)

// The tables hold one "name=code" a line, names folded as foldPlace folds them
// and sorted by their bytes, so that a lookup is a binary search in the text and
// needs no map and no start-up work. The names are those of ISO 3166, the usual
// English ones, those in German, French, Spanish, Italian, Portuguese and Dutch,
// and the country's own.
var (
	//go:embed countries.txt
	countryNames string
	//go:embed regions.txt
	regionNames string
)

// CountryCode returns the ISO 3166-1 alpha-2 code ("GB") for a country's name or
// code in any of the usual spellings: "UK", "U.K.", "GBR", "United Kingdom",
// "Royaume-Uni". Case, accents, full stops and extra spaces do not matter.
// ok is false for a name it does not know.
func CountryCode(name string) (code string, ok bool) {
	return lookupPlace(countryNames, name)
}

// RegionCode returns the two-letter code of a US state or territory or of a
// Canadian province, and the country it lies in: "Florida", "Fla." and "fl" give
// ("FL", "US", true), "Québec" gives ("QC", "CA", true). The codes of the two
// countries do not overlap. ok is false for every other region: those have no
// code in the lead and stay as sent.
//
// Some names and codes mean a country as well ("Georgia", "CA", "DE"): whoever
// calls must know that the text stands for a region.
func RegionCode(name string) (code, country string, ok bool) {
	v, ok := lookupPlace(regionNames, name)
	if !ok {
		return "", "", false
	}
	country, code, _ = strings.Cut(v, "-")
	return code, country, true
}

// PlaceKey returns the form of a place's name in which its spellings are equal:
// "Köln", "KOLN" and " koln " give "koln". It is "" for a name that is far too long.
func PlaceKey(name string) string {
	var buf [maxPlace]byte
	key, ok := foldPlace(buf[:0], name)
	if !ok {
		return ""
	}
	return string(key)
}

// lookupPlace finds the folded name in a table.
func lookupPlace(table, name string) (string, bool) {
	var buf [maxPlace]byte
	key, ok := foldPlace(buf[:0], name)
	if !ok || len(key) == 0 {
		return "", false
	}
	lo, hi := 0, len(table) // the line looked for, if any, starts in [lo, hi)
	for lo < hi {
		mid := lo + (hi-lo)/2
		start := strings.LastIndexByte(table[:mid], '\n') + 1
		end := len(table)
		if n := strings.IndexByte(table[start:], '\n'); n >= 0 {
			end = start + n
		}
		found, code, _ := strings.Cut(table[start:end], "=")
		switch {
		case found == string(key): // does not allocate
			return code, true
		case found < string(key):
			lo = end + 1
		default:
			hi = start
		}
	}
	return "", false
}

// maxPlace bounds a folded name; nothing in the tables is longer.
const maxPlace = 64

// foldPlace appends the form of a place's name that the tables are written in:
// lower case, without accents and full stops, words separated by one space.
// ok is false where the name does not fit into maxPlace bytes.
func foldPlace(dst []byte, name string) (key []byte, ok bool) {
	if len(name) > 4*maxPlace {
		return dst, false
	}
	space := false
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '=':
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r >= 0x300 && r <= 0x36f, strings.ContainsRune(".'’‘ʼʻ", r):
			continue // an accent on its own, a full stop, an apostrophe
		case strings.ContainsRune(" -_,/–&", r), unicode.IsSpace(r):
			if r == '&' {
				dst = append(appendSpace(dst), "and"...)
			}
			space = true
			continue
		}
		if space {
			dst = appendSpace(dst)
		}
		space = false
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r&0x7f))
		} else {
			dst = appendUnaccented(dst, unicode.ToLower(r))
		}
		if len(dst) > maxPlace {
			return dst, false
		}
	}
	return dst, len(dst) <= maxPlace
}

// appendSpace appends a space, but neither at the start nor after another.
func appendSpace(dst []byte) []byte {
	if len(dst) == 0 || dst[len(dst)-1] == ' ' {
		return dst
	}
	return append(dst, ' ')
}

// appendUnaccented appends a Latin letter without its accent, any other as it is.
func appendUnaccented(dst []byte, r rune) []byte {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą', 'ả', 'ạ', 'ậ':
		return append(dst, 'a')
	case 'ç', 'ć', 'č':
		return append(dst, 'c')
	case 'ď', 'đ', 'ð':
		return append(dst, 'd')
	case 'è', 'é', 'ê', 'ë', 'ē', 'ė', 'ę', 'ě', 'ệ', 'ế':
		return append(dst, 'e')
	case 'ğ':
		return append(dst, 'g')
	case 'ì', 'í', 'î', 'ï', 'ī', 'ı', 'į':
		return append(dst, 'i')
	case 'ķ':
		return append(dst, 'k')
	case 'ł', 'ļ', 'ľ':
		return append(dst, 'l')
	case 'ñ', 'ń', 'ň', 'ņ':
		return append(dst, 'n')
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ő', 'ō':
		return append(dst, 'o')
	case 'ř':
		return append(dst, 'r')
	case 'ś', 'š', 'ş', 'ș':
		return append(dst, 's')
	case 'ť', 'ţ', 'ț':
		return append(dst, 't')
	case 'ù', 'ú', 'û', 'ü', 'ū', 'ů', 'ű':
		return append(dst, 'u')
	case 'ý', 'ÿ':
		return append(dst, 'y')
	case 'ź', 'ż', 'ž':
		return append(dst, 'z')
	case 'ß':
		return append(dst, "ss"...)
	case 'æ':
		return append(dst, "ae"...)
	case 'œ':
		return append(dst, "oe"...)
	case 'þ':
		return append(dst, "th"...)
	}
	return utf8.AppendRune(dst, r)
}
