package main

import (
	"context"
	"fmt"

	"leadhub/internal/hub"
)

type reloadCmd struct{}

// Help is the longer help of the command.
func (reloadCmd) Help() string {
	return `The hub goes on with the new configuration if it checks out; requests and sends under way end with the old one. If it has errors, they are printed and the hub goes on with the one it has.

Example:

  leadhub check && leadhub reload`
}

// Run makes the hub reload and fails if the configuration was not taken up.
func (reloadCmd) Run(a *app) error {
	r, err := hub.Reload(context.Background(), a.config, a.env)
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(r)
	} else {
		printReload(a, r)
	}
	if err == nil && !r.OK {
		err = errFound
	}
	return err
}

func printReload(a *app, r *hub.ReloadResult) {
	for _, p := range r.Problems {
		fmt.Fprintln(a.stdout, clean(p.String()))
	}
	if !r.OK {
		fmt.Fprintln(a.stdout, a.style.paint(red, "The configuration was not taken up: the hub goes on with the one it has."))
		return
	}
	fmt.Fprintln(a.stdout, a.style.paint(green, "✓ The hub goes on with the configuration "+clean(r.Hash)+"."))
	for _, key := range r.Restart {
		fmt.Fprintln(a.stdout, a.style.paint(yellow, "  "+clean(key)+" has changed: that takes a restart."))
	}
}
