package pipeline

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"leadhub/lead"
)

func TestFlights(t *testing.T) {
	person := &lead.Lead{Person: &lead.Person{FullName: "Jane Doe", Emails: []lead.Email{{Value: "Jane@acme.com"}}}}
	nameless := &lead.Lead{Company: lead.Company{Name: "Acme"}}
	for _, c := range []struct {
		name    string
		flight  *lead.Lead // to prospectb2b
		lands   time.Duration
		waits   *lead.Lead
		vendor  string
		cancel  time.Duration
		elapsed time.Duration
	}{
		{"nothing under way", nil, 0, person, "prospectb2b", 0, 0},
		{"until it is recorded", person, 300 * time.Millisecond, person, "prospectb2b", 0, 300 * time.Millisecond},
		{"whatever the case of the address", person, time.Second, &lead.Lead{Company: lead.Company{Emails: []lead.Email{{Value: "jane@ACME.com"}}}}, "prospectb2b", 0, time.Second},
		{"by names where there is no address", nameless, time.Second, nameless, "prospectb2b", 0, time.Second},
		{"not for another person", person, time.Second, nameless, "prospectb2b", 0, 0},
		{"not for another vendor", person, time.Second, person, "salesos", 0, 0},
		{"not for ever", person, time.Minute, person, "prospectb2b", 0, echoWait},
		{"not at a stop", person, time.Minute, person, "prospectb2b", time.Second, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f flights
				f.begin(1, "prospectb2b", c.flight)
				f.begin(2, "prospectb2b", &lead.Lead{Company: lead.Company{Name: "Another"}})
				f.begin(3, "", person) // an output that is no vendor's
				f.end(3)
				var sends sync.WaitGroup
				sends.Go(func() {
					time.Sleep(100 * time.Millisecond)
					f.end(2) // wakes the waiting, who go on waiting
					f.end(2)
					time.Sleep(c.lands - 100*time.Millisecond)
					f.end(1)
				})
				ctx := t.Context()
				if c.cancel > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.cancel)
					defer cancel()
				}
				start := time.Now()
				f.wait(ctx, map[string]bool{likeness(c.vendor, c.waits): true})
				if got := time.Since(start); got != c.elapsed {
					t.Errorf("waited %v, want %v", got, c.elapsed)
				}
				sends.Wait()
				if len(f.prints) != 0 {
					t.Errorf("left under way: %v", f.prints)
				}
			})
		})
	}
}
