// Package salesos creates leads in SalesOS through its API.
package salesos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/vendorapi"
)

// Vendor is the type of the receiver through which SalesOS's leads come in.
const Vendor = "salesos"

// Kind is this kind of output.
var Kind = plugin.Define("salesos", "SalesOS: create each lead there", defaults, build).With(guide()).With(guide())

// Config is the block of an output of this kind.
type Config struct {
	APIKey        plugin.Secret `yaml:"api_key" doc:"the API key of your SalesOS account"`
	APIURL        egress.URL    `yaml:"api_url" doc:"where the API is"`
	LeadsPath     string        `yaml:"leads_path" doc:"where leads are created and listed, below api_url"`
	MissingName   string        `yaml:"missing_name" doc:"stands for the name of a contact or company that is not known, as SalesOS wants both; \"\" refuses such leads"`
	SendStatus    bool          `yaml:"send_status" doc:"put the lead's status into lead_status"`
	AttemptsOn500 int           `yaml:"attempts_on_500" doc:"after so many attempts an answer of 500 means that the lead is refused"`
	AllowPrivate  bool          `yaml:"allow_private" doc:"allow an address in your own network or on this machine, also over plain http"`
}

// The address and the path are documented; the vendor's public source has another
// path, /functions/v1/rest-api/leads.
func defaults() Config {
	return Config{APIURL: "https://api.salesos.com", LeadsPath: "/api/leads", MissingName: "[unknown]", SendStatus: true, AttemptsOn500: 8}
}

const (
	// The limits vary by plan and their figures are not documented: these are our
	// assumption, and `rate` and `concurrency` change them.
	concurrency = 2
	perSecond   = 2
	// maxReply holds a page of the list of leads.
	maxReply = 4 << 20
	// maxAttempts bounds attempts_on_500.
	maxAttempts = 1000
)

// output creates leads. It is safe for concurrent use.
type output struct {
	name     string
	api      *vendorapi.API
	config   Config
	now      func() time.Time
	encoders outputs.Encoders
}

func build(c Config, deps plugin.Deps) (outputs.Output, error) {
	api, err := vendorapi.Open(vendorapi.Settings{
		URL: c.APIURL, AllowPrivate: c.AllowPrivate,
		Paths: []vendorapi.Path{{Field: "leads_path", Value: c.LeadsPath}},
		Key:   c.APIKey, KeyField: "api_key", KeyHint: `write api_key: "${SALESOS_API_KEY}"`,
		Header: "X-API-Key", MaxReply: maxReply,
	}, deps)
	if c.AttemptsOn500 < 1 || c.AttemptsOn500 > maxAttempts {
		err = errors.Join(err, &plugin.FieldError{
			Field: "attempts_on_500", Message: fmt.Sprintf("%d is not a number of attempts", c.AttemptsOn500), Suggestion: fmt.Sprintf("write a number from 1 to %d", maxAttempts),
		})
	}
	if err != nil {
		return nil, err
	}
	c.MissingName = vendorapi.Line(c.MissingName, maxText)
	return &output{name: deps.Name, api: api, config: c, now: deps.Now}, nil
}

// Traits says that SalesOS knows no idempotency key and has no way to change a
// lead that we know of: a lead is created once, later revisions are skipped, and
// an attempt of unknown outcome is looked for first.
func (o *output) Traits() outputs.Traits {
	return outputs.Traits{
		OnUpdate:    outputs.UpdateIgnore,
		Updates:     []outputs.OnUpdate{outputs.UpdateIgnore},
		Concurrency: concurrency,
		PerSecond:   perSecond,
		LeadsOnly:   true,
		Vendor:      Vendor,
	}
}

// CheckTarget refuses every target: the key belongs to one account.
func (o *output) CheckTarget(target string) error {
	if target == "" {
		return nil
	}
	return fmt.Errorf("the salesos output %s creates leads in the account of its key: write `- %s` without %q behind it", o.name, o.name, target)
}

// Render makes the body. It refuses a notice, and a lead without the names that
// SalesOS wants where no other text may stand for them.
func (o *output) Render(d *outputs.Delivery) (*outputs.Request, error) {
	if d.Lead == nil {
		if d.Notice != nil {
			return nil, outputs.Permanent(fmt.Errorf("SalesOS has no place for a notice (%s): only leads can be sent there", vendorapi.Line(d.Notice.Event, 100)))
		}
		return nil, outputs.Permanent(outputs.ErrEmpty)
	}
	b, err := o.row(d.Lead)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	data, err := o.encoders.Marshal(b)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return &outputs.Request{Method: http.MethodPost, URL: o.api.Shown(o.config.LeadsPath), Body: data}, nil
}

// Send creates the lead once.
func (o *output) Send(ctx context.Context, d *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	if err := o.api.Ready(); err != nil {
		return outputs.Receipt{}, err
	}
	reply, err := o.api.Post(ctx, o.config.LeadsPath, r.Body, "")
	if err != nil {
		return outputs.Receipt{}, err
	}
	if i, ok := egress.InstructionFor(reply.Status); !ok {
		return outputs.Receipt{}, o.failed(i, reply, d.Attempt)
	}
	a := vendorapi.Read(reply)
	if a.ID == "" {
		return outputs.Receipt{}, o.api.Strange(reply, "SalesOS")
	}
	return outputs.Receipt{Status: reply.Status, RemoteID: o.api.Client.Redactor().Text(a.ID)}, nil
}

// failed says what to do about an answer that is no success.
//
// Every error of SalesOS's database is a bare 500 (seen in its public source), also
// one that comes from the lead itself and would come for ever: so 500s are capped.
// And as there is no key to send again with, a server that failed while it worked
// may have created the lead: only 503 says that it did not begin.
func (o *output) failed(i outputs.Instruction, reply *egress.Reply, attempt int) error {
	advice := ""
	switch s := reply.Status; {
	case s == http.StatusInternalServerError && attempt >= o.config.AttemptsOn500:
		i = outputs.InstructRefused
		advice = fmt.Sprintf("this was attempt %d, and SalesOS answers so to whatever its database does not take: send it again by hand once the cause is mended", attempt)
	case s >= 500 && s != http.StatusServiceUnavailable:
		i = outputs.InstructAmbiguous
		advice = "the lead may have been created all the same"
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		advice = "check api_key: leadhub outputs verify " + o.name
	case s == http.StatusNotFound, s == http.StatusMethodNotAllowed:
		advice = "check api_url and leads_path of the output " + o.name + ": leadhub outputs verify " + o.name
	}
	return o.later(o.api.Fail(i, reply, advice), reply)
}

// later adds when SalesOS takes requests again, where Retry-After does not say it:
// resetAt in the body or X-RateLimit-Reset, as ISO text (seen in the vendor's
// public source) or as seconds since 1970 (our assumption, as the documentation
// only speaks of a timestamp).
func (o *output) later(err error, reply *egress.Reply) error {
	var e *outputs.Error
	if reply.Status != http.StatusTooManyRequests || !errors.As(err, &e) || reply.Header.Get("Retry-After") != "" {
		return err
	}
	for _, text := range []string{vendorapi.Read(reply).ResetAt, reply.Header.Get("X-RateLimit-Reset")} {
		if at, ok := resetTime(text); ok {
			e.After = min(max(at.Sub(o.now()), 0), egress.MaxRetryAfter)
			return err
		}
	}
	return err
}

func resetTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}, false
	case n > 1e11: // as milliseconds this is 1973
		return time.UnixMilli(n), true
	default:
		return time.Unix(n, 0), true
	}
}

// Close closes idle connections.
func (o *output) Close() error { return o.api.Close() }
