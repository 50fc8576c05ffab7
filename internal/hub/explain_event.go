package hub

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/plugin"
	"leadhub/internal/store"
	"leadhub/receivers"
)

// explainEvent says what happened to an event of the hub: the same bytes go
// through the configuration that decided, which gives the same decision.
func explainEvent(ctx context.Context, today *opened, n int64, useToday bool, env Env) (*Explanation, error) {
	r, err := newReader(ctx, today, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	row, err := r.event(ctx, n)
	if err != nil {
		return nil, err
	}
	decisions := latest(row.Decisions)
	c, note, changed, err := r.decidingConfig(ctx, decisions, useToday, env)
	if err != nil {
		return nil, err
	}
	header, err := pipeline.DecodeMeta(row.Meta)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Receiver: row.Receiver, ReceivedAt: row.At.In(c.Timezone), Stories: []Story{}, Config: c.Hash, Lists: c.Versions.Names()}
	var kept map[int]*store.DecisionRow
	if changed {
		kept = routedOnes(decisions)
	}
	if receiver := c.Receiver(row.Receiver); receiver != nil {
		req := &receivers.Request{Method: http.MethodPost, Path: receiver.Path, Header: header, Body: row.Body, ReceivedAt: row.At}
		e = explain(c, receiver, req, row.Channel.String(), func(i int) bool {
			d, ok := decisions[i]
			return !ok || d.Revision <= 1
		}, kept)
	} else {
		e.Unmapped = fmt.Sprintf("the configuration has no receiver named %q", row.Receiver)
	}
	e.Input = store.EventID(n)
	e.Verification = Verification{Result: VerifiedYes, Reason: "when it was received"}
	e.Decided = !useToday && len(decisions) > 0
	if note != "" {
		e.Notes = append(e.Notes, note)
	}
	if len(decisions) == 0 {
		e.Outcome = store.OutcomeNone.String()
		e.Notes = append(e.Notes, "the hub has not decided about this event yet: this is what it would do")
		return e, nil
	}
	if useToday {
		if first := decisions[0]; first != nil && first.Outcome == store.OutcomeEcho && first.LeadID == "" && !isEcho(e) {
			e.Notes = append(e.Notes, "the hub knew it for an echo, which the payload alone does not show: "+first.Note)
		}
		return e, nil
	}
	return e, r.asDecided(ctx, e, n, decisions)
}

// isEcho says whether the explanation found an echo by itself.
func isEcho(e *Explanation) bool {
	return slices.ContainsFunc(e.Stories, func(s Story) bool { return s.Outcome == store.OutcomeEcho.String() })
}

// latest returns the decisions by their place in the event; a replay's replace those before it.
func latest(rows []store.DecisionRow) map[int]*store.DecisionRow {
	byN := map[int]*store.DecisionRow{}
	for i := range rows {
		byN[rows[i].N] = &rows[i]
	}
	return byN
}

// routedOnes leaves the decisions of which there is a trace.
func routedOnes(decisions map[int]*store.DecisionRow) map[int]*store.DecisionRow {
	out := map[int]*store.DecisionRow{}
	for n, d := range decisions {
		if len(d.Trace) > 0 {
			out[n] = d
		}
	}
	return out
}

// decidingConfig returns the configuration that decided, as it was kept, or
// today's. The note says where they may differ; changed, that the lists hold
// something else today, so that only what is kept of a decision tells how it came about.
func (r *reader) decidingConfig(ctx context.Context, decisions map[int]*store.DecisionRow, useToday bool, env Env) (c *config.Config, note string, changed bool, err error) {
	first := decisions[0]
	if useToday || first == nil {
		return r.c.Config, "", false, nil
	}
	hash, body, err := r.ConfigBody(ctx, first.Config)
	if err != nil {
		return nil, "", false, fmt.Errorf("the configuration that decided cannot be read: %w", err)
	}
	if hash == r.c.Hash {
		return r.c.Config, "", false, nil
	}
	lists, err := r.listVersions(ctx, first.Config)
	if err != nil {
		return nil, "", false, err
	}
	changed = lists.Encode() != r.c.Versions.Encode()
	c, problems := config.Parse(r.c.File, body, env.Kinds, config.Options{
		Getenv: r.c.lookup, Offline: true, Now: env.Now, Logger: slog.New(slog.DiscardHandler), Build: env.Build, Kept: &lists,
	})
	if c == nil {
		for _, p := range problems {
			if p.Severity == plugin.SeverityError {
				return r.c.Config, "the configuration that decided (" + hash + ") is not one this version of leadhub understands (" + p.Message + "): this is what today's says", false, nil
			}
		}
	}
	switch {
	case !bytes.Equal(body, r.c.Source):
		note = "the configuration has been changed since: this is the one that decided (" + hash + "); --today shows what today's says"
	case changed:
		note = "the lists have changed since" + versionsToday(r.c.Versions) + ": what was true and what was not is as the hub saw it, but what stood in lists that have changed is not shown; --today shows what today's say"
	default:
		note = "another version of leadhub decided, with the configuration of today"
	}
	return c, note, changed, nil
}

// versionsToday names the lists as they are now, without those that cannot be read.
func versionsToday(v config.Versions) string {
	names := slices.DeleteFunc(v.Names(), func(n string) bool { return strings.HasSuffix(n, "@") })
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + " today)"
}

// listVersions returns the versions of the lists that a kept configuration decided with.
func (r *reader) listVersions(ctx context.Context, id int64) (config.Versions, error) {
	text, err := r.ConfigLists(ctx, id)
	if err != nil {
		return config.Versions{}, fmt.Errorf("the lists that decided cannot be read: %w", err)
	}
	return config.DecodeVersions(text)
}

// asDecided puts what is kept of the decisions in the place of what was computed
// anew, and says so where the two differ.
func (r *reader) asDecided(ctx context.Context, e *Explanation, event int64, decisions map[int]*store.DecisionRow) error {
	deliveries, err := r.DeliveriesOfEvent(ctx, event)
	if err != nil {
		return err
	}
	if first := decisions[0]; len(decisions) == 1 && first.LeadID == "" {
		switch first.Outcome {
		case store.OutcomeUnmapped:
			e.Unmapped = first.Note
		case store.OutcomeNotice, store.OutcomeTest:
		default:
			e.Outcome, e.Stories = first.Outcome.String(), []Story{}
			if first.Note != "" {
				e.Notes = append(e.Notes, first.Note)
			}
		}
	}
	for i := range e.Stories {
		d, ok := decisions[i]
		if !ok {
			e.Notes = append(e.Notes, fmt.Sprintf("lead %d was not found when the hub decided", i+1))
			continue
		}
		s := &e.Stories[i]
		for k := range deliveries {
			if deliveries[k].Decision == d.ID {
				s.Deliveries = append(s.Deliveries, deliveryItem(&deliveries[k]))
			}
		}
		s.kept(d)
	}
	return nil
}

// kept makes a story say what was decided.
func (s *Story) kept(d *store.DecisionRow) {
	if s.Lead != nil {
		s.Lead.Revision = d.Revision
	}
	switch d.Outcome {
	case store.OutcomeRepeat, store.OutcomeStale, store.OutcomeMerged, store.OutcomeEcho:
		s.Outcome, s.Reason, s.Route = d.Outcome.String(), d.Note, d.Route
		s.Tests, s.Routes, s.Matched, s.Destinations, s.Errors = nil, []Step{}, nil, []Destination{}, nil
		return
	default:
	}
	if s.Outcome != d.Outcome.String() || s.Route != d.Route {
		s.Errors = append(s.Errors, fmt.Sprintf("the hub decided %s by %q: it saw something else than this computation", d.Outcome, d.Route))
		s.Outcome, s.Route, s.Matched = d.Outcome.String(), d.Route, nil
	}
}
