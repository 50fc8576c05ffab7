// Package admin is the hub's admin API: JSON over HTTP for commands, scripts and
// pages. Its handlers are thin over package hub: they read a request, call one
// action and write what it returned.
package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"leadhub/internal/hub"
)

// Options are what the API is made of. Every field is set.
type Options struct {
	Actions hub.Actions
	// ConfigFile and Env are what looking at the hub needs.
	ConfigFile string
	Env        hub.Env
	// Tokens are what a request may carry: Authorization: Bearer TOKEN. Empty ones do not count.
	Tokens []string
	Logger *slog.Logger
}

// maxRequest bounds the body of a request, in bytes. A replay may carry payloads.
const maxRequest = 64 << 20

type api struct {
	o      Options
	tokens [][sha256.Size]byte
}

// New makes the API's handler. Requests may come concurrently.
func New(o Options) http.Handler {
	a := &api{o: o}
	for _, t := range o.Tokens {
		if t != "" {
			a.tokens = append(a.tokens, sha256.Sum256([]byte(t)))
		}
	}
	mux := http.NewServeMux()
	a.actions(mux)
	a.looks(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, http.StatusNotFound, errors.New("there is nothing at "+r.Method+" "+r.URL.Path+" of the admin API"))
	})
	return a.guarded(mux)
}

type requestID struct{}

// guarded lets requests in that carry the token, and gives each an id.
func (a *api) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newRequestID()
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r = r.WithContext(context.WithValue(r.Context(), requestID{}, id))
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !a.knows(token) {
			a.fail(w, r, http.StatusUnauthorized, errors.New("the token is missing or wrong"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		next.ServeHTTP(w, r)
	})
}

// knows compares with every token, in constant time.
func (a *api) knows(token string) bool {
	got := sha256.Sum256([]byte(token))
	ok := 0
	for i := range a.tokens {
		ok |= subtle.ConstantTimeCompare(got[:], a.tokens[i][:])
	}
	return ok == 1
}

// handle makes a handler of one action: its request is JSON of type In (an empty
// body is In's zero value), its answer JSON of what it returns.
func handle[In, Out any](a *api, do func(r *http.Request, in In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, err := decode[In](r)
		if err != nil {
			a.fail(w, r, statusOf(err), err)
			return
		}
		out, err := do(r, in)
		a.answer(w, r, out, err)
	}
}

// answer writes what an action or a look returned.
func (a *api) answer(w http.ResponseWriter, r *http.Request, out any, err error) {
	if err != nil {
		a.fail(w, r, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		a.brokeOff(r, err)
	}
}

func (a *api) brokeOff(r *http.Request, err error) {
	a.o.Logger.Warn("an answer of the admin API broke off", slog.String("request_id", idOf(r)), slog.String("error", err.Error()))
}

func decode[In any](r *http.Request) (in In, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err = d.Decode(&in)
	switch {
	case errors.Is(err, io.EOF):
		return in, nil
	case err != nil:
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return in, &hub.UsageError{Message: fmt.Sprintf("the request is larger than %d MiB", tooLarge.Limit>>20)}
		}
		return in, &hub.UsageError{Message: "the request is not the JSON that is expected here: " + err.Error()}
	}
	return in, nil
}

// statusOf is the HTTP status for an action's error.
func statusOf(err error) int {
	if _, ok := errors.AsType[*hub.UsageError](err); ok {
		return http.StatusBadRequest
	}
	if errors.Is(err, hub.ErrNotThere) {
		return http.StatusNotFound
	}
	if errors.Is(err, context.Canceled) {
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// fail answers with an error, in the API's one form.
func (a *api) fail(w http.ResponseWriter, r *http.Request, status int, err error) {
	a.o.Logger.Info("admin request refused", slog.String("request_id", idOf(r)), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", status), slog.String("error", err.Error()))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(hub.APIError{Message: err.Error(), RequestID: idOf(r)}) // the caller is gone: nobody to tell
}

func idOf(r *http.Request) string {
	id, _ := r.Context().Value(requestID{}).(string)
	return id
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return "req_" + hex.EncodeToString(b[:])
}
