package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/outputs"
	"leadhub/routes"
)

// Section is the part of the file that a route stands in.
type Section uint8

// The sections that send.
const (
	SectionRoutes Section = iota
	SectionTests
	SectionNotices
)

// Send is one entry of a `to:`.
type Send struct {
	Section Section
	Route   string
	Target  string // as written
	// Made: the target is made anew for every lead, so Target is a template.
	Made bool
	// View is the output as this entry wants it; nil: as it is.
	View outputs.Output
}

// For returns the output as the routes that sent something there want it: the first
// of their entries that leads to the target counts.
func (o *Output) For(section Section, names []string, target string) outputs.Output {
	var made outputs.Output
	for _, name := range names {
		for i := range o.Sends {
			s := &o.Sends[i]
			switch {
			case s.Section != section || section != SectionTests && s.Route != name:
			case !s.Made && s.Target == target:
				return s.or(o.Output)
			case s.Made && made == nil:
				made = s.or(o.Output)
			}
		}
	}
	if made != nil {
		return made
	}
	return o.Output
}

func (s *Send) or(o outputs.Output) outputs.Output {
	if s.View != nil {
		return s.View
	}
	return o
}

// view is an output as an entry of `to:` wants it, while the file is read.
type view struct {
	built outputs.Output
	open  func() (outputs.Output, bool)
}

// send reads the `to:` of a route.
func (l *loader) send(r *routes.Route, section Section, n *yaml.Node) {
	l.routing.section = section
	for i, a := range l.targets(n) {
		r.To = append(r.To, a.Target)
		if a.maker != nil {
			for len(r.Makers) < i {
				r.Makers = append(r.Makers, nil)
			}
			r.Makers = append(r.Makers, a.maker)
		}
		l.routing.sends = append(l.routing.sends, sending{a, Send{Section: section, Route: r.Name, Target: a.Target.Target, Made: a.maker != nil}})
	}
}

// sending is an entry of a `to:` with what it leads to.
type sending struct {
	aim

	send Send
}

// sends hands the entries of all `to:` to the outputs that they name, where one of
// them looks its own way.
func (l *loader) sends() {
	for i := range l.config.Outputs {
		o := &l.config.Outputs[i]
		var own []sending
		for _, s := range l.routing.sends {
			if s.Output == o.Name {
				own = append(own, s)
			}
		}
		if !slices.ContainsFunc(own, func(s sending) bool { return s.view != nil }) {
			continue
		}
		o.Sends = make([]Send, len(own))
		for k, s := range own {
			o.Sends[k] = s.send
			if s.view == nil {
				continue
			}
			o.Sends[k].View = s.view.built
			l.reopen = append(l.reopen, func() {
				if out, ok := s.view.open(); ok {
					o.Sends[k].View = out
				}
			})
		}
	}
}

// outputNamed returns the place of an output that could be built, -1 if there is none.
func (l *loader) outputNamed(name string) int {
	return slices.IndexFunc(l.config.Outputs, func(o Output) bool { return o.Name == name })
}

// maker reads a target that is made of a lead's values.
func (l *loader) maker(n *yaml.Node, name string) (*routes.Maker, bool) {
	c := l.config.Rules
	if l.routing.section == SectionNotices {
		c = c.ForNotices()
	}
	t, errs := c.CompileTemplate(n.Value)
	for _, e := range errs {
		l.addAt(n, l.valuePlace(n, e.Offset), severityOf(e.Warning), l.hideValues(n, e.Message), l.hideValues(n, e.Suggestion))
	}
	i := l.outputNamed(name)
	if t == nil || i < 0 {
		return nil, false
	}
	out := l.config.Outputs[i].Output
	if _, unset := out.(unsetOutput); unset {
		return &routes.Maker{Text: t, Fit: func(text string) (string, error) { return text, nil }}, true
	}
	fitter, ok := out.(outputs.TargetFitter)
	if !ok {
		if err := out.CheckTarget("x"); err != nil {
			l.errorf(n, "", "%s", err)
		} else {
			l.errorf(n, "write the target out", "the target of `%s` cannot be made of a lead's values", name)
		}
		return nil, false
	}
	m := &routes.Maker{Text: t, Default: out.CheckTarget("") == nil, Fit: func(text string) (string, error) {
		target := fitter.FitTarget(text)
		if target == "" {
			return "", fmt.Errorf("%q is no target", text)
		}
		return target, out.CheckTarget(target)
	}}
	var example strings.Builder
	for _, p := range t.Pieces() {
		example.WriteString(p.Literal)
		if p.Expression != "" {
			example.WriteByte('x')
		}
	}
	if _, err := m.Fit(example.String()); err != nil {
		l.errorf(n, "", "what stands around the braces makes no target: %s", err)
		return nil, false
	}
	return m, true
}

// override reads `slack: { channel: "#hot", text: "…" }`.
func (l *loader) override(p pair) []aim {
	name := p.key.Value
	b, ok := l.mapping(p.value, "`"+name+"`")
	i := l.outputNamed(name)
	if !ok || i < 0 {
		l.routing.unsure = true
		return nil
	}
	out, ok := l.config.Outputs[i].Output.(outputs.Overrider)
	if !ok {
		if _, unset := l.config.Outputs[i].Output.(unsetOutput); !unset {
			l.errorf(p.value, "write `- "+name+"`", "a route can say nothing about what it sends to `%s`, which is of type %s", name, l.config.Outputs[i].Type)
			return nil
		}
		if n := b.get("channel"); n != nil {
			return l.aims(p.key, n)
		}
		return []aim{{Target: routes.Target{Output: name}}}
	}
	v, ok := l.view(entry{name: name, key: p.key, block: b}, i, out)
	var list []aim
	if n := b.get(out.TargetKey()); n != nil {
		list = l.aims(p.key, n)
	} else if ok && l.checkTarget(p.key, p.key, name, "") {
		list = []aim{{Target: routes.Target{Output: name}}}
	}
	if !ok {
		return nil
	}
	for k := range list {
		list[k].view = v
	}
	return list
}

var errNoView = errors.New("the output takes no such keys")

// view builds the output as a route wants it; nil where the route says nothing.
func (l *loader) view(e entry, i int, out outputs.Overrider) (*view, bool) {
	key := out.TargetKey()
	own := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: e.block.node.Line, Column: e.block.node.Column}
	for _, p := range e.block.pairs {
		if key == "" || p.key.Value != key {
			own.Content = append(own.Content, p.key, p.value)
		}
	}
	if len(own.Content) == 0 {
		if len(e.block.pairs) == 0 {
			l.errorf(e.key, "write `- "+e.name+"`, or what is different for this route", "there is nothing behind `%s:`", e.name)
		}
		return nil, len(e.block.pairs) > 0
	}
	var also []string
	if key != "" {
		also = []string{key}
	}
	s := &shaper{l: l, paths: map[position]string{}}
	target := out.Override()
	clean := s.shape(own, typed{t: reflect.TypeOf(target), name: "`" + e.name + "`", also: also})
	if !s.decode(clean, target, e.key) {
		return nil, false
	}
	section := l.routing.section
	with := func(out outputs.Output, offline bool) (outputs.Output, error) {
		o, ok := out.(outputs.Overrider)
		if !ok {
			return nil, errNoView
		}
		config := o.Override()
		if !(&shaper{l: l, paths: map[position]string{}}).decode(clean, config, e.key) {
			return nil, errNoView
		}
		d := l.deps(e, offline)
		if section == SectionNotices {
			d.Rules = d.Rules.ForNotices()
		}
		return o.With(config, d)
	}
	v := &view{}
	var err error
	v.built, err = with(l.config.Outputs[i].Output, true)
	if !s.complain(e, own, err) || s.failed {
		return nil, s.unset && !s.failed
	}
	v.open = func() (outputs.Output, bool) {
		again, err := with(l.config.Outputs[i].Output, false)
		return again, (&shaper{l: l}).complain(e, own, err)
	}
	return v, true
}
