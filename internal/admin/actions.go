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
}
