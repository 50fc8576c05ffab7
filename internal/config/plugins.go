package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// entry is one receiver or output as it stands in the file.
type entry struct {
	name  string
	key   *yaml.Node
	block *block
	path  string // of a receiver
}

// built is what became of an entry.
type built[T any] struct {
	value T
	ok    bool
	// missing: it could not be built because a variable is not set, and for no other reason.
	missing bool
}

// entries reads the names of a section.
func (l *loader) entries(section string, n *yaml.Node) []entry {
	b, ok := l.mapping(n, "`"+section+"`")
	if !ok {
		return nil
	}
	var list []entry
	for _, p := range b.pairs {
		if !l.validName(p.key, "the name of "+article(section)) {
			continue
		}
		inner, ok := l.mapping(p.value, "`"+p.key.Value+"`")
		if !ok {
			list = append(list, entry{name: p.key.Value, key: p.key})
			continue
		}
		list = append(list, entry{name: p.key.Value, key: p.key, block: inner})
	}
	return list
}

func article(section string) string {
	if section == "outputs" {
		return "an output"
	}
	return "a " + strings.TrimSuffix(section, "s")
}

// maxName bounds a name: it appears in ids, logs and tables.
const maxName = 40

// validName checks the name of a receiver, an output or a route.
func (l *loader) validName(n *yaml.Node, what string) bool {
	name := n.Value
	good := name != "" && len(name) <= maxName
	for _, r := range name {
		good = good && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}
	if good {
		return true
	}
	if len(name) > maxName {
		l.errorf(n, fmt.Sprintf("at most %d characters", maxName), "%s is too long", what)
		return false
	}
	suggestion := ""
	if slug := slugOf(name); slug != "" && !l.fromVariable(n) && wordKey.MatchString(slug) {
		suggestion = fmt.Sprintf("write `%s`", slug)
	}
	l.errorf(n, suggestion, "%s holds small letters a–z, digits, - and _ only", what)
	return false
}

// slugOf turns "Hot leads!" into "hot-leads".
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// kindOf finds the kind an entry names, or the one it must mean, so that the
// rest of the entry can be checked all the same.
func kindOf[T any](l *loader, e entry, what string, kinds []plugin.Kind[T]) (plugin.Kind[T], bool) {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	slices.Sort(names)
	find := func(name string) (plugin.Kind[T], bool) {
		i := slices.IndexFunc(kinds, func(k plugin.Kind[T]) bool { return k.Name == name })
		if name == "" || i < 0 {
			return plugin.Kind[T]{}, false
		}
		return kinds[i], true
	}
	n := e.block.get("type")
	for _, p := range e.block.pairs {
		if n == nil && nearest(p.key.Value, []string{"type"}) != "" {
			l.unknownKey(p, "`"+e.name+"`", []string{"type"})
			n = p.value
			e.block.drop(p)
		}
	}
	if n == nil {
		guess := nearest(e.name, names)
		for _, k := range names {
			if strings.Contains(e.name, k) {
				guess = k
			}
		}
		suggestion := "add `type:`; it can be " + listWords(names)
		if guess != "" {
			suggestion = fmt.Sprintf("add `type: %s`", guess)
		}
		l.errorf(e.key, suggestion, "`%s` has no `type`", e.name)
		return find(guess)
	}
	name, ok := l.text(n, "`type`")
	if !ok {
		return plugin.Kind[T]{}, false
	}
	if k, ok := find(name); ok {
		return k, true
	}
	guess := nearest(name, names)
	suggestion := "there are " + listWords(names)
	if guess != "" {
		suggestion = fmt.Sprintf("did you mean `%s`?", guess)
	}
	l.errorf(n, suggestion, "there is no %s of type %s", what, l.quote(n))
	return find(guess)
}

// build checks an entry's own keys and makes what they describe, without opening
// anything. common are the keys that every entry of the section has.
func build[T any](l *loader, e entry, kind plugin.Kind[T], common []string) (result built[T], open func() (T, bool)) {
	own := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: e.block.node.Line, Column: e.block.node.Column}
	for _, p := range e.block.pairs {
		if !slices.Contains(common, p.key.Value) {
			own.Content = append(own.Content, p.key, p.value)
		}
	}
	s := &shaper{l: l, paths: map[position]string{}}
	target := kind.Config()
	clean := s.shape(own, typed{t: reflect.TypeOf(target), name: "`" + e.name + "`", also: common})
	if !s.decode(clean, target, e.key) {
		return result, nil
	}
	value, err := kind.Build(target, l.deps(e, true))
	result.ok = s.complain(e, own, err) && !s.failed
	result.missing = !result.ok && !s.failed && s.unset
	result.value = value
	open = func() (T, bool) {
		again := kind.Config()
		if !(&shaper{l: l, paths: map[position]string{}}).decode(clean, again, e.key) {
			var zero T
			return zero, false
		}
		v, err := kind.Build(again, l.deps(e, false))
		return v, (&shaper{l: l}).complain(e, own, err)
	}
	return result, open
}

// complain reports what a constructor found. It returns whether the result is usable.
func (s *shaper) complain(e entry, own *yaml.Node, err error) bool {
	fields, rest := plugin.FieldErrors(err)
	usable := rest == nil
	for _, f := range fields {
		if !f.Warning {
			usable = false
		}
		at, written := lookup(own, f.Field, e.key)
		if s.isBad(f.Field) || (s.failed || s.l.src.damaged) && !written {
			continue
		}
		severity := plugin.SeverityError
		if f.Warning {
			severity = plugin.SeverityWarning
		} else {
			s.failed = true
		}
		message := f.Message
		if f.Field != "" && !strings.Contains(message, f.Field) {
			message = "`" + f.Field + "`: " + message
		}
		place := position{at.Line, at.Column}
		switch {
		case f.AtKey && written:
			place = cmp.Or(keyPlace(own, at), place)
		case f.Offset > 0 && written:
			place = s.l.valuePlace(at, f.Offset)
		}
		s.l.addAt(at, place, severity, message, f.Suggestion)
	}
	if rest != nil && !s.failed && !s.unset {
		s.l.errorf(e.key, "", "`%s`: %s", e.name, rest)
		s.failed = true
	}
	return usable
}

// keyPlace returns where the key of a value stands.
func keyPlace(root, value *yaml.Node) position {
	for i, n := range root.Content {
		if n == value && i%2 == 1 && root.Kind == yaml.MappingNode {
			return position{root.Content[i-1].Line, root.Content[i-1].Column}
		}
		if at := keyPlace(n, value); at.line > 0 {
			return at
		}
	}
	return position{}
}

// lookup finds the node a path of a block names ("auth.bearer", "secrets[1]"). For
// what is not written it returns the nearest key around it, and false.
func lookup(root *yaml.Node, path string, key *yaml.Node) (*yaml.Node, bool) {
	at, n := key, root
	for path != "" {
		var next, nextKey *yaml.Node
		rest := ""
		switch {
		case n.Kind == yaml.SequenceNode && path[0] == '[':
			number, after, _ := strings.Cut(path[1:], "]")
			i, err := strconv.Atoi(number)
			if err == nil && i >= 0 && i < len(n.Content) {
				next, nextKey, rest = n.Content[i], n.Content[i], after
			}
		case n.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				k := n.Content[i].Value
				after, ok := strings.CutPrefix(path, k)
				if ok && k != "" && (after == "" || after[0] == '.' || after[0] == '[') && (next == nil || len(after) < len(rest)) {
					next, nextKey, rest = n.Content[i+1], n.Content[i], after
				}
			}
		}
		if next == nil {
			return at, false
		}
		n, at, path = next, nextKey, strings.TrimPrefix(rest, ".")
	}
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		return n, true
	}
	return at, true
}
