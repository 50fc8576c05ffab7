package bench

import (
	"testing"
	"time"
)

func TestMeasureDecide(t *testing.T) {
	f, err := measureDecide(NewClock(time.Now), 5*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if f.decideFew <= 0 || f.decideMany <= f.decideFew || f.eval <= 0 || f.evalAllocs < 0 {
		t.Errorf("figures: %+v", f)
	}
}

func TestTimed(t *testing.T) {
	calls := 0
	var keep []byte
	ns, allocs := timed(NewClock(time.Now), 5*time.Millisecond, func() {
		calls++
		keep = make([]byte, 1<<10)
	})
	if calls < 65 || ns <= 0 || allocs < 0.9 || len(keep) == 0 {
		t.Errorf("%d calls of %.0f ns with %.2f allocations", calls, ns, allocs)
	}
}
