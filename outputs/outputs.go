// Package outputs defines what an output is: it renders a delivery into the
// request its target expects, and sends it once. Retrying, pausing and giving up
// are decided by the caller from the error's instruction. One folder per kind;
// outputs/all lists them.
package outputs

import (
	"context"
	"crypto/sha256"
	"time"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/rules"
)

// Delivery is one lead, or one notice, on its way to one target of one output.
// It is read-only: it may be shared with other deliveries of the same lead.
type Delivery struct {
	// ID is stable over retries and over restores of the database, and differs
	// for every (lead, revision, content, output, target, run): use it as the
	// idempotency key. It holds [a-z0-9_.] only, at most 64 bytes.
	ID       string
	Lead     *lead.Lead // nil for a notice
	Notice   *Notice    // nil for a lead
	Target   string     // what stands behind the output's name in the route: a channel; "" if nothing
	Route    string     // the route that chose this output
	Because  []string   // the clauses that were true, as written in the configuration; empty for a route without `when`
	Attempt  int        // 1 for the first
	Previous *Sent      // the last delivered earlier revision of this lead to this target, nil if none
	// OnUpdate is the output's `on_update`; it matters only with Previous. "": the
	// output's own default.
	OnUpdate OnUpdate
	EventID  string // "evt_42"
	HubURL   string // the public URL of the hub's pages, "" if there is none
	// Data holds the tables and calendars that templates look things up in, as they
	// are now; nil: as they were when the configuration was read.
	Data *rules.Data
}

// Notice is an event that carries no lead.
type Notice struct {
	Vendor     string    `json:"vendor"`
	Receiver   string    `json:"receiver"`
	Event      string    `json:"event"`
	Tenant     string    `json:"tenant,omitempty"`
	Subject    string    `json:"subject"`
	IsTest     bool      `json:"is_test"`
	OccurredAt time.Time `json:"occurred_at"`
	ReceivedAt time.Time `json:"received_at"`
}

// Sent says how an earlier revision was delivered.
type Sent struct {
	Revision int
	RemoteID string
}

// Request is what Render made, and all that Send puts on the wire besides
// credentials, timestamps and signatures.
type Request struct {
	Method string // "" where the target is not HTTP
	URL    string // for people: secrets in it are already replaced
	Body   []byte
	// Header holds the headers that depend on the delivery, in order; nil for most outputs.
	Header []Header
}

// Header is one header of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Hash identifies the request's content. It is 16 bytes.
func (r *Request) Hash() [16]byte {
	h := sha256.New()
	h.Write([]byte(r.Method))
	h.Write([]byte{0})
	h.Write([]byte(r.URL))
	h.Write([]byte{0})
	h.Write(r.Body)
	for _, line := range r.Header {
		h.Write([]byte{0})
		h.Write([]byte(line.Name))
		h.Write([]byte{0})
		h.Write([]byte(line.Value))
	}
	return [16]byte(h.Sum(nil)[:16])
}

// Receipt is what a successful Send found.
type Receipt struct {
	AlreadyThere bool   // the target already had this delivery
	Status       int    // HTTP status, 0 where the target is not HTTP
	RemoteID     string // the record or message at the target: needed to edit, thread or reconcile
	Note         string // at most 1 KiB, redacted; shown to the operator
}

// OnUpdate says what a later revision of a lead does at a target.
type OnUpdate string

// The ways to treat a later revision.
const (
	UpdateSend   OnUpdate = "send"
	UpdateEdit   OnUpdate = "edit"
	UpdateThread OnUpdate = "thread"
	UpdateIgnore OnUpdate = "ignore"
)

// Traits are the fixed properties of a configured output.
type Traits struct {
	// Idempotent: sending the same delivery twice leaves one record, so an
	// attempt whose outcome is unknown is simply repeated.
	Idempotent bool
	// OnUpdate is used where the configuration says nothing; Updates lists what is possible.
	OnUpdate OnUpdate
	Updates  []OnUpdate
	// Concurrency is how many sends may be in flight by default; ≥ 1.
	Concurrency int
	// PerSecond limits sends per second by default; 0: no limit.
	PerSecond float64
	// PerTargetPerSecond limits sends per second to one target; 0: no limit.
	PerTargetPerSecond float64
	// LeadsOnly: the output has no place for a notice, so no entry of `notices:` may name it.
	LeadsOnly bool
	// Vendor is the type of receiver through which the leads that this output
	// creates come back; "" where none does. Then RemoteID is the vendor's id of the
	// lead, by which the hub knows it again.
	Vendor string
}

// Output delivers to one configured target system. All methods may be called
// concurrently.
type Output interface {
	Traits() Traits
	// CheckTarget says whether a route may name this target behind the output's
	// name; target is "" where the route names the output alone. The error is for
	// the person who writes the YAML.
	CheckTarget(target string) error
	// Render is a pure function of the delivery and the configuration. Attempt
	// does not change what it returns. An error is permanent.
	Render(*Delivery) (*Request, error)
	// Send puts the request on the wire once: no retry inside. It returns within
	// ctx's deadline. Errors carry an instruction (RetryAfter, Permanent, Pause,
	// Disable, Ambiguous); an error without one means try again later. No error
	// or note holds a secret.
	Send(ctx context.Context, d *Delivery, r *Request) (Receipt, error)
}

// Reconciler is implemented by outputs that can find out whether an attempt of
// unknown outcome reached the target.
type Reconciler interface {
	// Find returns the receipt of the delivery and true if the target has it.
	Find(ctx context.Context, d *Delivery) (Receipt, bool, error)
}

// Verifier is implemented by outputs that can find out, without delivering
// anything, whether a delivery would go through.
type Verifier interface {
	// Verify checks the credentials, their rights and the settings at the target. It
	// returns nil where all is well, else what the person who configured the output
	// has to do: a *plugin.FieldError that names the key, or several joined, alone or
	// wrapped in an Error with an instruction. Those that are warnings leave the
	// output usable. Any other error says that the target could not be asked. It
	// returns within ctx's deadline, and no error holds a secret.
	Verify(ctx context.Context) error
}

// Overrider is implemented by outputs of which a route may say how what it sends
// there looks: `- slack: { channel: "#hot", text: "…" }`.
type Overrider interface {
	// TargetKey is the key under which a route then names the target: "channel".
	// "" for an output without targets.
	TargetKey() string
	// Override returns a new, empty struct of the keys that a route may set, for the
	// configuration to be decoded into: a pointer.
	Override() any
	// With returns the output as a route wants it: override is what Override
	// returned, filled in. It shares connections with the output itself, and is not
	// closed. What is wrong comes back as with a Kind's Build.
	With(override any, deps plugin.Deps) (Output, error)
}

// TargetFitter is implemented by outputs whose targets can be made of a lead's
// values: `- slack: "#{{ company.region }}-leads"`.
type TargetFitter interface {
	// FitTarget brings a text into the form of a target where that is possible
	// ("#FL-leads" becomes "#fl-leads"). It is pure. CheckTarget has the last word.
	FitTarget(text string) string
}

// Previewer is implemented by outputs that can say which headers a request carries.
type Previewer interface {
	// Headers returns the headers that Send adds to the request, in order. Secrets,
	// and what only the moment of sending decides, are replaced by words in
	// brackets: "[secret]".
	Headers(d *Delivery, r *Request) []Header
}

// Closer is implemented by outputs that hold files or connections. Close is
// called once, after the last Send returned.
type Closer interface{ Close() error }

// Kind is a kind of output that can be named in the configuration.
type Kind = plugin.Kind[Output]
