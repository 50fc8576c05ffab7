package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"leadhub/internal/hub"
)

type eventsCmd struct {
	List eventsListCmd `cmd:"" help:"The newest events, and what became of them."`
	Show eventsShowCmd `cmd:"" help:"One event: what was received, its leads, its deliveries."`
}

// Help is the longer help of the commands.
func (eventsCmd) Help() string {
	return `An event is one request of a vendor that the hub accepted. It carries leads, or it is a notice.

Examples:

  leadhub events list --since 2h
  leadhub events list --state unmapped
  leadhub events show evt_42`
}

type eventsListCmd struct {
	listFlags
	State string `placeholder:"STATE" complete:"one of waiting routed suppressed merged held repeat stale unmapped notice test echo" help:"Only those with this outcome: waiting, routed, suppressed, merged, held, repeat, stale, unmapped, notice, test or echo."`
}

// Run prints the list.
func (c *eventsListCmd) Run(a *app) error {
	o := c.options()
	o.State = c.State
	items, err := hub.ListEvents(context.Background(), a.config, o, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	if len(items) == 0 {
		a.none("events", o != hub.ListOptions{Limit: o.Limit})
		return nil
	}
	t := table{head: []string{"event", "received", "receiver", "outcome", "what"}}
	for i := range items {
		e := &items[i]
		word, what := e.Outcome, e.Note
		if len(e.Leads) > 0 {
			word, what = leadsBecame(e.Leads)
		}
		t.add(text(e.ID), text(a.when(e.ReceivedAt)), text(e.Receiver), state(word), text(cut(clean(what), 48)))
	}
	t.print(a.stdout, a.style)
	return nil
}

// leadsBecame says in a word what became of an event's leads, and where they went.
func leadsBecame(leads []hub.LeadOutcome) (word, what string) {
	if len(leads) == 1 {
		l := leads[0]
		return l.Outcome, joined(" → ", l.Name, joined(": ", l.Route, l.Note))
	}
	counts := map[string]int{}
	for _, l := range leads {
		counts[l.Outcome]++
	}
	if len(counts) == 1 {
		word = leads[0].Outcome
	} else {
		word = "leads"
	}
	parts := make([]string, 0, len(counts))
	for _, outcome := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[outcome], outcome))
	}
	return word, fmt.Sprintf("%d leads: %s", len(leads), strings.Join(parts, ", "))
}

type eventsShowCmd struct {
	ID   string `arg:"" help:"The id of the event: evt_42."`
	Body bool   `help:"Print the received payload alone, byte for byte: redirect it to a file for explain or send." xor:"what"`
}

// Run prints one event.
func (c *eventsShowCmd) Run(a *app) error {
	if c.Body {
		body, err := hub.EventBody(context.Background(), a.config, c.ID, a.env)
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(body)
		return err
	}
	e, err := hub.ShowEvent(context.Background(), a.config, c.ID, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(e)
	}
	fmt.Fprintln(a.stdout, a.style.paint(bold, "Event "+clean(e.ID)))
	a.field("receiver", e.Receiver)
	a.field("received", a.when(e.ReceivedAt))
	a.field("came by", e.Channel)
	a.field("outcome", joined(": ", e.Outcome, e.Note))
	a.field("lists", strings.Join(e.Lists, ", "))
	if n := e.Notice; n != nil {
		a.field("notice", joined(": ", n.Event, n.Subject))
	}
	if len(e.Leads) > 0 {
		a.heading("Leads")
		printOutcomes(a, e.Leads, func(l *hub.LeadOutcome) string { return l.Lead })
	}
	if len(e.Deliveries) > 0 {
		a.heading("Deliveries")
		printDeliveries(a, e.Deliveries)
	}
	if len(e.Header) > 0 {
		a.heading("Headers that were kept")
		for _, name := range slices.Sorted(maps.Keys(e.Header)) {
			fmt.Fprintf(a.stdout, "  %s: %s\n", clean(name), clean(strings.Join(e.Header[name], ", ")))
		}
	}
	a.heading("Payload")
	fmt.Fprintln(a.stdout, indented(e.Body))
	fmt.Fprintf(a.stdout, "\nWhy did it go there? leadhub explain %s\n", clean(e.ID))
	return nil
}

// indented is JSON for people, safe for a terminal.
func indented(data json.RawMessage) string {
	pretty, err := json.MarshalIndent(data, "  ", "  ")
	if err != nil {
		pretty = data
	}
	lines := strings.Split(string(pretty), "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return "  " + strings.Join(lines, "\n")
}

// printOutcomes prints what became of leads; id says what the first column names.
func printOutcomes(a *app, leads []hub.LeadOutcome, id func(*hub.LeadOutcome) string) {
	t := table{head: []string{"", "lead", "rev", "outcome", "route", "note"}}
	for i := range leads {
		l := &leads[i]
		t.add(text(id(l)), text(cut(clean(l.Name), 28)), number(int64(l.Revision)), state(l.Outcome), text(l.Route), text(l.Note))
	}
	t.print(a.stdout, a.style)
}
