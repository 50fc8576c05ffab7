package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	slackapi "github.com/slack-go/slack"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// bot posts with a token. It is safe for concurrent use.
type bot struct {
	name     string
	channel  string // the default channel, "" if none
	unset    string // the key whose variable is not set, "" if none
	shown    string // the API's address, for people
	client   *egress.Client
	api      *slackapi.Client
	encoders *outputs.Encoders
	ids      *sync.Map // channel's name → id, learnt from answers
	view     view
}

func newBot(c Config, deps plugin.Deps, api *url.URL, unset string, v view) *bot {
	endpoint := *api
	endpoint.Path = strings.TrimRight(endpoint.Path, "/") + "/"
	b := &bot{
		name: deps.Name, channel: c.Channel, unset: unset, shown: egress.Shown(&endpoint),
		encoders: &outputs.Encoders{}, ids: &sync.Map{}, view: v,
	}
	b.client = egress.New(egress.Options{
		AllowPrivate: c.AllowPrivate,
		PlainHTTP:    api.Scheme == "http",
		Transport:    deps.Transport,
		MaxReply:     maxReply,
		Now:          deps.Now,
		Redactor:     egress.NewRedactor(append(egress.URLSecrets(api), c.Token.Reveal())...),
	})
	b.api = slackapi.New(c.Token.Reveal(), slackapi.OptionHTTPClient(doer{b.client}), slackapi.OptionAPIURL(endpoint.String()))
	return b
}

// Traits says that Slack knows no idempotency key: a message sent twice is there
// twice, so an attempt of unknown outcome is looked for first.
func (b *bot) Traits() outputs.Traits {
	return outputs.Traits{
		OnUpdate:           outputs.UpdateThread,
		Updates:            []outputs.OnUpdate{outputs.UpdateThread, outputs.UpdateEdit, outputs.UpdateSend, outputs.UpdateIgnore},
		Concurrency:        concurrency,
		PerSecond:          perWorkspace,
		PerTargetPerSecond: perChannel,
	}
}

// CheckTarget wants a channel, unless there is a default one.
func (b *bot) CheckTarget(target string) error {
	if target != "" {
		return checkChannel(target)
	}
	if b.channel == "" {
		return fmt.Errorf("which channel? Write `- %s: \"#leads\"`, or give the output %s a default with channel: \"#leads\"", b.name, b.name)
	}
	return nil
}

// Render makes the message as JSON. A later revision answers in the thread of
// the earlier message, or edits it, as Delivery.OnUpdate says.
func (b *bot) Render(d *outputs.Delivery) (*outputs.Request, error) {
	m, err := b.compose(d)
	if err != nil {
		return nil, err
	}
	body, err := b.encoders.Marshal(m)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	method := "chat.postMessage"
	if m.TS != "" {
		method = "chat.update"
	}
	return &outputs.Request{Method: http.MethodPost, URL: b.shown + method, Body: body}, nil
}

func (b *bot) compose(d *outputs.Delivery) (*message, error) {
	m, err := b.view.compose(d)
	if err != nil {
		return nil, err
	}
	m.Metadata = metadata(d)
	m.Channel = d.Target
	if m.Channel == "" {
		m.Channel = b.channel
	}
	if m.Channel == "" {
		return nil, outputs.Permanent(errors.New("no channel is named"))
	}
	if d.Previous == nil {
		return m, nil
	}
	at, ok := placeOf(d.Previous.RemoteID)
	if !ok {
		return m, nil // sent by other means: there is nothing to answer to
	}
	switch d.OnUpdate {
	case outputs.UpdateEdit:
		m.Channel, m.TS = at.channel, at.root
		if at.reply != "" {
			m.TS = at.reply
		}
	case outputs.UpdateThread, "":
		m.Channel, m.ThreadTS = at.channel, at.root
	case outputs.UpdateSend, outputs.UpdateIgnore:
	}
	return m, nil
}

// Send posts or edits one message.
func (b *bot) Send(ctx context.Context, _ *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	if b.unset != "" {
		return outputs.Receipt{}, notSet(b.name, b.unset)
	}
	var m wire
	if err := json.Unmarshal(r.Body, &m); err != nil {
		return outputs.Receipt{}, outputs.Permanent(errors.New("the stored request is not a Slack message"))
	}
	blocks := make([]slackapi.Block, len(m.Blocks))
	for i := range m.Blocks {
		blocks[i] = m.Blocks[i]
	}
	options := []slackapi.MsgOption{
		slackapi.MsgOptionText(m.Text, false), slackapi.MsgOptionBlocks(blocks...), slackapi.MsgOptionMetadata(m.Metadata),
		slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl(),
	}
	switch {
	case m.TS != "":
		options = append(options, slackapi.MsgOptionUpdate(m.TS))
	case m.ThreadTS != "":
		options = append(options, slackapi.MsgOptionTS(m.ThreadTS))
	}
	call, ctx := newCall(ctx)
	// What slack-go makes of the reply is not used: it drops bodies, and takes a
	// Retry-After with a date for a number that is wrong.
	_, _, _, err := b.api.SendMessageContext(ctx, m.Channel, options...)
	answer, err := b.read(call, err, m.Channel)
	if err != nil {
		return outputs.Receipt{}, err
	}
	at := place{channel: answer.Channel, root: answer.TS}
	if m.ThreadTS != "" {
		at.root, at.reply = m.ThreadTS, answer.TS
	}
	if answer.Channel != "" {
		b.ids.Store(m.Channel, answer.Channel)
	}
	return outputs.Receipt{Status: call.reply.Status, RemoteID: at.String()}, nil
}

// Close closes idle connections.
func (b *bot) Close() error { return b.client.Close() }

// answer is the part of a Web API reply that every method shares.
type answer struct {
	OK       *bool  `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	Channel  string `json:"channel"`
	TS       string `json:"ts"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
}

// read classifies what a call brought back.
func (b *bot) read(call *call, failed error, channel string) (answer, error) {
	var a answer
	switch {
	case call.err != nil:
		return a, call.err
	case call.reply == nil:
		return a, outputs.Permanent(errors.New(b.client.Redactor().Text("the request could not be made: " + fmt.Sprint(failed))))
	}
	r := call.reply
	if err := b.client.Check(r); err != nil {
		return a, err
	}
	if r.Status != http.StatusOK || json.Unmarshal(r.Body, &a) != nil || a.OK == nil {
		return a, b.client.Failure(outputs.InstructAmbiguous, r,
			fmt.Sprintf("%s answered %d with something that is not Slack's: %s", r.From, r.Status, b.client.Note(r)))
	}
	if *a.OK {
		return a, nil
	}
	return a, b.refused(r, &a, channel)
}

// refused makes the error of an answer with an error code.
func (b *bot) refused(r *egress.Reply, a *answer, channel string) error {
	i, after := instructionFor(a.Error)
	text := "Slack says " + a.Error
	if channel != "" {
		text += " for " + channel
	}
	if s := advice(a.Error); s != "" {
		text += ": " + s
	}
	if a.Needed != "" {
		text += " (needed: " + a.Needed + ")"
	}
	if len(a.Metadata.Messages) > 0 {
		text += " " + strings.Join(a.Metadata.Messages, "; ")
	}
	err := b.client.Failure(i, r, text)
	var e *outputs.Error
	if errors.As(err, &e) && after > e.After {
		e.After = after
	}
	return err
}

// call collects what came back from one call of the Web API, as slack-go hands on
// only a part of it.
type call struct {
	reply *egress.Reply
	err   error
}

type callKey struct{}

func newCall(ctx context.Context) (*call, context.Context) {
	c := &call{}
	return c, context.WithValue(ctx, callKey{}, c)
}

// doer is the HTTP client of slack-go.
type doer struct{ client *egress.Client }

// Do sends the request and keeps the reply for the call it belongs to.
func (d doer) Do(req *http.Request) (*http.Response, error) {
	reply, err := d.client.Do(req)
	if c, ok := req.Context().Value(callKey{}).(*call); ok {
		c.reply, c.err = reply, err
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(reply.Status), StatusCode: reply.Status, Header: reply.Header, Request: req,
		Body: io.NopCloser(bytes.NewReader(reply.Body)), ContentLength: int64(len(reply.Body)),
	}, nil
}
