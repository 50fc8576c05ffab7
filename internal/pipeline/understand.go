// Package pipeline is the way of an event through the hub: taken in, understood,
// decided, delivered. Understanding and deciding are pure; the rest moves rows.
package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"leadhub/internal/config"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// Understanding is what a request turned out to hold.
type Understanding struct {
	Event receivers.Event // its leads are cleaned, marked as tests where they are, and sealed
	// Err says why the event is unmapped; nil where it could be read.
	Err error
	// Notes says what went wrong without making the event unmapped: a `tests` rule that errors.
	Notes []string

	receiver *config.Receiver
	data     *rules.Data
	request  *receivers.Request
	channel  string
}

// Understand reads a verified request: the vendor's fields, then the cleaning
// steps, then whether it is a test, then the lead's identity. It is pure: the same
// bytes and the same configuration give the same leads. s is scratch space.
func Understand(c *config.Config, s *rules.Scope, r *config.Receiver, req *receivers.Request, channel string) *Understanding {
	u := &Understanding{receiver: r, request: req, channel: channel, data: c.Data}
	if err := guard("reading the payload", func() error {
		var err error
		u.Event, err = r.Parse(req)
		return err
	}); err != nil {
		u.Err = err
		return u
	}
	e := &u.Event
	if e.OccurredAt.IsZero() {
		e.OccurredAt = req.ReceivedAt
	}
	switch {
	case e.Kind == receivers.KindNotice:
		u.markNotice(c, s)
		return u
	case len(e.Leads) == 0:
		u.Err = errors.New("the payload holds no lead")
		return u
	case len(e.Leads) > receivers.MaxLeads:
		u.Err = fmt.Errorf("the payload holds %d leads; %d is the most one event may hold", len(e.Leads), receivers.MaxLeads)
		return u
	}
	for i := range e.Leads {
		if err := u.clean(c, s, &e.Leads[i]); err != nil {
			u.Err = err
			return u
		}
	}
	return u
}

func (u *Understanding) clean(c *config.Config, s *rules.Scope, l *lead.Lead) error {
	e := &u.Event
	l.Source.Receiver = u.receiver.Name
	l.Source.Channel = u.channel
	l.Source.ReceivedAt = u.request.ReceivedAt
	if l.Source.OccurredAt.IsZero() {
		l.Source.OccurredAt = e.OccurredAt
	}
	return guard("cleaning the lead", func() error {
		c.Chain.Apply(l)
		s.Reset(u.input(l, false))
		isTest, err := c.Routes.IsTest(s)
		if err != nil {
			u.Notes = append(u.Notes, "tests: "+err.Error())
		}
		l.IsTest = e.Test || isTest
		l.Seal()
		return nil
	})
}

func (u *Understanding) markNotice(c *config.Config, s *rules.Scope) {
	if u.Event.Test {
		return
	}
	s.Reset(u.input(nil, false))
	isTest, err := c.Routes.IsTest(s)
	if err != nil {
		u.Notes = append(u.Notes, "tests: "+err.Error())
	}
	u.Event.Test = isTest
}

// input is what rules see of the event, or of one lead of it.
func (u *Understanding) input(l *lead.Lead, isNew bool) *rules.Input {
	in := &rules.Input{
		Lead: l, Vendor: u.receiver.Type, Receiver: u.receiver.Name, Event: u.Event.Name, Tenant: u.Event.Tenant,
		ReceivedAt: u.request.ReceivedAt, IsTest: u.Event.Test, IsNew: isNew, Raw: u.Raw, Data: u.data,
	}
	if l != nil {
		in.IsTest = l.IsTest
	}
	return in
}

// Raw decodes the vendor's payload for rules that read `raw`; nil where it cannot be read.
func (u *Understanding) Raw() any {
	if d, ok := u.receiver.Receiver.(receivers.Decoder); ok {
		return d.Decode(u.request.Body)
	}
	d := json.NewDecoder(bytes.NewReader(u.request.Body))
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// Decide asks the routing table about lead i of the event.
func (u *Understanding) Decide(c *config.Config, s *rules.Scope, i int, isNew bool) routes.Decision {
	s.Reset(u.input(&u.Event.Leads[i], isNew))
	return c.Routes.Decide(s)
}

// DecideNotice asks the routing table about an event without leads.
func (u *Understanding) DecideNotice(c *config.Config, s *rules.Scope) routes.Decision {
	s.Reset(u.input(nil, false))
	return c.Routes.DecideNotice(s)
}

// Scope loads s with what the rules saw, to expand a trace.
func (u *Understanding) Scope(s *rules.Scope, i int, isNew bool) {
	if u.Event.Kind == receivers.KindNotice {
		s.Reset(u.input(nil, false))
		return
	}
	s.Reset(u.input(&u.Event.Leads[i], isNew))
}

// guard turns a panic into an error, so that one strange payload cannot take the
// hub down and is kept like any other that could not be read.
func guard(doing string, fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error while %s: %v", doing, p)
		}
	}()
	return fn()
}

// EncodeMeta keeps the named headers of a request, as they are stored beside its body.
func EncodeMeta(h http.Header, keep []string) []byte {
	var kept map[string]string
	for _, name := range keep {
		if v := h.Get(name); v != "" {
			if kept == nil {
				kept = make(map[string]string, len(keep))
			}
			kept[http.CanonicalHeaderKey(name)] = v
		}
	}
	if kept == nil {
		return []byte{}
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return []byte{} // a map of strings always marshals
	}
	return b
}

// DecodeMeta is the inverse of EncodeMeta.
func DecodeMeta(meta []byte) (http.Header, error) {
	h := http.Header{}
	if len(meta) == 0 {
		return h, nil
	}
	var kept map[string]string
	if err := json.Unmarshal(meta, &kept); err != nil {
		return nil, fmt.Errorf("pipeline: kept headers: %w", err)
	}
	for k, v := range kept {
		h.Set(k, v)
	}
	return h, nil
}
