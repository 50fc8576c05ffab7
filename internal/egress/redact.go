package egress

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNote bounds a note, in bytes.
const MaxNote = 1 << 10

const hidden = "[secret]"

// Redactor removes secrets from text that people may see. It is immutable and
// safe for concurrent use.
type Redactor struct{ known *strings.Replacer }

// NewRedactor returns a Redactor that removes the given secrets, also where they
// are escaped for a URL or for JSON, besides everything that looks like one.
func NewRedactor(secrets ...string) *Redactor {
	var forms []string
	for _, s := range secrets {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s))
		if quoted, err := json.Marshal(s); err == nil {
			forms = append(forms, strings.Trim(string(quoted), `"`))
		}
	}
	// The longest first: a secret that begins with another one must go as a whole.
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range slices.Compact(forms) {
		if f != "" {
			pairs = append(pairs, f, hidden)
		}
	}
	return &Redactor{known: strings.NewReplacer(pairs...)}
}

// looksSecret matches what is a secret in anybody's configuration: credentials of
// HTTP, Slack's tokens and webhook paths, Standard Webhooks secrets, and values
// of parameters whose name says so.
var looksSecret = regexp.MustCompile(`(?i)` +
	`\b(?:bearer|basic)\s+[a-z0-9._~+/-]*[0-9=][a-z0-9._~+/=-]*` +
	`|\bx(?:ox[a-z]|app)-[a-z0-9-]{6,}` +
	`|\bwhsec_[a-z0-9+/=_-]+` +
	`|\bhooks\.slack(?:-gov)?\.com/[^\s"'<>]+` +
	`|\b(?:access_token|api[_-]?key|auth_token|client_secret|password|secret|sig|signature|token)=[^\s&"'<>]+`)

// Text returns s without secrets.
func (r *Redactor) Text(s string) string {
	return looksSecret.ReplaceAllString(r.known.Replace(s), hidden)
}

// Note makes one line of at most MaxNote bytes of what a target said: valid
// UTF-8, no control characters, no secrets.
func (r *Redactor) Note(b []byte) string {
	// Redact before shortening: half a secret would not be recognised.
	s := r.Text(strings.ToValidUTF8(string(b), "\uFFFD"))
	// A secret need not be valid UTF-8: what is left around it may not be either.
	return cut(oneLine(strings.ToValidUTF8(s, "\uFFFD")), MaxNote)
}

// oneLine replaces every run of white space and control characters by a space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c)
	}), " ")
}

// cut shortens s to at most n bytes, at a character's boundary; n ≥ 3.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const more = "…"
	n -= len(more)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
