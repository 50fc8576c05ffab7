package rules

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr/ast"
)

// TableData is what a Table is made of. NewTable keeps it: it must not change afterwards.
type TableData struct {
	Name    string
	Version string // a short hash of its content
	Key     string // the column that rows are found by
	Columns []string
	// Rows holds the cells of each row in the order of Columns, by the row's
	// cleaned key; "" is a blank cell.
	Rows map[string][]string
	// Clean brings a key into the form that Rows has it in; nil: as FoldKey does.
	// It is pure and safe for concurrent use.
	Clean func(string) string
	// Like names a field of the lead that the key is probably compared with,
	// for suggestions: "company.domain"; "" where there is no telling.
	Like string
}

// Table is a list of rows, each found by its key. It is immutable and safe for
// concurrent use.
type Table struct {
	name, version, like string
	key                 string
	columns             []string
	at                  map[string]int // column to cell
	rows                map[string][]string
	clean               func(string) string
	unknown             bool
}

// NewTable makes a table.
func NewTable(d TableData) *Table {
	t := &Table{name: d.Name, version: d.Version, key: d.Key, columns: d.Columns, rows: d.Rows, clean: d.Clean, like: d.Like, at: make(map[string]int, len(d.Columns))}
	for i, c := range d.Columns {
		t.at[c] = i
	}
	if t.clean == nil {
		t.clean = FoldKey
	}
	return t
}

// UnknownTable makes a table whose content is not at hand: whatever a rule asks
// of it is missing, and it has every column.
func UnknownTable(name, version string) *Table {
	return &Table{name: name, version: version, unknown: true, clean: FoldKey}
}

// FoldKey is how keys are cleaned that are no domains, addresses or the like: in
// small letters, with single spaces and none around.
func FoldKey(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// Name returns the table's name in the configuration.
func (t *Table) Name() string { return t.name }

// Version returns the short hash of its content.
func (t *Table) Version() string { return t.version }

// String names the table and its version: customers@1f3a9c2d.
func (t *Table) String() string { return t.name + "@" + t.version }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Columns returns the names of the columns in their order.
func (t *Table) Columns() []string { return slices.Clone(t.columns) }

// HasColumn says whether the table has a column.
func (t *Table) HasColumn(name string) bool {
	_, ok := t.at[name]
	return ok || t.unknown
}

// Has says whether a row has the key, cleaned as the table's own keys are: Missing
// where the key is blank or the table's content is not at hand.
func (t *Table) Has(key string) Truth {
	if t.unknown {
		return Missing
	}
	if _, ok := t.rows[key]; ok {
		return True
	}
	if key = t.clean(key); key == "" {
		return Missing
	}
	_, ok := t.rows[key]
	return truth(ok)
}

// Cell returns what stands in a column of the row with the key; "" where there is
// no such row or column, and where the cell is blank.
func (t *Table) Cell(key, column string) string {
	row, ok := t.rows[key]
	if !ok {
		row = t.rows[t.clean(key)]
	}
	if i, ok := t.at[column]; ok && i < len(row) {
		return row[i]
	}
	return ""
}

// uses notes which columns of which tables rules read, so that a new version of a
// table that lacks one of them can be refused.
type uses struct {
	mu   sync.Mutex
	cols map[[2]string]struct{}
}

func (u *uses) add(table, column string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cols == nil {
		u.cols = map[[2]string]struct{}{}
	}
	u.cols[[2]string{table, column}] = struct{}{}
}

// TableColumns returns the columns of a table that anything compiled so far reads,
// in alphabetical order.
func (c *Compiler) TableColumns(table string) []string {
	c.uses.mu.Lock()
	defer c.uses.mu.Unlock()
	var list []string
	for u := range c.uses.cols {
		if u[0] == table {
			list = append(list, u[1])
		}
	}
	slices.Sort(list)
	return list
}

// buildTable compiles table("t") and table("t", key).
func buildTable(c *checker, n ast.Node, args []ast.Node) operand {
	t := c.theTable(args[0])
	if t == nil {
		return bad()
	}
	out := operand{node: n, table: t}
	if len(args) == 1 {
		out.typ.kind = tTable
		out.eval = func(*Scope) value { return value{kind: kObject} }
		return out
	}
	out.typ.kind = tRow
	key := c.value(args[1])
	if key.typ.kind == tBad || !c.keyable(t, key, "the key of a row") {
		return bad()
	}
	out.row = key.value()
	out.eval = func(*Scope) value { return value{kind: kObject} }
	return out
}

// theTable finds the table that a call names, and answers if there is none.
func (c *checker) theTable(name ast.Node) *Table {
	at := c.src.start(name)
	s, ok := name.(*ast.StringNode)
	if !ok {
		suggestion := `table("customers")`
		if id, ok := name.(*ast.IdentifierNode); ok && c.compiler.data.Table(id.Value) != nil {
			suggestion = "table(" + quote(id.Value) + ")"
		}
		c.errorf(at, suggestion, "the table's name is a text and must be written in the condition")
		return nil
	}
	if t := c.compiler.data.Table(s.Value); t != nil {
		return t
	}
	var names []string
	if d := c.compiler.data; d != nil {
		names = slices.Sorted(maps.Keys(d.Tables))
	}
	switch near := nearest(s.Value, names); {
	case len(names) == 0:
		c.errorf(at, "add it to `tables:`, with its file and key", "the configuration has no tables")
	case near != "":
		c.errorf(at, quote(near), "there is no table %s", quote(s.Value))
	default:
		c.errorf(at, "add it to `tables:`; there are "+listed(names), "there is no table %s", quote(s.Value))
	}
	return nil
}

// keyable says whether something can be a key of a table, and answers if not.
func (c *checker) keyable(t *Table, o operand, what string) bool {
	switch o.typ.kind {
	case tText, tNumber, tAny:
		return true
	case tList:
		list := c.src.text(o.node)
		c.errorf(c.src.start(o.node), "any("+list+", # in table("+quote(t.name)+"))", "%s is a list; %s is a text", list, what)
	default:
		c.errorf(c.src.start(o.node), "", "%s is a text or a number; %s is %s", what, c.src.text(o.node), o.typ)
	}
	return false
}

// keyText returns a value as a key: ids are numbers in some payloads and texts in
// every table.
func keyText(v value) (string, bool) {
	switch v.kind {
	case kText:
		return v.text, true
	case kNumber:
		return v.digits(), true // an id may be longer than a float64 can hold
	default:
		return "", false
	}
}

// inTable compiles `x in table("t")`.
func (c *checker) inTable(x *ast.BinaryNode, l, r operand) operand {
	t := r.table
	if !c.keyable(t, l, "what is looked for in a table") {
		return bad()
	}
	c.sees(t.name, func(s *Scope) string {
		t := s.table(t)
		if t.unknown {
			return ""
		}
		return "version " + t.version
	})
	left := l.value()
	return tested(x, func(s *Scope) Truth {
		key, ok := keyText(left(s))
		if !ok {
			return Missing
		}
		return s.table(t).Has(key)
	})
}

// cell compiles a column of table("t", key).
func (c *checker) cell(o operand, s segment) operand {
	t, column := o.table, s.name
	if !t.HasColumn(column) {
		names := slices.DeleteFunc(slices.Clone(t.columns), func(n string) bool { return n == "" })
		at := s.node.Property.Location().From
		switch near := nearestColumn(column, names); {
		case near != "" && wordLike(near):
			c.errorf(at, near, "the table %s has no column %s", t.name, quote(column))
		case near != "":
			c.errorf(at, c.src.text(s.node.Node)+"["+quote(near)+"]", "the table %s has no column %s", t.name, quote(column))
		default:
			c.errorf(at, "use one of its columns: "+listed(names), "the table %s has no column %s", t.name, quote(column))
		}
		return bad()
	}
	c.compiler.uses.add(t.name, column)
	key := o.row
	out := operand{node: s.node, typ: typ{kind: tText}, eval: func(s *Scope) value {
		k, ok := keyText(key(s))
		if !ok {
			return value{}
		}
		return text(s.table(t).Cell(k, column))
	}}
	var n ast.Node = s.node
	v := &pointers{}
	if ast.Walk(&n, v); !v.found { // inside any() it has no one value to show
		c.reads = append(c.reads, read{text: c.src.text(s.node), eval: out.eval})
	}
	return out
}

// nearestColumn is nearest, and takes "Region Team" for region_team.
func nearestColumn(word string, columns []string) string {
	for _, c := range columns {
		if strings.EqualFold(flat(strings.ReplaceAll(c, " ", "")), flat(strings.ReplaceAll(word, " ", ""))) {
			return c
		}
	}
	return nearest(word, columns)
}

// wordLike says whether a name can stand after a full stop.
func wordLike(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// sees makes a trace show a text about a table or a calendar beside what the leaf read.
func (c *checker) sees(name string, say func(*Scope) string) {
	c.reads = append(c.reads, read{text: name, say: say})
}

// asMember returns the test for membership in a table, for suggestions.
func (t *Table) asMember() string {
	like := t.like
	if like == "" {
		like = "custom.…"
	}
	return like + " in table(" + quote(t.name) + ")"
}

// asCell returns how a column is read, for suggestions.
func (t *Table) asCell(column string) string {
	key := t.like
	if key == "" {
		key = "custom.…"
	}
	return "table(" + quote(t.name) + ", " + key + ")." + column
}

// someColumn returns how to read one of the columns beside the key, for suggestions.
func (t *Table) someColumn() string {
	for _, c := range t.columns {
		if c != t.key && wordLike(c) {
			return "." + c
		}
	}
	return `["…"]`
}
