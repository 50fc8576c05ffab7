// Package all lists every kind of output that leadhub is built with.
package all

import (
	"leadhub/outputs"
	"leadhub/outputs/file"
	"leadhub/outputs/http"
	"leadhub/outputs/prospectb2b"
	"leadhub/outputs/salesos"
	"leadhub/outputs/slack"
)

// Kinds returns the kinds of outputs, in the order of their names.
func Kinds() []outputs.Kind {
	return []outputs.Kind{
		file.Kind,
		http.Kind,
		prospectb2b.Kind,
		salesos.Kind,
		slack.Kind,
		file.StdoutKind,
	}
}
