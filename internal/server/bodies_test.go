package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadhub/receivers"
)

func randomBody(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// TestBodiesAreRaw: what is verified and kept are the bytes as they came.
func TestBodiesAreRaw(t *testing.T) {
	t.Parallel()
	h := open(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(`{"a":1}`))
	_ = z.Close()
	c := h.client()
	for name, x := range map[string]struct {
		body   []byte
		chunks bool
		header []string
	}{
		"gzip":         {zipped.Bytes(), false, []string{"Content-Encoding", "gzip"}},
		"not gzip":     {[]byte("{}"), false, []string{"Content-Encoding", "gzip"}},
		"brotli":       {[]byte("{}"), false, []string{"Content-Encoding", "br"}},
		"empty":        {nil, false, nil},
		"binary":       {randomBody(999), false, nil},
		"chunked":      {randomBody(maxBody - 1), true, nil},
		"chunked gzip": {zipped.Bytes(), true, []string{"Content-Encoding", "gzip"}},
		"spaces":       {[]byte(" \r\n{ \"a\" :1 }\r\n\r\n"), false, nil},
		"multipart":    {[]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n"), false, []string{"Content-Type", "application/json; boundary=x"}},
	} {
		var body io.Reader = bytes.NewReader(x.body)
		if x.chunks {
			body = io.MultiReader(body) // of a length nobody knows
		}
		a, err := h.ask(c, http.MethodPost, "/webhooks/prospektr", body, x.header...)
		if err != nil || a.status != 200 {
			t.Errorf("%s: %+v, %v", name, a, err)
			continue
		}
		accepted, _ := h.kept()
		if got := accepted[len(accepted)-1].Body; !bytes.Equal(got, x.body) {
			t.Errorf("%s: %d bytes %.60q arrived, not %d", name, len(got), got, len(x.body))
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, x := range []struct {
		name   string
		size   int
		chunks bool
		want   int
	}{
		{"at the limit", maxBody, false, 200},
		{"one over it", maxBody + 1, false, 413},
		{"at the limit, chunked", maxBody, true, 200},
		{"one over it, chunked", maxBody + 1, true, 413},
	} {
		var body io.Reader = bytes.NewReader(bytes.Repeat([]byte("x"), x.size))
		if x.chunks {
			body = io.MultiReader(body)
		}
		_, before := h.kept()
		a, err := h.ask(h.client(), http.MethodPost, "/webhooks/prospektr", body, "Content-Type", "application/json")
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if a.status != x.want {
			t.Errorf("%s: %d, not %d", x.name, a.status, x.want)
		}
		if x.want != 413 {
			continue
		}
		a.refused(t, 413, msgTooLarge)
		_, rejected := h.kept()
		if len(rejected) != len(before)+1 {
			t.Fatalf("%s: %d rejects are kept, not %d", x.name, len(rejected), len(before)+1)
		}
		r := rejected[len(rejected)-1]
		// Of chunks that were read in vain, fasthttp forgets whose they were.
		if r.Receiver != map[bool]string{false: "prospektr"}[x.chunks] || r.Status != 413 || r.Reason != string(receivers.ReasonTooLarge) || (!x.chunks && r.Size != x.size) || r.Hint == "" {
			t.Errorf("%s: kept as %+v", x.name, r)
		}
	}
	if accepted, _ := h.kept(); len(accepted) != 2 {
		t.Errorf("%d accepted, not 2", len(accepted))
	}
}

// TestFarOverTheLimit: of a body that is far too large the answer arrives all the same.
func TestFarOverTheLimit(t *testing.T) {
	t.Parallel()
	h := open(t)
	body := bytes.Repeat([]byte("x"), 8<<20)
	for i := range 20 {
		a, err := h.ask(h.client(), http.MethodPost, "/webhooks/prospektr", bytes.NewReader(body), "Content-Type", "application/json")
		if err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		a.refused(t, 413, msgTooLarge)
	}
}

// raw speaks HTTP by hand.
func (h *house) raw() (net.Conn, *bufio.Reader) {
	h.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(h.t.Context(), "tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func say(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// hear reads one response.
func hear(t *testing.T, r *bufio.Reader) answer {
	t.Helper()
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body), res.Close}
}

const head = "POST /webhooks/prospektr HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"

// TestBodiesThatDoNotCome: a body that stops half-way is no event.
func TestBodiesThatDoNotCome(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.s.app.Server().ReadTimeout = 300 * time.Millisecond })
	t.Run("slow", func(t *testing.T) {
		conn, r := h.raw()
		say(t, conn, head+"Content-Length: 10\r\n\r\n12345")
		a := hear(t, r)
		a.refused(t, 408, "Request Timeout")
		if _, err := r.ReadByte(); err != io.EOF {
			t.Errorf("the connection goes on: %v", err)
		}
	})
	t.Run("drop by drop", func(t *testing.T) {
		conn, r := h.raw()
		say(t, conn, head+"Content-Length: 100\r\n\r\n")
		for range 20 {
			if _, err := io.WriteString(conn, "x"); err != nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if a := hear(t, r); a.status != 408 {
			t.Errorf("answered %+v", a)
		}
	})
	for name, text := range map[string]string{
		"aborted":         head + "Content-Length: 10\r\n\r\n12345",
		"aborted chunks":  head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
		"aborted headers": head,
		"nothing":         "",
	} {
		t.Run(name, func(*testing.T) {
			conn, _ := h.raw()
			say(t, conn, text)
			_ = conn.Close()
		})
	}
	t.Run("half closed", func(t *testing.T) {
		conn, r := h.raw()
		say(t, conn, head+"Content-Length: 10\r\n\r\n12345")
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		if a := hear(t, r); a.status != 400 {
			t.Errorf("answered %+v", a)
		}
	})
	if a := h.post("/webhooks/prospektr", "{}"); a.status != 200 {
		t.Errorf("afterwards: %+v", a)
	}
	if accepted, rejected := h.kept(); len(accepted) != 1 || len(rejected) != 0 {
		t.Errorf("%d accepted, not 1; %d rejected, not 0", len(accepted), len(rejected))
	}
	if strings.Contains(h.log.String(), "level=ERROR") {
		t.Errorf("what senders do wrong is no error of ours:\n%s", h.log)
	}
}

// TestBrokenHTTP: every answer is one of ours, and none of it reaches Accept.
func TestBrokenHTTP(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, x := range map[string]struct {
		text   string
		status int
		msg    string
	}{
		"no HTTP":        {"hello\r\n\r\n", 400, "Bad Request"},
		"bad length":     {head + "Content-Length: ten\r\n\r\n", 400, "Bad Request"},
		"bad chunk":      {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, "Bad Request"},
		"huge header":    {head + "X-Long: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 431, "Request Header Fields Too Large"},
		"huge length":    {head + "Content-Length: 99999999999\r\n\r\n", 413, msgTooLarge},
		"no host":        {"POST /nowhere HTTP/1.1\r\n\r\n", 404, msgNotFound},
		"absolute URI":   {"POST http://h/webhooks/nobody HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 404, msgNotFound},
		"HTTP/1.0":       {"GET /webhooks/prospektr HTTP/1.0\r\n\r\n", 405, msgMethod},
		"a path of dots": {"POST /webhooks/../webhooks/prospektr/.. HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 404, msgNotFound},
	} {
		conn, r := h.raw()
		say(t, conn, x.text)
		a := hear(t, r)
		if a.status != x.status || !strings.Contains(a.body, fmt.Sprintf(`{"error":%q,"request_id":"req_`, x.msg)) {
			t.Errorf("%s: answered %d %s", name, a.status, a.body)
		}
	}
	if accepted, _ := h.kept(); len(accepted) != 0 {
		t.Errorf("%d accepted", len(accepted))
	}
}

func TestExpectContinue(t *testing.T) {
	t.Parallel()
	h := open(t)
	conn, r := h.raw()
	say(t, conn, head+"Content-Length: 7\r\nExpect: 100-continue\r\n\r\n")
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("heard %q, %v", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	say(t, conn, `{"a":1}`)
	if a := hear(t, r); a.status != 200 {
		t.Errorf("answered %+v", a)
	}
	// A body that would be too large need not be sent.
	conn, r = h.raw()
	say(t, conn, head+fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", maxBody+1))
	var a answer
	for a = hear(t, r); a.status == 100; a = hear(t, r) {
		continue
	}
	if a.status != 413 {
		t.Errorf("answered %+v", a)
	}
	if accepted, _ := h.kept(); len(accepted) != 1 || string(accepted[0].Body) != `{"a":1}` {
		t.Errorf("%d accepted", len(accepted))
	}
}

// TestRequestsAreCopied: requests that are kept stay what they were, however many
// come after them over the same connections: Fiber uses its buffers again.
func TestRequestsAreCopied(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client()
	var wg sync.WaitGroup
	var failed atomic.Int32
	for g := range 16 {
		wg.Go(func() {
			for i := range 150 {
				body := randomBody(50 + (g*31+i*17)%2000)
				sum := sha256.Sum256(body)
				text := hex.EncodeToString(sum[:])
				a, err := h.ask(c, http.MethodPost, "/webhooks/prospektr?q="+text, bytes.NewReader(body),
					"Content-Type", "application/json; n="+text, "X-Sum", text, "X-"+text[:8], text[8:16])
				if err != nil || a.status != 200 {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	accepted, _ := h.kept()
	if failed.Load() > 0 || len(accepted) != 16*150 {
		t.Fatalf("%d failed, %d accepted", failed.Load(), len(accepted))
	}
	for _, r := range accepted {
		sum := sha256.Sum256(r.Body)
		text := hex.EncodeToString(sum[:])
		for what, got := range map[string]string{
			"X-Sum": r.Header.Get("X-Sum"), "the odd header": text[:8] + r.Header.Get("X-"+text[:8]) + text[16:],
			"the type": strings.TrimPrefix(r.Header.Get("Content-Type"), "application/json; n="), "the query": strings.TrimPrefix(r.Query.Reveal(), "q="),
		} {
			if got != text {
				t.Fatalf("%s is %s in the request of body %s: it became another request's", what, got, text)
			}
		}
		if r.Method != http.MethodPost || r.Path != "/webhooks/prospektr" {
			t.Fatalf("%s %s", r.Method, r.Path)
		}
	}
}

// TestPipelined: requests that come before the answer to the one before are answered in order.
func TestPipelined(t *testing.T) {
	t.Parallel()
	h := open(t)
	n := 0
	h.set(func() {
		h.accept = func(r *receivers.Request) (string, error) {
			n++
			return fmt.Sprintf("evt_%d%s", n, r.Body), nil
		}
	})
	conn, r := h.raw()
	var all strings.Builder
	for i := range 10 {
		fmt.Fprintf(&all, "%sContent-Length: 2\r\n\r\n-%d", head, i)
	}
	say(t, conn, all.String())
	for i := range 10 {
		if a := hear(t, r); a.status != 200 || !strings.Contains(a.body, fmt.Sprintf(`"evt_%d-%d"`, i+1, i)) {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
}
