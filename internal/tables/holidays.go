package tables

import (
	"fmt"
	"strings"
	"time"

	"leadhub/internal/plugin"
)

// LoadHolidays reads the list of a calendar's holidays, as ParseHolidays does. The
// error is for a file that cannot be read at all.
func LoadHolidays(path string, now time.Time) (days []time.Time, v string, stamp Stamp, problems []plugin.Problem, err error) {
	data, stamp, err := read(path)
	if err != nil {
		return nil, "", stamp, nil, err
	}
	days, problems = ParseHolidays(path, data)
	if len(days) > 0 {
		last := days[0]
		for _, d := range days {
			if d.After(last) {
				last = d
			}
		}
		if last.AddDate(0, 0, 1).Before(now) {
			problems = append(problems, plugin.Problem{
				File: path, Severity: plugin.SeverityWarning, Message: "all holidays are over: the last one was " + last.Format(time.DateOnly),
				Suggestion: fmt.Sprintf("add those of %d", now.Year()),
			})
		}
	}
	return days, version(data), stamp, problems, nil
}

// ParseHolidays reads one date per line, 2026-12-25, with the day's name or
// whatever else behind it in further columns. A first line that names the columns
// and lines that begin with # are left out. The days are nil if there was an error.
func ParseHolidays(path string, data []byte) ([]time.Time, []plugin.Problem) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return []time.Time{}, nil // nobody has to have holidays
	}
	s, ok := newSheet(path, data)
	if !ok {
		return nil, s.finish()
	}
	s.open("date")
	s.reader.Comment = '#'
	days, first := []time.Time{}, map[time.Time]int{}
	for n := 0; ; n++ {
		record, err := s.next()
		if err != nil {
			break
		}
		if n >= MaxRows {
			s.cellErrorf(0, "", "the list has more than %d lines", MaxRows)
			break
		}
		text := strings.TrimSpace(record[0])
		day, err := time.Parse(time.DateOnly, text)
		switch {
		case err == nil:
			if before, twice := first[day]; twice {
				s.cellNotef(0, "twice", "remove one of the two lines", "%s is in line %d already", text, before)
				continue
			}
			first[day] = s.line(0)
			days = append(days, day)
		case n == 0 && strings.IndexFunc(text, isDigit) < 0: // the names of the columns
		default:
			s.cellErrorf(0, dateAdvice(text), "%s is not a date", quote(text))
		}
	}
	if s.errors > 0 {
		return nil, s.finish()
	}
	return days, s.finish()
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// dateAdvice rewrites a date that can be read in one way only.
func dateAdvice(text string) string {
	for _, layout := range []string{
		"2.1.2006", "2 Jan 2006", "2 January 2006", "January 2, 2006", "January 2 2006", "Jan 2, 2006", "Jan 2 2006", "2006/1/2", "2006-1-2", "20060102",
		"Monday, January 2, 2006", "2-Jan-2006", time.RFC3339, time.DateTime,
	} {
		if d, err := time.Parse(layout, text); err == nil {
			return "write " + d.Format(time.DateOnly)
		}
	}
	american, errA := time.Parse("1/2/2006", text)
	european, errE := time.Parse("2/1/2006", text)
	switch {
	case errA == nil && (errE != nil || american.Equal(european)):
		return "write " + american.Format(time.DateOnly)
	case errE == nil && errA != nil:
		return "write " + european.Format(time.DateOnly)
	case errA == nil:
		return fmt.Sprintf("write %s, or %s", american.Format(time.DateOnly), european.Format(time.DateOnly))
	}
	return "write year, month and day: 2026-12-25"
}
