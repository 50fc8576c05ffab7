package main

import (
	"context"
	"fmt"
	"time"

	"leadhub/internal/hub"
)

type explainCmd struct {
	Inputs   []string `arg:"" name:"file or event" help:"Captured payloads (x.body.json; - reads standard input), or ids of events the hub received (evt_42)."`
	Receiver string   `placeholder:"NAME" help:"The receiver the payload is for. Without it, the name of the file's folder says it."`
	Headers  string   `placeholder:"FILE" help:"Captured headers, as lines of Name: value. Without it: the .headers file beside the payload, if there is one."`
	At       string   `placeholder:"TIME" help:"When the payload arrived, as in 2026-11-20T16:30: rules about hours and signatures with a time look at it. Without it: now."`
	Today    bool     `help:"Explain an event with the configuration as it is today, not with the one that decided."`
	Lead     bool     `help:"Show each lead in full, with every field."`
}

// Help is the longer help of the command.
func (explainCmd) Help() string {
	return `Nothing is sent and nothing is kept: explain only looks, and needs no secrets. For every lead it shows each route in order, each clause with the value it saw, and where the lead would go.

For an event of the hub it shows what happened, with the configuration that decided; with --today, what the configuration would say now.

Examples:

  leadhub explain testdata/prospektr/prospect.added.body.json
  leadhub explain export.json --receiver salesos --headers export.headers
  leadhub explain evt_42
  leadhub explain testdata/*/*.body.json --json`
}

// Run explains every input and fails if one could not be read as leads or a notice.
func (c *explainCmd) Run(a *app) error {
	o := hub.ExplainOptions{
		PayloadOptions: hub.PayloadOptions{Receiver: c.Receiver, Headers: c.Headers, Stdin: a.stdin},
		At:             c.At,
		Today:          c.Today,
	}
	inputs, err := payloadFiles(a, c.Inputs)
	if err != nil {
		return err
	}
	explanations, err := hub.Explain(context.Background(), a.config, inputs, o, a.env)
	if err != nil {
		return err
	}
	failed := false
	for i, e := range explanations {
		failed = failed || e.Unmapped != "" || e.Verification.Result == hub.VerifiedRejected
		if a.json {
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		p := &storyteller{app: a, full: c.Lead, zone: e.ReceivedAt.Location()}
		if err := p.explain(e); err != nil {
			return err
		}
	}
	if a.json {
		if err := a.printJSON(explanations); err != nil {
			return err
		}
	}
	if failed {
		return errFound
	}
	return nil
}

func localTime(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 MST")
}
