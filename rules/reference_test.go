package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The reference: random conditions as trees of our own, printed for Compile and
// evaluated here in the plainest way that could be right. A value is nil where it
// is missing, else a string, a float64, a bool or a []any. It shares nothing with
// the compiler but the text.
type refExpr interface {
	String() string
	eval(*refEnv) any
}

type refEnv struct {
	names map[string]any
	elem  []any
	trace []Truth // leaf by leaf, as reached
}

func refTruth(v any) Truth {
	b, ok := v.(bool)
	switch {
	case !ok:
		return Missing
	case b:
		return True
	default:
		return False
	}
}

type (
	refName string // a name, or # or .field
	refLit  struct{ v any }
	refOp   struct {
		op   string
		l, r refExpr
	}
	refIn struct {
		l, r refExpr
		not  bool
	}
	refList []refExpr
	refFn   struct {
		name string
		args []refExpr
	}
	refQuant struct {
		name       string
		list, cond refExpr
	}
	refTable struct { // l in table("words")
		l   refExpr
		not bool
	}
	refCell struct { // table("words", key).column
		key    refExpr
		column string
	}
	refNot  struct{ e refExpr }
	refBool struct {
		op   string
		kids []refExpr
	}
	refIf   struct{ c, a, b refExpr }
	refLeaf struct{ e refExpr }
)

func (e refName) String() string { return string(e) }
func (e refLit) String() string {
	switch v := e.v.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
func (e refOp) String() string { return "(" + e.l.String() + " " + e.op + " " + e.r.String() + ")" }
func (e refIn) String() string {
	if e.not {
		return e.l.String() + " not in " + e.r.String()
	}
	return e.l.String() + " in " + e.r.String()
}

func (e refList) String() string {
	parts := make([]string, len(e))
	for i, x := range e {
		parts[i] = x.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (e refFn) String() string {
	parts := make([]string, len(e.args))
	for i, x := range e.args {
		parts[i] = x.String()
	}
	return e.name + "(" + strings.Join(parts, ", ") + ")"
}

func (e refTable) String() string {
	if e.not {
		return e.l.String() + ` not in table("words")`
	}
	return e.l.String() + ` in table("words")`
}

func (e refCell) String() string { return `table("words", ` + e.key.String() + ")." + e.column }

// refWords is the table "words" of lists, as a spreadsheet has it.
func refWords() [][2]string {
	return [][2]string{{"new", "CEO"}, {"acme", "x"}, {"CEO", ""}, {"VP  Sales", "vp"}}
}

func (e refTable) eval(env *refEnv) any {
	v := e.l.eval(env)
	if refKey(v) == "" {
		return nil
	}
	for _, row := range refWords() {
		if refKey(row[0]) == refKey(v) {
			return !e.not
		}
	}
	return e.not
}

func (e refCell) eval(env *refEnv) any {
	v := e.key.eval(env)
	for _, row := range refWords() {
		if v != nil && refKey(row[0]) == refKey(v) {
			return refPresent(map[string]string{"word": row[0], "is": row[1]}[e.column])
		}
	}
	return nil
}

// refKey is a key as it is looked for; "" where there is none.
func refKey(v any) string {
	switch x := v.(type) {
	case string:
		return strings.ToLower(strings.Join(strings.Fields(x), " "))
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		return ""
	}
}

func (e refQuant) String() string {
	return e.name + "(" + e.list.String() + ", " + e.cond.String() + ")"
}
func (e refNot) String() string { return "not (" + e.e.String() + ")" }
func (e refBool) String() string {
	parts := make([]string, len(e.kids))
	for i, k := range e.kids {
		parts[i] = "(" + k.String() + ")"
	}
	return strings.Join(parts, " "+e.op+" ")
}

func (e refIf) String() string {
	return "(" + e.c.String() + ") ? (" + e.a.String() + ") : (" + e.b.String() + ")"
}

func (e refLeaf) String() string {
	// The outermost parentheses are not the leaf's own.
	return e.e.String()
}

func (e refName) eval(env *refEnv) any {
	switch {
	case e == "#":
		return env.elem[len(env.elem)-1]
	case strings.HasPrefix(string(e), "."):
		m, _ := env.elem[len(env.elem)-1].(map[string]any)
		return refPresent(m[string(e[1:])])
	}
	var v any = env.names
	for part := range strings.SplitSeq(string(e), ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return refPresent(v)
}

// refPresent makes the empty text and list missing.
func refPresent(v any) any {
	switch x := v.(type) {
	case string:
		if x == "" {
			return nil
		}
	case []any:
		if len(x) == 0 {
			return nil
		}
	}
	return v
}

func (e refLit) eval(*refEnv) any { return e.v }

func (e refOp) eval(env *refEnv) any {
	if e.op == "??" {
		if v := e.l.eval(env); v != nil {
			return v
		}
		return e.r.eval(env)
	}
	a, b := e.l.eval(env), e.r.eval(env)
	if a == nil || b == nil {
		return nil
	}
	as, aText := a.(string)
	bs, bText := b.(string)
	an, aNum := a.(float64)
	bn, bNum := b.(float64)
	ab, aBool := a.(bool)
	bb, bBool := b.(bool)
	switch e.op {
	case "==", "!=":
		var same bool
		switch {
		case aText && bText:
			same = as == bs
		case aNum && bNum:
			same = an == bn
		case aBool && bBool:
			same = ab == bb
		default:
			return nil
		}
		return same == (e.op == "==")
	case "contains", "not contains":
		if !aText || !bText {
			return nil
		}
		return strings.Contains(as, bs) == (e.op == "contains")
	case "startsWith":
		if !aText || !bText {
			return nil
		}
		return strings.HasPrefix(as, bs)
	case "endsWith":
		if !aText || !bText {
			return nil
		}
		return strings.HasSuffix(as, bs)
	case "+":
		return an + bn
	case "-":
		return an - bn
	case "*":
		return an * bn
	}
	var c int
	switch {
	case aText && bText:
		c = strings.Compare(as, bs)
	case aNum && bNum:
		c = int(math.Copysign(1, an-bn))
		if an == bn {
			c = 0
		}
	default:
		return nil
	}
	switch e.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	panic(e.op)
}

func (e refIn) eval(env *refEnv) any {
	var list []any
	switch r := e.r.(type) {
	case refList:
		for _, x := range r {
			list = append(list, x.eval(env))
		}
	default:
		v, ok := e.r.eval(env).([]any)
		if !ok {
			return nil
		}
		list = v
	}
	l := e.l.eval(env)
	if l == nil {
		return nil
	}
	unknown := false
	for _, x := range list {
		switch refTruth(refOp{op: "==", l: refLit{l}, r: refLit{x}}.eval(env)) {
		case True:
			return !e.not
		case Missing:
			unknown = true
		default:
		}
	}
	if unknown {
		return nil
	}
	return e.not
}

func (e refList) eval(env *refEnv) any {
	list := []any{}
	for _, x := range e {
		list = append(list, x.eval(env))
	}
	return list
}

func (e refFn) eval(env *refEnv) any {
	v := e.args[0].eval(env)
	if e.name == "has" {
		return v != nil
	}
	if e.name == "len" {
		if name, ok := e.args[0].(refName); ok && v == nil {
			if list, ok := env.raw(string(name)).([]any); ok && len(list) == 0 {
				return 0.0
			}
		}
	}
	switch x := v.(type) {
	case string:
		switch e.name {
		case "len":
			return float64(len([]rune(x)))
		case "lower":
			return strings.ToLower(x)
		case "upper":
			return strings.ToUpper(x)
		case "has_word":
			word := strings.ToLower(e.args[1].eval(env).(string))
			return slices.Contains(strings.FieldsFunc(strings.ToLower(x), func(r rune) bool { return !wordRune(r) }), word)
		}
	case []any:
		if e.name == "len" {
			return float64(len(x))
		}
	case float64:
		if e.name == "abs" {
			return math.Abs(x)
		}
	}
	return nil
}

// raw returns what stands behind a name, empty or not.
func (env *refEnv) raw(name string) any {
	var v any = env.names
	for part := range strings.SplitSeq(name, ".") {
		m, _ := v.(map[string]any)
		v = m[part]
	}
	return v
}

func (e refQuant) eval(env *refEnv) any {
	list, ok := e.list.eval(env).([]any)
	if !ok {
		return nil
	}
	var count [4]int
	for _, x := range list {
		env.elem = append(env.elem, refPresent(x))
		count[refTruth(e.cond.eval(env))]++
		env.elem = env.elem[:len(env.elem)-1]
	}
	yes, no, unknown := count[True], count[False], count[Missing]
	switch e.name {
	case "any":
		switch {
		case yes > 0:
			return true
		case unknown > 0:
			return nil
		}
		return false
	case "none":
		switch {
		case yes > 0:
			return false
		case unknown > 0:
			return nil
		}
		return true
	case "all":
		switch {
		case no > 0:
			return false
		case unknown > 0:
			return nil
		}
		return true
	case "one":
		switch {
		case yes > 1:
			return false
		case unknown > 0:
			return nil
		}
		return yes == 1
	default:
		if unknown > 0 {
			return nil
		}
		return float64(yes)
	}
}

func (e refNot) eval(env *refEnv) any {
	if v, ok := e.e.eval(env).(bool); ok {
		return !v
	}
	return nil
}

func (e refBool) eval(env *refEnv) any {
	unknown := false
	for _, k := range e.kids {
		v, ok := k.eval(env).(bool)
		if ok && v == (e.op == "or") {
			return v
		}
		unknown = unknown || !ok
	}
	if unknown {
		return nil
	}
	return e.op == "and"
}

func (e refIf) eval(env *refEnv) any {
	v, ok := e.c.eval(env).(bool)
	switch {
	case !ok:
		return nil
	case v:
		return e.a.eval(env)
	default:
		return e.b.eval(env)
	}
}

// eval of a leaf notes that it was reached.
func (e refLeaf) eval(env *refEnv) any {
	v := e.e.eval(env)
	env.trace = append(env.trace, refTruth(v))
	return v
}

// TestReference compares 20,000 random conditions over random leads with the
// reference: the answer, which leaves were reached, and what each of them was.
func TestReference(t *testing.T) {
	const cases = 20_000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := gen{rand.New(rand.NewPCG(seed, 1))}
	c, s := NewCompiler(WithData(lists(t))), NewScope()
	var results [4]int
	for i := range cases {
		n := 1 + g.IntN(3)
		exprs, clauses := make([]refExpr, n), make([]string, n)
		for k := range exprs {
			exprs[k] = g.cond(3)
			clauses[k] = exprs[k].String()
		}
		r, errs := c.Compile(clauses, false)
		for _, e := range errs {
			if !e.Warning {
				t.Fatalf("seed %d, case %d: %q: %d: %s", seed, i, clauses[e.Clause], e.Offset, e.Message)
			}
		}
		in, view := g.input(false)
		s.Reset(in)
		env := &refEnv{names: view}
		want := refTruth(refBool{"and", exprs}.eval(env))
		got, err := r.Eval(s)
		if err != nil || got != want {
			t.Fatalf("seed %d, case %d: %q over %+v: %v (%v), the reference says %v", seed, i, clauses, view, got, err, want)
		}
		trace := make([]Truth, r.Leaves())
		traced, err := r.Trace(s, trace)
		reached := slices.DeleteFunc(slices.Clone(trace), func(v Truth) bool { return v == NotReached })
		if err != nil || traced != want || !slices.Equal(reached, env.trace) {
			t.Fatalf("seed %d, case %d: %q over %+v: trace %v of %v (%v), the reference has %v", seed, i, clauses, view, reached, traced, err, env.trace)
		}
		if judged, _, failed := r.Judge(trace); judged != want || failed >= 0 {
			t.Fatalf("seed %d, case %d: %q: judged %v (leaf %d failed), was %v", seed, i, clauses, judged, failed, want)
		}
		if want == True && r.Never() {
			t.Fatalf("seed %d, case %d: %q is true over %+v, but Never", seed, i, clauses, view)
		}
		results[want]++
	}
	for _, v := range []Truth{True, False, Missing} {
		if results[v] < cases/20 {
			t.Errorf("only %d of %d conditions were %v: the generator is lopsided", results[v], cases, v)
		}
	}
}
