// Package prospektr receives Prospektr's API webhook: one event, prospect.added,
// sent once and never again (documented), so nothing may be lost on the way in.
package prospektr

import (
	"net/http"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

// Vendor is the name of the vendor in leads, rules and logs.
const Vendor = "prospektr"

// The header that carries the signature, and what stands before its digits (documented).
const (
	headerSignature = "X-Prospektr-Signature"
	signaturePrefix = "sha256="
)

// Kind is this receiver, as the configuration names it.
var Kind = plugin.Define("prospektr", "Prospektr: new prospects from the API webhook of the Agency plan",
	func() Config { return Config{} }, build).With(guide())

// Config is the receiver's block in the configuration.
type Config struct {
	Secrets []plugin.Secret `yaml:"secrets" doc:"The secret of the API webhook card in Prospektr's settings; several while it is being changed. Without one, anyone who knows the address can post leads."`
}

type receiver struct {
	secrets *hook.Secrets
	open    bool // no secret is configured: every request is taken for Prospektr's
	checker hook.Checker
	keep    []string
}

func build(c Config, deps plugin.Deps) (receivers.Receiver, error) {
	secrets, err := hook.NewSecrets("secrets", c.Secrets, deps.Offline)
	r := &receiver{secrets: secrets, open: len(c.Secrets) == 0, keep: []string{receivers.TestHeader}}
	if r.open {
		// Prospektr's own form makes the secret optional, so it is not an error here.
		err = &plugin.FieldError{
			Field: "secrets", Message: "no secret: anyone who knows the address can post leads",
			Suggestion: `enter a secret in Prospektr's settings and write secrets: ["${PROSPEKTR_SECRET}"]`, Warning: true,
		}
	}
	return r, err
}

// Verify checks the HMAC-SHA256 over the raw body (documented).
func (r *receiver) Verify(req *receivers.Request) (receivers.Verified, error) {
	if !r.open {
		if err := r.authentic(req); err != nil {
			return receivers.Verified{}, err
		}
	}
	if err := r.checker.Check(req.Body); err != nil {
		return receivers.Verified{}, err
	}
	return receivers.Verified{Body: req.Body, Keep: r.keep}, nil
}

func (r *receiver) authentic(req *receivers.Request) error {
	header := req.Header.Get(headerSignature)
	if header == "" {
		return receivers.Unauthorized(receivers.ReasonNoSignature,
			"Prospektr signs only if its settings hold a secret: enter it at /app/settings/integrations, on the API webhook card")
	}
	var sig [hook.Size]byte
	if hook.DecodeHex(&sig, header, signaturePrefix) && r.secrets.Match(&sig, req.Body) {
		return nil
	}
	return receivers.Unauthorized(receivers.ReasonBadSignature,
		r.secrets.Hint(header, signaturePrefix, req.Body, hook.Plain))
}

// Sign returns the headers that Prospektr sends with body: no signature where no
// secret is configured (documented).
func (r *receiver) Sign(body []byte, _ string, _ time.Time) (http.Header, error) {
	h := hook.ContentType(http.Header{})
	if r.open {
		return h, nil
	}
	digits, err := r.secrets.Sign(body)
	if err != nil {
		return nil, err
	}
	h.Set(headerSignature, signaturePrefix+digits)
	return h, nil
}
