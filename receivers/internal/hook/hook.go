// Package hook holds what the receivers of webhooks share: secrets and their
// HMACs, bearer tokens, the check that a body is well-formed, and the hints that
// tell an operator why a signature does not match. It knows no vendor.
package hook

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/jscanon"
	"leadhub/receivers/internal/jsondoc"
)

// keepNodes is up to how many values a document may hold to be kept for the next
// body: one huge body must not hold its memory for ever.
const keepNodes = 1 << 14

// Checker checks bodies. The zero Checker is ready; it is safe for concurrent use.
type Checker struct{ docs sync.Pool }

// Check refuses with 400 what is not valid UTF-8, not one JSON value, or nested
// deeper than jsondoc.MaxDepth. Call it only once the request is known to be
// authentic: who is not, learns nothing about the body.
func (c *Checker) Check(body []byte) error {
	doc, _ := c.docs.Get().(*jsondoc.Doc)
	if doc == nil {
		doc = new(jsondoc.Doc)
	}
	err := doc.Parse(body)
	doc.Reset()
	if doc.Cap() <= keepNodes {
		c.docs.Put(doc)
	}
	if err == nil {
		return nil
	}
	return refuse(err, body)
}

func refuse(err error, body []byte) error {
	reason := receivers.ReasonNotJSON
	if e, ok := errors.AsType[*jsondoc.Error](err); ok {
		switch e.Reason {
		case jsondoc.NotUTF8:
			reason = receivers.ReasonNotUTF8
		case jsondoc.TooDeep:
			reason = receivers.ReasonTooDeep
		case jsondoc.NotJSON:
		}
	}
	hint := err.Error()
	switch {
	case len(body) == 0:
		hint = "the body is empty"
	case len(jscanon.TrimBOM(body)) < len(body):
		hint = "the body begins with a byte order mark"
	}
	return receivers.BadRequest(reason, hint)
}

// IsTest says whether a request is marked as sent for trying out.
func IsTest(h http.Header) bool { return Marked(h, receivers.TestHeader) }

// Marked says whether a header says yes: 1 or true.
func Marked(h http.Header, name string) bool {
	switch v := h.Get(name); v {
	case "1", "true", "True", "TRUE":
		return true
	default:
		return false
	}
}

// ContentType is what every vendor here sends; Sign sets it.
func ContentType(h http.Header) http.Header {
	h.Set("Content-Type", "application/json")
	return h
}

// Age says how far a timestamp is from the time of receipt: "7m old", "2h ahead
// of this clock". age is positive for the past.
func Age(age time.Duration) string {
	if age < 0 {
		return plugin.Duration((-age).Round(time.Second)).String() + " ahead of this clock"
	}
	return plugin.Duration(age.Round(time.Second)).String() + " old"
}
