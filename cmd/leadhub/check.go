package main

import (
	"fmt"

	"leadhub/internal/hub"
	"leadhub/internal/plugin"
)

type checkCmd struct {
	File string `arg:"" optional:"" help:"The configuration file; without it, the one of -c."`
}

// Help is the longer help of the command.
func (checkCmd) Help() string {
	return `Every problem is printed with its line and column and what to write instead. Errors would stop the hub from starting; warnings would not. Secrets need not be set: checking works on any computer.

Examples:

  leadhub check
  leadhub check new-rules.yaml
  leadhub check --json | jq -r '.problems[].message'`
}

// Run checks the file and fails if it has errors.
func (c *checkCmd) Run(a *app) error {
	file := a.config
	if c.File != "" {
		file = c.File
	}
	result, err := hub.Check(file, a.env)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(result); err != nil {
			return err
		}
	} else {
		printCheck(a, result)
	}
	if !result.OK {
		return errFound
	}
	return nil
}

// printCheck prints errors, then warnings, each on a line, then what it comes to.
func printCheck(a *app, r *hub.CheckResult) {
	for i, p := range r.Problems {
		if i > 0 && r.Problems[i-1].Severity != p.Severity {
			fmt.Fprintln(a.stdout)
		}
		line := clean(p.String())
		if p.Severity == plugin.SeverityError {
			line = a.style.markWord(line, "error:", red)
		} else {
			line = a.style.markWord(line, "warning:", yellow)
		}
		fmt.Fprintln(a.stdout, line)
	}
	if len(r.Problems) > 0 {
		fmt.Fprintln(a.stdout)
	}
	switch {
	case !r.OK:
		fmt.Fprintln(a.stdout, a.style.paint(red, clean(r.Summary())))
	case r.Warnings > 0:
		fmt.Fprintln(a.stdout, a.style.paint(yellow, clean(r.Summary())))
	default:
		fmt.Fprintln(a.stdout, a.style.paint(green, clean(r.Summary())))
	}
}
