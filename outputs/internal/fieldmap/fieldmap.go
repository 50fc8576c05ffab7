// Package fieldmap is the `fields:` of an output: which field at the target gets
// what of the lead, in the order of the file. HTTP and CRM outputs share it.
package fieldmap

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Map is the configuration's form of a field map.
type Map struct{ tree template.Tree }

// ConfigType says what may be written.
func (Map) ConfigType() string {
	return "the target's fields, each with where its value comes from"
}

// UnmarshalYAML keeps what is written.
func (m *Map) UnmarshalYAML(n *yaml.Node) error { return m.tree.UnmarshalYAML(n) }

// IsZero says whether nothing was written.
func (m Map) IsZero() bool { return m.tree.IsZero() }

// Write says when a field is written.
type Write string

// When a field is written. Outputs that cannot look at what is there take Always only.
const (
	Always   Write = "always"
	IfEmpty  Write = "if_empty"
	OnCreate Write = "on_create"
)

// Field is one field of the target. It is immutable and safe for concurrent use.
type Field struct {
	Name  string
	Write Write

	path   string
	value  *template.Compiled // where it is fixed
	from   *rules.Template
	mapped map[string]any // by the text of the value; nil: no map
	keep   bool           // what the map does not name stays as it is
	other  any            // what the map does not name becomes; nil: the field is left out
}

// Fields is a compiled field map.
type Fields struct{ list []Field }

// Value is what one field gets.
type Value struct {
	Name  string
	Write Write
	Value any // a string, a json.Number or float64, a bool, a []any, or a *template.Object
}

// Names returns the fields' names, in order.
func (f *Fields) Names() []string {
	names := make([]string, len(f.list))
	for i := range f.list {
		names[i] = f.list[i].Name
	}
	return names
}

// With returns the fields with those of over in their place, and behind them where
// they are new: what a route says goes before what the output says.
func (f *Fields) With(over *Fields) *Fields {
	if f == nil {
		return over
	}
	out := &Fields{list: slices.Clone(f.list)}
	for _, field := range over.list {
		i := slices.IndexFunc(out.list, func(o Field) bool { return o.Name == field.Name })
		if i < 0 {
			out.list = append(out.list, field)
		} else {
			out.list[i] = field
		}
	}
	return out
}

// Values evaluates the fields over what the scope holds. A field without a value is
// left out. An error names the field.
func (f *Fields) Values(s *rules.Scope) ([]Value, error) {
	list := make([]Value, 0, len(f.list))
	for i := range f.list {
		field := &f.list[i]
		v, err := field.eval(s)
		if err != nil {
			return nil, err
		}
		if v != nil {
			list = append(list, Value{Name: field.Name, Write: field.Write, Value: v})
		}
	}
	return list, nil
}

// Object evaluates the fields into a flat object.
func (f *Fields) Object(s *rules.Scope) (*template.Object, error) {
	values, err := f.Values(s)
	if err != nil {
		return nil, err
	}
	out := &template.Object{Keys: make([]string, len(values)), Values: make([]any, len(values))}
	for i, v := range values {
		out.Keys[i], out.Values[i] = v.Name, v.Value
	}
	return out, nil
}

func (f *Field) eval(s *rules.Scope) (any, error) {
	if f.value != nil {
		return f.value.Value(s)
	}
	if f.from == nil {
		return nil, nil
	}
	v, missing, err := f.from.Value(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	if list, ok := v.([]any); ok && len(list) == 0 || missing || v == "" {
		return nil, nil
	}
	if f.mapped == nil {
		return v, nil
	}
	if list, ok := v.([]any); ok {
		var out []any
		for _, item := range list {
			if mapped := f.lookup(item); mapped != nil {
				out = append(out, mapped)
			}
		}
		if out == nil {
			return nil, nil
		}
		return out, nil
	}
	return f.lookup(v), nil
}

// lookup returns what the map makes of one value.
func (f *Field) lookup(v any) any {
	mapped, ok := f.mapped[fmt.Sprint(v)]
	switch {
	case ok:
		return mapped
	case f.keep:
		return v
	default:
		return f.other
	}
}
