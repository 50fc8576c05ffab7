package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"leadhub/internal/store"
	"leadhub/lead"
)

// LeadItem is one lead, in its current revision, in a list.
type LeadItem struct {
	ID         string    `json:"id"` // ld_…
	Revision   int       `json:"revision"`
	Name       string    `json:"name"`
	Company    string    `json:"company,omitempty"`
	Email      string    `json:"email,omitempty"`
	Potential  string    `json:"lead_potential"`
	Score      *int      `json:"score,omitempty"`
	IsTest     bool      `json:"is_test"`
	Receiver   string    `json:"receiver"`
	ReceivedAt time.Time `json:"received_at"`
	Event      string    `json:"event"` // the event that brought this revision
	Outcome    string    `json:"outcome"`
	Route      string    `json:"route,omitempty"`
	Note       string    `json:"note,omitempty"`
}

// LeadDetail is one lead with its history.
type LeadDetail struct {
	LeadItem
	Lead       *lead.Lead     `json:"lead"`
	History    []LeadOutcome  `json:"history"` // every decision about it, oldest first
	Deliveries []DeliveryItem `json:"deliveries"`
}

// ListLeads returns leads in their current revision, the newest first.
func ListLeads(ctx context.Context, configFile string, o ListOptions, env Env) ([]LeadItem, error) {
	if env.Hub != nil {
		return env.Hub.listLeads(ctx, o)
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
		if f.Outcome, err = word("state", o.State, outcomeWords(true)); err != nil {
			return nil, err
		}
	}
	rows, err := r.ListLeads(ctx, f)
	if err != nil {
		return nil, err
	}
	items := make([]LeadItem, len(rows))
	for i := range rows {
		if items[i], _, err = leadItem(&rows[i]); err != nil {
			return nil, err
		}
	}
	return items, r.nameOrEmpty(len(rows), o)
}

// ShowLead returns one lead with every decision about it and every delivery of it.
func ShowLead(ctx context.Context, configFile, id string, env Env) (*LeadDetail, error) {
	if env.Hub != nil {
		return env.Hub.showLead(ctx, id)
	}
	if !strings.HasPrefix(id, "ld_") || strings.Contains(id, ".") {
		return nil, usagef("%q is not the id of a lead: it looks like ld_ and 26 letters and digits; `leadhub leads list` shows them", id)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	row, history, err := r.ShowLead(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notTheref("there is no lead %s: `leadhub leads list` shows the newest", id)
	}
	if err != nil {
		return nil, err
	}
	d := &LeadDetail{History: make([]LeadOutcome, len(history))}
	if d.LeadItem, d.Lead, err = leadItem(row); err != nil {
		return nil, err
	}
	for i := range history {
		d.History[i] = leadOutcome(&history[i])
		if hash, _, err := r.ConfigBody(ctx, history[i].Config); err == nil {
			d.History[i].Config = hash
		}
	}
	deliveries, err := r.DeliveriesOfLead(ctx, id)
	if err != nil {
		return nil, err
	}
	d.Deliveries, err = r.deliveryItems(ctx, deliveries)
	return d, err
}

func leadItem(row *store.LeadRow) (LeadItem, *lead.Lead, error) {
	d := &row.Decision
	l := &lead.Lead{}
	if d.Body != nil {
		if err := json.Unmarshal(d.Body, l); err != nil {
			return LeadItem{}, nil, fmt.Errorf("%s: the kept lead cannot be read: %w", row.PublicID, err)
		}
	}
	item := LeadItem{
		ID: row.PublicID, Revision: row.Revision, Name: l.DisplayName(), Company: l.Company.Name, Email: l.PrimaryEmail(),
		Potential: string(l.LeadPotential), Score: l.Score, IsTest: l.IsTest, Receiver: d.Receiver, ReceivedAt: row.At,
		Event: store.EventID(d.EventID), Outcome: d.Outcome.String(), Route: d.Route, Note: d.Note,
	}
	return item, l, nil
}
