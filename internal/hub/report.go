package hub

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"leadhub/internal/store"
)

// ReportOptions say what a report is about.
type ReportOptions struct {
	From     string // as When reads it; "": a week, today included
	Until    string // exclusive; "": now
	Receiver string // "": all
}

// VendorReport says what each vendor sent, and what became of it, day by day.
type VendorReport struct {
	From  time.Time   `json:"from"`
	Until time.Time   `json:"until"`
	Zone  string      `json:"timezone"` // whose days these are
	Days  []VendorDay `json:"days"`     // by day, then in the order of receivers' names
	Total []VendorDay `json:"total"`    // for each receiver, over all days; Day is ""
}

// VendorDay is what one receiver took in on one day. What became of it may have
// happened later: deliveries count for the day their event was received.
type VendorDay struct {
	Day      string `json:"day,omitempty"` // 2026-11-20
	Receiver string `json:"receiver"`
	Vendor   string `json:"vendor,omitempty"` // the receiver's type; "" if it is not configured any more
	Received int    `json:"received"`         // events

	// What the events were; the others carry leads.
	Repeats  int `json:"repeats"`
	Stale    int `json:"stale"`
	Unmapped int `json:"unmapped"`
	Notices  int `json:"notices"`
	Tests    int `json:"tests"`
	Echoes   int `json:"echoes"`
	Waiting  int `json:"waiting"` // not routed yet

	Leads      int            `json:"leads"` // new, or with new content: routed, suppressed, merged and held
	Routed     int            `json:"routed"`
	Merged     int            `json:"merged"`
	Held       int            `json:"held"`
	Suppressed int            `json:"suppressed"`
	Reasons    map[string]int `json:"suppressed_by_reason"`

	Delivered  int      `json:"delivered"` // deliveries that arrived; those of replays that send once more do not count
	Refused    int      `json:"refused"`
	GaveUp     int      `json:"gave_up"`
	Undecided  int      `json:"on_their_way"`   // waiting or paused
	MedianSecs *float64 `json:"median_seconds"` // from receipt to delivery; null without one
	P95Secs    *float64 `json:"p95_seconds"`

	times spread
}

// ReportVendors counts what came in from the vendors, by receiver and day in the
// configuration's time zone.
func ReportVendors(ctx context.Context, configFile string, o ReportOptions, env Env) (*VendorReport, error) {
	if env.Hub != nil {
		return env.Hub.reportVendors(ctx, o)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	zone := r.c.Timezone
	if names := receiverNames(r.c.Config); o.Receiver != "" && !slices.Contains(names, o.Receiver) {
		return nil, &UsageError{Message: unknown("receiver", o.Receiver, names)}
	}
	if o.From == "" {
		o.From = midnight(r.now.In(zone), -6).Format(time.RFC3339)
	}
	s, err := between(o.From, o.Until, zone, r.now)
	if err != nil {
		return nil, err
	}
	b := &reportBuilder{zone: zone, days: map[dayKey]*VendorDay{}, totals: map[string]*VendorDay{}}
	err = r.EachEvent(ctx, s.from, s.until, func(e *store.EventSummary) {
		if o.Receiver == "" || o.Receiver == e.Receiver {
			b.add(e)
		}
	})
	if err != nil {
		return nil, err
	}
	report := &VendorReport{From: s.from.In(zone), Until: s.until.In(zone), Zone: zone.String(), Days: finished(b.days), Total: finished(b.totals)}
	for _, list := range [][]VendorDay{report.Days, report.Total} {
		for i := range list {
			if receiver := r.c.Receiver(list[i].Receiver); receiver != nil {
				list[i].Vendor = receiver.Type
			}
		}
	}
	return report, nil
}

type dayKey struct{ day, receiver string }

// reportBuilder counts. It holds a row for each receiver and day, and nothing of the events.
type reportBuilder struct {
	zone   *time.Location
	days   map[dayKey]*VendorDay
	totals map[string]*VendorDay
}

func (b *reportBuilder) add(e *store.EventSummary) {
	k := dayKey{e.At.In(b.zone).Format(time.DateOnly), e.Receiver}
	day, total := b.days[k], b.totals[e.Receiver]
	if total == nil {
		total = newVendorDay("", e.Receiver)
		b.totals[e.Receiver] = total
	}
	if day == nil {
		day = newVendorDay(k.day, e.Receiver)
		b.days[k] = day
	}
	day.add(e)
	total.add(e)
}

func newVendorDay(day, receiver string) *VendorDay {
	return &VendorDay{Day: day, Receiver: receiver, Reasons: map[string]int{}, times: spread{}}
}

func (v *VendorDay) add(e *store.EventSummary) {
	v.Received++
	counts := map[store.Outcome]int{}
	for _, d := range e.Decisions {
		counts[d.Outcome]++
		if d.HasLead {
			v.lead(d)
		}
	}
	whole := func(o store.Outcome) bool { return counts[o] > 0 && counts[o] == len(e.Decisions) }
	switch {
	case len(e.Decisions) == 0:
		v.Waiting++
	case whole(store.OutcomeRepeat):
		v.Repeats++
	case whole(store.OutcomeStale):
		v.Stale++
	case whole(store.OutcomeTest):
		v.Tests++
	case whole(store.OutcomeEcho):
		v.Echoes++
	case counts[store.OutcomeUnmapped] > 0:
		v.Unmapped++
	case counts[store.OutcomeNotice] > 0, !e.Decisions[0].HasLead:
		v.Notices++
	}
	for _, d := range e.Deliveries {
		if !d.Again {
			v.delivery(e.At, d)
		}
	}
}

func (v *VendorDay) lead(d store.DecisionSummary) {
	switch d.Outcome {
	case store.OutcomeRouted:
		v.Routed++
	case store.OutcomeMerged:
		v.Merged++
	case store.OutcomeHeld:
		v.Held++
	case store.OutcomeSuppressed:
		v.Suppressed++
		v.reason(d.Note)
	default:
		return
	}
	v.Leads++
}

// The reasons of one row are bounded: a note may hold more than the reason.
const (
	maxReasons  = 40
	otherReason = "other reasons"
	noReason    = "no reason given"
)

func (v *VendorDay) reason(note string) {
	reason, _, _ := strings.Cut(note, "; ")
	reason = cmp.Or(strings.TrimSpace(reason), noReason)
	if _, known := v.Reasons[reason]; !known && len(v.Reasons) >= maxReasons {
		reason = otherReason
	}
	v.Reasons[reason]++
}

func (v *VendorDay) delivery(received time.Time, d store.DeliverySummary) {
	switch d.State {
	case store.StateDelivered, store.StateAlreadyThere:
		v.Delivered++
		v.times.add(d.Done.Sub(received))
	case store.StateRefused:
		v.Refused++
	case store.StateGaveUp:
		v.GaveUp++
	case store.StateSkipped:
	default:
		v.Undecided++
	}
}

// finished returns the rows in their order, with what is computed at the end.
func finished[K comparable](rows map[K]*VendorDay) []VendorDay {
	list := make([]VendorDay, 0, len(rows))
	for _, v := range rows {
		v.MedianSecs, v.P95Secs = v.times.quantile(0.5), v.times.quantile(0.95)
		v.times = nil
		list = append(list, *v)
	}
	slices.SortFunc(list, func(a, b VendorDay) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Receiver, b.Receiver))
	})
	return list
}

// spread counts durations in classes that are 2 % wide, so that quantiles of any
// number of them take little memory.
type spread map[int]int

const spreadStep = 1.02

func (s spread) add(d time.Duration) {
	ms := max(0, float64(d.Milliseconds()))
	s[int(math.Log1p(ms)/math.Log(spreadStep))]++
}

// quantile returns the duration in seconds that a share q of all does not exceed, to
// within 2 %; nil without any.
func (s spread) quantile(q float64) *float64 {
	n := 0
	classes := make([]int, 0, len(s))
	for c, k := range s {
		n += k
		classes = append(classes, c)
	}
	if n == 0 {
		return nil
	}
	slices.Sort(classes)
	left := int(math.Ceil(q * float64(n)))
	for _, c := range classes {
		if left -= s[c]; left <= 0 {
			secs := math.Round(math.Expm1((float64(c)+0.5)*math.Log(spreadStep))) / 1000
			return &secs
		}
	}
	return nil
}

// Query is the options as the query of a request.
func (o ReportOptions) Query() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"from": o.From, "until": o.Until, "receiver": o.Receiver} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func (r *Remote) reportVendors(ctx context.Context, o ReportOptions) (*VendorReport, error) {
	return get[*VendorReport](ctx, r, "/report/vendors", o.Query())
}
