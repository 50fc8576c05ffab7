package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"leadhub/internal/hub"
)

type sendCmd struct {
	Files    []string `arg:"" name:"file" help:"Captured payloads (x.body.json); - reads standard input."`
	To       string   `placeholder:"URL" help:"Where the hub is, as in https://leads.example.com. Without it: on this computer, at the address of server.listen."`
	Receiver string   `placeholder:"NAME" help:"The receiver the payload is for. Without it, the name of the file's folder says it."`
	Headers  string   `placeholder:"FILE" help:"Captured headers to send along, as lines of Name: value. Without it: the .headers file beside the payload, if there is one."`
	Event    string   `placeholder:"NAME" help:"The vendor's name of the event, where the vendor says it in a header: lead.created."`
	Live     bool     `help:"Send it as a real lead. Without this it is marked as a test and cannot reach a CRM."`
}

// Help is the longer help of the command.
func (sendCmd) Help() string {
	return `The payload is signed with the first secret of its receiver, so the hub accepts it as if the vendor had sent it. It is marked as a test: it goes where the section tests: says, and nowhere else. With --live it goes where real leads go.

Examples:

  leadhub send testdata/prospektr/prospect.added.body.json
  leadhub send testdata/*/*.body.json --to https://leads.example.com
  leadhub send export.json --receiver prospectb2b --event lead.created --live`
}

// Run sends every file and fails if one of them was not accepted.
func (c *sendCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	files, err := payloadFiles(a, c.Files)
	if err != nil {
		return err
	}
	results := make([]*hub.SendResult, 0, len(files))
	failed := false
	for _, file := range files {
		r, err := hub.Send(ctx, a.config, file, hub.SendOptions{
			PayloadOptions: hub.PayloadOptions{Receiver: c.Receiver, Headers: c.Headers, Stdin: a.stdin},
			To:             c.To,
			Event:          c.Event,
			Live:           c.Live,
		}, a.env)
		if err != nil {
			return err
		}
		failed = failed || !r.OK
		results = append(results, r)
		if !a.json {
			printSent(a, r)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	if failed {
		return errFound
	}
	return nil
}

func printSent(a *app, r *hub.SendResult) {
	how := "as a test"
	if !r.Test {
		how = "live"
	}
	if r.OK {
		fmt.Fprintf(a.stdout, "%s %s: %d, kept as %s, sent %s for %s, %d ms\n",
			a.style.paint(green, "✓"), clean(r.File), r.Status, clean(r.EventID), how, clean(r.Receiver), r.Ms)
		return
	}
	status := ""
	if r.Status != 0 {
		status = fmt.Sprintf("%d: ", r.Status)
	}
	fmt.Fprintf(a.stdout, "%s %s: %s%s (%s)\n", a.style.paint(red, "✗"), clean(r.File), status, clean(r.Meaning), clean(joined(", ", r.URL, r.RequestID)))
}

// payloadFiles leaves out what lies beside payloads (headers, expected results),
// so that a whole folder can be given.
func payloadFiles(a *app, files []string) ([]string, error) {
	var payloads []string
	for _, f := range files {
		if hub.Companion(f) {
			fmt.Fprintf(a.stderr, "leadhub: leaving out %s: it belongs to a payload and is none\n", clean(f))
			continue
		}
		payloads = append(payloads, f)
	}
	if len(payloads) == 0 {
		return nil, &hub.UsageError{Message: "no payload to work with: name files like x.body.json"}
	}
	return payloads, nil
}
