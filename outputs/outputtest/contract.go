package outputtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// Run runs the contract.
func Run(t *testing.T, c Contract) {
	t.Run("describes its configuration", c.testConfig)
	t.Run("traits make sense", c.testTraits)
	t.Run("checks targets", c.testTargets)
	t.Run("render is pure", c.testRender)
	t.Run("delivers", c.testDelivers)
	t.Run("repeats", c.testRepeats)
	t.Run("finds what it sent", c.testFind)
	t.Run("concurrent sends", c.testConcurrent)
	t.Run("ended context", c.testEnded)
	if c.New(t).Target == nil {
		return
	}
	t.Run("every status", c.testStatuses)
	t.Run("retry after", c.testRetryAfter)
	t.Run("resets", c.testResets)
	t.Run("no answer", c.testNoAnswer)
	t.Run("unreachable", c.testUnreachable)
	t.Run("secrets stay secret", c.testSecrets)
}

func (c Contract) testConfig(t *testing.T) {
	if c.Kind.Name == "" || c.Kind.Summary == "" {
		t.Error("the kind has no name or no summary")
	}
	config := c.Kind.Config()
	if reflect.TypeOf(config).Elem().Size() > 0 && config == c.Kind.Config() {
		t.Error("Config returns the same pointer twice: two outputs would share it")
	}
	var walk func(prefix string, fields []plugin.Field)
	walk = func(prefix string, fields []plugin.Field) {
		for _, f := range fields {
			if f.Doc == "" {
				t.Errorf("the key %s%s has no doc", prefix, f.Key)
			}
			walk(prefix+f.Key+".", f.Fields)
		}
	}
	walk("", plugin.Fields(c.Kind.Config()))
}

func (c Contract) testTraits(t *testing.T) {
	traits := c.start(t).out.Traits()
	if traits.Concurrency < 1 {
		t.Errorf("concurrency is %d", traits.Concurrency)
	}
	if !slices.Contains(traits.Updates, traits.OnUpdate) {
		t.Errorf("on_update is %q by default, possible are %q", traits.OnUpdate, traits.Updates)
	}
	want := []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateIgnore}
	if traits.Vendor != "" {
		want = want[1:] // what only creates leads must not create one for every revision
	}
	for _, want := range want {
		if !slices.Contains(traits.Updates, want) {
			t.Errorf("on_update: %s is not possible", want)
		}
	}
}

func (c Contract) testTargets(t *testing.T) {
	h := c.start(t)
	for _, good := range h.Good {
		if err := h.out.CheckTarget(good); err != nil {
			t.Errorf("target %q is refused: %v", good, err)
		}
	}
	for _, bad := range h.Bad {
		if err := h.out.CheckTarget(bad); err == nil {
			t.Errorf("target %q is accepted", bad)
		}
	}
}

// samples are deliveries of every form that the output takes.
func (h *harness) samples() []*outputs.Delivery {
	t := h.target()
	all := []*outputs.Delivery{LeadDelivery(1, t), CompanyDelivery(t), HostileDelivery(t)}
	if !h.out.Traits().LeadsOnly {
		all = append(all, NoticeDelivery(t))
	}
	return all
}

func (c Contract) testRender(t *testing.T) {
	h := c.start(t)
	for i, d := range h.samples() {
		first, err := h.out.Render(d)
		if err != nil {
			t.Fatalf("%s: %v", d.ID, err)
		}
		if same := h.samples()[i]; !reflect.DeepEqual(same, d) {
			t.Errorf("%s: Render changed the delivery:\n%s", d.ID, cmp.Diff(same, d))
		}
		kept := string(first.Body)
		later := *d
		later.Attempt = 7
		for range 3 {
			again, err := h.out.Render(&later)
			if err != nil {
				t.Fatalf("%s: %v", d.ID, err)
			}
			if !reflect.DeepEqual(first, again) {
				t.Errorf("%s: Render is not the same every time:\n%s", d.ID, cmp.Diff(first, again))
			}
		}
		if kept != string(first.Body) {
			t.Errorf("%s: a later Render changed an earlier request", d.ID)
		}
		h.check(d, first, outputs.Receipt{}, nil)
	}
	_, err := h.out.Render(&outputs.Delivery{ID: "dl_empty", Target: h.target()})
	h.want("a delivery without lead and notice", err, Fails(outputs.InstructRefused))
	if h.out.Traits().LeadsOnly {
		_, err := h.out.Render(NoticeDelivery(h.target()))
		h.want("a notice", err, Fails(outputs.InstructRefused))
	}
}

func (c Contract) testDelivers(t *testing.T) {
	h := c.start(t)
	var want []string
	for _, d := range h.samples() {
		if _, err := h.send(d); err != nil {
			t.Errorf("%s: %v", d.ID, err)
		}
		want = append(want, d.ID)
	}
	if diff := cmp.Diff(want, h.Delivered()); diff != "" {
		t.Errorf("what the target holds (-want +got):\n%s", diff)
	}
}

// testRepeats sends one delivery five times, with the connection breaking after
// the first was carried out where that is possible.
func (c Contract) testRepeats(t *testing.T) {
	h := c.start(t)
	if !h.out.Traits().Idempotent {
		t.Skip("not idempotent: what was sent twice is there twice")
	}
	d := LeadDelivery(1, h.target())
	if h.Target != nil {
		h.Target.Next(Step{Reset: AfterCommit})
	}
	for i := range 5 {
		_, err := h.send(d)
		if i == 0 && h.Target != nil {
			h.want("reset after commit", err, Fails(outputs.InstructAmbiguous))
			continue
		}
		if err != nil {
			t.Errorf("send %d: %v", i+1, err)
		}
	}
	if got := h.Delivered(); len(got) != 1 {
		t.Errorf("after five sends the target holds %q, want one record", got)
	}
}

func (c Contract) testFind(t *testing.T) {
	h := c.start(t)
	finder, ok := h.out.(outputs.Reconciler)
	if !ok {
		t.Skip("no Reconciler")
	}
	for _, d := range h.samples() {
		if _, found, err := finder.Find(t.Context(), d); err != nil || found {
			t.Errorf("%s: found before it was sent: %v, %v", d.ID, found, err)
		}
		sent, err := h.send(d)
		if err != nil {
			t.Fatalf("%s: %v", d.ID, err)
		}
		got, found, err := finder.Find(t.Context(), d)
		if err != nil || !found || got.RemoteID != sent.RemoteID {
			t.Errorf("%s: Find = %+v, %v, %v, want remote id %q", d.ID, got, found, err, sent.RemoteID)
		}
	}
}

func (c Contract) testConcurrent(t *testing.T) {
	h := c.start(t)
	const n = 32
	var group sync.WaitGroup
	errs := make([]error, n)
	want := make([]string, n)
	for i := range n {
		d := LeadDelivery(i, h.target())
		want[i] = d.ID
		group.Go(func() {
			r, err := h.out.Render(d)
			if err == nil {
				_, err = h.out.Send(t.Context(), d, r)
			}
			errs[i] = err
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	got := h.Delivered()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the target holds (-want +got):\n%s", diff)
	}
}

// testEnded sends with a context that is over: nothing may have happened, or it
// is said that it may have.
func (c Contract) testEnded(t *testing.T) {
	h := c.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.sendIn(ctx, h.out, LeadDelivery(1, h.target()))
	switch got := Got(err); got {
	case Expect{}, Fails(outputs.InstructAmbiguous):
	case Fails(outputs.InstructRetry):
		if held := h.Delivered(); len(held) > 0 {
			t.Errorf("the error asks to send again, but the target holds %q", held)
		}
	default:
		t.Errorf("ended context: %s (%v)", got, err)
	}
}

func describe(s Step) string {
	return fmt.Sprintf("status %d %s%s", s.Status, s.Body, s.Reset)
}
