package http

import (
	"encoding/base64"
	"errors"
	"fmt"
	nethttp "net/http"
	"net/textproto"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs/internal/fieldmap"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Config is the block of an output of this kind.
type Config struct {
	URL           egress.URL       `yaml:"url" doc:"where to send; https, unless allow_private is set. Path and query may hold {{ expressions }}"`
	Method        string           `yaml:"method" doc:"POST, PUT or PATCH"`
	SigningSecret Secrets          `yaml:"signing_secret" doc:"signs every request as Standard Webhooks says; several while you change it"`
	Auth          Auth             `yaml:"auth" doc:"how to log in: one of bearer, basic, header"`
	Headers       map[string]Value `yaml:"headers" doc:"further headers, by name; they may hold {{ expressions }}"`
	Body          template.Tree    `yaml:"body" doc:"what is sent instead of the envelope: any JSON, written as YAML"`
	Fields        fieldmap.Map     `yaml:"fields" doc:"instead of body: the names of fields, each with where its value comes from"`
	AllowPrivate  bool             `yaml:"allow_private" doc:"allow a target in your own network or on this machine, also over plain http"`
}

// Auth says how to log in at the target. At most one of them is used.
type Auth struct {
	Bearer plugin.Secret `yaml:"bearer" doc:"a token, sent as Authorization: Bearer …"`
	Basic  *Basic        `yaml:"basic" doc:"a user name and a password"`
	Header *Header       `yaml:"header" doc:"a header of the target's own, such as X-Api-Key"`
}

// Basic is HTTP's own user name and password.
type Basic struct {
	Username string        `yaml:"username" doc:"the user's name"`
	Password plugin.Secret `yaml:"password" doc:"the user's password"`
}

// Header is one header with a secret in it.
type Header struct {
	Name  string        `yaml:"name" doc:"the header's name"`
	Value plugin.Secret `yaml:"value" doc:"the header's value"`
}

// Secrets is one secret, or a list of them while they are being changed.
type Secrets []plugin.Secret

// ConfigType says what may be written.
func (Secrets) ConfigType() string { return "secret or list of secrets" }

// UnmarshalYAML reads a scalar or a list of scalars.
func (s *Secrets) UnmarshalYAML(n *yaml.Node) error {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	list := make(Secrets, len(nodes))
	for i, node := range nodes {
		if err := list[i].UnmarshalYAML(node); err != nil {
			return &plugin.ValueError{Message: "want a secret or a list of secrets", Suggestion: `for example "${CRM_SECRET}"`}
		}
	}
	*s = list
	return nil
}

// Value is the value of a header. It may hold a secret, and is shown as little as
// one; but as most do not, nobody is told to move it out of the file.
type Value struct{ secret plugin.Secret }

// ConfigType says what may be written.
func (Value) ConfigType() string { return "text" }

// UnmarshalYAML reads a scalar.
func (v *Value) UnmarshalYAML(n *yaml.Node) error { return v.secret.UnmarshalYAML(n) }

func defaults() Config { return Config{Method: nethttp.MethodPost} }

// settings is a checked configuration.
type settings struct {
	header  nethttp.Header // what every request carries; never changed
	signers []*signer
	secrets []string // what must never be shown
	unset   string   // the first key whose variable is not set, "" if none
	absent  []string // headers whose variable is not set
}

func wrong(field, message, suggestion string) error {
	return &plugin.FieldError{Field: field, Message: message, Suggestion: suggestion}
}

// check reads everything but the URL.
func (c *Config) check(v *view, compiler *rules.Compiler) (settings, error) {
	s := settings{header: nethttp.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {"leadhub"},
	}}
	var errs []error
	if !slices.Contains([]string{nethttp.MethodPost, nethttp.MethodPut, nethttp.MethodPatch}, c.Method) {
		errs = append(errs, wrong("method", fmt.Sprintf("%q cannot carry a lead", c.Method), "write POST, PUT or PATCH"))
	}
	errs = append(errs, s.addSigners(c.SigningSecret), s.addAuth(c.Auth), s.addHeaders(c.Headers, v, compiler), v.form(c.Body, c.Fields, compiler))
	return s, errors.Join(errs...)
}

func (s *settings) addSigners(secrets Secrets) error {
	var errs []error
	for i, secret := range secrets {
		field := "signing_secret"
		if len(secrets) > 1 {
			field = fmt.Sprintf("signing_secret[%d]", i)
		}
		if secret.Unset() {
			s.note(field)
			continue
		}
		value := secret.Reveal()
		key, encoded := strings.CutPrefix(value, secretPrefix)
		switch {
		case value == "":
			errs = append(errs, wrong(field, "an empty secret signs nothing", "give it a value, or remove the line"))
			continue
		case !encoded:
			// Receivers' libraries decode base64 whether the prefix is there or not.
			errs = append(errs, &plugin.FieldError{
				Field: field, Warning: true,
				Message:    "not in the form whsec_… : used as it is, which most verifying libraries do not expect",
				Suggestion: `make one with: echo "whsec_$(openssl rand -base64 32)"`,
			})
			s.signers = append(s.signers, newSigner([]byte(value)))
		default:
			raw, err := base64.StdEncoding.DecodeString(key)
			if err != nil || len(raw) == 0 {
				errs = append(errs, wrong(field, "what follows whsec_ is not base64", `make one with: echo "whsec_$(openssl rand -base64 32)"`))
				continue
			}
			s.signers = append(s.signers, newSigner(raw))
		}
		s.secrets = append(s.secrets, value, key)
	}
	return errors.Join(errs...)
}

func (s *settings) addAuth(a Auth) error {
	var used []string
	if !a.Bearer.IsZero() {
		used = append(used, "bearer")
	}
	if a.Basic != nil {
		used = append(used, "basic")
	}
	if a.Header != nil {
		used = append(used, "header")
	}
	if len(used) > 1 {
		return wrong("auth", "only one way to log in is possible, here are "+strings.Join(used, " and "), "keep one of them")
	}
	switch {
	case !a.Bearer.IsZero():
		return s.set("auth.bearer", "Authorization", a.Bearer, "Bearer ")
	case a.Basic != nil:
		return s.addBasic(a.Basic)
	case a.Header != nil:
		if err := checkName("auth.header.name", a.Header.Name); err != nil {
			return err
		}
		if a.Header.Value.IsZero() {
			return wrong("auth.header.value", "missing", `for example "${CRM_KEY}"`)
		}
		return s.set("auth.header.value", a.Header.Name, a.Header.Value, "")
	}
	return nil
}

func (s *settings) addBasic(b *Basic) error {
	switch {
	case b.Username == "" && b.Password.IsZero():
		return wrong("auth.basic", "username and password are missing", "")
	case strings.Contains(b.Username, ":"):
		return wrong("auth.basic.username", "a user name cannot contain a colon", "")
	case b.Password.Unset():
		s.note("auth.basic.password")
		s.absent = append(s.absent, "Authorization")
		return nil
	}
	pair := base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.Reveal()))
	s.header["Authorization"] = []string{"Basic " + pair}
	s.secrets = append(s.secrets, pair, b.Password.Reveal())
	return nil
}

func (s *settings) addHeaders(headers map[string]Value, v *view, compiler *rules.Compiler) error {
	var errs []error
	for name, value := range headers {
		field := "headers." + name
		if err := checkName(field, name); err != nil {
			errs = append(errs, err)
			continue
		}
		if _, taken := s.header[textproto.CanonicalMIMEHeaderKey(name)]; taken && !strings.EqualFold(name, "User-Agent") {
			errs = append(errs, wrong(field, "this header is set already", "remove it here, or from auth"))
			continue
		}
		if text := value.secret.Reveal(); rules.IsTemplate(text) {
			errs = append(errs, v.header(name, field, text, compiler))
			continue
		}
		errs = append(errs, s.set(field, name, value.secret, ""))
	}
	// Maps have no order; people read messages in one.
	slices.SortFunc(errs, func(a, b error) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	return errors.Join(errs...)
}

// set adds one header with a secret value.
func (s *settings) set(field, name string, value plugin.Secret, prefix string) error {
	if value.Unset() {
		s.note(field)
		s.absent = append(s.absent, textproto.CanonicalMIMEHeaderKey(name))
		return nil
	}
	v := value.Reveal()
	if strings.ContainsFunc(v, func(c rune) bool { return (c < ' ' && c != '\t') || c == 0x7f }) {
		return wrong(field, "a header's value cannot contain line breaks or control characters", "is there a line break at the end of the variable?")
	}
	s.header[textproto.CanonicalMIMEHeaderKey(name)] = []string{prefix + v}
	s.secrets = append(s.secrets, v)
	return nil
}

// note remembers that a secret has no value yet.
func (s *settings) note(field string) {
	if s.unset == "" {
		s.unset = field
	}
}

// checkName refuses what is no header's name, and the headers that are leadhub's own.
func checkName(field, name string) error {
	const special = "!#$%&'*+-.^_`|~"
	bad := strings.ContainsFunc(name, func(c rune) bool {
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		return !letter && !strings.ContainsRune(special, c)
	})
	if bad || name == "" {
		return wrong(field, fmt.Sprintf("%q is not the name of a header", name), "letters, digits and hyphens, for example X-Api-Key")
	}
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Host", "Trailer", "Te",
		"Upgrade", "Expect", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "Idempotency-Key":
		return wrong(field, name+" is set by leadhub itself", "remove it")
	}
	return nil
}
