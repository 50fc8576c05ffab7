package bench

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSinkCounts(t *testing.T) {
	clock := NewClock(time.Now)
	s, err := NewSink(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	post := func(body string) {
		t.Helper()
		resp, err := http.Post(s.URL(), "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d", resp.StatusCode)
		}
	}
	for _, seq := range []int{2, 4, 4, 4} {
		post(fmt.Sprintf(`{"id":"lhb-%08d-%015d"}`, seq, 0))
	}
	post(`{"id":"somebody else"}`)

	got := s.Arrivals([]int{1, 2, 4, 6, 8}, IsHigh)
	if got.Distinct != 2 || got.Doubled != 2 || got.Missing != 2 || got.Junk != 1 || len(got.Latency) != 2 {
		t.Errorf("got %+v, want 2 distinct, 2 doubled, 2 missing, 1 junk", got)
	}
	if got.Last <= 0 || got.Last > clock.Since() || got.Latency[0] <= 0 {
		t.Errorf("times: %+v", got)
	}

	start := clock.Since()
	if got := s.Await(t.Context(), []int{2, 4}, IsHigh, time.Minute); got.Missing != 0 || clock.Since()-start > 10*time.Second {
		t.Errorf("everything had arrived, yet it waited: %+v", got)
	}
	if got := s.Await(t.Context(), []int{6}, IsHigh, 50*time.Millisecond); got.Missing != 1 {
		t.Errorf("event 6 never came, but: %+v", got)
	}
	s.Reset()
	if got := s.Arrivals([]int{2}, IsHigh); got.Distinct != 0 || got.Missing != 1 {
		t.Errorf("after a reset: %+v", got)
	}
}
