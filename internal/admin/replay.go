package admin

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"leadhub/internal/hub"
)

// progressEvery is how often a replay says how far it is.
const progressEvery = 200 * time.Millisecond

// replay carries a replay out and answers with JSON lines. It ends with the connection.
func (a *api) replay(w http.ResponseWriter, r *http.Request) {
	in, err := decode[hub.ReplayRequest](r)
	if err != nil {
		a.fail(w, r, statusOf(err), err)
		return
	}
	out := &lines{w: w, to: http.NewResponseController(w)}
	var last time.Time
	result, err := a.o.Actions.Replay(r.Context(), in.ReplayOptions, in.Resume, func(p hub.ReplayProgress) {
		if now := a.o.Env.Now(); now.Sub(last) >= progressEvery {
			last = now
			out.put(hub.ReplayLine{Progress: &p})
		}
	})
	switch {
	case err != nil && !out.begun: // nothing is under way: an error like any other
		a.fail(w, r, statusOf(err), err)
	case err != nil:
		a.o.Logger.Warn("a replay failed", slog.String("request_id", idOf(r)), slog.String("error", err.Error()))
		out.put(hub.ReplayLine{APIError: &hub.APIError{Message: err.Error(), RequestID: idOf(r)}})
	default:
		out.put(hub.ReplayLine{Result: result})
	}
}

// lines writes JSON lines that arrive one by one.
type lines struct {
	w     http.ResponseWriter
	to    *http.ResponseController
	begun bool
}

// put writes a line. That it cannot be written is seen by the request's context.
func (l *lines) put(v any) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.WriteHeader(http.StatusOK)
	}
	_ = json.NewEncoder(l.w).Encode(v)
	_ = l.to.Flush()
}
