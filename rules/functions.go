package rules

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// function is a function of the rule language: how many arguments it takes and
// how a call of it is compiled.
type function struct {
	usage    string // "has_word(title, \"vp\")"
	min, max int
	build    func(c *checker, n ast.Node, args []ast.Node) operand
}

// functions are all there are. Each is a pure function of its arguments: none
// reads a clock.
func functions() map[string]function {
	fs := map[string]function{
		"has":      {usage: "has(score)", min: 1, max: 1, build: buildHas},
		"has_word": {usage: `has_word(title, "vp")`, min: 2, max: 2, build: buildHasWord},
		"len":      {usage: "len(tags)", min: 1, max: 1, build: buildLen},
		"date":     {usage: `date("2026-01-31")`, min: 1, max: 1, build: buildDate},
		"duration": {usage: `duration("36h")`, min: 1, max: 1, build: buildDuration},
		"int":      {usage: "int(custom.employees)", min: 1, max: 1, build: buildNumber},
		"float":    {usage: "float(raw.price)", min: 1, max: 1, build: buildNumber},
		"string":   {usage: "string(score)", min: 1, max: 1, build: buildString},
		"replace":  {usage: `replace(phone, " ", "")`, min: 3, max: 3, build: buildReplace},
		"split":    {usage: `split(custom.products, ",")`, min: 2, max: 2, build: buildSplit},
		"table":    {usage: `company.domain in table("customers"), or table("territories", company.region).team`, min: 1, max: 2, build: buildTable},
		"in_hours": {usage: `in_hours("us-east")`, min: 1, max: 1, build: buildInHours},
	}
	for name, f := range map[string]func(string) string{
		"lower": strings.ToLower, "upper": strings.ToUpper, "trim": strings.TrimSpace,
	} {
		fs[name] = function{usage: name + "(title)", min: 1, max: 1, build: textFunction(name, f)}
	}
	for name, f := range map[string]func(float64) float64{
		"abs": math.Abs, "ceil": math.Ceil, "floor": math.Floor, "round": math.Round,
	} {
		fs[name] = function{usage: name + "(score)", min: 1, max: 1, build: numberFunction(name, f)}
	}
	for _, name := range []string{"min", "max"} {
		fs[name] = function{usage: name + "(score, confidence)", min: 2, max: 100, build: extremum(name)}
	}
	for _, name := range []string{"any", "all", "none", "one", "count"} {
		fs[name] = function{usage: name + `(tags, # == "x")`, min: 2, max: 2, build: closure(name)}
	}
	return fs
}

// call compiles what is written as a call: a function, or a method of a time.
func (c *checker) call(x *ast.CallNode) operand {
	switch callee := x.Callee.(type) {
	case *ast.IdentifierNode:
		return c.function(x, callee.Value, x.Arguments)
	case *ast.MemberNode:
		return c.method(x, callee)
	default:
		c.errorf(c.src.start(x), "", "this cannot be called")
		return bad()
	}
}

func (c *checker) function(n ast.Node, name string, args []ast.Node) operand {
	at := c.src.start(n)
	f, ok := c.compiler.funcs[name]
	if !ok {
		c.unknownFunction(at, name)
		return bad()
	}
	if len(args) < f.min || len(args) > f.max {
		c.errorf(at, f.usage, "%s() takes %s", name, arguments(f))
		return bad()
	}
	return f.build(c, n, args)
}

func arguments(f function) string {
	switch {
	case f.max > 3:
		return "at least " + strconv.Itoa(f.min) + " values"
	case f.max > f.min:
		return strconv.Itoa(f.min) + " or " + strconv.Itoa(f.max) + " values"
	case f.min == 1:
		return "one value"
	default:
		return strconv.Itoa(f.min) + " values"
	}
}

// unknownFunction answers a function that rules have not, whether expr has it or not.
func (c *checker) unknownFunction(at int, name string) {
	switch strings.ToLower(name) {
	case "now", "today", "getdate", "current_date", "current_timestamp", "sysdate":
		c.errorf(at, "received_at", "%s() would answer differently at every replay", name)
		return
	case "isnull", "isblank", "isempty", "empty", "exists", "defined", "is_null", "isset", "coalesce", "ifnull", "nvl":
		c.errorf(at, "has(score), or score ?? 0", "there is no function %s()", name)
		return
	case "includes", "contains", "instr", "search", "find":
		c.errorf(at, `title contains "Sales", or "x" in tags`, "there is no function %s()", name)
		return
	case "startswith", "starts_with", "hasprefix":
		c.errorf(at, `title startsWith "VP"`, "startsWith stands between its two texts")
		return
	case "endswith", "ends_with", "hassuffix":
		c.errorf(at, `email endsWith "@example.com"`, "endsWith stands between its two texts")
		return
	case "tolower", "tolowercase", "lcase", "lowercase":
		c.errorf(at, "lower", "there is no function %s()", name)
		return
	case "toupper", "touppercase", "ucase", "uppercase":
		c.errorf(at, "upper", "there is no function %s()", name)
		return
	case "length", "size":
		c.errorf(at, "len", "there is no function %s()", name)
		return
	case "and", "or", "not", "in", "if":
		c.errorf(at, "a and b, a or b, or not a", "there is no function %s()", name)
		return
	}
	names := slices.Sorted(maps.Keys(c.compiler.funcs))
	c.errorf(at, nearest(name, names), "there is no function %s()", name)
}

// method compiles received_at.Hour() and its like, in the configured time zone.
func (c *checker) method(x *ast.CallNode, callee *ast.MemberNode) operand {
	name, ok := callee.Property.(*ast.StringNode)
	if !ok {
		c.errorf(c.src.start(x), "", "this cannot be called")
		return bad()
	}
	o := c.value(callee.Node)
	if o.typ.kind == tBad {
		return o
	}
	part := timePart(name.Value)
	if o.typ.kind != tTime || part == nil || len(x.Arguments) > 0 {
		suggestion := ""
		if f, ok := c.compiler.funcs[strings.ToLower(name.Value)]; ok {
			suggestion = f.usage
		}
		if o.typ.kind == tTime {
			suggestion = "received_at.Hour(), Minute(), Weekday(), Day(), Month(), Year() or YearDay()"
		}
		c.errorf(callee.Property.Location().From, suggestion, "%s has no function %s()", c.src.text(callee.Node), name.Value)
		return bad()
	}
	eval, loc := o.value(), c.compiler.loc
	return operand{node: x, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
		v := eval(s)
		if v.kind != kTime {
			return value{}
		}
		return number(float64(part(v.time().In(loc))))
	}}
}

func timePart(name string) func(time.Time) int {
	switch name {
	case "Hour":
		return time.Time.Hour
	case "Minute":
		return time.Time.Minute
	case "Day":
		return time.Time.Day
	case "Year":
		return time.Time.Year
	case "YearDay":
		return time.Time.YearDay
	case "Month":
		return func(t time.Time) int { return int(t.Month()) }
	case "Weekday": // Sunday is 0
		return func(t time.Time) int { return int(t.Weekday()) }
	default:
		return nil
	}
}

// buildHas compiles has(name): true or false, never missing.
func buildHas(c *checker, n ast.Node, args []ast.Node) operand {
	if name, ok := args[0].(*ast.StringNode); ok && c.compiler.data.Table(name.Value) != nil {
		c.errorf(c.src.start(args[0]), c.compiler.data.Table(name.Value).asMember(), "has() takes a name; whether something is in a table is asked with in")
		return bad()
	}
	switch args[0].(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode, *ast.PointerNode:
	default:
		c.errorf(c.src.start(args[0]), "has(score)", "has() takes a name")
		return bad()
	}
	o := c.value(args[0])
	if o.typ.kind == tBad {
		return o
	}
	if o.entry != nil && slices.Contains(o.entry.Values, "unknown") && o.entry.Name.Name == "lead_potential" {
		c.warnf(c.src.start(n), `lead_potential != "unknown"`, "lead_potential always has a value")
	}
	eval := o.value()
	return tested(n, func(s *Scope) Truth { return truth(!eval(s).missing()) })
}

// buildLen compiles len(): the letters of a text, the entries of a list. A list
// without entries has 0; a text that is not there has no length.
func buildLen(c *checker, n ast.Node, args []ast.Node) operand {
	o := c.value(args[0])
	switch o.typ.kind {
	case tBad:
		return o
	case tText, tList, tAny:
	default:
		c.errorf(c.src.start(args[0]), "", "len() takes a text or a list; %s is %s", c.src.text(args[0]), o.typ)
		return bad()
	}
	eval := o.value()
	return operand{node: n, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
		switch v := eval(s); v.kind {
		case kEmpty:
			return number(0)
		case kList:
			return number(float64(v.size()))
		case kText:
			return number(float64(utf8.RuneCountInString(v.text)))
		default:
			return value{}
		}
	}}
}

func buildDate(c *checker, n ast.Node, args []ast.Node) operand {
	o := c.value(args[0])
	if o.typ.kind == tBad || !c.want(o, tText, "date()") {
		return bad()
	}
	if o.fixed == nil {
		c.errorf(c.src.start(args[0]), `date("2026-01-31")`, "the date must be written in the condition")
		return bad()
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, o.fixed.text, c.compiler.loc); err == nil {
			return constant(n, tTime, value{kind: kTime, ref: &t})
		}
	}
	c.errorf(c.src.start(args[0]), `date("2026-01-31"), or date("2026-01-31 09:00")`, "%s is not a date", quote(o.fixed.text))
	return bad()
}

func buildDuration(c *checker, n ast.Node, args []ast.Node) operand {
	o := c.value(args[0])
	if o.typ.kind == tBad || !c.want(o, tText, "duration()") {
		return bad()
	}
	if o.fixed != nil {
		if d, err := time.ParseDuration(o.fixed.text); err == nil {
			return constant(n, tDuration, value{kind: kDuration, num: d.Seconds()})
		}
	}
	c.errorf(c.src.start(args[0]), `duration("36h"), or duration("90m")`, "%s is not a duration", c.src.text(args[0]))
	return bad()
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// textFunction compiles lower, upper, trim.
func textFunction(name string, f func(string) string) func(*checker, ast.Node, []ast.Node) operand {
	return func(c *checker, n ast.Node, args []ast.Node) operand {
		o := c.value(args[0])
		if o.typ.kind == tBad || !c.want(o, tText, name+"()") {
			return bad()
		}
		eval := o.value()
		return operand{node: n, typ: typ{kind: tText}, eval: func(s *Scope) value {
			v := eval(s)
			if v.kind != kText {
				return value{}
			}
			return value{kind: kText, text: f(v.text)}
		}}
	}
}

// numberFunction compiles abs, ceil, floor, round.
func numberFunction(name string, f func(float64) float64) func(*checker, ast.Node, []ast.Node) operand {
	return func(c *checker, n ast.Node, args []ast.Node) operand {
		o := c.value(args[0])
		if o.typ.kind == tBad || !c.want(o, tNumber, name+"()") {
			return bad()
		}
		eval := o.value()
		return operand{node: n, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
			v := eval(s)
			if v.kind != kNumber {
				return value{}
			}
			return number(f(v.num))
		}}
	}
}

// extremum compiles min and max; missing if one of the values is.
func extremum(name string) func(*checker, ast.Node, []ast.Node) operand {
	wanted := -1
	if name == "max" {
		wanted = 1
	}
	return func(c *checker, n ast.Node, args []ast.Node) operand {
		evals := make([]func(*Scope) value, 0, len(args))
		for _, a := range args {
			o := c.value(a)
			if o.typ.kind == tBad || !c.want(o, tNumber, name+"()") {
				return bad()
			}
			evals = append(evals, o.value())
		}
		return operand{node: n, typ: typ{kind: tNumber}, eval: func(s *Scope) value {
			var best value
			for i, e := range evals {
				v := e(s)
				if v.kind != kNumber {
					return value{}
				}
				if i == 0 || cmp.Compare(v.num, best.num) == wanted {
					best = v
				}
			}
			return best
		}}
	}
}
