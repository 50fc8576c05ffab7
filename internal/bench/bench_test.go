package bench

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary serve a floor, as leadbench does, so that steps
// can be tested with real processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		if err := floorMain(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "serve" { // in place of a hub that cannot start
		fmt.Fprintln(os.Stderr, "cannot open the store")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func floorMain(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	o := FloorOptions{Secret: os.Getenv(SecretVariable()), Workers: 4}
	fs := flag.NewFlagSet("floor", flag.ContinueOnError)
	kind, listen := fs.String("kind", "", ""), fs.String("listen", "", "")
	fs.StringVar(&o.Dir, "dir", "", "")
	fs.StringVar(&o.SinkURL, "sink", "", "")
	if err := fs.Parse(args); err != nil {
		return err
	}
	o.Kind = FloorKind(*kind)
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	return ServeFloor(ctx, ln, o)
}

func testPlan(t *testing.T) *Plan {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Plan{
		Self: self, Dir: t.TempDir(), Runs: 1, Duration: 200 * time.Millisecond, Warmup: 50 * time.Millisecond,
		Rate: 200, MaxEvents: 2000, Now: time.Now, Progress: t.Output(),
	}
}

func TestStepMeasuresARealProcess(t *testing.T) {
	for _, s := range steps() {
		if s.floor == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			p := testPlan(t)
			r := newReport(*p)
			f, err := p.step(t.Context(), s, r)
			if err != nil {
				t.Fatal(err)
			}
			if f.ack <= 0 || f.ackP99 <= 0 || f.start <= 0 || f.idle < 1 || f.peak < f.idle {
				t.Errorf("figures: %+v", f)
			}
			if (f.endToEnd > 0) != s.arrive || (f.deliveryP99 > 0) != s.arrive {
				t.Errorf("arrive=%v, but figures: %+v", s.arrive, f)
			}
			if s.open && (f.ack < 150 || f.ack > 250) {
				t.Errorf("offered 200/s, accepted %.0f/s", f.ack)
			}
			if left, err := os.ReadDir(p.Dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

func TestStepRestartsAfterKill(t *testing.T) {
	p := testPlan(t)
	f, err := p.step(t.Context(), step{name: "again", floor: FloorJournal, clients: 2, restart: true}, newReport(*p))
	if err != nil {
		t.Fatal(err)
	}
	if f.restart <= 0 {
		t.Errorf("no restart figure: %+v", f)
	}
}

func TestStepSaysWhyAProcessEnded(t *testing.T) {
	p := testPlan(t)
	p.Hub = p.Self
	_, err := p.step(t.Context(), step{name: "hub", routes: sendHigh, clients: 1}, newReport(*p))
	if err == nil || !strings.Contains(err.Error(), "leadhub ended at once") || !strings.Contains(err.Error(), "cannot open the store") {
		t.Fatalf("error does not say why: %v", err)
	}
}

func TestMeasureRefusesEmptyPlans(t *testing.T) {
	p := testPlan(t)
	p.Runs = 0
	if _, err := Measure(t.Context(), *p); err == nil || !strings.Contains(err.Error(), "above zero") {
		t.Fatalf("got %v", err)
	}
}
