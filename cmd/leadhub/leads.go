package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"leadhub/internal/hub"
)

type leadsCmd struct {
	List leadsListCmd `cmd:"" help:"The newest leads, and what became of them."`
	Show leadsShowCmd `cmd:"" help:"One lead: its fields, its history, its deliveries."`
}

// Help is the longer help of the commands.
func (leadsCmd) Help() string {
	return `Leads are shown as they are now; a lead that a vendor sent again with other content has a new revision.

Examples:

  leadhub leads list --state held
  leadhub leads show ld_4xk2qv7m3n5p6r7s2t3u4v5w6x --json`
}

type leadsListCmd struct {
	listFlags
	State string `placeholder:"STATE" complete:"one of routed suppressed merged held test" help:"Only those with this outcome: routed, suppressed, merged, held or test."`
}

// Run prints the list.
func (c *leadsListCmd) Run(a *app) error {
	o := c.options()
	o.State = c.State
	items, err := hub.ListLeads(context.Background(), a.config, o, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	if len(items) == 0 {
		a.none("leads", o != hub.ListOptions{Limit: o.Limit})
		return nil
	}
	t := table{head: []string{"lead", "received", "who", "company", "score", "outcome", "route"}}
	for i := range items {
		l := &items[i]
		who := l.Name
		if who == l.Company {
			who = l.Email
		}
		score := ""
		if l.Score != nil {
			score = strconv.Itoa(*l.Score)
		}
		t.add(text(l.ID), text(a.when(l.ReceivedAt)), text(cut(clean(who), 24)), text(cut(clean(l.Company), 24)),
			text(score), state(l.Outcome), text(l.Route))
	}
	t.print(a.stdout, a.style)
	return nil
}

type leadsShowCmd struct {
	ID string `arg:"" help:"The id of the lead: ld_ and 26 letters and digits."`
}

// Run prints one lead.
func (c *leadsShowCmd) Run(a *app) error {
	l, err := hub.ShowLead(context.Background(), a.config, c.ID, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(l)
	}
	fmt.Fprintln(a.stdout, a.style.paint(bold, clean(l.Name))+" "+a.style.paint(dim, clean(l.ID)))
	a.field("revision", strconv.Itoa(l.Revision))
	a.field("receiver", l.Receiver)
	a.field("received", a.when(l.ReceivedAt))
	by := l.Route
	if l.Outcome == "test" { // the section tests: did, which is no route
		by = ""
	}
	a.field("outcome", joined(": ", joined(" by ", l.Outcome, by), l.Note))
	a.heading("History")
	printOutcomes(a, l.History, func(o *hub.LeadOutcome) string { return o.Event })
	if len(l.Deliveries) > 0 {
		a.heading("Deliveries")
		printDeliveries(a, l.Deliveries)
	}
	a.heading("Lead")
	data, err := json.Marshal(l.Lead)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, indented(data))
	return nil
}
