package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"leadhub/internal/store"
	"leadhub/receivers"
)

// vendor is a receiver that a test tells what to say.
type vendor struct {
	verify func(*receivers.Request) (receivers.Verified, error)
}

func (v *vendor) Verify(r *receivers.Request) (receivers.Verified, error) { return v.verify(r) }

func (v *vendor) Parse(*receivers.Request) (receivers.Event, error) {
	return receivers.Event{}, errors.New("the server never parses")
}

// formVendor sends forms.
type formVendor struct{ vendor }

func (*formVendor) MediaTypes() []string { return []string{"application/x-www-form-urlencoded"} }

// house is a running server with what it was told and what it kept.
type house struct {
	t    *testing.T
	s    *Server
	url  string
	addr string
	log  *syncBuffer

	mu       sync.Mutex
	verify   func(*receivers.Request) (receivers.Verified, error)
	accept   func(*receivers.Request) (string, error)
	ready    string
	accepted []*receivers.Request
	rejected []store.Reject
}

const maxBody = 4096

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("here", 3600))

// open starts a server on a port of its own. change is told before it serves.
func open(t *testing.T, change ...func(*house)) *house {
	t.Helper()
	h := &house{t: t, log: &syncBuffer{}}
	h.verify = func(r *receivers.Request) (receivers.Verified, error) { return receivers.Verified{Body: r.Body}, nil }
	h.accept = func(*receivers.Request) (string, error) { return "evt_7", nil }
	v := vendor{func(r *receivers.Request) (receivers.Verified, error) {
		h.mu.Lock()
		verify := h.verify
		h.mu.Unlock()
		return verify(r)
	}}
	h.s = New(Options{
		Routes:  []Route{{Path: "/webhooks/prospektr", Name: "prospektr", Receiver: &v}, {Path: "/webhooks/form", Name: "form", Receiver: &formVendor{v}}},
		MaxBody: maxBody, Accept: h.take, Reject: h.refuse, Ready: h.isReady, Now: func() time.Time { return at },
		Logger: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	for _, c := range change {
		c(h)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	h.url = "http://" + h.addr
	served := make(chan error, 1)
	go func() { served <- h.s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := errors.Join(h.s.Shutdown(ctx), <-served); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return h
}

func (h *house) take(receiver string, r *receivers.Request, v receivers.Verified) (string, error) {
	if receiver == "" || v.Body == nil {
		h.t.Errorf("taken for receiver %q with %d bytes", receiver, len(v.Body))
	}
	h.mu.Lock()
	accept := h.accept
	h.mu.Unlock()
	id, err := accept(r)
	if err == nil {
		h.mu.Lock()
		h.accepted = append(h.accepted, r)
		h.mu.Unlock()
	}
	return id, err
}

func (h *house) refuse(r store.Reject) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rejected = append(h.rejected, r)
}

func (h *house) isReady() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready
}

// set changes what the house does.
func (h *house) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *house) kept() (accepted []*receivers.Request, rejected []store.Reject) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*receivers.Request(nil), h.accepted...), append([]store.Reject(nil), h.rejected...)
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	last   bool // the server closes the connection
}

// client is a client with connections of its own, closed at the end.
func (h *house) client() *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	h.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// ask sends one request.
func (h *house) ask(c *http.Client, method, path string, body io.Reader, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text), res.Close}, err
}

// post posts JSON and expects an answer.
func (h *house) post(path, body string, header ...string) answer {
	h.t.Helper()
	a, err := h.ask(h.client(), http.MethodPost, path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, header...)...)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

var requestID = regexp.MustCompile(`^req_[0-9a-f]{20}$`)

// refused expects the fixed answer of a refusal, and returns its request id.
func (a answer) refused(t *testing.T, status int, msg string) (id string) {
	t.Helper()
	id = a.header.Get("X-Request-Id")
	want := fmt.Sprintf(`{"error":%q,"request_id":%q}`, msg, id)
	if a.status != status || a.body != want || !requestID.MatchString(id) || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %d %s (%v), not %d %q", a.status, a.body, a.header, status, msg)
	}
	if a.header.Get("Server") != "" {
		t.Errorf("the server says it is %q", a.header.Get("Server"))
	}
	return id
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 3000 {
		if so() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it never came to be that %s", what)
}
