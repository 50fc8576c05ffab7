package config

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// decode fills target, a pointer to a configuration struct, from the shaped block.
func (s *shaper) decode(clean *yaml.Node, target any, name *yaml.Node) bool {
	if clean == nil || clean.Kind != yaml.MappingNode {
		return true
	}
	err := clean.Load(target, yaml.WithKnownFields())
	if err == nil {
		return true
	}
	list := []*yaml.LoadError{}
	if many, ok := errors.AsType[*yaml.LoadErrors](err); ok {
		list = many.Errors
	} else if one := loadError(err); one.Mark.Line > 0 {
		list = append(list, one)
	}
	if len(list) == 0 {
		s.l.errorf(name, "", "this cannot be read")
		return false
	}
	ok := true
	for _, e := range list {
		at := position{e.Mark.Line, e.Mark.Column}
		path := s.paths[at]
		if at.line == 0 {
			at = position{name.Line, name.Column}
		}
		if s.isBad(path) && path != "" {
			continue
		}
		ok = false
		s.bad = append(s.bad, path)
		message, suggestion := decodeWords(e)
		if path != "" {
			message = "`" + path + "`: " + message
		}
		s.l.addAt(nil, at, plugin.SeverityError, message, suggestion)
		s.failed = true
	}
	return ok
}

// decodeWords turns the decoder's complaint into one for people. The decoder's
// own words quote the value, which may be a secret.
func decodeWords(e *yaml.LoadError) (message, suggestion string) {
	if value, ok := errors.AsType[*plugin.ValueError](e.Unwrap()); ok {
		return value.Message, value.Suggestion
	}
	if strings.HasPrefix(e.Message, "cannot construct") || strings.HasPrefix(e.Message, "field ") {
		return "this is not what the key takes", ""
	}
	return e.Message, ""
}

// isBad says whether a path, something inside it or something around it was reported already.
func (s *shaper) isBad(path string) bool {
	for _, b := range s.bad {
		if b == path || within(b, path) || within(path, b) {
			return true
		}
	}
	return false
}

// within says whether path lies inside outer: "auth.bearer" in "auth".
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && outer != "" && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}
