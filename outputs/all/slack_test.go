package all_test

import (
	"fmt"
	"testing"

	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack"
	"leadhub/outputs/slack/slacktest"
)

// slackBotContract is the form with a token.
func slackBotContract() outputtest.Contract {
	return outputtest.Contract{Kind: slack.Kind, New: func(t *testing.T) *outputtest.Instance {
		s := slacktest.New()
		return &outputtest.Instance{
			Target: outputtest.NewTarget(t, s),
			Config: func(base string, private bool) string {
				return fmt.Sprintf("token: %q\napi_url: %q\nallow_private: %t\n", slacktest.Token, base+"/api/", private)
			},
			Good:      []string{"#hot", "C0HOT000001", "#größe-1_x"},
			Bad:       []string{"", "hot", "#Hot", "@jane", "# hot", "#hot leads", "C123", "#"},
			Secrets:   []string{slacktest.Token, "AbCdEfGhIjKl"},
			Delivered: s.Delivered,
			Status: func(status int) outputtest.Expect {
				if status >= 200 && status <= 299 {
					return outputtest.Fails(outputs.InstructAmbiguous) // Slack always says more
				}
				return outputtest.DefaultStatus(status)
			},
			Unread: outputtest.Fails(outputs.InstructAmbiguous),
		}
	}}
}

// slackHookContract is the form with an incoming webhook.
func slackHookContract() outputtest.Contract {
	return outputtest.Contract{Kind: slack.Kind, New: func(t *testing.T) *outputtest.Instance {
		s := slacktest.New()
		return &outputtest.Instance{
			Target: outputtest.NewTarget(t, s),
			Config: func(base string, private bool) string {
				return fmt.Sprintf("webhook_url: %q\nallow_private: %t\n", base+slacktest.HookPath, private)
			},
			Good:      []string{""},
			Bad:       []string{"#hot", "C0HOT000001"},
			Secrets:   []string{slacktest.HookPath, "abcdefSECRETxyz", "T0AAAAAAA", "B0BBBBBBB"},
			Delivered: s.Delivered,
			Status: func(status int) outputtest.Expect {
				if status == 404 || status == 410 {
					return outputtest.Fails(outputs.InstructDisable) // the webhook was removed
				}
				return outputtest.DefaultStatus(status)
			},
		}
	}}
}
