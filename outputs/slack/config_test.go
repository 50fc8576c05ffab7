package slack_test

import (
	"strings"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack"
)

func TestConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		block string
		want  []string // "field: message" of each, ! before a warning
	}{
		"bot":             {"token: xoxb-1", nil},
		"rotated":         {"token: xoxe.xoxb-1-x", nil},
		"webhook":         {"webhook_url: https://hooks.slack.com/services/T/B/x", nil},
		"gov":             {"webhook_url: https://hooks.slack-gov.com/services/T/B/x", nil},
		"nothing":         {"{}", []string{"token: missing"}},
		"both":            {"token: xoxb-1\nwebhook_url: https://hooks.slack.com/services/T/B/x", []string{"webhook_url: a Slack output has either a token or a webhook_url, not both"}},
		"app token":       {"token: xapp-1", []string{"token: this is an app-level token, which cannot post"}},
		"odd token":       {"token: abc", []string{"!token: this does not look like a bot token, which begins with xoxb-"}},
		"broken token":    {"token: \"abc\\n\"", []string{"token: a token has no spaces or special characters"}},
		"url as token":    {"token: https://hooks.slack.com/services/T/B/x", []string{"token: this is a URL, not a token"}},
		"channel":         {"token: xoxb-1\nchannel: leads", []string{`channel: "leads" is not the name of a channel: did you mean "#leads"?`}},
		"webhook channel": {"webhook_url: https://hooks.slack.com/services/T/B/x\nchannel: \"#leads\"", []string{"channel: an incoming webhook posts to the one channel it was made for"}},
		"webhook api":     {"webhook_url: https://hooks.slack.com/services/T/B/x\napi_url: https://slack.com/x", []string{"api_url: an incoming webhook has its own address"}},
		"trigger":         {"webhook_url: https://hooks.slack.com/triggers/T/1/x", []string{"webhook_url: this is not an incoming webhook (a workflow's trigger understands other messages)"}},
		"elsewhere":       {"webhook_url: https://chat.example.com/hooks/x", []string{"!webhook_url: this is not an address of Slack's"}},
		"no https":        {"webhook_url: http://hooks.slack.com/services/T/B/x", []string{"webhook_url: plain http would send leads unencrypted"}},
		"several": {"token: xapp-1\nchannel: \"#A B\"\napi_url: slack.com", []string{
			`channel: "#A B" is not the name of a channel: did you mean "#a-b"?`,
			"token: this is an app-level token, which cannot post",
			"api_url: a URL begins with https://",
		}},
	} {
		out, err := outputtest.Build(t, slack.Kind, tc.block, "")
		fields, rest := plugin.FieldErrors(err)
		if rest != nil {
			t.Errorf("%s: %v", name, rest)
		}
		var got []string
		bad := false
		for _, f := range fields {
			mark := ""
			if f.Warning {
				mark = "!"
			}
			bad = bad || !f.Warning
			got = append(got, mark+f.Error())
		}
		if strings.Join(got, "\n") != strings.Join(tc.want, "\n") {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if (out == nil) != bad {
			t.Errorf("%s: an output beside errors, or none beside warnings", name)
		}
	}
}

func TestTargetMessages(t *testing.T) {
	bot := offline(t, "token: xoxb-1")
	hook := offline(t, "webhook_url: https://hooks.slack.com/services/T/B/x")
	for _, tc := range []struct {
		err  error
		want string
	}{
		{bot.CheckTarget("hot"), `did you mean "#hot"?`},
		{bot.CheckTarget("Hot Leads"), `did you mean "#hot-leads"?`},
		{bot.CheckTarget("#Hot"), `did you mean "#hot"?`},
		{bot.CheckTarget("@jane"), "is a person"},
		{bot.CheckTarget("##"), `write for example "#leads"`},
		{bot.CheckTarget(""), `which channel? Write `},
		{hook.CheckTarget("#hot"), "incoming webhook"},
	} {
		if tc.err == nil || !strings.Contains(tc.err.Error(), tc.want) {
			t.Errorf("%v, want %q in it", tc.err, tc.want)
		}
	}
}
