package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "5m": 5 * time.Minute, "2h30m": 150 * time.Minute, "7d": 168 * time.Hour, "1w": 168 * time.Hour,
		"1.5h": 90 * time.Minute, "250ms": 250 * time.Millisecond, "0": 0, "0s": 0, " 3s ": 3 * time.Second, "1d12h": 36 * time.Hour,
		"3650d": 3650 * 24 * time.Hour,
	} {
		got, err := ParseDuration(text)
		if err != nil || time.Duration(got) != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]ValueError{
		"":          {"want a duration", "for example 10s, 5m, 2h30m or 7d"},
		"10":        {`"10" has no unit`, "write 10s for seconds, 10m for minutes or 10h for hours"},
		"5 minutes": {`"5 minutes" is not a duration`, "write 5m"},
		"5 ms":      {`"5 ms" is not a duration`, "write 5ms"},
		"1 Hour":    {`"1 Hour" is not a duration`, "write 1h"},
		"2hrs 5min": {`"2hrs 5min" is not a duration`, "write 2h5m"},
		"3 days":    {`"3 days" is not a duration`, "write 3d"},
		"10x":       {`"10x" is not a duration`, "for example 10s, 5m, 2h30m or 7d"},
		"s":         {`"s" is not a duration`, "for example 10s, 5m, 2h30m or 7d"},
		"1.2.3s":    {`"1.2.3s" is not a duration`, "for example 10s, 5m, 2h30m or 7d"},
		"-5s":       {"a duration cannot be negative", ""},
		"9999999d":  {`"9999999d" is too long`, "at most 3650d"},
		"soon":      {`"soon" is not a duration`, "for example 10s, 5m, 2h30m or 7d"},
	} {
		_, err := ParseDuration(text)
		got, ok := errors.AsType[*ValueError](err)
		if !ok || *got != want {
			t.Errorf("ParseDuration(%q): %v, want %v", text, err, want)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"10s", "2h30m", "7d", "5 minutes", "", "-1s", "1e9s", "999999999999d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if d < 0 || time.Duration(d) > maxDuration {
			t.Errorf("%q: %d is out of range", text, d)
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%q: %v written as %q is read as %v, %v", text, time.Duration(d), d, again, err)
		}
	})
}

func TestDurationString(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 150 * time.Minute: "2h30m", 72 * time.Hour: "3d", 25*time.Hour + time.Second: "1d1h1s",
		250 * time.Millisecond: "250ms", -time.Minute: "-1m",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	raw, err := json.Marshal(Duration(time.Hour))
	if err != nil || string(raw) != `"1h"` {
		t.Errorf("JSON %s, %v", raw, err)
	}
}

type inner struct {
	Bearer Secret `yaml:"bearer" doc:"a token"`
}

type shared struct {
	Verbose bool `yaml:"verbose"`
}

type sample struct {
	URL     string            `yaml:"url" doc:"where to send"`
	Secrets []Secret          `yaml:"secrets"`
	Wait    Duration          `yaml:"wait"`
	Old     time.Duration     `yaml:"old"`
	Auth    inner             `yaml:"auth"`
	Many    []*inner          `yaml:"many"`
	Headers map[string]Secret `yaml:"headers"`
	Count   int               `yaml:"count"`
	Rate    *float64          `yaml:"rate"`
	Words   []string          `yaml:"words"`
	Hidden  string            `yaml:"-"`
	Plain   string
	Any     any `yaml:"any"`
	shared  `yaml:",inline"`
	private int
}

func TestFields(t *testing.T) {
	t.Parallel()
	kind := Define("sample", "a sample", func() sample {
		return sample{Wait: Duration(10 * time.Second), Old: time.Minute, Count: 3, Words: []string{"a", "b"}, Secrets: []Secret{NewSecret("x")}}
	}, func(sample, Deps) (string, error) { return "built", nil })
	bearer := []Field{{Key: "bearer", Type: "secret", Doc: "a token"}}
	want := []Field{
		{Key: "url", Type: "text", Doc: "where to send"},
		{Key: "secrets", Type: "list of secrets", Default: "[]"},
		{Key: "wait", Type: "duration", Default: "10s"},
		{Key: "old", Type: "duration", Default: "1m"},
		{Key: "auth", Type: "group of keys", Fields: bearer},
		{Key: "many", Type: "list of groups of keys", Fields: bearer},
		{Key: "headers", Type: "names with a secret each"},
		{Key: "count", Type: "whole number", Default: "3"},
		{Key: "rate", Type: "number"},
		{Key: "words", Type: "list of texts", Default: "[a, b]"},
		{Key: "plain", Type: "text"},
		{Key: "any", Type: "anything"},
		{Key: "verbose", Type: "true or false", Default: "false"},
	}
	if diff := cmp.Diff(want, Fields(kind.Config())); diff != "" {
		t.Error(diff)
	}
	if got := Fields("no struct"); got != nil {
		t.Errorf("Fields of a text: %v", got)
	}
	if got, err := kind.Build(kind.Config(), Deps{}); err != nil || got != "built" {
		t.Errorf("Build: %q, %v", got, err)
	}
	if _, err := kind.Build("something else", Deps{}); err == nil || !strings.Contains(err.Error(), "sample: configuration is a string") {
		t.Errorf("Build of another type: %v", err)
	}
}

type loop struct {
	Name string `yaml:"name"`
	Next *loop  `yaml:"next"`
}

func TestFieldsOfATypeThatHoldsItself(t *testing.T) {
	t.Parallel()
	want := []Field{{Key: "name", Type: "text"}, {Key: "next", Type: "group of keys"}}
	if diff := cmp.Diff(want, Fields(loop{})); diff != "" {
		t.Error(diff)
	}
}

// StructKeys must agree with what the YAML package accepts.
func TestStructKeysMatchTheDecoder(t *testing.T) {
	t.Parallel()
	for _, k := range StructKeys(reflect.TypeFor[sample]()) {
		var into sample
		if err := yaml.Load([]byte(k.Key+": null\n"), &into, yaml.WithKnownFields()); err != nil {
			t.Errorf("the decoder does not know %s: %v", k.Key, err)
		}
	}
	var into sample
	if err := yaml.Load([]byte("hidden: x\n"), &into, yaml.WithKnownFields()); err == nil {
		t.Error("hidden must not be a key")
	}
	_ = into.private
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	s := NewSecret("hunter2-hunter2")
	raw, err := json.Marshal(map[string]any{"a": s, "b": &s})
	if err != nil {
		t.Fatal(err)
	}
	out, err := yaml.Marshal(struct{ S Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", slog.Any("s", s))
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d", s, struct{ S Secret }{s}, s, s, s, s, s) + string(raw) + string(out) + log.String()
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("shown: %s", shown)
	}
	if s.Reveal() != "hunter2-hunter2" || s.Unset() || s.IsZero() || !UnsetSecret().Unset() || !(Secret{}).IsZero() || UnsetSecret().IsZero() {
		t.Error("the secret's own answers are wrong")
	}
}

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	a, b := &FieldError{Field: "a", Message: "x"}, &FieldError{Field: "b", Message: "y"}
	plain := errors.New("plain")
	fields, rest := FieldErrors(errors.Join(a, errors.Join(fmt.Errorf("wrapped: %w", b), plain), nil))
	if diff := cmp.Diff([]*FieldError{a, b}, fields); diff != "" || !errors.Is(rest, plain) {
		t.Errorf("%s rest %v", diff, rest)
	}
	if fields, rest := FieldErrors(nil); fields != nil || rest != nil {
		t.Errorf("of nil: %v %v", fields, rest)
	}
}

func TestProblemString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Problem{
		"f:2:3: error: m: s": {File: "f", Line: 2, Col: 3, Severity: SeverityError, Message: "m", Suggestion: "s"},
		"f:2: warning: m":    {File: "f", Line: 2, Severity: SeverityWarning, Message: "m"},
		"f: error: m":        {File: "f", Severity: SeverityError, Message: "m"},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
