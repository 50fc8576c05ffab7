package storetest

import (
	"testing"

	"leadhub/internal/store"
)

// testRemember: what Record was told to remember leads back to the lead, after a
// restart too, and where the delivery was taken over meanwhile: it was sent all the
// same.
func testRemember(t *testing.T, w *world) {
	w.one("prospektr", "l_1", to{"crm", ""})
	w.one("prospektr", "l_2", to{"crm", ""})
	w.one("prospektr", "l_3", to{"crm", ""})
	keys := [][]byte{[]byte("key of delivery1"), []byte("key of delivery2"), []byte("never remembered")}
	jobs := w.claim("crm", 10)
	results := make([]store.Result, 3)
	for i, j := range jobs {
		results[i] = w.end(j, store.StateDelivered)
	}
	results[0].Remember, results[1].Remember = keys[0], keys[1]
	w.db.Exec(t, `UPDATE deliveries SET owner = owner + 1 WHERE id = ?`, jobs[1].ID)
	if lost, err := w.s.Record(t.Context(), results); err != nil || lost != 1 {
		t.Fatalf("%d lost, not 1 (%v)", lost, err)
	}
	w.db.Exec(t, `UPDATE deliveries SET owner = owner - 1 WHERE id = ?`, jobs[1].ID)
	// The same record at the target, by another lead: the first one holds.
	again := w.end(jobs[1], store.StateAlreadyThere)
	again.Remember = keys[0]
	w.record(again)
	w.restart()
	seen := must(w.s.SeenKeys(t.Context(), keys))(t)
	for i, want := range []string{jobs[0].LeadID, jobs[1].LeadID, ""} {
		got, err := w.s.CreatedFrom(t.Context(), keys[i])
		if err != nil || got != want || seen[string(keys[i])] != (want != "") {
			t.Errorf("%q: created from %q (%v), seen %v; want %q", keys[i], got, err, seen[string(keys[i])], want)
		}
	}
	w.holds()
	// Where the delivery is not kept any more, the key still is.
	w.db.Exec(t, `DELETE FROM deliveries WHERE id = ?`, jobs[0].ID)
	if got, err := w.s.CreatedFrom(t.Context(), keys[0]); err != nil || got != "" {
		t.Errorf("without the delivery: %q, %v", got, err)
	}
}
