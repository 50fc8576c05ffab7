// Package prospectb2btest is a stand-in for ProspectB2B's public API. It keeps the
// leads it is sent, one for each Idempotency-Key, and answers as the documentation
// says. Only tests import it.
package prospectb2btest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Token is the one API key the stand-in accepts.
//
//nolint:gosec // made up
const Token = "pb2b_live_4711_AbCdEfGhIjKlMnOp"

// Base is the path of the API.
const Base = "/api/public/v1"

// Lead is a lead as it is kept.
type Lead struct {
	ID       string
	Key      string // the Idempotency-Key it was created with
	FullName string
	Email    string
	Company  string

	body string
}

// ProspectB2B is the stand-in, an http.Handler. It is safe for concurrent use. Set
// its fields before the first request.
type ProspectB2B struct {
	// Bare answers with the object itself, not with {"data":…,"request_id":…}.
	Bare bool
	// ReadOnly says that the key may only read.
	ReadOnly bool
	// Created is called with every new lead, before the answer goes out: this is how
	// its webhooks are fired. It must not call the stand-in.
	Created func(Lead)

	mu       sync.Mutex
	leads    []Lead
	requests int
}

// Leads returns its leads, the oldest first.
func (p *ProspectB2B) Leads() []Lead {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.leads)
}

// ServeHTTP answers as ProspectB2B does.
func (p *ProspectB2B) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	path, ok := strings.CutPrefix(r.URL.Path, Base)
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.Header.Get("Authorization") != "Bearer "+Token:
		p.answer(w, http.StatusUnauthorized, map[string]any{"error": map[string]any{"code": "unauthorized", "message": "Unknown API key"}})
	case path == "/me" && r.Method == http.MethodGet:
		p.answer(w, http.StatusOK, map[string]any{"data": map[string]any{
			"id": "key_1", "object": "api_key", "scopes": []string{"leads:read", "leads:write"}, "read_only": p.ReadOnly,
		}})
	case path == "/leads" && r.Method == http.MethodPost && p.ReadOnly:
		p.answer(w, http.StatusForbidden, map[string]any{"error": map[string]any{"code": "read_only", "message": "This key is read-only"}})
	case path == "/leads" && r.Method == http.MethodPost:
		p.create(w, r)
	default:
		p.answer(w, http.StatusNotFound, map[string]any{"error": map[string]any{"code": "not_found", "message": "No such route"}})
	}
}

func (p *ProspectB2B) create(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var in struct {
		FullName string `json:"full_name"`
		Email    string `json:"email"`
		Company  string `json:"company_name"`
	}
	key := r.Header.Get("Idempotency-Key")
	switch {
	case err != nil || json.Unmarshal(raw, &in) != nil:
		p.answer(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"code": "invalid_json", "message": "Not JSON"}})
		return
	case key == "":
		p.answer(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"code": "idempotency_key_missing", "message": "Send an Idempotency-Key"}})
		return
	}
	i := slices.IndexFunc(p.leads, func(l Lead) bool { return l.Key == key })
	switch {
	case i >= 0 && p.leads[i].body != string(raw):
		p.answer(w, http.StatusConflict, map[string]any{"error": map[string]any{"code": "idempotency_conflict", "message": "This key came with another body"}})
		return
	case i < 0:
		i = len(p.leads)
		p.leads = append(p.leads, Lead{ID: fmt.Sprintf("lead_%d", i+1), Key: key, FullName: in.FullName, Email: in.Email, Company: in.Company, body: string(raw)})
		if p.Created != nil {
			p.Created(p.leads[i])
		}
	}
	l := &p.leads[i]
	object := map[string]any{
		"id": l.ID, "object": "lead", "full_name": l.FullName, "email": l.Email, "company_name": l.Company,
		"created_at": "2026-03-02T15:04:05Z", "updated_at": "2026-03-02T15:04:05Z",
	}
	if !p.Bare {
		object = map[string]any{"data": object}
	}
	p.answer(w, http.StatusCreated, object)
}

// answer adds the request_id that every answer carries.
func (p *ProspectB2B) answer(w http.ResponseWriter, status int, v map[string]any) {
	v["request_id"] = fmt.Sprintf("req_%d", p.requests)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
