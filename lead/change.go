package lead

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is a field of a lead and what it becomes: what `set:` of a route does.
type Change struct {
	// Field is one of ChangeableFields, or "custom." and a name.
	Field string `json:"field"`
	// Values holds one value, of tags and reasons any number of them. A number is
	// written as a text.
	Values []string `json:"values"`
}

// String writes the change as the configuration does: status: working.
func (c Change) String() string {
	if c.list() {
		return c.Field + ": [" + strings.Join(c.Values, ", ") + "]"
	}
	return c.Field + ": " + strings.Join(c.Values, ", ")
}

func (c Change) list() bool { return c.Field == "tags" || c.Field == "reasons" }

// CustomField is the beginning of the names of the fields below Custom.
const CustomField = "custom."

// ChangeableFields returns the fields that a Change can be about, without those
// below "custom.". What makes the lead this lead and no other (its ids, names,
// addresses, source) is not among them.
func ChangeableFields() []string {
	return []string{
		"status", "lead_potential", "score", "confidence", "tags", "reasons",
		"company.industry", "company.segment", "company.region", "company.country",
	}
}

// The bounds of a change.
const (
	MaxChangeText  = 1000 // characters of one value
	MaxChangeTexts = 50   // values of a list
)

// ChangeError says why a change cannot be made.
type ChangeError struct {
	Message    string // what is wrong
	Suggestion string // what to write instead; "" where there is no telling
}

// Error returns the message.
func (e *ChangeError) Error() string { return e.Message }

// Check says whether the change can be made, to whatever lead; else it returns a
// *ChangeError.
func (c Change) Check() error {
	name, custom := strings.CutPrefix(c.Field, CustomField)
	switch {
	case custom && strings.TrimSpace(name) == "":
		return &ChangeError{"`custom` is a group of fields: which of them?", "write custom.name"}
	case !custom && !slices.Contains(ChangeableFields(), c.Field):
		return &ChangeError{"`" + c.Field + "` cannot be set", ""}
	case !c.list() && len(c.Values) != 1:
		return &ChangeError{"`" + c.Field + "` takes one value", ""}
	case c.list() && len(c.Values) > MaxChangeTexts:
		return &ChangeError{"`" + c.Field + "` takes at most " + strconv.Itoa(MaxChangeTexts) + " values", ""}
	}
	for _, v := range c.Values {
		switch {
		case strings.TrimSpace(v) == "":
			return &ChangeError{"a value of `" + c.Field + "` is empty", "remove it"}
		case len([]rune(v)) > MaxChangeText:
			return &ChangeError{"a value of `" + c.Field + "` is longer than " + strconv.Itoa(MaxChangeText) + " characters", ""}
		}
	}
	if c.list() {
		return nil
	}
	return c.checkValue(c.Values[0])
}

// checkValue checks the values of the fields that cannot hold any text.
func (c Change) checkValue(v string) error {
	switch c.Field {
	case "lead_potential":
		words := []Potential{PotentialHigh, PotentialMedium, PotentialLow, PotentialUnknown}
		if !slices.Contains(words, Potential(v)) {
			suggestion := "it can be high, medium, low or unknown"
			if slices.Contains(words, Potential(strings.ToLower(v))) {
				suggestion = "write " + strings.ToLower(v)
			}
			return &ChangeError{"`lead_potential` cannot be \"" + v + "\"", suggestion}
		}
	case "score", "confidence":
		if n, err := strconv.Atoi(v); err != nil || n < 0 || n > 100 {
			return &ChangeError{"`" + c.Field + "` is a whole number from 0 to 100, and \"" + v + "\" is not", ""}
		}
	case "status":
		if lower := strings.ToLower(v); lower != v {
			return &ChangeError{"`status` is written in small letters", "write " + lower}
		}
	case "company.region":
		if code, _, ok := RegionCode(v); ok && code != v {
			return &ChangeError{"a region of the United States or Canada is written as its two letters", "write " + code}
		}
	case "company.country":
		switch code, ok := CountryCode(v); {
		case !ok:
			return &ChangeError{"\"" + v + "\" is no country", "write its two ISO 3166 letters, as US"}
		case code != v:
			return &ChangeError{"a country is written as its two ISO 3166 letters, in capitals", "write " + code}
		}
	}
	return nil
}

// Change makes changes, in their order. A tag or a reason is added, without
// repeats, to those there are; every other field is replaced. The lead's id,
// revision and keys stay what they are. Lists and maps are copied before they are
// changed: other leads may share them. A change that Check refuses is left out.
func (l *Lead) Change(changes []Change) {
	ownCustom := false
	for _, c := range changes {
		if c.Check() != nil {
			continue
		}
		if name, ok := strings.CutPrefix(c.Field, CustomField); ok {
			if !ownCustom {
				if l.Custom = maps.Clone(l.Custom); l.Custom == nil {
					l.Custom = map[string]string{}
				}
				ownCustom = true
			}
			l.Custom[name] = c.Values[0]
			continue
		}
		l.change(c)
	}
}

func (l *Lead) change(c Change) {
	switch c.Field {
	case "tags":
		l.Tags = withTexts(l.Tags, c.Values)
	case "reasons":
		l.Reasons = withTexts(l.Reasons, c.Values)
	case "status":
		l.Status = c.Values[0]
	case "lead_potential":
		l.LeadPotential = Potential(c.Values[0])
	case "score":
		l.Score = percent(c.Values[0])
	case "confidence":
		l.Confidence = percent(c.Values[0])
	case "company.industry":
		l.Company.Industry = c.Values[0]
	case "company.segment":
		l.Company.Segment = c.Values[0]
	case "company.region":
		l.Company.Address.Region = c.Values[0]
	case "company.country":
		l.Company.Address.Country = c.Values[0]
	}
}

func percent(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// withTexts returns a list with more entries, each once; list is not written into.
func withTexts(list, more []string) []string {
	list = slices.Clip(list)
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
