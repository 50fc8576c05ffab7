package config

import (
	"errors"
	"log/slog"
	"maps"
	"strconv"
	"time"

	"leadhub/internal/plugin"
	"leadhub/internal/tables"
	"leadhub/rules"
)

// ListWatch looks after the files of a configuration's tables and holidays. It is
// not for concurrent use.
type ListWatch struct {
	config *Config
	log    *slog.Logger
	lists  []watched
}

// watched is one file. A file that changed is read when it has been the same for
// one look: it may be half written.
type watched struct {
	list
	// new was seen at the last look, and is not read yet.
	new tables.Stamp
	// bad was read and refused.
	bad tables.Stamp
	// said is what is wrong, as it was logged; "" while nothing is.
	said string
}

// WatchLists begins to look after the files of the configuration's lists.
func (c *Config) WatchLists(log *slog.Logger) *ListWatch {
	w := &ListWatch{config: c, log: log, lists: make([]watched, len(c.lists))}
	for i, l := range c.lists {
		w.lists[i].list = l
	}
	return w
}

// Look returns the configuration with what the files hold now, nil where nothing
// changed since the last look. A file that cannot be used (it is gone, broken, has
// too few rows or lacks a column that rules read) changes nothing: the last good
// version stays, and the log says so once. The Config shares its outputs with the
// one before.
func (w *ListWatch) Look(now time.Time) *Config {
	var next *rules.Data
	for i := range w.lists {
		l := &w.lists[i]
		stamp, err := tables.Look(l.path)
		switch {
		case err != nil:
			l.new = tables.Stamp{}
			w.complain(l, err.Error())
			continue
		case stamp == l.stamp:
			l.new = tables.Stamp{}
			w.unchanged(l, now)
			continue
		case stamp == l.bad:
			continue
		case stamp != l.new:
			l.new = stamp
			continue
		}
		if next == nil {
			next = &rules.Data{Tables: maps.Clone(w.config.Data.Tables), Calendars: maps.Clone(w.config.Data.Calendars)}
		}
		w.read(l, next, now)
	}
	if next == nil {
		return nil
	}
	config := w.config.withData(next)
	if config.Hash == w.config.Hash {
		return nil
	}
	w.config = config
	return config
}

// unchanged sees whether a file that is as it was read has grown too old.
func (w *ListWatch) unchanged(l *watched, now time.Time) {
	if l.table != nil && l.table.TooOld(l.stamp, now) != "" {
		if l.said == "" {
			w.complain(l, l.table.TooOld(l.stamp, now))
		}
		return
	}
	w.mended(l)
}

// read reads a file again, into data where it is good.
func (w *ListWatch) read(l *watched, data *rules.Data, now time.Time) {
	var stamp tables.Stamp
	var why, name, version string
	var rows int
	if l.table != nil {
		t, at, problems, err := tables.Load(*l.table, now)
		stamp, why = at, refused(problems, err)
		if why == "" {
			why = w.lacks(t)
		}
		if why == "" {
			data.Tables[l.table.Name] = t
			name, version, rows = l.table.Name, t.Version(), t.Len()
		}
	} else {
		days, v, at, problems, err := tables.LoadHolidays(l.path, now)
		stamp, why = at, refused(problems, err)
		if c := l.calendar; why == "" {
			data.Calendars[c.Name()] = rules.NewCalendar(c.Name(), v, c.Hours(), c.Location(), days)
			name, version, rows = c.Name(), v, len(days)
		}
	}
	l.new = tables.Stamp{}
	switch {
	case why == changing: // look again
	case why != "":
		l.bad = stamp
		w.complain(l, why)
	default:
		l.stamp, l.bad = stamp, tables.Stamp{}
		w.mended(l)
		w.log.Info("list read again", slog.String("list", name), slog.String("file", l.path), slog.String("version", version), slog.Int("rows", rows))
	}
}

const changing = "changing"

// refused says why a file cannot be used, "" if it can.
func refused(problems []plugin.Problem, err error) string {
	if errors.Is(err, tables.ErrChanging) {
		return changing
	}
	if err != nil {
		return err.Error()
	}
	first, n := "", 0
	for _, p := range problems {
		if p.Severity != plugin.SeverityError {
			continue
		}
		if n == 0 {
			first = p.String()
		}
		n++
	}
	if n > 1 {
		first += " (and " + strconv.Itoa(n-1) + " more: leadhub check lists them)"
	}
	return first
}

// lacks says which column a new version of a table has not any more.
func (w *ListWatch) lacks(t *rules.Table) string {
	for _, column := range w.config.Rules.TableColumns(t.Name()) {
		if !t.HasColumn(column) {
			return "the column " + strconv.Quote(column) + ", which the configuration reads, is gone"
		}
	}
	return ""
}

// complain logs what is wrong with a list, once.
func (w *ListWatch) complain(l *watched, what string) {
	if l.said == what {
		return
	}
	l.said = what
	w.log.Warn("list not good: its last good version stays in use", slog.String("list", l.name()), slog.String("file", l.path), slog.String("because", what))
}

// mended logs that nothing is wrong with a list any more.
func (w *ListWatch) mended(l *watched) {
	if l.said == "" {
		return
	}
	l.said = ""
	w.log.Info("list is good again", slog.String("list", l.name()), slog.String("file", l.path))
}

func (l *list) name() string {
	if l.table != nil {
		return l.table.Name
	}
	return l.calendar.Name()
}
