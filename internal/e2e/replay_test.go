package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestReplayKilled kills the hub, and interrupts the command, at random moments of one
// long replay that sends everything once more. In the end each lead is there exactly
// twice: as it was routed, and by the run.
func TestReplayKilled(t *testing.T) {
	leads, rounds := 400, 6
	if testing.Short() {
		leads, rounds = 100, 2
	}
	crm := newSink(t, true)
	hub := newHub(t, crm.URL)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	hub.start(t)
	var ids []string
	for i := range leads {
		id := fmt.Sprintf("p-%d", i)
		if !post(t.Context(), http.DefaultClient, hub.url, id) {
			t.Fatalf("%s was not acknowledged", id)
		}
		ids = append(ids, id)
	}
	arrive(t, crm, ids, 1)

	rate := fmt.Sprint(leads / (2 * rounds)) // each round gets through a part of it
	args := []string{"replay", "--from", "1h", "--again", "--yes", "--rate", rate}
	for round := range rounds {
		cmd := hub.command(args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(500+rnd.IntN(1000)) * time.Millisecond)
		if round%2 == 0 {
			hub.kill()
			_ = cmd.Wait()
			hub.start(t)
		} else {
			_ = cmd.Process.Signal(os.Interrupt)
			if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "--resume 1") {
				t.Errorf("an interrupted replay ended with %v:\n%s", err, &out)
			}
			hub.ledger(t)
		}
		args = []string{"replay", "--resume", "1"}
	}
	out, err := hub.command(args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("Run 1 is done: %d events", leads)) {
		t.Errorf("the last part: %v\n%s", err, out)
	}
	arrive(t, crm, ids, 2)
	hub.stop(t)
	hub.ledger(t)
	if n := len(crm.doubled()); n != leads {
		t.Errorf("%d of %d leads are there more than once", n, leads)
	}
	crm.mu.Lock()
	defer crm.mu.Unlock()
	for id, keys := range crm.records {
		if len(keys) != 2 {
			t.Errorf("%s has %d records, want 2", id, len(keys))
		}
	}
}

// arrive waits until every prospect has so many records.
func arrive(t *testing.T, crm *sink, ids []string, records int) {
	t.Helper()
	there := func() int {
		crm.mu.Lock()
		defer crm.mu.Unlock()
		n := 0
		for _, id := range ids {
			if len(crm.records[crm.vendorID[id]]) >= records {
				n++
			}
		}
		return n
	}
	for deadline := time.Now().Add(time.Minute); there() < len(ids); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("only %d of %d prospects have %d records", there(), len(ids), records)
		}
	}
}
