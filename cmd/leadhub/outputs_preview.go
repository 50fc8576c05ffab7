package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"leadhub/internal/hub"
)

type outputsListCmd struct{}

// Help is the longer help of the command.
func (outputsListCmd) Help() string {
	return `For each output of leadhub.yaml: its type, the routes that send to it and where, and whether it is paused.

Examples:

  leadhub outputs list
  leadhub outputs list --json | jq -r '.[].name'`
}

// Run prints the list.
func (outputsListCmd) Run(a *app) error {
	items, err := hub.ListOutputs(context.Background(), a.config, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	t := table{head: []string{"output", "type", "routes", "state"}}
	for i := range items {
		o := &items[i]
		names := make([]string, len(o.Routes))
		for k, r := range o.Routes {
			names[k] = joined(" → ", r.Route, r.Target)
		}
		pauses := make([]string, len(o.Pauses))
		for k, p := range o.Pauses {
			pauses[k] = joined(" ", p.Target, "paused") + ": " + p.Reason
		}
		t.add(text(o.Name), text(o.Type), text(strings.Join(names, ", ")), text(cut(clean(strings.Join(pauses, "; ")), 80)))
	}
	t.print(a.stdout, a.style)
	return nil
}

type outputsPreviewCmd struct {
	Name     string `arg:"" help:"The output, as leadhub.yaml names it."`
	Input    string `arg:"" name:"file or event" help:"A captured payload (x.body.json; - reads standard input), or the id of an event the hub received (evt_42)."`
	Receiver string `placeholder:"NAME" help:"The receiver the payload is for. Without it, the name of the file's folder says it."`
	Headers  string `placeholder:"FILE" help:"Captured headers, as lines of Name: value. Without it: the .headers file beside the payload, if there is one."`
	At       string `placeholder:"WHEN" help:"When the payload arrived: 2026-11-20 16:30, yesterday. Without it: now."`
	Raw      bool   `help:"Print the bodies alone, as they would be sent."`
}

// Help is the longer help of the command.
func (outputsPreviewCmd) Help() string {
	return `Shows for every lead of the payload the request exactly as it would be sent: method, address, headers and body. Nothing is sent, and no secrets are needed: they are replaced, as is what only the moment of sending decides. For people JSON is set out in lines; --raw prints it as it goes.

A lead that the rules send elsewhere is shown too, with a line that says so: try out a template with any payload.

Examples:

  leadhub outputs preview crm testdata/prospektr/prospect.added.body.json
  leadhub outputs preview slack evt_42
  leadhub outputs preview crm export.json --receiver salesos --raw | jq .`
}

// Run prints every request and fails where there is none.
func (c *outputsPreviewCmd) Run(a *app) error {
	p, err := hub.PreviewOutput(context.Background(), a.config, c.Name, c.Input, hub.PreviewOptions{
		PayloadOptions: hub.PayloadOptions{Receiver: c.Receiver, Headers: c.Headers, Stdin: a.stdin}, At: c.At,
	}, a.env)
	if err != nil {
		return err
	}
	failed := p.Unmapped != ""
	for i := range p.Requests {
		failed = failed || p.Requests[i].Error != ""
	}
	switch {
	case a.json:
		if err := a.printJSON(p); err != nil {
			return err
		}
	case c.Raw:
		for i := range p.Requests {
			if r := &p.Requests[i]; r.Error == "" {
				fmt.Fprintln(a.stdout, r.Body)
			} else {
				fmt.Fprintf(a.stderr, "leadhub: %s: %s\n", clean(r.Who), clean(r.Error))
			}
		}
		if p.Unmapped != "" {
			fmt.Fprintf(a.stderr, "leadhub: %s cannot be read: %s\n", clean(p.Input), clean(p.Unmapped))
		}
	default:
		printPreview(a, p)
	}
	if failed {
		return errFound
	}
	return nil
}

func printPreview(a *app, p *hub.Preview) {
	if p.Unmapped != "" {
		fmt.Fprintf(a.stdout, "%s unmapped: %s\n", a.style.paint(red, "✗"), clean(p.Unmapped))
		return
	}
	for i := range p.Requests {
		r := &p.Requests[i]
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintln(a.stdout, a.style.paint(bold, clean(r.Who))+a.style.paint(dim, " → "+clean(joined(" ", p.Output, r.Target))+" ("+clean(p.Type)+")"))
		switch {
		case r.Note != "":
			fmt.Fprintln(a.stdout, a.style.paint(yellow, "! "+clean(r.Note)))
		case r.Route != "":
			fmt.Fprintln(a.stdout, a.style.paint(dim, "by route "+clean(r.Route)))
		}
		if r.Error != "" {
			fmt.Fprintf(a.stdout, "%s refused: %s\n", a.style.paint(red, "✗"), clean(r.Error))
			continue
		}
		fmt.Fprintln(a.stdout)
		if head := joined(" ", r.Method, r.URL); head != "" {
			fmt.Fprintln(a.stdout, clean(head))
		}
		for _, h := range r.Headers {
			fmt.Fprintf(a.stdout, "%s: %s\n", clean(h.Name), clean(h.Value))
		}
		if r.Method != "" || len(r.Headers) > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintln(a.stdout, setOut(r.Body))
	}
}

// setOut sets JSON out in lines; anything else stays as it is. JSON is safe for a
// terminal but for characters that change the direction of text.
func setOut(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") == nil {
		body = b.String()
	}
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return strings.Join(lines, "\n")
}

type outputsVerifyCmd struct {
	Names []string `arg:"" optional:"" name:"name" help:"The outputs to check, as leadhub.yaml names them."`
	All   bool     `help:"Check every output."`
}

// Help is the longer help of the command.
func (outputsVerifyCmd) Help() string {
	return `Asks each output's target whether deliveries would go through: are the credentials right, may they do what is needed, is it there. Nothing is delivered. For each output a line says that it works, or what to mend; the exit code is 1 if one does not work.

Examples:

  leadhub outputs verify slack
  leadhub outputs verify --all`
}

// Run prints a line for every output and fails if one does not work.
func (c *outputsVerifyCmd) Run(a *app) error {
	if len(c.Names) == 0 && !c.All {
		return &hub.UsageError{Message: "say which output to check, or --all"}
	}
	if len(c.Names) > 0 && c.All {
		return &hub.UsageError{Message: "--all checks every output: leave the names out, or --all"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	results, err := hub.VerifyOutputs(ctx, a.config, c.Names, a.env)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	failed := false
	for i := range results {
		r := &results[i]
		failed = failed || !r.OK
		if a.json {
			continue
		}
		mark := a.style.paint(green, "✓")
		switch {
		case !r.OK:
			mark = a.style.paint(red, "✗")
		case len(r.Problems) > 0:
			mark = a.style.paint(yellow, "!")
		}
		fmt.Fprintf(a.stdout, "%s %s (%s): %s\n", mark, clean(r.Output), clean(r.Type), clean(r.Summary()))
		for k := 1; k < len(r.Problems); k++ {
			fmt.Fprintf(a.stdout, "    %s\n", clean(r.Problems[k].String()))
		}
	}
	if failed {
		return errFound
	}
	return nil
}
