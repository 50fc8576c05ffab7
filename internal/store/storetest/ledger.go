package storetest

import (
	"fmt"
	"strings"
	"testing"
)

// tamper is one way to make rows and counters disagree.
type tamper struct {
	name  string
	query string
	says  []string // each is part of some sentence
}

const (
	anyOf   = ` = (SELECT min(id) FROM `
	ofName  = `(SELECT id FROM names WHERE name = '`
	fromSOS = ` WHERE receiver = ` + ofName + `salesos')`
)

// tampers deletes one row of each table and in each state, and changes single values.
func tampers() []tamper {
	list := []tamper{
		{"an event", `DELETE FROM events WHERE id` + anyOf + `events)`, []string{"prospektr: 10 events were received, but 9 are kept"}},
		{"an event that waits", `DELETE FROM events WHERE id = (SELECT max(id) FROM events)`, []string{
			"salesos: 7 events were received, but 6 are kept", "salesos: 7 events were received, but 5 are routed and 1 are waiting",
		}},
		{"an inbox row", `DELETE FROM inbox`, []string{"salesos: 7 events were received, but 5 are routed and 0 are waiting"}},
		{"half of an inbox row", `UPDATE inbox SET last = first`, []string{"salesos: 7 events were received, but 5 are routed and 1 are waiting"}},
		{"a lead", `DELETE FROM leads WHERE id` + anyOf + `leads` + fromSOS + `)`, []string{"salesos: 6 leads were new, but 5 are kept"}},
		{"a lead's receiver", `UPDATE leads SET receiver = ` + ofName + `salesos') WHERE public_id = 'l_held'`, []string{
			"prospektr: 6 leads were new, but 5 are kept", "salesos: 6 leads were new, but 7 are kept",
		}},
		{"an event that was not received", `INSERT INTO events (receiver, channel, at, meta, body) SELECT receiver, channel, at, meta, body FROM events WHERE id = 1`, []string{
			"prospektr: 10 events were received, but 11 are kept",
		}},
		{"a delivery to another output", `UPDATE deliveries SET output = ` + ofName + `mail') WHERE state = 2 AND output = ` + ofName + `slack')`, []string{
			"prospektr to slack: 1 deliveries ended as delivered, but 0 are kept so", "prospektr to mail: 0 deliveries ended as delivered, but 1 are kept so",
		}},
		{"a refused delivery that waits again", `UPDATE deliveries SET state = 0 WHERE state = 4`, []string{
			"salesos to crm: 1 deliveries ended as refused, but 0 are kept so", "salesos to crm: 3 deliveries were written, but 2 ended, 1 are waiting and 1 are paused",
		}},
		{"a waiting delivery that ended", `UPDATE deliveries SET state = 2 WHERE state = 0 AND output = ` + ofName + `triage')`, []string{
			"prospektr to triage: 0 deliveries ended as delivered, but 1 are kept so",
		}},
		{"a delivered delivery that was refused", `UPDATE deliveries SET state = 4 WHERE state = 2 AND output = ` + ofName + `crm')`, []string{
			"prospektr to crm: 1 deliveries ended as delivered, but 0 are kept so", "prospektr to crm: 0 deliveries ended as refused, but 1 are kept so",
		}},
		{"every counter", `DELETE FROM ledger`, []string{
			"prospektr: 0 events were received, but 10 are kept", "prospektr to crm: 0 deliveries were written, but 0 ended, 1 are waiting and 0 are paused",
		}},
		{"every row of the events and their counters", `DELETE FROM ledger WHERE output = 0`, []string{"salesos: 0 leads were routed, but 5 decisions say so"}},
	}
	for state, where := range map[string]string{
		"waiting":       "state = 0 AND output = " + ofName + "triage')|prospektr to triage: 1 deliveries were written, but 0 ended, 0 are waiting and 0 are paused",
		"paused":        "state = 0 AND output = " + ofName + "mail')|salesos to mail: 1 deliveries were written, but 0 ended, 0 are waiting and 0 are paused",
		"sending":       "state = 1|salesos to hub: 1 deliveries were written, but 0 ended, 0 are waiting and 0 are paused",
		"delivered":     "state = 2 AND output = " + ofName + "slack')|prospektr to slack: 1 deliveries ended as delivered, but 0 are kept so",
		"already there": "state = 3|prospektr to crm: 1 deliveries ended as already there, but 0 are kept so",
		"refused":       "state = 4|salesos to crm: 1 deliveries ended as refused, but 0 are kept so",
		"gave up":       "state = 5|salesos to crm: 1 deliveries ended as gave up, but 0 are kept so",
		"skipped":       "state = 6|prospektr to crm: 1 deliveries ended as skipped, but 0 are kept so",
		"parked":        "state = 7|salesos to crm: 3 deliveries were written, but 2 ended, 0 are waiting and 0 are paused",
	} {
		where, says, _ := strings.Cut(where, "|")
		list = append(list, tamper{"a delivery that is " + state, `DELETE FROM deliveries WHERE id = (SELECT id FROM deliveries WHERE ` + where + ` LIMIT 1)`, []string{says}})
	}
	for outcome, d := range map[string]string{
		"routed": "1|salesos: 5 leads were routed, but 4 decisions say so", "suppressed": "2|prospektr: 1 leads were suppressed, but 0 decisions say so",
		"merged": "3|salesos: 1 leads were merged, but 0 decisions say so", "held": "4|prospektr: 1 leads were held, but 0 decisions say so",
		"a repeat": "5 AND lead IS NOT NULL|prospektr: 1 leads were repeat, but 0 decisions say so", "stale": "6|prospektr: 1 leads were stale, but 0 decisions say so",
		"a test": "9|prospektr: 1 leads were test, but 0 decisions say so", "unmapped": "7|prospektr: 3 events without leads were routed, but 2 decisions say so",
		"a notice": "8|prospektr: 3 events without leads were routed, but 2 decisions say so", "an echo": "10|salesos: 1 events without leads were routed, but 0 decisions say so",
		"a repeated event": "5 AND lead IS NULL|prospektr: 3 events without leads were routed, but 2 decisions say so",
	} {
		where, says, _ := strings.Cut(d, "|")
		one := `(SELECT max(id) FROM decisions WHERE outcome = ` + where + `)`
		list = append(list, tamper{"a decision that is " + outcome, `DELETE FROM decisions WHERE id = ` + one, []string{says}})
		if !strings.Contains(says, "without leads") {
			list = append(list, tamper{"the outcome of a decision that is " + outcome, `UPDATE decisions SET outcome = outcome % 6 + 1 WHERE id = ` + one, []string{says}})
		}
	}
	return list
}

// testLedgerFails: the ledger holds, one thing is changed behind the store's back,
// and it no longer holds and says where.
func testLedgerFails(t *testing.T, fresh func(*testing.T) Database) {
	for _, c := range tampers() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fresh(t))
			fill(w)
			w.holds()
			if n := w.db.Exec(t, c.query); n == 0 {
				t.Fatalf("nothing was changed by %s", c.query)
			}
			broken(t, w, c.says)
		})
	}
	// Each counter that is not about requests alone can be told to be wrong by one.
	t.Run("each counter", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, fresh(t))
		fill(w)
		for i := range w.db.Int(t, `SELECT count(*) FROM ledger`) {
			one := ` WHERE (receiver, output, item) = (SELECT receiver, output, item FROM ledger ORDER BY receiver, output, item LIMIT 1 OFFSET ` + fmt.Sprint(i) + `)`
			if w.db.Int(t, `SELECT item FROM ledger`+one) == 2 {
				continue // rejected requests are bounded: nothing can prove their number
			}
			w.db.Exec(t, `UPDATE ledger SET n = n + 1`+one)
			l, err := w.s.Ledger(t.Context())
			if err != nil || l.Holds || len(l.Broken) == 0 {
				t.Errorf("counter %d: holds %v, %q, %v", i, l.Holds, l.Broken, err)
			}
			w.db.Exec(t, `UPDATE ledger SET n = n - 1`+one)
			w.holds()
		}
	})
}

func broken(t *testing.T, w *world, says []string) {
	t.Helper()
	l, err := w.s.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l.Holds {
		t.Fatal("the ledger holds")
	}
	all := strings.Join(l.Broken, "\n")
	for _, s := range says {
		if !strings.Contains(all, s) {
			t.Errorf("no sentence says %q; they are:\n%s", s, all)
		}
	}
	var marked int
	for _, r := range l.Receivers {
		if !r.Holds {
			marked++
		}
	}
	for _, o := range l.Outputs {
		if !o.Holds {
			marked++
		}
	}
	if marked == 0 {
		t.Error("no line is marked as broken")
	}
}
