// Package template is what outputs make their requests of where the configuration
// says how: texts and trees with {{ expressions }} over the lead. It is pure; what
// a value has to look like where it goes (JSON, a URL, a header, a message) is the
// caller's to say, so that no value can break out of its place.
package template

import (
	"errors"
	"sync"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/rules"
)

// Scopes gives out what evaluating templates needs. The zero value is ready; it is
// safe for concurrent use.
type Scopes struct{ pool sync.Pool }

// Scope holds one delivery for the templates that are evaluated over it.
type Scope struct {
	*rules.Scope

	in   rules.Input
	more rules.Delivery
}

// Get returns a Scope that holds the delivery. Put it back when done.
func (p *Scopes) Get(d *outputs.Delivery) *Scope {
	s, ok := p.pool.Get().(*Scope)
	if !ok {
		s = &Scope{Scope: rules.NewScope()}
	}
	s.more = rules.Delivery{ID: d.ID, EventID: d.EventID, Route: d.Route, Because: d.Because, HubURL: d.HubURL}
	s.in = rules.Input{Lead: d.Lead, Delivery: &s.more, Data: d.Data}
	switch {
	case d.Lead != nil:
		from := &d.Lead.Source
		s.in.Vendor, s.in.Receiver, s.in.Event, s.in.Tenant = from.Vendor, from.Receiver, from.Event, from.Tenant
		s.in.ReceivedAt, s.in.IsTest, s.in.IsNew = from.ReceivedAt, d.Lead.IsTest, d.Lead.Revision <= 1
	case d.Notice != nil:
		n := d.Notice
		s.in.Vendor, s.in.Receiver, s.in.Event, s.in.Tenant = n.Vendor, n.Receiver, n.Event, n.Tenant
		s.in.ReceivedAt, s.in.IsTest = n.ReceivedAt, n.IsTest
		s.more.Subject = n.Subject
	}
	s.Reset(&s.in)
	return s
}

// Put takes a Scope back.
func (p *Scopes) Put(s *Scope) {
	s.in, s.more = rules.Input{}, rules.Delivery{} // what they point to is another's
	s.Reset(nil)
	p.pool.Put(s)
}

// Compile compiles a text of the configuration's key field. The error holds a
// plugin.FieldError for every mistake; if all are warnings, the template is good.
func Compile(c *rules.Compiler, field, text string) (*rules.Template, error) {
	t, errs := c.CompileTemplate(text)
	return t, Complaints(field, errs)
}

// Complaints says what is wrong with the text of a field.
func Complaints(field string, errs []*rules.Error) error {
	list := make([]error, len(errs))
	for i, e := range errs {
		list[i] = &plugin.FieldError{Field: field, Offset: e.Offset, Message: e.Message, Suggestion: e.Suggestion, Warning: e.Warning}
	}
	return errors.Join(list...)
}

// Failed says whether an error of Compile means that there is no template.
func Failed(err error) bool {
	fields, rest := plugin.FieldErrors(err)
	for _, f := range fields {
		if !f.Warning {
			return true
		}
	}
	return rest != nil
}
