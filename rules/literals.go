package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"leadhub/lead"
)

// checkLiteral looks at a literal that is compared with a name whose values have
// a fixed form: enumerations, regions, countries, percentages, lower case.
func (c *checker) checkLiteral(x *ast.BinaryNode, name, lit operand) {
	if lit.fixed == nil || name.fixed != nil || unexpanded(lit) {
		return
	}
	at := c.src.start(lit.node)
	if lit.fixed.kind == kNumber {
		if name.entry != nil && name.entry.form == formPercent {
			c.percent(at, name, lit.fixed.num)
		}
		return
	}
	if lit.fixed.kind != kText {
		return
	}
	text := lit.fixed.text
	if text == "" && x.Operator != "??" {
		c.errorf(at, emptyTest(c.src.text(name.node), x.Operator), "an empty text counts as missing: this is never true")
		return
	}
	c.literalCase(name, lit)
	if name.entry == nil {
		return
	}
	if len(name.entry.Values) > 0 {
		c.enumerated(at, name, text)
		return
	}
	switch name.entry.form {
	case formRegion:
		c.region(at, text)
	case formCountry:
		c.country(at, text)
	case formDomain:
		c.domain(at, text)
	case formLower:
		if lower := strings.ToLower(text); lower != text {
			c.warnf(at, quote(lower), "%s is always in lower case: this is never equal", c.src.text(name.node))
		} else if strings.HasPrefix(text, "@") && (name.entry.Name.Name == "email" || name.entry.Name.Name == "company.email") {
			c.warnf(at, c.src.text(name.node)+" endsWith "+quote(text), "no whole address begins with @")
		}
	default:
	}
}

// unexpanded says whether a literal holds a variable of the configuration that is
// not set, as it may be where one only looks: then nothing is known about it.
func unexpanded(lit operand) bool {
	return lit.fixed != nil && lit.fixed.kind == kText && strings.Contains(lit.fixed.text, "${")
}

func emptyTest(name, operator string) string {
	if operator == "!=" {
		return "has(" + name + ")"
	}
	return "not has(" + name + ")"
}

// enumerated answers `lead_potential == "High"`.
func (c *checker) enumerated(at int, name operand, text string) {
	values := name.entry.Values
	if slices.Contains(values, text) {
		return
	}
	suggestion := ""
	if n := nearest(text, values); n != "" {
		suggestion = quote(n)
	} else if s := synonym(text); slices.Contains(values, s) {
		suggestion = quote(s)
	}
	c.errorf(at, suggestion, "%s has no value %s; it has %s", c.src.text(name.node), quote(text), listed(values))
}

// synonym returns the value of an enumeration that people mean by a word.
func synonym(word string) string {
	switch strings.ToLower(strings.Trim(word, " .")) {
	case "hot", "a", "best":
		return string(lead.PotentialHigh)
	case "warm", "b", "mid", "middle", "average":
		return string(lead.PotentialMedium)
	case "cold", "c", "poor":
		return string(lead.PotentialLow)
	case "none", "null", "n/a", "missing":
		return string(lead.PotentialUnknown)
	case "c-level", "clevel", "c-suite", "executive", "cxo", "ceo", "cfo", "cto", "chief":
		return string(lead.SeniorityCLevel)
	case "vice president", "vice_president", "svp", "evp":
		return string(lead.SeniorityVP)
	case "individual contributor", "individual_contributor", "staff", "entry":
		return string(lead.SeniorityIC)
	case "contact", "human", "people":
		return string(lead.KindPerson)
	case "account", "organisation", "organization", "business":
		return string(lead.KindCompany)
	default:
		return ""
	}
}

// listed joins the values of an enumeration for a message.
func listed(values []string) string {
	quoted := make([]string, 0, len(values))
	for i, v := range values {
		if i == 10 {
			quoted = append(quoted, "…")
			break
		}
		quoted = append(quoted, quote(v))
	}
	return strings.Join(quoted, ", ")
}

// region answers `company.region == "Florida"`. Regions outside the United States
// and Canada are free texts.
func (c *checker) region(at int, text string) {
	code, _, ok := lead.RegionCode(text)
	switch {
	case !ok || code == text:
		return
	case strings.EqualFold(code, text):
		c.warnf(at, quote(code), "regions are written in capitals")
	default:
		c.errorf(at, quote(code), "a region of the United States or Canada is written as its two letters")
	}
}

// country answers `company.country == "USA"`.
func (c *checker) country(at int, text string) {
	code, ok := lead.CountryCode(text)
	switch {
	case code == text && ok:
		return
	case ok:
		c.errorf(at, quote(code), "a country is written as its two ISO 3166 letters, in capitals")
	default:
		c.errorf(at, `"US"`, "%s is no country's two ISO 3166 letters", quote(text))
	}
}

// domain answers `company.domain == "https://www.Acme.com/"`.
func (c *checker) domain(at int, text string) {
	clean := strings.ToLower(text)
	if _, rest, ok := strings.Cut(clean, "://"); ok {
		clean = rest
	}
	clean, _, _ = strings.Cut(clean, "/")
	if i := strings.LastIndexByte(clean, '@'); i >= 0 {
		clean = clean[i+1:]
	}
	clean = strings.TrimPrefix(clean, "www.")
	if clean != text && clean != "" {
		c.warnf(at, quote(clean), "a domain is kept as acme.com, in lower case: this is never equal")
	}
}

// percent warns about `score >= 0.8`.
func (c *checker) percent(at int, name operand, n float64) {
	field := c.src.text(name.node)
	switch {
	case n > 0 && n < 1:
		c.warnf(at, showNumber(float64(int(n*100+0.5))), "%s runs from 0 to 100", field)
	case n < 0 || n > 100:
		c.warnf(at, strconv.Itoa(int(min(max(n, 0), 100))), "%s runs from 0 to 100", field)
	}
}
