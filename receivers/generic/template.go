package generic

import (
	"strings"
	"unicode/utf8"

	"leadhub/internal/plugin"
)

// partKind is what a part of a template stands for.
type partKind uint8

const (
	partText partKind = iota
	partID
	partTime
	partBody
	partMethod
	partURL
)

// part is a text of a template, or a placeholder.
type part struct {
	kind partKind
	text string
}

// placeholders are the names a template may have, in the order of partKind.
func placeholders() []string { return []string{"", "id", "ts", "body", "method", "url"} }

// parseTemplate reads `{ts}.{body}`. A brace that is meant as one is written twice.
func parseTemplate(text string) ([]part, *plugin.FieldError) {
	var parts []part
	literal := ""
	mistake := func(rest, message, suggestion string) *plugin.FieldError {
		at := utf8.RuneCountInString(text[:len(text)-len(rest)])
		return &plugin.FieldError{Message: message, Suggestion: suggestion, Offset: at}
	}
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			literal += rest
			break
		}
		literal += rest[:i]
		rest = rest[i:]
		if len(rest) > 1 && rest[1] == rest[0] {
			literal += rest[:1]
			rest = rest[2:]
			continue
		}
		name, after, closed := strings.Cut(rest[1:], "}")
		if rest[0] == '}' || !closed {
			return nil, mistake(rest, "this brace has no partner", "write {body}, or a brace itself twice")
		}
		kind := partText
		for k, known := range placeholders() {
			if k > 0 && known == name {
				kind = partKind(k)
			}
		}
		if kind == partText {
			suggestion := "there are {id}, {ts}, {body}, {method} and {url}"
			if near := nearestPlaceholder(name); near != "" {
				suggestion = "did you mean {" + near + "}?"
			}
			return nil, mistake(rest, "there is no {"+name+"}", suggestion)
		}
		if literal != "" {
			parts = append(parts, part{text: literal})
			literal = ""
		}
		parts = append(parts, part{kind: kind})
		rest = after
	}
	if literal != "" {
		parts = append(parts, part{text: literal})
	}
	if len(parts) == 0 {
		return nil, mistake("", "it is not said what is signed", `for example "{body}" or "{ts}.{body}"`)
	}
	return parts, nil
}

func nearestPlaceholder(name string) string {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "timestamp", "time", "t":
		return "ts"
	case "payload", "raw", "raw_body", "data":
		return "body"
	case "uri", "path", "request_uri":
		return "url"
	case "msg_id", "message_id", "webhook_id":
		return "id"
	}
	return nearest(name, placeholders()[1:])
}

// uses says whether a placeholder is part of what is signed.
func (s *scheme) uses(kind partKind) bool {
	for _, p := range s.parts {
		if p.kind == kind {
			return true
		}
	}
	return false
}

// signed is what the template is filled with.
type signed struct {
	id, ts, method, url string
	body                []byte
}

// content returns what is signed, part by part.
func (s *scheme) content(v *signed) [][]byte {
	parts := make([][]byte, len(s.parts))
	for i, p := range s.parts {
		switch p.kind {
		case partID:
			parts[i] = []byte(v.id)
		case partTime:
			parts[i] = []byte(v.ts)
		case partBody:
			parts[i] = v.body
		case partMethod:
			parts[i] = []byte(v.method)
		case partURL:
			parts[i] = []byte(v.url)
		default:
			parts[i] = []byte(p.text)
		}
	}
	return parts
}
