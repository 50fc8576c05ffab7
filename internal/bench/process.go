package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// system says how to start one process under test.
type system struct {
	name string
	argv []string
	env  []string // beside the measuring process's own
	dir  string   // its folder; its output goes to process.log there
	addr string
	path string
}

// process is a system that runs.
type process struct {
	system
	cmd   *exec.Cmd
	log   *os.File
	gone  chan struct{} // closed when it has ended
	start time.Duration // from exec to the first 2xx
}

const (
	startPatience = 30 * time.Second
	stopPatience  = 15 * time.Second
	probePause    = time.Millisecond
)

// launch starts the system and returns when it has answered the event seq 2xx.
func launch(ctx context.Context, s system, clock *Clock, secret string, seq int) (*process, error) {
	log, err := os.OpenFile(filepath.Join(s.dir, "process.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{system: s, log: log, gone: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, s.argv[0], s.argv[1:]...) //nolint:gosec // it starts the binary it is told to measure
	p.cmd.Env = append(os.Environ(), s.env...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.dir, log, log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopPatience
	from := clock.Since()
	if err := p.cmd.Start(); err != nil {
		_ = log.Close()
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.gone)
	}()
	if err := p.probe(ctx, clock, secret, seq); err != nil {
		p.kill()
		return nil, err
	}
	p.start = clock.Since() - from
	return p, nil
}

// probe sends one event again and again until it is accepted.
func (p *process) probe(ctx context.Context, clock *Clock, secret string, seq int) error {
	c := &conn{addr: p.addr, timeout: requestTimeout}
	defer c.close()
	w := NewWriter(p.addr, p.path, secret)
	// The same bytes every time: a hub that keeps an event but cannot answer in time sees a repeat.
	request := w.Request(seq, clock.Since())
	until := clock.Since() + startPatience
	last := errors.New("no answer")
	for clock.Since() < until {
		status, err := c.do(ctx, clock.Now(), request)
		switch {
		case err != nil:
			last = err
		case status/100 == 2:
			return nil
		default:
			last = fmt.Errorf("it answered %d", status)
		}
		select {
		case <-p.gone:
			return fmt.Errorf("%s ended at once: %s", p.name, p.lastWords())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(probePause):
		}
	}
	return fmt.Errorf("%s accepted nothing within %s: %w; %s", p.name, startPatience, last, p.lastWords())
}

// stop ends the process in good order.
func (p *process) stop() error {
	defer func() { _ = p.log.Close() }()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.gone:
	case <-time.After(stopPatience):
		p.kill()
		return fmt.Errorf("%s did not stop within %s of SIGTERM", p.name, stopPatience)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("%s ended with %s: %s", p.name, p.cmd.ProcessState, p.lastWords())
	}
	return nil
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
	_ = p.log.Close()
}

// lastWords returns the end of what the process printed.
func (p *process) lastWords() string {
	raw, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	const tail = 600
	return strings.TrimSpace(string(raw[max(0, len(raw)-tail):]))
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
