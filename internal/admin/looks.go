package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"leadhub/internal/hub"
)

// looks are the endpoints that change nothing. Each is a GET.
func (a *api) looks(mux *http.ServeMux) {
	o := a.o
	get := func(path string, h http.HandlerFunc) { mux.HandleFunc("GET "+hub.APIPath+path, h) }

	get("/events", list(a, hub.ListEvents))
	get("/events/{id}", show(a, hub.ShowEvent))
	get("/events/{id}/body", a.eventBody)
	get("/events/{id}/explanation", look(a, func(r *http.Request) (*hub.Explanation, error) {
		return hub.ExplainEvent(r.Context(), o.ConfigFile, r.PathValue("id"), r.URL.Query().Get("today") == "true", o.Env)
	}, "today"))
	get("/leads", list(a, hub.ListLeads))
	get("/leads/{id}", show(a, hub.ShowLead))
	get("/deliveries", list(a, hub.ListDeliveries))
	get("/deliveries/{id}", show(a, hub.ShowDelivery))
	get("/rejects", list(a, hub.ListRejects))
	get("/runs", list(a, hub.ListRuns))
	get("/report/vendors", look(a, func(r *http.Request) (*hub.VendorReport, error) {
		q := r.URL.Query()
		return hub.ReportVendors(r.Context(), o.ConfigFile, hub.ReportOptions{From: q.Get("from"), Until: q.Get("until"), Receiver: q.Get("receiver")}, o.Env)
	}, "from", "until", "receiver"))
	get("/outputs", look(a, func(r *http.Request) ([]hub.OutputItem, error) {
		return hub.ListOutputs(r.Context(), o.ConfigFile, o.Env)
	}))
	get("/outputs/{name}/preview/{event}", look(a, func(r *http.Request) (*hub.Preview, error) {
		if _, ok := hub.EventNumber(r.PathValue("event")); !ok {
			return nil, &hub.UsageError{Message: "a preview here is of an event: evt_42"} // never of a file of the hub's computer
		}
		return hub.PreviewOutput(r.Context(), o.ConfigFile, r.PathValue("name"), r.PathValue("event"), hub.PreviewOptions{}, o.Env)
	}))
	get("/verification", look(a, func(r *http.Request) ([]hub.VerifyResult, error) {
		return hub.VerifyOutputs(r.Context(), o.ConfigFile, r.URL.Query()["output"], o.Env)
	}, "output"))
	get("/ledger", look(a, func(r *http.Request) (any, error) { return hub.Ledger(r.Context(), o.ConfigFile, o.Env) }))
}

// look makes a handler of one look. params are the query parameters it knows.
func look[T any](a *api, do func(r *http.Request) (T, error), params ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := *new(T), onlyParams(r.URL.Query(), params)
		if err == nil {
			out, err = do(r)
		}
		a.answer(w, r, out, err)
	}
}

func onlyParams(q url.Values, known []string) error {
	for name := range q {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return &hub.UsageError{Message: "there is no parameter \"" + hub.Shorten(name) + "\" here"}
		}
	}
	return nil
}

func list[T any](a *api, do func(ctx context.Context, file string, o hub.ListOptions, env hub.Env) ([]T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var out []T
		o, err := hub.ListOptionsOf(r.URL.Query())
		if err == nil {
			out, err = do(r.Context(), a.o.ConfigFile, o, a.o.Env)
		}
		if out == nil {
			out = []T{}
		}
		a.answer(w, r, out, err)
	}
}

func show[T any](a *api, do func(ctx context.Context, file, id string, env hub.Env) (T, error)) http.HandlerFunc {
	return look(a, func(r *http.Request) (T, error) { return do(r.Context(), a.o.ConfigFile, r.PathValue("id"), a.o.Env) })
}

// eventBody answers with a payload as it is kept, byte for byte. It never becomes
// a page, whatever it holds.
func (a *api) eventBody(w http.ResponseWriter, r *http.Request) {
	body, err := hub.EventBody(r.Context(), a.o.ConfigFile, r.PathValue("id"), a.o.Env)
	if err != nil {
		a.fail(w, r, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment")
	if _, err := w.Write(body); err != nil && !errors.Is(err, context.Canceled) { //nolint:gosec // sent as a download of unknown type, with nosniff: no browser makes a page of it
		a.brokeOff(r, err)
	}
}
