package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"leadhub/internal/hub"
)

type deliveriesRetryCmd struct {
	IDs      []string `arg:"" optional:"" name:"id" help:"Ids of deliveries, as deliveries list prints them."`
	State    []string `placeholder:"STATE" complete:"one of refused gave-up paused waiting" help:"Those in this state: refused, gave-up, paused or waiting. Several with commas."`
	All      bool     `help:"Every delivery that was refused, given up, is paused, or waits for its next try."`
	Output   string   `placeholder:"NAME" help:"Only those to this output."`
	Receiver string   `placeholder:"NAME" help:"Only those of what came in through this receiver."`
	Since    string   `placeholder:"WHEN" help:"Only those made since then: 2h, yesterday, 2026-11-20 16:30."`
	Yes      bool     `short:"y" help:"Do not ask, however many there are."`
}

// Help is the longer help of the command.
func (deliveriesRetryCmd) Help() string {
	return `They become due now, also those that the target had refused or that the hub had given up. An output that the hub paused after an error is tried again; one that you paused stays so until you resume it. A delivery whose lead has a newer revision is left alone, because that one was sent in its place. For more than one it asks first.

Examples:

  leadhub deliveries retry ld_4xk2qv7m3n5p6r7s2t3u4v5w6x.r1.dlg6rk4re3ilka4w
  leadhub deliveries retry --state refused --output crm --since 2h
  leadhub deliveries retry --all --yes`
}

// Run counts, asks, and makes them due.
func (c *deliveriesRetryCmd) Run(a *app) error {
	ctx := context.Background()
	o := hub.RetryOptions{IDs: c.IDs, States: c.State, All: c.All, Output: c.Output, Receiver: c.Receiver, Since: c.Since}
	if !c.Yes && len(c.IDs) != 1 {
		count := o
		count.Count = true
		n, err := hub.RetryDeliveries(ctx, a.config, count, a.env)
		if err != nil {
			return err
		}
		if n.Deliveries == 0 {
			return c.print(a, n)
		}
		if n.Deliveries > 1 {
			if err := a.confirm(fmt.Sprintf("Try %s again (%s)?", deliveries(n.Deliveries), tally(n.States)+"; to "+tally(n.Outputs))); err != nil {
				return err
			}
		}
	}
	r, err := hub.RetryDeliveries(ctx, a.config, o, a.env)
	if err != nil {
		return err
	}
	return c.print(a, r)
}

func (c *deliveriesRetryCmd) print(a *app, r *hub.RetryResult) error {
	if a.json {
		return a.printJSON(r)
	}
	if r.Deliveries == 0 {
		fmt.Fprintln(a.stdout, "No delivery like that can be tried again.")
	} else {
		fmt.Fprintf(a.stdout, "%s %s tried again now (%s).%s\n", a.style.paint(green, "✓"), are(r.Deliveries), clean(tally(r.States)+"; to "+tally(r.Outputs)), offline(r.Running))
	}
	for _, left := range []struct {
		n   int
		why string
	}{
		{r.Replaced, "left alone: a newer revision of the lead was made"},
		{r.Removed, "left alone: the configuration has no such output"},
		{r.Ended, "left alone: arrived, skipped, or being sent"},
	} {
		if left.n > 0 {
			fmt.Fprintf(a.stdout, "  %d %s\n", left.n, left.why)
		}
	}
	for _, output := range r.StillPaused {
		fmt.Fprintf(a.stdout, "  %s\n", a.style.paint(yellow, clean(output)+" is paused: its deliveries go out when it is resumed (`leadhub outputs resume "+output+"`)"))
	}
	return nil
}

// are is "1 delivery is", "3 deliveries are".
func are(n int) string {
	if n == 1 {
		return "1 delivery is"
	}
	return deliveries(n) + " are"
}

func deliveries(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", n)
}

// tally is "3 refused, 1 gave up".
func tally(counts map[string]int) string {
	parts := make([]string, 0, len(counts))
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
	}
	return strings.Join(parts, ", ")
}
