package pipeline

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/lead"
)

// Echo says whether a lead is one that a hub created in the vendor's system and
// that comes back, as far as the payload alone proves it: its source is the mark
// that outputs leave there. The note names the lead it was created from.
func Echo(l *lead.Lead) (note string, ok bool) {
	id, ok := lead.MarkedSource(l.Custom["source"])
	if !ok {
		return "", false
	}
	return createdFrom(id), true
}

func createdFrom(id string) string { return "this hub created it from " + id }

// EchoKey is the 16-byte identity of a lead that an output created in a vendor's
// system, by the id it has there. No event's key equals it: those begin with the
// length of a short name.
func EchoKey(vendor, remoteID string) []byte { return echoHash("echo id", vendor, remoteID) }

func echoHash(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%s\x00%d\x00", p, len(p))
	}
	return h.Sum(nil)[:16]
}

// vendors returns the types of receivers whose leads the configuration's outputs
// create; nil for most configurations.
func vendors(cfg *config.Config) map[string]bool {
	var set map[string]bool
	for i := range cfg.Outputs {
		if v := cfg.Outputs[i].Traits().Vendor; v != "" {
			if set == nil {
				set = map[string]bool{}
			}
			set[v] = true
		}
	}
	return set
}

// echoes finds the leads of a batch that the hub itself created.
type echoes struct {
	vendors map[string]bool
	marked  map[*leadWork]string // the note, by what the payload proves
	keys    map[*leadWork][]byte // of the others that may be one
}

// collectEchoes looks at every lead of the batch. Before it returns, sends of the
// same persons to the same vendor that are under way have ended and are recorded,
// or a moment has passed.
func (b *batch) collectEchoes(ctx context.Context, f *flights) *echoes {
	e := &echoes{vendors: vendors(b.cfg)}
	prints := map[string]bool{}
	for i := range b.work {
		w := &b.work[i]
		for n := range w.leads {
			l, at := &w.u.Event.Leads[n], &w.leads[n]
			if note, ok := Echo(l); ok {
				if e.marked == nil {
					e.marked = map[*leadWork]string{}
				}
				e.marked[at] = note
				continue
			}
			vendor := w.u.receiver.Type
			if l.Source.VendorLeadID == "" || !e.vendors[vendor] {
				continue
			}
			if e.keys == nil {
				e.keys = map[*leadWork][]byte{}
			}
			e.keys[at] = EchoKey(vendor, l.Source.VendorLeadID)
			prints[likeness(vendor, l)] = true
		}
	}
	f.wait(ctx, prints)
	return e
}

// findEchoes marks the leads of an event that the hub itself created. Where they all
// are, the event is an echo and ends there: what was kept about the lead stays as it
// is, and no second one appears beside it.
func (w *eventWork) findEchoes(ctx context.Context, r reader, e *echoes, seen map[string]bool) error {
	all := len(w.leads) > 0
	for n := range w.leads {
		var err error
		if w.leads[n].echo, err = e.note(ctx, r, &w.leads[n], seen); err != nil {
			return err
		}
		all = all && w.leads[n].echo != ""
	}
	if all {
		w.outcome, w.note = store.OutcomeEcho, w.leads[0].echo
		w.leads = nil
	}
	return nil
}

// note returns what lead l of the batch is an echo of, "" if it is none.
func (e *echoes) note(ctx context.Context, r reader, at *leadWork, seen map[string]bool) (string, error) {
	if note := e.marked[at]; note != "" {
		return note, nil
	}
	key := e.keys[at]
	if key == nil || !seen[string(key)] {
		return "", nil
	}
	id, err := r.CreatedFrom(ctx, key)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "this hub created it", nil // the delivery is not kept any more
	}
	return createdFrom(id), nil
}

// remember adds to a result what the lead will be known by when it comes back.
func remember(o *output, r *store.Result) {
	if v := o.traits.Vendor; v != "" && r.Remote != "" && (r.State == store.StateDelivered || r.State == store.StateAlreadyThere) {
		r.Remember = EchoKey(v, r.Remote)
	}
}

// echoWait bounds how long routing waits for a send under way that may be what a
// lead is the echo of.
const echoWait = 2 * time.Second

// flights are the sends under way that create leads in a vendor's system, from
// before the request until its outcome is recorded. A vendor's webhook can be
// faster than its own answer; without this such a lead would be taken for a new
// one, because the id it has there is not known yet. The zero value is ready.
type flights struct {
	mu      sync.Mutex
	prints  map[int64]string // by delivery
	changed chan struct{}    // closed when a flight ends, nil while nobody waits
}

// likeness is what a lead and its echo have in common before the vendor's id is known.
func likeness(vendor string, l *lead.Lead) string {
	if email := l.PrimaryEmail(); email != "" {
		return vendor + "\x00" + strings.ToLower(email)
	}
	return vendor + "\x00" + strings.ToLower(l.DisplayName()) + "\x00" + strings.ToLower(l.Company.Name)
}

func (f *flights) begin(delivery int64, vendor string, l *lead.Lead) {
	if vendor == "" || l == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.prints == nil {
		f.prints = map[int64]string{}
	}
	f.prints[delivery] = likeness(vendor, l)
}

func (f *flights) end(delivery int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.prints[delivery]; !ok {
		return
	}
	delete(f.prints, delivery)
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// wait returns when no flight has one of the prints, at the latest after echoWait.
func (f *flights) wait(ctx context.Context, prints map[string]bool) {
	if f == nil || len(prints) == 0 {
		return
	}
	timer := time.NewTimer(echoWait)
	defer timer.Stop()
	for {
		changed := f.underWay(prints)
		if changed == nil {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// underWay returns a channel that is closed when a flight ends, nil if none has
// one of the prints.
func (f *flights) underWay(prints map[string]bool) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.prints {
		if prints[p] {
			if f.changed == nil {
				f.changed = make(chan struct{})
			}
			return f.changed
		}
	}
	return nil
}
