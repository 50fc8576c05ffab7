package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Plan says what to measure, how long and how often.
type Plan struct {
	Hub       string        // the hub's binary
	Self      string        // the measuring binary, which also serves the floors
	Dir       string        // for data; it must be on a real disk
	Runs      int           // of every step; the median counts
	Duration  time.Duration // of sending, per step
	Warmup    time.Duration // of sending before that, not counted
	Rate      float64       // events offered per second in the latency steps
	MaxEvents int           // a bound on the requests of one step
	Now       func() time.Time
	Progress  io.Writer // one line per step
}

// figures are what one step measured; a figure that the step does not measure is 0.
type figures struct {
	ack, ackP99, endToEnd, cpu, idle, peak, deliveryP99, start, restart float64
	decideFew, decideMany                                               float64 // µs a decision over 10 and over 1,000 routes
	eval, evalAllocs                                                    float64 // ns and allocations of one rule
}

// step is one measurement: one system under one load.
type step struct {
	name    string
	floor   FloorKind // "": the hub
	routes  hubRoutes // of the hub
	clients int
	open    bool // offered at Plan.Rate
	arrive  bool // wait for the sink
	restart bool // kill -9 at the end, and start again
}

// steps are in an order that puts the hub right behind its floor.
func steps() []step {
	return []step{
		{name: answer64, floor: FloorAnswer, clients: 64},
		{name: journal64, floor: FloorJournal, clients: 64},
		{name: hubAck64, routes: suppressAll, clients: 64},
		{name: post16, floor: FloorPost, clients: 16, arrive: true},
		{name: hub16, routes: sendHigh, clients: 16, arrive: true},
		{name: post64, floor: FloorPost, clients: 64, arrive: true},
		{name: hub64, routes: sendHigh, clients: 64, arrive: true},
		{name: postOpen, floor: FloorPost, clients: 64, open: true, arrive: true},
		{name: hubOpen, routes: sendHigh, clients: 64, open: true, arrive: true, restart: true},
	}
}

// The names of the steps.
const (
	answer64  = "floor: Fiber, verify and answer, 64 clients"
	journal64 = "floor: net/http, verify, fdatasync'd group commit, 64 clients"
	post16    = "floor: the same + parse, filter, map, POST, 16 clients"
	post64    = "floor: the same + parse, filter, map, POST, 64 clients"
	postOpen  = "floor: the same + parse, filter, map, POST, open loop"
	hubAck64  = "leadhub, every lead suppressed, 64 clients"
	hub16     = "leadhub, the high half sent on, 16 clients"
	hub64     = "leadhub, the high half sent on, 64 clients"
	hubOpen   = "leadhub, the high half sent on, open loop"
)

// Measure carries the plan out. A step that fails ends it: figures of a run in
// which events were refused or lost would mean nothing.
func Measure(ctx context.Context, p Plan) (*Report, error) {
	if p.Runs < 1 || p.Duration <= 0 || p.MaxEvents < 1 || p.Rate <= 0 {
		return nil, errors.New("runs, duration, rate and events must be above zero")
	}
	if err := os.MkdirAll(p.Dir, 0o750); err != nil {
		return nil, err
	}
	r := newReport(p)
	noDisk, err := inMemory(p.Dir)
	if err != nil {
		return nil, err
	}
	if noDisk {
		r.warn("%s is in memory: a sync costs nothing there, so the durable figures are too good. Use -dir on a disk.", p.Dir)
	}
	for run := range p.Runs {
		for _, s := range steps() {
			f, err := p.step(ctx, s, r)
			if err != nil {
				return nil, fmt.Errorf("run %d, %s: %w", run+1, s.name, err)
			}
			r.add(s.name, f)
			_, _ = fmt.Fprintf(p.Progress, "run %d/%d  %-64s %s\n", run+1, p.Runs, s.name, f.line())
		}
		f, err := measureDecide(NewClock(p.Now), p.Duration/10)
		if err != nil {
			return nil, fmt.Errorf("run %d, %s: %w", run+1, decideStep, err)
		}
		r.add(decideStep, f)
	}
	r.finish()
	return r, nil
}

// step measures one system in a fresh folder with a fresh process.
func (p *Plan) step(ctx context.Context, s step, r *Report) (f figures, err error) {
	dir, err := os.MkdirTemp(p.Dir, "step-")
	if err != nil {
		return f, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	clock := NewClock(p.Now)
	sink, err := NewSink(ctx, clock)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	sys, err := p.system(ctx, s, dir, sink.URL())
	if err != nil {
		return f, err
	}
	const probeSeq, restartSeq = 0, 1
	proc, err := launch(ctx, sys, clock, benchSecret, probeSeq)
	if err != nil {
		return f, err
	}
	m := measurement{plan: p, step: s, proc: proc, sink: sink, clock: clock, next: 2}
	f, err = m.run(ctx, r)
	if err != nil {
		proc.kill()
		return f, err
	}
	f.start = milliseconds(proc.start)
	if !s.restart {
		return f, proc.stop()
	}
	proc.kill()
	if proc, err = launch(ctx, sys, clock, benchSecret, restartSeq); err != nil {
		return f, fmt.Errorf("after kill -9: %w", err)
	}
	f.restart = milliseconds(proc.start)
	return f, proc.stop()
}

func (p *Plan) system(ctx context.Context, s step, dir, sinkURL string) (system, error) {
	if s.floor != "" {
		return floorSystem(ctx, p.Self, s.floor, dir, sinkURL)
	}
	return hubSystem(ctx, p.Hub, dir, sinkURL, s.routes)
}

// measurement is one step under way.
type measurement struct {
	plan  *Plan
	step  step
	proc  *process
	sink  *Sink
	clock *Clock
	next  int // the next event's number
}

const (
	settle     = 500 * time.Millisecond // before idle memory is read
	drainLimit = 30 * time.Second       // without any arrival
)

func (m *measurement) run(ctx context.Context, r *Report) (f figures, err error) {
	pid := m.proc.cmd.Process.Pid
	if !sleep(ctx, settle) {
		return f, ctx.Err()
	}
	idle, _, err := memory(pid)
	if err != nil {
		return f, err
	}
	if _, _, err = m.load(ctx, m.plan.Warmup); err != nil {
		return f, fmt.Errorf("warm-up: %w", err)
	}
	m.sink.Reset()
	runtime.GC() // the client's own garbage of the warm-up is not the measurement's business
	before, err := cpuTime(pid)
	if err != nil {
		return f, err
	}
	sent, got, err := m.load(ctx, m.plan.Duration)
	if err != nil {
		return f, err
	}
	after, err := cpuTime(pid)
	if err != nil {
		return f, err
	}
	_, peak, err := memory(pid)
	if err != nil {
		return f, err
	}
	f = figures{
		ack: sent.AckPerSecond(), ackP99: milliseconds(Percentile(sent.Latency, 99)),
		cpu:  (after - before).Seconds() / float64(len(sent.Accepted)) * 1000,
		idle: float64(idle) / (1 << 20), peak: float64(peak) / (1 << 20),
	}
	if m.step.arrive {
		f.endToEnd = float64(len(sent.Accepted)) / (got.Last - sent.Start).Seconds()
		f.deliveryP99 = milliseconds(Percentile(got.Latency, 99))
		if got.Doubled > 0 {
			r.warn("%s: %d events reached the sink more than once.", m.step.name, got.Doubled)
		}
	}
	if m.step.open && sent.Late > sent.Sent/100 {
		r.warn("%s: %d of %d requests left late because all %d clients were waiting; their latency counts from when they were due.",
			m.step.name, sent.Late, sent.Sent, m.step.clients)
	}
	return f, nil
}

// load sends for a while and, where the step asks for it, waits for the sink.
func (m *measurement) load(ctx context.Context, d time.Duration) (*LoadResult, Arrivals, error) {
	l := Load{
		Addr: m.proc.addr, Path: m.proc.path, Secret: benchSecret, Clients: m.step.clients,
		Duration: d, MaxEvents: m.plan.MaxEvents, FirstSeq: m.next, Clock: m.clock,
	}
	if m.step.open {
		l.Rate = m.plan.Rate
	}
	sent := l.Run(ctx)
	m.next += sent.Sent + sent.Errors + m.step.clients
	if err := sent.Problem(); err != nil {
		return nil, Arrivals{}, fmt.Errorf("%w; %s", err, m.proc.lastWords())
	}
	if !m.step.arrive {
		return sent, Arrivals{}, nil
	}
	got := m.sink.Await(ctx, sent.Accepted, IsHigh, drainLimit)
	if got.Missing > 0 {
		return nil, got, fmt.Errorf("%d of %d accepted events never reached the sink; %s", got.Missing, len(sent.Accepted), m.proc.lastWords())
	}
	return sent, got, nil
}
