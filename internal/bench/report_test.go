package bench

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	for _, tt := range []struct {
		in   []time.Duration
		p    float64
		want time.Duration
	}{
		{hundred, 99, 99},
		{hundred, 50, 50},
		{hundred, 100, 100},
		{hundred, 0.1, 1},
		{[]time.Duration{7}, 99, 7},
		{nil, 99, 0},
	} {
		if got := Percentile(tt.in, tt.p); got != tt.want {
			t.Errorf("p%g of %d values: %d, want %d", tt.p, len(tt.in), got, tt.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("Percentile changed what it was given")
	}
}

func TestSummarise(t *testing.T) {
	got := Summarise([]float64{3, 1, 2, 10})
	want := &Summary{Median: 2.5, Min: 1, Max: 10, Runs: []float64{3, 1, 2, 10}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Spread() != 9/2.5 {
		t.Errorf("spread %g", got.Spread())
	}
	if Summarise(nil) != nil || (*Summary)(nil).Spread() != 0 {
		t.Error("a summary of nothing is something")
	}
}

func TestRatiosAreTakenRunByRun(t *testing.T) {
	got := ratios([]float64{10, 30, 5}, []float64{20, 10, 0})
	if diff := cmp.Diff([]float64{0.5, 3}, got); diff != "" {
		t.Error(diff)
	}
}

func testReport() *Report {
	r := newReport(Plan{Runs: 3, Duration: time.Second, Rate: 1000, Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	for _, x := range []float64{1, 1.1, 1.2} {
		r.add(decideStep, figures{decideFew: 2, decideMany: 40, eval: 150, evalAllocs: 0.001})
		r.add(journal64, figures{ack: 20_000 * x, ackP99: 8, cpu: 0.05, peak: 41})
		r.add(hubAck64, figures{ack: 21_000 * x, ackP99: 7, cpu: 0.06, peak: 90})
		r.add(post64, figures{ack: 9000, endToEnd: 9000 * x, ackP99: 4, cpu: 0.1, peak: 40, deliveryP99: 5})
		r.add(hub64, figures{ack: 9000, endToEnd: 4500 * x, ackP99: 9, cpu: 0.15, peak: 95, deliveryP99: 50})
		r.add(hubOpen, figures{ack: 1000, ackP99: 12, deliveryP99: 90, idle: 30, peak: 80, start: 100, restart: 320})
	}
	r.finish()
	return r
}

func TestRowsCompareWithTargets(t *testing.T) {
	got := map[string]bool{}
	for _, row := range testReport().Rows {
		got[row.Name+" "+row.Target] = row.Met
	}
	want := map[string]bool{
		"durable ack/s, 64 clients, every lead suppressed ≥ 1.0 × floor":  true,
		"end to end events/s, 64 clients ≥ 0.7 × floor":                   false,
		"CPU s per 1,000 events end to end, 64 clients ≤ 1.8 × floor":     true,
		"ack p99 at 1,000 events/s offered ≤ 10 ms":                       false,
		"delivery p99 at 1,000 events/s offered ≤ 100 ms":                 true,
		"memory, idle ≤ 40 MiB":                                           true,
		"memory, peak at 1,000 events/s offered ≤ 120 MiB":                true,
		"first 2xx after exec, empty store ≤ 300 ms":                      true,
		"first 2xx after exec, after kill -9 ≤ 300 ms":                    false,
		"µs a decision over 1,000 routes (floor: over 10) ≤ 10.0 × floor": false,
		"one rule of three comparisons, no trace ≤ 200 ns":                true,
		"its allocations ≤ 0":                                             true,
	}
	// Steps that were not made (16 clients) leave no row.
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReportWarnsOfNoise(t *testing.T) {
	r := newReport(Plan{Runs: 2, Duration: time.Second, Rate: 1, Now: time.Now})
	r.add(journal64, figures{ack: 10_000})
	r.add(journal64, figures{ack: 20_000})
	r.finish()
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "noisy: ") || !strings.Contains(r.Warnings[0], "differ by 67 %") {
		t.Errorf("warnings: %q", r.Warnings)
	}
	if len(testReport().Warnings) != 0 {
		t.Errorf("quiet runs warned: %q", testReport().Warnings)
	}
}

func TestReportPrints(t *testing.T) {
	text := regexp.MustCompile(` {2,}`).ReplaceAllString(testReport().String(), " ") // however wide the columns are
	for _, want := range []string{
		"2023-11-14", "3 runs of 1 s a step",
		"| 22,000 (20,000–24,000) |",
		"| 23,100 (21,000–25,200) | 22,000 (20,000–24,000) | 1.05 (1.05–1.05) | ≥ 1.0 × floor | met |",
		"| missed |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	raw, err := json.Marshal(testReport())
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(raw, &back); err != nil || len(back.Rows) != 12 || back.Rows[0].Ratio.Median < 1 {
		t.Errorf("JSON: %v %s", err, raw)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123: "0.012", 1.234: "1.23", 12.34: "12.3", 999.4: "999", 999.6: "1,000", 12345: "12,345", 1234567: "1,234,567"} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %s, want %s", v, got, want)
		}
	}
}
