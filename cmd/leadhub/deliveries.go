package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"leadhub/internal/hub"
	"leadhub/internal/store"
)

type deliveriesCmd struct {
	List deliveriesListCmd `cmd:"" help:"The newest deliveries, and where they stand."`
	Show deliveriesShowCmd `cmd:"" help:"One delivery, with every try that failed."`

	Retry deliveriesRetryCmd `cmd:"" help:"Try deliveries again that were refused, given up, or wait."`
}

// Help is the longer help of the commands.
func (deliveriesCmd) Help() string {
	return `A delivery is one lead, or one notice, on its way to one output.

Examples:

  leadhub deliveries list --state "gave up"
  leadhub deliveries list --output crm --state waiting
  leadhub deliveries list --since 1d --json`
}

type deliveriesListCmd struct {
	listFlags
	Output string `placeholder:"NAME" help:"Only those to this output."`
	State  string `placeholder:"STATE" complete:"one of waiting delivered already-there paused refused gave-up skipped" help:"Only those in this state: waiting, delivered, already-there, paused, refused, gave-up or skipped."`
}

// Run prints the list.
func (c *deliveriesListCmd) Run(a *app) error {
	o := c.options()
	o.Output, o.State = c.Output, c.State
	items, err := hub.ListDeliveries(context.Background(), a.config, o, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	if len(items) == 0 {
		a.none("deliveries", o != hub.ListOptions{Limit: o.Limit})
		return nil
	}
	printDeliveries(a, items)
	return nil
}

func printDeliveries(a *app, items []hub.DeliveryItem) {
	t := table{head: []string{"delivery", "made", "to", "state", "tries", "note"}}
	for i := range items {
		d := &items[i]
		note := d.Note
		if d.NextTry != nil && d.Tries > 0 {
			note = joined("; ", "next try "+a.when(*d.NextTry), note)
		} else if d.NextTry != nil && d.NextTry.After(d.CreatedAt) {
			note = joined(": ", note, a.when(*d.NextTry))
		}
		if d.Pause != nil {
			note = a.pauseText(d.Pause)
		}
		t.add(text(d.ID), text(a.when(d.CreatedAt)), text(joined(" ", d.Output, d.Target)), state(d.State),
			number(int64(d.Tries)), text(cut(clean(note), 60)))
	}
	t.print(a.stdout, a.style)
}

type deliveriesShowCmd struct {
	ID string `arg:"" help:"The id of the delivery, as deliveries list prints it."`
}

// Run prints one delivery.
func (c *deliveriesShowCmd) Run(a *app) error {
	d, err := hub.ShowDelivery(context.Background(), a.config, c.ID, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(d)
	}
	fmt.Fprintln(a.stdout, a.style.paint(bold, "Delivery "+clean(d.ID)))
	a.field("to", joined(" ", d.Output, d.Target))
	a.field("state", joined(": ", d.State, d.Note))
	a.field("lead", d.Lead)
	a.field("event", d.Event+" from "+d.Receiver)
	a.field("route", d.Route)
	a.field("made", a.when(d.CreatedAt))
	a.field(dueWord(d), a.whenPtr(d.NextTry))
	a.field("ended", a.whenPtr(d.EndedAt))
	a.field("tries", strconv.Itoa(d.Tries))
	if d.Status != 0 {
		a.field("answer", "HTTP "+strconv.Itoa(d.Status))
	}
	a.field("at target", d.RemoteID)
	if d.Run != 0 {
		a.field("replay", "sent once more by run "+strconv.FormatInt(d.Run, 10))
	}
	if d.Pause != nil {
		a.field("paused", "since "+a.when(d.Pause.Since)+", "+a.pauseText(d.Pause))
	}
	if len(d.Failed) > 0 {
		a.heading("Tries that failed")
		t := table{head: []string{"try", "at", "answer", "what it means"}}
		for _, f := range d.Failed {
			answer := ""
			if f.Status != 0 {
				answer = "HTTP " + strconv.Itoa(f.Status)
			}
			t.add(number(int64(f.N)), text(a.when(f.At)), text(answer), text(f.Note))
		}
		t.print(a.stdout, a.style)
	}
	return nil
}

// pauseText is "until 2026-11-20 14:00:00: import running".
func (a *app) pauseText(p *store.Pause) string {
	if p.Until.IsZero() {
		return p.Reason
	}
	return "until " + a.when(p.Until) + ": " + p.Reason
}

func (a *app) whenPtr(t *time.Time) string {
	if t == nil {
		return ""
	}
	return a.when(*t)
}

// dueWord names the time at which a delivery is sent next.
func dueWord(d *hub.DeliveryDetail) string {
	if d.Tries == 0 {
		return "due"
	}
	return "next try"
}
