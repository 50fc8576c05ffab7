package rules

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leadhub/lead"
)

// kind is what a value is at run time.
type kind uint8

const (
	// The zero value: there is no value.
	_ kind = iota
	// kEmpty: a list without entries, as a lead or a payload has it. It counts as
	// missing everywhere but in len(), which says 0. A list written in a rule is
	// never kEmpty: in `tags ?? []` the brackets mean "none".
	kEmpty
	kText
	kNumber
	kBool
	kTime
	kDuration
	kList
	kObject
)

// value is one value at run time. It is passed in registers; making one of what a
// lead holds allocates nothing.
type value struct {
	kind kind
	num  float64 // a number; a duration in seconds; a boolean as 1 or 0
	text string  // a text; a number's digits, where they are known
	ref  any     // *time.Time; a list as list() reads it; an object as member() reads it
}

func (v value) missing() bool { return v.kind <= kEmpty }

func text(s string) value {
	if s == "" {
		return value{}
	}
	return value{kind: kText, text: s}
}

func number(n float64) value { return value{kind: kNumber, num: n} }

func boolean(b bool) value {
	if b {
		return value{kind: kBool, num: 1}
	}
	return value{kind: kBool}
}

func fromTruth(t Truth) value {
	switch t {
	case True:
		return value{kind: kBool, num: 1}
	case False:
		return value{kind: kBool}
	default:
		return value{}
	}
}

// truthOf reads a value where true or false is wanted. Anything else is missing:
// only what comes from the payload can be anything else, and a rule over the
// payload never errors.
func truthOf(v value) Truth {
	if v.kind != kBool {
		return Missing
	}
	return truth(v.num != 0)
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

func not(t Truth) Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	default:
		return t
	}
}

func moment(t *time.Time) value {
	if t.IsZero() {
		return value{}
	}
	return value{kind: kTime, ref: t}
}

// The lists of a lead are kept as pointers, because putting a slice into an
// interface would allocate.

func texts(list *[]string) value {
	if len(*list) == 0 {
		return value{kind: kEmpty}
	}
	return value{kind: kList, ref: list}
}

func emails(list *[]lead.Email) value {
	if len(*list) == 0 {
		return value{kind: kEmpty}
	}
	return value{kind: kList, ref: list}
}

func phones(list *[]lead.Phone) value {
	if len(*list) == 0 {
		return value{kind: kEmpty}
	}
	return value{kind: kList, ref: list}
}

// fromJSON makes a value of decoded JSON.
func fromJSON(v any) value {
	switch x := v.(type) {
	case string:
		return text(x)
	case float64:
		return number(x)
	case bool:
		return boolean(x)
	case json.Number:
		n, err := x.Float64()
		if err != nil {
			return value{}
		}
		// With its digits: an id may be longer than a float64 can hold.
		return value{kind: kNumber, num: n, text: string(x)}
	case []any:
		if len(x) == 0 {
			return value{kind: kEmpty}
		}
		return value{kind: kList, ref: v}
	case map[string]any:
		return value{kind: kObject, ref: v}
	case int:
		return number(float64(x))
	case int64:
		return number(float64(x))
	default:
		return value{}
	}
}

// size returns how many entries a list has.
func (v value) size() int {
	switch x := v.ref.(type) {
	case *[]string:
		return len(*x)
	case []any:
		return len(x)
	case []value:
		return len(x)
	case *[]lead.Email:
		return len(*x)
	case *[]lead.Phone:
		return len(*x)
	}
	return 0
}

// at returns entry i of a list; it must be there.
func (v value) at(i int) value {
	switch x := v.ref.(type) {
	case *[]string:
		return text((*x)[i])
	case []any:
		return fromJSON(x[i])
	case []value:
		return x[i]
	case *[]lead.Email:
		return value{kind: kObject, ref: &(*x)[i]}
	case *[]lead.Phone:
		return value{kind: kObject, ref: &(*x)[i]}
	}
	return value{}
}

// member returns a field of an object, missing where it has none.
func (v value) member(name string) value {
	switch x := v.ref.(type) {
	case map[string]any:
		return fromJSON(x[name])
	case *lead.Email:
		switch name {
		case "value":
			return text(x.Value)
		case "type":
			return text(string(x.Type))
		case "primary":
			return boolean(x.Primary)
		}
	case *lead.Phone:
		switch name {
		case "raw":
			return text(x.Raw)
		case "e164":
			return text(x.E164)
		}
	}
	return value{}
}

// index returns an entry of a list by its place, from the end where negative.
func (v value) index(n float64) value {
	if v.kind != kList || n != math.Trunc(n) {
		return value{}
	}
	size := v.size()
	if n < 0 {
		n += float64(size)
	}
	if n < 0 || n >= float64(size) {
		return value{}
	}
	return v.at(int(n))
}

// equal compares two values. Values of different kinds cannot be compared, so
// the answer is missing, not false: else `!=` would be true.
func equal(a, b value) Truth {
	if a.kind != b.kind {
		return Missing
	}
	switch a.kind {
	case kText:
		return truth(a.text == b.text)
	case kNumber, kBool, kDuration:
		return truth(a.num == b.num)
	case kTime:
		return truth(a.time().Equal(b.time()))
	default:
		return Missing
	}
}

// order returns -1, 0 or 1, and false where the two cannot be ordered.
func order(a, b value) (int, bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case kText:
		return strings.Compare(a.text, b.text), true
	case kNumber, kDuration:
		switch {
		case a.num < b.num:
			return -1, true
		case a.num > b.num:
			return 1, true
		default:
			return 0, a.num == b.num
		}
	case kTime:
		return a.time().Compare(b.time()), true
	default:
		return 0, false
	}
}

func (v value) time() time.Time {
	if t, ok := v.ref.(*time.Time); ok {
		return *t
	}
	return time.Time{}
}

// maxShown bounds how much of one value a trace shows, in characters.
const maxShown = 200

// show renders a value as a user would write it in a rule.
func (v value) show(loc *time.Location) string {
	var b strings.Builder
	v.write(&b, loc)
	s := b.String()
	if utf8.RuneCountInString(s) <= maxShown {
		return s
	}
	return string([]rune(s)[:maxShown]) + "…"
}

func (v value) write(b *strings.Builder, loc *time.Location) {
	switch v.kind {
	case kText:
		s := v.text
		if len(s) > 4*maxShown {
			s = strings.ToValidUTF8(s[:4*maxShown], "")
		}
		b.WriteString(quote(s))
	case kNumber:
		b.WriteString(v.digits())
	case kBool:
		b.WriteString(strconv.FormatBool(v.num != 0))
	case kTime:
		b.WriteString(quote(v.time().In(loc).Format(time.RFC3339)))
	case kDuration:
		b.WriteString(quote(time.Duration(v.num * float64(time.Second)).String()))
	case kEmpty:
		b.WriteString("[]")
	case kList:
		b.WriteByte('[')
		for i := range v.size() {
			if i > 0 {
				b.WriteString(", ")
			}
			if b.Len() > 4*maxShown {
				break
			}
			v.at(i).write(b, loc)
		}
		b.WriteByte(']')
	case kObject:
		v.writeObject(b)
	default:
		b.WriteString("missing")
	}
}

func (v value) writeObject(b *strings.Builder) {
	switch x := v.ref.(type) {
	case *lead.Email:
		b.WriteString(quote(x.Value))
	case *lead.Phone:
		b.WriteString(quote(x.Raw))
	default:
		b.WriteString("{…}")
	}
}

// quote writes a text as a literal of the rule language, with its letters left
// as they are whatever their script.
func quote(s string) string {
	if strconv.CanBackquote(s) && !strings.ContainsAny(s, `"\`) {
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}

func showNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
