package plugin

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Duration is a length of time as people write it in the configuration: "10s",
// "2h30m", "7d". Convert it with time.Duration(d).
type Duration time.Duration

// The units a duration may have. A day is 24 hours and a week 7 days.
const (
	day  = 24 * time.Hour
	week = 7 * day
	// maxDuration keeps sums of durations far from overflow: ten years.
	maxDuration = 3650 * day
)

// ValueError is what UnmarshalYAML of a configuration type may return to say
// what to write instead. Neither part may quote a secret.
type ValueError struct {
	Message    string // what is wrong
	Suggestion string // what to write instead, may be ""
}

// Error returns the message and the suggestion.
func (e *ValueError) Error() string {
	if e.Suggestion == "" {
		return e.Message
	}
	return e.Message + ": " + e.Suggestion
}

// String writes the duration as it would be written in the configuration.
func (d Duration) String() string {
	rest := time.Duration(d)
	if rest == 0 {
		return "0s"
	}
	var b strings.Builder
	if rest < 0 {
		b.WriteByte('-')
		rest = -rest
	}
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := rest / u.unit; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			rest -= n * u.unit
		}
	}
	if rest > 0 {
		b.WriteString(rest.String())
	}
	return b.String()
}

// MarshalText writes what String writes.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML reads a scalar. Its error is a *ValueError.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &ValueError{Message: "want one duration", Suggestion: "for example 10s, 5m, 2h30m or 7d"}
	}
	v, err := ParseDuration(n.Value)
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// ParseDuration reads "10s", "2h30m", "7d" or "1.5h". Its error is a *ValueError.
// Negative durations and those over ten years are refused.
func ParseDuration(text string) (Duration, error) {
	s := strings.TrimSpace(text)
	if s == "" {
		return 0, &ValueError{Message: "want a duration", Suggestion: "for example 10s, 5m, 2h30m or 7d"}
	}
	if s == "0" {
		return 0, nil
	}
	if strings.HasPrefix(s, "-") {
		return 0, &ValueError{Message: "a duration cannot be negative"}
	}
	total, ok := sum(s)
	if !ok {
		return 0, durationHelp(s)
	}
	if total > float64(maxDuration) {
		return 0, &ValueError{Message: strconv.Quote(s) + " is too long", Suggestion: "at most 3650d"}
	}
	return Duration(math.Round(total)), nil
}

// sum adds up the parts of "2h30m", in nanoseconds.
func sum(s string) (total float64, ok bool) {
	for rest := s; rest != ""; {
		number, unit, after := nextPart(rest)
		rest = after
		n, err := strconv.ParseFloat(number, 64)
		size, known := unitOf(unit)
		if err != nil || !known {
			return 0, false
		}
		total += n * float64(size)
	}
	return total, true
}

// nextPart cuts "30m" off "30m10s".
func nextPart(s string) (number, unit, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		return s, "", ""
	}
	number, s = s[:i], s[i:]
	j := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' })
	if j < 0 {
		return number, s, ""
	}
	return number, s[:j], s[j:]
}

func unitOf(name string) (time.Duration, bool) {
	switch name {
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	case "d":
		return day, true
	case "w":
		return week, true
	default:
		return 0, false
	}
}

// durationHelp guesses what was meant: "30" or "5 minutes".
func durationHelp(s string) *ValueError {
	e := &ValueError{Message: strconv.Quote(s) + " is not a duration", Suggestion: "for example 10s, 5m, 2h30m or 7d"}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		e.Message = strconv.Quote(s) + " has no unit"
		e.Suggestion = "write " + s + "s for seconds, " + s + "m for minutes or " + s + "h for hours"
		return e
	}
	var guess strings.Builder
	for rest := strings.Join(strings.Fields(strings.ToLower(s)), ""); rest != ""; {
		number, unit, after := nextPart(rest)
		rest = after
		if number == "" || strings.TrimFunc(unit, unicode.IsLetter) != "" {
			return e
		}
		short := shortUnit(unit)
		if short == "" {
			return e
		}
		guess.WriteString(number + short)
	}
	if total, ok := sum(guess.String()); ok && total <= float64(maxDuration) {
		e.Suggestion = "write " + guess.String()
	}
	return e
}

// shortUnit returns "m" for "min", "mins", "minute" or "minutes"; "" for what is no unit.
func shortUnit(word string) string {
	switch word {
	case "s":
		return "s"
	case "ms":
		return "ms"
	}
	switch strings.TrimSuffix(word, "s") {
	case "sec", "second":
		return "s"
	case "m", "min", "minute":
		return "m"
	case "h", "hr", "hour":
		return "h"
	case "d", "day":
		return "d"
	case "w", "wk", "week":
		return "w"
	case "milli", "msec", "millisecond":
		return "ms"
	default:
		return ""
	}
}
