// Package receivers defines what a vendor's receiver is: it verifies a request
// and reads the event in it. One folder per vendor; receivers/all lists them.
package receivers

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"leadhub/internal/plugin"
	"leadhub/lead"
)

// TestHeader marks a request sent for trying out (leadhub send, the demo). Its
// value is "1". It only ever narrows where a lead can go, and counts only on a
// request that passed verification.
const TestHeader = "Leadhub-Test"

// Request is one HTTP request of a vendor, or one that was kept: then Header
// holds only the headers Verified.Keep named. Nothing in it is shared with the
// server's buffers.
type Request struct {
	Method     string
	Path       string
	Header     http.Header // canonical keys
	Body       []byte      // as received, never decompressed or re-encoded
	ReceivedAt time.Time
	// Query is the raw query of the address, without its question mark. It may hold
	// a token, so it is a secret: never kept, never logged.
	Query plugin.Secret
	// Remote is who sent it, seen through the proxies that are trusted; not valid
	// where that is unknown, as for a request that was kept.
	Remote netip.Addr
}

// Verified is what verification found.
type Verified struct {
	// Body is what to keep: Request.Body, or the canonical bytes where a scheme
	// signs a canonical form, because many raw bodies share such a signature.
	Body []byte
	// Keep names the headers Parse needs. Never one that carries a secret or a signature.
	Keep []string
}

// Receiver receives one vendor's webhooks. Both methods are pure functions of
// their argument and the configuration and may be called concurrently.
type Receiver interface {
	// Verify says whether the request is authentic and well-formed. A refusal is
	// a *Rejection. It must not keep or change the request.
	Verify(*Request) (Verified, error)
	// Parse reads a request that was verified and kept. An error means the event
	// is unmapped: it stays stored and can be replayed. Its message names the
	// field ("data.company: missing") and quotes no personal data.
	Parse(*Request) (Event, error)
}

// Signer is implemented by receivers that can sign a body as their vendor does,
// for trying out, for the demo and for tests.
type Signer interface {
	// Sign returns the headers the vendor would send with body at that time,
	// event being the vendor's event name ("" where the body says it).
	Sign(body []byte, event string, at time.Time) (http.Header, error)
}

// QuerySigner is implemented by receivers whose sender proves itself in the query
// of the address.
type QuerySigner interface {
	// SignQuery returns what to put after the question mark, "" for nothing.
	SignQuery() (plugin.Secret, error)
}

// Decoder is implemented by receivers whose vendor sends something other than
// JSON: Decode returns the payload as decoded JSON, as rules see it in raw, nil
// where it cannot be read.
type Decoder interface {
	Decode(body []byte) any
}

// Mapping is one field of a lead, or of an event, and where its value comes from.
type Mapping struct {
	Lead    int    `json:"lead"`              // 0: the event; else the number of the lead, from 1
	Target  string `json:"target"`            // "email", "event"
	Expr    string `json:"expression"`        // as written in the configuration
	Value   string `json:"value,omitempty"`   // as it would be written in a rule, cut to 200 characters
	Missing bool   `json:"missing,omitempty"` // nothing was taken over
	Note    string `json:"note,omitempty"`    // why not
}

// Explainer is implemented by receivers whose mapping the configuration says.
type Explainer interface {
	// Explain says, for a request as Parse takes it, what every field is mapped
	// from and to. It is pure, as Parse is.
	Explain(*Request) []Mapping
}

// MediaTyper is implemented by receivers whose vendor sends something other
// than application/json.
type MediaTyper interface {
	// MediaTypes lists what Content-Type may be, without parameters.
	MediaTypes() []string
}

// EventKind says what an event is, before any rule.
type EventKind uint8

// The kinds of an event.
const (
	// KindLeads carries one or more leads.
	KindLeads EventKind = iota
	// KindNotice is about something else: imports, exports, campaigns, deals, deletions.
	KindNotice
)

// Event is what Parse read.
type Event struct {
	Name       string // the vendor's event name: "lead.created"
	Kind       EventKind
	Key        string    // the same event sent again has the same key; never empty
	Tenant     string    // the vendor's workspace, where sent
	DeliveryID string    // the vendor's id of this delivery, where sent
	OccurredAt time.Time // the vendor's time, zero where not sent
	Test       bool      // marked as a test by the vendor or by TestHeader
	Leads      []lead.Lead
	// Subject says what a notice is about, in a few words: "Import 42 completed". Empty for leads.
	Subject string
}

// MaxLeads bounds how many leads one event may carry; more is unmapped.
const MaxLeads = 1000

// Kind is a kind of receiver that can be named in the configuration.
type Kind = plugin.Kind[Receiver]

// Reason says why a request was rejected, in the words of the rejects table.
type Reason string

// The reasons for a rejection.
const (
	ReasonNoSignature  Reason = "signature missing"
	ReasonBadSignature Reason = "signature does not match"
	ReasonStale        Reason = "timestamp too old or too new"
	ReasonNoToken      Reason = "token missing"
	ReasonBadToken     Reason = "token does not match"
	ReasonUnsignedTest Reason = "unsigned test request"
	ReasonNotJSON      Reason = "body is not JSON"
	ReasonNotUTF8      Reason = "body is not valid UTF-8"
	ReasonTooDeep      Reason = "body is nested too deeply"
	ReasonTooLarge     Reason = "body too large"
	ReasonMediaType    Reason = "content type not accepted"
	ReasonNoAddress    Reason = "sender's address unknown"
	ReasonBadAddress   Reason = "sender's address is not on the list"
	ReasonNotForm      Reason = "body is not a form"
)

// Rejection is a refusal by Verify. Status is the HTTP status to answer: 400,
// 401 or 415. Hint is for the operator only, never for the response.
type Rejection struct {
	Status int
	Reason Reason
	Hint   string
}

// Error says why.
func (r *Rejection) Error() string {
	if r.Hint == "" {
		return string(r.Reason)
	}
	return fmt.Sprintf("%s (%s)", r.Reason, r.Hint)
}

// Unauthorized refuses a request whose authenticity is in doubt.
func Unauthorized(reason Reason, hint string) *Rejection {
	return &Rejection{Status: http.StatusUnauthorized, Reason: reason, Hint: hint}
}

// BadRequest refuses a request that no resend of the same bytes would mend.
func BadRequest(reason Reason, hint string) *Rejection {
	return &Rejection{Status: http.StatusBadRequest, Reason: reason, Hint: hint}
}
