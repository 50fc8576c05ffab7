package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/routes"
	"leadhub/rules"
)

// aim is one entry of a `to:` as it was read.
type aim struct {
	routes.Target

	maker *routes.Maker // nil: Target says it all
	view  *view         // nil: the output as it is
}

// targets reads a `to:`: a list of outputs, each alone or with what stands behind it.
func (l *loader) targets(n *yaml.Node) []aim {
	var items []*yaml.Node
	switch {
	case silent(n):
		l.routing.unsure = true
		return nil
	case n.Kind == yaml.ScalarNode && !isNull(n):
		items = []*yaml.Node{n}
	case n.Kind == yaml.MappingNode:
		l.errorf(n, "put `- ` before each output", "`to` takes a list of outputs")
		l.useAll(n)
		return nil
	default:
		list, ok := l.list(n, "`to`")
		if !ok {
			l.routing.unsure = true
			return nil
		}
		if len(list) == 0 {
			l.routing.unsure = true
			l.errorf(n, "name at least one output, for example: to: [triage]", "`to` is empty")
			return nil
		}
		items = list
	}
	var all []aim
	for _, item := range items {
		for _, t := range l.target(item) {
			if slices.ContainsFunc(all, func(a aim) bool { return a.Target == t.Target }) {
				l.warnf(item, "remove one of the two", "this target is listed twice")
				continue
			}
			all = append(all, t)
		}
	}
	return all
}

// useAll counts the keys of a wrongly written `to` as used outputs.
func (l *loader) useAll(n *yaml.Node) {
	for i := 0; i < len(n.Content); i += 2 {
		l.names.used[n.Content[i].Value] = true
	}
}

// target reads one entry of `to:`: `crm`, `slack: "#hot"`, `slack: ["#hot", "#sales"]`
// or `slack: { channel: "#hot", text: "…" }`.
func (l *loader) target(n *yaml.Node) []aim {
	switch {
	case silent(n):
		l.routing.unsure = true
		return nil
	case isNull(n):
		l.routing.unsure = true
		l.noTarget(n)
		return nil
	case n.Kind == yaml.ScalarNode:
		if _, ok := l.text(n, "`to`"); !ok {
			l.routing.unsure = true
			return nil
		}
		if !l.knownOutput(n) {
			return nil
		}
		if !l.checkTarget(n, n, n.Value, "") {
			return nil
		}
		return []aim{{Target: routes.Target{Output: n.Value}}}
	case n.Kind == yaml.SequenceNode:
		l.errorf(n, "write each output after a single `- `", "`to` takes a list of outputs, not a list of lists")
		return nil
	}
	b, ok := l.mapping(n, "an entry of `to`")
	if !ok {
		return nil
	}
	if len(b.pairs) != 1 {
		if len(b.pairs) > 1 {
			l.errorf(b.pairs[1].key, "put `- ` before each output", "one entry of `to` names one output")
		}
		for _, p := range b.pairs {
			l.names.used[p.key.Value] = true
		}
		return nil
	}
	return l.targetsOf(b.pairs[0])
}

// targetsOf reads what stands behind an output's name.
func (l *loader) targetsOf(p pair) []aim {
	if !l.knownOutput(p.key) {
		l.mute(p.value)
		return nil
	}
	if n := p.value; n.Kind == yaml.MappingNode && (n.Style&yaml.FlowStyle == 0 || len(n.Content) == 0 || !onlyKeys(n)) {
		return l.override(p)
	}
	return l.aims(p.key, p.value)
}

// aims reads the targets behind an output's name: one, or a list.
func (l *loader) aims(key, value *yaml.Node) []aim {
	name := key.Value
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
		if len(values) == 0 {
			l.errorf(value, fmt.Sprintf("write `- %s`, or name a target", name), "the list behind `%s` is empty", name)
			return nil
		}
	}
	var list []aim
	for _, v := range values {
		if isNull(v) {
			l.noChannel(v, name)
			continue
		}
		if w, ok := l.written[v]; ok && isUnset(v) {
			// Only looking: better a target with the variable's name in it than none.
			list = append(list, aim{Target: routes.Target{Output: name, Target: w.node.Value}})
			continue
		}
		text, ok := l.text(v, "the target of `"+name+"`")
		switch {
		case !ok:
		case rules.IsTemplate(text):
			if maker, ok := l.maker(v, name); ok {
				list = append(list, aim{Target: routes.Target{Output: name, Target: text}, maker: maker})
			}
		case l.checkTarget(v, key, name, text):
			list = append(list, aim{Target: routes.Target{Output: name, Target: text}})
		}
	}
	return list
}

var targetWord = regexp.MustCompile(`^#[\pL\pN_-]{1,80}`)

// noChannel reports `slack: #hot`, which YAML reads as nothing and a comment.
func (l *loader) noChannel(n *yaml.Node, output string) {
	if word := targetWord.FindString(l.commentAfter(n.Line, n.Column)); word != "" {
		l.errorf(n, fmt.Sprintf("write: %s: %q", output, word), "an unquoted `#` starts a comment, so `%s` has no target", output)
		return
	}
	l.errorf(n, fmt.Sprintf("write `- %s` alone, or a target in quotes after the colon", output), "there is nothing behind `%s:`", output)
}

// noTarget reports an empty entry of `to`.
func (l *loader) noTarget(n *yaml.Node) {
	if word := targetWord.FindString(l.commentAfter(n.Line, n.Column)); word != "" {
		l.errorf(n, fmt.Sprintf("write the output's name and the target in quotes, for example: slack: %q", word), "an unquoted `#` starts a comment, so this entry is empty")
		return
	}
	l.errorf(n, "write an output's name, or remove the line", "this entry is empty")
}

// knownOutput says whether a node names an output of the file, and counts it as used.
func (l *loader) knownOutput(n *yaml.Node) bool {
	name := n.Value
	if silent(n) {
		return false
	}
	if slices.Contains(l.names.outputs, name) {
		l.names.used[name] = true
		return true
	}
	if l.src.damaged || len(l.names.outputs) == 0 {
		return false // the output may be in what could not be read; no outputs at all was told
	}
	suggestion := quoteList("outputs are", l.names.outputs)
	near := nearest(name, l.names.outputs)
	before, after, glued := strings.Cut(name, ":")
	switch {
	case glued && slices.Contains(l.names.outputs, before) && after != "":
		near = before
		suggestion = fmt.Sprintf("write: %s: %q", before, strings.TrimSpace(after))
	case near != "":
		suggestion = fmt.Sprintf("did you mean `%s`?", near)
	}
	if near != "" {
		l.names.used[near] = true
	}
	l.errorf(n, suggestion, "there is no output %s", l.quote(n))
	return false
}

// checkTarget asks the output whether a route may name the target. It returns
// true for an output that could not be built: that was told already.
func (l *loader) checkTarget(n, key *yaml.Node, output, target string) bool {
	i := slices.IndexFunc(l.config.Outputs, func(o Output) bool { return o.Name == output })
	if i < 0 {
		return true
	}
	word := ""
	if target == "" && key.Style == 0 && !l.fromVariable(key) {
		word = targetWord.FindString(l.commentAfter(key.Line, key.Column+len([]rune(key.Value))))
	}
	if !l.takesNotices(n, &l.config.Outputs[i]) {
		return false
	}
	err := l.config.Outputs[i].CheckTarget(target)
	switch {
	case err != nil && word != "":
		l.errorf(n, fmt.Sprintf("write: %s: %q", output, word), "an unquoted `#` starts a comment, so `%s` has no target", output)
	case err != nil:
		fields, rest := plugin.FieldErrors(err)
		for _, f := range fields {
			l.errorf(n, f.Suggestion, "%s", f.Message)
		}
		if rest != nil {
			l.errorf(n, "", "%s", rest)
		}
	case word != "":
		l.warnf(n, fmt.Sprintf("write: %s: %q", output, word), "an unquoted `#` starts a comment, so `%s` is used without a target", output)
	}
	return err == nil
}

// order checks what depends on the order of the routes. all: every entry of the list is in blocks.
func (l *loader) order(blocks []*block, all bool) {
	if len(blocks) == 0 {
		return
	}
	list := l.routing.table.Routes
	last := len(list) - 1
	for i := range last {
		if why := takesAll(blocks[i], list[i]); why != "" {
			l.errorf(blocks[i].place(), "give it a narrower `when`, or move it to the end",
				"this route %s, so it takes every lead: the %s below it can never be reached", why, plural(last-i, "route"))
			return
		}
	}
	dead := l.routing.table.Unreachable()
	if all && !l.src.damaged && !l.lastRoute(blocks[last], list[last]) {
		l.routing.unsure = true
		dead = slices.DeleteFunc(dead, func(u routes.UnreachableRoute) bool { return u.Index == last })
	}
	if l.routing.whole {
		l.unreachable(blocks, dead, "route")
	}
}

// takesAll says why a route takes every lead, "" if it does not.
func takesAll(b *block, r routes.Route) string {
	switch {
	case r.Continue || b.hasUnknown(routeKeys()...):
		return ""
	case b.get("when") == nil:
		return "has no `when`"
	case r.When != nil && r.When.Always():
		return "has a condition that is always true"
	default:
		return ""
	}
}

// unreachable reports the entries that nothing ever reaches.
func (l *loader) unreachable(blocks []*block, list []routes.UnreachableRoute, kind string) {
	for _, u := range list {
		if u.Index < 0 || u.Index >= len(blocks) || len(l.routing.guessed) > 0 {
			continue
		}
		suggestion := "move it up, or remove it"
		if u.By == "" {
			suggestion = "correct its `when`, or remove it"
		}
		l.errorf(blocks[u.Index].place(), suggestion, "this %s can never be reached: %s", kind, u.Why)
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "one " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// lastRoute checks the route that takes every lead that is left.
func (l *loader) lastRoute(b *block, r routes.Route) bool {
	const add = "add a last one:  - name: everything-else   to: [an output]"
	if n := b.key("when"); n != nil {
		l.errorf(n, add, "the last route takes every lead that is left, so it can have no `when`")
		return false
	}
	if n := b.key("suppress"); n != nil && b.get("to") == nil && r.Suppresses {
		l.errorf(n, add, "the last route takes every lead that is left, so it cannot suppress")
		return false
	}
	if b.get("to") == nil && b.get("suppress") == nil && b.get("set") != nil && r.Continue {
		l.errorf(b.place(), "add `to:` with one or more outputs", "the last route takes every lead that is left, so it must send somewhere")
		return false
	}
	if n := b.key("continue"); n != nil && r.Continue && b.get("suppress") == nil {
		l.warnf(n, "remove the line", "`continue` means nothing on the last route")
	}
	return true
}

// unusedOutputs warns about outputs that nothing sends to.
func (l *loader) unusedOutputs(doc *block) {
	n := doc.get("outputs")
	if n == nil || n.Kind != yaml.MappingNode || l.src.damaged || l.routing.unsure || doc.get("routes") == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if slices.Contains(l.names.outputs, k.Value) && !l.names.used[k.Value] {
			l.names.used[k.Value] = true
			l.warnf(k, "name it in a `to:`, or remove it", "the output `%s` is never used", k.Value)
		}
	}
}
