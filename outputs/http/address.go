package http

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"leadhub/internal/egress"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// address is a URL that differs from lead to lead in its path or its query.
type address struct {
	text   *rules.Template
	pieces []part
	host   string
	scheme string
}

// part is a piece of the address.
type part struct {
	expression string // "" for a literal
	literal    string
	shown      string // the literal for people
	query      bool   // it stands behind the ?
}

var fixedHost = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^/?#{}]+[/?]`)

// newAddress reads the text of `url`. skeleton is the address with a letter in the
// place of each expression: what can be checked is checked with that. secrets are
// the parts of it that must not be shown.
func newAddress(text string, c *rules.Compiler) (a *address, skeleton egress.URL, secrets []string, err error) {
	if !fixedHost.MatchString(text) {
		return nil, "", nil, wrong("url", "the host cannot change from lead to lead: leads would go wherever a vendor says", `write it out, for example "https://crm.example.com/leads/{{ id }}"`)
	}
	t, err := template.Compile(c, "url", text)
	if t == nil {
		return nil, "", nil, err
	}
	a = &address{text: t}
	var bare strings.Builder
	for _, p := range t.Pieces() {
		next := part{expression: p.Expression, literal: p.Literal, query: strings.Contains(bare.String(), "?")}
		if p.Expression != "" {
			bare.WriteString("x")
		} else {
			bare.WriteString(p.Literal)
			hidden := next.show(len(a.pieces) == 0)
			secrets = append(secrets, hidden...)
		}
		a.pieces = append(a.pieces, next)
	}
	return a, egress.URL(bare.String()), secrets, err
}

// hide is what stands for a part of an address that may be secret.
const hide = "…"

// show fills in what people may see of a literal, and returns what they may not.
func (p *part) show(first bool) (secrets []string) {
	path, query, hasQuery := strings.Cut(p.literal, "?")
	if p.query {
		path, query, hasQuery = "", p.literal, true
	}
	prefix := ""
	if first { // scheme and host
		scheme, rest, _ := strings.Cut(path, "://")
		host, after, slash := strings.Cut(rest, "/")
		prefix, path = scheme+"://"+host, after
		if slash {
			prefix += "/"
		}
	}
	keep := func(s string) string {
		if s == "" || egress.Plain(strings.Trim(s, "-_.")) {
			return s
		}
		if len(s) >= 5 {
			secrets = append(secrets, s)
		}
		return hide
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = keep(s)
	}
	p.shown = prefix + strings.Join(segments, "/")
	if !hasQuery {
		return secrets
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			pairs[i] = name + "=" + keep(value)
		}
	}
	if !p.query {
		p.shown += "?"
	}
	p.shown += strings.Join(pairs, "&")
	return secrets
}

// render makes the address for what the scope holds, and how it is shown. Values
// are escaped, so that none can reach another path, add a parameter or change the host.
func (a *address) render(s *rules.Scope) (*url.URL, string, error) {
	var real, shown strings.Builder
	for i, p := range a.pieces {
		if p.expression == "" {
			real.WriteString(p.literal)
			shown.WriteString(p.shown)
			continue
		}
		value, missing, err := a.text.Piece(s, i)
		if err != nil {
			return nil, "", fmt.Errorf("url: %w", err)
		}
		value = strings.ToValidUTF8(value, "\uFFFD")
		if p.query {
			value = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
		} else {
			if missing || value == "" {
				return nil, "", fmt.Errorf("url: %s is missing in this lead, and without it the address is another one; a default is written {{ %s ?? \"none\" }}", p.expression, p.expression)
			}
			value = url.PathEscape(value)
		}
		real.WriteString(value)
		shown.WriteString(value)
	}
	u, err := url.Parse(real.String())
	if err != nil {
		return nil, "", errors.New("url: with the values of this lead it is no URL")
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, "", errors.New("url: a value of this lead is . or .., which would lead to another address")
		}
	}
	if u.Host != a.host || u.Scheme != a.scheme {
		return nil, "", errors.New("url: with the values of this lead it has another host")
	}
	return u, shown.String(), nil
}
