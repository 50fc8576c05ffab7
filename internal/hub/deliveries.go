package hub

import (
	"context"
	"slices"
	"strings"
	"time"

	"leadhub/internal/store"
)

// DeliveryItem is one delivery where it stands.
type DeliveryItem struct {
	ID       string `json:"id"` // ld_….r1.… or, of a notice, evt_42.…
	Event    string `json:"event"`
	Lead     string `json:"lead,omitempty"` // "" for a notice
	Revision int    `json:"revision,omitempty"`
	Receiver string `json:"receiver"`
	Output   string `json:"output"`
	Target   string `json:"target,omitempty"`
	Route    string `json:"route,omitempty"`
	// State is waiting, delivered, already there, paused, refused, gave up or skipped.
	State     string     `json:"state"`
	Tries     int        `json:"tries"`
	Status    int        `json:"status,omitempty"` // HTTP status of the last try
	Note      string     `json:"note,omitempty"`
	RemoteID  string     `json:"remote_id,omitempty"` // the record or message at the target
	CreatedAt time.Time  `json:"created_at"`
	NextTry   *time.Time `json:"next_try,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	// Run is the replay that sends it once more; 0: it goes out for the first time.
	Run int64 `json:"run,omitempty"`
	// Pause is why it waits and until when, where its output or target is paused.
	Pause *store.Pause `json:"pause,omitempty"`
}

// DeliveryDetail is one delivery with the tries that failed.
type DeliveryDetail struct {
	DeliveryItem
	Failed []store.Attempt `json:"failed_tries"`
}

// ListDeliveries returns the newest deliveries first.
func ListDeliveries(ctx context.Context, configFile string, o ListOptions, env Env) ([]DeliveryItem, error) {
	if env.Hub != nil {
		return env.Hub.listDeliveries(ctx, o)
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
		state, err := word("state", o.State, deliveryStates())
		if err != nil {
			return nil, err
		}
		f.State = &state
	}
	rows, err := r.ListDeliveries(ctx, f)
	if err != nil {
		return nil, err
	}
	items, err := r.deliveryItems(ctx, rows)
	if err != nil {
		return nil, err
	}
	return items, r.nameOrEmpty(len(rows), o)
}

// ShowDelivery returns one delivery with the tries that failed.
func ShowDelivery(ctx context.Context, configFile, id string, env Env) (*DeliveryDetail, error) {
	if env.Hub != nil {
		return env.Hub.showDelivery(ctx, id)
	}
	of, _, ok := strings.Cut(id, ".")
	event, isEvent := EventNumber(of)
	if !ok || !isEvent && !strings.HasPrefix(of, "ld_") {
		return nil, usagef("%q is not the id of a delivery: it looks like ld_….r1.…; `leadhub deliveries list` shows them", id)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var rows []store.DeliveryRow
	if isEvent {
		rows, err = r.DeliveriesOfEvent(ctx, event)
	} else {
		rows, err = r.DeliveriesOfLead(ctx, of)
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(d store.DeliveryRow) bool { return d.PublicID() == id })
	if i < 0 {
		return nil, notTheref("there is no delivery %s: `leadhub deliveries list` shows the newest", id)
	}
	items, err := r.deliveryItems(ctx, rows[i:i+1])
	if err != nil {
		return nil, err
	}
	d := &DeliveryDetail{DeliveryItem: items[0]}
	if d.Failed, err = r.Attempts(ctx, rows[i].ID); err != nil {
		return nil, err
	}
	if d.Failed == nil {
		d.Failed = []store.Attempt{}
	}
	return d, nil
}

// deliveryItems makes items of rows, those that are paused with the reason.
func (r *reader) deliveryItems(ctx context.Context, rows []store.DeliveryRow) ([]DeliveryItem, error) {
	items := make([]DeliveryItem, len(rows))
	var pauses []store.Pause
	for i := range rows {
		items[i] = deliveryItem(&rows[i])
		if rows[i].State != store.StatePaused {
			continue
		}
		if pauses == nil {
			var err error
			if pauses, err = r.Pauses(ctx); err != nil {
				return nil, err
			}
		}
		items[i].Pause = pauseOf(pauses, &rows[i])
	}
	return items, nil
}

// pauseOf returns the pause that keeps a delivery back; a person's before the hub's.
func pauseOf(pauses []store.Pause, d *store.DeliveryRow) *store.Pause {
	var found *store.Pause
	for i, p := range pauses {
		if p.Output == d.Output && (p.Target == "" || p.Target == d.Target) && (found == nil || p.ByPerson) {
			found = &pauses[i]
		}
	}
	return found
}

func deliveryItem(d *store.DeliveryRow) DeliveryItem {
	item := DeliveryItem{
		ID: d.PublicID(), Event: store.EventID(d.EventID), Lead: d.LeadID, Revision: d.Revision,
		Receiver: d.Receiver, Output: d.Output, Target: d.Target, Route: d.Route, State: d.State.String(),
		Tries: d.Tries, Status: d.Status, Note: d.Note, RemoteID: d.Remote, CreatedAt: d.At, Run: d.Again,
	}
	if !d.Due.IsZero() {
		item.NextTry = &d.Due
	}
	if !d.Done.IsZero() {
		item.EndedAt = &d.Done
	}
	return item
}
