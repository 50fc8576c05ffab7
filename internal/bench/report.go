package bench

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"
)

// noisyAbove is the spread of a floor's runs beyond which the machine was too
// busy with other things for the figures to mean much.
const noisyAbove = 0.25

// Report is everything that was measured.
type Report struct {
	At        time.Time `json:"at"`
	CPUs      int       `json:"cpus"`
	System    string    `json:"system"` // "linux/amd64, go1.26"
	Runs      int       `json:"runs"`
	Seconds   float64   `json:"seconds_per_step"`
	Rate      float64   `json:"rate_offered"` // events per second in the open loop
	Systems   []System  `json:"systems"`
	Rows      []Row     `json:"rows"`
	Warnings  []string  `json:"warnings,omitempty"`
	collected map[string][]figures
}

// System is one system under one load. Figures it has none of are nil.
type System struct {
	Name        string   `json:"name"`
	AckPerSec   *Summary `json:"ack_per_second"`
	AckP99      *Summary `json:"ack_p99_ms"`
	EndToEnd    *Summary `json:"end_to_end_per_second,omitempty"`
	CPUPer1000  *Summary `json:"cpu_seconds_per_1000"`
	MemoryPeak  *Summary `json:"memory_peak_mib"`
	DeliveryP99 *Summary `json:"delivery_p99_ms,omitempty"`
}

// Row is one figure of the hub against its floor and its target.
type Row struct {
	Name   string   `json:"name"`
	Hub    *Summary `json:"leadhub"`
	Floor  *Summary `json:"floor,omitempty"`
	Ratio  *Summary `json:"ratio,omitempty"` // of each run, then summarised
	Target string   `json:"target"`
	Met    bool     `json:"met"`
}

func newReport(p Plan) *Report {
	return &Report{
		At: p.Now().UTC().Truncate(time.Second), CPUs: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version(),
		Runs:   p.Runs, Seconds: p.Duration.Seconds(), Rate: p.Rate,
		collected: map[string][]figures{},
	}
}

func (r *Report) warn(format string, args ...any) {
	if w := fmt.Sprintf(format, args...); !slices.Contains(r.Warnings, w) {
		r.Warnings = append(r.Warnings, w)
	}
}

func (r *Report) add(step string, f figures) {
	r.collected[step] = append(r.collected[step], f)
}

// line is what the progress shows of a step.
func (f figures) line() string {
	s := fmt.Sprintf("%6.0f ack/s  p99 %5.1f ms", f.ack, f.ackP99)
	if f.endToEnd > 0 {
		s += fmt.Sprintf("  end to end %6.0f/s", f.endToEnd)
	}
	return s
}

// target is one line of what the hub should reach.
type target struct {
	name       string
	hub, floor string
	of         func(figures) float64
	ofFloor    func(figures) float64 // nil: of
	limit      float64
	relative   bool // the limit is for the ratio, else for the hub's own figure
	atLeast    bool // else at most
	unit       string
}

func (r *Report) targets() []target {
	offered := "at " + number(r.Rate) + " events/s offered"
	ack := func(f figures) float64 { return f.ack }
	endToEnd := func(f figures) float64 { return f.endToEnd }
	cpu := func(f figures) float64 { return f.cpu }
	return []target{
		{name: "durable ack/s, 64 clients, every lead suppressed", hub: hubAck64, floor: journal64, of: ack, limit: 1, relative: true, atLeast: true},
		{name: "end to end events/s, 16 clients", hub: hub16, floor: post16, of: endToEnd, limit: 0.7, relative: true, atLeast: true},
		{name: "end to end events/s, 64 clients", hub: hub64, floor: post64, of: endToEnd, limit: 0.7, relative: true, atLeast: true},
		{name: "CPU s per 1,000 events end to end, 16 clients", hub: hub16, floor: post16, of: cpu, limit: 1.8, relative: true},
		{name: "CPU s per 1,000 events end to end, 64 clients", hub: hub64, floor: post64, of: cpu, limit: 1.8, relative: true},
		{name: "ack p99 " + offered, hub: hubOpen, floor: postOpen, of: func(f figures) float64 { return f.ackP99 }, limit: 10, unit: " ms"},
		{name: "delivery p99 " + offered, hub: hubOpen, floor: postOpen, of: func(f figures) float64 { return f.deliveryP99 }, limit: 100, unit: " ms"},
		{name: "memory, idle", hub: hubOpen, floor: postOpen, of: func(f figures) float64 { return f.idle }, limit: 40, unit: " MiB"},
		{name: "memory, peak " + offered, hub: hubOpen, floor: postOpen, of: func(f figures) float64 { return f.peak }, limit: 120, unit: " MiB"},
		{name: "first 2xx after exec, empty store", hub: hubOpen, floor: postOpen, of: func(f figures) float64 { return f.start }, limit: 300, unit: " ms"},
		{name: "first 2xx after exec, after kill -9", hub: hubOpen, of: func(f figures) float64 { return f.restart }, limit: 300, unit: " ms"},
		{
			name: "µs a decision over 1,000 routes (floor: over 10)", hub: decideStep, floor: decideStep, limit: 10, relative: true,
			of: func(f figures) float64 { return f.decideMany }, ofFloor: func(f figures) float64 { return f.decideFew },
		},
		{name: "one rule of three comparisons, no trace", hub: decideStep, of: func(f figures) float64 { return f.eval }, limit: 200, unit: " ns"},
		{name: "its allocations", hub: decideStep, of: func(f figures) float64 { return math.Round(f.evalAllocs*100) / 100 }, limit: 0},
	}
}

// finish turns what was collected into rows.
func (r *Report) finish() {
	for _, s := range steps() {
		fs := r.collected[s.name]
		if len(fs) == 0 {
			continue
		}
		sys := System{
			Name:       s.name,
			AckPerSec:  summary(fs, func(f figures) float64 { return f.ack }),
			AckP99:     summary(fs, func(f figures) float64 { return f.ackP99 }),
			CPUPer1000: summary(fs, func(f figures) float64 { return f.cpu }),
			MemoryPeak: summary(fs, func(f figures) float64 { return f.peak }),
		}
		if s.arrive {
			sys.EndToEnd = summary(fs, func(f figures) float64 { return f.endToEnd })
			sys.DeliveryP99 = summary(fs, func(f figures) float64 { return f.deliveryP99 })
		}
		r.Systems = append(r.Systems, sys)
		if spread := sys.AckPerSec.Spread(); s.floor != "" && !s.open && spread > noisyAbove {
			r.warn("noisy: the runs of %q differ by %.0f %% (up to %.0f %% is fine). Compare ratios only, or measure again on a quiet machine.",
				s.name, spread*100, noisyAbove*100)
		}
	}
	for _, t := range r.targets() {
		if row, ok := r.row(t); ok {
			r.Rows = append(r.Rows, row)
		}
	}
}

func (r *Report) row(t target) (Row, bool) {
	ofFloor := t.of
	if t.ofFloor != nil {
		ofFloor = t.ofFloor
	}
	ours, floors := values(r.collected[t.hub], t.of), values(r.collected[t.floor], ofFloor)
	row := Row{Name: t.name, Hub: Summarise(ours), Floor: Summarise(floors), Ratio: Summarise(ratios(ours, floors))}
	sign, decides := "≤", row.Hub
	if t.atLeast {
		sign = "≥"
	}
	row.Target = fmt.Sprintf("%s %g%s", sign, t.limit, t.unit)
	if t.relative {
		decides = row.Ratio
		row.Target = fmt.Sprintf("%s %.1f × floor", sign, t.limit)
	}
	if row.Hub == nil || decides == nil {
		return Row{}, false
	}
	row.Met = decides.Median <= t.limit
	if t.atLeast {
		row.Met = decides.Median >= t.limit
	}
	return row, true
}

func values(fs []figures, of func(figures) float64) []float64 {
	var out []float64
	for _, f := range fs {
		out = append(out, of(f))
	}
	return out
}

func summary(fs []figures, of func(figures) float64) *Summary { return Summarise(values(fs, of)) }

// String is the report as two Markdown tables that also read well in a terminal.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %d CPUs · %s · %d runs of %g s a step · median (lowest–highest)\n\n",
		r.At.Format(time.DateOnly), r.CPUs, r.System, r.Runs, r.Seconds)
	rows := [][]string{{"", "ack/s", "ack p99 ms", "end to end/s", "CPU s per 1,000", "peak MiB"}}
	for _, s := range r.Systems {
		rows = append(rows, []string{
			s.Name, s.AckPerSec.text(), s.AckP99.text(), s.EndToEnd.text(), s.CPUPer1000.text(), s.MemoryPeak.text(),
		})
	}
	table(&b, rows)
	b.WriteString("\n")
	rows = [][]string{{"", "leadhub", "floor", "ratio", "target", ""}}
	for _, row := range r.Rows {
		met := "missed"
		if row.Met {
			met = "met"
		}
		rows = append(rows, []string{row.Name, row.Hub.text(), row.Floor.text(), row.Ratio.text(), row.Target, met})
	}
	table(&b, rows)
	fmt.Fprintf(&b, "\nEvery request carries %d bytes in Prospektr's shape, signed, over keep-alive; every other lead is high and is\n"+
		"sent on, the rest is suppressed. An event counts end to end when the last of the high ones reached the sink.\n"+
		"Client and sink share the CPUs with the process under test. The open loop offers %s events/s.\n", PayloadSize, number(r.Rate))
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "\nNote: %s\n", w)
	}
	return b.String()
}

// text is "median (lowest–highest)", or an en dash where there is no figure.
func (s *Summary) text() string {
	if s == nil {
		return "–"
	}
	if len(s.Runs) == 1 {
		return number(s.Median)
	}
	return number(s.Median) + " (" + number(s.Min) + "–" + number(s.Max) + ")"
}

// number shows three significant digits at least, and thousands with commas.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case math.Round(v) >= 1000:
		s := fmt.Sprintf("%.0f", v)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
		return s
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// table writes rows as a Markdown table with aligned columns; the first row is its head.
func table(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+1))
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, w := range widths {
				b.WriteString("|" + strings.Repeat("-", w+2))
			}
			b.WriteString("|\n")
		}
	}
}
