package config

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/receivers"
)

// mappedConfig has texts in which a constructor finds mistakes.
type mappedConfig struct {
	Event  string            `yaml:"event"`
	Fields map[string]string `yaml:"fields"`
}

// mappedKind complains about every `!` in a text, and about every key `bad`.
func mappedKind(built *[]plugin.Deps) receivers.Kind {
	return plugin.Define("mapped", "a fake vendor with texts",
		func() mappedConfig { return mappedConfig{} },
		func(c mappedConfig, d plugin.Deps) (receivers.Receiver, error) {
			*built = append(*built, d)
			var errs []error
			complain := func(field, text string) {
				if before, _, ok := strings.Cut(text, "!"); ok {
					errs = append(errs, &plugin.FieldError{Field: field, Message: "a mark", Offset: len([]rune(before))})
				}
			}
			complain("event", c.Event)
			for name, text := range c.Fields {
				complain("fields."+name, text)
				if strings.Contains(name, "bad") {
					errs = append(errs, &plugin.FieldError{Field: "fields." + name, Message: "a bad key", AtKey: true})
				}
			}
			return &fakeReceiver{}, errors.Join(errs...)
		})
}

func TestMistakesInsideTexts(t *testing.T) {
	t.Parallel()
	const text = `version: 1
timezone: Europe/Berlin
server:
  public_url: "https://leads.example.com/"
receivers:
  acme:
    type: mapped
    event: 'ra''w é!'
    fields:
      email: raw!x
      company.name: "a\tb!"
      company.bad: raw.x
      title: >-
        folded
        text!
      phone: "${SET}!"
      first_name: !
  other:
    type: mapped
    path: /in/other
    fields: { a.bad: "x!" }
outputs:
  triage: { type: file, path: x }
routes:
  - name: last
    to: [triage]
`
	var built []plugin.Deps
	kinds := fakeKinds()
	kinds.Receivers = append(kinds.Receivers, mappedKind(&built))
	_, problems := Parse("leadhub.yaml", []byte(strings.Replace(text, "first_name: !", "first_name: '!'", 1)), kinds, Options{Getenv: environment()})
	var got []string
	for _, p := range problems {
		got = append(got, strings.TrimPrefix(p.String(), "leadhub.yaml:"))
	}
	want := []string{
		"8:20: error: `event`: a mark",
		"10:17: error: `fields.email`: a mark",
		"11:26: error: `fields.company.name`: a mark",
		"12:7: error: `fields.company.bad`: a bad key",
		"15:13: error: `fields.title`: a mark",
		"16:21: error: `fields.phone`: a mark",
		"17:19: error: `fields.first_name`: a mark",
		"21:15: error: `fields.a.bad`: a bad key",
		"21:24: error: `fields.a.bad`: a mark",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i, path := range []string{"/webhooks/acme", "/in/other"} {
		if d := built[i]; d.Path != path || d.PublicURL != "https://leads.example.com" || d.Timezone.String() != "Europe/Berlin" {
			t.Errorf("a receiver is built with path %q, address %q, zone %v", d.Path, d.PublicURL, d.Timezone)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	config := func(entry string) string {
		return "version: 1\nserver:\n  trusted_proxies: " + entry + "\n" + `receivers:
  prospektr: { type: prospektr, secrets: ["${SET}"] }
outputs:
  triage: { type: file, path: x }
routes:
  - name: last
    to: [triage]
`
	}
	c, problems := check(t, config(`["10.0.0.5", "2001:db8::/32"]`), Options{Getenv: environment()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("2001:db8::/32")}
	if diff := cmp.Diff(want, c.Server.TrustedProxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for entry, want := range map[string]string{
		`["proxy.local"]`: "3:21: error: `proxy.local` is not an address or a network",
		`["0.0.0.0/0"]`:   "3:21: error: `0.0.0.0/0` trusts the whole internet",
		`"10.0.0.5"`:      "3:20: error: `trusted_proxies` takes a list",
	} {
		if _, problems := check(t, config(entry), Options{Getenv: environment()}); len(problems) != 1 || !strings.HasPrefix(problems[0], want) {
			t.Errorf("%s: %v, want %s", entry, problems, want)
		}
	}
}
