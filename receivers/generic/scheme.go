package generic

import (
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers/internal/hook"
)

// Signature is the `signature` block: how the sender signs. What is not written is
// the preset's.
type Signature struct {
	Header          *string          `yaml:"header" doc:"The header that holds the signature: X-Signature."`
	Format          *string          `yaml:"format" doc:"What the header looks like: plain (the signature, after the prefix), pairs (t=…,v1=…) or list (several, separated by spaces, each after the prefix)."`
	Prefix          *string          `yaml:"prefix" doc:"What stands before the signature in the header: sha256= or v1, for example."`
	Key             *string          `yaml:"key" doc:"With pairs: the name of the pair that holds the signature; there may be several."`
	Sign            *string          `yaml:"sign" doc:"What is signed, from {id} {ts} {body} {method} {url} and text between them: \"{ts}.{body}\"."`
	Encoding        *string          `yaml:"encoding" doc:"How the signature is written: hex, hex-upper, base64 or base64url."`
	Algorithm       *string          `yaml:"algorithm" doc:"What it is made with: hmac-sha256, hmac-sha1, hmac-sha512 or ed25519."`
	SecretEncoding  *string          `yaml:"secret_encoding" doc:"How the secret is written: text (as it is), base64, hex or whsec (base64 after whsec_)."`
	TimestampHeader *string          `yaml:"timestamp_header" doc:"The header that holds the time of sending, where there is one."`
	TimestampKey    *string          `yaml:"timestamp_key" doc:"With pairs: the name of the pair that holds the time of sending."`
	TimestampUnit   *string          `yaml:"timestamp_unit" doc:"How the time is written: s (seconds since 1970), ms (milliseconds) or iso (2026-11-20T16:30:00Z)."`
	Tolerance       *plugin.Duration `yaml:"tolerance" doc:"How far that time may be from the hub's clock, before or after; 0 takes any."`
	IDHeader        *string          `yaml:"id_header" doc:"The header that holds the message's id, where the signature covers it."`
}

// The forms of a signature's header.
const (
	formatPlain = "plain"
	formatPairs = "pairs"
	formatList  = "list"
)

// The units of a timestamp.
const (
	unitSeconds = "s"
	unitMillis  = "ms"
	unitISO     = "iso"
)

// scheme is how a sender signs. It is immutable once it is built.
type scheme struct {
	header          string
	format          string
	prefix          string
	key             string
	template        string
	encoding        string
	algorithm       string
	secretEncoding  string
	timestampHeader string
	timestampKey    string
	unit            string
	tolerance       time.Duration
	idHeader        string
	unescape        bool // {url} may also be signed with some of its escapes resolved

	parts []part
	keys  keys
	url   string // the hub's public address with the receiver's path; "" where it is not configured
}

// newScheme reads how the sender signs; nil where nothing is signed.
func newScheme(c *Config, deps plugin.Deps, p *problems) *scheme {
	s, known := preset(c.Preset)
	if !known {
		p.choice("preset", c.Preset, presets()...)
		return nil
	}
	signs := c.Signature != (Signature{})
	if c.Preset == "" && !signs {
		if len(c.Secrets) > 0 || len(c.PublicKeys) > 0 {
			field := "secrets"
			if len(c.Secrets) == 0 {
				field = "public_keys"
			}
			p.at(field, "it is not said how the sender signs", "add preset: with "+strings.Join(presets(), ", ")+", or describe it under signature:")
		}
		return nil
	}
	s.override(&c.Signature, p)
	s.check(c, p)
	if deps.PublicURL != "" {
		s.url = deps.PublicURL + deps.Path
	}
	if s.uses(partURL) && s.url == "" {
		p.warn(writtenField(c), "the signature covers the address the sender called, and server.public_url is not set: the hub will guess it from the Host header",
			`add public_url: "https://…" under server`)
	}
	s.readKeys(c, deps, p)
	return &s
}

// writtenField is the field to point at for what a preset or its template says.
func writtenField(c *Config) string {
	if c.Signature.Sign != nil || c.Preset == "" {
		return "signature.sign"
	}
	return "preset"
}

// override replaces the parts of the preset that the configuration names.
func (s *scheme) override(c *Signature, p *problems) {
	text := func(into, from *string) {
		if from != nil {
			*into = *from
		}
	}
	word := func(field string, into, from *string, words ...string) {
		if from != nil {
			*into = p.choice("signature."+field, *from, words...)
		}
	}
	name := func(field string, into, from *string) {
		if from == nil {
			return
		}
		*into = textproto.CanonicalMIMEHeaderKey(*from)
		if !headerName.MatchString(*into) {
			p.at("signature."+field, quote(*from)+" is not the name of a header", "for example X-Signature")
		}
	}
	name("header", &s.header, c.Header)
	name("timestamp_header", &s.timestampHeader, c.TimestampHeader)
	name("id_header", &s.idHeader, c.IDHeader)
	word("format", &s.format, c.Format, formatPlain, formatPairs, formatList)
	text(&s.prefix, c.Prefix)
	text(&s.key, c.Key)
	text(&s.timestampKey, c.TimestampKey)
	text(&s.template, c.Sign)
	word("encoding", &s.encoding, c.Encoding, encodingHex, encodingHexUpper, encodingBase64, encodingBase64URL)
	word("algorithm", &s.algorithm, c.Algorithm, algorithmSHA256, algorithmSHA1, algorithmSHA512, algorithmEd25519)
	word("secret_encoding", &s.secretEncoding, c.SecretEncoding, secretText, secretBase64, secretHex, secretWhsec)
	word("timestamp_unit", &s.unit, c.TimestampUnit, unitSeconds, unitMillis, unitISO)
	if c.Tolerance != nil {
		s.tolerance = time.Duration(*c.Tolerance)
	}
	if c.TimestampHeader != nil && c.TimestampKey == nil {
		s.timestampKey = "" // it replaces the preset's
	}
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)

// check says what does not fit together.
func (s *scheme) check(c *Config, p *problems) {
	if s.header == "" {
		p.at("signature.header", "missing: in which header is the signature?", "header: X-Signature")
	}
	if s.format == formatPairs && s.key == "" {
		p.at("signature.key", "missing: which of the pairs is the signature?", "key: v1")
	}
	if s.format != formatPairs && c.Signature.Key != nil {
		p.at("signature.key", "only headers with pairs have keys", "add format: pairs, or write prefix")
	}
	if s.format != formatPairs && s.timestampKey != "" {
		if c.Signature.TimestampKey != nil {
			p.at("signature.timestamp_key", "only headers with pairs have keys", "write timestamp_header")
		}
		s.timestampKey = ""
	}
	parts, mistake := parseTemplate(s.template)
	if mistake != nil {
		mistake.Field = "signature.sign"
		p.add(mistake)
		return
	}
	s.parts = parts
	at := writtenField(c)
	timed := s.timestampHeader != "" || s.timestampKey != ""
	switch {
	case s.uses(partTime) && !timed:
		p.at(at, "{ts} is signed, but it is not said where the time is", "add timestamp_header, or timestamp_key with pairs")
	case !s.uses(partTime) && timed:
		p.warn(at, "the time is not part of what is signed, so anyone can change it", "add {ts} if the sender signs it")
	}
	if s.uses(partID) && s.idHeader == "" {
		p.at(at, "{id} is signed, but it is not said where the id is", "add id_header")
	}
	if !s.uses(partBody) {
		p.warn(at, "{body} is not part of what is signed: whoever sees one request can post anything with its signature", "add {body} if the sender signs it")
	}
}

// readKeys takes over the secrets or public keys.
func (s *scheme) readKeys(c *Config, deps plugin.Deps, p *problems) {
	s.keys = keys{algorithm: s.algorithm}
	if s.algorithm == algorithmEd25519 {
		if len(c.Secrets) > 0 {
			p.at("secrets", "ed25519 is verified with the sender's public key", "write public_keys in place of secrets")
		}
		if len(c.PublicKeys) == 0 {
			p.at("public_keys", "missing: without the sender's public key no request can be verified", `public_keys: ["…"]`)
		}
		s.keys.addPublic(c.PublicKeys, p)
		return
	}
	if len(c.PublicKeys) > 0 {
		p.at("public_keys", "only ed25519 has public keys", "write secrets, or add algorithm: ed25519 under signature")
	}
	if len(c.Secrets) == 0 {
		p.add(hook.Missing("secrets", variable(deps.Name, "SECRET"), "a secret"))
		return
	}
	p.add(hook.Each("secrets", c.Secrets, deps.Offline, func(name, value string) error {
		secret, err := decodeSecret(s.secretEncoding, value)
		if err != nil {
			return &plugin.FieldError{
				Field: name, Message: "is not " + err.Error(),
				Suggestion: "look whether it was copied whole; if it is to be used as it is, add secret_encoding: text under signature",
			}
		}
		s.keys.secrets = append(s.keys.secrets, secret)
		s.keys.written = append(s.keys.written, value)
		return nil
	}))
}

// variable names the variable that would usually hold a receiver's secret.
func variable(receiver, what string) string {
	return strings.ToUpper(strings.ReplaceAll(receiver, "-", "_")) + "_" + what
}
