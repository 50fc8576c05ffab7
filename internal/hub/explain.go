package hub

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/receivers"
	"leadhub/rules"
)

// ExplainOptions say what to explain and as of when.
type ExplainOptions struct {
	PayloadOptions
	// At is when a payload arrived, as When reads it; "": now.
	At string
	// Today explains an event of the hub with the configuration as it is now,
	// instead of with the one that decided.
	Today bool
}

// Explain says for every captured payload what would happen to it, and for every
// event of the hub (evt_42) what did, and why. Nothing is sent and nothing is kept.
func Explain(ctx context.Context, configFile string, inputs []string, o ExplainOptions, env Env) ([]*Explanation, error) {
	if env.Hub != nil {
		return explainElsewhere(ctx, inputs, o, env)
	}
	c, err := openToExplain(configFile, env, o.Today || slices.ContainsFunc(inputs, func(input string) bool {
		_, event := eventInput(input)
		return !event
	}))
	if err != nil {
		return nil, err
	}
	at := env.Now()
	if o.At != "" {
		if at, err = When("--at", o.At, c.Timezone, at, Past); err != nil {
			return nil, err
		}
	}
	explanations := make([]*Explanation, 0, len(inputs))
	for _, input := range inputs {
		var e *Explanation
		if n, ok := eventInput(input); ok {
			e, err = explainEvent(ctx, c, n, o.Today, env)
		} else {
			var p *payload
			if p, err = readPayload(c.Config, input, o.PayloadOptions); err == nil {
				e = explainPayload(c.Config, p, at, c.lookup)
			}
		}
		if err != nil {
			return nil, err
		}
		explanations = append(explanations, e)
	}
	return explanations, nil
}

// openToExplain opens the configuration; decides says that it decides anew, for which
// its lists must be good.
func openToExplain(configFile string, env Env, decides bool) (*opened, error) {
	if decides {
		return open(configFile, env, true)
	}
	return openToLook(configFile, env)
}

// ExplainEvent says what happened to one event of the hub, and why.
func ExplainEvent(ctx context.Context, configFile, id string, today bool, env Env) (*Explanation, error) {
	n, ok := EventNumber(id)
	if !ok {
		return nil, notAnEvent(id)
	}
	c, err := openToExplain(configFile, env, today)
	if err != nil {
		return nil, err
	}
	return explainEvent(ctx, c, n, today, env)
}

// explainElsewhere explains events of a hub that runs elsewhere. Its configuration
// and its files are there too, so a file of this computer has no place here.
func explainElsewhere(ctx context.Context, inputs []string, o ExplainOptions, env Env) ([]*Explanation, error) {
	out := make([]*Explanation, 0, len(inputs))
	for _, input := range inputs {
		if _, ok := EventNumber(input); !ok {
			return nil, usagef("with --hub, explain takes ids of events (evt_42); to explain the file %s with the configuration here, leave --hub out", Shorten(input))
		}
		e, err := env.Hub.explainEvent(ctx, input, o.Today)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// eventInput says whether an input is the id of an event and not a file.
func eventInput(input string) (int64, bool) {
	n, ok := EventNumber(input)
	if !ok {
		return 0, false
	}
	_, err := os.Stat(input)
	return n, err != nil
}

func explainPayload(c *config.Config, p *payload, at time.Time, lookup func(string) (string, bool)) *Explanation {
	req := &receivers.Request{Method: http.MethodPost, Path: p.receiver.Path, Header: p.header, Body: p.body, ReceivedAt: at}
	if req.Header == nil {
		req.Header = http.Header{}
	}
	verification := Verification{Result: VerifiedUnknown, Reason: "no headers were captured with it"}
	if p.header != nil {
		verification = verify(p.receiver, req, unsetVariables(c.Source, p.receiver.Name, lookup))
	}
	e := explain(c, p.receiver, req, "webhook", func(int) bool { return true }, nil)
	e.Input, e.Verification = p.file, verification
	return e
}

// acceptsAnything says whether a receiver has nothing to verify with: then its
// acceptance means nothing.
func acceptsAnything(r *config.Receiver, req *receivers.Request) bool {
	bare := *req
	bare.Header = http.Header{}
	if t := req.Header.Get("Content-Type"); t != "" {
		bare.Header.Set("Content-Type", t)
	}
	_, err := r.Verify(&bare)
	return err == nil
}

// verify runs the receiver's own verification, and puts what it kept of the
// request in its place. A request that carries no signature, or whose secret is
// not set here, is not called wrong: nobody can tell.
func verify(r *config.Receiver, req *receivers.Request, unset []string) Verification {
	open := acceptsAnything(r, req)
	verified, err := r.Verify(req)
	if err == nil {
		kept := http.Header{}
		for _, name := range verified.Keep {
			if values := req.Header.Values(name); len(values) > 0 {
				kept[http.CanonicalHeaderKey(name)] = values
			}
		}
		if test := req.Header.Values(receivers.TestHeader); len(test) > 0 {
			kept[receivers.TestHeader] = test
		}
		req.Header, req.Body = kept, verified.Body
		if open {
			return Verification{Result: VerifiedUnknown, Reason: "the receiver has no secret, so the hub accepts every request"}
		}
		return Verification{Result: VerifiedYes}
	}
	rejection, ok := errors.AsType[*receivers.Rejection](err)
	if !ok {
		return Verification{Result: VerifiedUnknown, Reason: err.Error()}
	}
	authenticity := rejection.Status == http.StatusUnauthorized
	switch {
	case authenticity && rejection.Reason == receivers.ReasonNoAddress:
		return Verification{Result: VerifiedUnknown, Reason: "allow_ips is set, and who sent it was not captured"}
	case authenticity && (rejection.Reason == receivers.ReasonNoSignature || rejection.Reason == receivers.ReasonNoToken):
		return Verification{Result: VerifiedUnknown, Reason: "the captured headers hold no signature or token"}
	case authenticity && len(unset) > 0:
		return Verification{Result: VerifiedUnknown, Reason: areNotSet(unset)}
	}
	v := Verification{Result: VerifiedRejected, Reason: string(rejection.Reason), Hint: rejection.Hint, Status: rejection.Status}
	if rejection.Reason == receivers.ReasonStale {
		v.Hint = strings.TrimPrefix(v.Hint+"; if it was captured earlier, say when with --at TIME", "; ")
	}
	return v
}

// explain reads and decides a request exactly as the hub does. isNew says whether
// lead i was seen for the first time. kept holds the decisions, by lead, whose
// traces count because the lists have changed since; nil: none.
func explain(c *config.Config, r *config.Receiver, req *receivers.Request, channel string, isNew func(i int) bool, kept map[int]*store.DecisionRow) *Explanation {
	e := &Explanation{
		Receiver:   r.Name,
		Vendor:     r.Type,
		ReceivedAt: req.ReceivedAt.In(c.Timezone),
		Stories:    []Story{},
		Config:     c.Hash,
		Lists:      c.Versions.Names(),
	}
	if m, ok := r.Receiver.(receivers.Explainer); ok {
		e.Mapping = m.Explain(req)
	}
	scope := rules.NewScope()
	u := pipeline.Understand(c, scope, r, req, channel)
	if u.Err != nil {
		e.Unmapped = u.Err.Error()
		return e
	}
	e.Event = summarize(&u.Event)
	n := len(u.Event.Leads)
	if u.Event.Kind == receivers.KindNotice {
		n = 1
	}
	for i := range n {
		e.Stories = append(e.Stories, tell(c, scope, u, i, isNew(i), kept[i]))
	}
	return e
}

func summarize(ev *receivers.Event) *EventSummary {
	s := &EventSummary{
		Name: ev.Name, Kind: "leads", Key: ev.Key, Tenant: ev.Tenant,
		DeliveryID: ev.DeliveryID, IsTest: ev.Test, Subject: ev.Subject,
	}
	if ev.Kind == receivers.KindNotice {
		s.Kind = "notice"
	}
	if !ev.OccurredAt.IsZero() {
		s.OccurredAt = &ev.OccurredAt
	}
	return s
}
