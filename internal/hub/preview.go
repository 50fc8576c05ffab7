package hub

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/outputs"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// PreviewOptions say how to read a captured payload, and as of when.
type PreviewOptions struct {
	PayloadOptions
	// At is when the payload arrived, as When reads it; "": now.
	At string
}

// Preview is what would be sent to one output for a payload. It is the JSON of
// `leadhub outputs preview --json`.
type Preview struct {
	Input    string `json:"input"`
	Receiver string `json:"receiver"`
	Output   string `json:"output"`
	Type     string `json:"type"` // of the output
	// Requests holds one entry for each lead and target, or for the notice.
	Requests []PreviewRequest `json:"requests"`
	Unmapped string           `json:"unmapped,omitempty"` // why the payload cannot be read
}

// PreviewRequest is one request, exactly as the output renders it, with secrets
// replaced.
type PreviewRequest struct {
	Who    string `json:"who"`               // the lead's name, or what the notice is about
	LeadID string `json:"lead_id,omitempty"` // "" for a notice
	Route  string `json:"route,omitempty"`
	Target string `json:"target,omitempty"`
	// Sent: the rules send this lead to this output. If not, Note says where it goes
	// instead, and the request is the one that the output would get.
	Sent    bool             `json:"sent"`
	Note    string           `json:"note,omitempty"`
	Method  string           `json:"method,omitempty"` // "" where the target is not HTTP
	URL     string           `json:"url,omitempty"`
	Headers []outputs.Header `json:"headers,omitempty"`
	Body    string           `json:"body"`
	Error   string           `json:"error,omitempty"` // why there is no request; the delivery would be refused
}

// PreviewOutput renders what would be sent to an output for a captured payload or
// an event of the hub (evt_42), with the configuration as it is now. Nothing is sent.
func PreviewOutput(ctx context.Context, configFile, name, input string, o PreviewOptions, env Env) (*Preview, error) {
	if env.Hub != nil {
		if _, ok := EventNumber(input); !ok {
			return nil, usagef("with --hub, preview takes the id of an event (evt_42); to preview the file %s with the configuration here, leave --hub out", Shorten(input))
		}
		return env.Hub.previewOutput(ctx, name, input)
	}
	c, err := open(configFile, env, true)
	if err != nil {
		return nil, err
	}
	out := outputNamed(c.Config, name)
	if out == nil {
		return nil, &UsageError{Message: unknown("output", name, outputNames(c.Config))}
	}
	v := &previewer{c: c, out: out, scope: rules.NewScope(), result: &Preview{
		Input: input, Output: name, Type: out.Type, Requests: []PreviewRequest{},
	}}
	if n, ok := eventInput(input); ok {
		err = v.event(ctx, n, env)
	} else {
		err = v.payload(input, o, env.Now())
	}
	if err != nil {
		return nil, err
	}
	return v.result, nil
}

func outputNamed(c *config.Config, name string) *config.Output {
	i := slices.Index(outputNames(c), name)
	if i < 0 {
		return nil
	}
	return &c.Outputs[i]
}

// previewer renders for one output.
type previewer struct {
	c      *opened
	out    *config.Output
	scope  *rules.Scope
	result *Preview
}

func (v *previewer) payload(input string, o PreviewOptions, at time.Time) error {
	if o.At != "" {
		var err error
		if at, err = When("--at", o.At, v.c.Timezone, at, Past); err != nil {
			return err
		}
	}
	p, err := readPayload(v.c.Config, input, o.PayloadOptions)
	if err != nil {
		return err
	}
	req := &receivers.Request{Method: http.MethodPost, Path: p.receiver.Path, Header: p.header, Body: p.body, ReceivedAt: at}
	if req.Header == nil {
		req.Header = http.Header{}
	} else {
		verify(p.receiver, req, nil) // for what it keeps of the request
	}
	v.all(p.receiver, req, store.ChannelWebhook.String(), 0, nil)
	return nil
}

func (v *previewer) event(ctx context.Context, n int64, env Env) error {
	r, err := newReader(ctx, v.c, env)
	if err != nil {
		return err
	}
	defer r.Close()
	row, err := r.event(ctx, n)
	if err != nil {
		return err
	}
	receiver := v.c.Receiver(row.Receiver)
	if receiver == nil {
		return notTheref("%s came to the receiver %q, which %s no longer has", store.EventID(n), row.Receiver, v.c.File)
	}
	header, err := pipeline.DecodeMeta(row.Meta)
	if err != nil {
		return err
	}
	req := &receivers.Request{Method: http.MethodPost, Path: receiver.Path, Header: header, Body: row.Body, ReceivedAt: row.At}
	v.all(receiver, req, row.Channel.String(), n, latest(row.Decisions))
	return nil
}

// all renders for every lead of a request, or for the notice.
func (v *previewer) all(r *config.Receiver, req *receivers.Request, channel string, event int64, decided map[int]*store.DecisionRow) {
	v.result.Receiver = r.Name
	u := pipeline.Understand(v.c.Config, v.scope, r, req, channel)
	if u.Err != nil {
		v.result.Unmapped = u.Err.Error()
		return
	}
	if u.Event.Kind == receivers.KindNotice {
		e := &u.Event
		d := &outputs.Delivery{Notice: &outputs.Notice{
			Vendor: r.Type, Receiver: r.Name, Event: e.Name, Tenant: e.Tenant, Subject: e.Subject,
			IsTest: e.Test, OccurredAt: e.OccurredAt.UTC(), ReceivedAt: req.ReceivedAt,
		}}
		v.targets(d, u.DecideNotice(v.c.Config, v.scope), pipeline.EventKey(r.Name, e.Key), event)
		return
	}
	for i := range u.Event.Leads {
		l := &u.Event.Leads[i]
		hash := l.ContentHash()
		l.Revision = 1
		if d := decided[i]; d != nil && d.Revision > 0 {
			l.Revision = d.Revision
		}
		decision := u.Decide(v.c.Config, v.scope, i, l.Revision == 1)
		sent := *l
		sent.Change(decision.Changes)
		v.targets(&outputs.Delivery{Lead: &sent}, decision, hash[:], event)
	}
}

// targets renders one request for each target of the output that the decision
// names; where it names none, the one that the output would get.
func (v *previewer) targets(d *outputs.Delivery, decision routes.Decision, content []byte, event int64) {
	d.Attempt, d.EventID, d.HubURL, d.OnUpdate = 1, store.EventID(event), v.c.Server.PublicURL, v.out.Policy.OnUpdate
	d.Route = decision.Route
	found := false
	for _, t := range decision.Targets {
		if t.Output == v.out.Name {
			found = true
			v.add(d, t.Target, decision.Trace, content, event, "")
		}
	}
	if found {
		return
	}
	note := "it is not sent to " + v.out.Name + ": it is " + string(decision.Outcome)
	if decision.Route != "" {
		note += " by " + decision.Route
	}
	if len(decision.Targets) > 0 {
		names := make([]string, len(decision.Targets))
		for i, t := range decision.Targets {
			names[i] = strings.TrimSpace(t.Output + " " + t.Target)
		}
		note += " to " + strings.Join(names, ", ")
	}
	route, target := v.example(d.Lead == nil)
	d.Route = route
	v.add(d, target, nil, content, event, note+"; this is what it would get")
}

// example returns a route that names the output, and the target it names.
func (v *previewer) example(notice bool) (route, target string) {
	list := v.c.Routes.Routes
	if notice {
		list = v.c.Routes.Notices
	}
	if v.out.CheckTarget("") != nil {
		target = "#channel"
	}
	for i := range list {
		for k, t := range list[i].To {
			if t.Output == v.out.Name && (k >= len(list[i].Makers) || list[i].Makers[k] == nil) {
				return list[i].Name, t.Target
			}
		}
	}
	return "", target
}

func (v *previewer) add(d *outputs.Delivery, target string, trace, content []byte, event int64, note string) {
	one := *d
	one.Target = target
	p := PreviewRequest{Route: d.Route, Target: target, Sent: note == "", Note: note}
	list, leadID, revision := v.c.Routes.Notices, "", 0
	if d.Lead != nil {
		list, leadID, revision = v.c.Routes.Routes, d.Lead.ID, d.Lead.Revision
		p.Who, p.LeadID = d.Lead.DisplayName(), leadID
		if c := d.Lead.Company.Name; c != "" && c != p.Who {
			p.Who += ", " + c
		}
	} else {
		p.Who = d.Notice.Subject
	}
	for i := range list {
		if r := &list[i]; r.Name == d.Route && r.When != nil && p.Sent {
			one.Because = r.When.Clauses()
		}
	}
	one.ID = store.DeliveryID(leadID, event, revision, store.DeliveryKey(content, revision, v.out.Name, target, 0))
	v.render(&p, &one, trace)
	v.result.Requests = append(v.result.Requests, p)
}

func (v *previewer) render(p *PreviewRequest, d *outputs.Delivery, trace []byte) {
	out := pipeline.View(v.out, v.c.Routes, trace, d)
	hide := v.hider()
	r, err := pipeline.Render(out, d)
	if err != nil {
		if e, ok := errors.AsType[*outputs.Error](err); ok {
			err = e.Err
		}
		p.Error = hide.Replace(err.Error())
		return
	}
	p.Method, p.URL, p.Body = r.Method, hide.Replace(r.URL), hide.Replace(string(r.Body))
	if shows, ok := out.(outputs.Previewer); ok {
		p.Headers = shows.Headers(d, r)
	} else {
		p.Headers = r.Header
	}
	for i := range p.Headers {
		p.Headers[i].Value = hide.Replace(p.Headers[i].Value)
	}
}

// minHidden is the shortest value of a variable that is replaced by its name:
// shorter ones are words and numbers that occur everywhere.
const minHidden = 8

// hider replaces the values of the configuration's variables by their names: what
// comes from one may be a secret.
func (v *previewer) hider() *strings.Replacer {
	var pairs []string
	for _, m := range variable.FindAllStringSubmatch(string(v.c.Source), -1) {
		if value, ok := v.c.lookup(m[1]); ok && len(value) >= minHidden {
			pairs = append(pairs, value, "${"+m[1]+"}")
		}
	}
	return strings.NewReplacer(pairs...)
}
