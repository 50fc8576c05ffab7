package queue

import (
	"time"

	"leadhub/internal/store"
)

// spend counts one send against the rate limits.
func (d *Deliveries) spend(target string, now time.Time) {
	if d.limits.PerSecond > 0 {
		d.next = now.Add(time.Duration(float64(time.Second) / d.limits.PerSecond))
	}
	if d.limits.PerTargetPerSecond > 0 {
		if len(d.nextFor) > 10_000 { // targets by expression could be many; forgetting one costs a 429 at worst
			clear(d.nextFor)
		}
		d.nextFor[target] = now.Add(d.interval())
	}
}

func (d *Deliveries) interval() time.Duration {
	return time.Duration(float64(time.Second) / d.limits.PerTargetPerSecond)
}

// returned is a delivery that goes back to the store, to be claimed again when due.
type returned struct {
	job *store.Job
	due time.Time
}

func atOnce(jobs []*store.Job, now time.Time) []returned {
	back := make([]returned, len(jobs))
	for i, j := range jobs {
		back[i] = returned{j, now}
	}
	return back
}

// enqueue takes jobs in, and returns those that would wait too long for their
// target's turn here, so that one busy channel does not fill the window.
func (d *Deliveries) enqueue(jobs []*store.Job) (back []returned) {
	rate := d.limits.PerTargetPerSecond
	now := d.now()
	for _, j := range jobs {
		if rate > 0 && float64(d.queued[j.Target]) >= max(1, rate*patience.Seconds()) {
			at := d.backFor[j.Target]
			if first := now.Add(time.Duration(d.queued[j.Target]+1) * d.interval()); at.Before(first) {
				at = first
			}
			if len(d.backFor) > 10_000 {
				clear(d.backFor)
			}
			d.backFor[j.Target] = at.Add(d.interval())
			back = append(back, returned{j, at})
			continue
		}
		d.queue = append(d.queue, j)
		d.queued[j.Target]++
	}
	return back
}

func (d *Deliveries) sendBack(back []returned) {
	for _, b := range back {
		d.release(b.job, b.due)
	}
}
