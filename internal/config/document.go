package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/rules"
	"leadhub/transforms"
)

// sections are the top-level keys, in the order in which files should have them.
func sections() []string {
	return []string{"version", "timezone", "server", "store", "receivers", "outputs", "lead_potential", "tables", "calendars", "tests", "routes", "notices"}
}

// unavailable are top-level keys of the configuration language that this version does not have.
func unavailable() []string {
	return []string{"polls", "templates"}
}

// subkeys are the keys of the sections whose keys we know, by section.
func subkeys() map[string][]string {
	return map[string][]string{
		"server": {"listen", "admin", "max_body", "public_url", "trusted_proxies"}, "store": {"url"}, "lead_potential": {"high", "medium", "words"},
	}
}

// sectionOf names the section a key belongs in, for keys written one level too far left.
func sectionOf(key string) string {
	for section, keys := range subkeys() {
		if slices.Contains(keys, key) {
			return section
		}
	}
	return ""
}

// nearSubkey returns the key of a section that is most like key.
func nearSubkey(key string) string {
	var all []string
	for _, section := range []string{"server", "store", "lead_potential"} {
		all = append(all, subkeys()[section]...)
	}
	return nearest(key, all)
}

// document reads the whole file.
func (l *loader) document(root *yaml.Node) {
	c := l.config
	c.Bands = transforms.DefaultBands()
	c.Server = defaultServer()
	for root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = root.Content[0]
	}
	if root.Kind == 0 || isNull(root) {
		if !l.failed() {
			l.at(position{1, 1}, plugin.SeverityError, "the file holds no configuration", "start from config.example.yaml")
		}
		return
	}
	if root.Kind != yaml.MappingNode {
		l.errorf(root, "a configuration begins with `version: 1`", "the file holds no `key: value` lines")
		return
	}
	doc, ok := l.mapping(root, "this file")
	if !ok {
		return
	}
	l.topLevel(doc)
	l.version(doc)
	l.timezone(doc.get("timezone"))
	l.server(doc.get("server"))
	l.store(doc.get("store"))
	l.bands(doc.get("lead_potential"))
	l.tables(doc)
	l.calendars(doc)
	l.receivers(doc)
	l.compiler() // the templates of outputs need it
	l.outputs(doc)
	l.routes(doc)
	if l.kinds.Transforms != nil {
		c.Chain = l.kinds.Transforms(c.Bands)
	}
}

// topLevel reports unknown and unavailable sections and prepares the known ones.
func (l *loader) topLevel(doc *block) {
	receiver := map[string]bool{}
	for _, k := range l.kinds.Receivers {
		receiver[k.Name] = true
	}
	output := map[string]bool{}
	for _, k := range l.kinds.Outputs {
		output[k.Name] = true
	}
	for _, p := range doc.pairs {
		key := p.key.Value
		switch {
		case slices.Contains(sections(), key):
			l.prepare(p.value)
		case slices.Contains(unavailable(), key):
			l.errorf(p.key, "remove it for now", "`%s` is not available in this version of leadhub", key)
		case key != "name" && slices.Contains(routeKeys(), key):
			l.errorf(p.key, "write it below one of the `routes`", "`%s` belongs in a route", key)
		case sectionOf(key) != "":
			l.errorf(p.key, "indent it by two spaces below `"+sectionOf(key)+":`", "`%s` belongs in `%s`", key, sectionOf(key))
		case receiver[key] && key != "slack":
			l.errorf(p.key, "indent it by two spaces below `receivers:`", "`%s` belongs in `receivers`", key)
			l.src.damaged = true
		case output[key]:
			l.errorf(p.key, "indent it by two spaces below `outputs:`", "`%s` belongs in `outputs`", key)
			l.src.damaged = true
		case nearest(key, sections()) == "" && nearSubkey(key) != "":
			sub := nearSubkey(key)
			l.errorf(p.key, fmt.Sprintf("did you mean `%s`, indented by two spaces below `%s:`?", sub, sectionOf(sub)), "unknown key %s in this file", keyWord(p.key))
		default:
			l.unknownKey(p, "this file", sections())
			if near := nearest(key, sections()); near != "" && doc.get(near) == nil {
				// The section is there, under a wrong name: read it as what is meant.
				l.prepare(p.value)
				renamed := *p.key
				renamed.Value = near
				doc.pairs = append(slices.Clone(doc.pairs), pair{&renamed, p.value})
			}
		}
	}
}

// missing reports a section that must be there, unless lines had to be left out.
func (l *loader) missing(message, suggestion string) {
	if !l.src.damaged {
		l.at(position{1, 1}, plugin.SeverityError, message, suggestion)
	}
}

func (l *loader) version(doc *block) {
	n := doc.get("version")
	if n == nil {
		if !l.src.damaged {
			l.at(position{1, 1}, plugin.SeverityWarning, "`version` is missing", "make `version: 1` the first line")
		}
		return
	}
	text, ok := l.text(n, "`version`")
	if !ok || text == "1" {
		return
	}
	if strings.TrimLeft(text, "0123456789") == "" && text != "0" && text != "" && !l.fromVariable(n) {
		l.errorf(n, "write `version: 1`, or install a newer leadhub", "this leadhub reads version 1 of the configuration, not %s", text)
		return
	}
	l.errorf(n, "write `version: 1`", "%s is not a version", l.quote(n))
}

// compiler makes the compiler of rules for what this configuration knows.
func (l *loader) compiler() {
	vendors := make([]string, 0, len(l.kinds.Receivers))
	for _, k := range l.kinds.Receivers {
		vendors = append(vendors, k.Name)
	}
	options := []rules.Option{rules.WithValues("vendor", vendors), rules.WithLocation(l.config.Timezone), rules.WithData(l.config.Data)}
	if !l.src.damaged && len(l.names.receivers) > 0 {
		options = append(options, rules.WithValues("receiver", l.names.receivers))
	}
	l.config.Rules = rules.NewCompiler(options...)
}

// names are the names the file gives, also to what could not be built.
type names struct {
	receivers []string
	outputs   []string
	used      map[string]bool // outputs that something sends to
}

// lead_potential: how scores and words meet.
func (l *loader) bands(n *yaml.Node) {
	if n == nil {
		return
	}
	b, ok := l.mapping(n, "`lead_potential`")
	if !ok {
		return
	}
	b.only(subkeys()["lead_potential"]...)
	bands := &l.config.Bands
	failed := false
	read := func(key string, into *int, low int) {
		v := b.get(key)
		if v == nil {
			return
		}
		f, ok := l.number(v, "`"+key+"`", true)
		switch {
		case !ok:
			failed = true
		case f < float64(low) || f > 100:
			failed = true
			l.errorf(v, fmt.Sprintf("write a number from %d to 100", low), "`%s` is a score from %d to 100", key, low)
		default:
			*into = int(f)
		}
	}
	read("high", &bands.High, 1)
	read("medium", &bands.Medium, 1)
	if !failed && bands.Medium >= bands.High {
		at := b.get("medium")
		if at == nil {
			at = b.get("high")
		}
		l.errorf(at, "scores from `high` on are high, from `medium` on medium, the rest low", "`medium` (%d) must be below `high` (%d)", bands.Medium, bands.High)
	}
	l.bandWords(b.get("words"))
}
