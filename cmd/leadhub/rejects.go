package main

import (
	"context"

	"leadhub/internal/hub"
)

type rejectsCmd struct {
	List rejectsListCmd `cmd:"" help:"The newest rejected requests, why, and what to look at."`
}

// Help is the longer help of the commands.
func (rejectsCmd) Help() string {
	return `A rejected request left no event: its signature was wrong, it was not JSON, it was too large. The hub answered with a 4xx status.

Examples:

  leadhub rejects list
  leadhub rejects list --receiver prospektr --since 1d`
}

type rejectsListCmd struct {
	listFlags
}

// Run prints the list.
func (c *rejectsListCmd) Run(a *app) error {
	o := c.options()
	items, err := hub.ListRejects(context.Background(), a.config, o, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	if len(items) == 0 {
		a.none("rejected requests", o != hub.ListOptions{Limit: o.Limit})
		return nil
	}
	t := table{head: []string{"at", "receiver", "answer", "from", "bytes", "why"}}
	for _, r := range items {
		receiver := r.Receiver
		if receiver == "" {
			receiver = "(no such path)"
		}
		t.add(text(a.when(r.At)), text(receiver), number(int64(r.Status)), text(r.Remote), number(int64(r.Size)), text(joined(": ", r.Reason, r.Hint)))
	}
	t.print(a.stdout, a.style)
	return nil
}
