// Package http delivers leads and notices as JSON to any HTTP endpoint, signed as
// the Standard Webhooks specification says.
package http

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Kind is this kind of output.
var Kind = plugin.Define("http", "POST each lead as signed JSON to a URL (CRM, automation tool, your own service)", defaults, build).With(guide())

// concurrency is how many sends are in flight where the configuration says nothing.
const concurrency = 16

// maxRemoteID bounds what is taken for a record's id, in bytes.
const maxRemoteID = 128

// output delivers to one URL. It is safe for concurrent use.
type output struct {
	name     string
	method   string
	url      *url.URL
	shown    string // the URL without secrets
	settings settings
	secrets  []string // all that must never be shown
	client   *egress.Client
	now      func() time.Time
	encoders outputs.Encoders
	view     view
	scopes   *template.Scopes
}

func build(c Config, deps plugin.Deps) (outputs.Output, error) {
	o := &output{name: deps.Name, method: c.Method, now: deps.Now, scopes: &template.Scopes{}}
	s, err := c.check(&o.view, deps.Compiler())
	o.settings = s
	var hidden []string
	var addressErr error
	if rules.IsTemplate(string(c.URL)) {
		o.view.address, c.URL, hidden, addressErr = newAddress(string(c.URL), deps.Compiler())
		err = errors.Join(addressErr, err)
	}
	switch {
	case c.URL == egress.UnsetURL:
		o.settings.note("url")
	case template.Failed(addressErr):
	default:
		u, urlErr := c.URL.Parse("url", c.AllowPrivate)
		err = errors.Join(urlErr, err)
		o.url = u
	}
	if fields, rest := plugin.FieldErrors(err); rest != nil || hasError(fields) {
		return nil, err
	}
	o.secrets = slices.Concat(hidden, o.settings.secrets)
	plain := false
	if o.url != nil {
		o.shown = egress.Shown(o.url)
		o.secrets = append(o.secrets, egress.URLSecrets(o.url)...)
		plain = o.url.Scheme == "http"
	}
	if a := o.view.address; a != nil {
		a.host, a.scheme = o.url.Host, o.url.Scheme
	}
	o.client = egress.New(egress.Options{
		AllowPrivate: c.AllowPrivate,
		PlainHTTP:    plain,
		Transport:    deps.Transport,
		Now:          deps.Now,
		Redactor:     egress.NewRedactor(o.secrets...),
	})
	return o, err
}

func hasError(fields []*plugin.FieldError) bool {
	for _, f := range fields {
		if !f.Warning {
			return true
		}
	}
	return false
}

// Traits says that sending twice does no harm: the delivery's ID travels in the
// body and in two headers, and the endpoint is expected to know it again.
func (o *output) Traits() outputs.Traits {
	return outputs.Traits{
		Idempotent:  true,
		OnUpdate:    outputs.UpdateSend,
		Updates:     []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateIgnore},
		Concurrency: concurrency,
	}
}

// CheckTarget refuses every target: the URL says it all.
func (o *output) CheckTarget(target string) error {
	if target == "" {
		return nil
	}
	return fmt.Errorf("the http output %s sends to one fixed URL: write `- %s` without %q behind it", o.name, o.name, target)
}

// Render makes the JSON body: the envelope, or what the configuration says.
func (o *output) Render(d *outputs.Delivery) (*outputs.Request, error) {
	if d.Lead == nil && d.Notice == nil {
		return nil, outputs.Permanent(outputs.ErrEmpty)
	}
	if !o.view.plain() {
		return o.render(d)
	}
	body, err := o.envelope(d)
	if err != nil {
		return nil, err
	}
	return &outputs.Request{Method: o.method, URL: o.shown, Body: body}, nil
}

func (o *output) envelope(d *outputs.Delivery) ([]byte, error) {
	envelope, err := outputs.NewEnvelope(d)
	if err != nil {
		return nil, err
	}
	body, err := o.encoders.Marshal(envelope)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return body, nil
}

// Send makes one request. 2xx is delivered; 409 is delivered too where the reply
// says that the endpoint has it already.
func (o *output) Send(ctx context.Context, d *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	if o.settings.unset != "" {
		return outputs.Receipt{}, outputs.Pause(fmt.Errorf("output %s: %s is not set", o.name, o.settings.unset))
	}
	req, err := o.request(ctx, d, r)
	if err != nil {
		return outputs.Receipt{}, err
	}
	reply, err := o.client.Do(req)
	if err != nil {
		return outputs.Receipt{}, err
	}
	duplicate := isReplayed(reply) || (reply.Status == nethttp.StatusConflict && saysDuplicate(reply.Body))
	if !duplicate || reply.Status != nethttp.StatusConflict {
		if err := o.client.Check(reply); err != nil {
			return outputs.Receipt{}, err
		}
	}
	return outputs.Receipt{
		AlreadyThere: duplicate,
		Status:       reply.Status,
		RemoteID:     o.remoteID(reply),
		Note:         o.client.Note(reply),
	}, nil
}

// Close closes idle connections.
func (o *output) Close() error { return o.client.Close() }

// request puts the body into a request with its headers and signatures.
func (o *output) request(ctx context.Context, d *outputs.Delivery, r *outputs.Request) (*nethttp.Request, error) {
	to := o.url
	if a := o.view.address; a != nil {
		s := o.scopes.Get(d)
		u, _, err := a.render(s.Scope) // Request.URL is for people: it may lack what is secret
		o.scopes.Put(s)
		if err != nil {
			return nil, outputs.Permanent(err)
		}
		to = u
	}
	id := []string{d.ID}
	header := make(nethttp.Header, len(o.settings.header)+4)
	maps.Copy(header, o.settings.header)
	header["Webhook-Id"] = id
	// In lower case on purpose: at the canonical spelling the transport takes the
	// request for repeatable and repeats it on its own when a connection breaks.
	header["idempotency-key"] = id
	timestamp, signature := sign(o.settings.signers, d.ID, o.now(), r.Body)
	header["Webhook-Timestamp"] = []string{timestamp}
	if signature != "" {
		header["Webhook-Signature"] = []string{signature}
	}
	for _, h := range r.Header {
		header[h.Name] = []string{h.Value}
	}
	body := r.Body
	req := &nethttp.Request{
		Method:        r.Method,
		URL:           to,
		Host:          to.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(bytes.NewReader(body)),
		// Used only when nothing at all was written to a connection that had died.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return req.WithContext(ctx), nil
}

// isReplayed knows the header by which several APIs say that they answer from
// memory: the request had been carried out before (our assumption about others).
func isReplayed(r *egress.Reply) bool {
	if r.Status < 200 || r.Status > 299 && r.Status != nethttp.StatusConflict {
		return false
	}
	return strings.EqualFold(r.Header.Get("Idempotent-Replayed"), "true") ||
		strings.EqualFold(r.Header.Get("Idempotency-Replayed"), "true")
}

// saysDuplicate reads the words by which a 409 says "I have this already": in
// code, error, type, status or reason, at the top or inside error (our
// assumption). Any other 409 is a refusal.
func saysDuplicate(body []byte) bool {
	var top map[string]any
	if json.Unmarshal(body, &top) != nil {
		return false
	}
	if inner, ok := top["error"].(map[string]any); ok && duplicateWord(inner) {
		return true
	}
	return duplicateWord(top)
}

func duplicateWord(fields map[string]any) bool {
	for _, key := range []string{"code", "error", "type", "status", "reason"} {
		s, _ := fields[key].(string)
		switch strings.Trim(strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s)), ".!") {
		case "duplicate", "duplicated", "duplicaterequest", "duplicatedelivery", "alreadyexists", "alreadyprocessed", "alreadyreceived", "alreadythere":
			return true
		}
	}
	return false
}

// remoteID takes the record's id from a JSON reply: "id" at the top or inside
// "data", text or a whole number; "" where there is none.
func (o *output) remoteID(r *egress.Reply) string {
	if len(r.Body) == 0 || r.Body[0] != '{' || r.Cut {
		return ""
	}
	var reply struct {
		ID   json.RawMessage `json:"id"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(r.Body, &reply) != nil {
		return ""
	}
	if id := o.idText(reply.ID); id != "" {
		return id
	}
	var data struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(reply.Data, &data) != nil {
		return ""
	}
	return o.idText(data.ID)
}

func (o *output) idText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		var n json.Number
		if json.Unmarshal(raw, &n) != nil {
			return ""
		}
		s = n.String()
	}
	if len(s) > maxRemoteID || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f || c == 0xfffd }) {
		return ""
	}
	return o.client.Redactor().Text(s)
}
