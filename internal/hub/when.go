package hub

import (
	"strings"
	"time"

	"leadhub/internal/plugin"
)

// Direction says which way a time without a date lies: "2h", "14:00", "monday".
type Direction bool

// The directions.
const (
	Past   Direction = false // 2h: two hours ago; monday: the last one, today included
	Future Direction = true  // 2h: in two hours; monday: the next one, today not included
)

// When reads a time as people write it, in their time zone:
//
//	now, today, yesterday, tomorrow, monday      the beginning of that day
//	2h, 90m, 1h30m, 7d, 2w                       so far back, or ahead; also "2h ago" and "in 2h"
//	14:00, yesterday 9:30, monday 14:00          a time of day
//	2026-11-19, 2026-11-19 14:00, 2026-11-19T14:00:05Z
//
// Days and weeks are counted in the calendar, so that "1d" is the same time of day
// also where the clocks changed. what names the flag in the error, a *UsageError.
func When(what, text string, zone *time.Location, now time.Time, direction Direction) (time.Time, error) {
	now = now.In(zone)
	folded := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if t, ok := offset(folded, now, direction); ok {
		return t, nil
	}
	if t, ok := dated(strings.TrimSpace(text), zone); ok {
		return t, nil
	}
	word, clock, _ := strings.Cut(folded, " ")
	day, ok := dayOf(word, now, direction)
	switch {
	case ok && clock == "":
		return day, nil
	case !ok && clock == "":
		day, clock, ok = midnight(now, 0), word, true
	}
	if at, err := time.Parse("15:04", clock); ok && err == nil {
		t := time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, zone)
		if direction == Future && clock == word && t.Before(now) {
			t = time.Date(day.Year(), day.Month(), day.Day()+1, at.Hour(), at.Minute(), 0, 0, zone)
		}
		return t, nil
	}
	back := "how far back (30m, 2h, 7d)"
	if direction == Future {
		back = "how long from now (30m, 2h, 7d)"
	}
	return time.Time{}, usagef("%s %q is not a time: write %s, a day (today, yesterday, 2026-11-19) or a time (14:00, 2026-11-19 14:00, in %s)", what, text, back, zone)
}

// offset reads "now", "2h", "2h ago" and "in 2h".
func offset(text string, now time.Time, direction Direction) (time.Time, bool) {
	if text == "now" {
		return now, true
	}
	if rest, ok := strings.CutSuffix(text, " ago"); ok {
		text, direction = rest, Past
	} else if rest, ok := strings.CutPrefix(text, "in "); ok {
		text, direction = rest, Future
	}
	d, err := plugin.ParseDuration(text)
	if err != nil {
		return time.Time{}, false
	}
	const day = 24 * time.Hour
	span := time.Duration(d)
	days := int(span / day)
	if !strings.ContainsAny(text, "dw") { // 48h are 48 hours
		days = 0
	}
	rest := span - time.Duration(days)*day
	if direction == Past {
		return now.AddDate(0, 0, -days).Add(-rest), true
	}
	return now.AddDate(0, 0, days).Add(rest), true
}

// dated reads a time that names its date.
func dated(text string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// dayOf returns the beginning of the day that a word names.
func dayOf(word string, now time.Time, direction Direction) (time.Time, bool) {
	switch word {
	case "today":
		return midnight(now, 0), true
	case "yesterday":
		return midnight(now, -1), true
	case "tomorrow":
		return midnight(now, 1), true
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if word != name && word != name[:3] {
			continue
		}
		away := (int(now.Weekday()) - int(d) + 7) % 7
		if direction == Past {
			return midnight(now, -away), true
		}
		return midnight(now, 7-away), true
	}
	return time.Time{}, false
}

// midnight is the beginning of the day so many days from now.
func midnight(now time.Time, days int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, 0, 0, 0, 0, now.Location())
}

// span is a range of time as a person gave it: from included, until not.
type span struct{ from, until time.Time }

// between reads --from and --until. Without from it begins with the first event,
// without until it ends now.
func between(from, until string, zone *time.Location, now time.Time) (span, error) {
	var s span
	var err error
	if from != "" {
		if s.from, err = When("--from", from, zone, now, Past); err != nil {
			return s, err
		}
	}
	s.until = now
	if until != "" {
		if s.until, err = When("--until", until, zone, now, Past); err != nil {
			return s, err
		}
	}
	if !s.from.Before(s.until) {
		return s, usagef("--from %s is not before --until %s: the range is empty", s.from.In(zone).Format("2006-01-02 15:04"), s.until.In(zone).Format("2006-01-02 15:04"))
	}
	return s, nil
}
