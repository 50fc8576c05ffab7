package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"leadhub/internal/hub"
)

type replayCmd struct {
	What     []string `arg:"" optional:"" name:"file-or-event" help:"Ids of events (evt_42), or captured payloads (x.body.json) to take in."`
	From     string   `placeholder:"WHEN" help:"Events received since then: yesterday, 2h, 2026-11-19 14:00."`
	Until    string   `placeholder:"WHEN" help:"Events received before then. Without it: now."`
	Receiver string   `placeholder:"NAME" help:"Only events of this receiver; of files: the receiver they are for."`
	Outcome  string   `placeholder:"WORD" complete:"one of unmapped held suppressed routed notice test" help:"Only what became of it so far: unmapped, held, suppressed, routed, notice or test."`
	Route    string   `placeholder:"NAME" help:"Only leads that this route decides about."`
	Output   string   `placeholder:"NAME" help:"Only deliveries to this output."`
	Stored   bool     `help:"Carry out the decisions as they were made, with the leads as they were. Without it the rules of now decide."`
	Changed  bool     `help:"Also send what arrived where the request would now be another one."`
	Again    bool     `help:"Send everything once more, as a numbered run."`
	Rate     float64  `placeholder:"N" help:"How many events a second at most. Without it: 200."`
	DryRun   bool     `help:"Only say what it would do."`
	Yes      bool     `short:"y" help:"Do not ask."`
	Resume   int64    `placeholder:"RUN" help:"Go on with a replay that was interrupted."`
	Runs     bool     `help:"List the replays so far, with their numbers."`
}

// Help is the longer help of the command.
func (replayCmd) Help() string {
	return `Kept events go through the rules again, as they are now. Without further flags only what is not there yet is sent: a lead that was suppressed, held or unmapped and is not any more, an output that a route got since, a delivery that was refused or given up. What would happen is said first, and nothing is done without a yes.

An event never makes a newer revision of a lead over a later one. Times in rules are those of the event. New events are not held up by a replay.

Files are taken in as new events. Their signature is not checked: they are yours. A payload that the hub has already is a repeat, and nothing comes of it.

Examples:

  leadhub replay --from yesterday --until today --dry-run
  leadhub replay --outcome unmapped
  leadhub replay evt_42 evt_43 --output crm
  leadhub replay --from monday --route hot --again --yes
  leadhub replay captured/prospektr/*.body.json
  leadhub replay --resume 3`
}

// Run says what would be done, asks, and does it.
func (c *replayCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case c.Runs:
		return c.listRuns(ctx, a)
	case c.Resume < 0:
		return &hub.UsageError{Message: "--resume takes the number of a run; leadhub replay --runs shows them"}
	case c.Resume > 0:
		return c.carryOut(ctx, a, hub.ReplayOptions{}, nil)
	}
	o, err := c.options(a)
	if err != nil {
		return err
	}
	looking := &progressBar{a: a, on: isTerminal(a.stderr) && !a.json}
	looking.say("looking at what it would do …")
	plan, err := hub.PlanReplay(ctx, a.config, o, a.env)
	looking.clear()
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted: nothing was done")
	}
	if err != nil {
		return err
	}
	if !a.json {
		printReplayPlan(a, plan, c.Stored)
	}
	if c.DryRun {
		if a.json {
			return a.printJSON(plan)
		}
		return nil
	}
	if nothingToDo(plan) {
		if a.json {
			return a.printJSON(map[string]any{"plan": plan, "result": nil})
		}
		return nil
	}
	if !c.Yes {
		if err := a.confirm("Go on?"); err != nil {
			return err
		}
	}
	// What was shown is what is done: "now" stays that of the plan.
	o.UpTo = plan.UpTo
	if !plan.From.IsZero() {
		o.From = plan.From.Format(time.RFC3339Nano)
	}
	if o.Events == nil && !plan.Until.IsZero() {
		o.Until = plan.Until.Format(time.RFC3339Nano)
	}
	return c.carryOut(ctx, a, o, plan)
}

// options sorts what was named into events and files, and reads the files.
func (c *replayCmd) options(a *app) (hub.ReplayOptions, error) {
	o := hub.ReplayOptions{
		From: c.From, Until: c.Until, Receiver: c.Receiver, Outcome: c.Outcome, Route: c.Route, Output: c.Output,
		Stored: c.Stored, Changed: c.Changed, Again: c.Again, Rate: c.Rate,
	}
	var files []string
	for _, w := range c.What {
		if _, ok := hub.EventNumber(w); ok {
			o.Events = append(o.Events, w)
		} else {
			files = append(files, w)
		}
	}
	if len(files) == 0 {
		return o, nil
	}
	files, err := payloadFiles(a, files)
	if err != nil {
		return o, err
	}
	o.Receiver = ""
	for _, file := range files {
		f, err := hub.ReadReplayFile(a.config, file, hub.PayloadOptions{Receiver: c.Receiver, Stdin: a.stdin}, a.env)
		if err != nil {
			return o, err
		}
		o.Files = append(o.Files, f)
	}
	return o, nil
}

// carryOut replays, with a line on a terminal that says how far it is.
func (c *replayCmd) carryOut(ctx context.Context, a *app, o hub.ReplayOptions, plan *hub.ReplayPlan) error {
	bar := &progressBar{a: a, on: isTerminal(a.stderr) && !a.json}
	if plan != nil && plan.ReplayCounts != nil {
		bar.total = plan.Events
	}
	r, err := hub.Replay(ctx, a.config, o, c.Resume, bar.show, a.env)
	bar.clear()
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(map[string]any{"plan": plan, "result": r})
	} else {
		printReplayResult(a, r)
	}
	if err == nil && (r.Interrupted || r.ReplayCounts != nil && r.Failures > 0) {
		err = errFound
	}
	return err
}

func nothingToDo(p *hub.ReplayPlan) bool {
	if p.ReplayCounts != nil {
		return p.Decisions == 0
	}
	for i := range p.Files {
		if p.Files[i].Outcome != "repeat" {
			return false
		}
	}
	return true
}

func printReplayPlan(a *app, p *hub.ReplayPlan, stored bool) {
	if p.ReplayCounts == nil {
		printFilePlans(a, p)
		return
	}
	which, by := "", "decided by the rules of now"
	const layout = "2006-01-02 15:04"
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		zone = time.UTC
	}
	switch {
	case !p.From.IsZero():
		which = " from " + p.From.In(zone).Format(layout) + " until " + p.Until.In(zone).Format(layout) + " (" + p.Zone + ")"
	case !p.Until.IsZero():
		which = " until " + p.Until.In(zone).Format(layout) + " (" + p.Zone + ")"
	}
	if stored {
		by = "with the decisions as they were made"
	}
	fmt.Fprintf(a.stdout, "%s\n", a.style.paint(bold, clean(manyOf(p.Events, "event")+which+", "+by)))
	printReplayCounts(a, p)
	send, again := p.Sends()
	switch {
	case p.Decisions == 0:
		fmt.Fprintln(a.stdout, "\nThere is nothing to do.")
	case send == 0:
		fmt.Fprintf(a.stdout, "\nNothing would be sent; %s would be noted.\n", manyOf(p.Decisions, "other decision"))
	case again == 0:
		fmt.Fprintf(a.stdout, "\n%s would go out, none of them a second time.\n", deliveries(send))
	default:
		fmt.Fprintf(a.stdout, "\n%s would go out, %s.\n", deliveries(send), a.style.paint(yellow, fmt.Sprintf("%d of them once more", again)))
	}
	if !p.Running && send > 0 {
		fmt.Fprintln(a.stdout, "No hub runs: they would be sent when one does.")
	}
}

func printReplayCounts(a *app, p *hub.ReplayPlan) {
	if len(p.Routes) > 0 {
		fmt.Fprintln(a.stdout)
		t := table{head: []string{"route", "", "leads"}}
		for _, r := range p.Routes {
			name := r.Route
			if name == "" {
				name = "(none)"
			}
			t.add(text(name), state(r.Outcome), number(int64(r.Leads)))
		}
		t.print(a.stdout, a.style)
	}
	if len(p.Outputs) > 0 {
		fmt.Fprintln(a.stdout)
		t := table{head: []string{"output", "to send", "once more", "tried again", "there already", "differ", "on their way", "removed"}}
		for _, o := range p.Outputs {
			t.add(text(o.Output), number(int64(o.Send)), number(int64(o.Again)), number(int64(o.Retried)), number(int64(o.Arrived)),
				number(int64(o.Differ)), number(int64(o.Waiting)), number(int64(o.Removed)))
		}
		t.print(a.stdout, a.style)
	}
	var lines []string
	say := func(n int, one, many string) {
		switch {
		case n == 1:
			lines = append(lines, "1 "+one)
		case n > 1:
			lines = append(lines, strconv.Itoa(n)+" "+many)
		}
	}
	say(p.Mapped, "event could not be read and can be now", "events could not be read and can be now")
	say(p.StillUnmapped, "event still cannot be read", "events still cannot be read")
	say(p.Released, "lead was held and is not any more", "leads were held and are not any more")
	say(p.StillHeld, "lead stays held", "leads stay held")
	say(p.NewLeads, "lead is new", "leads are new")
	say(p.NewRevisions, "lead has other content by the configuration of now: a new revision", "leads have other content by the configuration of now: new revisions")
	if len(p.LeftAlone) > 0 {
		lines = append(lines, "left alone: "+tally(p.LeftAlone))
	}
	if len(lines) > 0 {
		fmt.Fprintln(a.stdout)
	}
	for _, l := range lines {
		fmt.Fprintln(a.stdout, "  "+clean(l))
	}
	printFailures(a, p.Failures, p.Failed)
}

func printFailures(a *app, n int, failed []string) {
	if n == 0 {
		return
	}
	fmt.Fprintln(a.stdout, "  "+a.style.paint(red, clean(manyOf(n, "event")+" could not be replayed; please report it as a bug of leadhub:")))
	for _, f := range failed {
		fmt.Fprintln(a.stdout, "    "+clean(f))
	}
}

func printFilePlans(a *app, p *hub.ReplayPlan) {
	for i := range p.Files {
		f := &p.Files[i]
		fmt.Fprintf(a.stdout, "%s for %s: ", a.style.paint(bold, clean(f.File)), clean(f.Receiver))
		switch f.Outcome {
		case "repeat":
			fmt.Fprintln(a.stdout, "a repeat: "+clean(repeatNote(f)))
		case "unmapped":
			fmt.Fprintln(a.stdout, a.style.paint(red, "would be kept, but cannot be read: "+clean(f.Note)))
		default:
			fmt.Fprintln(a.stdout, "a new event")
			for _, l := range f.Leads {
				where := make([]string, 0, len(l.To))
				for _, t := range l.To {
					where = append(where, joined(" ", t.Output, t.Target))
				}
				fmt.Fprintln(a.stdout, "  "+clean(joined(" → ", joined(": ", joined(" by ", l.Outcome, l.Route), l.Note), strings.Join(where, ", "))))
			}
		}
	}
	if nothingToDo(p) {
		fmt.Fprintln(a.stdout, "\nThere is nothing to do.")
	}
}

// repeatNote says why a file is a repeat; the event itself, or all leads in it.
func repeatNote(f *hub.FilePlan) string {
	if f.Note != "" {
		return f.Note
	}
	for _, l := range f.Leads {
		if l.Note != "" {
			return l.Note
		}
	}
	return "the hub has it already"
}

func printReplayResult(a *app, r *hub.ReplayResult) {
	if len(r.Taken) > 0 {
		ids := r.Taken[0]
		if n := len(r.Taken); n > 1 {
			ids += " to " + r.Taken[n-1]
		}
		when := ""
		if !r.Running {
			when = " No hub runs: one that does will route them."
		}
		fmt.Fprintf(a.stdout, "%s %s taken in: %s.%s\n", a.style.paint(green, "✓"), clean(manyOf(len(r.Taken), "file")), clean(ids), when)
		return
	}
	send, again := r.Sends()
	did := fmt.Sprintf("%s gone through, %s to send, %d of them once more", manyOf(r.Events, "event"), deliveries(send), again)
	if r.Interrupted {
		fmt.Fprintf(a.stdout, "%s Run %d was interrupted after %s.\n  `leadhub replay --resume %d` goes on.\n", a.style.paint(yellow, "!"), r.Run, manyOf(r.Events, "event"), r.Run)
		return
	}
	fmt.Fprintf(a.stdout, "%s Run %d is done: %s.%s\n", a.style.paint(green, "✓"), r.Run, did, offline(r.Running || send == 0))
	printFailures(a, r.Failures, r.Failed)
}

func (c *replayCmd) listRuns(ctx context.Context, a *app) error {
	items, err := hub.ListRuns(ctx, a.config, hub.ListOptions{Since: c.From, Limit: 50}, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(items)
	}
	if len(items) == 0 {
		fmt.Fprintln(a.stdout, "Nothing was replayed yet.")
		return nil
	}
	t := table{head: []string{"run", "started", "state", "events", "sent", "ended", "note"}}
	for i := range items {
		r := &items[i]
		send, _ := r.Counts.Sends()
		t.add(number(r.ID), text(a.when(r.At)), state(r.State), number(int64(r.Counts.Events)), number(int64(send)), text(a.whenPtr(r.EndedAt)), text(cut(clean(r.Note), 48)))
	}
	t.print(a.stdout, a.style)
	return nil
}

// progressBar is one line on a terminal that is written again and again.
type progressBar struct {
	a     *app
	on    bool
	total int // 0: unknown
	width int
}

func (b *progressBar) show(p hub.ReplayProgress) {
	line := fmt.Sprintf("run %d: %s, %s to send", p.Run, manyOf(p.Events, "event"), deliveries(p.Send))
	if b.total > 0 {
		const cells = 30
		full := min(cells, cells*p.Events/b.total)
		line = strings.Repeat("█", full) + strings.Repeat("░", cells-full) + fmt.Sprintf(" %d of %d events, %s to send (run %d)", p.Events, b.total, deliveries(p.Send), p.Run)
	}
	b.say(line)
}

func (b *progressBar) say(line string) {
	if b.on {
		fmt.Fprint(b.a.stderr, "\r"+pad(line, b.width))
		b.width = textWidth(line)
	}
}

func (b *progressBar) clear() {
	if b.width > 0 {
		fmt.Fprint(b.a.stderr, "\r"+strings.Repeat(" ", b.width)+"\r")
	}
}

// manyOf is "1 event", "2 events".
func manyOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
