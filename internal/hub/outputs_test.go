package hub

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// asked is an output whose target answers Verify with an error.
type asked struct {
	outputs.Output
	err error
}

func (a asked) Verify(context.Context) error { return a.err }

func TestVerifyOutput(t *testing.T) {
	t.Parallel()
	token := &plugin.FieldError{Field: "token", Message: "Slack says invalid_auth", Suggestion: "make a new one"}
	scope := &plugin.FieldError{Field: "token", Message: "channels:read is missing", Warning: true}
	for name, c := range map[string]struct {
		err  error
		ok   bool
		want string
	}{
		"well":             {nil, true, "all is right that can be checked without sending"},
		"a warning":        {scope, true, "usable, but token: channels:read is missing"},
		"an error":         {outputs.Pause(token), false, "token: Slack says invalid_auth: make a new one"},
		"both":             {errors.Join(scope, outputs.Pause(token)), false, "token: Slack says invalid_auth: make a new one"},
		"both in one":      {outputs.Pause(errors.Join(scope, token)), false, "token: Slack says invalid_auth: make a new one"},
		"no answer":        {outputs.RetryAfter(context.DeadlineExceeded, 0), false, "no answer within 15s"},
		"something else":   {errors.New("slack.com answered 503"), false, "slack.com answered 503"},
		"and with trouble": {errors.Join(scope, errors.New("no route to host")), false, "no route to host"},
	} {
		got := verifyOutput(t.Context(), &opened{Config: &config.Config{}}, &config.Output{Name: "slack", Type: "slack", Output: asked{err: c.err}}, Env{Now: time.Now})
		if got.OK != c.ok || !got.Checked || got.Summary() != c.want {
			t.Errorf("%s: %v %q, want %v %q", name, got.OK, got.Summary(), c.ok, c.want)
		}
	}
	plain := verifyOutput(t.Context(), &opened{Config: &config.Config{}}, &config.Output{Name: "x"}, Env{Now: time.Now})
	if diff := cmp.Diff(VerifyResult{Output: "x", OK: true, Problems: []VerifyProblem{}}, plain); diff != "" {
		t.Error(diff)
	}
}
