package hub

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// A Tuesday, two days after the clocks went back.
	now := time.Date(2026, 11, 3, 15, 30, 45, 0, zone)
	for _, c := range []struct{ text, past, future string }{
		{"now", "2026-11-03 15:30:45", "2026-11-03 15:30:45"},
		{"2h", "2026-11-03 13:30:45", "2026-11-03 17:30:45"},
		{"90m", "2026-11-03 14:00:45", "2026-11-03 17:00:45"},
		{"1h30m", "2026-11-03 14:00:45", "2026-11-03 17:00:45"},
		{"2h ago", "2026-11-03 13:30:45", "2026-11-03 13:30:45"},
		{"in 2h", "2026-11-03 17:30:45", "2026-11-03 17:30:45"},
		{"3d", "2026-10-31 15:30:45", "2026-11-06 15:30:45"},  // the same time of day
		{"72h", "2026-10-31 16:30:45", "2026-11-06 15:30:45"}, // 72 hours
		{"1w", "2026-10-27 15:30:45", "2026-11-10 15:30:45"},
		{"0", "2026-11-03 15:30:45", "2026-11-03 15:30:45"},
		{"today", "2026-11-03 00:00:00", "2026-11-03 00:00:00"},
		{"Yesterday", "2026-11-02 00:00:00", "2026-11-02 00:00:00"},
		{"tomorrow", "2026-11-04 00:00:00", "2026-11-04 00:00:00"},
		{"  yesterday   9:30 ", "2026-11-02 09:30:00", "2026-11-02 09:30:00"},
		{"tuesday", "2026-11-03 00:00:00", "2026-11-10 00:00:00"},
		{"monday", "2026-11-02 00:00:00", "2026-11-09 00:00:00"},
		{"wed", "2026-10-28 00:00:00", "2026-11-04 00:00:00"},
		{"sunday 14:00", "2026-11-01 14:00:00", "2026-11-08 14:00:00"},
		{"14:00", "2026-11-03 14:00:00", "2026-11-04 14:00:00"},
		{"16:00", "2026-11-03 16:00:00", "2026-11-03 16:00:00"},
		{"2026-11-19", "2026-11-19 00:00:00", "2026-11-19 00:00:00"},
		{"2026-11-19 14:00", "2026-11-19 14:00:00", "2026-11-19 14:00:00"},
		{"2026-11-19T14:00", "2026-11-19 14:00:00", "2026-11-19 14:00:00"},
		{"2026-11-19 14:00:05", "2026-11-19 14:00:05", "2026-11-19 14:00:05"},
		{"2026-11-19T14:00:05Z", "2026-11-19 09:00:05", "2026-11-19 09:00:05"},
		{"2026-07-01T12:00:00+02:00", "2026-07-01 06:00:00", "2026-07-01 06:00:00"},
	} {
		for direction, want := range map[Direction]string{Past: c.past, Future: c.future} {
			got, err := When("--since", c.text, zone, now, direction)
			if err != nil || got.In(zone).Format("2006-01-02 15:04:05") != want {
				t.Errorf("%q (future: %v): %v, %v, want %s", c.text, direction, got, err, want)
			}
		}
	}
	for _, text := range []string{"", " ", "soon", "yesteryear", "2h 30", "-2h", "25:00", "yesterday noon", "2026-13-01", "2026-11-31", "11/19/2026", "ago", "in", "99999d", "today tomorrow"} {
		_, err := When("--since", text, zone, now, Past)
		usage, ok := errors.AsType[*UsageError](err)
		if !ok || !strings.Contains(usage.Message, `--since "`) || !strings.Contains(usage.Message, "America/New_York") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 15, 30, 0, 0, time.UTC)
	for _, c := range []struct{ from, until, want, says string }{
		{"yesterday", "today", "2026-11-02T00:00:00Z 2026-11-03T00:00:00Z", ""},
		{"", "", "0001-01-01T00:00:00Z 2026-11-03T15:30:00Z", ""},
		{"2h", "", "2026-11-03T13:30:00Z 2026-11-03T15:30:00Z", ""},
		{"today", "yesterday", "", "--from 2026-11-03 00:00 is not before --until 2026-11-02 00:00: the range is empty"},
		{"now", "", "", "the range is empty"},
		{"so", "", "", `--from "so" is not a time`},
		{"", "so", "", `--until "so" is not a time`},
	} {
		s, err := between(c.from, c.until, time.UTC, now)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q to %q: %v", c.from, c.until, err)
			}
			continue
		}
		if got := s.from.Format(time.RFC3339) + " " + s.until.Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("%q to %q: %s, %v", c.from, c.until, got, err)
		}
	}
}

func FuzzWhen(f *testing.F) {
	for _, s := range []string{"2h", "yesterday 9:30", "monday", "2026-11-19 14:00", "in 3d", "1w ago", ""} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 3, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Direction{Past, Future} {
			got, err := When("--since", text, time.UTC, now, d)
			if err == nil && got.IsZero() {
				t.Errorf("%q is the zero time", text)
			}
		}
	})
}
