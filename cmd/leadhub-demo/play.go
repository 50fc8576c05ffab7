package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/hub"
)

// sent is one payload on its way: what the hub answered, or that it could not be sent.
type sent struct {
	name   string // prospektr/prospect.added
	result *hub.SendResult
	err    error
	// again says that the same bytes were sent before.
	again bool
}

// play sends every payload, tells what became of each, and adds up at the end.
func (d *demo) play(ctx context.Context) error {
	started := time.Now()
	files, err := d.payloads()
	if err != nil {
		return err
	}
	d.out.title(d, len(files))
	for s := range d.sendAll(ctx, files) {
		if err := d.story(ctx, s); err != nil {
			return err
		}
	}
	if err := d.forged(ctx, files[0]); err != nil {
		return err
	}
	if err := d.sums(ctx); err != nil {
		return err
	}
	d.out.verdict(d.problems, time.Since(started))
	return nil
}

// payloads lists the captured bodies of every vendor the demo has a receiver for.
func (d *demo) payloads() ([]string, error) {
	c, problems := config.Parse(d.config, demoYAML, d.env.Kinds, config.Options{
		Getenv: d.env.LookupEnv, Offline: true, Now: d.env.Now, Logger: d.env.Logger,
	})
	if c == nil {
		return nil, fmt.Errorf("the demo's own configuration is wrong: %v", problems)
	}
	var files []string
	for i := range c.Receivers {
		found, err := filepath.Glob(filepath.Join(d.testdata, c.Receivers[i].Type, "*.body.json"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			d.problem("%s holds no payloads of %s", d.testdata, c.Receivers[i].Type)
		}
		// By the payload's name: a vendor's own sample comes before its variants.
		slices.SortFunc(found, func(a, b string) int { return strings.Compare(payloadName(a), payloadName(b)) })
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no payloads (*.body.json in a folder for each vendor)", d.testdata)
	}
	return files, nil
}

// sendAll sends one payload after the other while the stories of earlier ones
// are told, and the first one once more at the end.
func (d *demo) sendAll(ctx context.Context, files []string) <-chan sent {
	out := make(chan sent, len(files)+1)
	go func() {
		defer close(out)
		for i, file := range append(slices.Clone(files), files[0]) {
			result, err := hub.Send(ctx, d.config, file, hub.SendOptions{Live: true}, d.env)
			out <- sent{name: payloadName(file), result: result, err: err, again: i == len(files)}
			if ctx.Err() != nil {
				return
			}
		}
	}()
	return out
}

func payloadName(file string) string {
	return filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".body.json")
}

// problem notes what went wrong; the demo goes on.
func (d *demo) problem(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

// story tells one payload's way, once its last delivery has ended.
func (d *demo) story(ctx context.Context, s sent) error {
	if s.err != nil {
		return s.err
	}
	d.out.sent(s)
	if !s.result.OK {
		d.problem("%s was answered %d: %s", s.name, s.result.Status, s.result.Meaning)
		return nil
	}
	event, err := d.await(ctx, s.result.EventID)
	if err != nil {
		return err
	}
	why, err := hub.Explain(ctx, d.config, []string{s.result.EventID}, hub.ExplainOptions{}, d.env)
	if err != nil {
		return err
	}
	d.out.event(event, why[0], d.attempts(ctx, event), d.slack)
	d.judge(s, event)
	return nil
}

const (
	resultPatience = 15 * time.Second
	resultPause    = 40 * time.Millisecond
)

// await returns the event when nothing more happens to it, or as it stands after a while.
func (d *demo) await(ctx context.Context, id string) (*hub.EventDetail, error) {
	for until := time.Now().Add(resultPatience); ; {
		event, err := hub.ShowEvent(ctx, d.config, id, d.env)
		if err != nil {
			return nil, err
		}
		if ended(event) || time.Now().After(until) {
			return event, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-d.gone:
			return nil, fmt.Errorf("the hub ended:\n%s", d.lastWords())
		case <-time.After(resultPause):
		}
	}
}

func ended(e *hub.EventDetail) bool {
	return e.Outcome != "waiting" && !slices.ContainsFunc(e.Deliveries, func(d hub.DeliveryItem) bool { return d.State == "waiting" })
}

// attempts returns what earlier tries of deliveries met, by delivery.
func (d *demo) attempts(ctx context.Context, e *hub.EventDetail) map[string][]int {
	failed := map[string][]int{}
	for _, item := range e.Deliveries {
		if item.Tries < 2 {
			continue
		}
		detail, err := hub.ShowDelivery(ctx, d.config, item.ID, d.env)
		if err != nil {
			continue // the count of tries is shown all the same
		}
		for _, a := range detail.Failed {
			failed[item.ID] = append(failed[item.ID], a.Status)
		}
	}
	return failed
}

// judge notes what should not have happened.
func (d *demo) judge(s sent, e *hub.EventDetail) {
	switch e.Outcome {
	case "waiting":
		d.problem("%s (%s) was not routed within %s", s.name, e.ID, resultPatience)
	case "unmapped":
		d.problem("%s (%s) could not be read: %s", s.name, e.ID, e.Note)
	case "repeat":
		if !s.again {
			d.problem("%s (%s) was taken for a repeat of another payload", s.name, e.ID)
		}
	default:
		if s.again {
			d.problem("%s was sent twice and the second was taken for something new: %s", s.name, e.Outcome)
		}
	}
	for _, l := range e.Leads {
		if l.Outcome == "held" {
			d.problem("%s: a lead is held: %s", s.name, l.Note)
		}
	}
	for _, item := range e.Deliveries {
		switch item.State {
		case "delivered", "already there":
		case "skipped":
			// Superseded by a newer revision: said so in the note.
		default:
			d.problem("%s: the delivery to %s is %s: %s", s.name, destination(item.Output, item.Target), item.State, item.Note)
		}
	}
}

// forged sends a payload signed with a secret that is not the receiver's.
func (d *demo) forged(ctx context.Context, file string) error {
	env := d.env
	env.LookupEnv = func(name string) (string, bool) {
		value, ok := d.env.LookupEnv(name)
		if slices.Contains(vendorSecrets(), name) {
			value = secret()
		}
		return value, ok
	}
	result, err := hub.Send(ctx, d.config, file, hub.SendOptions{Live: true}, env)
	if err != nil {
		return err
	}
	d.out.forged(payloadName(file), result)
	if result.Status != 401 {
		d.problem("a request with a wrong signature was answered %d instead of 401", result.Status)
	}
	return nil
}

// sums compares the hub's books with the stand-ins'.
func (d *demo) sums(ctx context.Context) error {
	ledger, err := exec.CommandContext(ctx, d.hub, "ledger", "-c", d.config).CombinedOutput() //nolint:gosec // the hub's own binary
	if err != nil {
		d.problem("leadhub ledger: %v", err)
	}
	d.out.ledger(string(ledger))
	slack, crm := d.slack.standing(), d.crm.standing()
	d.out.standing("Slack has", slack)
	d.out.standing("The CRM has", crm)
	for name, st := range map[string]standing{"Slack": slack, "the CRM": crm} {
		if st.duplicates > 0 {
			d.problem("%s got %s twice", name, plural(st.duplicates, "delivery"))
		}
		for _, why := range st.refused {
			d.problem("%s refused a request: %s", name, why)
		}
	}
	return nil
}

// serve goes on until Ctrl-C and shows what arrives.
func (d *demo) serve(ctx context.Context) {
	for len(d.news) > 0 {
		<-d.news
	}
	d.out.serving(d)
	for {
		select {
		case <-ctx.Done():
			d.out.line("")
			return
		case <-d.gone:
			d.out.line("The hub ended:\n%s", d.lastWords())
			return
		case line := <-d.news:
			d.out.line("  %s %s", d.out.paint(green, "→"), clip(clean(line), lineWidth-4))
		}
	}
}
