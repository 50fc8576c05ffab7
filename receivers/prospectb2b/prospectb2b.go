// Package prospectb2b receives ProspectB2B's webhooks: leads, and what happens to
// imports, exports and campaigns as notices.
package prospectb2b

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
	"leadhub/receivers/internal/jsondoc"
)

// Vendor is the name of the vendor in leads, rules and logs.
const Vendor = "prospectb2b"

// The headers (documented as X-ProspectB2B-…), in the form that http.Header keeps them.
const (
	headerEvent     = "X-Prospectb2b-Event"
	headerDelivery  = "X-Prospectb2b-Delivery"
	headerTimestamp = "X-Prospectb2b-Timestamp" // Unix seconds
	headerSignature = "X-Prospectb2b-Signature"
	signaturePrefix = "v1="
)

// Kind is this receiver, as the configuration names it.
var Kind = plugin.Define("prospectb2b", "ProspectB2B: leads, imports, exports and campaigns, by signed webhook",
	func() Config { return Config{Tolerance: plugin.Duration(5 * time.Minute)} }, build).With(guide())

// Config is the receiver's block in the configuration.
type Config struct {
	Secrets   []plugin.Secret `yaml:"secrets" doc:"The signing secret that ProspectB2B showed once when the webhook was registered; several while it is being changed."`
	Tolerance plugin.Duration `yaml:"tolerance" doc:"How far the request's timestamp may be from the time of receipt. It keeps old requests from being sent again by somebody else."`
}

type receiver struct {
	secrets   *hook.Secrets
	tolerance time.Duration
	checker   hook.Checker
	keep      []string
}

func build(c Config, deps plugin.Deps) (receivers.Receiver, error) {
	secrets, err := hook.NewSecrets("secrets", c.Secrets, deps.Offline)
	if len(c.Secrets) == 0 {
		err = hook.Missing("secrets", "PROSPECTB2B_SECRET", "a secret")
	}
	if c.Tolerance <= 0 {
		err = errors.Join(err, &plugin.FieldError{Field: "tolerance", Message: "must be above 0", Suggestion: "5m"})
	}
	return &receiver{
		secrets: secrets, tolerance: time.Duration(c.Tolerance),
		keep: []string{headerEvent, headerDelivery, headerTimestamp, receivers.TestHeader},
	}, err
}

// Verify checks the HMAC-SHA256 over the timestamp as sent, a dot and the raw
// body (documented), and that the timestamp is fresh.
func (r *receiver) Verify(req *receivers.Request) (receivers.Verified, error) {
	if err := r.authentic(req); err != nil {
		return receivers.Verified{}, err
	}
	if err := r.checker.Check(req.Body); err != nil {
		return receivers.Verified{}, err
	}
	return receivers.Verified{Body: req.Body, Keep: r.keep}, nil
}

func (r *receiver) authentic(req *receivers.Request) error {
	signature, timestamp := req.Header.Get(headerSignature), req.Header.Get(headerTimestamp)
	switch {
	case signature == "":
		return receivers.Unauthorized(receivers.ReasonNoSignature, "there is no X-ProspectB2B-Signature header")
	case timestamp == "":
		return receivers.Unauthorized(receivers.ReasonNoSignature, "there is no X-ProspectB2B-Timestamp header, and the signature covers it")
	}
	before := []byte(timestamp + ".")
	var sig [hook.Size]byte
	if !hook.DecodeHex(&sig, signature, signaturePrefix) || !r.secrets.Match(&sig, before, req.Body) {
		return receivers.Unauthorized(receivers.ReasonBadSignature, r.hint(signature, timestamp, req.Body))
	}
	return r.fresh(timestamp, req.ReceivedAt)
}

// fresh refuses an authentic request that is not from now.
func (r *receiver) fresh(timestamp string, received time.Time) error {
	sent, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return receivers.Unauthorized(receivers.ReasonStale, "the signature is right, but the timestamp is not in Unix seconds")
	}
	age := received.Sub(time.Unix(sent, 0))
	if age.Abs() <= r.tolerance {
		return nil
	}
	if received.Sub(time.UnixMilli(sent)).Abs() <= r.tolerance {
		return receivers.Unauthorized(receivers.ReasonStale, "the signature is right, but the timestamp is in milliseconds; ProspectB2B documents seconds")
	}
	return receivers.Unauthorized(receivers.ReasonStale, fmt.Sprintf(
		"the signature is right, but the request is %s: a clock is off, or something held it back; tolerance: %s", hook.Age(age), plugin.Duration(r.tolerance)))
}

// hint says why a signature may not match.
func (r *receiver) hint(signature, timestamp string, body []byte) string {
	would := func(parts ...[]byte) bool { return r.secrets.Would(signature, signaturePrefix, parts...) }
	switch seconds := timestamp[:max(0, len(timestamp)-3)]; {
	case would(body):
		return "matches the body alone: the sender leaves out the timestamp"
	case would([]byte(seconds+"."), body):
		return "matches the timestamp in seconds, while the header holds milliseconds"
	case would([]byte(timestamp+"000."), body):
		return "matches the timestamp in milliseconds, while the header holds seconds"
	}
	return r.secrets.Hint(signature, signaturePrefix, body, func(b []byte) [][]byte {
		return [][]byte{[]byte(timestamp + "."), b}
	})
}

// Sign returns the headers that ProspectB2B sends with body at that time. The
// delivery's id follows from the body, so that sending it again is a repeat.
// event may be "": then the body may name it.
func (r *receiver) Sign(body []byte, event string, at time.Time) (http.Header, error) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	digits, err := r.secrets.Sign([]byte(timestamp+"."), body)
	if err != nil {
		return nil, err
	}
	if event == "" {
		var doc jsondoc.Doc
		if doc.Parse(body) == nil {
			event = doc.Root().GetText("event", "type")
		}
	}
	sum := sha256.Sum256(body)
	h := hook.ContentType(http.Header{})
	h.Set(headerDelivery, "del_"+hex.EncodeToString(sum[:12]))
	h.Set(headerTimestamp, timestamp)
	h.Set(headerSignature, signaturePrefix+digits)
	if event != "" {
		h.Set(headerEvent, event)
	}
	return h, nil
}
