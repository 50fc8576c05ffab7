package http

import (
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/fieldmap"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Override is what a route may say about what goes to an output of this kind.
type Override struct {
	Body    template.Tree    `yaml:"body" doc:"what this route sends instead"`
	Fields  fieldmap.Map     `yaml:"fields" doc:"fields that this route adds to the output's, or sends in their place"`
	Headers map[string]Value `yaml:"headers" doc:"headers that this route adds to the output's, or sends in their place"`
}

// view is how what is sent looks, where that is not the envelope.
type view struct {
	address *address // nil: the same for every lead
	body    *template.Compiled
	fields  *fieldmap.Fields
	headers []header
}

// header is a header whose value differs from lead to lead.
type header struct {
	name  string
	field string
	value *rules.Template
}

// plain says whether nothing is said about how what is sent looks.
func (v *view) plain() bool {
	return v.address == nil && v.body == nil && v.fields == nil && len(v.headers) == 0
}

// form compiles body or fields into the view.
func (v *view) form(body template.Tree, fields fieldmap.Map, c *rules.Compiler) error {
	if !body.IsZero() && !fields.IsZero() {
		return wrong("fields", "what is sent is either body or fields, not both", "keep one of them")
	}
	var err error
	switch {
	case !body.IsZero():
		v.body, err = body.Compile(c, "body", nil)
		v.fields = nil
	case !fields.IsZero():
		var own *fieldmap.Fields
		own, err = fields.Compile(c, "fields", fieldmap.Always)
		if own != nil {
			v.fields = v.fields.With(own)
		}
		v.body = nil
	}
	return err
}

// header adds a header, or puts it in the place of one of the same name.
func (v *view) header(name, field, text string, c *rules.Compiler) error {
	t, err := template.Compile(c, field, text)
	if t == nil {
		return err
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	h := header{name: name, field: field, value: t}
	v.headers = slices.Clone(v.headers)
	i := slices.IndexFunc(v.headers, func(o header) bool { return o.name == name })
	if i >= 0 {
		v.headers[i] = h
		return err
	}
	v.headers = append(v.headers, h)
	slices.SortFunc(v.headers, func(a, b header) int { return strings.Compare(a.name, b.name) })
	return err
}

// TargetKey says that there are no targets.
func (o *output) TargetKey() string { return "" }

// Override returns what a route may say.
func (o *output) Override() any { return &Override{} }

// With returns the output with another body, other fields or other headers.
func (o *output) With(override any, deps plugin.Deps) (outputs.Output, error) {
	c, ok := override.(*Override)
	if !ok {
		return nil, fmt.Errorf("http: override is a %T", override)
	}
	out := &output{
		name: o.name, method: o.method, url: o.url, shown: o.shown, settings: o.settings,
		client: o.client, now: o.now, scopes: o.scopes, view: o.view,
	}
	out.settings.header, out.settings.secrets = o.settings.header.Clone(), nil
	errs := []error{out.view.form(c.Body, c.Fields, deps.Compiler())}
	for name := range c.Headers { // written again: no complaint that it is there already
		key := textproto.CanonicalMIMEHeaderKey(name)
		if key != "Authorization" {
			out.settings.header.Del(key)
		}
		out.view.headers = slices.DeleteFunc(slices.Clone(out.view.headers), func(h header) bool { return h.name == key })
	}
	errs = append(errs, out.settings.addHeaders(c.Headers, &out.view, deps.Compiler()))
	err := errors.Join(errs...)
	if template.Failed(err) {
		return nil, err
	}
	out.secrets = slices.Concat(o.secrets, out.settings.secrets)
	if len(out.settings.secrets) > 0 {
		out.client = o.client.With(egress.NewRedactor(out.secrets...))
	}
	return out, err
}

// Headers returns what every request carries, and what this one does.
func (o *output) Headers(d *outputs.Delivery, r *outputs.Request) []outputs.Header {
	var list []outputs.Header
	for _, name := range slices.Sorted(maps.Keys(o.settings.header)) {
		value := "[not shown]" // it may hold a secret
		switch name {
		case "Content-Type", "User-Agent":
			value = o.settings.header.Get(name)
		case "Authorization":
			value = "[secret]"
			if kind, _, ok := strings.Cut(o.settings.header.Get(name), " "); ok {
				value = kind + " [secret]"
			}
		}
		list = append(list, outputs.Header{Name: name, Value: value})
	}
	for _, name := range o.settings.absent {
		list = append(list, outputs.Header{Name: name, Value: "[not set]"})
	}
	list = append(list, r.Header...)
	list = append(list, outputs.Header{Name: "Webhook-Id", Value: d.ID}, outputs.Header{Name: "Idempotency-Key", Value: d.ID},
		outputs.Header{Name: "Webhook-Timestamp", Value: "[when it is sent]"})
	if len(o.settings.signers) > 0 {
		list = append(list, outputs.Header{Name: "Webhook-Signature", Value: "v1,[made when it is sent]"})
	}
	return list
}

// render makes the request where the configuration says how it looks.
func (o *output) render(d *outputs.Delivery) (*outputs.Request, error) {
	s := o.scopes.Get(d)
	defer o.scopes.Put(s)
	r := &outputs.Request{Method: o.method, URL: o.shown}
	var err error
	if a := o.view.address; a != nil {
		if _, r.URL, err = a.render(s.Scope); err != nil {
			return nil, outputs.Permanent(err)
		}
	}
	for i := range o.view.headers {
		h := &o.view.headers[i]
		value, err := h.value.Render(s.Scope, nil)
		if err != nil {
			return nil, outputs.Permanent(fmt.Errorf("%s: %w", h.field, err))
		}
		if value = headerValue(value); value != "" {
			r.Header = append(r.Header, outputs.Header{Name: h.name, Value: value})
		}
	}
	if r.Body, err = o.body(d, s.Scope); err != nil {
		return nil, err
	}
	return r, nil
}

// body is what the configuration says, else the envelope.
func (o *output) body(d *outputs.Delivery, s *rules.Scope) ([]byte, error) {
	var v any
	var err error
	switch {
	case o.view.body != nil:
		v, err = o.view.body.Value(s)
	case o.view.fields != nil:
		v, err = o.view.fields.Object(s)
	default:
		return o.envelope(d)
	}
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	body, err := template.AppendJSON(nil, v)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return body, nil
}

// maxHeader bounds a header's value that holds values of the lead, in bytes.
const maxHeader = 1 << 10

// headerValue makes one line of a text: a line break would begin another header.
func headerValue(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(c rune) bool { return c < ' ' || c == 0x7f || c == ' ' }), " ")
	if len(s) <= maxHeader {
		return s
	}
	n := maxHeader
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n])
}
