package rules

import (
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Mapper compiles the expressions that map a payload to a lead, before there is
// one. They see raw (the payload), item (the element of it that becomes a lead),
// event (its name) and header("X-Name"); operators, functions and missing values
// are those of rules. It is immutable and safe for concurrent use.
type Mapper struct {
	compiler *Compiler
	items    bool
}

// NewMapper returns a Mapper. Times without a zone are in loc. items says whether
// there is an item.
func NewMapper(loc *time.Location, items bool) *Mapper {
	c := &Compiler{names: map[string]*entry{}, funcs: functions(), loc: loc}
	list := mappingNames()
	for i := range list {
		if list[i].Name.Name == nameItem && !items {
			continue
		}
		c.names[list[i].Name.Name] = &list[i]
		c.list = append(c.list, &list[i])
	}
	return &Mapper{compiler: c, items: items}
}

const (
	nameRaw  = "raw"
	nameItem = "item"
)

// MappingVocabulary returns every name the expressions of a Mapper can use.
func MappingVocabulary() []Name {
	list := mappingNames()
	names := make([]Name, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return names
}

func mappingNames() []entry {
	item := entry{
		Name: Name{Name: nameItem, Type: typeAny, Doc: "the element of `each` that becomes this lead", Notice: true},
		typ:  typ{kind: tAny},
		get:  func(in *Input) value { return fromJSON(in.Item) },
	}
	return append(payloadNames(), item,
		noticed(textEntry("event", "the name of the event, as `event:` says", func(in *Input) string { return in.Event })),
	)
}

// CompileValue compiles an expression. It returns every mistake, in the order of
// the text; the expression is nil if one of them is not a warning.
func (m *Mapper) CompileValue(text string, kind ValueKind) (*ValueExpr, []*Error) {
	var headers []string
	c := *m.compiler
	c.funcs = maps.Clone(c.funcs)
	c.funcs["header"] = function{usage: headerUsage, min: 1, max: 1, build: func(k *checker, n ast.Node, args []ast.Node) operand {
		o, name := buildHeader(k, n, args)
		if name != "" && !slices.Contains(headers, name) {
			headers = append(headers, name)
		}
		return o
	}}
	e, errs := c.CompileValue(text, kind)
	for _, err := range errs {
		m.mend(err, text)
	}
	if e != nil {
		e.headers = headers
	}
	return e, errs
}

const headerUsage = `header("X-Event")`

// buildHeader compiles header("X-Name"). The name must be written out: what is
// kept of a request is settled before it comes.
func buildHeader(c *checker, n ast.Node, args []ast.Node) (operand, string) {
	literal, ok := args[0].(*ast.StringNode)
	name := ""
	if ok {
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(literal.Value))
	}
	if !headerName.MatchString(name) {
		c.errorf(c.src.start(args[0]), headerUsage, "header() takes the name of a header, in quotes")
		return bad(), ""
	}
	eval := func(s *Scope) value {
		if s.in.Header == nil {
			return value{}
		}
		return text(s.in.Header(name))
	}
	c.reads = append(c.reads, read{text: c.src.text(n), eval: eval})
	return operand{node: n, typ: typ{kind: tText}, eval: eval}, name
}

var (
	headerName  = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)
	noName      = regexp.MustCompile(`^there is no name (.+?)(; a text needs quotes)?$`)
	leadExample = regexp.MustCompile(`\b(score|tags|title|email|phone|custom|company)\b`)
	anyName     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
)

// mend gives an answer that fits where there is a payload and no lead yet.
func (m *Mapper) mend(err *Error, written string) {
	if found := noName.FindStringSubmatch(err.Message); found != nil {
		name := found[1]
		root, rest, _ := strings.Cut(name, ".")
		switch {
		case root == nameItem:
			err.Message, err.Suggestion = "item is the element of `each`, and there is no `each` for this", "write raw."+rest
			if rest == "" {
				err.Suggestion = "write raw, or add `each`"
			}
		case strings.HasPrefix(err.Suggestion, `write "`): // a text without its quotes
		case nearest(root, []string{nameRaw, "event"}) != "" && !strings.Contains(err.Suggestion, "has("):
			err.Suggestion = "write " + nearest(root, []string{nameRaw, "event"}) + strings.TrimPrefix(name, root)
		case slices.Contains([]string{"payload", "body", "json"}, strings.ToLower(root)):
			err.Suggestion = "write " + strings.TrimSuffix("raw."+rest, ".")
		case name == strings.TrimSpace(written) && anyName.MatchString(name):
			err.Suggestion = "write raw." + name + " for a field of the payload, or '\"" + name + "\"' for the text itself"
		default:
			err.Suggestion = "write raw." + name
		}
		return
	}
	err.Suggestion = leadExample.ReplaceAllStringFunc(err.Suggestion, func(name string) string {
		if strings.Contains(written, name) {
			return name // it is part of what is written here
		}
		return "raw." + name
	})
}

// SuggestName returns the name of the vocabulary that was probably meant by
// another, "" if none is near.
func (c *Compiler) SuggestName(name string) string {
	return (&checker{compiler: c}).suggestName(name)
}
