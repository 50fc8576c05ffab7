package main

import (
	"fmt"
	"time"

	"leadhub/internal/hub"
)

// listFlags narrow a list.
type listFlags struct {
	Receiver string `placeholder:"NAME" help:"Only what came in through this receiver."`
	Since    string `placeholder:"WHEN" help:"Only what is not older: 30m, 2h, 7d, yesterday, 2026-11-20 16:30."`
	Limit    int    `default:"20" placeholder:"N" help:"How many at most, the newest first. Without it: 20."`
}

func (f listFlags) options() hub.ListOptions {
	return hub.ListOptions{Receiver: f.Receiver, Since: f.Since, Limit: f.Limit}
}

// none says that a list is empty, and fits what was asked for.
func (a *app) none(what string, filtered bool) {
	if filtered {
		fmt.Fprintf(a.stdout, "No %s like that.\n", what)
		return
	}
	fmt.Fprintf(a.stdout, "No %s yet.\n", what)
}

// zone is the time zone of the computer: lists are read by a person at it.
func (a *app) when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// field prints "  name      value", wrapped.
func (a *app) field(name, value string) {
	if value == "" {
		return
	}
	for i, l := range wrap(clean(value), lineWidth-nameWidth-2) {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(a.stdout, "  %s%s\n", a.style.paint(dim, pad(name, nameWidth)), l)
	}
}

// heading prints a line above a part of the text.
func (a *app) heading(text string) { fmt.Fprintf(a.stdout, "\n%s\n", a.style.paint(bold, text)) }

// state is a cell for a word of what became of something.
func state(word string) cell {
	c := cell{text: clean(word)}
	switch word {
	case "delivered", "already there", "routed":
		c.color = green
	case "refused", "gave up", "unmapped":
		c.color = red
	case "waiting", "paused", "held":
		c.color = yellow
	}
	return c
}
