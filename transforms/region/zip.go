package region

import (
	"fmt"
	"strings"
)

// zipRanges are the first three digits of US ZIP codes by state, as the Postal
// Service assigns them. They tell a US state from the same two letters elsewhere:
// "MI 20121" is Milan, not Michigan.
const zipRanges = `
	AL 350-369; AK 995-999; AZ 850-865; AR 716-729 755-755; CA 900-961; CO 800-816; CT 060-069; DC 200-200 202-205 569-569; DE 197-199;
	FL 320-349; GA 300-319 398-399; HI 967-968; IA 500-528; ID 832-838; IL 600-629; IN 460-479; KS 660-679; KY 400-427; LA 700-714;
	MA 010-027 055-055; MD 206-219; ME 039-049; MI 480-499; MN 550-567; MO 630-658; MS 386-397; MT 590-599; NC 270-289; ND 580-588;
	NE 680-693; NH 030-038; NJ 070-089; NM 870-884; NV 889-898; NY 005-005 063-063 100-149; OH 430-459; OK 730-749; OR 970-979;
	PA 150-196; RI 028-029; SC 290-299; SD 570-577; TN 370-385; TX 733-733 750-799 885-885; UT 840-847; VA 201-201 220-246; VT 050-059;
	WA 980-994; WI 530-549; WV 247-268; WY 820-831 834-834; PR 006-007 009-009; VI 008-008; GU 969-969; MP 969-969; AS 967-967
`

// zips returns the states by the first three digits of their ZIP codes.
func zips() map[string][]string {
	m := map[string][]string{}
	for entry := range strings.SplitSeq(zipRanges, ";") {
		words := strings.Fields(entry)
		for _, w := range words[1:] {
			from, to, _ := strings.Cut(w, "-")
			for n := number(from); n <= number(to); n++ {
				key := fmt.Sprintf("%03d", n)
				m[key] = append(m[key], words[0])
			}
		}
	}
	return m
}

func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// isZIP says whether s has the form of a US ZIP code: "32801" or "32801-1234".
func isZIP(s string) bool {
	return matches(s, "00000") || matches(s, "00000-0000")
}

// isPostal says whether s has the form of a Canadian postal code: "M5V 2T6".
func isPostal(s string) bool {
	return matches(s, "A0A 0A0") || matches(s, "A0A0A0") || matches(s, "A0A-0A0")
}

// matches compares with a pattern in which 0 stands for a digit and A for a letter.
func matches(s, pattern string) bool {
	if len(s) != len(pattern) {
		return false
	}
	for i := range len(s) {
		ok := s[i] == pattern[i]
		switch c := s[i] | 0x20; pattern[i] {
		case '0':
			ok = '0' <= s[i] && s[i] <= '9'
		case 'A':
			ok = 'a' <= c && c <= 'z'
		}
		if !ok {
			return false
		}
	}
	return true
}

// provinces returns the Canadian provinces of a postal code's first letter.
func provinces(postal string) string {
	switch postal[0] | 0x20 {
	case 'a':
		return "NL"
	case 'b':
		return "NS"
	case 'c':
		return "PE"
	case 'e':
		return "NB"
	case 'g', 'h', 'j':
		return "QC"
	case 'k', 'l', 'm', 'n', 'p':
		return "ON"
	case 'r':
		return "MB"
	case 's':
		return "SK"
	case 't':
		return "AB"
	case 'v':
		return "BC"
	case 'x':
		return "NT NU"
	case 'y':
		return "YT"
	}
	return ""
}
