package egress

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"leadhub/outputs"
)

func clock() time.Time { return time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC) }

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	o.Now = clock
	c := New(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func post(ctx context.Context, t *testing.T, address string, body []byte) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func instruction(err error) string {
	if err == nil {
		return "none"
	}
	i, _, _ := outputs.InstructionOf(err)
	return i.String()
}

func TestGuard(t *testing.T) {
	for _, tc := range []struct {
		address        string
		private, plain bool
		want           error
	}{
		{"93.184.216.34:443", false, false, nil},
		{"93.184.216.34:8443", false, false, nil},
		{"[2606:2800:220:1:248:1893:25c8:1946]:443", false, false, nil},
		{"127.0.0.1:443", false, false, ssrf.ErrProhibitedIP},
		{"10.1.2.3:443", false, false, ssrf.ErrProhibitedIP},
		{"192.168.0.1:443", false, false, ssrf.ErrProhibitedIP},
		{"100.64.0.1:443", false, false, ssrf.ErrProhibitedIP},
		{"169.254.169.254:80", false, false, ssrf.ErrProhibitedIP},
		{"198.18.0.1:443", false, false, ssrf.ErrProhibitedIP},
		{"192.0.2.1:443", false, false, ssrf.ErrProhibitedIP},
		{"0.0.0.0:443", false, false, ssrf.ErrProhibitedIP},
		{"[::1]:443", false, false, ssrf.ErrProhibitedIP},
		{"[fe80::1]:443", false, false, ssrf.ErrProhibitedIP},
		{"[fc00::1]:443", false, false, ssrf.ErrProhibitedIP},
		{"[64:ff9b::a9fe:a9fe]:443", false, false, ssrf.ErrProhibitedIP},
		{"[2002:7f00:1::]:443", false, false, ssrf.ErrProhibitedIP},
		{"[::ffff:127.0.0.1]:443", false, false, ssrf.ErrProhibitedIP},
		{"127.0.0.1:9000", true, false, nil},
		{"10.1.2.3:80", true, true, nil},
		{"100.64.0.1:443", true, false, nil},
		{"[::1]:443", true, true, nil},
		{"[fd12::1]:443", true, false, nil},
		{"93.184.216.34:443", true, false, nil},
		{"93.184.216.34:80", true, true, ErrPlainHTTP},
		{"169.254.169.254:80", true, true, ssrf.ErrProhibitedIP},
		{"[fd00:ec2::254]:80", true, true, ssrf.ErrProhibitedIP},
		{"100.100.100.200:80", true, true, ssrf.ErrProhibitedIP},
		{"[fe80::1]:443", true, false, ssrf.ErrProhibitedIP},
		{"0.0.0.0:443", true, false, ssrf.ErrProhibitedIP},
	} {
		network := "tcp4"
		if strings.HasPrefix(tc.address, "[") {
			network = "tcp6"
		}
		err := guard(tc.private, tc.plain)(t.Context(), network, tc.address, nil)
		if !errors.Is(err, tc.want) || (tc.want == nil && err != nil) {
			t.Errorf("%s private=%v plain=%v: %v, want %v", tc.address, tc.private, tc.plain, err, tc.want)
		}
	}
	if IsPrivate(netip.MustParseAddr("8.8.8.8")) || !IsPrivate(netip.MustParseAddr("::ffff:10.0.0.1")) {
		t.Error("IsPrivate is wrong about 8.8.8.8 or ::ffff:10.0.0.1")
	}
}

func TestGuardStopsTheDial(t *testing.T) {
	var hits atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer srv.Close()
	// By name, too: what counts is what the name stands for when it is dialled.
	for _, address := range []string{srv.URL, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)} {
		_, err := newClient(t, Options{}).Do(post(t.Context(), t, address, []byte("x")))
		if instruction(err) != "pause" || !errors.Is(err, ssrf.ErrProhibitedIP) || !strings.Contains(err.Error(), "allow_private: true") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("the guarded address was reached")
	}
}

func TestProxyFromTheEnvironmentIsIgnored(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := newClient(t, Options{}).Do(post(ctx, t, "http://leadhub-test.invalid", nil))
	if instruction(err) != "retry" {
		t.Errorf("%v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var paths []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
	}))
	defer srv.Close()
	c := newClient(t, Options{AllowPrivate: true})
	reply, err := c.Do(post(t.Context(), t, srv.URL+"/a", []byte("x")))
	if err != nil || reply.Status != http.StatusPermanentRedirect {
		t.Fatalf("%+v, %v", reply, err)
	}
	if err := c.Check(reply); instruction(err) != "refused" || !strings.Contains(err.Error(), "redirects are not followed") {
		t.Errorf("%v", err)
	}
	if len(paths) != 1 {
		t.Errorf("requests at %q", paths)
	}
}

// TestManySendsShareConnections guards against Go's default of two idle
// connections for each host.
func TestManySendsShareConnections(t *testing.T) {
	var conns atomic.Int32
	together := make(chan struct{})
	var waiting sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		waiting.Done()
		<-together
		_, _ = io.WriteString(w, "ok")
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := newClient(t, Options{AllowPrivate: true})
	const n = 24
	for range 3 {
		together = make(chan struct{})
		waiting.Add(n)
		var sends sync.WaitGroup
		for range n {
			sends.Go(func() {
				if _, err := c.Do(post(t.Context(), t, srv.URL, []byte("x"))); err != nil {
					t.Error(err)
				}
			})
		}
		waiting.Wait()
		close(together)
		sends.Wait()
	}
	if got := conns.Load(); got > n+n/4 {
		t.Errorf("%d connections for %d sends at a time", got, n)
	}
}

func TestReplyIsBounded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := MaxReply
		if r.URL.Path == "/more" {
			n *= 40
		}
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", "70000")
			n = 70000
		}
		_, _ = io.WriteString(w, strings.Repeat("a", n))
	}))
	defer srv.Close()
	c := newClient(t, Options{AllowPrivate: true})
	for path, want := range map[string]bool{"/": false, "/more": true, "/known": true} {
		reply, err := c.Do(post(t.Context(), t, srv.URL+path, nil))
		if err != nil || len(reply.Body) != MaxReply || reply.Cut != want {
			t.Errorf("%s: %d bytes, cut %v, %v", path, len(reply.Body), reply.Cut, err)
		}
		if note := c.Note(reply); len(note) > MaxNote {
			t.Errorf("%s: a note of %d bytes", path, len(note))
		}
	}
}

func TestCertificates(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	quiet(srv.Config)
	srv.StartTLS()
	defer srv.Close()
	_, err := newClient(t, Options{AllowPrivate: true}).Do(post(t.Context(), t, srv.URL, nil))
	if instruction(err) != "pause" || !strings.Contains(err.Error(), "certificate is not trusted") {
		t.Errorf("unknown authority: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	if _, err := newClient(t, Options{AllowPrivate: true, RootCAs: roots}).Do(post(t.Context(), t, srv.URL, nil)); err != nil {
		t.Errorf("trusted: %v", err)
	}
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	_, err = newClient(t, Options{AllowPrivate: true, RootCAs: roots}).Do(post(t.Context(), t, "https://localhost:"+port, nil))
	if instruction(err) != "pause" {
		t.Errorf("another name: %v", err)
	}
}

// TestBeforeTheBodyWasSent is about failures that cannot have reached the target.
func TestBeforeTheBodyWasSent(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			// Read a little of a body that does not fit into any buffer, then go away.
			_, _ = io.ReadFull(conn, make([]byte, 4096))
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	_, err = newClient(t, Options{AllowPrivate: true}).Do(post(t.Context(), t, "http://"+listener.Addr().String(), make([]byte, 32<<20)))
	if instruction(err) != "retry" {
		t.Errorf("cut off while sending: %s, %v, want retry", instruction(err), err)
	}
	closed := listener.Addr().String()
	listener.Close()
	_, err = newClient(t, Options{AllowPrivate: true}).Do(post(t.Context(), t, "http://"+closed, nil))
	if instruction(err) != "retry" || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newClient(t, Options{AllowPrivate: true}).Do(post(ctx, t, "http://"+closed, nil))
	if instruction(err) != "retry" || !errors.Is(err, context.Canceled) {
		t.Errorf("ended before: %v", err)
	}
}

func TestAfterTheBodyWasSent(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"closed": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
		"not http": func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, _ := http.NewResponseController(w).Hijack()
			_, _ = buf.WriteString("SSH-2.0-OpenSSH_9.6\r\n")
			_ = buf.Flush()
			conn.Close()
		},
		"huge header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Big", strings.Repeat("a", 2*MaxReply))
		},
		"silence": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
	} {
		srv := httptest.NewServer(handler)
		quiet(srv.Config)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := newClient(t, Options{AllowPrivate: true}).Do(post(ctx, t, srv.URL, []byte("x")))
		cancel()
		srv.CloseClientConnections()
		srv.Close()
		if instruction(err) != "ambiguous" || !strings.Contains(err.Error(), "may have been carried out") {
			t.Errorf("%s: %s, %v, want ambiguous", name, instruction(err), err)
		}
	}
}

// TestTimeoutDuringTheWrite: the report that the write was done may come after
// the deadline; until it says that writing failed, the target may have it all.
func TestTimeoutDuringTheWrite(t *testing.T) {
	var p progress
	trace := p.trace()
	if p.maybeSent() {
		t.Error("sent before it began")
	}
	trace.WroteHeaders()
	if !p.maybeSent() {
		t.Error("begun, not known to have failed: must count as sent")
	}
	trace.WroteRequest(writeFailed())
	if p.maybeSent() {
		t.Error("writing failed: cannot have arrived as a whole")
	}
	trace.GotConn(gotConn())
	trace.WroteHeaders()
	trace.WroteRequest(writeDone())
	if !p.maybeSent() {
		t.Error("written on the second connection")
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	u, err := url.Parse("https://leadhub-test.invalid/hooks/9f8e7d6c5b/Zx81?key=hush%2Fhush")
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Options{
		Redactor:  NewRedactor(append(URLSecrets(u), "tok-123")...),
		Transport: leaky{},
	})
	_, err = c.Do(post(t.Context(), t, u.String(), nil))
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range []string{"9f8e7d6c5b", "hush/hush", "hush%2Fhush", "tok-123"} {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("%q leaks: %v", secret, e)
			}
		}
	}
}

// leaky fails as http.Client does: with the whole URL in its error.
type leaky struct{}

func (leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: errors.New("bad token tok-123")}
}
