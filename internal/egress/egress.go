// Package egress is how outputs reach the outside over HTTP: one guarded client
// per output, one classification of what can go wrong, and no secret in anything
// it returns.
package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// MaxReply bounds how much of a reply's body is read, in bytes, where Options say
// nothing else.
const MaxReply = 64 << 10

const (
	dialTimeout = 5 * time.Second
	keepAlive   = 15 * time.Second
	// idleTimeout is short of the 60 s after which common load balancers close an
	// idle connection: a request written into a connection that is being closed
	// has an unknown outcome.
	idleTimeout = 45 * time.Second
	// idlePerHost is far above any sensible concurrency. Go's default of two makes
	// every further parallel send open, and throw away, a connection of its own.
	idlePerHost = 256
)

// Options say how a Client may connect.
type Options struct {
	// AllowPrivate permits loopback and private addresses, and plain http to them.
	AllowPrivate bool
	// PlainHTTP says that the configured URL is http://: then only loopback and
	// private addresses are dialled, as nothing protects the lead on the way.
	PlainHTTP bool
	// Transport replaces the guarded transport, for tests; nil otherwise.
	Transport http.RoundTripper
	// RootCAs replaces the system's certificate authorities; nil: the system's.
	RootCAs *x509.CertPool
	// Now is the clock that HTTP dates in Retry-After are compared with. Required.
	Now func() time.Time
	// MaxReply bounds how much of a reply's body is read, in bytes; 0: MaxReply.
	MaxReply int64
	// Redactor removes the output's secrets from errors and notes; nil: only what
	// looks like a secret anywhere is removed.
	Redactor *Redactor
}

// Client sends requests for one output, each exactly once. It follows no
// redirect, uses no proxy and speaks HTTP/1.1, so that a broken connection leaves
// one send in doubt and not all that shared it. It is safe for concurrent use.
type Client struct {
	rt     http.RoundTripper
	own    *http.Transport // nil where Options.Transport replaces it
	now    func() time.Time
	redact *Redactor
	most   int64 // bytes of a reply
}

// New returns a client. It opens no connection.
func New(o Options) *Client {
	c := &Client{rt: o.Transport, now: o.Now, redact: o.Redactor, most: cmp.Or(o.MaxReply, MaxReply)}
	if c.redact == nil {
		c.redact = NewRedactor()
	}
	if c.rt == nil {
		c.own = newTransport(o)
		c.rt = c.own
	}
	return c
}

func newTransport(o Options) *http.Transport {
	dialer := &net.Dialer{
		Timeout:        dialTimeout,
		KeepAlive:      keepAlive,
		ControlContext: guard(o.AllowPrivate, o.PlainHTTP),
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:       nil, // the guard would see the proxy's address instead of the target's
		DialContext: dialer.DialContext,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            o.RootCAs,
			ClientSessionCache: tls.NewLRUClientSessionCache(8),
		},
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: MaxReply,
		DisableCompression:     true, // a reply is read for its first kilobytes only
		Protocols:              protocols,
	}
}

// Close closes connections that are idle. Call it after the last Do returned.
func (c *Client) Close() error {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
	return nil
}

// Redactor returns what removes the output's secrets.
func (c *Client) Redactor() *Redactor { return c.redact }

// With returns a client over the same connections with another Redactor. It needs
// no Close of its own.
func (c *Client) With(r *Redactor) *Client {
	other := *c
	other.redact = r
	return &other
}

// Reply is an answer, whatever its status.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // at most as many bytes as Options allow
	// Cut says that Body is not the whole body: it was longer, or reading it failed.
	// The status holds all the same.
	Cut bool
	// From is the host that answered.
	From string
}

// Note returns the reply's body as an operator may see it: one line, at most
// MaxNote bytes, without secrets.
func (c *Client) Note(r *Reply) string { return c.redact.Note(r.Body) }

// Do sends req once and reads the reply. The error says what to do about a
// failure of the connection; every status, 500 included, is a Reply. Do returns
// within the deadline of req's context.
func (c *Client) Do(req *http.Request) (*Reply, error) {
	var p progress
	ctx := httptrace.WithClientTrace(req.Context(), p.trace())
	// RoundTrip rather than http.Client: no redirects, no cookies, and no
	// *url.Error that carries the whole URL with its tokens.
	resp, err := c.rt.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, c.failure(req.URL.Host, err, p.maybeSent())
	}
	defer resp.Body.Close()
	r := &Reply{Status: resp.StatusCode, Header: resp.Header, From: req.URL.Host}
	if resp.ContentLength != 0 {
		r.Body, r.Cut = readReply(ctx, resp, c.most)
	}
	return r, nil
}

func readReply(ctx context.Context, resp *http.Response, most int64) (body []byte, cut bool) {
	if resp.ContentLength > 0 && resp.ContentLength <= min(most, MaxReply) {
		body = make([]byte, resp.ContentLength)
		n, err := io.ReadFull(resp.Body, body)
		return body[:n], err != nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if int64(len(body)) > most {
		return body[:most], true
	}
	return body, err != nil || ctx.Err() != nil
}

// progress follows how far a request got.
type progress struct{ state atomic.Uint32 }

const (
	notStarted uint32 = iota
	started           // bytes of the request may be on the wire
	written           // all of it was handed to the kernel
	broken            // writing failed: the target cannot have all of it
)

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// Where nothing at all was written, the transport tries once more on a new
		// connection: then the story begins again.
		GotConn:      func(httptrace.GotConnInfo) { p.state.Store(notStarted) },
		WroteHeaders: func() { p.state.Store(started) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err != nil {
				p.state.Store(broken)
				return
			}
			p.state.Store(written)
		},
	}
}

// maybeSent says whether the target may have the whole request. A write that was
// begun and not reported as failed counts: the report may come later than the
// time-out.
func (p *progress) maybeSent() bool {
	s := p.state.Load()
	return s == started || s == written
}
