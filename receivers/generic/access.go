package generic

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

// maxToken bounds what is hashed for an unknown sender.
const maxToken = 4 << 10

// access is how a sender proves itself other than by a signature. Everything that
// is configured has to hold. nil tokens: not configured.
type access struct {
	networks  []netip.Prefix
	limited   bool // allow_ips is configured
	bearer    *hook.Tokens
	basic     *hook.Tokens // of user:password
	headerKey *hook.Tokens
	query     *hook.Tokens
	header    string // of headerKey
	parameter string // of query

	// What sign shows: the first of each.
	firstBasic, firstKey, firstQuery string
}

func (a *access) any() bool {
	return a.limited || a.bearer != nil || a.basic != nil || a.headerKey != nil || a.query != nil
}

func newAccess(c *Config, deps plugin.Deps, p *problems) access {
	var a access
	tokens := func(field, what string, list []plugin.Secret) (*hook.Tokens, string) {
		if len(list) == 0 {
			p.add(hook.Missing(field, variable(deps.Name, "TOKEN"), what))
		}
		t, err := hook.NewTokens(field, list, deps.Offline)
		p.add(err)
		for _, s := range list {
			if !s.Unset() && strings.TrimSpace(s.Reveal()) != "" {
				return t, s.Reveal()
			}
		}
		return t, ""
	}
	if c.Bearer != nil {
		a.bearer, _ = tokens("bearer", "a token", c.Bearer)
	}
	if b := c.Basic; b != nil {
		if c.Bearer != nil {
			p.at("basic", "bearer and basic both use the Authorization header", "keep one of the two")
		}
		if b.User == "" || strings.Contains(b.User, ":") {
			p.at("basic.user", "is the user's name, without a colon", "user: website")
		}
		list := make([]plugin.Secret, len(b.Passwords))
		for i, s := range b.Passwords {
			list[i] = s
			if !s.Unset() && strings.TrimSpace(s.Reveal()) != "" {
				list[i] = plugin.NewSecret(b.User + ":" + s.Reveal())
			}
		}
		a.basic, a.firstBasic = tokens("basic.passwords", "a password", list)
	}
	if k := c.HeaderKey; k != nil {
		a.header = textproto.CanonicalMIMEHeaderKey(k.Header)
		if !headerName.MatchString(a.header) {
			p.at("header_key.header", "is the name of the header that holds the key", "header: X-Api-Key")
		}
		a.headerKey, a.firstKey = tokens("header_key.keys", "a key", k.Keys)
	}
	if q := c.QueryToken; q != nil {
		a.parameter = q.Name
		if q.Name == "" {
			p.at("query_token.name", "is the name of the token in the address", "name: token")
		}
		a.query, a.firstQuery = tokens("query_token.tokens", "a token", q.Tokens)
	}
	a.allow(c.AllowIPs, p)
	return a
}

func (a *access) allow(list []string, p *problems) {
	a.limited = list != nil
	if list != nil && len(list) == 0 {
		p.at("allow_ips", "is empty, so no request could come in", "name a network, or remove the line")
	}
	for i, text := range list {
		network, err := plugin.ParseNetwork(text)
		if err != nil {
			p.at(fmt.Sprintf("allow_ips[%d]", i), "is not an address or a network", `write one like "203.0.113.7" or "203.0.113.0/24"`)
			continue
		}
		if network.Bits() == 0 {
			p.warn(fmt.Sprintf("allow_ips[%d]", i), "allows every address there is", "remove allow_ips, or name the sender's networks")
		}
		a.networks = append(a.networks, network)
	}
}

// verify checks everything that is configured, the address first.
func (a *access) verify(req *receivers.Request) error {
	if a.limited {
		switch {
		case !req.Remote.IsValid():
			return receivers.Unauthorized(receivers.ReasonNoAddress, "allow_ips is set, and who sent it is not known")
		case !plugin.InNetworks(req.Remote, a.networks):
			return receivers.Unauthorized(receivers.ReasonBadAddress,
				"it came from "+req.Remote.String()+": add it to allow_ips if it is the sender's, or to server.trusted_proxies if it is your own proxy's")
		}
	}
	for _, check := range []func(*receivers.Request) error{a.verifyBearer, a.verifyBasic, a.verifyHeader, a.verifyQuery} {
		if err := check(req); err != nil {
			return err
		}
	}
	return nil
}

func (a *access) verifyBearer(req *receivers.Request) error {
	if a.bearer == nil {
		return nil
	}
	token, err := credentials(req.Header.Get("Authorization"), "Bearer")
	if err != nil {
		return err
	}
	return judge(a.bearer, token, "token")
}

func (a *access) verifyBasic(req *receivers.Request) error {
	if a.basic == nil {
		return nil
	}
	encoded, err := credentials(req.Header.Get("Authorization"), "Basic")
	if err != nil {
		return err
	}
	raw, ok := decodeBasic(encoded)
	if !ok {
		return receivers.Unauthorized(receivers.ReasonBadToken, "what follows Basic is not base64 of user:password")
	}
	return judge(a.basic, raw, "user and password")
}

func decodeBasic(text string) (string, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return "", false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	return string(raw), err == nil
}

// credentials returns what follows the scheme's name, which has no case (RFC 9110).
func credentials(authorization, scheme string) (string, error) {
	if authorization == "" {
		return "", receivers.Unauthorized(receivers.ReasonNoToken, "there is no Authorization header")
	}
	if len(authorization) > maxToken {
		return "", receivers.Unauthorized(receivers.ReasonBadToken, "the Authorization header is far too long")
	}
	name, rest, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(name, scheme) {
		return "", receivers.Unauthorized(receivers.ReasonBadToken, `the Authorization header does not begin with "`+scheme+` "`)
	}
	return rest, nil
}

func (a *access) verifyHeader(req *receivers.Request) error {
	if a.headerKey == nil {
		return nil
	}
	given := req.Header.Get(a.header)
	if given == "" {
		return receivers.Unauthorized(receivers.ReasonNoToken, "there is no "+a.header+" header")
	}
	return judge(a.headerKey, given, "key")
}

func (a *access) verifyQuery(req *receivers.Request) error {
	if a.query == nil {
		return nil
	}
	values, err := url.ParseQuery(req.Query.Reveal())
	if err != nil {
		return receivers.Unauthorized(receivers.ReasonBadToken, "the query of the address cannot be read")
	}
	given := values[a.parameter]
	if len(given) == 0 || given[0] == "" {
		return receivers.Unauthorized(receivers.ReasonNoToken, "there is no "+a.parameter+" in the query of the address: give the sender the whole address with ?"+a.parameter+"=…")
	}
	if len(given) > 1 {
		return receivers.Unauthorized(receivers.ReasonBadToken, a.parameter+" stands in the address more than once")
	}
	return judge(a.query, given[0], "token")
}

// judge compares in constant time and says what is probably wrong.
func judge(t *hook.Tokens, given, what string) error {
	if len(given) > maxToken {
		return receivers.Unauthorized(receivers.ReasonBadToken, "the "+what+" is far too long")
	}
	if t.Match(given) {
		return nil
	}
	clean := strings.Trim(strings.TrimSpace(given), `"'<>`)
	switch {
	case clean != given && t.Match(clean):
		return receivers.Unauthorized(receivers.ReasonBadToken, "the right "+what+", with spaces or quotes around it that the sender must not send")
	default:
		return receivers.Unauthorized(receivers.ReasonBadToken, "another "+what+" than the one that is set here, or none is set here")
	}
}

// sign adds what the sender would show in headers.
func (a *access) sign(h http.Header) error {
	if a.bearer != nil {
		authorization, err := a.bearer.Sign()
		if err != nil {
			return err
		}
		h.Set("Authorization", authorization)
	}
	if a.basic != nil {
		if a.firstBasic == "" {
			return errNoSecret
		}
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.firstBasic)))
	}
	if a.headerKey != nil {
		if a.firstKey == "" {
			return errNoSecret
		}
		h.Set(a.header, a.firstKey)
	}
	return nil
}

// signQuery returns the query the sender would call the hub with.
func (a *access) signQuery() (plugin.Secret, error) {
	if a.query == nil {
		return plugin.Secret{}, nil
	}
	if a.firstQuery == "" {
		return plugin.Secret{}, errNoSecret
	}
	return plugin.NewSecret(url.Values{a.parameter: {a.firstQuery}}.Encode()), nil
}
