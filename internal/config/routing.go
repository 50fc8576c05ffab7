package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/routes"
)

// routing collects what the checks over several routes need.
type routing struct {
	table routes.Table
	// whole: every route could be read, so that what is said about their order is true.
	whole bool
	// unsure: a `to` could not be read, so what seems unused may be what was meant.
	unsure bool
	// guessed holds conditions that stand for ones whose variables are not set: what
	// they say about values and about other routes means nothing.
	guessed map[*yaml.Node]bool
	// sends are the entries of all `to:` so far, section is where the one being read stands.
	sends   []sending
	section Section
	// notices: what is read are the targets of `notices:`.
	notices bool
}

// routes reads `tests:`, `routes:` and `notices:`.
func (l *loader) routes(doc *block) {
	l.routing = &routing{whole: !l.src.damaged, guessed: map[*yaml.Node]bool{}}
	l.testRoute(doc)
	l.leadRoutes(doc)
	l.noticeRoutes(doc)
	l.config.Routes = &l.routing.table
	l.sends()
	l.unusedOutputs(doc)
	l.cycles(doc)
}

// testRoute reads `tests:`.
func (l *loader) testRoute(doc *block) {
	n := doc.get("tests")
	if n == nil {
		return
	}
	b, ok := l.mapping(n, "`tests`")
	if !ok {
		return
	}
	b.only("when", "to")
	r := &routes.Route{Name: "tests", OnError: routes.OnErrorFallback}
	r.When, _ = l.when(b.get("when"), false)
	if to := b.get("to"); to != nil {
		l.send(r, SectionTests, to)
	} else if !l.src.damaged {
		l.warnf(doc.key("tests"), "add `to:` with the output that test leads should reach", "`tests` sends nowhere: test leads are kept, and shown nowhere else")
	}
	l.routing.table.Tests = r
}

// leadRoutes reads `routes:`.
func (l *loader) leadRoutes(doc *block) {
	const example = "end the file's `routes` with:  - name: everything-else   to: [" + "…]"
	n := doc.get("routes")
	if n == nil {
		l.missing("there are no `routes`", example)
		return
	}
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		l.errorf(n, "write `- name: "+slugOf(n.Content[0].Value)+"` instead of the name alone", "`routes` takes a list, in the order in which routes are tried")
		l.routing.unsure = true
		return
	}
	items, ok := l.list(n, "`routes`")
	if !ok {
		return
	}
	if len(items) == 0 {
		if !l.src.damaged {
			l.errorf(doc.key("routes"), example, "`routes` is empty")
		}
		return
	}
	blocks := make([]*block, 0, len(items))
	first := map[string]*yaml.Node{}
	for i, item := range items {
		what := fmt.Sprintf("route %d", i+1)
		if isNull(item) {
			l.noValue(item, what)
			l.routing.whole = false
			continue
		}
		b, ok := l.mapping(item, what)
		if !ok {
			l.routing.whole = false
			continue
		}
		l.routing.table.Routes = append(l.routing.table.Routes, l.route(b, first))
		blocks = append(blocks, b)
	}
	l.order(blocks, len(blocks) == len(items))
}

// routeName reads `name`, which no two routes share.
func (l *loader) routeName(b *block, first map[string]*yaml.Node) string {
	n := b.get("name")
	if n == nil {
		misspelt := slices.ContainsFunc(b.pairs, func(p pair) bool { return nearest(p.key.Value, []string{"name"}) != "" })
		if !misspelt {
			l.errorf(b.node, "add `name:`; it appears in every explanation", "%s has no name", b.what)
		}
		return ""
	}
	name, ok := l.text(n, "`name`")
	if !ok {
		return ""
	}
	if !l.validName(n, "the name of a route") {
		return ""
	}
	if before := first[name]; before != nil {
		at := l.src.original(position{before.Line, before.Column})
		l.errorf(n, "give each route a name of its own", "the name %s is taken by the route in line %d", l.quote(n), at.line)
		return ""
	}
	first[name] = n
	return name
}

// route reads one entry of `routes:`.
func (l *loader) route(b *block, first map[string]*yaml.Node) routes.Route {
	r := routes.Route{Name: l.routeName(b, first), OnError: routes.OnErrorFallback}
	if r.Name != "" {
		b.what = "route `" + r.Name + "`"
	}
	if b.hasUnknown(routeKeys()...) {
		// What the key means to say is not known, nor then what the route takes and where it sends.
		b.only(routeKeys()...)
		l.routing.whole, l.routing.unsure = false, true
	}
	var ok bool
	if r.When, ok = l.when(b.get("when"), false); !ok {
		l.routing.whole = false
	}
	if to := b.get("to"); to != nil {
		l.send(&r, SectionRoutes, to)
	}
	if n := b.get("continue"); n != nil {
		r.Continue, _ = l.boolean(n, "`continue`")
	}
	r.HoldUntil, r.Set = l.holdUntil(b), l.set(b)
	l.suppress(b, &r)
	if r.Suppresses {
		r.OnError = routes.OnErrorHold
	}
	if n := b.get("on_error"); n != nil {
		words := []string{string(routes.OnErrorNext), string(routes.OnErrorHold), string(routes.OnErrorFallback)}
		if v, ok := l.choice(n, "`on_error`", words); ok {
			r.OnError = routes.OnError(v)
		}
	}
	onlySets := b.get("set") != nil && r.Continue && b.get("hold_until") == nil // what it sets goes on with the lead
	if b.get("to") == nil && b.get("suppress") == nil && !onlySets && !l.src.damaged && !b.hasUnknown("name", "when", "continue", "on_error", "set", "hold_until") {
		l.routing.unsure = true
		suggestion := "add `to:` with one or more outputs, or `suppress:` with a reason"
		if b.get("set") != nil && b.get("hold_until") == nil {
			suggestion = "add `to:` with one or more outputs, or `continue: true` for routes below to send the lead"
		}
		l.errorf(b.place(), suggestion, "%s sends nowhere", b.what)
	}
	return r
}

// routeKeys are the keys of an entry of `routes:`.
func routeKeys() []string {
	return []string{"name", "when", "to", "suppress", "continue", "on_error", "hold_until", "set"}
}

// hasUnknown says whether a key other than those given is written.
func (b *block) hasUnknown(keys ...string) bool {
	return slices.ContainsFunc(b.pairs, func(p pair) bool { return !slices.Contains(keys, p.key.Value) })
}

// place is where a problem of a route as a whole is shown: at its name, else at its
// beginning.
func (b *block) place() *yaml.Node {
	if n := b.get("name"); n != nil && n.Kind == yaml.ScalarNode && !isNull(n) {
		return n
	}
	return b.node
}

// suppress reads `suppress:` and what must not stand beside it.
func (l *loader) suppress(b *block, r *routes.Route) {
	n := b.get("suppress")
	if n == nil {
		return
	}
	r.Suppresses = true
	const reason = "write why, for example: suppress: existing customer"
	switch {
	case silent(n):
	case isNull(n):
		l.noValue(n, "`suppress`")
	case n.Kind == yaml.ScalarNode && n.Style == 0 && slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(n.Value)):
		l.warnf(n, reason, "`suppress` without a reason: nobody will know later why the lead was kept back")
	case n.Kind == yaml.ScalarNode && n.Style == 0 && slices.Contains([]string{"false", "no", "off"}, strings.ToLower(n.Value)):
		r.Suppresses = false
		l.errorf(n, "remove the line", "`suppress` takes a reason, and %s is none", l.quote(n))
		return
	default:
		if text, ok := l.text(n, "`suppress`"); ok {
			if strings.TrimSpace(text) == "" {
				l.errorf(n, reason, "`suppress` has no reason")
			}
			r.Suppress = strings.TrimSpace(text)
		}
	}
	for _, key := range []string{"to", "continue", "hold_until", "set"} {
		if at := b.key(key); at != nil {
			l.errorf(at, fmt.Sprintf("remove `%s` or `suppress`", key), "a route that suppresses ends there: `%s` cannot stand beside `suppress`", key)
		}
	}
}

// noticeRoutes reads `notices:`.
func (l *loader) noticeRoutes(doc *block) {
	n := doc.get("notices")
	if n == nil {
		return
	}
	items, ok := l.list(n, "`notices`")
	if !ok {
		return
	}
	l.routing.notices = true
	first := map[string]*yaml.Node{}
	blocks := make([]*block, 0, len(items))
	whole := !l.src.damaged
	for i, item := range items {
		what := fmt.Sprintf("notice %d", i+1)
		if isNull(item) {
			l.noValue(item, what)
			whole = false
			continue
		}
		b, ok := l.mapping(item, what)
		if !ok {
			whole = false
			continue
		}
		r := l.notice(b, i, first)
		whole = whole && (r.When != nil || b.get("when") == nil)
		l.routing.table.Notices = append(l.routing.table.Notices, r)
		blocks = append(blocks, b)
	}
	if whole {
		l.unreachable(blocks, l.routing.table.UnreachableNotices(), "notice")
	}
}

// notice reads one entry of `notices:`.
func (l *loader) notice(b *block, i int, first map[string]*yaml.Node) routes.Route {
	r := routes.Route{Name: fmt.Sprintf("notice-%d", i+1), OnError: routes.OnErrorFallback}
	if b.get("name") != nil {
		if name := l.routeName(b, first); name != "" {
			r.Name = name
		}
	}
	b.only("name", "when", "to", "continue")
	r.When, _ = l.when(b.get("when"), true)
	if to := b.get("to"); to != nil {
		l.send(&r, SectionNotices, to)
	} else if !l.src.damaged && !b.hasUnknown("name", "when", "continue") {
		l.errorf(b.node, "add `to:` with one or more outputs; a notice that nothing matches is kept and not sent", "%s sends nowhere", b.what)
	}
	if c := b.get("continue"); c != nil {
		r.Continue, _ = l.boolean(c, "`continue`")
	}
	return r
}
