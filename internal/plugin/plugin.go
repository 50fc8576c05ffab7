// Package plugin is how a kind of receiver or output presents itself: a name, a
// summary, a configuration struct with defaults, and a constructor. The
// configuration loader decodes the YAML block strictly into that struct.
package plugin

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/rules"
)

// Deps is what a constructor may use from outside. Every field is set unless it says otherwise.
type Deps struct {
	Name   string // the name the configuration gives this receiver or output
	Dir    string // the folder of the configuration file: relative paths start there
	Now    func() time.Time
	Logger *slog.Logger
	// Offline is set by commands that only look (check, explain, test): open no
	// file and no connection, and accept secrets that are not set.
	Offline bool
	// Rules compiles the templates of an output. nil, in tests: Compiler gives one
	// that knows the vocabulary alone.
	Rules *rules.Compiler
	// Transport is used for HTTP where set, by tests; nil: the output builds its own guarded one.
	Transport http.RoundTripper
	// Path is a receiver's path on the hub: "/webhooks/acme". PublicURL is where the
	// hub is reached from outside, without a slash at its end. Either may be "".
	Path      string
	PublicURL string
	// Timezone is that of the configuration; nil: UTC.
	Timezone *time.Location
}

// Compiler compiles the templates of an output.
func (d Deps) Compiler() *rules.Compiler {
	if d.Rules == nil {
		return rules.NewCompiler().ForOutputs()
	}
	return d.Rules
}

// Kind is one kind of T, as the configuration can name it in `type:`.
type Kind[T any] struct {
	Name    string // "prospektr"
	Summary string // one line for lists and docs
	// Config returns a new configuration struct with its defaults: a pointer, fresh on
	// every call, so that nothing is shared between two blocks.
	Config func() any
	// Build makes a T of what Config returned, after the YAML was decoded into it.
	// It reports what is wrong as FieldErrors, all of them joined; if they are all
	// warnings the T is good and used.
	Build func(config any, deps Deps) (T, error)
	// Guide is for those who begin with this kind; With sets it.
	Guide Guide
}

// Define describes a kind. C is its configuration struct with `yaml` tags and a
// `doc` tag per field; defaults returns a fresh one on every call.
func Define[C, T any](name, summary string, defaults func() C, build func(C, Deps) (T, error)) Kind[T] {
	return Kind[T]{
		Name:    name,
		Summary: summary,
		Config: func() any {
			c := defaults()
			return &c
		},
		Build: func(config any, deps Deps) (T, error) {
			c, ok := config.(*C)
			if !ok {
				var zero T
				return zero, fmt.Errorf("%s: configuration is a %T", name, config)
			}
			return build(*c, deps)
		},
	}
}

// Problem is one thing wrong in a file, said to the person who wrote it.
type Problem struct {
	File       string   `json:"file"`
	Line       int      `json:"line"`   // from 1; 0: the whole file
	Col        int      `json:"column"` // from 1, in characters; 0: the whole line
	Severity   Severity `json:"severity"`
	Message    string   `json:"message"`              // what is wrong
	Suggestion string   `json:"suggestion,omitempty"` // what to write instead
}

// Severity says whether a problem stops a start.
type Severity string

// The severities. An error stops a start, a warning does not.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// String is the form `leadhub check` prints: file:line:column: severity: message (suggestion).
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
		if p.Col > 0 {
			s += fmt.Sprintf(":%d", p.Col)
		}
	}
	s += ": " + string(p.Severity) + ": " + p.Message
	if p.Suggestion != "" {
		s += ": " + p.Suggestion
	}
	return s
}

// FieldError is a constructor's complaint about one field of its own block.
// Field is the YAML key, with dots and indexes for nested ones ("auth.bearer",
// "secrets[1]"); the loader turns it into a line and a column. Join several with
// errors.Join: each becomes a Problem of its own.
type FieldError struct {
	Field      string
	Message    string
	Suggestion string
	Warning    bool
	// Offset is where in the field's text the mistake is, in characters; 0: at its start.
	Offset int
	// AtKey: the mistake is the last key of Field, not what stands behind it.
	AtKey bool
}

// Error says which field and what is wrong.
func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// FieldErrors returns every FieldError joined in err, and what remains of err.
func FieldErrors(err error) (fields []*FieldError, rest error) {
	if err == nil {
		return nil, nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			f, r := FieldErrors(e)
			fields = append(fields, f...)
			rest = errors.Join(rest, r)
		}
		return fields, rest
	}
	if f, ok := errors.AsType[*FieldError](err); ok {
		return []*FieldError{f}, nil
	}
	return nil, err
}

// Secret is a value that must never be shown. It prints as "[secret]" through
// every formatting verb, JSON, YAML and slog; Reveal is the only way to the value.
// A secret whose variable is not set is Unset: commands that only look accept it,
// `serve` does not start.
type Secret struct {
	value string
	unset bool
}

// NewSecret returns a secret with a value; "" is the empty secret.
func NewSecret(value string) Secret { return Secret{value: value} }

// UnsetSecret returns the secret of a variable that is not set.
func UnsetSecret() Secret { return Secret{unset: true} }

// Reveal returns the value, "" where unset.
func (s Secret) Reveal() string { return s.value }

// Unset says whether the secret's variable is not set.
func (s Secret) Unset() bool { return s.unset }

// IsZero says whether nothing was written at all.
func (s Secret) IsZero() bool { return s.value == "" && !s.unset }

const hidden = "[secret]"

// String hides the value.
func (s Secret) String() string { return hidden }

// GoString hides the value.
func (s Secret) GoString() string { return hidden }

// Format hides the value from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the value from JSON, YAML and text encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Equal says whether two secrets hold the same, in constant time.
func (s Secret) Equal(other Secret) bool {
	return s.unset == other.unset && subtle.ConstantTimeCompare([]byte(s.value), []byte(other.value)) == 1
}

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// UnsetTag is the YAML tag the loader puts on a scalar whose variable is not set.
const UnsetTag = "!leadhub/unset"

// UnmarshalYAML reads a scalar.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("want one text value")
	}
	if n.Tag == UnsetTag {
		*s = UnsetSecret()
		return nil
	}
	*s = NewSecret(n.Value)
	return nil
}
