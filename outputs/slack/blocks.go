package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"
	"go.yaml.in/yaml/v4"

	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Limits of Block Kit, in characters (documented), and what all of it together may
// be (seen by others: some 13,000).
const (
	maxBlocks   = 50
	maxHeader   = 150
	maxSection  = 3000
	maxField    = 2000
	maxButton   = 75
	maxID       = 255
	maxElements = 25
	maxWhole    = 12000
)

func blockTypes() []string {
	return []string{"section", "header", "divider", "context", "actions", "image", "rich_text", "markdown", "video"}
}

// compileBlocks reads `blocks:`, Block Kit as Slack documents it, in YAML.
func compileBlocks(t template.Tree, c *rules.Compiler) (*template.Compiled, error) {
	n := t.Node()
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 && n.Content[0].Value == "blocks" {
		return nil, wrong("blocks", "blocks takes the list itself", "leave out the inner `blocks`")
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, wrong("blocks", "blocks takes a list of Block Kit's blocks", "write for example - { type: section, text: { type: mrkdwn, text: \"{{ full_name }}\" } }")
	}
	if len(n.Content) >= maxBlocks {
		return nil, wrong(fmt.Sprintf("blocks[%d]", maxBlocks-1), fmt.Sprintf("a message holds fewer than %d blocks", maxBlocks), "remove some")
	}
	for i, block := range n.Content {
		path := fmt.Sprintf("blocks[%d]", i)
		if template.NeedsQuotes(block) || block.Kind != yaml.MappingNode {
			return nil, wrong(path, "a block is a group of keys with a `type`", "write for example { type: divider }")
		}
		kind := ""
		for k := 0; k+1 < len(block.Content); k += 2 {
			if block.Content[k].Value == "type" {
				kind, path = block.Content[k+1].Value, path+".type"
			}
		}
		if !slices.Contains(blockTypes(), kind) {
			suggestion := "there are " + strings.Join(blockTypes(), ", ")
			if near := rules.Nearest(kind, blockTypes()); near != "" {
				suggestion = "write " + near
			}
			return nil, wrong(path, "this is no type of block", suggestion)
		}
	}
	return t.Compile(c, "blocks", blockLeaf)
}

// blockLeaf escapes values for where they stand in a block.
func blockLeaf(key string, t *rules.Template) template.Leaf {
	switch {
	case strings.HasSuffix(key, "url"):
		m := newAddress(t)
		return func(s *rules.Scope) (any, error) { return m.address(s) }
	case slices.Contains([]string{"value", "action_id", "block_id", "type", "style"}, key):
		return func(s *rules.Scope) (any, error) { return t.Render(s, nil) }
	default:
		m := newMarkup(t)
		return func(s *rules.Scope) (any, error) { return m.render(s) }
	}
}

// newAddress makes an address of a text: a value at its start may be the address itself.
func newAddress(t *rules.Template) *markup {
	m := &markup{text: t}
	for i := range t.Pieces() {
		m.where = append(m.where, inLink)
		if i == 0 {
			m.where[0] = linkStart
		}
	}
	return m
}

// address returns a web address, "" where the values make none.
func (m *markup) address(s *rules.Scope) (string, error) {
	var b strings.Builder
	for i, p := range m.text.Pieces() {
		value, missing, err := m.text.Piece(s, i)
		switch {
		case err != nil:
			return "", err
		case p.Expression != "" && missing:
			return "", nil
		case p.Expression != "" && m.where[i] == inLink:
			value = escapeURL(value)
		}
		b.WriteString(value)
	}
	address := strings.TrimSpace(b.String())
	if webURL(address) == "" {
		return "", nil
	}
	return address, nil
}

// renderBlocks evaluates the blocks. What is empty is left out: a button without
// its address, a field without a value, a section without text. What is too long
// for Slack is shortened.
func renderBlocks(c *template.Compiled, s *rules.Scope, id string) ([]slackapi.Block, error) {
	v, err := c.Value(s)
	if err != nil {
		return nil, err
	}
	list, _ := v.([]any)
	f := &fitter{left: maxWhole}
	var out []slackapi.Block
	for _, item := range list {
		block, ok := item.(*template.Object)
		if !ok || !f.block(block) {
			continue
		}
		if len(out) == 0 && block.Get("block_id") == nil {
			block.Set("block_id", id) // by which the message can be known again
		}
		raw, err := template.AppendJSON(nil, block)
		if err != nil {
			return nil, err
		}
		out = append(out, rawBlock{json.RawMessage(raw)})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("blocks: there is nothing to say about this lead; write ?? for what may be missing")
	}
	return out, nil
}

// fitter makes blocks fit Slack's limits.
type fitter struct{ left int }

// text shortens the text of an object, and says whether there is any.
func (f *fitter) text(o *template.Object, limit int) bool {
	s, ok := o.Get("text").(string)
	if !ok {
		return o.Get("text") != nil
	}
	s = cutMarkup(s, min(limit, max(f.left, 1)))
	if f.left <= 0 {
		s = ""
	}
	f.left -= size(s)
	o.Set("text", s)
	return strings.TrimSpace(s) != ""
}

// inner shortens the text object that is an object's text.
func (f *fitter) inner(o *template.Object, limit int) bool {
	inner, ok := o.Get("text").(*template.Object)
	return ok && f.text(inner, limit)
}

// block shortens a block, and says whether anything is left of it.
func (f *fitter) block(b *template.Object) bool {
	for _, key := range []string{"block_id", "action_id"} {
		if id, ok := b.Get(key).(string); ok {
			b.Set(key, cutRunes(id, maxID))
		}
	}
	switch b.Get("type") {
	case "header":
		return f.inner(b, maxHeader)
	case "section":
		hasText := f.inner(b, maxSection)
		if !hasText {
			b.Delete("text")
		}
		hasFields := f.list(b, "fields", maxFacts, func(o *template.Object) bool { return f.text(o, maxField) })
		if o, ok := b.Get("accessory").(*template.Object); ok && !f.element(o) {
			b.Delete("accessory")
		}
		return hasText || hasFields
	case "context":
		return f.list(b, "elements", maxFacts, f.element)
	case "actions":
		return f.list(b, "elements", maxElements, f.element)
	case "image":
		return b.Get("image_url") != ""
	case "markdown":
		return f.text(b, maxWhole)
	default:
		return true
	}
}

// list keeps what is good of a list, as far as the limit goes.
func (f *fitter) list(b *template.Object, key string, limit int, good func(*template.Object) bool) bool {
	items, ok := b.Get(key).([]any)
	if !ok {
		return false
	}
	kept := make([]any, 0, len(items))
	for _, item := range items {
		if o, ok := item.(*template.Object); ok && len(kept) < limit && good(o) {
			kept = append(kept, item)
		}
	}
	if len(kept) == 0 {
		b.Delete(key)
		return false
	}
	b.Set(key, kept)
	return true
}

// element shortens a button, an image or a text in a list of elements.
func (f *fitter) element(o *template.Object) bool {
	switch o.Get("type") {
	case "mrkdwn", "plain_text":
		return f.text(o, maxField)
	case "image":
		return o.Get("image_url") != ""
	case "button":
		if v, ok := o.Get("value").(string); ok {
			o.Set("value", cutRunes(v, maxField))
		}
		return o.Get("url") != "" && f.inner(o, maxButton)
	default:
		return true
	}
}

func cutRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
