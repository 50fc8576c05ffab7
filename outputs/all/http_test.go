package all_test

import (
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"slices"
	"sync"
	"testing"

	"leadhub/outputs/http"
	"leadhub/outputs/outputtest"
)

// sink is an endpoint that keeps one record per webhook-id.
type sink struct {
	mu      sync.Mutex
	records []string
}

func (s *sink) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	body, err := io.ReadAll(r.Body)
	var envelope struct{ ID string }
	if err == nil {
		err = json.Unmarshal(body, &envelope)
	}
	id := r.Header.Get("Webhook-Id")
	if err != nil || id == "" || id != envelope.ID || id != r.Header.Get("Idempotency-Key") {
		nethttp.Error(w, "ids do not agree", nethttp.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.records, id) {
		w.Header().Set("Idempotent-Replayed", "true")
	} else {
		s.records = append(s.records, id)
	}
	fmt.Fprintf(w, `{"id":"rec_%s"}`, id)
}

func (s *sink) delivered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records)
}

func httpContract() outputtest.Contract {
	return outputtest.Contract{Kind: http.Kind, New: func(t *testing.T) *outputtest.Instance {
		s := &sink{}
		return &outputtest.Instance{
			Target: outputtest.NewTarget(t, s),
			Config: func(base string, private bool) string {
				return fmt.Sprintf(`
url: %q
signing_secret: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_QUJDREVGR0hJSktMTU5PUA=="]
auth:
  bearer: "tok&en/<4711>"
headers:
  X-Api-Key: "Key With Spaces 123"
allow_private: %t
`, base+"/hooks/catch/8842771/a1B2c3D4?key=q%2Fuery42", private)
			},
			Good: []string{""},
			Bad:  []string{"#hot", "x"},
			Secrets: []string{
				"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "QUJDREVGR0hJSktMTU5PUA==", "tok&en/<4711>", "tok\\u0026en", "Key With Spaces 123",
				"8842771", "a1B2c3D4", "q/uery42", "q%2Fuery42",
			},
			Delivered: s.delivered,
		}
	}}
}
