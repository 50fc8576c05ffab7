// Package prospectb2b creates leads in ProspectB2B through its public API.
package prospectb2b

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/vendorapi"
)

// Vendor is the type of the receiver through which ProspectB2B's leads come in.
const Vendor = "prospectb2b"

// Kind is this kind of output.
var Kind = plugin.Define("prospectb2b", "ProspectB2B: create each lead there", defaults, build).With(guide()).With(guide())

// Config is the block of an output of this kind.
type Config struct {
	Token        plugin.Secret `yaml:"token" doc:"an API key with the right to write leads, pb2b_live_…"`
	APIURL       egress.URL    `yaml:"api_url" doc:"where the API is"`
	LeadsPath    string        `yaml:"leads_path" doc:"where leads are created, below api_url"`
	MePath       string        `yaml:"me_path" doc:"where the API says whose key it is, below api_url"`
	AllowPrivate bool          `yaml:"allow_private" doc:"allow an address in your own network or on this machine, also over plain http"`
}

// The addresses are documented.
func defaults() Config {
	return Config{APIURL: "https://login.prospectb2b.com/api/public/v1", LeadsPath: "/leads", MePath: "/me"}
}

// There is a limit per rolling minute, documented without its figure: these are
// our assumption, and `rate` and `concurrency` change them.
const (
	concurrency = 4
	perSecond   = 2
)

// keyPrefix begins every API key (documented).
const keyPrefix = "pb2b_"

// output creates leads. It is safe for concurrent use.
type output struct {
	name      string
	api       *vendorapi.API
	leadsPath string
	mePath    string
	encoders  outputs.Encoders
}

func build(c Config, deps plugin.Deps) (outputs.Output, error) {
	api, err := vendorapi.Open(vendorapi.Settings{
		URL: c.APIURL, AllowPrivate: c.AllowPrivate,
		Paths: []vendorapi.Path{{Field: "leads_path", Value: c.LeadsPath}, {Field: "me_path", Value: c.MePath}},
		Key:   c.Token, KeyField: "token", KeyHint: `write token: "${PROSPECTB2B_TOKEN}"; ProspectB2B shows a key once, when you create it`,
		Header: "Authorization", Prefix: "Bearer ",
	}, deps)
	if err != nil {
		return nil, err
	}
	o := &output{name: deps.Name, api: api, leadsPath: c.LeadsPath, mePath: c.MePath}
	if !c.Token.Unset() && !strings.HasPrefix(c.Token.Reveal(), keyPrefix) {
		return o, &plugin.FieldError{
			Field: "token", Message: "this does not look like an API key of ProspectB2B, which begins with " + keyPrefix, Warning: true,
			Suggestion: "the signing secret of its webhooks is something else",
		}
	}
	return o, nil
}

// Traits says that sending twice does no harm, as the API knows an
// Idempotency-Key again (documented). Its way to change a lead is not documented:
// a lead is created once, and later revisions are skipped.
func (o *output) Traits() outputs.Traits {
	return outputs.Traits{
		Idempotent:  true,
		OnUpdate:    outputs.UpdateIgnore,
		Updates:     []outputs.OnUpdate{outputs.UpdateIgnore},
		Concurrency: concurrency,
		PerSecond:   perSecond,
		LeadsOnly:   true,
		Vendor:      Vendor,
	}
}

// CheckTarget refuses every target: the key belongs to one workspace.
func (o *output) CheckTarget(target string) error {
	if target == "" {
		return nil
	}
	return fmt.Errorf("the prospectb2b output %s creates leads in the workspace of its key: write `- %s` without %q behind it", o.name, o.name, target)
}

// body is what is sent: the three fields that are documented.
type body struct {
	FullName    string `json:"full_name,omitempty"`
	Email       string `json:"email,omitempty"`
	CompanyName string `json:"company_name,omitempty"`
}

// The lengths are our assumption: none is documented. An address has at most 254
// characters anywhere.
const (
	maxName  = 255
	maxEmail = 254
)

// Render makes the body. It refuses a notice, and a lead that has none of the
// three fields.
func (o *output) Render(d *outputs.Delivery) (*outputs.Request, error) {
	if d.Lead == nil {
		if d.Notice != nil {
			return nil, outputs.Permanent(fmt.Errorf("ProspectB2B has no place for a notice (%s): only leads can be sent there", vendorapi.Line(d.Notice.Event, 100)))
		}
		return nil, outputs.Permanent(outputs.ErrEmpty)
	}
	b := body{
		FullName:    vendorapi.Line(vendorapi.FullName(d.Lead.Person), maxName),
		Email:       vendorapi.Email(d.Lead.PrimaryEmail(), maxEmail),
		CompanyName: vendorapi.Line(d.Lead.Company.Name, maxName),
	}
	if b == (body{}) {
		return nil, outputs.Permanent(errors.New("the lead has no name, no e-mail address and no company: nothing could be created in ProspectB2B"))
	}
	data, err := o.encoders.Marshal(b)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return &outputs.Request{Method: http.MethodPost, URL: o.api.Shown(o.leadsPath), Body: data}, nil
}

// Send creates the lead once.
func (o *output) Send(ctx context.Context, d *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	if err := o.api.Ready(); err != nil {
		return outputs.Receipt{}, err
	}
	reply, err := o.api.Post(ctx, o.leadsPath, r.Body, o.key(d, r.Body))
	if err != nil {
		return outputs.Receipt{}, err
	}
	if i, ok := egress.InstructionFor(reply.Status); !ok {
		return outputs.Receipt{}, o.api.Fail(i, reply, o.advice(reply.Status))
	}
	a := vendorapi.Read(reply)
	// Every answer carries a request_id (documented): one with neither is somebody else's.
	if a.ID == "" && a.RequestID == "" {
		return outputs.Receipt{}, o.api.Strange(reply, "ProspectB2B")
	}
	redact := o.api.Client.Redactor()
	receipt := outputs.Receipt{Status: reply.Status, RemoteID: redact.Text(a.ID)}
	if a.RequestID != "" {
		receipt.Note = redact.Text("request_id " + a.RequestID)
	}
	return receipt, nil
}

// key returns the Idempotency-Key. The API answers 409 to a key that comes with
// another body (documented), so the body is part of it: the same lead with the same
// body has the same key in every attempt, in every run, and after a restore of the
// hub's database.
func (o *output) key(d *outputs.Delivery, body []byte) string {
	sum := sha256.Sum256(body)
	return "lh-" + o.name + "-" + d.Lead.ID + "-" + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:10]))
}

func (o *output) advice(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the API key is wrong or may not write leads: leadhub outputs verify " + o.name + " says which"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "check api_url and leads_path of the output " + o.name
	case http.StatusConflict:
		return "ProspectB2B says that this Idempotency-Key came before with another body"
	default:
		return ""
	}
}

// Close closes idle connections.
func (o *output) Close() error { return o.api.Close() }
