package jsondoc

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is one value of a document, or the absence of one: the zero Value is
// Missing, and every method answers for it.
type Value struct {
	doc *Doc
	at  int32
	end int32 // first node after the parent's children
}

func (v Value) node() *node { return &v.doc.nodes[v.at] }

// Kind returns the value's type.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Missing
	}
	return v.node().kind
}

// Exists says whether there is a value other than null.
func (v Value) Exists() bool { return v.Kind() > Null }

// First returns the first child of an array or object.
func (v Value) First() Value {
	if v.doc == nil {
		return Value{}
	}
	next := v.node().next
	if v.at+1 >= next {
		return Value{}
	}
	return Value{doc: v.doc, at: v.at + 1, end: next}
}

// Next returns the sibling after v.
func (v Value) Next() Value {
	if v.doc == nil {
		return Value{}
	}
	next := v.node().next
	if next >= v.end {
		return Value{}
	}
	return Value{doc: v.doc, at: next, end: v.end}
}

// Len returns how many children an array or object has; it counts them.
func (v Value) Len() int {
	n := 0
	for c := v.First(); c.doc != nil; c = c.Next() {
		n++
	}
	return n
}

// KeyBytes returns the key of an object's member as it stands between its
// quotes, and whether it holds escapes. The bytes belong to the document.
func (v Value) KeyBytes() (raw []byte, escaped bool) {
	if v.doc == nil {
		return nil, false
	}
	n := v.node()
	return v.doc.src[n.keyStart:n.keyEnd], n.keyEscaped
}

// Bytes returns the value as it stands in the body, for a string what is between
// its quotes, and whether it holds escapes. The bytes belong to the document.
func (v Value) Bytes() (raw []byte, escaped bool) {
	if v.doc == nil {
		return nil, false
	}
	n := v.node()
	return v.doc.src[n.valStart:n.valEnd], n.valEscaped
}

// Key returns the key of an object's member.
func (v Value) Key() string {
	if v.doc == nil {
		return ""
	}
	n := v.node()
	return v.doc.decode(n.keyStart, n.keyEnd, n.keyEscaped)
}

// Get returns an object's member. Of members with the same key the last one
// counts, as everywhere else.
func (v Value) Get(key string) Value {
	var found Value
	if v.Kind() != Object {
		return found
	}
	for c := v.First(); c.doc != nil; c = c.Next() {
		n := c.node()
		if n.keyEscaped {
			if c.Key() == key {
				found = c
			}
			continue
		}
		if int(n.keyEnd-n.keyStart) == len(key) && string(c.doc.src[n.keyStart:n.keyEnd]) == key {
			found = c
		}
	}
	return found
}

// Path walks down through objects.
func (v Value) Path(keys ...string) Value {
	for _, k := range keys {
		v = v.Get(k)
	}
	return v
}

// Text returns a scalar as text: a string without the spaces around it and
// without control characters, a number as it was sent (an id may be longer than
// any integer), true or false. Everything else is "".
func (v Value) Text() string {
	if v.doc == nil {
		return ""
	}
	n := v.node()
	switch n.kind {
	case String:
		s := v.doc.decode(n.valStart, n.valEnd, n.valEscaped)
		if n.valEscaped {
			s = Visible(s)
		}
		return strings.TrimSpace(s)
	case Number, Bool:
		return v.doc.decode(n.valStart, n.valEnd, false)
	default:
		return ""
	}
}

// Visible returns s with its control characters turned into spaces, line breaks and
// tabs excepted.
func Visible(s string) string { return strings.Map(visible, s) }

// visible turns control characters into spaces, line breaks and tabs excepted:
// PostgreSQL refuses U+0000 in text, and terminals obey the others.
func visible(r rune) rune {
	if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f {
		return ' '
	}
	return r
}

// GetText returns the text of the first of the keys that has one.
func (v Value) GetText(keys ...string) string {
	for _, k := range keys {
		if s := v.Get(k).Text(); s != "" {
			return s
		}
	}
	return ""
}

// Float returns a number, also where it was sent as text ("85"), and false where
// there is none. It is never infinite and never NaN.
func (v Value) Float() (float64, bool) {
	if k := v.Kind(); k != Number && k != String {
		return 0, false
	}
	return ParseFloat(v.Text())
}

// ParseFloat reads a decimal number. Unlike strconv's it knows no hexadecimal,
// no underscores, no Inf and no NaN.
func ParseFloat(s string) (float64, bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// True says whether the value is true, also where it was sent as text or 1.
func (v Value) True() bool {
	s := v.Text()
	return s == "1" || strings.EqualFold(s, "true")
}

// decode returns the text between two offsets, with its escapes resolved. A lone
// surrogate becomes U+FFFD, as in encoding/json.
func (d *Doc) decode(start, end int32, escaped bool) string {
	if d.text == "" && len(d.src) > 0 {
		// One copy for all texts; the body itself stays the caller's.
		d.text = string(d.src)
	}
	s := d.text[start:end]
	if !escaped {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			j := strings.IndexByte(s[i:], '\\')
			if j < 0 {
				j = len(s) - i
			}
			b.WriteString(s[i : i+j])
			i += j
			continue
		}
		if s[i+1] != 'u' {
			b.WriteByte(Unescape(s[i+1]))
			i += 2
			continue
		}
		r := HexRune(s[i+2 : i+6])
		i += 6
		if utf16.IsSurrogate(r) {
			if low, ok := escapedUnit(s[i:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					b.WriteRune(pair)
					i += 6
					continue
				}
			}
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

func escapedUnit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	return HexRune(s[2:6]), true
}

// Unescape returns the character that a two-character escape stands for.
func Unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// HexRune returns the UTF-16 unit that four hexadecimal digits write.
func HexRune[T ~string | ~[]byte](s T) rune {
	var r rune
	for i := range 4 {
		r = r<<4 | hexValue(s[i])
	}
	return r
}
