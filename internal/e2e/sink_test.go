package e2e

import (
	"cmp"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// sink is a CRM that keeps one record for each idempotency key, and now and then
// fails: 503 before the write, a reset before it, a reset after it.
type sink struct {
	*httptest.Server
	mu       sync.Mutex
	records  map[string]map[string]bool // lead id → idempotency keys
	vendorID map[string]string          // vendor's id of the prospect → lead id
	sends    int
	faulty   bool
}

func newSink(t *testing.T, faulty bool) *sink {
	t.Helper()
	s := &sink{records: map[string]map[string]bool{}, vendorID: map[string]string{}, faulty: faulty}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fault := 100
	if s.faulty {
		fault = rand.IntN(100)
	}
	switch fault {
	case 0:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case 1:
		hangUp(w)
		return
	}
	var msg struct {
		Lead struct {
			ID     string `json:"id"`
			Source struct {
				VendorCompanyID string `json:"vendor_company_id"`
				VendorLeadID    string `json:"vendor_lead_id"`
			} `json:"source"`
		} `json:"lead"`
	}
	if err := json.Unmarshal(body, &msg); err != nil || msg.Lead.ID == "" {
		http.Error(w, "not a lead", http.StatusBadRequest)
		return
	}
	lead := msg.Lead
	s.mu.Lock()
	s.sends++
	if s.records[lead.ID] == nil {
		s.records[lead.ID] = map[string]bool{}
	}
	s.records[lead.ID][r.Header.Get("Idempotency-Key")] = true
	s.vendorID[cmp.Or(lead.Source.VendorCompanyID, lead.Source.VendorLeadID)] = lead.ID
	s.mu.Unlock()
	if fault == 2 {
		hangUp(w)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// hangUp resets the connection instead of answering.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// missing returns those of the acknowledged prospects that never arrived.
func (s *sink) missing(acked []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, id := range acked {
		if s.vendorID[id] == "" {
			out = append(out, id)
		}
	}
	return out
}

// doubled returns the leads that have more than one record.
func (s *sink) doubled() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for id, keys := range s.records {
		if len(keys) > 1 {
			out = append(out, id)
		}
	}
	return out
}

func (s *sink) count() (leads, sends int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records), s.sends
}
