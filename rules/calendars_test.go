package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func hours(t testing.TB, texts ...string) Hours {
	t.Helper()
	h, err := ParseHours(texts)
	if err != nil {
		t.Fatalf("%q: %v", texts, err)
	}
	return h
}

func TestParseHours(t *testing.T) {
	for text, want := range map[string]string{
		"Mon-Fri 09:00-18:00":                                "Mon 09:00-18:00, Tue 09:00-18:00, Wed 09:00-18:00, Thu 09:00-18:00, Fri 09:00-18:00",
		"Mon-Tue 09:00-18:00, Sat 10:00-14:00":               "Mon 09:00-18:00, Tue 09:00-18:00, Sat 10:00-14:00",
		"mon, wed 9:00-12:00 13:00-17:00":                    "Mon 09:00-12:00 13:00-17:00, Wed 09:00-12:00 13:00-17:00",
		"Monday 13:00-17:00, 09:00-12:00":                    "Mon 09:00-12:00 13:00-17:00",
		"Sat-Mon 10:00–11:30":                                "Mon 10:00-11:30, Sat 10:00-11:30, Sun 10:00-11:30",
		"Fri 22:00-06:00":                                    "Fri 22:00-06:00",
		"Thurs 22:00 - 24:00; Tues 00:00-24:00":              "Tue 00:00-24:00, Thu 22:00-24:00",
		"22:00-02:00":                                        "Mon 22:00-02:00, Tue 22:00-02:00, Wed 22:00-02:00, Thu 22:00-02:00, Fri 22:00-02:00, Sat 22:00-02:00, Sun 22:00-02:00",
		"daily 00:00-24:00":                                  "Mon 00:00-24:00, Tue 00:00-24:00, Wed 00:00-24:00, Thu 00:00-24:00, Fri 00:00-24:00, Sat 00:00-24:00, Sun 00:00-24:00",
		"Tue|Mon 01:00-02:00|Sun 03:00-04:00":                "!",
		"Mon 01:00-02:00\nSun 03:00-04:00":                   "Mon 01:00-02:00, Sun 03:00-04:00",
		"Sunday 10:00-11:00 Sun 12:00-13:00 Mon 00:00-00:30": "Mon 00:00-00:30, Sun 10:00-11:00 12:00-13:00",
	} {
		h, err := ParseHours([]string{text})
		if want == "!" {
			if err == nil {
				t.Errorf("%q is read as %v", text, h)
			}
			continue
		}
		if err != nil || h.String() != want {
			t.Errorf("%q: %v (%v), want %s", text, h, err, want)
			continue
		}
		if again := hours(t, h.String()); again.String() != want {
			t.Errorf("%q: written and read again it is %v", text, again)
		}
	}
	if h := hours(t, "Mon 09:00-12:00", "Tue 10:00-11:00"); h.String() != "Mon 09:00-12:00, Tue 10:00-11:00" {
		t.Errorf("a list means all of them: %v", h)
	}
}

func TestHoursMistakes(t *testing.T) {
	for _, tt := range []struct {
		text, message, suggestion string
		at                        int
	}{
		{"", "there are no hours", `write "Mon-Fri 09:00-18:00"`, 0},
		{"Mon-Fri", "these days have no hours", "write from when to when: 09:00-18:00", 7},
		{"Mon 09:00-18:00, Sat", "these days have no hours", "write from when to when: 09:00-18:00", 20},
		{"Mon-Fri 9am-5pm", "times are written from 00:00 to 24:00, without am and pm", "write 09:00", 8},
		{"Mon-Fri 09:00-5:30 PM", "times are written from 00:00 to 24:00, without am and pm", "write 17:30", 14},
		{"Mon-Fri 9-17", "a time of day has hours and minutes", "write 09:00", 8},
		{"Mon-Fri 09:00 to 17:00", "a span of time has an end", "write from when to when: 09:00-18:00", 13},
		{"Mon to Fri 09:00-17:00", `"to" is not a day`, "write a dash: Mon-Fri, 09:00-18:00", 4},
		{"Mo-Fr 25:00-26:00", "this is not a time of day", "times of day are from 00:00 to 24:00", 6},
		{"Mon 09:60-10:00", "this is not a time of day", "times of day are from 00:00 to 24:00", 4},
		{"Mon 0900-1800", "this is not a time of day", "write it like 09:00 or 18:30", 4},
		{"Mon 09:00-09:00", "the span begins when it ends", "for a whole day write 00:00-24:00", 4},
		{"Mon 24:00-02:00", "a span cannot begin at 24:00", "write 00:00", 4},
		{"weekdays 09:00-17:00", `"weekdays" is not a day`, "write Mon-Fri", 0},
		{"Mon-09:00", "a day must follow the dash", `write days like "Mon-Fri"`, 4},
		{"T 09:00-17:00", `"t" is not a day`, "days are Mon, Tue, Wed, Thu, Fri, Sat and Sun", 0},
		{"Sun closed", `"closed" is not a day`, "leave the day out: it is closed whenever it is not open", 4},
		{"Mon 09:00-17:00 @home", `did not expect '@' here`, `write them like "Mon-Fri 09:00-18:00"`, 16},
	} {
		_, err := ParseHours([]string{tt.text})
		e, ok := errors.AsType[*HoursError](err)
		if !ok || e.Message != tt.message || e.Suggestion != tt.suggestion || e.Offset != tt.at {
			t.Errorf("%q: %+v\nwant %d %s: %s", tt.text, e, tt.at, tt.message, tt.suggestion)
		}
	}
}

// open is the plainest way to say whether a calendar is open, by the minute on the wall.
func open(c *Calendar, t time.Time) bool {
	local := t.In(c.loc)
	minute := local.Hour()*60 + local.Minute()
	for back := range 2 {
		day := time.Date(local.Year(), local.Month(), local.Day()-back, 12, 0, 0, 0, time.UTC)
		if _, off := c.holidays[date{day.Year(), day.Month(), day.Day()}]; off {
			continue
		}
		for _, s := range c.hours.days[day.Weekday()] {
			if m := minute + back*dayMinutes; s.from <= m && m < s.to {
				return true
			}
		}
	}
	return false
}

// TestCalendarsOverAYear compares Open, Next and Until with going through a whole
// year minute by minute, in zones whose clocks change at different hours.
func TestCalendarsOverAYear(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"America/New_York", "Europe/Berlin", "UTC", "Asia/Kolkata",
		"Australia/Lord_Howe", // half an hour
		"America/Santiago",    // at midnight
		"Africa/Cairo",        // at midnight
		"Pacific/Apia",        // across the date line
	} {
		for _, texts := range [][]string{
			{"Mon-Fri 09:00-18:00"},
			{"daily 01:30-02:30, 22:00-06:00"}, // inside what the clocks skip and repeat
			{"Sun 00:00-00:30, 02:00-02:15 23:30-24:00, Sat 23:00-24:00"},
			{"daily 00:00-24:00"},
		} {
			t.Run(fmt.Sprint(name, texts), func(t *testing.T) {
				t.Parallel()
				loc := zone(t, name)
				holidays := []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 26, 0, 0, 0, 0, time.UTC)}
				checkYear(t, NewCalendar("c", "", hours(t, texts...), loc, holidays))
			})
		}
	}
}

func checkYear(t *testing.T, c *Calendar) {
	t.Helper()
	const minutes = 366 * dayMinutes
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	is := make([]bool, minutes)
	for m := range minutes {
		at := start.Add(time.Duration(m) * time.Minute)
		is[m] = open(c, at)
		if c.Open(at) != is[m] || c.Open(at.Add(59*time.Second)) != is[m] {
			t.Fatalf("%v: Open says %v", at.In(c.loc), !is[m])
		}
	}
	// Going back from the end, the next change of each kind is known.
	const late = 30 * dayMinutes
	next, until := -1, -1
	for m := minutes - 1; m >= 0; m-- {
		if is[m] {
			next = m
		} else {
			until = m
		}
		if m >= minutes-late || m%7 != 0 && is[m] == is[m+1] {
			continue
		}
		at := start.Add(time.Duration(m)*time.Minute + 30*time.Second)
		if is[m] {
			if got, ok := c.Next(at); !ok || !got.Equal(at) {
				t.Fatalf("open at %v, but Next is %v", at.In(c.loc), got)
			}
			want := start.Add(time.Duration(until) * time.Minute)
			if got, ok := c.Until(at); ok != (until >= 0) || ok && !got.Equal(want) {
				t.Fatalf("Until(%v) is %v, want %v", at.In(c.loc), got, want.In(c.loc))
			}
			continue
		}
		want := start.Add(time.Duration(next) * time.Minute)
		if got, ok := c.Next(at); !ok || !got.Equal(want) {
			t.Fatalf("Next(%v) is %v, want %v", at.In(c.loc), got, want.In(c.loc))
		}
	}
}

// TestClockChanges spells out what happens where the clocks change.
func TestClockChanges(t *testing.T) {
	berlin, newYork := zone(t, "Europe/Berlin"), zone(t, "America/New_York")
	for _, tt := range []struct {
		loc       *time.Location
		hours     string
		at, opens string // RFC 3339
	}{
		{berlin, "daily 02:30-05:00", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00"},    // 02:30 does not exist
		{berlin, "daily 02:15-02:45", "2026-03-29T01:00:00+01:00", "2026-03-30T02:15:00+02:00"},    // nor any of it
		{berlin, "daily 02:15-02:45", "2026-10-25T01:00:00+02:00", "2026-10-25T02:15:00+02:00"},    // twice that night:
		{berlin, "daily 02:15-02:45", "2026-10-25T02:50:00+02:00", "2026-10-25T02:15:00+01:00"},    // and again
		{newYork, "Mon-Fri 09:00-18:00", "2026-03-06T18:00:00-05:00", "2026-03-09T09:00:00-04:00"}, // over the weekend of the change
		{newYork, "Mon-Fri 09:00-18:00", "2026-10-30T18:00:00-04:00", "2026-11-02T09:00:00-05:00"},
	} {
		c := NewCalendar("c", "", hours(t, tt.hours), tt.loc, nil)
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := c.Next(at)
		if !ok || got.Format(time.RFC3339) != tt.opens {
			t.Errorf("%s from %s: %s (%v), want %s", tt.hours, tt.at, got.Format(time.RFC3339), ok, tt.opens)
		}
	}
}

func TestHolidays(t *testing.T) {
	var all []time.Time
	for d := range 800 {
		all = append(all, time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC))
	}
	c := NewCalendar("never", "", hours(t, "daily 09:00-17:00"), time.UTC, all)
	if at, ok := c.Next(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)); ok {
		t.Errorf("a calendar of holidays opens at %v", at)
	}
	if got := c.Say(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)); got != "closed on Fri 12:00" {
		t.Error(got)
	}
	// The night before a holiday goes on to its end; the holiday's own night does not begin.
	night := NewCalendar("night", "", hours(t, "22:00-06:00"), time.UTC, []time.Time{time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)})
	for at, want := range map[string]bool{"2026-12-25T05:59:00Z": true, "2026-12-25T06:00:00Z": false, "2026-12-25T23:00:00Z": false, "2026-12-26T01:00:00Z": false, "2026-12-26T22:00:00Z": true} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if night.Open(moment) != want {
			t.Errorf("%s: open is %v", at, !want)
		}
	}
}

func TestCalendarSay(t *testing.T) {
	newYork := zone(t, "America/New_York")
	c := NewCalendar("us-east", "", hours(t, "Mon-Fri 09:00-18:00"), newYork, []time.Time{time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)})
	for at, want := range map[string]string{
		"2026-11-20T21:02:00Z": "open on Fri 16:02, until 18:00",
		"2026-11-20T23:02:00Z": "closed on Fri 18:02, opens Mon 09:00",
		"2026-11-25T23:30:00Z": "closed on Wed 18:30, opens Fri 09:00",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Say(moment); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	yearly := NewCalendar("x", "", hours(t, "Mon 09:00-18:00"), newYork, []time.Time{time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	if got := yearly.Say(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)); got != "closed on Fri 07:00, opens Mon 30 Nov 2026 09:00" {
		t.Error(got)
	}
}

// FuzzHours reads anything as opening hours: no panic, every mistake inside the
// text, and what is read can be written and read again.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"Mon-Fri 09:00-18:00, Sat 10:00-14:00", "22:00-06:00", "daily 00:00-24:00", "Mo–Fr 9am-5pm", "Sun closed", "mon,tue 1:00-2:00 3:00-4:00"} {
		f.Add(s)
	}
	at := time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC)
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours([]string{text})
		if err != nil {
			e, ok := errors.AsType[*HoursError](err)
			if !ok || e.Offset < 0 || e.Offset > utf8.RuneCountInString(text) || e.Message == "" || strings.ContainsAny(e.Message, "\n\r") {
				t.Fatalf("%q: %+v", text, err)
			}
			return
		}
		again, err := ParseHours([]string{h.String()})
		if err != nil || again.String() != h.String() {
			t.Fatalf("%q is %v, then %v (%v)", text, h, again, err)
		}
		c := NewCalendar("c", "", h, berlin, nil)
		next, ok := c.Next(at)
		if !ok || next.Sub(at) > 8*24*time.Hour || !c.Open(next) || !open(c, next) {
			t.Fatalf("%q opens at %v (%v)", text, next, ok)
		}
		if until, ok := c.Until(next); ok && (c.Open(until) || !until.After(next)) {
			t.Fatalf("%q: open at %v until %v", text, next, until)
		}
	})
}

func BenchmarkInHours(b *testing.B) {
	c := NewCalendar("c", "", hours(b, "Mon-Fri 09:00-18:00"), zone(b, "America/New_York"), nil)
	at := time.Date(2026, 11, 20, 23, 2, 0, 0, time.UTC)
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			c.Open(at)
		}
	})
	b.Run("Next", func(b *testing.B) {
		for b.Loop() {
			c.Next(at)
		}
	})
}
