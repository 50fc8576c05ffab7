package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadhub/internal/hub"
)

type reportCmd struct {
	Vendors reportVendorsCmd `cmd:"" help:"What each vendor sent, and what became of it, day by day."`
}

// Help is the longer help of the commands.
func (reportCmd) Help() string {
	return `Example:

  leadhub report vendors --from 2026-11-01 --csv > november.csv`
}

type reportVendorsCmd struct {
	From     string `placeholder:"WHEN" help:"From when: monday, 30d, 2026-11-01. Without it: the last seven days, today included."`
	Until    string `placeholder:"WHEN" help:"Until when, that moment not included. Without it: now."`
	Receiver string `placeholder:"NAME" help:"Only this receiver."`
	CSV      bool   `name:"csv" help:"Print CSV, for a spreadsheet." xor:"form"`
}

// Help is the longer help of the command.
func (reportVendorsCmd) Help() string {
	return `Days are those of the configuration's time zone. What became of a lead counts for the day it was received: a delivery tomorrow of a lead of today stands in today's line. The time is that from receipt to delivery: half of the deliveries took no longer than the median, 95 of 100 no longer than p95.

Examples:

  leadhub report vendors
  leadhub report vendors --from 2026-11-01 --until 2026-12-01 --csv > november.csv
  leadhub report vendors --receiver prospektr --from 30d --json`
}

// Run prints the report.
func (c *reportVendorsCmd) Run(a *app) error {
	r, err := hub.ReportVendors(context.Background(), a.config, hub.ReportOptions{From: c.From, Until: c.Until, Receiver: c.Receiver}, a.env)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(r)
	case c.CSV:
		return printVendorsCSV(a, r)
	}
	const layout = "2006-01-02 15:04"
	fmt.Fprintln(a.stdout, a.style.paint(bold, clean("From "+r.From.Format(layout)+" until "+r.Until.Format(layout)+" ("+r.Zone+")")))
	if len(r.Days) == 0 {
		fmt.Fprintln(a.stdout, "Nothing was received.")
		return nil
	}
	fmt.Fprintln(a.stdout)
	t := table{head: []string{"day", "receiver", "received", "repeats", "unmapped", "leads", "suppressed", "delivered", "refused", "median", "p95"}}
	for _, list := range [][]hub.VendorDay{r.Days, r.Total} {
		for i := range list {
			t.add(vendorCells(&list[i])...)
		}
	}
	t.print(a.stdout, a.style)
	printReasons(a, r.Total)
	return nil
}

func vendorCells(v *hub.VendorDay) []cell {
	day := v.Day
	if day == "" {
		day = "all days"
	}
	n := func(k int) cell { return number(int64(k)) }
	return []cell{
		text(day), text(v.Receiver), n(v.Received), n(v.Repeats), n(v.Unmapped), n(v.Leads), n(v.Suppressed), n(v.Delivered), n(v.Refused),
		{text: lasted(v.MedianSecs), right: true},
		{text: lasted(v.P95Secs), right: true},
	}
}

// lasted writes seconds as people read them: 0.24 s, 12 s, 4 min, 3.2 h.
func lasted(seconds *float64) string {
	if seconds == nil {
		return ""
	}
	s := *seconds
	switch {
	case s < 10:
		return strconv.FormatFloat(s, 'f', 2, 64) + " s"
	case s < 120:
		return strconv.FormatFloat(s, 'f', 0, 64) + " s"
	case s < 2*time.Hour.Seconds():
		return strconv.FormatFloat(s/60, 'f', 0, 64) + " min"
	default:
		return strconv.FormatFloat(s/3600, 'f', 1, 64) + " h"
	}
}

func printReasons(a *app, totals []hub.VendorDay) {
	var lines []string
	for i := range totals {
		if v := &totals[i]; len(v.Reasons) > 0 {
			lines = append(lines, v.Receiver+": "+tally(v.Reasons))
		}
	}
	if len(lines) == 0 {
		return
	}
	a.heading("Suppressed, by reason")
	for _, l := range lines {
		fmt.Fprintln(a.stdout, "  "+clean(l))
	}
}

// printVendorsCSV prints a line for each receiver and day, with a column for each
// reason of a suppression.
func printVendorsCSV(a *app, r *hub.VendorReport) error {
	reasons := map[string]bool{}
	for i := range r.Total {
		for reason := range r.Total[i].Reasons {
			reasons[reason] = true
		}
	}
	columns := slices.Sorted(maps.Keys(reasons))
	w := csv.NewWriter(a.stdout)
	head := []string{
		"day", "receiver", "vendor", "received", "repeats", "stale", "unmapped", "notices", "tests", "echoes", "waiting",
		"leads", "routed", "merged", "held", "suppressed", "delivered", "refused", "gave_up", "on_their_way", "median_seconds", "p95_seconds",
	}
	for _, reason := range columns {
		head = append(head, "suppressed: "+clean(reason))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for i := range r.Days {
		v := &r.Days[i]
		row := []string{v.Day, v.Receiver, v.Vendor}
		for _, n := range []int{
			v.Received, v.Repeats, v.Stale, v.Unmapped, v.Notices, v.Tests, v.Echoes, v.Waiting,
			v.Leads, v.Routed, v.Merged, v.Held, v.Suppressed, v.Delivered, v.Refused, v.GaveUp, v.Undecided,
		} {
			row = append(row, strconv.Itoa(n))
		}
		row = append(row, secondsCell(v.MedianSecs), secondsCell(v.P95Secs))
		for _, reason := range columns {
			row = append(row, strconv.Itoa(v.Reasons[reason]))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func secondsCell(s *float64) string {
	if s == nil {
		return ""
	}
	return strings.TrimSuffix(strconv.FormatFloat(*s, 'f', 3, 64), ".000")
}
