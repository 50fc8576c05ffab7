package pipeline_test

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/receivers"
)

// A disk that is almost full: nothing is taken in, and the hub says so, while
// there is still room to record what was sent.
func TestAnAlmostFullDiskStopsIntake(t *testing.T) {
	r := newRig(t)
	r.minFree = math.MaxUint64
	hub := r.startHub(base)
	body := []byte(prospect("p1", "Full", "high", "sales@full.example"))
	_, err := hub.Accept("prospektr", &receivers.Request{Body: body, Header: http.Header{}, ReceivedAt: time.Now()}, receivers.Verified{Body: body})
	if !errors.Is(err, pipeline.ErrNotReady) {
		t.Errorf("an event was answered with %v, want ErrNotReady", err)
	}
	if why := hub.Ready(); why != "the disk is almost full" {
		t.Errorf("ready says %q", why)
	}
	if n := len(r.events()); n != 0 {
		t.Errorf("%d events were kept", n)
	}
}
