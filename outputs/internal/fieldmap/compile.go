package fieldmap

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

const example = `write for example:  jobtitle: title`

// Compile reads the map under the configuration's key field. can lists the ways of
// writing that this output has. The error holds a plugin.FieldError for every
// mistake; if all are warnings, the fields are good.
func (m Map) Compile(c *rules.Compiler, field string, can ...Write) (*Fields, error) {
	b := &builder{compiler: c, can: can}
	n := m.tree.Node()
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		b.wrong(field, "this takes the names of fields, each with where its value comes from", example)
		return nil, errors.Join(b.errs...)
	}
	out := &Fields{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		path := field + "." + k.Value
		switch {
		case k.Kind != yaml.ScalarNode || k.Value == "":
			b.wrong(field, "a field's name is one word before a colon", example)
			continue
		case rules.IsTemplate(k.Value):
			b.key(path, "the name of a field cannot hold {{ }}", "write the name out; only values change from lead to lead")
			continue
		case slices.ContainsFunc(out.list, func(f Field) bool { return f.Name == k.Value }):
			b.key(path, "this field is written twice", "keep one of the two")
			continue
		}
		out.list = append(out.list, b.field(path, k.Value, v))
	}
	return out, errors.Join(b.errs...)
}

type builder struct {
	compiler *rules.Compiler
	can      []Write
	errs     []error
}

func (b *builder) wrong(path, message, suggestion string) {
	b.errs = append(b.errs, &plugin.FieldError{Field: path, Message: message, Suggestion: suggestion})
}

// key is wrong about the last key of a path.
func (b *builder) key(path, message, suggestion string) {
	b.errs = append(b.errs, &plugin.FieldError{Field: path, Message: message, Suggestion: suggestion, AtKey: true})
}

// keys are what a field can hold.
func keys() []string { return []string{"from", "value", "template", "write", "map", "else"} }

// field reads one field: a name of the lead, a text with expressions, or a group of keys.
func (b *builder) field(path, name string, n *yaml.Node) Field {
	f := Field{Name: name, Write: Always, path: path}
	switch {
	case template.NeedsQuotes(n):
		b.wrong(path, "an unquoted {{ starts a group of keys in YAML", template.QuotesAdvice)
	case n.Kind == yaml.ScalarNode:
		b.short(&f, path, n)
	case n.Kind == yaml.MappingNode:
		b.long(&f, path, n)
	default:
		b.wrong(path, "a field gets one value", `for a fixed list write { value: [...] }`)
	}
	return f
}

// short reads `jobtitle: title` and `note: "{{ full_name }} at {{ company.name }}"`.
func (b *builder) short(f *Field, path string, n *yaml.Node) {
	switch {
	case n.Tag == plugin.UnsetTag:
	case n.ShortTag() != "!!str":
		b.wrong(path, "a fixed value is written with `value`", fmt.Sprintf("write { value: %s }", n.Value))
	case rules.IsTemplate(n.Value):
		f.from = b.template(path, n.Value)
	default:
		f.from = b.from(path, n.Value)
	}
}

func (b *builder) template(path, text string) *rules.Template {
	t, err := template.Compile(b.compiler, path, text)
	if err != nil {
		b.errs = append(b.errs, err)
	}
	return t
}

// from compiles the name of a value of the lead, or an expression over it.
func (b *builder) from(path, text string) *rules.Template {
	t, errs := b.compiler.CompileField(text)
	for _, e := range errs {
		if e.Suggestion == "" && strings.HasPrefix(e.Message, "there is no name") {
			e.Suggestion = fmt.Sprintf("a fixed text is written { value: %q }", text)
		}
	}
	if err := template.Complaints(path, errs); err != nil {
		b.errs = append(b.errs, err)
	}
	return t
}

// long reads `{ from: status, map: { qualified: NEW }, else: omit }`.
func (b *builder) long(f *Field, path string, n *yaml.Node) {
	parts, unknown := map[string]*yaml.Node{}, false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if !slices.Contains(keys(), key) {
			suggestion := "it can hold from, value or template, and write, map, else"
			if near := rules.Nearest(key, keys()); near != "" {
				suggestion = "did you mean `" + near + "`?"
			}
			b.key(path+"."+key, "a field has no key "+key, suggestion)
			unknown = true
			continue
		}
		parts[key] = n.Content[i+1]
	}
	var given []string
	for _, key := range keys()[:3] {
		if parts[key] != nil {
			given = append(given, key)
		}
	}
	switch {
	case len(given) > 1:
		b.key(path+"."+given[1], "a field gets its value from one place: "+given[0]+" or "+given[1], "keep one of them")
		return
	case len(given) == 0 && unknown: // what is meant is not known
		return
	case len(given) == 0:
		b.key(path, "where does its value come from?", "write from: and a name of the lead, value: or template:")
		return
	}
	b.write(f, path, parts["write"])
	from := ""
	switch key := given[0]; key {
	case "from":
		if from = b.text(path+".from", parts[key]); from == "" {
			return
		}
		if rules.IsTemplate(from) {
			b.wrong(path+".from", "from names a value, without braces", "write template: for a text with {{ }}")
			return
		}
		f.from = b.from(path+".from", from)
	case "template":
		if text := b.text(path+".template", parts[key]); text != "" {
			f.from = b.template(path+".template", text)
		}
	case "value":
		b.fixed(f, path+".value", parts[key])
	}
	b.mapping(f, path, from, parts["map"], parts["else"])
}

// text reads a text that must be there.
func (b *builder) text(path string, n *yaml.Node) string {
	switch {
	case template.NeedsQuotes(n):
		b.wrong(path, "an unquoted {{ starts a group of keys in YAML", template.QuotesAdvice)
	case n.Tag == plugin.UnsetTag:
	case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || strings.TrimSpace(n.Value) == "":
		b.wrong(path, "this takes a text", "put quotes around it; a fixed value is written with `value`")
	default:
		return n.Value
	}
	return ""
}

func (b *builder) fixed(f *Field, path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && rules.IsTemplate(n.Value) {
		b.wrong(path, "value is fixed; it is sent as it stands", "write template: for a text with {{ }}")
		return
	}
	var tree template.Tree
	_ = tree.UnmarshalYAML(n) // it only keeps the node
	v, err := tree.Compile(b.compiler, path, nil)
	if err != nil {
		b.errs = append(b.errs, err)
		return
	}
	f.value = v
}

func (b *builder) write(f *Field, path string, n *yaml.Node) {
	if n == nil || n.Tag == plugin.UnsetTag {
		return
	}
	words := []string{string(Always), string(IfEmpty), string(OnCreate)}
	switch w := Write(n.Value); {
	case !slices.Contains(words, n.Value):
		suggestion := "it can be always, if_empty or on_create"
		if near := rules.Nearest(n.Value, words); near != "" {
			suggestion = "did you mean `" + near + "`?"
		}
		b.wrong(path+".write", "this is no way to write a field", suggestion)
	case !slices.Contains(b.can, w):
		b.wrong(path+".write", fmt.Sprintf("this output sends without looking at what is there, so it cannot write %s", w), "remove it: the field is always sent")
	default:
		f.Write = w
	}
}

// mapping reads `map` and `else`.
func (b *builder) mapping(f *Field, path, from string, table, other *yaml.Node) {
	if table == nil {
		if other != nil {
			b.key(path+".else", "else belongs to a map, and there is none", `write ?? for what is missing: from: status ?? "new"`)
		}
		return
	}
	if f.value != nil {
		b.key(path+".map", "value is fixed, so there is nothing to map", "use from")
		return
	}
	if table.Kind != yaml.MappingNode || len(table.Content) == 0 {
		b.wrong(path+".map", "map takes the lead's values, each with what it becomes", "write for example map: { qualified: NEW }")
		return
	}
	f.mapped = map[string]any{}
	values := b.compiler.Values(strings.TrimSpace(from))
	for i := 0; i+1 < len(table.Content); i += 2 {
		k, v := table.Content[i], table.Content[i+1]
		at := path + ".map." + k.Value
		if values != nil && !slices.Contains(values, k.Value) {
			suggestion := "it has " + strings.Join(values, ", ")
			if near := rules.Nearest(k.Value, values); near != "" {
				suggestion = "did you mean `" + near + "`?"
			}
			b.key(at, fmt.Sprintf("%s has no value %s", from, k.Value), suggestion)
			continue
		}
		f.mapped[k.Value] = b.constant(at, v)
	}
	if other == nil || other.Tag == plugin.UnsetTag {
		return
	}
	switch cmp.Or(other.Value, "omit") {
	case "omit":
	case "keep":
		f.keep = true
	default:
		f.other = b.constant(path+".else", other)
	}
}

// constant reads one fixed value.
func (b *builder) constant(path string, n *yaml.Node) any {
	if n.Kind != yaml.ScalarNode || rules.IsTemplate(n.Value) {
		b.wrong(path, "this takes one fixed value", "")
		return nil
	}
	var v any
	if n.ShortTag() == "!!str" || n.Tag == plugin.UnsetTag {
		return n.Value
	}
	if err := n.Decode(&v); err != nil {
		b.wrong(path, "this value cannot be read", "put quotes around it")
		return nil
	}
	return v
}
