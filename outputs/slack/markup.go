package slack

import (
	"net/url"
	"strings"

	"leadhub/rules"
)

// markup is a text in Slack's markup with expressions in it. What is written
// around the braces is markup; values never are: they cannot mention anyone, make
// links or end the one they stand in.
type markup struct {
	text  *rules.Template
	where []standing // of each piece
}

// standing says where in the markup a value stands.
type standing uint8

const (
	inText    standing = iota
	linkStart          // right behind the < of a link
	inLink             // further on in its address
)

func newMarkup(t *rules.Template) *markup {
	m := &markup{text: t}
	now := inText
	for _, p := range t.Pieces() {
		m.where = append(m.where, now)
		i := strings.LastIndexAny(p.Literal, "<>|")
		switch {
		case p.Expression != "" || i < 0:
			if now == linkStart {
				now = inLink
			}
		case p.Literal[i] != '<':
			now = inText
		case i == len(p.Literal)-1:
			now = linkStart
		default:
			now = inLink
		}
	}
	return m
}

// maxExpression bounds one value in a text, in characters after escaping.
const maxExpression = 1000

func (m *markup) render(s *rules.Scope) (string, error) {
	var b strings.Builder
	for i, p := range m.text.Pieces() {
		value, _, err := m.text.Piece(s, i)
		if err != nil {
			return "", err
		}
		if p.Expression == "" {
			b.WriteString(value)
			continue
		}
		switch m.where[i] {
		case linkStart:
			if address := webURL(value); address != "" {
				value = address
			} else { // <!channel> and <@U1> are commands
				value = strings.TrimLeft(text(value, maxExpression), "!@#")
			}
		case inLink:
			value = escapeURL(value)
		default:
			value = text(value, maxExpression)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// escapeURL makes a value a part of an address.
func escapeURL(s string) string {
	return strings.ReplaceAll(url.QueryEscape(strings.ToValidUTF8(s, "\uFFFD")), "+", "%20")
}

// cutMarkup shortens a text in Slack's markup, not within an entity or a link.
func cutMarkup(s string, limit int) string {
	if size(s) <= limit {
		return s
	}
	length, end := 0, 0
	inside := false // an entity or a link
	for i, c := range s {
		n := size(string(c))
		if length+n > limit-1 {
			break
		}
		length += n
		switch c {
		case '<', '&':
			inside = true
		case '>', ';':
			inside = false
		case ' ':
			if !strings.Contains(s[end:i], "<") { // an & alone
				inside = false
			}
		}
		if !inside {
			end = i + len(string(c))
		}
	}
	return s[:end] + "…"
}
