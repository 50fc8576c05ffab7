package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// The tags of scalars as the YAML parser resolves them.
const (
	tagNull  = "!!null"
	tagBool  = "!!bool"
	tagInt   = "!!int"
	tagFloat = "!!float"
	tagStr   = "!!str"
)

// isNull says whether a node holds nothing.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == tagNull
}

// silent says whether nothing must be said about a node any more: it could not
// be read, or its variable is not set, and that was told already.
func silent(n *yaml.Node) bool {
	return n.Kind == 0 || n.Kind == yaml.ScalarNode && (n.Tag == plugin.UnsetTag || strings.ContainsRune(n.Value, brokenMark))
}

// isUnset says whether a node's variable is not set.
func isUnset(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == plugin.UnsetTag }

// pair is one entry of a mapping.
type pair struct{ key, value *yaml.Node }

// block is a mapping whose keys are known to us.
type block struct {
	l     *loader
	what  string // how the block is called in messages: "`server`"
	node  *yaml.Node
	pairs []pair
}

// prepare makes a subtree ready for reading: variables are filled in, and what
// leadhub's YAML has no use for (anchors, aliases, tags) is refused.
func (l *loader) prepare(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		l.errorf(n, "write the value out, or put quotes around it if the `*` belongs to the text", "an unquoted `*` stands for a YAML alias, which leadhub does not use")
		breakNode(n)
		return
	case n.Anchor != "":
		l.errorf(n, "remove it, or put quotes around the value if the `&` belongs to the text", "an unquoted `&` starts a YAML anchor, which leadhub does not use")
		breakNode(n)
		return
	case n.Style&yaml.TaggedStyle != 0:
		l.errorf(n, "put quotes around the value; in a condition write `not …`", "an unquoted `!` starts a YAML tag, which leadhub does not use")
		breakNode(n)
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			l.prepare(n.Content[i])
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			l.prepare(c)
		}
	case yaml.ScalarNode:
		l.fill(n)
	default: // documents and streams hold no values themselves
	}
}

func breakNode(n *yaml.Node) {
	*n = yaml.Node{Kind: yaml.ScalarNode, Tag: tagStr, Value: string(brokenMark), Line: n.Line, Column: n.Column}
}

// mapping reads a node as a mapping. An empty one has no pairs. It returns false
// after it has said what is wrong, and where nothing must be said.
func (l *loader) mapping(n *yaml.Node, what string) (*block, bool) {
	b := &block{l: l, what: what, node: n}
	switch {
	case silent(n):
		return nil, false
	case isNull(n):
		return b, true
	case n.Kind == yaml.ScalarNode:
		key, _, _ := strings.Cut(n.Value, ":")
		if n.Style == 0 && gluedColon.MatchString(n.Value) && !l.fromVariable(n) {
			l.addAt(n, position{n.Line, n.Column + len(key) + 1}, plugin.SeverityError,
				fmt.Sprintf("there is no space after `%s:`", key), "put a space after the colon")
			return nil, false
		}
		l.errorf(n, "write `key: value` lines below it, indented by two spaces", "%s takes keys, not a single value", what)
		return nil, false
	case n.Kind != yaml.MappingNode:
		l.errorf(n, "remove the `- ` and write `key: value` lines", "%s takes keys, not a list", what)
		return nil, false
	}
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || isNull(k) || k.Style&yaml.TaggedStyle != 0 || k.Anchor != "" {
			l.errorf(k, "a key is one word before a colon", "this is not a key")
			l.mute(v)
			continue
		}
		if silent(k) {
			continue
		}
		if before := first[k.Value]; before != nil {
			l.mute(v)
			at := l.src.original(position{before.Line, before.Column})
			l.errorf(k, "keep one of the two", "%s is written twice in %s; first in line %d", keyWord(k), what, at.line)
			continue
		}
		first[k.Value] = k
		b.pairs = append(b.pairs, pair{k, v})
	}
	return b, true
}

var wordKey = regexp.MustCompile(`^[\pL\pN_.-]{1,40}$`)

// keyWord shows a key, unless it is something else than a word.
func keyWord(k *yaml.Node) string {
	if wordKey.MatchString(k.Value) {
		return "`" + k.Value + "`"
	}
	return "this key"
}

// get returns the value of a key, nil where it is not written.
func (b *block) get(key string) *yaml.Node {
	for _, p := range b.pairs {
		if p.key.Value == key {
			return p.value
		}
	}
	return nil
}

// key returns the node of a key, nil where it is not written.
func (b *block) key(key string) *yaml.Node {
	for _, p := range b.pairs {
		if p.key.Value == key {
			return p.key
		}
	}
	return nil
}

// drop forgets a key, because it was dealt with.
func (b *block) drop(p pair) {
	b.pairs = slices.DeleteFunc(slices.Clone(b.pairs), func(q pair) bool { return q.key == p.key })
}

// only reports every key that is not one of those given.
func (b *block) only(keys ...string) {
	for _, p := range b.pairs {
		if !slices.Contains(keys, p.key.Value) {
			b.l.unknownKey(p, b.what, keys)
		}
	}
}

// unknownKey reports a key that means nothing.
func (l *loader) unknownKey(p pair, what string, known []string) {
	suggestion := ""
	if near := nearest(p.key.Value, known); near != "" {
		suggestion = fmt.Sprintf("did you mean `%s`?", near)
	} else if len(known) > 0 {
		sorted := slices.Clone(known)
		slices.Sort(sorted)
		suggestion = "known keys are " + listWords(sorted)
	}
	l.mute(p.value)
	if !wordKey.MatchString(p.key.Value) {
		l.errorf(p.key, suggestion, "this key means nothing in %s", what)
		return
	}
	l.errorf(p.key, suggestion, "unknown key %s in %s", keyWord(p.key), what)
}

// text reads a scalar that is meant as text. what names the key in messages.
func (l *loader) text(n *yaml.Node, what string) (string, bool) {
	switch {
	case n == nil || silent(n):
		return "", false
	case isNull(n):
		l.noValue(n, what)
		return "", false
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 && onlyKeys(n):
		l.errorf(n, "put quotes around the whole value; a variable is written \"${NAME}\"", "an unquoted `{` starts a group of keys, but %s takes a text", what)
		return "", false
	case n.Kind == yaml.MappingNode:
		l.errorf(n, "", "%s takes one value, not a group of keys", what)
		return "", false
	case n.Kind == yaml.SequenceNode:
		l.errorf(n, "", "%s takes one value, not a list", what)
		return "", false
	case n.ShortTag() == tagBool && n.Style == 0:
		l.errorf(n, "put quotes around it if the word is meant", "%s takes a text, and an unquoted %s is yes or no", what, l.quote(n))
		return "", false
	}
	return n.Value, l.plainText(n)
}

// onlyKeys says whether a mapping has no values, as {NAME} and {{ x }} have none.
func onlyKeys(n *yaml.Node) bool {
	for i := 1; i < len(n.Content); i += 2 {
		if !isNull(n.Content[i]) {
			return false
		}
	}
	return true
}

var bareVariable = regexp.MustCompile(`^(\$([A-Z][A-Z0-9_]+)|\$\(([A-Za-z_][A-Za-z0-9_]*)\)|%([A-Z][A-Z0-9_]+)%)$`)

// plainText reports what YAML takes literally although it is not meant so.
func (l *loader) plainText(n *yaml.Node) bool {
	written := *n
	if w, ok := l.written[n]; ok {
		written = w.node
	}
	if written.Style == 0 && startsCurly(written.Value) {
		l.errorf(n, `type the straight quotes " or '`, "curly quotes are no quotes to YAML, they become part of the value")
		return false
	}
	if written.Style == 0 && l.runsOn(n, &written) {
		return false
	}
	if l.fromVariable(n) {
		return true
	}
	if m := bareVariable.FindStringSubmatch(n.Value); m != nil {
		l.errorf(n, fmt.Sprintf("write \"${%s}\"", m[2]+m[3]+m[4]), "this is not how a variable is written")
		return false
	}
	return true
}

// runsOn reports a list entry that YAML took for the rest of the line above,
// because it is indented more.
func (l *loader) runsOn(n, written *yaml.Node) bool {
	if !strings.Contains(written.Value, " - ") {
		return false
	}
	at := l.src.scalarPositions(written)
	runes := []rune(written.Value)
	for i := 1; at != nil && i+1 < len(runes); i++ {
		if at[i].line != at[i-1].line && runes[i] == '-' && runes[i+1] == ' ' {
			l.addAt(n, at[i], plugin.SeverityError, "this line is indented more than the entry above, so YAML takes it for the rest of that",
				"start both `- ` in the same column")
			return true
		}
	}
	return false
}

func startsCurly(s string) bool {
	for _, r := range s {
		return strings.ContainsRune("“”„‟‘’‚‛«»", r)
	}
	return false
}

var commentedWord = regexp.MustCompile(`^#[\pL\pN_.-]+`)

// commentAfter returns the comment that follows a column of a line, "" if none does.
func (l *loader) commentAfter(line, col int) string {
	runes := []rune(l.src.line(line))
	if col-1 > len(runes) {
		return ""
	}
	rest := strings.TrimLeft(string(runes[max(0, col-1):]), " \t:")
	if strings.HasPrefix(rest, "#") {
		return rest
	}
	return ""
}

// noValue reports a key or an entry with nothing behind it.
func (l *loader) noValue(n *yaml.Node, what string) {
	if c := l.commentAfter(n.Line, n.Column); commentedWord.MatchString(c) {
		l.errorf(n, "put quotes around the value", "an unquoted `#` starts a comment, so %s has no value", what)
		return
	}
	l.errorf(n, "write one, or remove the line", "%s has no value", what)
}

// choice reads one of a few words.
func (l *loader) choice(n *yaml.Node, what string, words []string) (string, bool) {
	text, ok := l.text(n, what)
	if !ok {
		return "", false
	}
	if slices.Contains(words, text) {
		return text, true
	}
	suggestion := "it can be " + listWords(words)
	if near := nearest(text, words); near != "" {
		suggestion = fmt.Sprintf("did you mean `%s`?", near)
	}
	l.errorf(n, suggestion, "%s cannot be %s", what, l.quote(n))
	return "", false
}

// boolean reads true or false.
func (l *loader) boolean(n *yaml.Node, what string) (value, ok bool) {
	switch {
	case n == nil || silent(n):
		return false, false
	case isNull(n):
		l.noValue(n, what)
		return false, false
	case n.Kind != yaml.ScalarNode:
		l.errorf(n, "write true or false", "%s is either true or false", what)
		return false, false
	case n.ShortTag() == tagBool, l.fromVariable(n) && (n.Value == "true" || n.Value == "false"):
		return strings.EqualFold(n.Value, "true"), true
	}
	suggestion := "write true or false"
	switch strings.ToLower(n.Value) {
	case "yes", "y", "on", "true", "1":
		suggestion = "write true"
	case "no", "n", "off", "false", "0":
		suggestion = "write false"
	}
	if n.Style != 0 && n.Value == strings.ToLower(n.Value) && (n.Value == "true" || n.Value == "false") {
		suggestion += " without quotes"
	}
	l.errorf(n, suggestion, "%s is either true or false, and %s is a text", what, l.quote(n))
	return false, false
}

// list reads a sequence; a null is an empty one.
func (l *loader) list(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	switch {
	case n == nil || silent(n):
		return nil, false
	case isNull(n):
		if commentedWord.MatchString(l.commentAfter(n.Line, n.Column)) {
			l.noValue(n, what)
			return nil, false
		}
		return nil, true
	case n.Kind == yaml.SequenceNode:
		return n.Content, true
	}
	l.errorf(n, "write each entry on a line of its own, after `- `", "%s takes a list", what)
	return nil, false
}
