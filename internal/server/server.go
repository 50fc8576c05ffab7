// Package server takes vendors' requests over HTTP. It alone knows Fiber, whose
// buffers are used again for the next request: everything that outlives a handler
// is copied.
package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"leadhub/internal/plugin"
	"leadhub/internal/store"
	"leadhub/receivers"
)

// Options are what a Server needs.
type Options struct {
	Routes  []Route
	MaxBody int // bytes
	// Accept keeps a verified event; it returns its id once it is on disk.
	Accept func(receiver string, r *receivers.Request, v receivers.Verified) (id string, err error)
	// Reject notes a refused request; it does not block.
	Reject func(store.Reject)
	// Ready returns "" while events can be taken, else why not.
	Ready  func() string
	Now    func() time.Time
	Logger *slog.Logger
}

// Route is one receiver's path.
type Route struct {
	Path     string
	Name     string
	Receiver receivers.Receiver
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Server is an HTTP server for webhooks, with /healthz and /readyz.
type Server struct {
	app   *fiber.App
	o     Options
	paths atomic.Pointer[map[string]*endpoint]

	mu       sync.Mutex
	listener *listener
	stopped  bool
}

type endpoint struct {
	Route
	mediaTypes []string
}

// retryAfter is what a 503 asks for, in seconds.
const retryAfter = "5"

// The answers. They are fixed: vendors show them to their users, and nothing
// internal may leak through them.
const (
	msgNotJSON     = "the body is not valid JSON"
	msgNotForm     = "the body is not a valid form"
	msgForbidden   = "the request could not be authenticated"
	msgNotFound    = "no receiver has this path"
	msgMethod      = "only POST is accepted here"
	msgTooLarge    = "the body is too large"
	msgMediaType   = "the content type is not accepted here"
	msgUnavailable = "the event could not be stored now; send it again"
	msgInternal    = "internal error"
)

// New makes a server. Serve starts it.
func New(o Options) *Server {
	s := &Server{o: o}
	s.SetRoutes(o.Routes)
	s.app = fiber.New(fiber.Config{
		AppName: "leadhub", DisableStartupMessage: true, Immutable: true,
		BodyLimit: o.MaxBody, ReadBufferSize: 16 << 10,
		ReadTimeout: 15 * time.Second, WriteTimeout: 15 * time.Second, IdleTimeout: 75 * time.Second,
		ErrorHandler: s.onError, StrictRouting: true, CaseSensitive: true,
		DisablePreParseMultipartForm: true, // the body stays as it came
		DisableHeaderNormalizing:     false, Network: fiber.NetworkTCP,
	})
	server := s.app.Server()
	server.CloseOnShutdown = true // clients learn that this connection is over
	known := server.Handler
	server.Handler = func(r *fasthttp.RequestCtx) {
		if slices.Contains(fiber.DefaultMethods, string(r.Method())) {
			known(r)
			return
		}
		// Fiber answers a method it does not know in words of its own.
		c := s.app.AcquireCtx(r)
		defer s.app.ReleaseCtx(c)
		if err := s.receive(c); err != nil {
			_ = s.onError(c, err)
		}
	}
	s.app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	s.app.Get("/readyz", s.ready)
	s.app.Use(s.receive)
	return s
}

// SetRoutes replaces the receivers' paths, for requests that come from now on.
func (s *Server) SetRoutes(routes []Route) {
	paths := make(map[string]*endpoint, len(routes))
	for _, r := range routes {
		e := &endpoint{Route: r, mediaTypes: []string{"application/json"}}
		if m, ok := r.Receiver.(receivers.MediaTyper); ok {
			e.mediaTypes = m.MediaTypes()
		}
		paths[r.Path] = e
	}
	s.paths.Store(&paths)
}

func (s *Server) endpoint(path string) *endpoint { return (*s.paths.Load())[path] }

// Serve serves until Shutdown, and then returns nil. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	l := newListener(ln)
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return l.Close()
	}
	s.listener = l
	s.mu.Unlock()
	err := s.app.Listener(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !s.stopped {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// Shutdown stops taking connections and returns when the requests under way are
// answered, or with ctx's error. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	l := s.listener
	s.mu.Unlock()
	if l != nil {
		_ = l.Close() // also where Serve has not come to accepting yet
		l.closeSilent()
	}
	if err := s.app.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

func (s *Server) ready(c *fiber.Ctx) error {
	if why := s.o.Ready(); why != "" {
		return c.Status(http.StatusServiceUnavailable).SendString(why + "\n")
	}
	return c.SendString("ready\n")
}

// receive answers every request that is not about the hub's own health.
func (s *Server) receive(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil { // one request must not end the process
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	now := s.o.Now()
	e := s.endpoint(c.Path())
	switch {
	case e == nil:
		return s.refuse(c, nil, now, http.StatusNotFound, "no receiver has this path", "", msgNotFound)
	case c.Method() != http.MethodPost:
		c.Set("Allow", http.MethodPost)
		return s.refuse(c, e, now, http.StatusMethodNotAllowed, "method "+c.Method(), "the vendor has to send POST", msgMethod)
	case !mediaTypeOK(c.Get("Content-Type"), e.mediaTypes):
		return s.refuse(c, e, now, http.StatusUnsupportedMediaType, string(receivers.ReasonMediaType), "", msgMediaType)
	}
	// Over the bytes as they came: c.Body would decompress them.
	req := &receivers.Request{
		Method: http.MethodPost, Path: e.Path, Header: headers(c), Body: bytes.Clone(c.BodyRaw()), ReceivedAt: now.UTC(),
		Query: plugin.NewSecret(string(c.Request().URI().QueryString())), Remote: remote(c, e),
	}
	v, err := e.Receiver.Verify(req)
	if err != nil {
		rej, ok := errors.AsType[*receivers.Rejection](err)
		if !ok {
			return err
		}
		status, msg := rejected(rej)
		return s.refuse(c, e, now, status, string(rej.Reason), rej.Hint, msg)
	}
	id, err := s.o.Accept(e.Name, req, v)
	if err != nil {
		return s.unavailable(c, e, err)
	}
	c.Set("Content-Type", "application/json")
	return c.SendString(`{"status":"accepted","event_id":"` + id + `"}`)
}

// rejected returns what to answer to a request that its receiver refuses. A status
// that a receiver should not use becomes a 400: vendors treat others in ways of their own.
func rejected(r *receivers.Rejection) (status int, msg string) {
	switch {
	case r.Status == http.StatusUnauthorized:
		return r.Status, msgForbidden
	case r.Status == http.StatusRequestEntityTooLarge:
		return r.Status, msgTooLarge
	case r.Status == http.StatusUnsupportedMediaType:
		return r.Status, msgMediaType
	case r.Reason == receivers.ReasonNotForm:
		return http.StatusBadRequest, msgNotForm
	default:
		return http.StatusBadRequest, msgNotJSON
	}
}

func (s *Server) unavailable(c *fiber.Ctx, e *endpoint, err error) error {
	id := newRequestID()
	s.o.Logger.Warn("event not taken", slog.String("request_id", id), slog.String("receiver", e.Name), slog.String("error", err.Error()))
	c.Set("Retry-After", retryAfter)
	return s.answer(c, http.StatusServiceUnavailable, id, msgUnavailable)
}

func (s *Server) refuse(c *fiber.Ctx, e *endpoint, now time.Time, status int, reason, hint, msg string) error {
	id := newRequestID()
	r := store.Reject{
		At: now, Status: status, RequestID: id, Remote: cmp.Or(remote(c, e), addrOf(c.Context().RemoteAddr())).String(), Reason: reason, Hint: hint,
		Size: max(len(c.BodyRaw()), c.Request().Header.ContentLength()), // of one too large nothing is read
	}
	if e != nil {
		r.Receiver = e.Name
	}
	if e != nil || status != http.StatusNotFound {
		s.o.Reject(r)
	}
	s.o.Logger.Info("request rejected", slog.String("request_id", id), slog.Int("status", status),
		slog.String("receiver", r.Receiver), slog.String("reason", reason), slog.String("hint", hint))
	return s.answer(c, status, id, msg)
}

func (s *Server) answer(c *fiber.Ctx, status int, id, msg string) error {
	c.Set("Content-Type", "application/json")
	c.Set("X-Request-Id", id)
	return c.Status(status).SendString(`{"error":"` + msg + `","request_id":"` + id + `"}`)
}

// onError answers what Fiber refuses itself: a body over the limit, a malformed request.
func (s *Server) onError(c *fiber.Ctx, err error) error {
	status, msg := http.StatusInternalServerError, msgInternal
	if f, ok := errors.AsType[*fiber.Error](err); ok {
		status = f.Code
		switch status {
		case http.StatusRequestEntityTooLarge:
			if conn, ok := c.Context().Conn().(*conn); ok {
				conn.linger = true
			}
			return s.refuse(c, s.endpoint(c.Path()), s.o.Now(), status, string(receivers.ReasonTooLarge), "raise server.max_body if this vendor really sends so much", msgTooLarge)
		case http.StatusNotFound:
			msg = msgNotFound
		case http.StatusMethodNotAllowed:
			msg = msgMethod
		default:
			msg = http.StatusText(status)
		}
	}
	id, level := newRequestID(), slog.LevelError
	if status != http.StatusInternalServerError {
		level = slog.LevelInfo // the sender's doing: broken HTTP, a body that never came, a connection that broke
	}
	s.o.Logger.LogAttrs(c.Context(), level, "request failed", slog.String("request_id", id), slog.Int("status", status), slog.String("error", err.Error()))
	return s.answer(c, status, id, msg)
}

// headers copies the request's headers.
func headers(c *fiber.Ctx) http.Header {
	h := make(http.Header, 12)
	c.Request().Header.VisitAll(func(k, v []byte) {
		name := textproto.CanonicalMIMEHeaderKey(string(k))
		h[name] = append(h[name], string(v))
	})
	return h
}

// mediaTypeOK compares without parameters. A request without a Content-Type is
// taken for what the receiver expects: refusing it could lose a lead for good.
func mediaTypeOK(got string, want []string) bool {
	if got == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(got)
	if err != nil {
		t, _, _ = strings.Cut(got, ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	for _, w := range want {
		if t == w || (w == "application/json" && (t == "text/json" || (strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json")))) {
			return true
		}
	}
	return false
}

func newRequestID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return "req_" + hex.EncodeToString(b[:])
}
