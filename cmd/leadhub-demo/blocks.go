package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The limits of a message that Slack documents.
const (
	maxBlocks       = 50
	maxHeader       = 150
	maxSection      = 3000
	maxFields       = 10
	maxField        = 2000
	maxActions      = 25
	maxContextParts = 10
)

// block is what the stand-in reads of a Block Kit block.
type block struct {
	Type     string    `json:"type"`
	Text     *textPart `json:"text"`
	Fields   []textPart
	Elements []element
}

type textPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// element is an element of a context or an actions block: its text is a string
// in one and an object in the other.
type element struct {
	Type string          `json:"type"`
	Text json.RawMessage `json:"text"`
	URL  string          `json:"url"`
}

func (e element) label() string {
	var s string
	if json.Unmarshal(e.Text, &s) == nil {
		return s
	}
	var p textPart
	if json.Unmarshal(e.Text, &p) != nil {
		return ""
	}
	return p.Text
}

// problem says why Slack would refuse the message, in its error codes.
func (m *slackMessage) problem() (code, why string) {
	if m.Channel == "" {
		return "channel_not_found", "no channel"
	}
	if m.Text == "" {
		return "no_text", "a message needs a text for notifications beside its blocks"
	}
	if len(m.Blocks) == 0 {
		return "", ""
	}
	var blocks []block
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		return "invalid_blocks_format", err.Error()
	}
	if len(blocks) > maxBlocks {
		return "invalid_blocks", fmt.Sprintf("%d blocks, %d are allowed", len(blocks), maxBlocks)
	}
	for i, b := range blocks {
		if why := b.problem(); why != "" {
			return "invalid_blocks", fmt.Sprintf("block %d (%s): %s", i+1, b.Type, why)
		}
	}
	return "", ""
}

func (b *block) problem() string {
	length := 0
	if b.Text != nil {
		length = len([]rune(b.Text.Text))
	}
	switch b.Type {
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" || length == 0 || length > maxHeader {
			return fmt.Sprintf("wants 1 to %d characters of plain text", maxHeader)
		}
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			return "has neither text nor fields"
		}
		if b.Text != nil && (length == 0 || length > maxSection) {
			return fmt.Sprintf("wants 1 to %d characters", maxSection)
		}
		if len(b.Fields) > maxFields {
			return fmt.Sprintf("%d fields, %d are allowed", len(b.Fields), maxFields)
		}
		for _, f := range b.Fields {
			if n := len([]rune(f.Text)); n == 0 || n > maxField {
				return fmt.Sprintf("a field wants 1 to %d characters", maxField)
			}
		}
	case "context":
		if n := len(b.Elements); n == 0 || n > maxContextParts {
			return fmt.Sprintf("wants 1 to %d elements", maxContextParts)
		}
	case "actions":
		if n := len(b.Elements); n == 0 || n > maxActions {
			return fmt.Sprintf("wants 1 to %d elements", maxActions)
		}
	case "divider", "image", "rich_text":
	default:
		return "is no kind of block"
	}
	return ""
}

// lines is the message as a person would see it, in short and without markup.
func (m *slackMessage) lines() []string {
	var blocks []block
	if len(m.Blocks) == 0 || json.Unmarshal(m.Blocks, &blocks) != nil || len(blocks) == 0 {
		return splitLines(plain(m.Text))
	}
	var out []string
	for _, b := range blocks {
		if b.Text != nil {
			out = append(out, splitLines(plain(b.Text.Text))...)
		}
		var parts []string
		for _, f := range b.Fields {
			parts = append(parts, strings.Join(splitLines(plain(f.Text)), " "))
		}
		for _, e := range b.Elements {
			label := plain(e.label())
			if label == "" {
				continue
			}
			if b.Type == "actions" {
				label = "[" + label + "]"
			}
			parts = append(parts, label)
		}
		if len(parts) > 0 {
			out = append(out, strings.Join(parts, " · "))
		}
	}
	return out
}

// summary is the message's first line.
func (m *slackMessage) summary() string {
	if lines := m.lines(); len(lines) > 0 {
		return lines[0]
	}
	return m.Text
}

func splitLines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// plain takes Slack's markup away: <url|label> is label, *bold* is bold, and the
// three entities are their characters.
func plain(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "<")
		inside, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			b.WriteString(s)
			break
		}
		b.WriteString(before)
		if _, label, named := strings.Cut(inside, "|"); named {
			inside = label
		}
		b.WriteString(inside)
		s = after
	}
	text := strings.NewReplacer("*", "", "`", "").Replace(b.String())
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
