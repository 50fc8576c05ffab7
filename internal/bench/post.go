package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"leadhub/lead"
)

// poster is the third floor's second half: parse, filter, map, POST. Nothing is
// kept and nothing is tried twice.
type poster struct {
	url    string
	client *http.Client
	queue  chan []byte
	wg     sync.WaitGroup
	mu     sync.Mutex
	err    error
}

const posterQueue = 1024

func startPoster(url string, workers int) *poster {
	p := &poster{
		url: url,
		client: &http.Client{
			Timeout:   requestTimeout,
			Transport: &http.Transport{MaxIdleConns: workers, MaxIdleConnsPerHost: workers},
		},
		queue: make(chan []byte, posterQueue),
	}
	for range max(workers, 1) {
		p.wg.Go(p.work)
	}
	return p
}

// hand passes a kept body on; it waits while the queue is full.
func (p *poster) hand(body []byte) { p.queue <- body }

// close finishes what was handed over and returns the first error.
func (p *poster) close() error {
	close(p.queue)
	p.wg.Wait()
	p.client.CloseIdleConnections()
	return p.err
}

func (p *poster) work() {
	for body := range p.queue {
		if err := p.one(body); err != nil {
			p.mu.Lock()
			if p.err == nil {
				p.err = err
			}
			p.mu.Unlock()
		}
	}
}

func (p *poster) one(body []byte) error {
	out, err := mapped(body)
	if err != nil || out == nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.url, bytes.NewReader(out))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the sink answered %d", resp.StatusCode)
	}
	return nil
}

// mapped returns the lead's JSON, nil for a lead whose potential is not high.
func mapped(body []byte) ([]byte, error) {
	var in struct {
		Tenant   struct{ ID string }
		Prospect struct {
			ID, Name, Website, Email, Phone, Address, City, State, Segment, Status string
			PostalCode                                                             string    `json:"postal_code"`
			Potential                                                              string    `json:"lead_potential"`
			Reasoning                                                              string    `json:"lead_reasoning"`
			Confidence                                                             string    `json:"classification_confidence"`
			Clients                                                                []string  `json:"notable_clients"`
			Runs                                                                   []string  `json:"large_run_indicators"`
			CreatedAt                                                              time.Time `json:"created_at"`
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	p := &in.Prospect
	if !strings.EqualFold(p.Potential, string(lead.PotentialHigh)) {
		return nil, nil
	}
	share, err := strconv.ParseFloat(p.Confidence, 64)
	if err != nil {
		return nil, err
	}
	confidence := int(share * 100)
	l := lead.Lead{
		Schema: lead.Schema, Revision: 1, Kind: lead.KindCompany, Status: p.Status,
		LeadPotential: lead.PotentialHigh, Confidence: &confidence,
		Reasons: []string{p.Reasoning}, Tags: p.Runs,
		Company: lead.Company{
			Name: p.Name, Website: p.Website, Segment: p.Segment, NotableClients: p.Clients,
			Address: lead.Address{Street: p.Address, City: p.City, Region: p.State, PostalCode: p.PostalCode},
			Emails:  []lead.Email{{Value: p.Email, Type: lead.EmailRole, Primary: true}},
			Phones:  []lead.Phone{{Raw: p.Phone}},
		},
		Source: lead.Source{
			Vendor: "prospektr", Receiver: "prospektr", Channel: "webhook", Event: "prospect.added",
			Tenant: in.Tenant.ID, VendorCompanyID: p.ID, OccurredAt: p.CreatedAt,
		},
	}
	return json.Marshal(&l)
}
