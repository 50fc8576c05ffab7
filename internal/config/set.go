package config

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/routes"
	"leadhub/rules"
)

// holdUntil reads `hold_until:`, the name of a calendar.
func (l *loader) holdUntil(b *block) *rules.Calendar {
	n := b.get("hold_until")
	if n == nil {
		return nil
	}
	name, ok := l.text(n, "`hold_until`")
	if !ok {
		return nil
	}
	if c := l.config.Data.Calendar(name); c != nil {
		return c
	}
	if l.src.damaged {
		return nil
	}
	known := slices.Sorted(maps.Keys(l.config.Data.Calendars))
	suggestion := quoteList("calendars are", known)
	if near := nearest(name, known); near != "" {
		suggestion = "did you mean `" + near + "`?"
	} else if len(known) == 0 {
		suggestion = "add it to `calendars:`, with its hours"
	}
	l.errorf(n, suggestion, "there is no calendar %s", l.quote(n))
	return nil
}

// set reads `set:`, what a route makes of a lead.
func (l *loader) set(b *block) []routes.Setting {
	n := b.get("set")
	if n == nil {
		return nil
	}
	fields, ok := l.mapping(n, "`set`")
	if !ok {
		return nil
	}
	if len(fields.pairs) == 0 && n.Kind == yaml.MappingNode || isNull(n) {
		l.errorf(n, "write what it sets, for example: set: { tags: [vip] }", "`set` is empty")
		return nil
	}
	var out []routes.Setting
	for _, p := range fields.pairs {
		if !l.settable(p) {
			l.mute(p.value)
			continue
		}
		if s, ok := l.setting(p); ok {
			out = append(out, s)
		}
	}
	return out
}

// settable says whether a field can be set, and answers if not.
func (l *loader) settable(p pair) bool {
	field := p.key.Value
	name, custom := strings.CutPrefix(field, lead.CustomField)
	known := lead.ChangeableFields()
	switch {
	case custom && name != "", slices.Contains(known, field):
		return true
	case field == "custom" || custom:
		suggestion := "write custom.name: value"
		if p.value.Kind == yaml.MappingNode && len(p.value.Content) > 0 {
			suggestion = "write custom." + p.value.Content[0].Value + ": value"
		}
		l.errorf(p.key, suggestion, "`custom` is a group of fields: name the one to set")
		return false
	}
	list := listWords(append(known, "custom.name"))
	if slices.ContainsFunc(rules.Vocabulary(), func(n rules.Name) bool { return n.Name == field }) {
		l.errorf(p.key, "it can set "+list, "%s cannot be set: it is what the vendor said", keyWord(p.key))
		return false
	}
	near := nearest(field, known)
	if s := l.config.Rules.SuggestName(field); near == "" && slices.Contains(known, s) {
		near = s
	}
	if near != "" {
		l.errorf(p.key, "did you mean `"+near+"`?", "there is no field %s to set", keyWord(p.key))
		return false
	}
	l.errorf(p.key, "it can set "+list, "there is no field %s to set", keyWord(p.key))
	return false
}

// setting reads the value of one field: constants, or texts with {{ expressions }}.
func (l *loader) setting(p pair) (routes.Setting, bool) {
	s := routes.Setting{Change: lead.Change{Field: p.key.Value}}
	nodes := []*yaml.Node{p.value}
	if isList := p.key.Value == "tags" || p.key.Value == "reasons"; isList && p.value.Kind == yaml.SequenceNode {
		nodes = p.value.Content
		if len(nodes) == 0 {
			l.errorf(p.value, "remove the line, or write a value", "`%s` is empty", p.key.Value)
			return s, false
		}
	}
	good := true
	for i, n := range nodes {
		text, ok := l.text(n, keyWord(p.key))
		if !ok {
			good = false
			continue
		}
		s.Values = append(s.Values, text)
		if !rules.IsTemplate(text) {
			continue
		}
		t, ok := l.setTemplate(n, text)
		good = good && ok
		if s.Templates == nil {
			s.Templates = make([]*rules.Template, len(nodes))
		}
		s.Templates[i] = t
	}
	if !good {
		return s, false
	}
	if s.Templates == nil {
		return s, l.checkChange(p, s.Change)
	}
	return s, true
}

// checkChange checks a constant.
func (l *loader) checkChange(p pair, c lead.Change) bool {
	e, wrong := errors.AsType[*lead.ChangeError](c.Check())
	if !wrong {
		return true
	}
	message, suggestion := l.hideValues(p.value, e.Message), l.hideValues(p.value, e.Suggestion)
	l.errorf(p.value, suggestion, "%s", message)
	return false
}

// setTemplate compiles a text with expressions over the lead.
func (l *loader) setTemplate(n *yaml.Node, text string) (*rules.Template, bool) {
	t, errs := l.config.Rules.CompileTemplate(text)
	for _, e := range errs {
		severity := plugin.SeverityError
		if e.Warning {
			severity = plugin.SeverityWarning
		}
		l.addAt(n, l.valuePlace(n, e.Offset), severity, l.hideValues(n, e.Message), l.hideValues(n, e.Suggestion))
	}
	return t, t != nil
}
