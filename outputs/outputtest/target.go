package outputtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Target is an HTTP server that stands in for a target system. Requests go to
// its handler, which keeps state, unless a Step says otherwise. It is safe for
// concurrent use and closes with the test.
type Target struct {
	URL string

	handler http.Handler
	stop    chan struct{}

	mu     sync.Mutex
	script []Step
	seen   []Request
}

// Request is one request as it arrived.
type Request struct {
	Method string
	Path   string // with the query
	Header http.Header
	Body   []byte
}

// Moment says when a connection is reset.
type Moment string

// The moments of a reset.
const (
	BeforeCommit Moment = "before commit" // the target has read the request and forgets it
	AfterCommit  Moment = "after commit"  // the target has carried it out and cannot say so
)

// Step is what happens to one request.
type Step struct {
	// Status, with Header and Body, is answered without asking the handler; 0: the handler answers.
	Status int
	Header map[string]string
	Body   string
	// Echo puts everything that was received into the body.
	Echo bool
	// Reset tears the connection down instead of answering.
	Reset Moment
	// Hang answers nothing until the client goes away. The handler is not asked.
	Hang bool
	// SlowBody lets the handler carry the request out, answers with its status and
	// never finishes the body.
	SlowBody bool
}

// NewTarget starts a target over plain HTTP on this machine.
func NewTarget(t testing.TB, h http.Handler) *Target {
	t.Helper()
	target := &Target{handler: h, stop: make(chan struct{})}
	srv := httptest.NewServer(target)
	target.URL = srv.URL
	t.Cleanup(func() {
		close(target.stop)
		srv.CloseClientConnections()
		srv.Close()
	})
	return target
}

// Next sets what happens to the next requests, in order.
func (s *Target) Next(steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, steps...)
}

// Requests returns every request so far.
func (s *Target) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// ServeHTTP plays the next step.
func (s *Target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away while sending
	}
	s.mu.Lock()
	var step Step
	if len(s.script) > 0 {
		step, s.script = s.script[0], s.script[1:]
	}
	s.seen = append(s.seen, Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: body})
	s.mu.Unlock()

	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case step.Reset == BeforeCommit:
		reset(w)
	case step.Reset == AfterCommit:
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
		reset(w)
	case step.Hang:
		s.wait(r)
	case step.SlowBody:
		s.slow(w, r)
	case step.Status != 0:
		answer(w, r, step, body)
	default:
		s.handler.ServeHTTP(w, r)
	}
}

func (s *Target) wait(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.stop:
	}
}

func (s *Target) slow(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()[:min(1, rec.Body.Len())])
	_ = http.NewResponseController(w).Flush()
	s.wait(r)
}

func answer(w http.ResponseWriter, r *http.Request, step Step, body []byte) {
	for k, v := range step.Header {
		w.Header().Set(k, v)
	}
	text := step.Body
	if step.Echo {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s Host: %s\n", r.Method, r.URL.RequestURI(), r.Host)
		_ = r.Header.Write(&b)
		b.Write(body)
		text += b.String()
	}
	w.WriteHeader(step.Status)
	_, _ = io.WriteString(w, text)
}

// reset closes the connection so that the client reads a reset and no answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}
