package plugin

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Field describes one key of a configuration block.
type Field struct {
	Key     string // as written in the YAML: "allow_private"
	Type    string // in plain words: "text", "true or false", "list of secrets", "duration"
	Default string // as it would be written; "" where there is none. Never a secret's value
	Doc     string // the `doc` tag
	// Fields are the keys inside, where the value is a group of keys (or a list of groups).
	Fields []Field
}

// Fields lists the keys of a configuration struct, in the struct's order. config
// is what Kind.Config returns: its values are the defaults. What is no struct, or
// no pointer to one, has no keys.
func Fields(config any) []Field {
	return structFields(reflect.ValueOf(config), nil)
}

// StructKey is one YAML key of a Go struct.
type StructKey struct {
	Key   string
	Index []int // for reflect.Value.FieldByIndex
	Type  reflect.Type
	Doc   string
}

// StructKeys lists the YAML keys of a struct type as the YAML package sees them:
// named by the `yaml` tag, else by the field's name in lower case; `inline`
// structs are flattened.
func StructKeys(t reflect.Type) []StructKey {
	var keys []StructKey
	for i := range t.NumField() {
		f := t.Field(i)
		if f.PkgPath != "" && !f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if strings.Contains(","+options+",", ",inline,") {
			if inner.Kind() == reflect.Struct {
				for _, k := range StructKeys(inner) {
					k.Index = append([]int{i}, k.Index...)
					keys = append(keys, k)
				}
			}
			continue
		}
		if f.PkgPath != "" {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		keys = append(keys, StructKey{Key: name, Index: []int{i}, Type: f.Type, Doc: f.Tag.Get("doc")})
	}
	return keys
}

// structFields lists the keys of v; seen guards against types that hold themselves.
func structFields(v reflect.Value, seen []reflect.Type) []Field {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if v.IsNil() && v.Kind() == reflect.Pointer {
			v = reflect.New(v.Type().Elem())
		}
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() != reflect.Struct {
		return nil
	}
	for _, t := range seen {
		if t == v.Type() {
			return nil
		}
	}
	seen = append(slices.Clip(seen), v.Type())
	var fields []Field
	for _, k := range StructKeys(v.Type()) {
		field := Field{Key: k.Key, Type: typeWords(k.Type, false), Doc: k.Doc}
		value, err := v.FieldByIndexErr(k.Index)
		if err != nil {
			value = reflect.Zero(k.Type)
		}
		if group, ok := groupOf(k.Type); ok {
			start := reflect.New(group)
			if value.Type() == group {
				start = value
			}
			field.Fields = structFields(start, seen)
		} else {
			field.Default = defaultWords(value)
		}
		fields = append(fields, field)
	}
	return fields
}

// groupOf returns the struct type whose keys are written under a field of type t.
func groupOf(t reflect.Type) (reflect.Type, bool) {
	for {
		if IsOpaque(t) {
			return nil, false
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			return t, true
		default:
			return nil, false
		}
	}
}

// IsOpaque says whether a type reads its YAML itself: what it accepts cannot be
// told from its Go type.
func IsOpaque(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[yaml.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		p.Implements(reflect.TypeFor[interface{ UnmarshalYAML(func(any) error) error }]()) ||
		t == reflect.TypeFor[yaml.Node]()
}

// Described is implemented by configuration types that read their own YAML and
// want to be described in other words than "text".
type Described interface {
	// ConfigType says in a few plain words what may be written: "text or a list of texts".
	ConfigType() string
}

func typeWords(t reflect.Type, plural bool) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s := ""
	if plural {
		s = "s"
	}
	if d, ok := reflect.TypeAssert[Described](reflect.New(t)); ok {
		return d.ConfigType()
	}
	switch {
	case t == reflect.TypeFor[Secret]():
		return "secret" + s
	case t == reflect.TypeFor[Duration](), t == reflect.TypeFor[time.Duration]():
		return "duration" + s
	case IsOpaque(t):
		return "text" + s
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "whole number" + s
	case reflect.Float32, reflect.Float64:
		return "number" + s
	case reflect.Slice, reflect.Array:
		return "list of " + typeWords(t.Elem(), true)
	case reflect.Map:
		return "names with a " + typeWords(t.Elem(), false) + " each"
	case reflect.Struct:
		if plural {
			return "groups of keys"
		}
		return "group of keys"
	case reflect.Interface:
		return "anything"
	default:
		return "text" + s
	}
}

// defaultWords writes a default as the YAML would; "" for what is empty or secret.
func defaultWords(v reflect.Value) string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	t := v.Type()
	if t == reflect.TypeFor[Secret]() {
		return ""
	}
	if t.Kind() == reflect.Bool {
		return fmt.Sprint(v.Bool())
	}
	if v.IsZero() {
		return ""
	}
	if t == reflect.TypeFor[time.Duration]() {
		return Duration(v.Int()).String()
	}
	if s, ok := reflect.TypeAssert[fmt.Stringer](v); ok {
		return s.String()
	}
	switch t.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Slice, reflect.Array:
		parts := make([]string, v.Len())
		for i := range v.Len() {
			parts[i] = defaultWords(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Map, reflect.Struct:
		raw, err := json.Marshal(v.Interface())
		if err != nil {
			return ""
		}
		return string(raw)
	default:
		return fmt.Sprint(v.Interface())
	}
}
