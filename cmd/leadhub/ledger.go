package main

import (
	"context"
	"fmt"

	"leadhub/internal/hub"
	"leadhub/internal/store"
)

type ledgerCmd struct{}

// Help is the longer help of the command.
func (ledgerCmd) Help() string {
	return `Everything that was received must be somewhere. Each line is an equation: what came in is on the left of the =, what became of it on the right. The two sides are kept apart (counters against rows), so a lost row is noticed: then the line says so and the command ends with 1.

It can be run while the hub runs.

Examples:

  leadhub ledger
  leadhub ledger --json | jq .holds`
}

// Run prints the ledger and fails if an equation does not hold.
func (ledgerCmd) Run(a *app) error {
	l, err := hub.Ledger(context.Background(), a.config, a.env)
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(l)
	} else {
		printLedger(a, l)
	}
	if err != nil {
		return err
	}
	if !l.Holds {
		return errFound
	}
	return nil
}

func printLedger(a *app, l *store.Ledger) {
	if len(l.Receivers) == 0 && len(l.Outputs) == 0 {
		fmt.Fprintln(a.stdout, "Nothing has been received yet.")
		return
	}
	eventWords := []string{"leads", "notice", "test", "repeat", "stale", "unmapped", "echo"}
	leadWords := []string{"routed", "suppressed", "merged", "held", "test", "repeat", "stale", "echo"}
	events := table{head: append(append([]string{"events", "received", "="}, eventWords...), "waiting", "rejected", "")}
	leads := table{head: append(append([]string{"leads", "found", "="}, leadWords...), "")}
	for i := range l.Receivers {
		r := &l.Receivers[i]
		name := r.Receiver
		if name == "" {
			name = "(no such path)"
		}
		row := append([]cell{text(name), number(r.Received), text("=")}, numbers(r.Events, eventWords)...)
		events.add(append(row, number(r.Waiting), number(r.Rejected), holds(r.Holds))...)
		if name == r.Receiver {
			row = append([]cell{text(name), number(r.Found), text("=")}, numbers(r.Leads, leadWords)...)
			leads.add(append(row, holds(r.Holds))...)
		}
	}
	replays := replayTable(l, leadWords)
	stateWords := []string{"delivered", "already there", "refused", "gave up", "skipped"}
	deliveries := table{head: append(append([]string{"deliveries", "", "made", "="}, stateWords...), "waiting", "paused", "")}
	for i := range l.Outputs {
		o := &l.Outputs[i]
		row := append([]cell{text(o.Receiver), text("→ " + o.Output), number(o.Created), text("=")}, numbers(o.Ended, stateWords)...)
		deliveries.add(append(row, number(o.Waiting), number(o.Paused), holds(o.Holds))...)
	}
	for _, t := range []*table{&events, &leads, replays, &deliveries} {
		if len(t.rows) > 0 {
			t.print(a.stdout, a.style)
			fmt.Fprintln(a.stdout)
		}
	}
	for i := range l.Pauses {
		p := &l.Pauses[i]
		fmt.Fprintln(a.stdout, a.style.paint(yellow, clean(joined(" ", p.Output, p.Target)+" is paused since "+a.when(p.Since)+", "+a.pauseText(p))))
	}
	if l.Holds {
		fmt.Fprintln(a.stdout, a.style.paint(green, "✓ It all adds up."))
		return
	}
	fmt.Fprintln(a.stdout, a.style.paint(red, "✗ It does not add up:"))
	for _, b := range l.Broken {
		fmt.Fprintln(a.stdout, "  "+clean(b))
	}
}

// replayTable says what replays decided. It comes on top of what events were when
// they were received.
func replayTable(l *store.Ledger, leadWords []string) *table {
	words := append([]string{"notice"}, leadWords...)
	t := &table{head: append(append([]string{"replayed", "decisions", "="}, words...), "")}
	for i := range l.Receivers {
		r := &l.Receivers[i]
		var sum int64
		for _, n := range r.Replayed {
			sum += n
		}
		if sum > 0 {
			row := append([]cell{text(r.Receiver), number(sum), text("=")}, numbers(r.Replayed, words)...)
			t.add(append(row, holds(r.Holds))...)
		}
	}
	return t
}

func numbers(counts map[string]int64, words []string) []cell {
	cells := make([]cell, len(words))
	for i, w := range words {
		cells[i] = number(counts[w])
	}
	return cells
}

func holds(ok bool) cell {
	if ok {
		return cell{text: "✓", color: green}
	}
	return cell{text: "✗ does not add up", color: red}
}
