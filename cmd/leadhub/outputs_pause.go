package main

import (
	"context"
	"fmt"

	"leadhub/internal/hub"
)

type outputsPauseCmd struct {
	Name   string `arg:"" help:"The output, as leadhub.yaml names it."`
	Until  string `placeholder:"WHEN" help:"When it ends by itself: 2h (from now), 18:00, \"tomorrow 9:00\", 2026-11-20 14:00. Without it: when it is resumed."`
	Reason string `placeholder:"TEXT" help:"Why; it is shown wherever the pause is."`
}

// Help is the longer help of the command.
func (outputsPauseCmd) Help() string {
	return `Sends that are under way end; nothing else is sent until the output is resumed, or until the time given. The pause survives restart and reload. Waiting costs nothing: no tries are used up, and the time does not count towards giving up. Afterwards each lead goes out once, in its latest revision.

Examples:

  leadhub outputs pause crm --until 18:00 --reason "import running"
  leadhub outputs pause slack`
}

// Run pauses the output.
func (c *outputsPauseCmd) Run(a *app) error {
	r, err := hub.PauseOutput(context.Background(), a.config, c.Name, hub.PauseOptions{Until: c.Until, Reason: c.Reason}, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(r)
	}
	until, ends := "", "`leadhub outputs resume "+clean(r.Output)+"` ends it"
	if !r.Until.IsZero() {
		until, ends = " until "+a.when(r.Until), ends+" earlier"
	}
	fmt.Fprintf(a.stdout, "%s %s is paused%s: %s\n", a.style.paint(yellow, "✓"), clean(r.Output), until, clean(r.Reason))
	fmt.Fprintf(a.stdout, "  %s; %s.\n", waiting(r.Waiting), ends)
	return nil
}

type outputsResumeCmd struct {
	Name string `arg:"" help:"The output, as leadhub.yaml names it."`
}

// Help is the longer help of the command.
func (outputsResumeCmd) Help() string {
	return `Ends every pause of the output, whether a person asked for it or the hub paused it after an error. What waited goes out, each lead in its latest revision.

Example:

  leadhub outputs resume crm`
}

// Run resumes the output.
func (c *outputsResumeCmd) Run(a *app) error {
	r, err := hub.ResumeOutput(context.Background(), a.config, c.Name, a.env)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(r)
	case !r.WasPaused:
		fmt.Fprintf(a.stdout, "%s is not paused.\n", clean(r.Output))
	default:
		fmt.Fprintf(a.stdout, "%s %s is resumed: %s.%s\n", a.style.paint(green, "✓"), clean(r.Output), waiting(r.Waiting), offline(r.Running))
	}
	return nil
}

// waiting is "1 delivery waits", "12 deliveries wait".
func waiting(n int64) string {
	switch n {
	case 0:
		return "no delivery waits for it"
	case 1:
		return "1 delivery waits for it"
	default:
		return fmt.Sprintf("%d deliveries wait for it", n)
	}
}

// offline says, where no hub runs, when something will happen.
func offline(running bool) string {
	if running {
		return ""
	}
	return " No hub runs: it is sent when one does."
}
