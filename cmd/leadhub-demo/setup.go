package main

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed" // the demo's configuration
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/hub"
	outputsall "leadhub/outputs/all"
	receiversall "leadhub/receivers/all"
	transformsall "leadhub/transforms/all"
)

//go:embed demo.yaml
var demoYAML []byte

// demo is one run: the hub, the stand-ins and what was found wrong.
type demo struct {
	options
	out      *printer
	dir      string // temporary: configuration, database, log
	config   string // the configuration file in it
	url      string // of the hub
	slackURL string
	crmURL   string
	env      hub.Env
	slack    *slackStandIn
	crm      *crmStandIn
	servers  []*http.Server
	process  *exec.Cmd
	log      *os.File
	gone     chan struct{} // closed when the hub has ended
	news     chan string   // what arrives at the stand-ins
	problems []string
}

const (
	readyPatience = 15 * time.Second
	stopPatience  = 10 * time.Second
)

// prepare makes everything ready and starts the hub.
func prepare(ctx context.Context, o options, out *printer) (*demo, error) {
	d := &demo{options: o, out: out, gone: make(chan struct{}), news: make(chan string, 64)}
	var err error
	if d.dir, err = os.MkdirTemp("", "leadhub-demo-"); err != nil {
		return nil, err
	}
	d.config = filepath.Join(d.dir, "leadhub.yaml")
	vars, err := d.standIns(ctx)
	if err == nil {
		err = d.write(vars)
	}
	if err == nil {
		err = d.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// standIns starts Slack and the CRM and returns the variables of the configuration.
func (d *demo) standIns(ctx context.Context) (map[string]string, error) {
	vars := map[string]string{
		"DEMO_SLACK_TOKEN": "xoxb-demo-" + secret(),
		"DEMO_CRM_SECRET":  secretPrefix + base64.StdEncoding.EncodeToString([]byte(secret())),
		"DEMO_CRM_TOKEN":   secret(),
	}
	for _, name := range vendorSecrets() {
		vars[name] = secret()
	}
	d.slack = newSlackStandIn(vars["DEMO_SLACK_TOKEN"], func(m slackMessage) { d.tell("Slack " + m.Channel + ": " + m.summary()) })
	var err error
	d.crm, err = newCRMStandIn(vars["DEMO_CRM_TOKEN"], vars["DEMO_CRM_SECRET"], time.Now,
		func(r crmRecord) { d.tell(fmt.Sprintf("CRM %s: %s, revision %d", r.ID, r.Name, r.Revision)) })
	if err != nil {
		return nil, err
	}
	if d.slackURL, err = d.listen(ctx, d.slack); err != nil {
		return nil, err
	}
	if d.crmURL, err = d.listen(ctx, d.crm); err != nil {
		return nil, err
	}
	d.slackURL += "/api/"
	d.crmURL += "/leads"
	vars["DEMO_SLACK_URL"], vars["DEMO_CRM_URL"] = d.slackURL, d.crmURL
	for _, name := range []string{"DEMO_LISTEN", "DEMO_ADMIN"} {
		if vars[name], err = freeAddr(ctx); err != nil {
			return nil, err
		}
	}
	d.url = "http://" + vars["DEMO_LISTEN"]
	return vars, nil
}

// tell notes what arrived at a stand-in, for the time after the play. It never waits.
func (d *demo) tell(line string) {
	select {
	case d.news <- line:
	default:
	}
}

func (d *demo) listen(ctx context.Context, h http.Handler) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	d.servers = append(d.servers, srv)
	go func() { _ = srv.Serve(ln) }() // it ends with Close
	return "http://" + ln.Addr().String(), nil
}

// write puts the configuration, its .env and the environment of the actions in place.
func (d *demo) write(vars map[string]string) error {
	var env bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&env, "%s=%s\n", name, vars[name])
	}
	d.env = hub.Env{
		Kinds:     config.Kinds{Receivers: receiversall.Kinds(), Outputs: outputsall.Kinds(), Transforms: transformsall.Chain, Cleaners: transformsall.Cleaners()},
		LookupEnv: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Now:       time.Now,
		Logger:    slog.New(slog.DiscardHandler),
		Client:    hub.NewClient(15 * time.Second),
	}
	return errors.Join(
		os.WriteFile(d.config, demoYAML, 0o600),
		os.WriteFile(filepath.Join(d.dir, ".env"), env.Bytes(), 0o600),
	)
}

// start runs the hub's binary and waits until it is ready.
func (d *demo) start(ctx context.Context) error {
	var err error
	if d.log, err = os.Create(filepath.Join(d.dir, "hub.log")); err != nil {
		return err
	}
	d.process = exec.Command(d.hub, "serve", "-c", d.config) //nolint:gosec,noctx // it starts the binary it is told to; close stops it, not a context
	d.process.SysProcAttr = ownGroup()
	d.process.Dir, d.process.Stdout, d.process.Stderr = d.dir, d.log, d.log
	if err := d.process.Start(); err != nil {
		d.process = nil
		return err
	}
	go func() {
		_ = d.process.Wait()
		close(d.gone)
	}()
	for until := time.Now().Add(readyPatience); time.Now().Before(until); {
		if d.ready(ctx) {
			return nil
		}
		select {
		case <-d.gone:
			d.process = nil // nothing is left to stop
			return fmt.Errorf("the hub ended at once:\n%s", d.lastWords())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("the hub was not ready within %s:\n%s", readyPatience, d.lastWords())
}

func (d *demo) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := d.env.Client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (d *demo) lastWords() string {
	raw, err := os.ReadFile(d.log.Name()) //nolint:gosec // the demo made it
	if err != nil {
		return err.Error()
	}
	const tail = 2000
	return strings.TrimSpace(string(raw[max(0, len(raw)-tail):]))
}

// close stops the hub and the stand-ins and removes what was written.
func (d *demo) close() error {
	var errs []error
	if d.process != nil {
		errs = append(errs, d.stop())
	}
	for _, srv := range d.servers {
		errs = append(errs, srv.Close())
	}
	if d.log != nil {
		errs = append(errs, d.log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(d.dir))...) //nolint:gosec // the demo made it
}

func (d *demo) stop() error {
	select {
	case <-d.gone:
		return fmt.Errorf("the hub ended before it was told to:\n%s", d.lastWords())
	default:
	}
	if err := d.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-d.gone:
	case <-time.After(stopPatience):
		_ = d.process.Process.Kill()
		<-d.gone
		return fmt.Errorf("the hub did not stop within %s", stopPatience)
	}
	if code := d.process.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the hub ended with code %d:\n%s", code, d.lastWords())
	}
	return nil
}

// vendorSecrets are the variables that hold what the vendors sign with.
func vendorSecrets() []string {
	return []string{"DEMO_PROSPEKTR_SECRET", "DEMO_OPENPROSPECT_TOKEN", "DEMO_PROSPECTB2B_SECRET", "DEMO_SALESOS_SECRET"}
}

// secret is fresh for every run.
func secret() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // it never fails: it would end the process
	return hex.EncodeToString(b[:])
}

// freeAddr returns a loopback address nobody listens on just now.
func freeAddr(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}
