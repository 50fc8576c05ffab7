package generic

import (
	"fmt"
	"strings"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
	"leadhub/rules"
)

// defaultEvent is the name of an event that the configuration names no other way.
const defaultEvent = "lead"

// reading is one reading of a payload.
type reading struct {
	r     *receiver
	scope *rules.Scope
	in    rules.Input
	note  func(receivers.Mapping) // nil unless the mapping is to be explained
	lead  int                     // the number of the lead being read, 0 for the event
}

// Parse reads the payload as the configuration says.
func (r *receiver) Parse(req *receivers.Request) (receivers.Event, error) {
	return r.read(req, nil)
}

// Explain says what every field was mapped from.
func (r *receiver) Explain(req *receivers.Request) []receivers.Mapping {
	var list []receivers.Mapping
	// Why an event is unmapped, whoever asked has been told by Parse.
	_, _ = r.read(req, func(m receivers.Mapping) { list = append(list, m) })
	return list
}

func (r *receiver) read(req *receivers.Request, note func(receivers.Mapping)) (receivers.Event, error) {
	raw, err := r.decode(req.Body)
	if err != nil {
		return receivers.Event{}, fmt.Errorf("body: %w", err)
	}
	d := &reading{r: r, scope: rules.NewScope(), note: note, in: rules.Input{
		Vendor: Vendor, Receiver: r.name, ReceivedAt: req.ReceivedAt,
		Raw: func() any { return raw }, Header: req.Header.Get,
	}}
	e, err := d.event(req)
	if err != nil {
		return receivers.Event{}, err
	}
	return e, nil
}

// decode reads a body that may never have been verified: replays come from files too.
func (r *receiver) decode(body []byte) (any, error) {
	if r.form {
		return decodeForm(body)
	}
	var doc jsondoc.Doc
	if err := doc.Parse(body); err != nil {
		return nil, err
	}
	return decodeJSON(body)
}

func (d *reading) event(req *receivers.Request) (receivers.Event, error) {
	m := &d.r.mapping
	d.scope.Reset(&d.in)
	name, err := d.text("event", m.event)
	if err != nil {
		return receivers.Event{}, err
	}
	if name == "" {
		name = defaultEvent
	}
	e := mapping.Event(req, name)
	d.in.Event = e.Name
	isTest, err := d.truth("test", m.test)
	if err != nil {
		return receivers.Event{}, err
	}
	e.Test = e.Test || isTest
	if err := d.identify(&e, req); err != nil {
		return receivers.Event{}, err
	}
	isNotice, err := d.truth("notice", m.notice)
	if err != nil {
		return receivers.Event{}, err
	}
	if isNotice {
		subject, err := d.text("subject", m.subject)
		if err != nil {
			return receivers.Event{}, err
		}
		if subject == "" {
			subject = d.r.name + " sent " + e.Name
		}
		mapping.Notice(&e, subject)
		return e, nil
	}
	err = d.leads(&e)
	return e, err
}

// identify fills what tells the event from others.
func (d *reading) identify(e *receivers.Event, req *receivers.Request) error {
	m := &d.r.mapping
	id, err := d.text("id", m.id)
	if err != nil {
		return err
	}
	// A trial has another key than the real event, and so has another event of the
	// same id: some senders take the lead's id for all its events.
	e.Key = mapping.Key(e.Test, Vendor, []byte("body"), req.Body)
	if id != "" {
		e.Key = mapping.Key(e.Test, Vendor, []byte("id"), []byte(e.Name), []byte(id))
		e.DeliveryID = mapping.ID(id)
	}
	if _, err = d.checked("occurred_at", m.occurredAt, func(text string) string {
		if e.OccurredAt = mapping.ParseTime(text, req.ReceivedAt); e.OccurredAt.IsZero() {
			return "is not a time that can be read"
		}
		return ""
	}); err != nil {
		return err
	}
	// A lead's id counts within its sender only.
	e.Tenant, err = d.text("tenant", m.tenant)
	if e.Tenant = mapping.ID(e.Tenant); e.Tenant == "" {
		e.Tenant = d.r.name
	}
	return err
}

// leads reads the leads of the event.
func (d *reading) leads(e *receivers.Event) error {
	each := d.r.mapping.each
	if each == nil {
		d.lead = 1
		l, err := d.one(e)
		e.Leads = []lead.Lead{l}
		return err
	}
	v, missing, err := each.expr.Eval(d.scope)
	items, _ := v.([]any)
	switch text := each.expr.Text(); {
	case err != nil:
		return fmt.Errorf("each: %w", err)
	case missing:
		return fmt.Errorf("each: %s is missing", text)
	case len(items) == 0:
		return fmt.Errorf("each: %s is an empty list, so there is no lead; if such events are no leads, write notice: len(%s) == 0", text, text)
	case len(items) > receivers.MaxLeads:
		return fmt.Errorf("each: %s holds %d leads; %d is the most one event may hold", text, len(items), receivers.MaxLeads)
	}
	e.Leads = make([]lead.Lead, 0, len(items))
	for i, item := range items {
		d.lead, d.in.Item = i+1, item
		d.scope.Reset(&d.in)
		l, err := d.one(e)
		if err != nil {
			return fmt.Errorf("lead %d of %d: %w", i+1, len(items), err)
		}
		e.Leads = append(e.Leads, l)
	}
	return nil
}

// one reads one lead.
func (d *reading) one(e *receivers.Event) (lead.Lead, error) {
	l := lead.Lead{Person: &lead.Person{}, Source: mapping.Source(Vendor, e, d.in.ReceivedAt)}
	for i := range d.r.mapping.fields {
		f := &d.r.mapping.fields[i]
		v, missing, err := f.expr.Eval(d.scope)
		if err != nil {
			return lead.Lead{}, fmt.Errorf("%s: %w", f.field, err)
		}
		note := ""
		if !missing {
			note = f.set(&l, v)
		}
		d.tell(f.name, f.expr, f.kind, missing, note)
	}
	l.Kind = lead.KindPerson
	if mapping.Nobody(l.Person) {
		l.Person, l.Kind = nil, lead.KindCompany
	}
	if empty(&l) {
		return lead.Lead{}, d.nobody()
	}
	return l, nil
}

// nobody says which fields would have said who the lead is.
func (d *reading) nobody() error {
	var looked []string
	for i := range d.r.mapping.fields {
		if f := &d.r.mapping.fields[i]; f.known {
			looked = append(looked, f.name+" ("+mapping.Line(f.expr.Text(), 80)+")")
		}
	}
	if len(looked) == 1 {
		return fmt.Errorf("no person and no company in it: %s is missing", looked[0])
	}
	last := len(looked) - 1
	return fmt.Errorf("no person and no company in it: %s and %s are missing", strings.Join(looked[:last], ", "), looked[last])
}

// text evaluates an expression of the event that is wanted as a text; "" where it
// is missing or not configured.
func (d *reading) text(name string, e *expression) (string, error) {
	return d.checked(name, e, func(string) string { return "" })
}

// checked is text, for what can be a text and still be of no use: use says why.
func (d *reading) checked(name string, e *expression, use func(string) string) (string, error) {
	if e == nil {
		return "", nil
	}
	v, missing, err := e.expr.Eval(d.scope)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	note := ""
	s, _ := v.(string)
	if s = clean(s); s != "" {
		note = use(s)
	}
	d.tell(name, e.expr, rules.ValueText, missing, note)
	return s, nil
}

// truth evaluates a condition; missing is not true.
func (d *reading) truth(name string, e *expression) (bool, error) {
	if e == nil {
		return false, nil
	}
	v, missing, err := e.expr.Eval(d.scope)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	d.tell(name, e.expr, rules.ValueBool, missing, "")
	b, _ := v.(bool)
	return b, nil
}

// tell notes what an expression gave, if somebody wants to know.
func (d *reading) tell(name string, e *rules.ValueExpr, kind rules.ValueKind, missing bool, note string) {
	if d.note == nil {
		return
	}
	m := receivers.Mapping{Lead: d.lead, Target: name, Expr: e.Text(), Value: e.Show(d.scope), Missing: missing, Note: note}
	switch {
	case missing && m.Value != "":
		m.Note = "cannot be read as " + kind.String()
	case missing:
		m.Note = whyMissing(e, d.scope)
	}
	d.note(m)
}

// whyMissing says what an expression of several parts lacks.
func whyMissing(e *rules.ValueExpr, s *rules.Scope) string {
	var absent, seen []string
	for _, v := range e.Values(s) {
		switch {
		case v.Missing && v.Name != strings.TrimSpace(e.Text()):
			absent = append(absent, v.Name+" is missing")
		case !v.Missing:
			seen = append(seen, v.Name+" is "+v.Text)
		}
	}
	if len(absent) > 0 {
		return strings.Join(absent, ", ")
	}
	return strings.Join(seen, ", ")
}
