// Package salesostest is a stand-in for SalesOS's API. It keeps the leads it is
// sent and answers as the vendor's documentation and public source say. Only tests
// import it.
package salesostest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Key is the one API key the stand-in accepts.
const Key = "sos_4711_AbCdEfGhIjKlMnOp"

// Path is where its leads are.
const Path = "/api/leads"

// Lead is a row of its table of leads.
type Lead map[string]any

// Text returns a column as text.
func (l Lead) Text(column string) string {
	s, _ := l[column].(string)
	return s
}

// SalesOS is the stand-in, an http.Handler. It is safe for concurrent use. Set its
// fields before the first request.
type SalesOS struct {
	// Bare answers a creation with the lead itself, as the documentation has it, and
	// not with {"data":…,"status":201}.
	Bare bool
	// HideSource leaves the source out of what is listed.
	HideSource bool
	// MostPerPage caps a page; 0: 100.
	MostPerPage int
	// Reject answers 500 to a lead it returns true for, as for every error of the database.
	Reject func(Lead) bool
	// Created is called with every new lead, before the answer goes out: this is how
	// its webhooks are fired. It must not call the stand-in.
	Created func(Lead)
	// Now is the clock of created_at; nil: it stands still.
	Now func() time.Time

	mu    sync.Mutex
	leads []Lead // the oldest first
}

// Leads returns its leads, the oldest first.
func (s *SalesOS) Leads() []Lead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.leads)
}

// Add puts n leads of other origin on top.
func (s *SalesOS) Add(n int, createdAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.add(Lead{"contact_name": "Somebody", "company_name": "Else", "source": "manual"}, createdAt)
	}
}

func (s *SalesOS) add(l Lead, at time.Time) {
	l["id"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.leads)+1)
	l["created_at"] = at.UTC().Format("2006-01-02T15:04:05.999999-07:00")
	l["icp_score"] = nil
	s.leads = append(s.leads, l)
}

// ServeHTTP answers as SalesOS does.
func (s *SalesOS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Api-Key") != Key:
		answer(w, http.StatusUnauthorized, map[string]any{"error": "Invalid API key"})
	case r.URL.Path != Path:
		answer(w, http.StatusNotFound, map[string]any{"error": "Not found"})
	case r.Method == http.MethodGet:
		s.list(w, r)
	case r.Method == http.MethodPost:
		s.create(w, r)
	default:
		answer(w, http.StatusMethodNotAllowed, map[string]any{"error": "Method not allowed"})
	}
}

func (s *SalesOS) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n >= 0 {
			return n
		}
		return otherwise
	}
	most := s.MostPerPage
	if most == 0 {
		most = 100
	}
	limit, offset := min(number("limit", 50), most), number("offset", 0)
	page := []Lead{}
	for i := len(s.leads) - 1 - offset; i >= 0 && len(page) < limit; i-- {
		l := Lead{}
		for k, v := range s.leads[i] {
			if k != "source" || !s.HideSource {
				l[k] = v
			}
		}
		page = append(page, l)
	}
	answer(w, http.StatusOK, map[string]any{"data": page, "count": len(s.leads), "limit": limit, "offset": offset})
}

func (s *SalesOS) create(w http.ResponseWriter, r *http.Request) {
	var l Lead
	if json.NewDecoder(r.Body).Decode(&l) != nil || l == nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": "Invalid JSON"})
		return
	}
	if l.Text("contact_name") == "" || l.Text("company_name") == "" {
		answer(w, http.StatusBadRequest, map[string]any{"error": "contact_name and company_name are required"})
		return
	}
	for column, most := range map[string]int{"contact_email": 255, "notes": 2000, "source": 100} {
		if text := []rune(l.Text(column)); len(text) > most {
			l[column] = string(text[:most])
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Reject != nil && s.Reject(l) {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "Internal server error"})
		return
	}
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC)
	if s.Now != nil {
		now = s.Now()
	}
	s.add(l, now)
	if s.Created != nil {
		s.Created(l)
	}
	if s.Bare {
		answer(w, http.StatusCreated, l)
		return
	}
	answer(w, http.StatusCreated, map[string]any{"data": l, "status": http.StatusCreated})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
