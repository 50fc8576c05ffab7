package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// Tree is a part of the configuration whose form is the user's own: groups of keys,
// lists, and texts that may hold {{ expressions }}.
type Tree struct{ node *yaml.Node }

// ConfigType says what may be written.
func (Tree) ConfigType() string { return "anything, with {{ expressions }} in its texts" }

// UnmarshalYAML keeps what is written.
func (t *Tree) UnmarshalYAML(n *yaml.Node) error {
	t.node = n
	return nil
}

// IsZero says whether nothing was written.
func (t Tree) IsZero() bool { return t.node == nil }

// Node returns what was written; nil for nothing.
func (t Tree) Node() *yaml.Node { return t.node }

// Object is a group of keys, in the order of the file.
type Object struct {
	Keys   []string
	Values []any
}

// Get returns the value of a key, nil where there is none.
func (o *Object) Get(key string) any {
	for i, k := range o.Keys {
		if k == key {
			return o.Values[i]
		}
	}
	return nil
}

// Set puts a value under a key, behind the others where it is new.
func (o *Object) Set(key string, value any) {
	for i, k := range o.Keys {
		if k == key {
			o.Values[i] = value
			return
		}
	}
	o.Keys, o.Values = append(o.Keys, key), append(o.Values, value)
}

// Delete removes a key.
func (o *Object) Delete(key string) {
	for i, k := range o.Keys {
		if k == key {
			o.Keys, o.Values = append(o.Keys[:i:i], o.Keys[i+1:]...), append(o.Values[:i:i], o.Values[i+1:]...)
			return
		}
	}
}

// Leaf is how one text with expressions is evaluated: to a string, a float64, a
// bool, a []any of those, or nil where it has no value.
type Leaf func(*rules.Scope) (any, error)

// LeafFor makes the Leaf of a template that stands under a key; "" for the tree itself.
type LeafFor func(key string, t *rules.Template) Leaf

// typed keeps the type of a single expression.
func typed(_ string, t *rules.Template) Leaf {
	return func(s *rules.Scope) (any, error) {
		v, _, err := t.Value(s)
		return v, err
	}
}

// Compiled is a Tree ready to be evaluated. It is immutable and safe for
// concurrent use, each goroutine with a Scope of its own.
type Compiled struct {
	path   string
	leaf   Leaf
	value  any // of a constant
	list   []*Compiled
	keys   []string // of a group; its values are in list
	nodes  kindOf
	single string // the expression, where that is all
}

type kindOf uint8

const (
	constant kindOf = iota
	leaf
	list
	group
)

// maxDepth is how deep a tree may be.
const maxDepth = 32

// Compile compiles the tree under the configuration's key field. leafFor is nil
// where values keep their types, as in JSON. The error holds a plugin.FieldError
// for every mistake.
func (t Tree) Compile(c *rules.Compiler, field string, leafFor LeafFor) (*Compiled, error) {
	if leafFor == nil {
		leafFor = typed
	}
	b := &builder{compiler: c, leafFor: leafFor}
	out := b.build(t.node, field, "", 0)
	return out, errors.Join(b.errs...)
}

type builder struct {
	compiler *rules.Compiler
	leafFor  LeafFor
	errs     []error
}

func (b *builder) wrong(field, message, suggestion string) *Compiled {
	b.errs = append(b.errs, &plugin.FieldError{Field: field, Message: message, Suggestion: suggestion})
	return &Compiled{path: field}
}

func (b *builder) build(n *yaml.Node, path, key string, depth int) *Compiled {
	if depth > maxDepth {
		return b.wrong(path, fmt.Sprintf("more than %d levels, one within the other", maxDepth), "")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return b.group(n, path, depth)
	case yaml.SequenceNode:
		out := &Compiled{path: path, nodes: list}
		for i, item := range n.Content {
			out.list = append(out.list, b.build(item, fmt.Sprintf("%s[%d]", path, i), key, depth+1))
		}
		return out
	case yaml.ScalarNode:
		return b.scalar(n, path, key)
	default:
		return b.wrong(path, "this cannot be read", "")
	}
}

// NeedsQuotes says whether a node is an unquoted {{ … }}, which is a group in a
// group to YAML.
func NeedsQuotes(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 && len(n.Content) == 2 && n.Content[0].Kind == yaml.MappingNode
}

// QuotesAdvice is what to do about that.
const QuotesAdvice = `put quotes around it: "{{ … }}"`

func (b *builder) group(n *yaml.Node, path string, depth int) *Compiled {
	if NeedsQuotes(n) {
		return b.wrong(path, "an unquoted {{ starts a group of keys in YAML", QuotesAdvice)
	}
	out := &Compiled{path: path, nodes: group}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		at := path + "." + k.Value
		switch {
		case k.Kind != yaml.ScalarNode:
			b.wrong(path, "a key is one word before a colon", "")
			continue
		case rules.IsTemplate(k.Value):
			b.wrong(at, "a key cannot hold {{ }}", "write the key out; only values change from lead to lead")
		case seen[k.Value]:
			b.wrong(at, "this key is written twice", "keep one of the two")
		}
		seen[k.Value] = true
		out.keys = append(out.keys, k.Value)
		out.list = append(out.list, b.build(n.Content[i+1], at, k.Value, depth+1))
	}
	return out
}

func (b *builder) scalar(n *yaml.Node, path, key string) *Compiled {
	out := &Compiled{path: path}
	text := n.ShortTag() == "!!str" || n.Tag == plugin.UnsetTag || n.ShortTag() == "!!timestamp"
	if !text {
		if err := n.Decode(&out.value); err != nil {
			return b.wrong(path, "this value cannot be read", "put quotes around it")
		}
		if _, err := json.Marshal(out.value); err != nil { // .inf, .nan
			return b.wrong(path, "JSON has no such number", "put quotes around it, if it is a text")
		}
		return out
	}
	if !rules.IsTemplate(n.Value) && !strings.Contains(n.Value, "{%") {
		out.value = n.Value
		return out
	}
	t, err := Compile(b.compiler, path, n.Value)
	if err != nil {
		b.errs = append(b.errs, err)
	}
	if t == nil {
		return out
	}
	out.nodes, out.leaf = leaf, b.leafFor(key, t)
	if t.Single() {
		out.single = t.Text()
	}
	return out
}

// Value evaluates the tree over what the scope holds: an *Object, a []any, or
// what a Leaf returns. An error names the key.
func (c *Compiled) Value(s *rules.Scope) (any, error) {
	switch c.nodes {
	case leaf:
		v, err := c.leaf(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		return v, nil
	case list:
		out := make([]any, len(c.list))
		for i, item := range c.list {
			v, err := item.Value(s)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case group:
		out := &Object{Keys: append([]string(nil), c.keys...), Values: make([]any, len(c.list))}
		for i, item := range c.list {
			v, err := item.Value(s)
			if err != nil {
				return nil, err
			}
			out.Values[i] = v
		}
		return out, nil
	default:
		return c.value, nil
	}
}
