package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"leadhub/outputs"
)

// crmStandIn behaves as a CRM's endpoint for leads does: it checks who sends and
// the signature (Standard Webhooks), keeps a record per lead, knows a delivery
// again by its id, and is unavailable once. It is safe for concurrent use.
type crmStandIn struct {
	bearer string
	key    []byte // of the signature
	now    func() time.Time
	seen   func(crmRecord)

	mu         sync.Mutex
	stumbled   bool
	deliveries map[string]int // accepted requests by delivery id: more than one is a duplicate
	records    map[string]crmRecord
	refused    []string
}

// crmRecord is what the CRM keeps of one lead.
type crmRecord struct {
	ID       string `json:"id"`
	Lead     string `json:"lead"`
	Name     string `json:"name"`
	Revision int    `json:"revision"`
}

const (
	secretPrefix  = "whsec_"
	signTolerance = 5 * time.Minute
	maxCRMBody    = 1 << 20
)

func newCRMStandIn(bearer, secret string, now func() time.Time, seen func(crmRecord)) (*crmStandIn, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return nil, fmt.Errorf("the CRM's signing secret: %w", err)
	}
	return &crmStandIn{
		bearer: bearer, key: key, now: now, seen: seen,
		deliveries: map[string]int{}, records: map[string]crmRecord{},
	}, nil
}

// ServeHTTP takes one lead.
func (c *crmStandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCRMBody))
	if err != nil {
		c.refuse(w, http.StatusBadRequest, "the body cannot be read")
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+c.bearer {
		c.refuse(w, http.StatusUnauthorized, "wrong token")
		return
	}
	if why := c.unsigned(r.Header, body); why != "" {
		c.refuse(w, http.StatusUnauthorized, why)
		return
	}
	var in outputs.Envelope
	if err := json.Unmarshal(body, &in); err != nil {
		c.refuse(w, http.StatusBadRequest, "the body is not JSON: "+err.Error())
		return
	}
	if in.Lead == nil || in.Lead.ID == "" || in.ID != r.Header.Get("webhook-id") {
		c.refuse(w, http.StatusUnprocessableEntity, "the body holds no lead, or another id than the header")
		return
	}
	c.keep(w, &in)
}

// unsigned says what is wrong with the signature, "" if nothing is.
func (c *crmStandIn) unsigned(h http.Header, body []byte) string {
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return "webhook-id or webhook-timestamp is missing"
	}
	if c.now().Sub(time.Unix(seconds, 0)).Abs() > signTolerance {
		return "webhook-timestamp is too old or too new"
	}
	mac := hmac.New(sha256.New, c.key)
	_, _ = fmt.Fprintf(mac, "%s.%s.", id, stamp)
	mac.Write(body)
	want := mac.Sum(nil)
	for signature := range strings.FieldsSeq(h.Get("webhook-signature")) {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signature, "v1,"))
		if err == nil && hmac.Equal(got, want) {
			return ""
		}
	}
	return "webhook-signature does not match"
}

func (c *crmStandIn) keep(w http.ResponseWriter, in *outputs.Envelope) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stumbled {
		c.stumbled = true
		answer(w, http.StatusServiceUnavailable, map[string]string{"error": "down for a moment"})
		return
	}
	c.deliveries[in.ID]++
	rec, known := c.records[in.Lead.ID]
	if !known {
		rec = crmRecord{ID: fmt.Sprintf("crm-%d", len(c.records)+1), Lead: in.Lead.ID}
	}
	if in.Lead.Revision > rec.Revision {
		rec.Revision, rec.Name = in.Lead.Revision, in.Lead.DisplayName()
	}
	c.records[in.Lead.ID] = rec
	c.seen(rec)
	status := http.StatusCreated
	if known {
		status = http.StatusOK
	}
	answer(w, status, rec)
}

func (c *crmStandIn) refuse(w http.ResponseWriter, status int, why string) {
	c.mu.Lock()
	c.refused = append(c.refused, why)
	c.mu.Unlock()
	answer(w, status, map[string]string{"error": why})
}

func (c *crmStandIn) standing() standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := standing{
		lines:   []string{plural(len(c.records), "record") + " of " + plural(len(c.deliveries), "delivery")},
		refused: slices.Clone(c.refused),
	}
	for _, n := range c.deliveries {
		st.duplicates += n - 1
	}
	return st
}
