package rules

import (
	"maps"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Calendar says when people are there: opening hours by the clock on the wall of a
// time zone, but on holidays. It is immutable and safe for concurrent use.
type Calendar struct {
	name, version string
	hours         Hours
	loc           *time.Location
	holidays      map[date]struct{}
}

type date struct {
	year  int
	month time.Month
	day   int
}

// NewCalendar makes a calendar. version names the content of its list of holidays;
// "" without one. Of the holidays only the dates count. A span of hours that
// begins on a holiday is left out as a whole; one that began the evening before
// goes on to its end.
func NewCalendar(name, version string, hours Hours, loc *time.Location, holidays []time.Time) *Calendar {
	c := &Calendar{name: name, version: version, hours: hours, loc: loc, holidays: make(map[date]struct{}, len(holidays))}
	for _, h := range holidays {
		y, m, d := h.Date()
		c.holidays[date{y, m, d}] = struct{}{}
	}
	return c
}

// Name returns the calendar's name in the configuration.
func (c *Calendar) Name() string { return c.name }

// Version returns the short hash of its holidays; "" where it has no list of them.
func (c *Calendar) Version() string { return c.version }

// Hours returns its opening hours.
func (c *Calendar) Hours() Hours { return c.hours }

// Location returns its time zone.
func (c *Calendar) Location() *time.Location { return c.loc }

// Open says whether the calendar is open at a time. Only what the clock on the wall
// shows counts: in the hour that a change of the clocks repeats, twice.
func (c *Calendar) Open(t time.Time) bool {
	local := t.In(c.loc)
	y, m, d := local.Date()
	minute := local.Hour()*60 + local.Minute()
	return c.within(y, m, d, minute) || c.within(y, m, d-1, minute+dayMinutes)
}

// within says whether a span that begins on a date holds a minute, counted from
// the midnight before. The day may be 0: the last of the month before.
func (c *Calendar) within(y int, m time.Month, d, minute int) bool {
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC) // only the date counts: in UTC every date has a midnight
	spans := c.hours.days[day.Weekday()]
	if len(spans) == 0 || len(c.holidays) > 0 && c.holiday(day) {
		return false
	}
	return slices.ContainsFunc(spans, func(s opening) bool { return minute >= s.from && minute < s.to })
}

func (c *Calendar) holiday(day time.Time) bool {
	y, m, d := day.Date()
	_, off := c.holidays[date{y, m, d}]
	return off
}

// horizon bounds the search for the next opening: a calendar that holidays keep
// closed for longer counts as one that never opens.
const horizon = 400 * 24 * time.Hour

// Next returns t where the calendar is open at t, else when it opens next; false
// where it does not within 400 days.
func (c *Calendar) Next(t time.Time) (time.Time, bool) {
	if c.Open(t) {
		return t, true
	}
	return c.change(t, true)
}

// Until returns when the calendar closes, for a time at which it is open; false
// where it does not within 400 days.
func (c *Calendar) Until(t time.Time) (time.Time, bool) { return c.change(t, false) }

// change returns the first instant after t at which the calendar is open, or is
// not. It goes through the stretches of time in which the clocks do not change:
// within one, the time on the wall and the instant differ by a constant.
func (c *Calendar) change(t time.Time, open bool) (time.Time, bool) {
	limit := t.Add(horizon)
	for from := t; from.Before(limit); {
		_, end := from.In(c.loc).ZoneBounds()
		if end.IsZero() || end.After(limit) {
			end = limit
		}
		if at, ok := c.changeWithin(from, end, open); ok {
			return at, true
		}
		// The clocks change: what they show now may be another answer.
		if from = end; from.Before(limit) && c.Open(from) == open {
			return from, true
		}
	}
	return time.Time{}, false
}

// changeWithin is change for from < instant < end with one offset from UTC.
func (c *Calendar) changeWithin(from, end time.Time, open bool) (time.Time, bool) {
	local := from.In(c.loc)
	_, offset := local.Zone()
	shift := time.Duration(offset) * time.Second
	y, m, d := local.Date()
	for day := time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC); day.Add(-shift).Before(end); day = day.AddDate(0, 0, 1) {
		at, ok := c.changeOn(day, shift, from, end, open)
		if !ok {
			continue
		}
		// A span that runs over midnight may end after one of the next day changed it already.
		if sooner, ok := c.changeOn(day.AddDate(0, 0, 1), shift, from, at, open); ok {
			at = sooner
		}
		return at.In(c.loc), true
	}
	return time.Time{}, false
}

// changeOn returns the first change between from and end, without the two, that is
// an edge of a span that begins on a day.
func (c *Calendar) changeOn(day time.Time, shift time.Duration, from, end time.Time, open bool) (time.Time, bool) {
	found := false
	for _, s := range c.hours.days[day.Weekday()] {
		edge := s.to
		if open {
			edge = s.from
		}
		at := day.Add(time.Duration(edge) * time.Minute).Add(-shift)
		if at.After(from) && at.Before(end) && c.Open(at) == open {
			end, found = at, true
		}
	}
	return end, found
}

// Say describes the calendar at a time: "open on Fri 16:02, until 18:00", "closed
// on Fri 18:02, opens Mon 09:00".
func (c *Calendar) Say(t time.Time) string {
	local := t.In(c.loc)
	word, verb, layout := "closed", "opens", "Mon 15:04"
	var at time.Time
	var ok bool
	if c.Open(t) {
		word, verb = "open", "until"
		at, ok = c.Until(t)
	} else {
		at, ok = c.Next(t)
	}
	said := word + " on " + local.Format("Mon 15:04")
	if !ok {
		return said
	}
	switch days := at.Sub(t); {
	case word == "open" && at.YearDay() == local.YearDay():
		layout = "15:04"
	case days > 6*24*time.Hour:
		layout = "Mon 2 Jan 2006 15:04"
	}
	return said + ", " + verb + " " + at.Format(layout)
}

// buildInHours compiles in_hours("us-east"): whether the calendar was open when the
// event was received.
func buildInHours(c *checker, n ast.Node, args []ast.Node) operand {
	at := c.src.start(args[0])
	s, ok := args[0].(*ast.StringNode)
	if !ok {
		suggestion := `in_hours("us-east")`
		if id, ok := args[0].(*ast.IdentifierNode); ok && c.compiler.data.Calendar(id.Value) != nil {
			suggestion = "in_hours(" + quote(id.Value) + ")"
		}
		c.errorf(at, suggestion, "the calendar's name is a text and must be written in the condition")
		return bad()
	}
	cal := c.compiler.data.Calendar(s.Value)
	if cal == nil {
		c.unknownCalendar(at, s.Value)
		return bad()
	}
	c.sees(cal.name, func(s *Scope) string {
		if s.in.ReceivedAt.IsZero() {
			return ""
		}
		return s.Calendar(cal).Say(s.in.ReceivedAt)
	})
	return tested(n, func(s *Scope) Truth {
		if s.in.ReceivedAt.IsZero() {
			return Missing
		}
		return truth(s.Calendar(cal).Open(s.in.ReceivedAt))
	})
}

func (c *checker) unknownCalendar(at int, name string) {
	var names []string
	if d := c.compiler.data; d != nil {
		names = slices.Sorted(maps.Keys(d.Calendars))
	}
	switch near := nearest(name, names); {
	case len(names) == 0:
		c.errorf(at, `add it to `+"`calendars:`"+`, with its hours`, "the configuration has no calendars")
	case near != "":
		c.errorf(at, quote(near), "there is no calendar %s", quote(name))
	default:
		c.errorf(at, "add it to `calendars:`; there are "+listed(names), "there is no calendar %s", quote(name))
	}
}
