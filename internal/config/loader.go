package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// loader holds what one run of Parse collects.
type loader struct {
	file  string
	src   *source
	kinds Kinds
	opts  Options

	problems []found
	// written remembers scalars whose text held variables.
	written map[*yaml.Node]writtenScalar
	// hidden are values that must not appear in any message.
	hidden []string

	names   names
	config  *Config
	reopen  []func() // build each receiver and output once more, for use
	routing *routing
}

// found is a problem and the node it is about, if it is about one.
type found struct {
	plugin.Problem
	node *yaml.Node
}

// writtenScalar is a scalar as it stands in the file.
type writtenScalar struct {
	node     yaml.Node
	expanded expansion
}

// parse is Parse with every option set.
func parse(file string, raw []byte, kinds Kinds, opts Options) (*Config, []plugin.Problem) {
	l := &loader{file: file, kinds: kinds, opts: opts, written: map[*yaml.Node]writtenScalar{}}
	if len(raw) > maxFile {
		l.src = newSource("")
		l.at(position{1, 1}, plugin.SeverityError, fmt.Sprintf("the file is larger than %d MiB", maxFile>>20), "")
		return nil, l.finish()
	}
	text, note := decodeText(raw)
	l.src = newSource(text)
	if note != nil {
		l.at(note.at, plugin.SeverityError, note.message, saveAsUTF8)
	}
	root := l.src.parse(func(at position, message, suggestion string) {
		l.at(at, plugin.SeverityError, message, suggestion)
	})
	l.config = &Config{File: file, Source: slices.Clone(raw), build: opts.Build, Data: &rules.Data{Tables: map[string]*rules.Table{}, Calendars: map[string]*rules.Calendar{}}}
	if root != nil {
		l.document(root)
	}
	l.config.Versions = VersionsOf(l.config.Data)
	if opts.Kept != nil {
		l.config.Versions = *opts.Kept
	}
	l.config.Hash = Hash(raw, opts.Build, l.config.Versions)
	if !l.failed() && !opts.Offline {
		for _, open := range l.reopen {
			open()
		}
	}
	problems := l.finish()
	if l.failed() {
		// What is open already must not stay so; the file's problems are what matters.
		_ = l.config.Close()
		return nil, problems
	}
	return l.config, problems
}

// failed says whether there is an error.
func (l *loader) failed() bool {
	return slices.ContainsFunc(l.problems, func(p found) bool { return p.Severity == plugin.SeverityError })
}

// at records a problem at a place in the file as written.
func (l *loader) at(at position, severity plugin.Severity, message, suggestion string) {
	l.problems = append(l.problems, found{Problem: plugin.Problem{
		File: l.file, Line: at.line, Col: at.col, Severity: severity, Message: message, Suggestion: suggestion,
	}})
}

// add records a problem at a node, unless what the node says could not be read.
func (l *loader) add(n *yaml.Node, severity plugin.Severity, message, suggestion string) {
	l.addAt(n, position{n.Line, n.Column}, severity, message, suggestion)
}

// addAt is add with another position, in the repaired text.
func (l *loader) addAt(n *yaml.Node, at position, severity plugin.Severity, message, suggestion string) {
	if l.src.poisoned(at.line) {
		return
	}
	l.at(l.src.original(at), severity, message, suggestion)
	l.problems[len(l.problems)-1].node = n
}

// errorf records an error at a node.
func (l *loader) errorf(n *yaml.Node, suggestion, format string, args ...any) {
	l.add(n, plugin.SeverityError, fmt.Sprintf(format, args...), suggestion)
}

// warnf records a warning at a node.
func (l *loader) warnf(n *yaml.Node, suggestion, format string, args ...any) {
	l.add(n, plugin.SeverityWarning, fmt.Sprintf(format, args...), suggestion)
}

// errors counts the errors so far.
func (l *loader) errors() int {
	n := 0
	for _, p := range l.problems {
		if p.Severity == plugin.SeverityError {
			n++
		}
	}
	return n
}

// mute takes back what was said about a node and everything below it.
func (l *loader) mute(n *yaml.Node) {
	below := map[*yaml.Node]bool{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		below[n] = true
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(n)
	l.problems = slices.DeleteFunc(l.problems, func(p found) bool { return p.node != nil && below[p.node] })
}

// finish returns the problems in the order of the file.
func (l *loader) finish() []plugin.Problem {
	slices.SortStableFunc(l.problems, func(a, b found) int {
		if a.File != b.File { // the lists' files come after the one that names them
			return cmp.Or(cmp.Compare(btoi(a.File != l.file), btoi(b.File != l.file)), cmp.Compare(a.File, b.File))
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	out := make([]plugin.Problem, 0, len(l.problems))
	for _, p := range l.problems {
		p.Message, p.Suggestion = l.redact(p.Message), l.redact(p.Suggestion)
		if !slices.Contains(out, p.Problem) {
			out = append(out, p.Problem)
		}
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hide keeps a value out of every message. Very short ones are left: replacing
// them would garble the messages and they are no secrets.
func (l *loader) hide(value string) {
	if len(value) >= 8 {
		l.hidden = append(l.hidden, value)
	}
}

func (l *loader) redact(text string) string {
	for _, h := range l.hidden {
		text = strings.ReplaceAll(text, h, "[hidden]")
	}
	return text
}

// dir is the folder that relative paths start at.
func (l *loader) dir() string { return filepath.Dir(l.file) }

// deps is what a constructor gets.
func (l *loader) deps(e entry, offline bool) plugin.Deps {
	d := plugin.Deps{
		Name: e.name, Dir: l.dir(), Now: l.opts.Now, Logger: l.opts.Logger, Timezone: l.config.Timezone,
		Offline: offline, Transport: l.opts.Transport, Path: e.path, PublicURL: l.config.Server.PublicURL,
	}
	if l.config.Rules != nil { // receivers come before it
		d.Rules = l.config.Rules.ForOutputs()
	}
	return d
}
