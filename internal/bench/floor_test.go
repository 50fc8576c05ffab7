package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"leadhub/lead"
)

// startFloor serves a floor in this process until the returned function is called.
func startFloor(t *testing.T, o FloorOptions) (addr string, stop func() error) {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- ServeFloor(ctx, ln, o) }()
	return ln.Addr().String(), func() error { cancel(); return <-done }
}

func TestFloorsVerify(t *testing.T) {
	for _, kind := range FloorKinds() {
		t.Run(string(kind), func(t *testing.T) {
			dir := t.TempDir()
			addr, stop := startFloor(t, FloorOptions{Kind: kind, Secret: "right", Dir: dir, SinkURL: "http://127.0.0.1:1/", Workers: 1})
			l := Load{Addr: addr, Path: FloorPath, Secret: "wrong", Clients: 1, Duration: time.Minute, MaxEvents: 2, Clock: NewClock(time.Now)}
			if err := l.Run(t.Context()).Problem(); err == nil || err.Error() != "2 of 2 requests were answered 401" {
				t.Errorf("got %v", err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if kind == FloorAnswer {
				return
			}
			if kept := readJournal(t, dir); len(kept) != 0 {
				t.Errorf("%d unsigned bodies were kept", len(kept))
			}
		})
	}
}

func readJournal(t *testing.T, dir string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "journal.log"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for len(raw) > 0 {
		n := binary.BigEndian.Uint32(raw)
		out = append(out, raw[4:4+n])
		raw = raw[4+n:]
	}
	return out
}

func TestPostFloorKeepsAllAndSendsTheHighHalf(t *testing.T) {
	clock := NewClock(time.Now)
	sink, err := NewSink(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	addr, stop := startFloor(t, FloorOptions{Kind: FloorPost, Secret: "s", Dir: dir, SinkURL: sink.URL(), Workers: 3})
	l := Load{Addr: addr, Path: FloorPath, Secret: "s", Clients: 8, Duration: time.Minute, MaxEvents: 200, Clock: clock}
	r := l.Run(t.Context())
	if err := r.Problem(); err != nil {
		t.Fatal(err)
	}
	got := sink.Await(t.Context(), r.Accepted, IsHigh, 10*time.Second)
	if got.Distinct != 100 || got.Missing != 0 || got.Doubled != 0 || got.Junk != 0 {
		t.Errorf("at the sink: %+v", got)
	}
	if err := errors.Join(stop(), sink.Close()); err != nil {
		t.Error(err)
	}
	if kept := readJournal(t, dir); len(kept) != 200 {
		t.Errorf("%d bodies in the file, want 200", len(kept))
	}
}

func TestPostFloorReportsASinkThatRefuses(t *testing.T) {
	bad := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	addr, stop := startFloor(t, FloorOptions{Kind: FloorPost, Secret: "s", Dir: t.TempDir(), SinkURL: "http://" + bad, Workers: 1})
	l := Load{Addr: addr, Path: FloorPath, Secret: "s", Clients: 1, Duration: time.Minute, MaxEvents: 1, Clock: NewClock(time.Now)}
	if err := l.Run(t.Context()).Problem(); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err == nil || !strings.Contains(err.Error(), "the sink answered 418") {
		t.Errorf("got %v", err)
	}
}

func TestServeFloorRefusesUnknownKinds(t *testing.T) {
	_, stop := startFloor(t, FloorOptions{Kind: "ceiling"})
	if err := stop(); err == nil || !strings.Contains(err.Error(), `no floor "ceiling"`) {
		t.Errorf("got %v", err)
	}
}

func TestMapped(t *testing.T) {
	w := NewWriter("h", "/", "s")
	_, body, _ := strings.Cut(string(w.Request(4, 5)), "\r\n\r\n")
	out, err := mapped([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var l lead.Lead
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatal(err)
	}
	if l.Company.Name != "Promo Company 00000004" || *l.Confidence != 85 || l.Company.Address.Region != "FL" || l.LeadPotential != lead.PotentialHigh {
		t.Errorf("mapped: %+v", l)
	}
	_, body, _ = strings.Cut(string(w.Request(5, 5)), "\r\n\r\n")
	if out, err := mapped([]byte(body)); out != nil || err != nil {
		t.Errorf("a low lead: %s %v", out, err)
	}
	if _, err := mapped([]byte(`{`)); err == nil {
		t.Error("no error for broken JSON")
	}
}

// memoryFile is a file whose sync the test holds in its hand.
type memoryFile struct {
	mu      sync.Mutex
	written int
}

func (f *memoryFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written += len(p)
	return len(p), nil
}

func (f *memoryFile) Close() error { return nil }

var _ io.WriteCloser = (*memoryFile)(nil)

func TestJournalAnswersOnlyAfterSync(t *testing.T) {
	syncs := make(chan error)
	j := newJournal(&memoryFile{}, func() error { return <-syncs })
	answers := make(chan error, 3)
	go func() { answers <- j.append([]byte("one")) }()
	select {
	case <-answers:
		t.Fatal("answered before the sync")
	case <-time.After(50 * time.Millisecond):
	}
	// Two more arrive during the first commit: they share the second.
	for range 2 {
		go func() { answers <- j.append([]byte("more")) }()
	}
	for len(j.queue) < 2 {
		time.Sleep(time.Millisecond)
	}
	syncs <- nil
	if err := <-answers; err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	syncs <- full
	for range 2 {
		if err := <-answers; !errors.Is(err, full) {
			t.Errorf("got %v, want the sync's error", err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
}
