package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// shaper checks a plug-in's block against its configuration struct before it is
// decoded, so that every mistake is told in our words, and makes a copy that
// holds only what can be decoded.
type shaper struct {
	l *loader
	// bad lists the paths that were reported or whose variable is not set: what
	// the constructor says about them is follow-up noise.
	bad []string
	// failed: something was reported.
	failed bool
	// unset: some variable is not set.
	unset bool
	// paths names the nodes the decoder may complain about.
	paths map[position]string
}

// typed is a Go type a node is meant for, with its place in the block.
type typed struct {
	t    reflect.Type
	path string   // "auth.bearer"; "" for the block itself
	name string   // as messages call it: "`bearer`"
	also []string // keys allowed beside the struct's own, for suggestions
}

func (s *shaper) reject(path string, report func()) *yaml.Node {
	report()
	s.bad = append(s.bad, path)
	s.failed = true
	return nil
}

// shape returns a copy of n fit for being decoded into to.t, nil where nothing is left.
func (s *shaper) shape(n *yaml.Node, to typed) *yaml.Node {
	for to.t.Kind() == reflect.Pointer {
		to.t = to.t.Elem()
	}
	s.paths[position{n.Line, n.Column}] = to.path
	if to.t == reflect.TypeFor[plugin.Secret]() {
		return s.secret(n, to)
	}
	if isUnset(n) && plugin.IsOpaque(to.t) {
		return s.opaque(n, to) // such a type may know what to do without a value
	}
	if silent(n) {
		s.bad = append(s.bad, to.path)
		if isUnset(n) {
			s.unset = true
		} else {
			s.failed = true
		}
		return nil
	}
	switch {
	case to.t == reflect.TypeFor[time.Duration]():
		return s.duration(n, to)
	case plugin.IsOpaque(to.t):
		return s.opaque(n, to)
	}
	if to.t.Kind() == reflect.Interface {
		return n
	}
	switch to.t.Kind() {
	case reflect.Struct:
		return s.structure(n, to)
	case reflect.Map:
		return s.mapped(n, to)
	case reflect.Slice, reflect.Array:
		return s.sequence(n, to)
	case reflect.Bool:
		v, ok := s.l.boolean(n, to.name)
		if !ok {
			return s.reject(to.path, func() {})
		}
		return scalar(n, tagBool, strconv.FormatBool(v))
	case reflect.String:
		v, ok := s.l.text(n, to.name)
		if !ok {
			return s.reject(to.path, func() {})
		}
		return scalar(n, tagStr, v)
	default:
		return s.number(n, to)
	}
}

// scalar returns a copy of a scalar with another tag and value, at the same place.
func scalar(n *yaml.Node, tag, value string) *yaml.Node {
	c := &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: n.Line, Column: n.Column}
	if tag == tagStr {
		c.Style = yaml.DoubleQuotedStyle
	}
	return c
}

func (s *shaper) secret(n *yaml.Node, to typed) *yaml.Node {
	if isUnset(n) {
		s.unset = true
		s.bad = append(s.bad, to.path)
		return n
	}
	if n.Kind == yaml.ScalarNode && !isNull(n) && !silent(n) {
		if !s.l.plainText(n) {
			return s.reject(to.path, func() {})
		}
		s.literalSecret(n, to)
		return scalar(n, tagStr, n.Value)
	}
	return s.reject(to.path, func() {
		if n.Kind == yaml.ScalarNode {
			s.l.text(n, to.name)
			return
		}
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
			s.l.text(n, to.name)
			return
		}
		s.l.errorf(n, "write \"${NAME}\"", "%s takes one secret", to.name)
	})
}

// literalSecret warns about a secret that stands in the file itself, and keeps it
// out of every message.
func (s *shaper) literalSecret(n *yaml.Node, to typed) {
	s.l.hide(n.Value)
	w, filled := s.l.written[n]
	const advice = "keep it in .env and write \"${NAME}\" here"
	switch {
	case n.Value == "" || silent(n) || isNull(n):
	case !filled || len(w.expanded.vars) == 0:
		s.l.warnf(n, advice, "%s is a secret, written out in this file", to.name)
	case w.expanded.literalDefault:
		s.l.warnf(n, advice, "the default of %s is a secret, written out in this file", to.name)
	}
}

func (s *shaper) duration(n *yaml.Node, to typed) *yaml.Node {
	d, ok := s.l.duration(n, to.name)
	if !ok {
		return s.reject(to.path, func() {})
	}
	return scalar(n, tagStr, time.Duration(d).String())
}

// opaque hands a type that reads its own YAML what is written.
func (s *shaper) opaque(n *yaml.Node, to typed) *yaml.Node {
	if isNull(n) {
		return s.reject(to.path, func() { s.l.noValue(n, to.name) })
	}
	if n.Kind == yaml.ScalarNode && !isUnset(n) && !s.l.plainText(n) {
		return s.reject(to.path, func() {})
	}
	secrets := to.t.Kind() == reflect.Slice && to.t.Elem() == reflect.TypeFor[plugin.Secret]()
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		s.paths[position{n.Line, n.Column}] = path
		if isUnset(n) {
			s.unset = true
			s.bad = append(s.bad, path)
		} else if n.Kind == yaml.ScalarNode && secrets {
			s.literalSecret(n, to)
		}
		for i, c := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				walk(c, fmt.Sprintf("%s[%d]", path, i))
			case i%2 == 1:
				walk(c, path+"."+n.Content[i-1].Value)
			}
		}
	}
	walk(n, to.path)
	if s.unset {
		return s.l.asWritten(n)
	}
	return n
}

// asWritten returns a copy in which what has no value, because its variable is not
// set, holds the text as it stands in the file: commands that only look show that.
func (l *loader) asWritten(n *yaml.Node) *yaml.Node {
	c := *n
	if w, ok := l.written[n]; ok && isUnset(n) {
		c.Value = w.node.Value
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = l.asWritten(child)
	}
	return &c
}

func (s *shaper) structure(n *yaml.Node, to typed) *yaml.Node {
	before := s.l.errors()
	b, ok := s.l.mapping(n, to.name)
	if s.l.errors() > before {
		s.failed = true
	}
	if !ok {
		return s.reject(to.path, func() {})
	}
	if isNull(n) {
		return nil
	}
	keys := plugin.StructKeys(to.t)
	known := make([]string, 0, len(keys)+len(to.also))
	for _, k := range keys {
		known = append(known, k.Key)
	}
	known = append(known, to.also...)
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	for _, p := range b.pairs {
		i := indexOf(keys, p.key.Value)
		path := join(to.path, p.key.Value)
		if i < 0 {
			s.reject(path, func() { s.l.unknownKey(p, to.name, known) })
			if near := nearest(p.key.Value, known); near != "" {
				s.bad = append(s.bad, join(to.path, near))
			}
			continue
		}
		if v := s.shape(p.value, typed{t: keys[i].Type, path: path, name: "`" + p.key.Value + "`"}); v != nil {
			out.Content = append(out.Content, scalar(p.key, tagStr, p.key.Value), v)
		}
	}
	return out
}

func indexOf(keys []plugin.StructKey, key string) int {
	for i, k := range keys {
		if k.Key == key {
			return i
		}
	}
	return -1
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (s *shaper) mapped(n *yaml.Node, to typed) *yaml.Node {
	before := s.l.errors()
	b, ok := s.l.mapping(n, to.name)
	if s.l.errors() > before {
		s.failed = true
	}
	if !ok {
		return s.reject(to.path, func() {})
	}
	if isNull(n) {
		return nil
	}
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	for _, p := range b.pairs {
		name := "`" + p.key.Value + "`"
		if v := s.shape(p.value, typed{t: to.t.Elem(), path: join(to.path, p.key.Value), name: name}); v != nil {
			key := scalar(p.key, tagStr, p.key.Value)
			if to.t.Key().Kind() != reflect.String {
				key = p.key
			}
			out.Content = append(out.Content, key, v)
		}
	}
	return out
}

func (s *shaper) sequence(n *yaml.Node, to typed) *yaml.Node {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		return s.reject(to.path, func() {
			suggestion := "put it in brackets: [\"…\"]"
			if w, ok := s.l.written[n]; ok && len(w.expanded.vars) > 0 {
				suggestion = fmt.Sprintf("put it in brackets: [\"${%s}\"]", w.expanded.vars[0])
			}
			s.l.errorf(n, suggestion, "%s takes a list", to.name)
		})
	}
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
		return s.reject(to.path, func() {
			s.l.errorf(n, "a list is written in brackets, each value in quotes: [\"…\"]", "%s takes a list, and { } is a group of keys", to.name)
		})
	}
	items, ok := s.l.list(n, to.name)
	if !ok {
		return s.reject(to.path, func() {})
	}
	if isNull(n) {
		return nil
	}
	out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: n.Line, Column: n.Column}
	for i, item := range items {
		if v := s.shape(item, typed{t: to.t.Elem(), path: fmt.Sprintf("%s[%d]", to.path, i), name: "an entry of " + to.name}); v != nil {
			out.Content = append(out.Content, v)
		}
	}
	return out
}

func (s *shaper) number(n *yaml.Node, to typed) *yaml.Node {
	kind := to.t.Kind()
	float := kind == reflect.Float32 || kind == reflect.Float64
	if !float && (kind < reflect.Int || kind > reflect.Uintptr) {
		return n // no type a configuration holds
	}
	v, ok := s.l.number(n, to.name, !float)
	if !ok {
		return s.reject(to.path, func() {})
	}
	if float {
		return scalar(n, tagFloat, strconv.FormatFloat(v, 'g', -1, 64))
	}
	unsigned := kind >= reflect.Uint
	if unsigned && v < 0 {
		return s.reject(to.path, func() { s.l.errorf(n, "", "%s cannot be negative", to.name) })
	}
	bits := to.t.Bits()
	if !unsigned {
		bits--
	}
	if math.Abs(v) >= math.Pow(2, float64(bits)) {
		return s.reject(to.path, func() { s.l.errorf(n, "", "%s is too large", to.name) })
	}
	return scalar(n, tagInt, strconv.FormatFloat(v, 'f', 0, 64))
}

// number reads a number; whole: without a fraction.
func (l *loader) number(n *yaml.Node, what string, whole bool) (float64, bool) {
	wanted := "a number"
	if whole {
		wanted = "a whole number"
	}
	switch {
	case n == nil || silent(n):
		return 0, false
	case isNull(n):
		l.noValue(n, what)
		return 0, false
	case n.Kind != yaml.ScalarNode:
		l.errorf(n, "", "%s takes %s", what, wanted)
		return 0, false
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || whole && (v != math.Trunc(v) || math.Abs(v) > 1<<53) {
		l.errorf(n, "", "%s takes %s, and %s is none", what, wanted, l.quote(n))
		return 0, false
	}
	if n.ShortTag() != tagInt && n.ShortTag() != tagFloat && !l.fromVariable(n) {
		l.errorf(n, "remove the quotes", "%s takes %s, and in quotes it is a text", what, wanted)
		return 0, false
	}
	return v, true
}

// duration reads "10s" or "2h30m".
func (l *loader) duration(n *yaml.Node, what string) (plugin.Duration, bool) {
	if n == nil || silent(n) {
		return 0, false
	}
	if n.Kind != yaml.ScalarNode || isNull(n) {
		l.text(n, what)
		return 0, false
	}
	d, err := plugin.ParseDuration(n.Value)
	if err == nil {
		return d, true
	}
	var value *plugin.ValueError
	if !errors.As(err, &value) || l.fromVariable(n) {
		l.errorf(n, "for example 10s, 5m, 2h30m or 7d", "%s: %s is not a duration", what, l.quote(n))
		return 0, false
	}
	l.errorf(n, value.Suggestion, "%s: %s", what, value.Message)
	return 0, false
}
