package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"leadhub/internal/store"
)

// RetryOptions select deliveries to try again: by id, by state, or all that did not
// arrive. The other fields narrow it.
type RetryOptions struct {
	IDs      []string `json:"ids,omitempty"`
	States   []string `json:"states,omitempty"` // refused, gave up, paused, waiting
	All      bool     `json:"all,omitempty"`    // every state that can be tried again
	Receiver string   `json:"receiver,omitempty"`
	Output   string   `json:"output,omitempty"`
	Since    string   `json:"since,omitempty"` // made since then, as When reads it
	// Count only says what would be done.
	Count bool `json:"count,omitempty"`
}

// RetryResult says what was made due, or, with Count, would be.
type RetryResult struct {
	Deliveries int            `json:"deliveries"`
	States     map[string]int `json:"states"`  // by the state they were in
	Outputs    map[string]int `json:"outputs"` // by output
	// Replaced were left alone because a newer revision of the lead was made, Removed
	// because the configuration has no such output, Ended (of ids) because they
	// arrived, or were skipped, or are being sent.
	Replaced int `json:"replaced,omitempty"`
	Removed  int `json:"removed,omitempty"`
	Ended    int `json:"ended,omitempty"`
	// StillPaused are the outputs that a person paused: theirs go out when they are resumed.
	StillPaused []string `json:"still_paused"`
	Running     bool     `json:"running"` // a hub runs and sends them
}

// retryStates are the states that a delivery can be tried again from.
func retryStates() []store.State {
	return []store.State{store.StateRefused, store.StateGaveUp, store.StatePaused, store.StateWaiting}
}

// RetryDeliveries makes deliveries due now.
func RetryDeliveries(ctx context.Context, configFile string, o RetryOptions, env Env) (*RetryResult, error) {
	return act(ctx, configFile, env, false, func(a Actions) (*RetryResult, error) { return a.RetryDeliveries(ctx, o) })
}

// RetryDeliveries implements Actions.
func (a *acting) RetryDeliveries(ctx context.Context, o RetryOptions) (*RetryResult, error) {
	f, err := a.retryFilter(ctx, o)
	if err != nil {
		return nil, err
	}
	n, err := a.acts.RetryDeliveries(ctx, f, o.Count)
	if err != nil {
		return nil, err
	}
	r := &RetryResult{
		States: map[string]int{}, Outputs: n.Outputs, Replaced: n.Replaced, Removed: n.Removed, Ended: n.Ended,
		StillPaused: []string{}, Running: a.acts.Running(),
	}
	for st, many := range n.Due {
		r.States[st.String()] += many
		r.Deliveries += many
	}
	pauses, err := a.acts.Store().Pauses(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range pauses {
		if p.ByPerson && n.Outputs[p.Output] > 0 {
			r.StillPaused = append(r.StillPaused, p.Output)
		}
	}
	return r, nil
}

func (a *acting) retryFilter(ctx context.Context, o RetryOptions) (f store.RetryFilter, err error) {
	switch {
	case len(o.IDs) == 0 && len(o.States) == 0 && !o.All:
		return f, usagef("say which: ids of deliveries, --state refused, gave-up, paused or waiting, or --all")
	case len(o.IDs) > 0 && (len(o.States) > 0 || o.All || o.Output != "" || o.Receiver != "" || o.Since != ""):
		return f, usagef("ids name deliveries one by one: leave out the other flags")
	case len(o.IDs) > store.MaxRetryIDs:
		return f, usagef("at most %d ids at once: use --state and --output for more", store.MaxRetryIDs)
	}
	f.Output, f.Receiver = o.Output, o.Receiver
	if names := outputNames(a.acts.Config()); o.Output != "" && !slices.Contains(names, o.Output) {
		return f, &UsageError{Message: unknown("output", o.Output, names)}
	}
	if names := receiverNames(a.acts.Config()); o.Receiver != "" && !slices.Contains(names, o.Receiver) {
		return f, &UsageError{Message: unknown("receiver", o.Receiver, names)}
	}
	if o.Since != "" {
		if f.Since, err = When("--since", o.Since, a.zone(), a.env.Now(), Past); err != nil {
			return f, err
		}
	}
	if o.All {
		f.States = retryStates()
	}
	for _, text := range o.States {
		st, err := word("state to try again", text, retryStates())
		if err != nil {
			return f, err
		}
		if !slices.Contains(f.States, st) {
			f.States = append(f.States, st)
		}
	}
	for _, id := range o.IDs {
		row, err := a.delivery(ctx, id)
		if err != nil {
			return f, err
		}
		if why := cannotRetry(row); why != "" && len(o.IDs) == 1 {
			return f, fmt.Errorf("%s %s", id, why)
		}
		f.IDs = append(f.IDs, row.ID)
	}
	return f, nil
}

// delivery finds a delivery by its public id.
func (a *acting) delivery(ctx context.Context, id string) (*store.DeliveryRow, error) {
	of, _, ok := strings.Cut(id, ".")
	event, isEvent := EventNumber(of)
	if !ok || !isEvent && !strings.HasPrefix(of, "ld_") {
		return nil, usagef("%q is not the id of a delivery: it looks like ld_….r1.…; `leadhub deliveries list` shows them", Shorten(id))
	}
	var rows []store.DeliveryRow
	var err error
	if isEvent {
		rows, err = a.acts.Store().DeliveriesOfEvent(ctx, event)
	} else {
		rows, err = a.acts.Store().DeliveriesOfLead(ctx, of)
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(d store.DeliveryRow) bool { return d.PublicID() == id })
	if i < 0 {
		return nil, notTheref("there is no delivery %s: `leadhub deliveries list` shows the newest", id)
	}
	return &rows[i], nil
}

// cannotRetry says why a delivery cannot be tried again, "" if it can.
func cannotRetry(d *store.DeliveryRow) string {
	switch d.State {
	case store.StateDelivered, store.StateAlreadyThere:
		return "has arrived: `leadhub replay " + store.EventID(d.EventID) + " --again` sends it once more"
	case store.StateSkipped:
		return "was skipped: " + d.Note
	case store.StateSending:
		return "is being sent at this moment"
	default:
		return ""
	}
}
