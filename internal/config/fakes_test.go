package config

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/receivers"
	"leadhub/transforms"
)

// fakeReceiver stands for a vendor.
type fakeReceiver struct {
	receivers.Receiver
	config fakeReceiverConfig
}

type fakeReceiverConfig struct {
	Secrets        []plugin.Secret `yaml:"secrets" doc:"one or more signing secrets"`
	AcceptUnsigned bool            `yaml:"accept_unsigned_tests" doc:"take test requests that are not signed"`
	Tolerance      plugin.Duration `yaml:"tolerance" doc:"how old a request may be"`
	Scale          float64         `yaml:"scale"`
}

func fakeReceiverKind(name string) receivers.Kind {
	return plugin.Define(name, "a fake vendor",
		func() fakeReceiverConfig { return fakeReceiverConfig{Tolerance: 300e9, Scale: 100} },
		func(c fakeReceiverConfig, d plugin.Deps) (receivers.Receiver, error) {
			var errs []error
			if len(c.Secrets) == 0 {
				errs = append(errs, &plugin.FieldError{Field: "secrets", Message: "no secret: anyone may send", Suggestion: "add one", Warning: true})
			}
			for i, s := range c.Secrets {
				if s.Unset() && d.Offline {
					continue
				}
				if len(s.Reveal()) < 4 {
					errs = append(errs, &plugin.FieldError{Field: "secrets[" + string(rune('0'+i)) + "]", Message: "a secret needs at least 4 characters"})
				}
			}
			if c.Scale > 1000 {
				errs = append(errs, &plugin.FieldError{Field: "scale", Message: "too large", Suggestion: "write 10 or 100"})
			}
			return &fakeReceiver{config: c}, errors.Join(errs...)
		})
}

// fakeOutput stands for Slack, HTTP, a file.
type fakeOutput struct {
	outputs.Output
	traits outputs.Traits
	check  func(string) error
	config any
	closed *int
	deps   plugin.Deps
}

func (o *fakeOutput) Traits() outputs.Traits          { return o.traits }
func (o *fakeOutput) CheckTarget(target string) error { return o.check(target) }
func (o *fakeOutput) Send(context.Context, *outputs.Delivery, *outputs.Request) (outputs.Receipt, error) {
	return outputs.Receipt{}, errors.New("fake")
}

func (o *fakeOutput) Close() error {
	if o.closed != nil {
		*o.closed++
	}
	return nil
}

type fakeSlack struct {
	Token        plugin.Secret `yaml:"token" doc:"the bot token"`
	WebhookURL   plugin.Secret `yaml:"webhook_url"`
	Channel      string        `yaml:"channel"`
	AllowPrivate bool          `yaml:"allow_private"`
}

type fakeHTTP struct {
	URL           string                   `yaml:"url"`
	Method        string                   `yaml:"method"`
	SigningSecret plugin.Secret            `yaml:"signing_secret"`
	Auth          fakeAuth                 `yaml:"auth"`
	Headers       map[string]plugin.Secret `yaml:"headers"`
	AllowPrivate  bool                     `yaml:"allow_private"`
	Chunk         int                      `yaml:"chunk"`
}

type fakeAuth struct {
	Bearer plugin.Secret `yaml:"bearer"`
	Basic  *fakeBasic    `yaml:"basic"`
}

type fakeBasic struct {
	Username string        `yaml:"username"`
	Password plugin.Secret `yaml:"password"`
}

type fakeFile struct {
	Path string `yaml:"path"`
}

func fakeSlackKind() outputs.Kind {
	return plugin.Define("slack", "a fake Slack", func() fakeSlack { return fakeSlack{} },
		func(c fakeSlack, d plugin.Deps) (outputs.Output, error) {
			if c.Token.IsZero() && c.WebhookURL.IsZero() {
				return nil, &plugin.FieldError{Field: "token", Message: "a token or a webhook_url is needed", Suggestion: `token: "${SLACK_TOKEN}"`}
			}
			check := func(target string) error {
				switch {
				case target == "" && c.Channel == "":
					return errors.New("name a channel")
				case target != "" && !strings.HasPrefix(target, "#"):
					return errors.New("a channel starts with #")
				}
				return nil
			}
			return &fakeOutput{config: c, deps: d, check: check, traits: outputs.Traits{
				OnUpdate: outputs.UpdateThread, Updates: []outputs.OnUpdate{outputs.UpdateThread, outputs.UpdateIgnore}, Concurrency: 4, PerSecond: 10,
			}}, nil
		})
}

func fakeHTTPKind() outputs.Kind {
	return plugin.Define("http", "a fake HTTP endpoint", func() fakeHTTP { return fakeHTTP{Method: "POST"} },
		func(c fakeHTTP, d plugin.Deps) (outputs.Output, error) {
			var errs []error
			if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
				errs = append(errs, &plugin.FieldError{Field: "url", Message: "this is not a web address", Suggestion: "write https://…"})
			}
			if c.Auth.Basic != nil && c.Auth.Basic.Username == "" {
				errs = append(errs, &plugin.FieldError{Field: "auth.basic.username", Message: "missing"})
			}
			return &fakeOutput{config: c, deps: d, check: noTargets, traits: outputs.Traits{
				Idempotent: true, OnUpdate: outputs.UpdateSend, Updates: []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateIgnore}, Concurrency: 8,
			}}, errors.Join(errs...)
		})
}

func fakeFileKind(closed *int) outputs.Kind {
	return plugin.Define("file", "a fake file", func() fakeFile { return fakeFile{} },
		func(c fakeFile, d plugin.Deps) (outputs.Output, error) {
			if c.Path == "" {
				return nil, &plugin.FieldError{Field: "path", Message: "missing", Suggestion: "path: data/leads.jsonl"}
			}
			if !d.Offline && strings.Contains(c.Path, "readonly") {
				return nil, errors.New("cannot be opened: permission denied")
			}
			o := &fakeOutput{config: c, deps: d, check: noTargets, traits: outputs.Traits{
				OnUpdate: outputs.UpdateSend, Updates: []outputs.OnUpdate{outputs.UpdateSend}, Concurrency: 1,
			}}
			if !d.Offline {
				o.closed = closed
			}
			return o, nil
		})
}

func noTargets(target string) error {
	if target != "" {
		return errors.New("nothing can stand behind this output")
	}
	return nil
}

func fakeKinds() Kinds {
	return Kinds{
		Receivers: []receivers.Kind{
			fakeReceiverKind("prospectb2b"), fakeReceiverKind("prospektr"), fakeReceiverKind("openprospect"), fakeReceiverKind("salesos"),
		},
		Outputs:    []outputs.Kind{fakeSlackKind(), fakeHTTPKind(), fakeFileKind(nil)},
		Transforms: func(transforms.Bands) transforms.Chain { return nil },
	}
}

// environment is what Getenv knows in tests.
func environment(pairs ...string) func(string) (string, bool) {
	env := map[string]string{"SET": "a-secret-value", "TOKEN": "xoxb-token-value", "EMPTY": ""}
	for i := 0; i+1 < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

// check returns what `leadhub check` would print, without the file's name.
func check(t *testing.T, text string, opts Options) (*Config, []string) {
	t.Helper()
	if opts.Getenv == nil {
		opts.Getenv = environment()
	}
	c, problems := Parse("leadhub.yaml", []byte(text), fakeKinds(), opts)
	lines := make([]string, len(problems))
	failed := false
	for i, p := range problems {
		lines[i] = strings.TrimPrefix(p.String(), "leadhub.yaml:")
		failed = failed || p.Severity == plugin.SeverityError
	}
	if failed != (c == nil) {
		t.Errorf("a Config must be returned exactly if there is no error; problems: %q", lines)
	}
	return c, lines
}

// wantProblems compares problems line by line. What is wanted may end in …, where
// the wording belongs to another package.
func wantProblems(t *testing.T, got []string, want ...string) {
	t.Helper()
	got = slices.Clone(got)
	for i, w := range want {
		if start, ok := strings.CutSuffix(w, "…"); ok && i < len(got) && strings.HasPrefix(got[i], start) {
			got[i] = w
		}
	}
	if len(want) == 0 {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// readTestdata returns a file of testdata.
func readTestdata(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
