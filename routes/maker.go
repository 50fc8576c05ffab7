package routes

import (
	"errors"
	"fmt"

	"leadhub/rules"
)

// Maker makes a target of what is routed: `slack: "#{{ company.region }}-leads"`.
// It is immutable and safe for concurrent use.
type Maker struct {
	Text *rules.Template
	// Fit brings a text into the form of a target of the output, or says why it
	// cannot be one. It is pure.
	Fit func(text string) (target string, err error)
	// Default: the output has a target of its own, which is used where none can be made.
	Default bool
}

// make returns the target for what the scope holds. A value that is missing makes
// none: "#-leads" is nobody's channel.
func (m *Maker) make(s *rules.Scope) (string, error) {
	expression, missing, err := m.Text.Missing(s)
	switch {
	case err != nil:
		return "", err
	case missing:
		return "", errors.New(expression + " is missing")
	}
	text, err := m.Text.Render(s, nil)
	if err != nil {
		return "", err
	}
	return m.Fit(text)
}

// make fills in target i of a route. It returns false where there is none; what
// came of that is noted.
func (w *walk) make(r *Route, i int, target *Target) bool {
	m := r.Makers[i]
	made, err := m.make(w.scope)
	if err == nil {
		target.Target = made
		return true
	}
	label := r.Name
	if w.scope.Input().Lead != nil {
		label = "route " + r.Name
	}
	err = fmt.Errorf("%s %s: %w", target.Output, target.Target, err)
	switch {
	case m.Default:
		target.Target = ""
		w.failed(label, err, "sent to the default target of "+target.Output)
		return true
	case w.last != nil && w.last != r && len(w.last.To) > 0:
		w.failed(label, err, "sent where the last route sends ("+w.last.Name+")")
	default:
		w.failed(label, err, "not sent there")
	}
	w.lost = "no target could be made of its values: " + err.Error()
	return false
}
