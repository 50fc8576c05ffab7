package pipeline

import (
	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/routes"
)

// newDelivery builds what outputs see of a delivery.
func newDelivery(cfg *config.Config, o *config.Output, table *routes.Table, j *store.Job) (*outputs.Delivery, error) {
	d := &outputs.Delivery{
		ID: j.PublicID(), Target: j.Target, Route: j.Route, Because: clausesOf(table, j), Attempt: j.Tries + 1, EventID: store.EventID(j.EventID),
		HubURL: cfg.Server.PublicURL, OnUpdate: o.Policy.OnUpdate, Data: cfg.Data,
	}
	var err error
	if j.LeadID == "" {
		d.Notice, err = decodeNotice(j.Body)
	} else if d.Lead = j.Lead; d.Lead == nil {
		d.Lead, err = decodeJSON[lead.Lead](j.Body)
	}
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	if j.Previous != nil {
		d.Previous = &outputs.Sent{Revision: j.Previous.Revision, RemoteID: j.Previous.Remote}
	}
	return d, nil
}

// clausesOf returns the clauses of the route that chose a delivery's output, as the
// deciding configuration wrote them. They were all true, or it had not matched.
func clausesOf(table *routes.Table, j *store.Job) []string {
	if table == nil {
		return nil
	}
	list := table.Routes
	if j.LeadID == "" {
		list = table.Notices
	}
	for i := range list {
		if r := &list[i]; r.Name == j.Route && r.When != nil {
			return r.When.Clauses()
		}
	}
	return nil
}
