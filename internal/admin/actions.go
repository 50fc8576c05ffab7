package admin

import (
	"net/http"

	"leadhub/internal/hub"
)

// none is the request of an action that takes nothing.
type none struct{}

// actions are the endpoints that change something. Each is a POST.
func (a *api) actions(mux *http.ServeMux) {
	post := func(path string, h http.HandlerFunc) { mux.HandleFunc("POST "+hub.APIPath+path, h) }

	post("/reload", handle(a, func(r *http.Request, _ none) (*hub.ReloadResult, error) {
		return a.o.Actions.Reload(r.Context())
	}))
	post("/outputs/{name}/pause", handle(a, func(r *http.Request, o hub.PauseOptions) (*hub.PauseResult, error) {
		return a.o.Actions.PauseOutput(r.Context(), r.PathValue("name"), o)
	}))
	post("/outputs/{name}/resume", handle(a, func(r *http.Request, _ none) (*hub.ResumeResult, error) {
		return a.o.Actions.ResumeOutput(r.Context(), r.PathValue("name"))
	}))
	post("/deliveries/retry", handle(a, func(r *http.Request, o hub.RetryOptions) (*hub.RetryResult, error) {
		return a.o.Actions.RetryDeliveries(r.Context(), o)
	}))
	post("/replay/plan", handle(a, func(r *http.Request, o hub.ReplayOptions) (*hub.ReplayPlan, error) {
		return a.o.Actions.PlanReplay(r.Context(), o)
	}))
	post("/replay/run", a.replay)
}
