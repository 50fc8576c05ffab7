package bench

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestClosedLoopSendsEachEventOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]int{}
	addr := server(t, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, PayloadSize)
		if _, err := bufio.NewReader(r.Body).Read(body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		seq, _, _ := readMark(body)
		mu.Lock()
		seen[seq]++
		mu.Unlock()
	})
	l := Load{Addr: addr, Path: "/", Secret: "s", Clients: 4, Duration: time.Minute, MaxEvents: 100, FirstSeq: 50, Clock: NewClock(time.Now)}
	r := l.Run(t.Context())
	if err := r.Problem(); err != nil {
		t.Fatal(err)
	}
	if r.Sent != 100 || len(r.Accepted) != 100 || len(seen) != 100 || seen[50] != 1 || seen[149] != 1 {
		t.Errorf("sent %d, accepted %d, server saw %d", r.Sent, len(r.Accepted), len(seen))
	}
}

// A server that stops for a while delays every request that was due meanwhile:
// all of them must show it, not only the ones that were waiting.
func TestOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	const stall = 300 * time.Millisecond
	var first atomic.Bool
	var gate sync.Mutex
	addr := server(t, func(http.ResponseWriter, *http.Request) {
		gate.Lock() // one at a time: everybody waits behind the one that stalls
		defer gate.Unlock()
		if first.CompareAndSwap(false, true) {
			time.Sleep(stall)
		}
	})
	l := Load{Addr: addr, Path: "/", Secret: "s", Clients: 2, Duration: 600 * time.Millisecond, MaxEvents: 1000, Rate: 200, Clock: NewClock(time.Now)}
	r := l.Run(t.Context())
	if err := r.Problem(); err != nil {
		t.Fatal(err)
	}
	// 60 requests were due during the stall; on average they waited for half of it.
	slow := 0
	for _, d := range r.Latency {
		if d > stall/10 {
			slow++
		}
	}
	if slow < 40 {
		t.Errorf("%d of %d requests show the stall, want at least 40", slow, len(r.Latency))
	}
	if r.Late < 40 {
		t.Errorf("%d requests counted as late, want at least 40", r.Late)
	}
}

func TestLoadReportsRefusals(t *testing.T) {
	addr := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	l := Load{Addr: addr, Path: "/", Clients: 1, Duration: time.Minute, MaxEvents: 3, Clock: NewClock(time.Now)}
	if err := l.Run(t.Context()).Problem(); err == nil || err.Error() != "3 of 3 requests were answered 503" {
		t.Errorf("got %v", err)
	}
}

func TestLoadReportsAServerThatIsGone(t *testing.T) {
	addr, err := freeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := Load{Addr: addr, Path: "/", Clients: 2, Duration: time.Minute, MaxEvents: 1000, Clock: NewClock(time.Now)}
	r := l.Run(t.Context())
	if r.Errors != 2*maxErrors || r.Problem() == nil || !strings.Contains(r.Problem().Error(), "got no answer") {
		t.Errorf("%d errors, %v", r.Errors, r.Problem())
	}
}

func TestLoadStopsWithItsContext(t *testing.T) {
	addr := server(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	l := Load{Addr: addr, Path: "/", Clients: 2, Duration: time.Hour, MaxEvents: 1000, Rate: 1, Clock: NewClock(time.Now)}
	if r := l.Run(ctx); r.Elapsed > 5*time.Second {
		t.Errorf("took %s after its context ended", r.Elapsed)
	}
}

func TestReadAnswer(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		status   int
		keep     bool
		err      error
	}{
		{"plain", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, true, nil},
		{"close", "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: Close\r\n\r\n", 503, false, nil},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", 0, false, errAnswer},
		{"bad length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, false, errAnswer},
		{"not HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n", 0, false, errAnswer},
		{"no number", "HTTP/1.1 abc OK\r\n\r\n", 0, false, errAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, keep, err := readAnswer(bufio.NewReader(strings.NewReader(tt.in)))
			if status != tt.status || keep != tt.keep || !errors.Is(err, tt.err) {
				t.Errorf("got %d %v %v", status, keep, err)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	f.Fuzz(func(t *testing.T, in string) {
		if _, keep, err := readAnswer(bufio.NewReader(strings.NewReader(in))); err != nil && keep {
			t.Fatal("keeps a connection after an error")
		}
	})
}
