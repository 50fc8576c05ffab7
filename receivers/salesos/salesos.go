// Package salesos receives SalesOS's webhooks: leads, and deals as notices.
package salesos

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
	"leadhub/receivers/internal/jscanon"
	"leadhub/receivers/internal/jsondoc"
	"leadhub/receivers/internal/mapping"
)

// Vendor is the name of the vendor in leads, rules and logs.
const Vendor = "salesos"

// The headers. The signature is documented, the others were seen in the vendor's public source.
const (
	headerSignature = "X-Webhook-Signature" // 64 lower-case hexadecimal digits, nothing before them
	headerEvent     = "X-Webhook-Event"
	headerDelivery  = "X-Webhook-Delivery-Id" // replays only
	headerReplay    = "X-Webhook-Replay"      // "true"
	headerTest      = "X-Webhook-Test"        // "true"
)

// Kind is this receiver, as the configuration names it.
var Kind = plugin.Define("salesos", "SalesOS: leads and deals, by webhook",
	func() Config { return Config{} }, build).With(guide())

// Config is the receiver's block in the configuration.
type Config struct {
	Secrets             []plugin.Secret `yaml:"secrets" doc:"The webhook secret of SalesOS; several while it is being changed."`
	AcceptUnsignedTests bool            `yaml:"accept_unsigned_tests" doc:"Accept the test button of SalesOS, which may send without a signature. Such an event is a test: it reaches only the test outputs."`
	Tolerance           plugin.Duration `yaml:"tolerance" doc:"How far the payload's timestamp may be from the time of receipt, as 10m. Not set: any age, because SalesOS replays events with their old timestamp."`
}

type receiver struct {
	secrets       *hook.Secrets
	unsignedTests bool
	tolerance     time.Duration // 0: any age
	checker       hook.Checker
	keep          []string
}

func build(c Config, deps plugin.Deps) (receivers.Receiver, error) {
	secrets, err := hook.NewSecrets("secrets", c.Secrets, deps.Offline)
	if len(c.Secrets) == 0 {
		err = hook.Missing("secrets", "SALESOS_SECRET", "a secret")
	}
	if c.Tolerance < 0 {
		err = errors.Join(err, &plugin.FieldError{Field: "tolerance", Message: "cannot be negative", Suggestion: "10m, or remove the line"})
	}
	return &receiver{
		secrets: secrets, unsignedTests: c.AcceptUnsignedTests, tolerance: time.Duration(c.Tolerance),
		keep: []string{headerEvent, headerDelivery, headerReplay, headerTest, receivers.TestHeader},
	}, err
}

// Verify checks the HMAC-SHA256 over the raw body, which is how SalesOS makes it
// (seen in its public source), and then over the body as JavaScript would
// serialise it again, which is how its documentation verifies it: so a proxy that
// reformats JSON does no harm. What is kept then are the canonical bytes, because
// many raw bodies share that signature.
func (r *receiver) Verify(req *receivers.Request) (receivers.Verified, error) {
	body, err := r.authentic(req)
	if err != nil {
		return receivers.Verified{}, err
	}
	if err := r.checker.Check(body); err != nil {
		return receivers.Verified{}, err
	}
	return receivers.Verified{Body: body, Keep: r.keep}, nil
}

// authentic returns the bytes that are known to be SalesOS's.
func (r *receiver) authentic(req *receivers.Request) ([]byte, error) {
	header := req.Header.Get(headerSignature)
	if header == "" {
		return r.unsigned(req)
	}
	var sig [hook.Size]byte
	ok := hook.DecodeHex(&sig, header, "")
	if ok && r.secrets.Match(&sig, req.Body) {
		return r.fresh(jscanon.TrimBOM(req.Body), req.ReceivedAt)
	}
	if ok {
		canonical, err := jscanon.Append(nil, req.Body)
		if err == nil && !bytes.Equal(canonical, req.Body) && r.secrets.Match(&sig, canonical) {
			return r.fresh(canonical, req.ReceivedAt)
		}
	}
	return nil, receivers.Unauthorized(receivers.ReasonBadSignature, r.secrets.Hint(header, "", req.Body, hook.Plain))
}

// unsigned decides about a request without a signature.
func (r *receiver) unsigned(req *receivers.Request) ([]byte, error) {
	switch {
	case !hook.Marked(req.Header, headerTest):
		return nil, receivers.Unauthorized(receivers.ReasonNoSignature, "there is no X-Webhook-Signature header: is a secret set for this webhook in SalesOS?")
	case !r.unsignedTests:
		return nil, receivers.Unauthorized(receivers.ReasonUnsignedTest,
			"the test button of SalesOS sends without a signature: to let it through to the test outputs, set accept_unsigned_tests: true")
	}
	return jscanon.TrimBOM(req.Body), nil
}

// fresh refuses an authentic body whose timestamp is too far from now, where the
// configuration asks for that.
func (r *receiver) fresh(body []byte, received time.Time) ([]byte, error) {
	if r.tolerance == 0 {
		return body, nil
	}
	var doc jsondoc.Doc
	if err := doc.Parse(body); err != nil {
		return body, nil //nolint:nilerr // what is wrong with the body, the check after this one says
	}
	sent := mapping.Time(doc.Root().Get("timestamp"), time.Time{})
	if sent.IsZero() {
		return nil, receivers.Unauthorized(receivers.ReasonStale, "the signature is right, but the payload has no timestamp")
	}
	if age := received.Sub(sent); age.Abs() > r.tolerance {
		return nil, receivers.Unauthorized(receivers.ReasonStale,
			fmt.Sprintf("the signature is right, but the payload is %s: is it a replay? tolerance: %s", hook.Age(age), plugin.Duration(r.tolerance)))
	}
	return body, nil
}

// Sign returns the headers that SalesOS sends with body. event may be "": the
// body names it.
func (r *receiver) Sign(body []byte, event string, _ time.Time) (http.Header, error) {
	digits, err := r.secrets.Sign(body)
	if err != nil {
		return nil, err
	}
	h := hook.ContentType(http.Header{})
	h.Set(headerSignature, digits)
	if event == "" {
		var doc jsondoc.Doc
		if doc.Parse(body) == nil {
			event = doc.Root().GetText("event")
		}
	}
	if event != "" {
		h.Set(headerEvent, event)
	}
	return h, nil
}
