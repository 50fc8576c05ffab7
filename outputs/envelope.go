package outputs

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"leadhub/lead"
)

// The values of Envelope.Type.
const (
	TypeLead   = "lead"
	TypeNotice = "notice"
)

// Envelope is the JSON form in which the http, file and stdout outputs hand on a
// delivery. Its fields are a promise to whoever reads them: new ones may be
// added, none is renamed or removed.
type Envelope struct {
	Type      string     `json:"type"`      // TypeLead or TypeNotice
	ID        string     `json:"id"`        // the delivery's: the same in every attempt
	Timestamp time.Time  `json:"timestamp"` // when the hub received the event; not when this was sent
	EventID   string     `json:"event_id,omitempty"`
	Route     string     `json:"route"`   // the route that sent it here
	Because   []string   `json:"because"` // that route's clauses that were true; [] for a route without any
	Lead      *lead.Lead `json:"lead,omitempty"`
	Notice    *Notice    `json:"notice,omitempty"`
	URL       string     `json:"url,omitempty"` // the hub's own page about it
}

// ErrEmpty is what rendering a delivery fails with that carries neither a lead nor a notice.
var ErrEmpty = errors.New("the delivery carries neither a lead nor a notice")

// NewEnvelope returns the envelope of a delivery. The error is permanent.
func NewEnvelope(d *Delivery) (*Envelope, error) {
	e := &Envelope{ID: d.ID, EventID: d.EventID, Route: d.Route, Because: d.Because}
	if e.Because == nil {
		e.Because = []string{}
	}
	switch {
	case d.Lead != nil:
		e.Type, e.Lead, e.Timestamp = TypeLead, d.Lead, d.Lead.Source.ReceivedAt
	case d.Notice != nil:
		e.Type, e.Notice, e.Timestamp = TypeNotice, d.Notice, d.Notice.ReceivedAt
	default:
		return nil, Permanent(ErrEmpty)
	}
	return e, nil
}

// encoder is a reusable JSON encoder with the buffer it writes to.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

// Encoders makes JSON without the garbage of a new buffer each time. The zero
// value is ready; it is safe for concurrent use.
type Encoders struct{ pool sync.Pool }

// maxKept is the largest buffer kept for reuse, in bytes: one huge lead must not
// be paid for ever after.
const maxKept = 64 << 10

// Marshal returns v as JSON on one line, without a line break at its end.
// Characters such as & and < stay as they are: the result is not for HTML.
func (e *Encoders) Marshal(v any) ([]byte, error) {
	enc, ok := e.pool.Get().(*encoder)
	if !ok {
		enc = &encoder{}
		enc.json = json.NewEncoder(&enc.buf)
		enc.json.SetEscapeHTML(false)
	}
	enc.buf.Reset()
	err := enc.json.Encode(v)
	var out []byte
	if err == nil {
		out = bytes.Clone(bytes.TrimSuffix(enc.buf.Bytes(), []byte("\n")))
	}
	// After an error the encoder keeps failing: it is left to the collector.
	if err == nil && enc.buf.Cap() <= maxKept {
		e.pool.Put(enc)
	}
	return out, err
}
