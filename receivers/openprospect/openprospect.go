// Package openprospect receives OpenProspect's delivery webhook: one qualified
// company with its prospects, each of whom becomes a lead.
package openprospect

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

// Vendor is the name of the vendor in leads, rules and logs.
const Vendor = "openprospect"

// Kind is this receiver, as the configuration names it.
var Kind = plugin.Define("openprospect", "OpenProspect: qualified companies and their prospects, by webhook",
	func() Config { return Config{ScoreScale: 100} }, build).With(guide())

// Config is the receiver's block in the configuration.
type Config struct {
	Tokens     []plugin.Secret `yaml:"tokens" doc:"The auth_token that the webhook destination was registered with at OpenProspect; several while it is being changed."`
	ScoreScale float64         `yaml:"score_scale" doc:"The highest qualification_score there can be: 100, or 10 if your scores run from 0 to 10. A lead's score is always 0 to 100."`
}

// maxScale keeps a slip of the pen out: no score has a scale of millions.
const maxScale = 1_000_000

type receiver struct {
	tokens    *hook.Tokens
	scale     float64
	scaleText string // "0-100"
	checker   hook.Checker
	keep      []string
}

func build(c Config, deps plugin.Deps) (receivers.Receiver, error) {
	tokens, err := hook.NewTokens("tokens", c.Tokens, deps.Offline)
	if len(c.Tokens) == 0 {
		err = hook.Missing("tokens", "OPENPROSPECT_TOKEN", "a token")
	}
	if !(c.ScoreScale > 0) || c.ScoreScale > maxScale || math.IsNaN(c.ScoreScale) {
		err = errors.Join(err, &plugin.FieldError{
			Field: "score_scale", Message: "must be the highest score there can be, above 0", Suggestion: "100, or 10",
		})
	}
	return &receiver{
		tokens: tokens, scale: c.ScoreScale,
		scaleText: "0-" + strconv.FormatFloat(c.ScoreScale, 'f', -1, 64),
		keep:      []string{receivers.TestHeader},
	}, err
}

// Verify checks the bearer token; only "bearer" is documented as auth_type. A
// token does not cover the body: whoever holds it may post anything.
func (r *receiver) Verify(req *receivers.Request) (receivers.Verified, error) {
	authorization := req.Header.Get("Authorization")
	if err := r.tokens.Verify(authorization); err != nil {
		return receivers.Verified{}, explain(err, authorization)
	}
	if err := r.checker.Check(req.Body); err != nil {
		return receivers.Verified{}, err
	}
	return receivers.Verified{Body: req.Body, Keep: r.keep}, nil
}

// explain says more where the token is one that OpenProspect's own pages make
// people paste by mistake.
func explain(err error, authorization string) error {
	rej, ok := errors.AsType[*receivers.Rejection](err)
	if !ok {
		return err
	}
	switch {
	case strings.HasSuffix(authorization, "your-secret-token"):
		rej.Hint = "the token is the placeholder of OpenProspect's documentation: register the destination again with your own auth_token"
	case strings.Contains(authorization, "lnc_live_") || strings.Contains(authorization, "lnc_test_"):
		rej.Hint = "the token is an API key of OpenProspect; it must be the auth_token of the destination"
	}
	return rej
}

// Sign returns the headers that OpenProspect sends (documented).
func (r *receiver) Sign(_ []byte, _ string, _ time.Time) (http.Header, error) {
	authorization, err := r.tokens.Sign()
	if err != nil {
		return nil, err
	}
	h := hook.ContentType(http.Header{})
	h.Set("Authorization", authorization)
	return h, nil
}
