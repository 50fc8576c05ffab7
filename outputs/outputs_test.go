package outputs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/outputs"
)

func TestInstructionOf(t *testing.T) {
	cause := errors.New("cause")
	for _, tc := range []struct {
		err   error
		want  outputs.Instruction
		word  string
		after time.Duration
	}{
		{cause, outputs.InstructRetry, "retry", 0},
		{outputs.RetryAfter(cause, time.Minute), outputs.InstructRetry, "retry", time.Minute},
		{outputs.Permanent(cause), outputs.InstructRefused, "refused", 0},
		{outputs.Pause(cause), outputs.InstructPause, "pause", 0},
		{outputs.PauseTarget(cause), outputs.InstructPauseTarget, "pause target", 0},
		{outputs.Disable(cause), outputs.InstructDisable, "disable", 0},
		{outputs.Ambiguous(cause), outputs.InstructAmbiguous, "ambiguous", 0},
	} {
		wrapped := fmt.Errorf("sending: %w", tc.err)
		got, after, status := outputs.InstructionOf(wrapped)
		if got != tc.want || got.String() != tc.word || after != tc.after || status != 0 || !errors.Is(wrapped, cause) {
			t.Errorf("%v: %v after %v (status %d), want %s after %v", tc.err, got, after, status, tc.word, tc.after)
		}
	}
}

func TestEnvelope(t *testing.T) {
	received := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	d := &outputs.Delivery{ID: "dl_1", EventID: "evt_1", Route: "rest", Attempt: 4, Lead: &lead.Lead{ID: "ld_1"}}
	d.Lead.Source.ReceivedAt = received
	got, err := outputs.NewEnvelope(d)
	if err != nil {
		t.Fatal(err)
	}
	want := &outputs.Envelope{Type: "lead", ID: "dl_1", Timestamp: received, EventID: "evt_1", Route: "rest", Because: []string{}, Lead: d.Lead}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = outputs.NewEnvelope(&outputs.Delivery{ID: "dl_2"})
	if i, _, _ := outputs.InstructionOf(err); i != outputs.InstructRefused || !errors.Is(err, outputs.ErrEmpty) {
		t.Errorf("without lead and notice: %v (%v)", err, i)
	}
}

func TestEncodersShareNothing(t *testing.T) {
	var e outputs.Encoders
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 30 {
				// Some longer than what is kept for reuse.
				in := strings.Repeat(fmt.Sprint(i), 1+n*3000) + " <&> "
				got, err := e.Marshal(in)
				if err != nil {
					t.Error(err)
					return
				}
				var out string
				if json.Unmarshal(got, &out) != nil || out != in || got[len(got)-1] == '\n' || strings.Contains(string(got), `\u00`) {
					t.Errorf("%.40q became %.40q", in, got)
					return
				}
			}
		})
	}
	group.Wait()
	if _, err := e.Marshal(func() {}); err == nil {
		t.Error("a function became JSON")
	}
	if got, err := e.Marshal(1); err != nil || string(got) != "1" {
		t.Errorf("after an error: %q, %v", got, err)
	}
}

func TestRequestHash(t *testing.T) {
	a := outputs.Request{Method: "POST", URL: "https://x", Body: []byte("b")}
	seen := map[[16]byte]bool{a.Hash(): true}
	for _, r := range []outputs.Request{
		{Method: "PUT", URL: "https://x", Body: []byte("b")},
		{Method: "POST", URL: "https://y", Body: []byte("b")},
		{Method: "POST", URL: "https://x", Body: []byte("c")},
		{Method: "POSTh", URL: "ttps://x", Body: []byte("b")},
	} {
		if seen[r.Hash()] {
			t.Errorf("%+v hashes as another", r)
		}
		seen[r.Hash()] = true
	}
}
