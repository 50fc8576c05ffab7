package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/outputs"
	fileout "leadhub/outputs/file"
	httpout "leadhub/outputs/http"
	prospectb2bout "leadhub/outputs/prospectb2b"
	salesosout "leadhub/outputs/salesos"
	"leadhub/receivers"
	"leadhub/receivers/prospectb2b"
	"leadhub/receivers/prospektr"
	"leadhub/receivers/salesos"
	"leadhub/transforms"
	"leadhub/transforms/all"
)

func kinds() config.Kinds {
	return config.Kinds{
		Receivers:  []receivers.Kind{prospektr.Kind, salesos.Kind, prospectb2b.Kind, fanKind()},
		Outputs:    []outputs.Kind{httpout.Kind, fileout.Kind, salesosout.Kind, prospectb2bout.Kind},
		Transforms: func(b transforms.Bands) transforms.Chain { return all.Chain(b) },
		Cleaners:   all.Cleaners(),
	}
}

// rig is a hub under test: a configuration, a store, and the target its leads go to.
type rig struct {
	t       *testing.T
	dir     string
	target  *target
	minFree uint64 // for startHub; 0: the default
	log     *bytes.Buffer
	logMu   sync.Mutex

	url  string
	stop func()
}

// base is the configuration most tests use; %s is the target's address.
const base = `version: 1
store:
  url: "sqlite://hub.db"
receivers:
  prospektr:
    type: prospektr
    secrets: ["topsecret"]
  salesos:
    type: salesos
    secrets: ["topsecret"]
outputs:
  crm:
    type: http
    url: "%s/leads"
    allow_private: true
    retry: [100ms, 200ms]
  triage:
    type: file
    path: triage.jsonl
tests:
  when: email endsWith "@example.test"
  to: [triage]
routes:
  - name: unwanted
    when: lead_potential == "low"
    suppress: low potential
  - name: hot
    when: lead_potential == "high"
    to: [crm]
  - name: everything-else
    to: [crm, triage]
`

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), target: newTarget(t), log: &bytes.Buffer{}}
	t.Cleanup(func() {
		r.halt()
		if t.Failed() {
			r.logMu.Lock()
			defer r.logMu.Unlock()
			t.Logf("log:\n%s", r.log)
		}
	})
	return r
}

// Write implements io.Writer for the hub's log.
func (r *rig) Write(p []byte) (int, error) {
	r.logMu.Lock()
	defer r.logMu.Unlock()
	return r.log.Write(p)
}

func (r *rig) options() config.Options {
	return config.Options{
		Getenv: func(string) (string, bool) { return "", false }, Now: time.Now, Build: "test",
		Logger: slog.New(slog.NewTextHandler(r, nil)),
	}
}

// start serves the configuration text, whose %s is the target's address.
func (r *rig) start(text string) {
	r.t.Helper()
	cfg := r.load(text)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	started := make(chan string, 1)
	go func() {
		done <- pipeline.Serve(ctx, pipeline.ServeOptions{
			Config: cfg, Kinds: kinds(), Load: r.options(), Logger: r.options().Logger, Now: time.Now,
			Listener: l, Started: func(addr string) { started <- addr },
		})
	}()
	select {
	case addr := <-started:
		r.url = "http://" + addr
	case err := <-done:
		r.t.Fatalf("serve: %v", err)
	}
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("serve: %v", err)
		}
	}
}

// load writes and loads the configuration text, whose %s is the target's address.
func (r *rig) load(text string) *config.Config {
	r.t.Helper()
	file := filepath.Join(r.dir, "leadhub.yaml")
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, r.target.URL)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	cfg, problems, err := config.Load(file, kinds(), r.options())
	if err != nil || cfg == nil {
		r.t.Fatalf("load: %v %v", err, problems)
	}
	return cfg
}

// halt stops the hub if it runs.
func (r *rig) halt() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// post sends a Prospektr body, signed, and returns the status.
func (r *rig) post(body string) int {
	r.t.Helper()
	return r.postTo("prospektr", prospektr.Kind, body)
}

func (r *rig) postTo(name string, kind receivers.Kind, body string) int {
	r.t.Helper()
	cfg, _, err := config.Load(filepath.Join(r.dir, "leadhub.yaml"), kinds(), r.options())
	if err != nil {
		r.t.Fatal(err)
	}
	signer, ok := cfg.Receiver(name).Receiver.(receivers.Signer)
	if !ok {
		r.t.Fatalf("%s cannot sign", kind.Name)
	}
	h, err := signer.Sign([]byte(body), "", time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/webhooks/"+name, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	maps.Copy(req.Header, h)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode
}

// prospect is a Prospektr body. potential and name may differ between calls with one id.
func prospect(id, name, potential, email string) string {
	return fmt.Sprintf(`{"type":"prospect.added","tenant":{"id":"t1","name":"Busy Print Co."},"prospect":{"id":%q,"name":%q,`+
		`"website":"https://%s.example.com","email":%q,"state":"FL","lead_potential":%q,"status":"qualified","created_at":"2026-04-26T12:34:56.000Z"}}`,
		id, name, id, email, potential)
}

// reader opens the store to look at, as the command line does.
func (r *rig) reader() *store.Store {
	r.t.Helper()
	s, err := store.OpenReader(r.t.Context(), filepath.Join(r.dir, "hub.db"), store.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = s.Close() })
	return s
}

// settle waits until nothing is waiting any more, and insists on the ledger.
func (r *rig) settle() *store.Ledger {
	r.t.Helper()
	s := r.reader()
	var l *store.Ledger
	r.until("everything is routed and delivered", func() bool {
		var err error
		if l, err = s.Ledger(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		for _, v := range l.Receivers {
			if v.Waiting > 0 {
				return false
			}
		}
		for _, v := range l.Outputs {
			if v.Waiting > 0 {
				return false
			}
		}
		return true
	})
	if !l.Holds {
		r.t.Errorf("the ledger does not hold: %v", l.Broken)
	}
	return l
}

func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	r.t.Fatalf("waited 20 s in vain: %s", what)
}

func (r *rig) deliveries() []store.DeliveryRow {
	r.t.Helper()
	rows, err := r.reader().ListDeliveries(r.t.Context(), store.Filter{Limit: 1000})
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func (r *rig) events() []store.EventRow {
	r.t.Helper()
	rows, err := r.reader().ListEvents(r.t.Context(), store.Filter{Limit: 1000})
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

// target is a CRM that keeps what it was sent by idempotency key, and answers as scripted.
type target struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  map[string][]string // by idempotency key, in order
	order   []string
	script  []int // statuses to answer first; 0: reset the connection
	forever int   // status to answer always, 0: 201
	header  http.Header
	slow    time.Duration
	open    int
	maxOpen int
}

func newTarget(t *testing.T) *target {
	t.Helper()
	g := &target{bodies: map[string][]string{}, header: http.Header{}}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Close)
	return g
}

func (g *target) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	g.open++
	g.maxOpen = max(g.maxOpen, g.open)
	status, slow := http.StatusCreated, g.slow
	if g.forever != 0 {
		status = g.forever
	}
	if len(g.script) > 0 {
		status, g.script = g.script[0], g.script[1:]
	}
	key := r.Header.Get("Idempotency-Key")
	if status == http.StatusCreated {
		g.bodies[key] = append(g.bodies[key], string(body))
		g.order = append(g.order, key)
	}
	maps.Copy(w.Header(), g.header)
	g.mu.Unlock()
	time.Sleep(slow)
	g.mu.Lock()
	g.open--
	g.mu.Unlock()
	if status == 0 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	w.WriteHeader(status)
}

func (g *target) set(fn func(*target)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fn(g)
}

func (g *target) keys() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.bodies)
}

func (g *target) bodiesOf(key string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bodies[key]
}

// startHub starts a hub without a server.
func (r *rig) startHub(text string) *pipeline.Hub {
	r.t.Helper()
	cfg := r.load(text)
	st, err := store.Open(r.t.Context(), cfg.Store.Path, store.Options{Now: time.Now, Logger: r.options().Logger, HubName: "rig"})
	if err != nil {
		r.t.Fatal(err)
	}
	hub, err := pipeline.Start(r.t.Context(), pipeline.Options{
		Config: cfg, Kinds: kinds(), Load: r.options(), Store: st, Logger: r.options().Logger, Now: time.Now, MinFree: r.minFree,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.stop = func() {
		if err := errors.Join(hub.Stop(), st.Close()); err != nil {
			r.t.Errorf("stop: %v", err)
		}
	}
	return hub
}

func (r *rig) reload(hub *pipeline.Hub, text string) {
	r.t.Helper()
	if err := hub.Reload(r.t.Context(), r.load(text)); err != nil {
		r.t.Fatal(err)
	}
}

// accept hands a Prospektr body to the hub as the server does after verification.
func (r *rig) accept(hub *pipeline.Hub, body string) {
	r.t.Helper()
	req := &receivers.Request{Body: []byte(body), Header: http.Header{}, ReceivedAt: time.Now()}
	if _, err := hub.Accept("prospektr", req, receivers.Verified{Body: req.Body}); err != nil {
		r.t.Error(err)
	}
}
