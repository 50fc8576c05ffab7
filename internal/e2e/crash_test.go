package e2e

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const secret = "crash-test-secret"

// TestKillNine kills the hub at random moments under load and starts it again.
// The clients remember what they were told; the sink remembers what arrived.
func TestKillNine(t *testing.T) {
	rounds := 20
	if s := os.Getenv("LEADHUB_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("LEADHUB_CRASH_ROUNDS=%q is not a number", s)
		}
		rounds = n
	}
	if testing.Short() {
		rounds = 3
	}
	crm := newSink(t, true)
	hub := newHub(t, crm.URL)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))

	var acked []string
	for round := range rounds {
		hub.start(t)
		life := time.Duration(30+rnd.IntN(500)) * time.Millisecond
		acked = append(acked, load(t, hub.url, round, life, hub.kill)...)
	}
	if len(acked) < rounds {
		t.Fatalf("only %d events were acknowledged in %d rounds: the load did not reach the hub", len(acked), rounds)
	}
	hub.start(t)
	deadline := time.Now().Add(2 * time.Minute)
	for len(crm.missing(acked)) > 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	if lost := crm.missing(acked); len(lost) > 0 {
		t.Errorf("%d of %d acknowledged events never arrived, the first is %s", len(lost), len(acked), lost[0])
	}
	hub.stop(t)
	if twice := crm.doubled(); len(twice) > 0 {
		t.Errorf("%d leads have more than one record at the target, the first is %s", len(twice), twice[0])
	}
	leads, sends := crm.count()
	t.Logf("%d acknowledged, %d leads at the target, %d sends", len(acked), leads, sends)
	hub.ledger(t)
}

// load posts leads from 16 clients until stop has ended the hub, and returns the
// ids that were acknowledged.
func load(t *testing.T, url string, round int, life time.Duration, stop func()) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var acked []string
	var wg sync.WaitGroup
	for c := range 16 {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 10 * time.Second}
			defer client.CloseIdleConnections()
			for n := 0; ctx.Err() == nil; n++ {
				id := fmt.Sprintf("p-%d-%d-%d", round, c, n)
				if post(ctx, client, url, id) {
					mu.Lock()
					acked = append(acked, id)
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(life)
	stop()
	cancel()
	wg.Wait()
	return acked
}

func post(ctx context.Context, client *http.Client, url, id string) bool {
	body := fmt.Sprintf(`{"type":"prospect.added","tenant":{"id":"t1","name":"Crash"},"prospect":{"id":%q,"name":"Company %s","website":"https://%s.example.com","email":"sales@%s.example.com","state":"FL","lead_potential":"high","status":"qualified","created_at":"2026-04-26T12:34:56.000Z"}}`, id, id, id, id)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Prospektr-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// hub is the real binary with a configuration and a store of its own.
type hub struct {
	bin, dir, url string
	addr          string
	env           []string
	cmd           *exec.Cmd
	log           *os.File
}

func newHub(t *testing.T, crm string) *hub {
	t.Helper()
	dir := t.TempDir()
	h := &hub{dir: dir, bin: filepath.Join(dir, "leadhub"), addr: freeAddr(t)}
	h.url = "http://" + h.addr + "/webhooks/prospektr"
	build := exec.CommandContext(t.Context(), "go", "build", "-o", h.bin, "leadhub/cmd/leadhub")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build leadhub: %v\n%s", err, out)
	}
	cfg := fmt.Sprintf(`version: 1
server:
  listen: %q
store:
  url: "sqlite://data/leadhub.db"
receivers:
  prospektr:
    type: prospektr
    path: /webhooks/prospektr
    secrets: ["${PROSPEKTR_SECRET}"]
outputs:
  crm:
    type: http
    url: %q
    allow_private: true
    retry: [100ms, 200ms, 500ms, 1s]
routes:
  - name: hot
    when: lead_potential == "high"
    to: [crm]
  - name: everything-else
    to: [crm]
`, h.addr, crm)
	h.write(t, cfg)
	h.env = []string{"PROSPEKTR_SECRET=" + secret}
	log, err := os.Create(filepath.Join(dir, "hub.log"))
	if err != nil {
		t.Fatal(err)
	}
	h.log = log
	t.Cleanup(func() {
		h.kill()
		_ = log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the hub's log ends with:\n%s", text[max(0, len(text)-4000):])
		}
	})
	return h
}

// write replaces the hub's configuration.
func (h *hub) write(t *testing.T, cfg string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "leadhub.yaml"), []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (h *hub) command(args ...string) *exec.Cmd {
	cmd := exec.Command(h.bin, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), h.env...)
	return cmd
}

// start starts the hub and waits until it answers.
func (h *hub) start(t *testing.T) {
	t.Helper()
	h.cmd = h.command("serve")
	h.cmd.Stdout, h.cmd.Stderr = h.log, h.log
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 {
		res, err := http.Get("http://" + h.addr + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the hub did not become ready within 30 s")
}

func (h *hub) kill() {
	if h.cmd != nil {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
		h.cmd = nil
	}
}

// stop asks the hub to stop, and insists that it ends well.
func (h *hub) stop(t *testing.T) {
	t.Helper()
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the hub did not stop cleanly: %v", err)
		}
		h.cmd = nil
	case <-time.After(30 * time.Second):
		t.Error("the hub did not stop within 30 s")
	}
}

// ledger runs `leadhub ledger`, which exits 1 where an equation does not hold.
func (h *hub) ledger(t *testing.T) {
	t.Helper()
	if out, err := h.command("ledger").CombinedOutput(); err != nil {
		t.Errorf("leadhub ledger: %v\n%s", err, out)
	}
}
