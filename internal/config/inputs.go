package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"leadhub/internal/plugin"
)

var receiverPath = regexp.MustCompile(`^(/[A-Za-z0-9_.~-]+)+$`)

// reservedPaths are answered by the hub itself.
func reservedPaths() []string { return []string{"/healthz", "/readyz"} }

// receivers reads the `receivers:` section.
func (l *loader) receivers(doc *block) {
	n := doc.get("receivers")
	if n == nil {
		l.missing("there are no `receivers`", "add at least one, as in config.example.yaml")
		return
	}
	before := l.errors()
	list := l.entries("receivers", n)
	if len(list) == 0 {
		if l.errors() == before && !silent(n) && !l.src.damaged {
			l.errorf(doc.key("receivers"), "add at least one, as in config.example.yaml", "`receivers` is empty")
		}
		return
	}
	paths := map[string]pathUse{}
	for _, e := range list {
		l.names.receivers = append(l.names.receivers, e.name)
		if e.block == nil {
			continue
		}
		l.receiver(e, paths)
	}
}

// pathUse says who uses a path, and where that is written.
type pathUse struct {
	name string
	line int
}

func (l *loader) receiver(e entry, paths map[string]pathUse) {
	path := l.receiverPath(e, paths)
	e.path = path
	kind, ok := kindOf(l, e, "receiver", l.kinds.Receivers)
	if !ok {
		return
	}
	result, open := build(l, e, kind, []string{"type", "path"})
	if !result.ok {
		return
	}
	l.config.Receivers = append(l.config.Receivers, Receiver{Name: e.name, Type: kind.Name, Path: path, Receiver: result.value})
	i := len(l.config.Receivers) - 1
	l.reopen = append(l.reopen, func() {
		if r, ok := open(); ok {
			l.config.Receivers[i].Receiver = r
		}
	})
}

// receiverPath reads `path`, by default /webhooks/<name>.
func (l *loader) receiverPath(e entry, paths map[string]pathUse) string {
	path, n := "/webhooks/"+e.name, e.block.get("path")
	at := e.key
	if n != nil {
		text, ok := l.text(n, "`path`")
		if !ok {
			return path
		}
		if !receiverPath.MatchString(text) {
			l.errorf(n, pathSuggestion(text, path), "`path` is the part of the web address after the host, and %s is not", l.quote(n))
			return path
		}
		at, path = n, text
	}
	folded := strings.ToLower(path)
	if slices.Contains(reservedPaths(), folded) {
		l.errorf(at, "choose another, for example /webhooks/"+e.name, "the path %s belongs to leadhub itself", path)
		return path
	}
	if other, taken := paths[folded]; taken {
		l.errorf(at, "give each receiver a path of its own", "the path %s is used by `%s` already (line %d)", path, other.name, other.line)
		return path
	}
	paths[folded] = pathUse{e.name, l.src.original(position{at.Line, at.Column}).line}
	return path
}

func pathSuggestion(text, fallback string) string {
	switch {
	case strings.Contains(text, "://"):
		_, rest, _ := strings.Cut(text, "://")
		if _, path, ok := strings.Cut(rest, "/"); ok && receiverPath.MatchString("/"+path) {
			return "write /" + path
		}
	case receiverPath.MatchString("/" + strings.Trim(text, "/")):
		return "write /" + strings.Trim(text, "/")
	}
	return "for example " + fallback
}

// severityOf makes a severity of a rule's complaint.
func severityOf(warning bool) plugin.Severity {
	if warning {
		return plugin.SeverityWarning
	}
	return plugin.SeverityError
}

// quoteList writes a list of names for a suggestion, or says that there are none.
func quoteList(prefix string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %s", prefix, listWords(names))
}
