package config

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// The bounds and defaults of what every output has.
const (
	defaultTimeout = 10 * time.Second
	maxTimeout     = 12 * time.Second
	defaultGiveUp  = 72 * time.Hour
	maxConcurrency = 1000
	maxRetries     = 100
)

func defaultRetry() []time.Duration {
	return []time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 24 * time.Hour,
	}
}

// outputKeys are the keys every output has beside its own.
func outputKeys() []string {
	return []string{"type", "concurrency", "rate", "timeout", "retry", "give_up_after", "on_update", "on_ambiguous"}
}

// outputs reads the `outputs:` section.
func (l *loader) outputs(doc *block) {
	l.names.used = map[string]bool{}
	n := doc.get("outputs")
	if n == nil {
		l.missing("there are no `outputs`", "add at least one, as in config.example.yaml")
		return
	}
	before := l.errors()
	list := l.entries("outputs", n)
	if len(list) == 0 && l.errors() == before && !silent(n) && !l.src.damaged {
		l.errorf(doc.key("outputs"), "add at least one, as in config.example.yaml", "`outputs` is empty")
	}
	for _, e := range list {
		l.names.outputs = append(l.names.outputs, e.name)
		if e.block != nil {
			l.output(e)
		}
	}
}

func (l *loader) output(e entry) {
	kind, ok := kindOf(l, e, "output", l.kinds.Outputs)
	var result built[outputs.Output]
	var open func() (outputs.Output, bool)
	if ok {
		result, open = build(l, e, kind, outputKeys())
	}
	if result.missing && l.opts.Offline {
		result = built[outputs.Output]{value: unsetOutput{name: e.name}, ok: true}
		open = nil
	}
	traits := outputs.Traits{OnUpdate: outputs.UpdateSend, Updates: allUpdates(), Concurrency: 1}
	if result.ok {
		traits = result.value.Traits()
	}
	policy := l.policy(e.block, traits)
	if !result.ok {
		return
	}
	l.config.Outputs = append(l.config.Outputs, Output{Name: e.name, Type: kind.Name, Output: result.value, Policy: policy})
	i := len(l.config.Outputs) - 1
	if open == nil {
		return
	}
	l.reopen = append(l.reopen, func() {
		// A constructor may return something open together with a complaint.
		if o, ok := open(); ok {
			l.config.Outputs[i].Output = o
		}
	})
}

func allUpdates() []outputs.OnUpdate {
	return []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateEdit, outputs.UpdateThread, outputs.UpdateIgnore}
}

// policy reads the keys that every output has.
func (l *loader) policy(b *block, traits outputs.Traits) Policy {
	p := Policy{
		Concurrency: max(1, traits.Concurrency), PerSecond: traits.PerSecond, Timeout: defaultTimeout,
		Retry: defaultRetry(), GiveUpAfter: defaultGiveUp, OnUpdate: traits.OnUpdate,
	}
	if n := b.get("concurrency"); n != nil {
		if v, ok := l.number(n, "`concurrency`", true); ok {
			if v < 1 || v > maxConcurrency {
				l.errorf(n, fmt.Sprintf("write a number from 1 to %d", maxConcurrency), "`concurrency` is how many sends may be under way at once")
			} else {
				p.Concurrency = int(v)
			}
		}
	}
	l.rate(b.get("rate"), &p.PerSecond)
	l.span(b.get("timeout"), "timeout", time.Millisecond, maxTimeout, &p.Timeout)
	l.span(b.get("give_up_after"), "give_up_after", time.Second, 3650*24*time.Hour, &p.GiveUpAfter)
	l.retry(b.get("retry"), &p.Retry)
	if n := b.get("on_update"); n != nil {
		words := make([]string, len(traits.Updates))
		for i, u := range traits.Updates {
			words[i] = string(u)
		}
		if v, ok := l.choice(n, "`on_update` of this output", words); ok {
			p.OnUpdate = outputs.OnUpdate(v)
		}
	}
	if n := b.get("on_ambiguous"); n != nil {
		v, ok := l.choice(n, "`on_ambiguous`", []string{"retry", "park"})
		p.ParkAmbiguous = ok && v == "park"
	}
	return p
}

// span reads a duration between two bounds.
func (l *loader) span(n *yaml.Node, key string, low, high time.Duration, into *time.Duration) bool {
	if n == nil {
		return true
	}
	d, ok := l.duration(n, "`"+key+"`")
	if !ok {
		return false
	}
	if v := time.Duration(d); v < low || v > high {
		suggestion := "write at most " + plugin.Duration(high).String()
		if v < low {
			suggestion = "write at least " + plugin.Duration(low).String()
		}
		l.errorf(n, suggestion, "`%s` is out of range", key)
		return false
	}
	*into = time.Duration(d)
	return true
}

func (l *loader) retry(n *yaml.Node, into *[]time.Duration) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && !isNull(n) && !silent(n) {
		l.errorf(n, "write a list, for example [5s, 30s, 2m]; the last one repeats", "`retry` takes the waits between attempts")
		return
	}
	items, ok := l.list(n, "`retry`")
	if !ok || isNull(n) {
		return
	}
	if len(items) == 0 || len(items) > maxRetries {
		l.errorf(n, "for example [5s, 30s, 2m]; the last one repeats", "`retry` takes 1 to %d waits", maxRetries)
		return
	}
	waits := make([]time.Duration, 0, len(items))
	for _, item := range items {
		var d time.Duration
		if l.span(item, "retry", 100*time.Millisecond, 30*24*time.Hour, &d) && d > 0 {
			waits = append(waits, d)
		}
	}
	if len(waits) == len(items) {
		*into = waits
	}
}

// rate reads "10/s", "600/m" or "1000/h" into sends per second.
func (l *loader) rate(n *yaml.Node, into *float64) {
	if n == nil {
		return
	}
	text, ok := l.text(n, "`rate`")
	if !ok {
		return
	}
	per, ok := parseRate(text)
	if !ok || per <= 0 {
		suggestion := "for example \"10/s\", \"600/m\" or \"1000/h\""
		if guess := guessRate(text); guess != "" {
			suggestion = "write \"" + guess + "\""
		}
		l.errorf(n, suggestion, "`rate` is a number of sends per s, m or h, and %s is not", l.quote(n))
		return
	}
	*into = per
}

func parseRate(text string) (perSecond float64, ok bool) {
	number, unit, found := strings.Cut(strings.TrimSpace(text), "/")
	v, err := strconv.ParseFloat(number, 64)
	if !found || err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	switch unit {
	case "s":
		return v, true
	case "m":
		return v / 60, true
	case "h":
		return v / 3600, true
	default:
		return 0, false
	}
}

// guessRate turns "10", "10 per second" or "10 / min" into what was meant.
func guessRate(text string) string {
	s := strings.ToLower(strings.TrimSpace(text))
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	number, unit := s, "s"
	if end >= 0 {
		number = s[:end]
		unit = strings.Trim(strings.NewReplacer("per", "", "/", "", " ", "", "rps", "s", "rpm", "m").Replace(s[end:]), " ")
	}
	if number == "" {
		return ""
	}
	for short, words := range map[string]string{"s": "s sec second seconds", "m": "m min minute minutes", "h": "h hr hour hours"} {
		if slices.Contains(strings.Fields(words), unit) {
			if _, ok := parseRate(number + "/" + short); ok {
				return number + "/" + short
			}
		}
	}
	return ""
}

// unsetOutput stands in for an output that cannot be built because a variable is
// not set, for commands that only look: routes may name it, nothing can be sent to it.
type unsetOutput struct{ name string }

var errUnset = errors.New("a variable of this output is not set")

// Traits allows everything, so that nothing is said about what is not known.
func (o unsetOutput) Traits() outputs.Traits {
	return outputs.Traits{OnUpdate: outputs.UpdateSend, Updates: allUpdates(), Concurrency: 1}
}

// CheckTarget accepts every target.
func (o unsetOutput) CheckTarget(string) error { return nil }

// Render says that the output is not there.
func (o unsetOutput) Render(*outputs.Delivery) (*outputs.Request, error) {
	return nil, outputs.Permanent(fmt.Errorf("%s: %w", o.name, errUnset))
}

// Send says that the output is not there.
func (o unsetOutput) Send(context.Context, *outputs.Delivery, *outputs.Request) (outputs.Receipt, error) {
	return outputs.Receipt{}, outputs.Pause(fmt.Errorf("%s: %w", o.name, errUnset))
}
