package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// hook posts through an incoming webhook. Slack's answer is the word ok: without
// an id, there is no message to edit, to answer or to find again. slack-go's own
// helper drops the body, which is where the error's name is. It is safe for
// concurrent use.
type hook struct {
	name     string
	url      *url.URL
	shown    string
	unset    string
	client   *egress.Client
	encoders *outputs.Encoders
	view     view
}

func newHook(c Config, deps plugin.Deps, u *url.URL, unset string, v view) *hook {
	h := &hook{name: deps.Name, url: u, unset: unset, encoders: &outputs.Encoders{}, view: v}
	o := egress.Options{AllowPrivate: c.AllowPrivate, Transport: deps.Transport, Now: deps.Now}
	if u != nil {
		h.shown = egress.Shown(u)
		o.PlainHTTP = u.Scheme == "http"
		// The path as a whole is the secret; parts of it are known in every reply of Slack's.
		o.Redactor = egress.NewRedactor(append(egress.URLSecrets(u), u.EscapedPath())...)
	}
	h.client = egress.New(o)
	return h
}

// Traits says that a message sent twice is there twice.
func (h *hook) Traits() outputs.Traits {
	return outputs.Traits{
		OnUpdate:           outputs.UpdateSend,
		Updates:            []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateIgnore},
		Concurrency:        1,
		PerSecond:          perChannel,
		PerTargetPerSecond: perChannel,
	}
}

// CheckTarget refuses every target: the webhook was made for one channel.
func (h *hook) CheckTarget(target string) error {
	if target == "" {
		return nil
	}
	return fmt.Errorf("%s is an incoming webhook, which posts to the one channel it was made for: write `- %s` without %q behind it, or use a token instead of webhook_url",
		h.name, h.name, target)
}

// Render makes the message as JSON.
func (h *hook) Render(d *outputs.Delivery) (*outputs.Request, error) {
	m, err := h.view.compose(d)
	if err != nil {
		return nil, err
	}
	body, err := h.encoders.Marshal(m)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return &outputs.Request{Method: http.MethodPost, URL: h.shown, Body: body}, nil
}

// Send posts one message.
func (h *hook) Send(ctx context.Context, _ *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	if h.unset != "" {
		return outputs.Receipt{}, notSet(h.name, h.unset)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url.String(), bytes.NewReader(r.Body))
	if err != nil {
		return outputs.Receipt{}, outputs.Permanent(fmt.Errorf("output %s: the webhook's address cannot be used", h.name))
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "leadhub")
	reply, err := h.client.Do(req)
	if err != nil {
		return outputs.Receipt{}, err
	}
	if err := h.check(reply); err != nil {
		return outputs.Receipt{}, err
	}
	return outputs.Receipt{Status: reply.Status}, nil
}

// Close closes idle connections.
func (h *hook) Close() error { return h.client.Close() }

// check reads the answer: "ok", or a status with the error's name as plain text
// (documented). A name says more than the status; without one the status decides,
// except that 404 is Slack's answer for a webhook that was removed.
func (h *hook) check(r *egress.Reply) error {
	word := errorWord(r.Body)
	if r.Status >= 200 && r.Status <= 299 {
		// Something else than Slack may say "accepted" where Slack says "ok".
		if word == "" || !bytes.HasPrefix(r.Body, []byte("{")) {
			return nil
		}
	}
	i, _ := egress.InstructionFor(r.Status)
	switch {
	case word == "no_service", word == "no_active_hooks", word == "no_team",
		r.Status == http.StatusNotFound, r.Status == http.StatusGone:
		return h.client.Failure(outputs.InstructDisable, r, h.gone(r, word))
	case word != "":
		if known, after := instructionFor(word); known != outputs.InstructRetry || after > 0 {
			i = known
		}
	}
	if i == outputs.InstructPauseTarget {
		i = outputs.InstructDisable // its one channel is all there is
	}
	if word == "" {
		return h.client.Fail(i, r, h.client.Note(r))
	}
	detail := word
	if s := advice(word); s != "" {
		detail += ": " + s
	}
	return h.client.Fail(i, r, detail)
}

func (h *hook) gone(r *egress.Reply, word string) string {
	text := fmt.Sprintf("%s answered %d %s", r.From, r.Status, word)
	if s := advice(word); s != "" {
		return text + ": " + s
	}
	return text + ": the incoming webhook was removed or its app uninstalled; make a new one and put its address into the configuration"
}

// errorWord returns the error's name in a reply; "" for ok and for what is no name.
func errorWord(body []byte) string {
	s := strings.TrimSpace(string(body))
	var a answer
	if strings.HasPrefix(s, "{") && json.Unmarshal(body, &a) == nil {
		if a.OK != nil && *a.OK {
			return ""
		}
		s = a.Error
	}
	odd := strings.ContainsFunc(s, func(c rune) bool { return (c < 'a' || c > 'z') && c != '_' })
	if odd || len(s) > 64 || s == "ok" {
		return ""
	}
	return s
}
