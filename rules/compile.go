package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Error is a mistake in a clause, or, with Warning, something that works but is
// probably not meant.
type Error struct {
	Clause     int    // index into the clauses given to Compile
	Offset     int    // in characters from the clause's start
	Message    string // what is wrong, one line
	Suggestion string // what to do: `write "high"`; "" where there is no telling
	Warning    bool
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// The bounds of a rule. They are far beyond what anyone would read.
const (
	MaxClauses = 100  // in one `when`
	MaxClause  = 4096 // characters in one clause
	maxNodes   = 2000 // operators, names and literals in one clause
)

// Option changes what a Compiler knows.
type Option func(*Compiler)

// WithValues says which values a name can have, for names whose values only the
// configuration knows: "receiver", "vendor". Comparing the name with anything
// else becomes an error. The name's form below `source` is treated alike.
func WithValues(name string, values []string) Option {
	return func(c *Compiler) {
		for _, n := range []string{name, "source." + name} {
			if e := c.names[n]; e != nil {
				e.Values = slices.Clone(values)
			}
		}
	}
}

// WithLocation sets the time zone of date("2026-01-31"), of received_at.Hour()
// and of the times a trace shows. The default is UTC.
func WithLocation(loc *time.Location) Option {
	return func(c *Compiler) { c.loc = loc }
}

// Compiler compiles rules. It is safe for concurrent use, and what it knows never
// changes; it notes which columns of tables are read.
type Compiler struct {
	names map[string]*entry
	list  []*entry // in the order of the vocabulary
	funcs map[string]function
	loc   *time.Location
	// output: templates of outputs are compiled, not conditions; notices: over
	// notices only.
	output, notices bool
	data            *Data
	uses            *uses
}

// NewCompiler returns a Compiler for the whole vocabulary.
func NewCompiler(opts ...Option) *Compiler {
	all := vocabulary()
	c := &Compiler{names: make(map[string]*entry, len(all)), funcs: functions(), loc: time.UTC, uses: &uses{}}
	for i := range all {
		c.names[all[i].Name.Name] = &all[i]
		c.list = append(c.list, &all[i])
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// Compile compiles a `when`: a list of clauses, all of which must hold. With
// notice, the vocabulary is that of notices: a field of a lead is an error that
// says so.
//
// It returns every mistake it finds, in the order of the text. If one of them is
// not a warning, evaluating the Rule is an error: it must not be used.
func (c *Compiler) Compile(clauses []string, notice bool) (*Rule, []*Error) {
	r := &Rule{clauses: slices.Clone(clauses), loc: c.loc}
	if len(clauses) == 0 {
		r.broken = true
		return r, []*Error{{Message: "the list of conditions is empty", Suggestion: "leave `when` out where everything matches"}}
	}
	if len(clauses) > MaxClauses {
		r.broken = true
		return r, []*Error{{Clause: MaxClauses, Message: fmt.Sprintf("more than %d conditions in one `when`", MaxClauses)}}
	}
	var errs []*Error
	for i, clause := range clauses {
		k := &checker{compiler: c, rule: r, clause: i, notice: notice}
		n := k.compile(clause)
		r.roots = append(r.roots, n)
		length := utf8.RuneCountInString(clause)
		for _, e := range k.errs {
			e.Offset = max(0, min(e.Offset, length))
			e.Suggestion = advice(e.Suggestion)
			if !e.Warning {
				r.broken = true
			}
		}
		slices.SortStableFunc(k.errs, func(a, b *Error) int { return cmp.Compare(a.Offset, b.Offset) })
		errs = append(errs, k.errs...)
	}
	if r.broken {
		r.roots, r.leaves = nil, nil
		return r, errs
	}
	r.verdict = r.constant()
	return r, errs
}

// advice makes a sentence of a suggestion that is only what to write.
func advice(suggestion string) string {
	if suggestion == "" {
		return ""
	}
	for _, verb := range []string{"write ", "use ", "add ", "remove ", "leave ", "join ", "texts need ", "delete ", "compare ", "# stands "} {
		if strings.HasPrefix(suggestion, verb) {
			return suggestion
		}
	}
	return "write " + suggestion
}

// checker compiles one clause.
type checker struct {
	compiler *Compiler
	rule     *Rule
	clause   int
	notice   bool
	src      *source
	errs     []*Error

	peer   *entry // what the name being read is compared with
	scopes []typ  // what # is, in the closures around
	reads  []read // of the leaf being compiled
}

// compile returns the clause's tree. It is meaningless if there were errors.
func (c *checker) compile(clause string) node {
	switch {
	case strings.TrimSpace(clause) == "":
		c.errorf(0, "write a condition, or remove the line", "the condition is empty")
		return node{}
	case utf8.RuneCountInString(clause) > MaxClause:
		c.errorf(MaxClause, "write several conditions: a list means all of them", "the condition is longer than %d characters", MaxClause)
		return node{}
	case !utf8.ValidString(clause):
		c.errorf(0, "", "the condition is not valid UTF-8")
		return node{}
	}
	if issues := scan(clause); len(issues) > 0 {
		for _, is := range issues {
			c.errorf(is.at, is.suggestion, "%s", is.message)
		}
		return node{}
	}
	src, is := parse(clause)
	if is != nil {
		c.errorf(is.at, is.suggestion, "%s", is.message)
		return node{}
	}
	c.src = src
	return c.tree(src.root)
}

func (c *checker) errorf(at int, suggestion, format string, args ...any) {
	c.errs = append(c.errs, &Error{
		Clause: c.clause, Offset: at, Message: oneLine(fmt.Sprintf(format, args...)), Suggestion: suggestion,
	})
}

func (c *checker) warnf(at int, suggestion, format string, args ...any) {
	c.errorf(at, suggestion, format, args...)
	c.errs[len(c.errs)-1].Warning = true
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
