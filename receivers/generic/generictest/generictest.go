// Package generictest lists configurations of the generic receiver, each with
// payloads, so that the contract of receivers can be run for every one of them. It
// is for tests only.
package generictest

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/generic"
)

// Variant is one configuration: a kind whose only keys are its secrets, all else
// being what receiver.yaml says.
type Variant struct {
	Name string
	Dir  string // with receiver.yaml and the payloads
	Kind receivers.Kind
}

// Variants reads the configurations in dir, one folder each, and the example of the
// kind's guide, whose payloads are in dir itself.
func Variants(tb testing.TB, dir string) []Variant {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "receiver.yaml"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("%s: no receiver.yaml (%v)", dir, err)
	}
	g := generic.Kind.Guide
	variants := []Variant{{Name: g.Entry(), Dir: dir, Kind: kindOf(g.Entry(), decode(tb, g.Entry(), example(tb, &g))).With(g)}}
	for _, file := range files {
		folder := filepath.Dir(file)
		v := Variant{Name: filepath.Base(folder), Dir: folder}
		raw, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		v.Kind = kindOf(v.Name, decode(tb, file, raw))
		bodies, err := filepath.Glob(filepath.Join(folder, "*.body.*"))
		if err != nil || len(bodies) == 0 {
			tb.Fatalf("%s: no payload (%v)", folder, err)
		}
		g.Sample, _, _ = strings.Cut(filepath.Base(bodies[0]), ".body.")
		v.Kind = v.Kind.With(g)
		variants = append(variants, v)
	}
	return variants
}

// example returns what stands below the name of the guide's example.
func example(tb testing.TB, g *plugin.Guide) []byte {
	tb.Helper()
	var all map[string]map[string]any
	if err := yaml.Unmarshal([]byte(g.Example), &all); err != nil {
		tb.Fatal(err)
	}
	raw, err := yaml.Marshal(all[g.Entry()])
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// decode reads a receiver's block. Its secrets are what is written, unexpanded.
func decode(tb testing.TB, name string, raw []byte) generic.Config {
	tb.Helper()
	var block struct {
		Type           string `yaml:"type"`
		Path           string `yaml:"path"`
		generic.Config `yaml:",inline"`
	}
	if err := yaml.Load(raw, &block, yaml.WithKnownFields()); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	if block.Type != generic.Kind.Name {
		tb.Errorf("%s: type is %q", name, block.Type)
	}
	return block.Config
}

// The blocks that the contract sees: one key that holds secrets.
type (
	secrets struct {
		List []plugin.Secret `yaml:"secrets" doc:"The secret that the sender signs with."`
	}
	bearer struct {
		List []plugin.Secret `yaml:"bearer" doc:"Tokens that the sender shows."`
	}
	basic struct {
		List []plugin.Secret `yaml:"basic.passwords" doc:"Passwords that the sender shows."`
	}
	headerKey struct {
		List []plugin.Secret `yaml:"header_key.keys" doc:"Keys that the sender shows."`
	}
	queryToken struct {
		List []plugin.Secret `yaml:"query_token.tokens" doc:"Tokens in the address."`
	}
)

func kindOf(name string, base generic.Config) receivers.Kind {
	switch {
	case base.Bearer != nil:
		return define(name, base, func(c *generic.Config, b bearer) { c.Bearer = some(b.List) })
	case base.Basic != nil:
		return define(name, base, func(c *generic.Config, b basic) { c.Basic = &generic.Basic{User: base.Basic.User, Passwords: b.List} })
	case base.HeaderKey != nil:
		return define(name, base, func(c *generic.Config, b headerKey) {
			c.HeaderKey = &generic.HeaderKey{Header: base.HeaderKey.Header, Keys: b.List}
		})
	case base.QueryToken != nil:
		return define(name, base, func(c *generic.Config, b queryToken) {
			c.QueryToken = &generic.QueryToken{Name: base.QueryToken.Name, Tokens: b.List}
		})
	default:
		return define(name, base, func(c *generic.Config, b secrets) {
			c.Secrets = b.List
			if base.Preset == "standard-webhooks" {
				c.Secrets = whsec(b.List)
			}
		})
	}
}

func define[C any](name string, base generic.Config, put func(*generic.Config, C)) receivers.Kind {
	return plugin.Define(generic.Kind.Name, generic.Kind.Summary, func() C { var zero C; return zero },
		func(own C, deps plugin.Deps) (receivers.Receiver, error) {
			c := base
			put(&c, own)
			deps.Name, deps.Path, deps.PublicURL = name, "/webhooks/test", "https://hub.example.com"
			return generic.Kind.Build(&c, deps)
		})
}

// some makes a list that is written, though empty.
func some(list []plugin.Secret) []plugin.Secret {
	if list == nil {
		return []plugin.Secret{}
	}
	return list
}

// whsec writes secrets as Standard Webhooks does.
func whsec(list []plugin.Secret) []plugin.Secret {
	out := make([]plugin.Secret, len(list))
	for i, s := range list {
		out[i] = s
		if v := s.Reveal(); strings.TrimSpace(v) != "" {
			trimmed := strings.TrimSpace(v)
			out[i] = plugin.NewSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte(trimmed)) + strings.TrimPrefix(v, trimmed))
		}
	}
	return out
}
