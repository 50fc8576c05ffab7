// Package generic receives webhooks of any sender: the configuration says how the
// sender proves itself and which field of its payload becomes which field of a lead.
package generic

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

// Vendor is the name of the vendor in leads, rules and logs.
const Vendor = "generic"

// Kind is this receiver, as the configuration names it.
var Kind = plugin.Define(Vendor, "any sender: signatures, tokens and fields as the configuration says",
	func() Config { return Config{} }, build).With(guide())

// Config is the receiver's block in the configuration.
type Config struct {
	Preset     string          `yaml:"preset" doc:"How the sender signs, where it is a known way: standard-webhooks, svix, github, stripe, shopify, slack or hubspot-v3. What stands under signature replaces parts of it."`
	Secrets    []plugin.Secret `yaml:"secrets" doc:"The secret that the sender signs with; several while it is being changed."`
	PublicKeys []string        `yaml:"public_keys" doc:"For ed25519 in place of secrets: the sender's public keys, in hexadecimal or base64 (whpk_… too)."`
	Signature  Signature       `yaml:"signature" doc:"How the sender signs, key by key. With a preset, only what is different."`
	Bearer     []plugin.Secret `yaml:"bearer" doc:"Tokens the sender shows in the Authorization header, after the word Bearer."`
	Basic      *Basic          `yaml:"basic" doc:"A user and password the sender shows in the Authorization header."`
	HeaderKey  *HeaderKey      `yaml:"header_key" doc:"A key the sender shows in a header of its own, such as X-Api-Key."`
	QueryToken *QueryToken     `yaml:"query_token" doc:"A token at the end of the address: ?token=… It shows in the logs of every proxy before the hub; use it where the sender can do nothing else."`
	AllowIPs   []string        `yaml:"allow_ips" doc:"The networks requests may come from: 203.0.113.0/24 or single addresses. Behind a proxy set server.trusted_proxies too."`
	Body       string          `yaml:"body" doc:"What the sender sends: json or form (as HTML forms and Slack's commands do). The preset's, else json."`
	Event      string          `yaml:"event" doc:"An expression for the event's name; without one, or where it is missing, the name is lead."`
	ID         string          `yaml:"id" doc:"An expression for the event's own id: the same event sent again has the same. Without one, a hash of the body."`
	OccurredAt string          `yaml:"occurred_at" doc:"An expression for when it happened: ISO 8601, or seconds or milliseconds since 1970."`
	Tenant     string          `yaml:"tenant" doc:"An expression for the sender's workspace or account. Leads with the same tenant and id are the same lead. Without one, the receiver's name."`
	Notice     string          `yaml:"notice" doc:"A condition: events for which it is true are no leads, but notices."`
	Subject    string          `yaml:"subject" doc:"An expression for what a notice is about, in a few words."`
	Test       string          `yaml:"test" doc:"A condition: events for which it is true are tests, and reach test outputs only."`
	Each       string          `yaml:"each" doc:"An expression for a list in the payload: each element becomes a lead, and is item in the expressions of fields."`
	Fields     Fields          `yaml:"fields" doc:"A lead's fields, each with the expression it comes from: email: raw.contact.email."`
}

// Fields are a lead's fields and the expressions they come from.
type Fields map[string]string

// Basic is the `basic` block.
type Basic struct {
	User      string          `yaml:"user" doc:"The user's name that the sender shows."`
	Passwords []plugin.Secret `yaml:"passwords" doc:"The user's password; several while it is being changed."`
}

// HeaderKey is the `header_key` block.
type HeaderKey struct {
	Header string          `yaml:"header" doc:"The header that holds the key: X-Api-Key."`
	Keys   []plugin.Secret `yaml:"keys" doc:"The key; several while it is being changed."`
}

// QueryToken is the `query_token` block.
type QueryToken struct {
	Name   string          `yaml:"name" doc:"The name of the token in the address: token in ?token=…"`
	Tokens []plugin.Secret `yaml:"tokens" doc:"The token; several while it is being changed."`
}

// What a body can be.
const (
	bodyJSON = "json"
	bodyForm = "form"
)

type receiver struct {
	name    string
	access  access
	scheme  *scheme // nil: nothing is signed
	mapping mapper
	form    bool
	checker hook.Checker
	keep    []string
}

func build(c Config, deps plugin.Deps) (receivers.Receiver, error) {
	p := &problems{}
	r := &receiver{name: deps.Name}
	r.access = newAccess(&c, deps, p)
	r.scheme = newScheme(&c, deps, p)
	if r.scheme == nil && !r.access.any() && !p.failed() {
		p.warn("", "no secret, token or address list: anyone who knows the address can post leads",
			"say how the sender proves itself, for example with preset and secrets, or with bearer")
	}
	body := c.Body
	if body == "" {
		body = presetBody(c.Preset)
	}
	r.form = p.choice("body", body, bodyJSON, bodyForm) == bodyForm
	r.mapping = newMapper(&c, deps, p)
	r.keep = append([]string{receivers.TestHeader}, r.mapping.headers...)
	r.refuseSecretHeaders(p)
	return r, errors.Join(p.errs...)
}

// refuseSecretHeaders keeps credentials out of what is stored.
func (r *receiver) refuseSecretHeaders(p *problems) {
	secret := []string{"Authorization", "Proxy-Authorization", "Cookie"}
	if r.scheme != nil {
		secret = append(secret, r.scheme.header)
	}
	if r.access.header != "" {
		secret = append(secret, r.access.header)
	}
	for _, e := range r.mapping.all() {
		for _, h := range e.expr.Headers() {
			if slices.Contains(secret, h) {
				p.at(e.field, "the header "+h+" carries a secret or a signature: it is never kept, so nothing can be mapped from it", "")
			}
		}
	}
}

// MediaTypes lists what the sender sends.
func (r *receiver) MediaTypes() []string {
	if r.form {
		return []string{mediaForm}
	}
	return []string{"application/json"}
}

// Verify checks everything that the configuration asks for: the sender's address,
// its tokens, its signature, and the time in it.
func (r *receiver) Verify(req *receivers.Request) (receivers.Verified, error) {
	if err := r.access.verify(req); err != nil {
		return receivers.Verified{}, err
	}
	if r.scheme != nil {
		if err := r.scheme.verify(req); err != nil {
			return receivers.Verified{}, err
		}
	}
	if err := r.wellFormed(req.Body); err != nil {
		return receivers.Verified{}, err
	}
	return receivers.Verified{Body: req.Body, Keep: r.keep}, nil
}

func (r *receiver) wellFormed(body []byte) error {
	if r.form {
		_, err := decodeForm(body)
		return err
	}
	return r.checker.Check(body)
}

// Sign returns the headers that the sender would send. An ed25519 signature cannot
// be made here: the hub has the public key only.
func (r *receiver) Sign(body []byte, _ string, at time.Time) (http.Header, error) {
	h := http.Header{}
	h.Set("Content-Type", r.MediaTypes()[0])
	if err := r.access.sign(h); err != nil {
		return nil, err
	}
	if r.scheme == nil {
		_, err := r.SignQuery() // without a token it cannot be sent
		return h, err
	}
	query, err := r.SignQuery()
	if err == nil {
		err = r.scheme.sign(h, body, query, at)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// SignQuery returns the query that the sender would call the hub with.
func (r *receiver) SignQuery() (plugin.Secret, error) { return r.access.signQuery() }

// problems collects what is wrong with a configuration.
type problems struct{ errs []error }

func (p *problems) add(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

func (p *problems) at(field, message, suggestion string) {
	p.add(&plugin.FieldError{Field: field, Message: message, Suggestion: suggestion})
}

func (p *problems) warn(field, message, suggestion string) {
	p.add(&plugin.FieldError{Field: field, Message: message, Suggestion: suggestion, Warning: true})
}

// choice reads one of a few words; it returns the first where it is none of them.
func (p *problems) choice(field, word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	suggestion := "it can be " + strings.Join(words, ", ")
	if near := nearest(word, words); near != "" {
		suggestion = "did you mean " + near + "?"
	}
	p.at(field, "cannot be "+quote(word), suggestion)
	return words[0]
}

// failed says whether something is wrong that is not a warning.
func (p *problems) failed() bool {
	fields, rest := plugin.FieldErrors(errors.Join(p.errs...))
	return rest != nil || slices.ContainsFunc(fields, func(f *plugin.FieldError) bool { return !f.Warning })
}
