package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Ledger is the proof that every event, lead and delivery is accounted for. The
// counters on one side moved in the transactions of the rows on the other; what
// is waiting is counted from the rows. So each equation can fail.
type Ledger struct {
	At        time.Time        `json:"at"`
	Holds     bool             `json:"holds"`
	Receivers []ReceiverLedger `json:"receivers"`
	Outputs   []OutputLedger   `json:"outputs"`
	Broken    []string         `json:"broken"` // one sentence for each equation that does not hold
	// Pauses say why deliveries count as paused, and until when.
	Pauses []Pause `json:"pauses"`
}

// ReceiverLedger accounts for what one receiver took in.
type ReceiverLedger struct {
	Receiver string           `json:"receiver"`
	Rejected int64            `json:"rejected"`
	Received int64            `json:"received"`
	Waiting  int64            `json:"waiting"` // events not routed yet
	Events   map[string]int64 `json:"events"`  // routed events by outcome
	Found    int64            `json:"leads"`   // leads found in events
	Leads    map[string]int64 `json:"lead_outcomes"`
	// Replayed are the decisions of replays, by outcome. They come on top: what an
	// event was when it was received stays in Events and Leads.
	Replayed map[string]int64 `json:"replayed,omitempty"`
	Holds    bool             `json:"holds"`
}

// OutputLedger accounts for the deliveries of one receiver's leads to one output.
type OutputLedger struct {
	Receiver string           `json:"receiver"`
	Output   string           `json:"output"`
	Created  int64            `json:"created"`
	Waiting  int64            `json:"waiting"`
	Paused   int64            `json:"paused"`
	Ended    map[string]int64 `json:"ended"` // by state
	Holds    bool             `json:"holds"`
}

type edge struct{ receiver, output int64 }

// ledgerRows is what the tables say, beside what the counters say.
type ledgerRows struct {
	items      map[counter]int64 // counters, summed over days
	events     map[int64]int64
	inbox      map[int64]int64
	leads      map[int64]int64
	decisions  map[counter]int64 // item: the outcome; leads only
	notLeads   map[counter]int64
	runLeads   map[counter]int64 // the same of replays
	runEvents  map[counter]int64
	deliveries map[counter]int64 // item: the state
	paused     map[edge]int64
}

// Ledger reads both sides in one snapshot and compares them.
func (s *Store) Ledger(ctx context.Context) (*Ledger, error) {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	rows, err := readLedger(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	pauses, err := s.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	l := &Ledger{At: s.now().UTC(), Broken: []string{}, Receivers: []ReceiverLedger{}, Outputs: []OutputLedger{}, Pauses: append([]Pause{}, pauses...)}
	s.judgeReceivers(ctx, l, rows)
	s.judgeOutputs(ctx, l, rows)
	l.Holds = len(l.Broken) == 0
	return l, nil
}

func readLedger(ctx context.Context, tx *sql.Tx) (*ledgerRows, error) {
	r := &ledgerRows{paused: map[edge]int64{}}
	counters := []struct {
		into *map[counter]int64
		text string
	}{
		{&r.items, `SELECT receiver, output, item, sum(n) FROM ledger GROUP BY 1, 2, 3`},
		{&r.decisions, `SELECT receiver, 0, outcome, count(*) FROM decisions WHERE lead IS NOT NULL AND run = 0 GROUP BY 1, 3`},
		{&r.notLeads, `SELECT receiver, 0, outcome, count(*) FROM decisions WHERE lead IS NULL AND run = 0 GROUP BY 1, 3`},
		{&r.runLeads, `SELECT receiver, 0, outcome, count(*) FROM decisions WHERE lead IS NOT NULL AND run <> 0 GROUP BY 1, 3`},
		{&r.runEvents, `SELECT receiver, 0, outcome, count(*) FROM decisions WHERE lead IS NULL AND run <> 0 GROUP BY 1, 3`},
		{&r.deliveries, `SELECT receiver, output, state, count(*) FROM deliveries GROUP BY 1, 2, 3`},
	}
	for _, q := range counters {
		*q.into = map[counter]int64{}
		err := each(ctx, tx, q.text, func(scan func(...any) error) error {
			var k counter
			var n int64
			err := scan(&k.receiver, &k.output, &k.item, &n)
			(*q.into)[k] = n
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	singles := []struct {
		into *map[int64]int64
		text string
	}{
		{&r.events, `SELECT receiver, count(*) FROM events GROUP BY 1`},
		{&r.inbox, `SELECT e.receiver, count(*) FROM inbox i JOIN events e ON e.id BETWEEN i.first AND i.last GROUP BY 1`},
		{&r.leads, `SELECT receiver, count(*) FROM leads GROUP BY 1`},
	}
	for _, q := range singles {
		*q.into = map[int64]int64{}
		err := each(ctx, tx, q.text, func(scan func(...any) error) error {
			var k, n int64
			err := scan(&k, &n)
			(*q.into)[k] = n
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return r, each(ctx, tx, `SELECT d.receiver, d.output, count(*) FROM deliveries d WHERE d.state = 0 AND `+isPaused+` GROUP BY 1, 2`, func(scan func(...any) error) error {
		var k edge
		var n int64
		err := scan(&k.receiver, &k.output, &n)
		r.paused[k] = n
		return err
	})
}

// querier is a connection pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls row for every row that a query returns.
func each(ctx context.Context, db querier, query string, row func(scan func(...any) error) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (l *Ledger) check(holds *bool, ok bool, format string, args ...any) {
	if !ok {
		*holds = false
		l.Broken = append(l.Broken, fmt.Sprintf(format, args...))
	}
}

func (s *Store) judgeReceivers(ctx context.Context, l *Ledger, r *ledgerRows) {
	ids := map[int64]bool{}
	for k := range r.items {
		if k.output == 0 {
			ids[k.receiver] = true
		}
	}
	for _, rows := range []map[int64]int64{r.events, r.leads} {
		for id := range rows {
			ids[id] = true
		}
	}
	for _, rows := range []map[counter]int64{r.decisions, r.notLeads, r.runLeads, r.runEvents} {
		for k := range rows {
			ids[k.receiver] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		item := func(i item) int64 { return r.items[counter{receiver: id, item: i}] }
		v := ReceiverLedger{
			Receiver: s.text(ctx, id), Rejected: item(itemRejected), Received: item(itemReceived), Found: item(itemLeads),
			Waiting: r.inbox[id], Events: map[string]int64{}, Leads: map[string]int64{}, Holds: true,
		}
		name := cmp.Or(v.Receiver, "no receiver")
		var events, leads int64
		for o := OutcomeNone + 1; o < outcomeEnd; o++ {
			if n := item(itemEvent + outcomeItem(o)); n != 0 {
				v.Events[o.String()] = n
				events += n
			}
			n := item(itemLead + outcomeItem(o))
			if n != 0 {
				v.Leads[o.String()] = n
				leads += n
			}
			got := r.decisions[counter{receiver: id, item: outcomeItem(o)}]
			l.check(&v.Holds, got == n, "%s: %d leads were %s, but %d decisions say so", name, n, o, got)
		}
		l.check(&v.Holds, v.Received == events+v.Waiting, "%s: %d events were received, but %d are routed and %d are waiting", name, v.Received, events, v.Waiting)
		l.check(&v.Holds, v.Found == leads, "%s: %d leads were found, but %d have an outcome", name, v.Found, leads)
		l.check(&v.Holds, r.events[id] == v.Received, "%s: %d events were received, but %d are kept", name, v.Received, r.events[id])
		l.check(&v.Holds, r.leads[id] == item(itemNewLeads), "%s: %d leads were new, but %d are kept", name, item(itemNewLeads), r.leads[id])
		var want, got int64
		for o := OutcomeNone + 1; o < outcomeEnd; o++ { // a notice can be held, too
			got += r.notLeads[counter{receiver: id, item: outcomeItem(o)}]
		}
		want = events - eventsOfLeads(r, id)
		l.check(&v.Holds, want == got, "%s: %d events without leads were routed, but %d decisions say so", name, want, got)
		l.judgeReplays(&v, r, id, name)
		l.Receivers = append(l.Receivers, v)
	}
}

// judgeReplays compares the decisions of replays with their counters.
func (l *Ledger) judgeReplays(v *ReceiverLedger, r *ledgerRows, receiver int64, name string) {
	for o := OutcomeNone + 1; o < outcomeEnd; o++ {
		for _, kind := range []struct {
			what string
			base item
			rows map[counter]int64
		}{{"leads", itemRunLead, r.runLeads}, {"events without leads", itemRunEvent, r.runEvents}} {
			n := r.items[counter{receiver: receiver, item: kind.base + outcomeItem(o)}]
			got := kind.rows[counter{receiver: receiver, item: outcomeItem(o)}]
			if n != 0 {
				if v.Replayed == nil {
					v.Replayed = map[string]int64{}
				}
				v.Replayed[o.String()] += n
			}
			l.check(&v.Holds, got == n, "%s: %d replayed %s were %s, but %d decisions say so", name, n, kind.what, o, got)
		}
	}
}

func outcomeItem(o Outcome) item { return item(o) }

// eventsOfLeads counts the routed events whose decisions are about leads.
func eventsOfLeads(r *ledgerRows, receiver int64) int64 {
	return r.items[counter{receiver: receiver, item: itemWithLeads}]
}

func (s *Store) judgeOutputs(ctx context.Context, l *Ledger, r *ledgerRows) {
	edges := map[edge]bool{}
	for k := range r.items {
		if k.output != 0 {
			edges[edge{k.receiver, k.output}] = true
		}
	}
	for k := range r.deliveries {
		edges[edge{k.receiver, k.output}] = true
	}
	byName := slices.SortedFunc(maps.Keys(edges), func(a, b edge) int {
		if a.receiver != b.receiver {
			return int(a.receiver - b.receiver)
		}
		return int(a.output - b.output)
	})
	for _, k := range byName {
		count := func(i item) int64 { return r.items[counter{receiver: k.receiver, output: k.output, item: i}] }
		rows := func(st State) int64 {
			return r.deliveries[counter{receiver: k.receiver, output: k.output, item: item(st)}]
		}
		v := OutputLedger{
			Receiver: s.text(ctx, k.receiver), Output: s.text(ctx, k.output), Created: count(itemCreated),
			Paused: r.paused[k] + rows(StateParked), Ended: map[string]int64{}, Holds: true,
		}
		v.Waiting = rows(StateWaiting) + rows(StateSending) + rows(StateParked) - v.Paused
		name := v.Receiver + " to " + v.Output
		var ended int64
		for st := StateDelivered; st <= StateSkipped; st++ {
			n := count(itemDelivery + item(st))
			if n != 0 {
				v.Ended[st.String()] = n
				ended += n
			}
			l.check(&v.Holds, rows(st) == n, "%s: %d deliveries ended as %s, but %d are kept so", name, n, st, rows(st))
		}
		l.check(&v.Holds, v.Created == ended+v.Waiting+v.Paused, "%s: %d deliveries were written, but %d ended, %d are waiting and %d are paused",
			name, v.Created, ended, v.Waiting, v.Paused)
		l.Outputs = append(l.Outputs, v)
	}
}
