package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/internal/tables"
	"leadhub/rules"
)

// Versions names the content of the lists that a configuration looks things up in.
// Together with the file and the build they decide.
type Versions struct {
	Tables    map[string]string `json:"tables,omitempty"`
	Calendars map[string]string `json:"calendars,omitempty"` // of their lists of holidays
}

// VersionsOf returns the versions of tables and calendars.
func VersionsOf(d *rules.Data) Versions {
	v := Versions{}
	if d == nil {
		return v
	}
	for name, t := range d.Tables {
		if v.Tables == nil {
			v.Tables = map[string]string{}
		}
		v.Tables[name] = t.Version()
	}
	for name, c := range d.Calendars {
		if c.Version() == "" {
			continue
		}
		if v.Calendars == nil {
			v.Calendars = map[string]string{}
		}
		v.Calendars[name] = c.Version()
	}
	return v
}

// Names returns the lists with their versions, tables first: customers@1f3a9c2d.
func (v Versions) Names() []string {
	var out []string
	for _, m := range []map[string]string{v.Tables, v.Calendars} {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			out = append(out, name+"@"+m[name])
		}
	}
	return out
}

// Encode writes the versions for keeping them; "" where there are none.
func (v Versions) Encode() string {
	if len(v.Tables)+len(v.Calendars) == 0 {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "" // maps of texts always marshal
	}
	return string(text)
}

// DecodeVersions reads what Encode wrote.
func DecodeVersions(text string) (Versions, error) {
	var v Versions
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("config: the versions of lists as they were kept: %w", err)
	}
	return v, nil
}

// list is a file of a table or of a calendar's holidays, with how to read it again.
type list struct {
	table    *tables.Spec // nil: of a calendar
	calendar *rules.Calendar
	path     string
	stamp    tables.Stamp
}

// tableKeys are the keys of an entry of `tables:`.
func tableKeys() []string { return []string{"file", "key", "clean", "max_age", "min_rows"} }

// tables reads the `tables:` section and its files.
func (l *loader) tables(doc *block) {
	n := doc.get("tables")
	if n == nil {
		return
	}
	for _, e := range l.entries("tables", n) {
		t := rules.UnknownTable(e.name, "")
		if e.block != nil {
			if read := l.table(e); read != nil {
				t = read
			}
		}
		l.config.Data.Tables[e.name] = t
	}
}

// table reads one entry; nil where its file could not be read.
func (l *loader) table(e entry) *rules.Table {
	e.block.what = "table `" + e.name + "`"
	e.block.only(tableKeys()...)
	before := l.errors()
	s := &tables.Spec{Name: e.name, Cleaners: l.kinds.Cleaners}
	file, ok := l.listFile(e.block, "file")
	if e.block.get("file") == nil && !e.block.hasUnknown(tableKeys()...) {
		l.errorf(e.key, "add `file: lists/"+e.name+".csv`", "the table `%s` has no file", e.name)
	}
	if key := e.block.get("key"); key != nil {
		var good bool
		s.Key, good = l.text(key, "`key`")
		ok = ok && good
	} else if !e.block.hasUnknown(tableKeys()...) {
		l.errorf(e.key, "add `key:` with the name of the column that rows are found by", "the table `%s` has no key", e.name)
	}
	if n := e.block.get("clean"); n != nil {
		s.Kind, _ = l.choice(n, "`clean`", tables.Kinds())
	}
	l.span(e.block.get("max_age"), "max_age", time.Minute, 3650*24*time.Hour, &s.MaxAge)
	if n := e.block.get("min_rows"); n != nil {
		if v, good := l.number(n, "`min_rows`", true); good && (v < 0 || v > tables.MaxRows) {
			l.errorf(n, fmt.Sprintf("write a number from 0 to %d", tables.MaxRows), "`min_rows` is how many rows the table must have at least")
		} else if good {
			s.MinRows = int(v)
		}
	}
	if !ok || s.Key == "" || l.errors() > before {
		return nil
	}
	s.Path = file
	return l.loadTable(e.block.get("file"), s)
}

// loadTable reads a table's file. Of a configuration that was kept, only the
// version that decided is of use, and nothing is said about any other.
func (l *loader) loadTable(n *yaml.Node, s *tables.Spec) *rules.Table {
	kept := ""
	if l.opts.Kept != nil {
		if kept = l.opts.Kept.Tables[s.Name]; kept == "" {
			return nil
		}
	}
	t, stamp, problems, err := tables.Load(*s, l.opts.Now())
	if l.opts.Kept != nil {
		if err != nil || t == nil || t.Version() != kept {
			return rules.UnknownTable(s.Name, kept)
		}
		return t
	}
	if err != nil {
		l.noFile(n, s.Path, err)
		return nil
	}
	l.fileProblems(problems)
	if t == nil {
		return nil
	}
	l.config.lists = append(l.config.lists, list{table: s, path: s.Path, stamp: stamp})
	return t
}

// fileProblems adds what is wrong in another file.
func (l *loader) fileProblems(problems []plugin.Problem) {
	for _, p := range problems {
		if l.opts.LooseLists {
			p.Severity = plugin.SeverityWarning
		}
		l.problems = append(l.problems, found{Problem: p})
	}
}

// noFile tells why a list's file cannot be read.
func (l *loader) noFile(n *yaml.Node, path string, err error) {
	suggestion := "paths start at the folder of this file; write another, or put the file there"
	switch _, missing := os.Stat(path); {
	case errors.Is(err, tables.ErrChanging):
		suggestion = "wait until it is whole, and try again"
	case !errors.Is(missing, os.ErrNotExist):
		suggestion = ""
	default:
		if near := nearFile(path); near != "" {
			suggestion = "did you mean " + near + "?"
		}
	}
	l.add(n, severityOf(l.opts.LooseLists), l.hideValues(n, err.Error()), suggestion)
}

// nearFile returns a file beside one that is not there whose name is much like its.
func nearFile(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if near := nearest(filepath.Base(path), names); near != "" {
		return filepath.Join(filepath.Dir(path), near)
	}
	return ""
}

// listFile reads the name of a list's file, relative to the configuration's folder.
func (l *loader) listFile(b *block, key string) (string, bool) {
	n := b.get(key)
	if n == nil {
		return "", false
	}
	path, ok := l.text(n, "`"+key+"`")
	if !ok {
		return "", false
	}
	if path == "" {
		l.errorf(n, "write the name of a CSV file", "`%s` is empty", key)
		return "", false
	}
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir(), path)
	}
	return path, true
}

// calendars reads the `calendars:` section.
func (l *loader) calendars(doc *block) {
	n := doc.get("calendars")
	if n == nil {
		return
	}
	for _, e := range l.entries("calendars", n) {
		// A calendar that cannot be read is there all the same, so that nothing is
		// said about the rules that name it.
		c := rules.NewCalendar(e.name, "", rules.Hours{}, l.config.Timezone, nil)
		if e.block != nil {
			c = l.calendar(e)
		}
		l.config.Data.Calendars[e.name] = c
	}
}

func (l *loader) calendar(e entry) *rules.Calendar {
	keys := []string{"hours", "holidays", "timezone"}
	e.block.what = "calendar `" + e.name + "`"
	e.block.only(keys...)
	loc := l.config.Timezone
	if n := e.block.get("timezone"); n != nil {
		if z, ok := l.zone(n); ok {
			loc = z
		}
	}
	var hours rules.Hours
	if n := e.block.get("hours"); n != nil {
		hours = l.hours(n)
	} else if !e.block.hasUnknown(keys...) {
		l.errorf(e.key, "add `hours: \"Mon-Fri 09:00-18:00\"`", "the calendar `%s` has no hours", e.name)
	}
	path, ok := l.listFile(e.block, "holidays")
	if !ok {
		return rules.NewCalendar(e.name, "", hours, loc, nil)
	}
	return l.holidays(e.block.get("holidays"), path, rules.NewCalendar(e.name, "", hours, loc, nil))
}

// holidays adds to a calendar the holidays in a file.
func (l *loader) holidays(n *yaml.Node, path string, c *rules.Calendar) *rules.Calendar {
	days, version, stamp, problems, err := tables.LoadHolidays(path, l.opts.Now())
	with := rules.NewCalendar(c.Name(), version, c.Hours(), c.Location(), days)
	if l.opts.Kept != nil {
		if kept := l.opts.Kept.Calendars[c.Name()]; err != nil || version != kept {
			return rules.NewCalendar(c.Name(), kept, c.Hours(), c.Location(), days)
		}
		return with
	}
	if err != nil {
		l.noFile(n, path, err)
		return c
	}
	l.fileProblems(problems)
	l.config.lists = append(l.config.lists, list{calendar: c, path: path, stamp: stamp})
	return with
}

// hours reads opening hours: a text, or a list of them.
func (l *loader) hours(n *yaml.Node) rules.Hours {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	texts := make([]string, 0, len(nodes))
	for _, c := range nodes {
		if text, ok := l.text(c, "`hours`"); ok {
			texts = append(texts, text)
		}
	}
	if len(texts) < len(nodes) {
		return rules.Hours{}
	}
	h, err := rules.ParseHours(texts)
	if e, ok := errors.AsType[*rules.HoursError](err); ok {
		if len(nodes) == 0 {
			l.errorf(n, e.Suggestion, "%s", e.Message)
			return h
		}
		node := nodes[min(e.Item, len(nodes)-1)]
		l.addAt(node, l.valuePlace(node, e.Offset), plugin.SeverityError, l.hideValues(node, e.Message), e.Suggestion)
	}
	return h
}

// withData returns the same configuration with its lists in another version.
func (c *Config) withData(d *rules.Data) *Config {
	next := *c
	next.Data = d
	next.Versions = VersionsOf(d)
	next.Hash = Hash(c.Source, c.build, next.Versions)
	return &next
}
