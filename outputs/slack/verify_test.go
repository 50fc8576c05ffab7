package slack_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack/slacktest"
)

func TestVerify(t *testing.T) {
	const all = "chat:write,chat:write.public,channels:history,channels:read"
	for name, c := range map[string]struct {
		scopes, refuse string
		step           outputtest.Step
		want           []string // field, its mark, and how the message begins
	}{
		"good":            {scopes: all},
		"scopes not told": {},
		"private only":    {scopes: "chat:write, chat:write.public, groups:history, groups:read"},
		"cannot post":     {scopes: "channels:history", want: []string{"token: the app may not post: its scope chat:write is missing"}},
		"posts only": {scopes: "chat:write", want: []string{
			"!token: without the scope chat:write.public", "!token: a message whose answer got lost cannot be looked for",
		}},
		"cannot look": {scopes: "chat:write,chat:write.public,channels:history", want: []string{"!token: a message whose answer got lost"}},
		"revoked":     {refuse: "token_revoked", want: []string{"token: Slack says token_revoked"}},
		"not Slack":   {step: outputtest.Step{Status: 200, Body: "<html>"}, want: []string{"api_url: 127.0.0.1"}},
		"not there":   {step: outputtest.Step{Status: 404}, want: []string{"api_url: 127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.slack.SetScopes(c.scopes)
			w.slack.Refuse("auth.test", c.refuse)
			if c.step.Status != 0 {
				w.target.Next(c.step)
			}
			err := w.out.(outputs.Verifier).Verify(t.Context())
			fields, rest := plugin.FieldErrors(err)
			if rest != nil {
				t.Errorf("not about a key: %v", rest)
			}
			var got []string
			for i, f := range fields {
				text := f.Error()
				if f.Warning {
					text = "!" + text
				}
				if i < len(c.want) && strings.HasPrefix(text, c.want[i]) {
					text = c.want[i]
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(w.slack.Messages()) > 0 {
				t.Error("it posted something")
			}
			if err != nil && strings.Contains(err.Error(), slacktest.Token) {
				t.Errorf("the token leaks: %v", err)
			}
		})
	}
	w := newWorld(t, "")
	w.target.Next(outputtest.Step{Status: 503})
	err := w.out.(outputs.Verifier).Verify(t.Context())
	if fields, rest := plugin.FieldErrors(err); len(fields) > 0 || rest == nil {
		t.Errorf("Slack is down: %v", err)
	}
	unset := offline(t, "token: !leadhub/unset x\n")
	if err := unset.(outputs.Verifier).Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "token is not set") {
		t.Errorf("without a token: %v", err)
	}
}
