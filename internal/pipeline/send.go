package pipeline

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/outputs"
)

// onDelivery sends one delivery and records what became of it. It always
// acknowledges: what happens next is a state of the row.
func (h *Hub) onDelivery(o *output, m *message.Message) error {
	j := queue.JobOf(m)
	if j == nil {
		return errors.New("pipeline: a message without a delivery")
	}
	if why := h.store.MaySend(); why != "" {
		o.deliveries.Done()
		h.giveBack(j, h.now().Add(time.Second))
		return nil
	}
	r := h.attempt(o, j)
	o.deliveries.Sent()
	remember(o, &r)
	h.recorder.put(r, func() {
		h.flights.end(j.ID)
		o.deliveries.Done()
		if r.State == store.StateWaiting {
			h.dueAt(j.Output, r.Due)
		}
	})
	return nil
}

// giveBack returns a delivery to the store, untouched.
func (h *Hub) giveBack(j *store.Job, due time.Time) {
	h.recorder.put(store.Result{
		Job: j, State: store.StateWaiting, Due: due, Tries: j.Tries, Began: j.Began, Unsure: j.Unsure, Request: j.Request,
	}, func() { h.dueAt(j.Output, due) })
}

// dueAt tells the output, as it is configured now, that a delivery falls due.
func (h *Hub) dueAt(output string, due time.Time) {
	if o := h.gen.Load().outputs[output]; o != nil {
		o.deliveries.DueAt(due)
	}
}

// attempt makes one attempt at a delivery.
func (h *Hub) attempt(o *output, j *store.Job) store.Result {
	r := store.Result{Job: j, Tries: j.Tries, Began: j.Began, Unsure: j.Unsure, Request: j.Request}
	if r.Began == 0 {
		r.Began = h.now().UnixMilli()
	}
	if j.Previous != nil && o.Policy.OnUpdate == outputs.UpdateIgnore {
		r.State, r.Note = store.StateSkipped, fmt.Sprintf("revision %d is there already, and on_update is ignore", j.Previous.Revision)
		return r
	}
	d, err := h.delivery(o, j)
	if err != nil {
		r.Tries++
		return h.failed(o, r, err)
	}
	out := h.view(o, j, d)
	req, err := Render(out, d)
	if err != nil {
		r.Tries++
		return h.failed(o, r, err)
	}
	hash := req.Hash()
	switch {
	case r.Request == nil:
		r.Request = hash[:]
	case string(r.Request) != string(hash[:]):
		// The configuration changed between two attempts: another body needs another
		// key, or the target would answer for the first body.
		d.ID += "." + strings.ToLower(base32.HexEncoding.EncodeToString(hash[:5]))
		if req, err = Render(out, d); err != nil {
			r.Tries++
			return h.failed(o, r, err)
		}
	}
	ctx, cancel := context.WithTimeout(h.sending, o.Policy.Timeout)
	defer cancel()
	if r.Unsure && !o.traits.Idempotent {
		if done, ok := h.reconcile(ctx, o, out, d, &r); ok {
			return done
		}
	}
	h.flights.begin(j.ID, o.traits.Vendor, d.Lead)
	var receipt outputs.Receipt
	err = guard("sending", func() error {
		var err error
		receipt, err = out.Send(ctx, d, req)
		return err
	})
	r.Tries++
	if err != nil {
		return h.failed(o, r, err)
	}
	h.resume(o, j.Target)
	return delivered(r, receipt)
}

func delivered(r store.Result, receipt outputs.Receipt) store.Result {
	r.State, r.Status, r.Remote, r.Note, r.Unsure = store.StateDelivered, receipt.Status, receipt.RemoteID, receipt.Note, false
	if receipt.AlreadyThere {
		r.State = store.StateAlreadyThere
	}
	return r
}

// reconcile settles an earlier attempt of unknown outcome before anything is sent again.
func (h *Hub) reconcile(ctx context.Context, o *output, out outputs.Output, d *outputs.Delivery, r *store.Result) (store.Result, bool) {
	rec, can := out.(outputs.Reconciler)
	if !can {
		if o.Policy.ParkAmbiguous {
			r.State, r.Note = store.StateParked, "an attempt may have reached the target; look there, then retry or skip it"
			return *r, true
		}
		return *r, false
	}
	receipt, there, err := rec.Find(ctx, d)
	switch {
	case errors.Is(err, outputs.ErrCannotTell) && o.Policy.ParkAmbiguous:
		r.State, r.Note = store.StateParked, cut(err.Error())
		return *r, true
	case errors.Is(err, outputs.ErrCannotTell):
		return *r, false // on_ambiguous: retry accepts that it may be there twice
	case err != nil:
		r.Tries++
		return h.failed(o, *r, fmt.Errorf("looking for an earlier attempt: %w", err)), true
	case there:
		return delivered(*r, receipt), true
	}
	r.Unsure = false
	return *r, false
}

// delivery builds what outputs see of a delivery.
func (h *Hub) delivery(o *output, j *store.Job) (*outputs.Delivery, error) {
	d, err := newDelivery(o.gen.cfg, &o.Output, h.tableOf(j.Config), j)
	if err == nil {
		d.Data = h.gen.Load().cfg.Data // lists are read again without a new generation of outputs
	}
	return d, err
}

// Render makes a delivery's request as the hub does. An error is permanent.
func Render(out outputs.Output, d *outputs.Delivery) (req *outputs.Request, err error) {
	err = guard("rendering", func() error {
		var err error
		if req, err = out.Render(d); err != nil {
			return outputs.Permanent(err)
		}
		return nil
	})
	return req, err
}

func decodeJSON[T any](body []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(body, v); err != nil {
		return nil, fmt.Errorf("the stored lead or notice cannot be read: %w", err)
	}
	return v, nil
}

// maxNote bounds what is kept of an error's text, in bytes.
const maxNote = 1024

// failed turns an error into what happens next. r.Tries counts the attempt.
func (h *Hub) failed(o *output, r store.Result, err error) store.Result {
	how, after, status := outputs.InstructionOf(err)
	now := h.now()
	r.Status, r.Note = status, cut(err.Error())
	r.Attempt = &store.Attempt{N: r.Tries, At: now, Status: status, What: uint8(how), Note: r.Note}
	switch how {
	case outputs.InstructRefused:
		r.State = store.StateRefused
		h.log.Warn("delivery refused", slog.String("delivery", r.Job.PublicID()), slog.String("output", o.Name), slog.String("error", r.Note))
		return r
	case outputs.InstructPause, outputs.InstructDisable, outputs.InstructPauseTarget:
		target := ""
		if how == outputs.InstructPauseTarget {
			target = r.Job.Target
		}
		h.pause(o, target, how == outputs.InstructDisable, r.Note)
		r.Tries-- // waiting for a person burns no attempts
		r.State, r.Due = store.StateWaiting, now
		return r
	case outputs.InstructAmbiguous:
		r.Unsure = true
		if !o.traits.Idempotent && o.Policy.ParkAmbiguous {
			if _, can := o.Output.Output.(outputs.Reconciler); !can {
				r.State = store.StateParked
				return r
			}
		}
	case outputs.InstructRetry:
	}
	steps := o.Policy.Retry
	wait := max(after, jitter(steps[min(r.Tries, len(steps))-1]))
	r.State, r.Due = store.StateWaiting, now.Add(wait)
	if r.Due.Sub(time.UnixMilli(r.Began)) > o.Policy.GiveUpAfter && !h.isPaused(o.Name, r.Job.Target) {
		r.State = store.StateGaveUp
		h.log.Error("gave up on a delivery", slog.String("delivery", r.Job.PublicID()), slog.String("output", o.Name), slog.Int("tries", r.Tries), slog.String("error", r.Note))
	}
	return r
}

// jitter spreads waits by a fifth, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // spreading load needs no secret randomness
}

func cut(s string) string {
	if len(s) <= maxNote {
		return s
	}
	return strings.ToValidUTF8(s[:maxNote], "")
}
