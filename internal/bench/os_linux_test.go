package bench

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	for _, tt := range []struct {
		name, raw string
		want      time.Duration
		bad       bool
	}{
		{"plain", "12 (leadhub) S 1 1 1 0 -1 4194304 900 0 0 0 150 50 0 0 20 0 9 0 1", 2 * time.Second, false},
		{"odd name", "12 (a) b (c) S 1 1 1 0 -1 4194304 900 0 0 0 1 2 0 0 20 0 9 0 1", 30 * time.Millisecond, false},
		{"short", "12 (leadhub) S 1", 0, true},
		{"no number", "12 (leadhub) S 1 1 1 0 -1 4194304 900 0 0 0 x 50 0", 0, true},
		{"empty", "", 0, true},
	} {
		got, err := parseStat([]byte(tt.raw))
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: %v %v", tt.name, got, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "cannot read /proc/<pid>/stat") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseStatus(t *testing.T) {
	now, peak, err := parseStatus("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n")
	if now != 1<<20 || peak != 2<<20 || err != nil {
		t.Errorf("got %d %d %v", now, peak, err)
	}
	for _, raw := range []string{"Name:\tx\n", "VmHWM: 1 MB\nVmRSS: 1 kB\n", "VmHWM: x kB\nVmRSS: 1 kB\n"} {
		if _, _, err := parseStatus(raw); err == nil || !strings.HasPrefix(err.Error(), "cannot read /proc/<pid>/status") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestOwnProcessIsMeasured(t *testing.T) {
	now, peak, err := memory(os.Getpid())
	if err != nil || now < 1<<20 || peak < now {
		t.Errorf("memory: %d %d %v", now, peak, err)
	}
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); {
		if after, err := cpuTime(os.Getpid()); err != nil {
			t.Fatal(err)
		} else if after > before {
			return
		}
	}
	t.Error("five busy seconds cost no CPU")
}
