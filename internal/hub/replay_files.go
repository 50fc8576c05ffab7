package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/receivers"
)

// ReplayFile is a payload that was captured elsewhere.
type ReplayFile struct {
	Name     string      `json:"name"` // a path, for messages; the folder's name may say the receiver
	Receiver string      `json:"receiver,omitempty"`
	Header   http.Header `json:"headers,omitempty"` // nil: none were captured
	Body     []byte      `json:"body"`
}

// FilePlan says what would become of one file.
type FilePlan struct {
	File     string `json:"file"`
	Receiver string `json:"receiver"`
	pipeline.ImportPlan
}

// maxFiles bounds how many files one replay takes.
const maxFiles = 1000

// ReadReplayFile reads a payload and the headers beside it.
func ReadReplayFile(configFile, file string, o PayloadOptions, env Env) (ReplayFile, error) {
	f := ReplayFile{Name: file, Receiver: o.Receiver}
	if env.Hub == nil {
		c, err := open(configFile, env, true)
		if err != nil {
			return f, err
		}
		p, err := readPayload(c.Config, file, o)
		if err != nil {
			return f, err
		}
		f.Receiver, f.Header, f.Body = p.receiver.Name, p.header, p.body
		return f, nil
	}
	var err error
	if f.Body, err = readBody(file, o); err != nil {
		return f, err
	}
	f.Header, err = readHeadersOf(file, o)
	return f, err
}

// planFiles says what would become of files that are taken in.
func (a *acting) planFiles(ctx context.Context, o ReplayOptions, p *ReplayPlan) error {
	events, err := a.newEvents(o)
	if err != nil {
		return err
	}
	plans, err := a.acts.PlanImport(ctx, events)
	if err != nil {
		return err
	}
	for i := range plans {
		p.Files = append(p.Files, FilePlan{File: o.Files[i].Name, Receiver: events[i].Receiver, ImportPlan: plans[i]})
	}
	return nil
}

// takeFiles keeps files as events. Those that cannot be read are kept, too: as unmapped.
func (a *acting) takeFiles(ctx context.Context, o ReplayOptions, progress func(ReplayProgress)) (*ReplayResult, error) {
	events, err := a.newEvents(o)
	if err != nil {
		return nil, err
	}
	r := &ReplayResult{Running: a.acts.Running()}
	first, err := a.acts.Import(ctx, events)
	if errors.Is(err, pipeline.ErrNotReady) {
		return nil, errors.New("the disk is almost full: nothing is taken in until there is room")
	}
	if err != nil {
		return nil, err
	}
	for i := range events {
		r.Taken = append(r.Taken, store.EventID(first+int64(i)))
	}
	progress(ReplayProgress{Events: len(events)})
	return r, nil
}

// newEvents makes events of files. Verification is not repeated: the files are the
// operator's. What a receiver keeps of a request only its verification knows, so each
// is signed anew, as its vendor would, and put through it.
func (a *acting) newEvents(o ReplayOptions) ([]store.NewEvent, error) {
	switch {
	case len(o.Files) > maxFiles:
		return nil, usagef("at most %d files at once", maxFiles)
	case len(o.Events) > 0:
		return nil, usagef("replay either files or events, not both at once")
	case o.Stored || o.Changed || o.Again || o.From != "" || o.Until != "" || o.Outcome != "" || o.Route != "" || o.Output != "":
		return nil, usagef("a file is taken in as a new event, and routed like any other: only --receiver goes with it")
	}
	now := a.env.Now()
	c := a.acts.Config()
	events := make([]store.NewEvent, len(o.Files))
	for i, f := range o.Files {
		r, err := pickReceiver(c, f.Name, f.Receiver)
		if err != nil {
			return nil, err
		}
		e, err := newEvent(r, f, now)
		if err != nil {
			return nil, err
		}
		events[i] = e
	}
	return events, nil
}

func newEvent(r *config.Receiver, f ReplayFile, now time.Time) (e store.NewEvent, err error) {
	p := &payload{file: f.Name, body: f.Body, header: f.Header, receiver: r}
	header, err := sign(p, SendOptions{Live: true}, now)
	if err != nil {
		return e, err
	}
	if f.Header.Get(receivers.TestHeader) != "" {
		header.Set(receivers.TestHeader, f.Header.Get(receivers.TestHeader)) // a test stays one
	}
	req := &receivers.Request{Method: http.MethodPost, Path: r.Path, Header: header, Body: f.Body, ReceivedAt: now}
	if signer, ok := r.Receiver.(receivers.QuerySigner); ok {
		if req.Query, err = signer.SignQuery(); err != nil {
			return e, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	v, err := r.Verify(req)
	if err != nil {
		return e, fmt.Errorf("%s: %s would refuse it: %w", f.Name, r.Name, err)
	}
	return store.NewEvent{
		Receiver: r.Name, Channel: store.ChannelImport, At: now, Meta: pipeline.EncodeMeta(header, v.Keep), Body: v.Body,
	}, nil
}
