package egress

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// URL is a URL in the configuration. It is shown without what may be secret in
// it, as the addresses of many webhooks are themselves the secret.
type URL string

// UnsetURL is the URL of a variable that is not set: commands that only look
// accept it.
const UnsetURL URL = "!unset"

// ConfigType says what may be written.
func (URL) ConfigType() string { return "URL" }

// UnmarshalYAML reads a scalar.
func (u *URL) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &plugin.ValueError{Message: "want one URL", Suggestion: `for example "https://crm.example.com/leads"`}
	}
	if n.Tag == plugin.UnsetTag {
		*u = UnsetURL
		return nil
	}
	var s string
	if err := n.Decode(&s); err != nil {
		return err
	}
	*u = URL(strings.TrimSpace(s))
	return nil
}

// String shows the URL without secrets.
func (u URL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Host == "" {
		return hidden
	}
	return Shown(parsed)
}

// Parse reads the URL of the configuration's key `field`. What is wrong with it
// is said to the person who wrote it, without quoting the URL.
func (u URL) Parse(field string, allowPrivate bool) (*url.URL, error) {
	wrong := func(message, suggestion string) error {
		return &plugin.FieldError{Field: field, Message: message, Suggestion: suggestion}
	}
	const example = `write for example "https://crm.example.com/leads"`
	if u == "" {
		return nil, wrong("missing", example)
	}
	parsed, err := url.Parse(string(u))
	if err != nil {
		return nil, wrong("this is not a URL", example)
	}
	switch parsed.Scheme {
	case "https":
	case "http":
		if !allowPrivate {
			return nil, wrong("plain http would send leads unencrypted",
				"write https://, or add allow_private: true if this target is in your own network")
		}
	default:
		return nil, wrong("a URL begins with https://", example)
	}
	if parsed.Hostname() == "" {
		return nil, wrong("this URL has no host", example)
	}
	if port := parsed.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, wrong("the port must be between 1 and 65535", "")
		}
	}
	if parsed.User != nil {
		return nil, wrong("credentials do not belong in a URL, which ends up in logs", "use auth: { basic: { username: …, password: … } }")
	}
	if parsed.Fragment != "" {
		return nil, wrong("what follows # in a URL is never sent", "remove it")
	}
	return parsed, checkHost(field, parsed, allowPrivate)
}

// checkHost finds at check time what the guard would refuse at the first send.
func checkHost(field string, u *url.URL, allowPrivate bool) error {
	host := strings.ToLower(u.Hostname())
	addr, err := netip.ParseAddr(host)
	private := host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && IsPrivate(addr))
	if private && !allowPrivate {
		return &plugin.FieldError{
			Field: field, Message: "this is an address in a private network, or this machine itself",
			Suggestion: "add allow_private: true if that is meant",
		}
	}
	if err == nil && !private && u.Scheme == "http" {
		return &plugin.FieldError{
			Field: field, Message: "plain http is only for private addresses, and this one is public",
			Suggestion: "write https://",
		}
	}
	return nil
}

var (
	plainWord    = regexp.MustCompile(`^[a-z]{1,12}(?:[-_.][a-z]{1,12}){0,3}$`)
	plainVersion = regexp.MustCompile(`^v?[0-9]{1,2}(?:\.[0-9]{1,2})?$`)
)

// Shown returns the URL for people: its host, and of its path what cannot be a
// token (plain words and versions). The query is left out.
func Shown(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		if s != "" && !Plain(s) {
			segments[i] = "…"
		}
	}
	s := u.Scheme + "://" + u.Host + strings.Join(segments, "/")
	if u.RawQuery != "" {
		s += "?…"
	}
	return s
}

// Plain says whether a part of a URL's path cannot be a token: a word in lower
// case, or a version.
func Plain(s string) bool { return plainWord.MatchString(s) || plainVersion.MatchString(s) }

// minSecret is the shortest part of a URL that is looked for in texts: shorter
// ones are numbers and codes that occur everywhere.
const minSecret = 5

// URLSecrets returns what Shown leaves out, for a Redactor.
func URLSecrets(u *url.URL) []string {
	var secrets []string
	add := func(s string) {
		if len(s) >= minSecret {
			secrets = append(secrets, s)
		}
	}
	for s := range strings.SplitSeq(u.EscapedPath(), "/") {
		if Plain(s) {
			continue
		}
		add(s)
		if plain, err := url.PathUnescape(s); err == nil && plain != s {
			add(plain)
		}
	}
	for _, values := range u.Query() {
		for _, v := range values {
			add(v)
		}
	}
	return secrets
}
