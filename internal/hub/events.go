package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/outputs"
)

// EventItem is one received event in a list.
type EventItem struct {
	ID         string    `json:"id"` // evt_42
	Receiver   string    `json:"receiver"`
	Channel    string    `json:"channel"`
	ReceivedAt time.Time `json:"received_at"`
	// Outcome is waiting until the event is routed; then repeat, unmapped, notice,
	// test or echo; of one with leads, leads, or repeat, stale or test if all of them are.
	Outcome string `json:"outcome"`
	// Note says why, where there is something to say: what could not be read.
	Note string `json:"note,omitempty"`
	// Leads says what became of each lead in it.
	Leads []LeadOutcome `json:"leads"`
}

// LeadOutcome is what became of one lead of one event.
type LeadOutcome struct {
	Event    string `json:"event"`
	Lead     string `json:"lead"`
	Name     string `json:"name,omitempty"`
	Revision int    `json:"revision"`
	Outcome  string `json:"outcome"`
	Route    string `json:"route,omitempty"`
	Note     string `json:"note,omitempty"`
	Config   string `json:"config,omitempty"` // hash of the configuration that decided
	Run      int64  `json:"run,omitempty"`    // the replay that decided
}

// EventDetail is one event with all that is kept of it.
type EventDetail struct {
	EventItem
	// Header holds the headers that were kept; never a signature or a token.
	Header http.Header `json:"headers,omitempty"`
	// Config is the hash of the configuration that decided, and Lists the versions of
	// the tables and holidays it decided with; empty while the event waits.
	Config string   `json:"config,omitempty"`
	Lists  []string `json:"lists,omitempty"`
	// Body is the payload as received: JSON where it is JSON, else a string.
	Body       json.RawMessage `json:"body"`
	Notice     *outputs.Notice `json:"notice,omitempty"`
	Deliveries []DeliveryItem  `json:"deliveries"`
}

// ListEvents returns the newest events first.
func ListEvents(ctx context.Context, configFile string, o ListOptions, env Env) ([]EventItem, error) {
	if env.Hub != nil {
		return env.Hub.listEvents(ctx, o)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := r.filter(o)
	if err != nil {
		return nil, err
	}
	if o.State != "" {
		if f.Outcome, err = word("state", o.State, outcomeWords(false)); err != nil {
			return nil, err
		}
		f.Waiting = f.Outcome == store.OutcomeNone
	}
	rows, err := r.ListEvents(ctx, f)
	if err != nil {
		return nil, err
	}
	items := make([]EventItem, len(rows))
	for i := range rows {
		items[i] = r.eventItem(&rows[i])
	}
	return items, r.nameOrEmpty(len(rows), o)
}

// ShowEvent returns one event with its leads and deliveries.
func ShowEvent(ctx context.Context, configFile, id string, env Env) (*EventDetail, error) {
	if env.Hub != nil {
		return env.Hub.showEvent(ctx, id)
	}
	n, ok := EventNumber(id)
	if !ok {
		return nil, notAnEvent(id)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	row, err := r.event(ctx, n)
	if err != nil {
		return nil, err
	}
	d := &EventDetail{EventItem: r.eventItem(row), Body: asJSON(row.Body)}
	if d.Header, err = pipeline.DecodeMeta(row.Meta); err != nil {
		return nil, err
	}
	for _, c := range latest(row.Decisions) {
		if c.Outcome == store.OutcomeNotice && c.Body != nil {
			d.Notice = &outputs.Notice{}
			if err := json.Unmarshal(c.Body, d.Notice); err != nil {
				return nil, fmt.Errorf("%s: the kept notice cannot be read: %w", d.ID, err)
			}
		}
	}
	if decided := latest(row.Decisions)[0]; decided != nil {
		if d.Config, _, err = r.ConfigBody(ctx, decided.Config); err != nil {
			return nil, err
		}
		lists, err := r.listVersions(ctx, decided.Config)
		if err != nil {
			return nil, err
		}
		d.Lists = lists.Names()
	}
	deliveries, err := r.DeliveriesOfEvent(ctx, n)
	if err != nil {
		return nil, err
	}
	d.Deliveries, err = r.deliveryItems(ctx, deliveries)
	return d, err
}

// EventBody returns the payload of an event as it is kept, byte for byte.
func EventBody(ctx context.Context, configFile, id string, env Env) ([]byte, error) {
	if env.Hub != nil {
		return env.Hub.eventBody(ctx, id)
	}
	n, ok := EventNumber(id)
	if !ok {
		return nil, notAnEvent(id)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	row, err := r.event(ctx, n)
	if err != nil {
		return nil, err
	}
	return row.Body, nil
}

func notAnEvent(id string) error {
	return usagef("%q is not the id of an event: it looks like evt_42; `leadhub events list` shows them", id)
}

func (r *reader) event(ctx context.Context, n int64) (*store.EventRow, error) {
	row, err := r.ShowEvent(ctx, n)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notTheref("there is no event %s: `leadhub events list` shows the newest", store.EventID(n))
	}
	return row, err
}

func (r *reader) eventItem(row *store.EventRow) EventItem {
	item := EventItem{
		ID:         store.EventID(row.ID),
		Receiver:   row.Receiver,
		Channel:    row.Channel.String(),
		ReceivedAt: row.At,
		Outcome:    store.OutcomeNone.String(),
		Leads:      []LeadOutcome{},
	}
	byN := latest(row.Decisions)
	for _, n := range slices.Sorted(maps.Keys(byN)) {
		d := byN[n]
		if d.LeadID == "" {
			item.Outcome, item.Note = d.Outcome.String(), d.Note
			continue
		}
		item.Leads = append(item.Leads, leadOutcome(d))
	}
	if len(item.Leads) > 0 {
		item.Outcome = outcomeOfLeads(item.Leads)
	}
	return item
}

// outcomeOfLeads is the outcome of an event with leads, as the ledger counts it.
func outcomeOfLeads(leads []LeadOutcome) string {
	for _, whole := range []store.Outcome{store.OutcomeRepeat, store.OutcomeStale, store.OutcomeTest} {
		if !slices.ContainsFunc(leads, func(l LeadOutcome) bool { return l.Outcome != whole.String() }) {
			return whole.String()
		}
	}
	return store.OutcomeLeads.String()
}

func leadOutcome(d *store.DecisionRow) LeadOutcome {
	o := LeadOutcome{
		Event: store.EventID(d.EventID), Lead: d.LeadID, Revision: d.Revision,
		Outcome: d.Outcome.String(), Route: d.Route, Note: d.Note, Run: d.Run,
	}
	var l lead.Lead
	if d.Body != nil && json.Unmarshal(d.Body, &l) == nil {
		o.Name = l.DisplayName()
	}
	return o
}

// asJSON returns data as it is where it is JSON, else as a JSON string.
func asJSON(data []byte) json.RawMessage {
	if json.Valid(data) {
		return data
	}
	text, err := json.Marshal(string(data))
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// EventNumber reads the id of an event: evt_42.
func EventNumber(id string) (int64, bool) { return store.ParseEventID(id) }
