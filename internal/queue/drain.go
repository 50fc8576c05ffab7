package queue

import (
	"context"
	"time"
)

// Drain returns once nothing is in flight, after Close; or when ctx ends.
func (d *Deliveries) Drain(ctx context.Context) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		d.mu.Lock()
		n := d.inFlight
		d.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
