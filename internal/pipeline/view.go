package pipeline

import (
	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/outputs"
	"leadhub/routes"
)

// View returns the output as the routes that sent d there want it: table is the
// routing table that decided, and trace what it noted. Routes are found again by
// their names, so that an edited text counts for what still waits.
func View(o *config.Output, table *routes.Table, trace []byte, d *outputs.Delivery) outputs.Output {
	if len(o.Sends) == 0 {
		return o.Output
	}
	notice := d.Lead == nil
	isTest := notice && d.Notice != nil && d.Notice.IsTest || !notice && d.Lead.IsTest
	section := config.SectionRoutes
	switch {
	case isTest && d.Route == routes.TestsName:
		return o.For(config.SectionTests, []string{d.Route}, d.Target)
	case notice:
		section = config.SectionNotices
	}
	names := []string{d.Route}
	if table != nil {
		// The last route stands in where another one could not make its target.
		names = append(table.Sent(trace, notice), d.Route)
		if n := len(table.Routes); !notice && n > 0 {
			names = append(names, table.Routes[n-1].Name)
		}
	}
	return o.For(section, names, d.Target)
}

// view is View for a delivery of the hub.
func (h *Hub) view(o *output, j *store.Job, d *outputs.Delivery) outputs.Output {
	if len(o.Sends) == 0 {
		return o.Output.Output
	}
	return View(&o.Output, h.tableOf(j.Config), j.Trace, d)
}
