// Package jscanon writes JSON as JavaScript does: what it appends is, byte for
// byte, JSON.stringify(JSON.parse(body)). A vendor that signs the re-serialised
// payload can only be verified with these semantics, which no JSON library of
// another language has:
//
//   - keys that are array indexes come first, ascending; the others keep the order
//     of their first appearance; a repeated key keeps its first place and its last value;
//   - two keys are the same if their UTF-16 units are, however they were escaped;
//   - numbers go through float64 and its shortest form that reads back the same:
//     plain decimals from 1e-6 up to 1e21, exponents outside, -0 is 0, what overflows is null;
//   - only quotes, backslashes, characters below U+0020 and lone surrogates are escaped.
package jscanon

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"leadhub/receivers/internal/jsondoc"
)

// BOM is the byte order mark that JavaScript's frameworks strip before they parse.
const BOM = "\xef\xbb\xbf"

// TrimBOM returns body without one leading byte order mark.
func TrimBOM(body []byte) []byte {
	if len(body) >= len(BOM) && string(body[:len(BOM)]) == BOM {
		return body[len(BOM):]
	}
	return body
}

// Append appends the canonical form of body, a leading byte order mark ignored.
// The error is a *jsondoc.Error; dst is then returned unchanged.
func Append(dst, body []byte) ([]byte, error) {
	var doc jsondoc.Doc
	if err := doc.Parse(TrimBOM(body)); err != nil {
		return dst, err
	}
	return AppendValue(dst, doc.Root()), nil
}

// AppendValue appends the canonical form of a value that was already read.
func AppendValue(dst []byte, v jsondoc.Value) []byte {
	w := writer{out: dst, members: make([]member, 0, smallObject)}
	w.value(v)
	return w.out
}

// AppendSorted is AppendValue with every object's keys in the order of their
// bytes: the same for two payloads that differ only in the order of keys.
func AppendSorted(dst []byte, v jsondoc.Value) []byte {
	w := writer{out: dst, members: make([]member, 0, smallObject), sorted: true}
	w.value(v)
	return w.out
}

type writer struct {
	out    []byte
	sorted bool
	// members is a stack: the members of every object that is being written.
	members []member
	// keys holds the canonical form of keys that were escaped.
	keys []byte
	// places finds repeated keys in a large object; it is nil between objects.
	places map[string]int
}

type member struct {
	key   []byte // canonical, without quotes
	value jsondoc.Value
	index int64 // the array index that the key is, else -1
}

func (w *writer) value(v jsondoc.Value) {
	raw, escaped := v.Bytes()
	switch v.Kind() {
	case jsondoc.Object:
		w.object(v)
	case jsondoc.Array:
		w.out = append(w.out, '[')
		sep := false
		for c := v.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
			if sep {
				w.out = append(w.out, ',')
			}
			sep = true
			w.value(c)
		}
		w.out = append(w.out, ']')
	case jsondoc.String:
		w.out = append(w.out, '"')
		if escaped {
			w.out = appendString(w.out, raw)
		} else {
			w.out = append(w.out, raw...)
		}
		w.out = append(w.out, '"')
	case jsondoc.Number:
		w.out = appendNumber(w.out, raw)
	default:
		w.out = append(w.out, raw...) // true, false, null
	}
}

// smallObject is up to how many members are compared each with each.
const smallObject = 32

func (w *writer) object(v jsondoc.Value) {
	base := len(w.members)
	indexed := false
	for c := v.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
		m := member{value: c, index: -1}
		raw, escaped := c.KeyBytes()
		m.key = raw
		if escaped {
			from := len(w.keys)
			w.keys = appendString(w.keys, raw)
			m.key = w.keys[from:len(w.keys):len(w.keys)]
		}
		if i, ok := arrayIndex(m.key); ok {
			m.index, indexed = i, true
		}
		if at := w.find(base, m.key); at >= 0 {
			w.members[at].value = c
			continue
		}
		w.members = append(w.members, m)
	}
	w.places = nil
	switch own := w.members[base:]; {
	case w.sorted:
		slices.SortFunc(own, func(a, b member) int { return slices.Compare(a.key, b.key) })
	case indexed:
		slices.SortStableFunc(own, byIndex)
	}
	w.out = append(w.out, '{')
	end := len(w.members)
	for i := base; i < end; i++ {
		if i > base {
			w.out = append(w.out, ',')
		}
		m := w.members[i] // a copy: deeper objects may move the stack
		w.out = append(w.out, '"')
		w.out = append(w.out, m.key...)
		w.out = append(w.out, '"', ':')
		w.value(m.value)
	}
	w.members = w.members[:base]
	w.out = append(w.out, '}')
}

// find returns where the object whose members begin at base has key, else -1.
func (w *writer) find(base int, key []byte) int {
	own := w.members[base:]
	if len(own) < smallObject {
		for i := range own {
			if string(own[i].key) == string(key) {
				return base + i
			}
		}
		return -1
	}
	if len(own) == smallObject {
		if w.places == nil {
			w.places = make(map[string]int)
		}
		for i := range own {
			w.places[string(own[i].key)] = base + i
		}
	}
	if at, ok := w.places[string(key)]; ok {
		return at
	}
	w.places[string(key)] = len(w.members) // where the caller appends it
	return -1
}

// byIndex puts array indexes first, ascending, and leaves the others as they are.
func byIndex(a, b member) int {
	switch {
	case a.index == b.index:
		return 0
	case a.index < 0:
		return 1
	case b.index < 0 || a.index < b.index:
		return -1
	default:
		return 1
	}
}

// maxArrayIndex is the largest array index of JavaScript, 2^32 - 2.
const maxArrayIndex = math.MaxUint32 - 1

// arrayIndex returns the array index that key writes, if it writes one: decimal
// digits without a leading zero.
func arrayIndex(key []byte) (int64, bool) {
	if len(key) == 0 || len(key) > 10 || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	var n int64
	for _, c := range key {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n <= maxArrayIndex
}

// exactDigits is how many digits an integer may have to be written as it stands.
const exactDigits = 15

// appendNumber appends a number literal as JavaScript would print its value.
func appendNumber(dst, lit []byte) []byte {
	if plainInteger(lit) {
		return append(dst, lit...)
	}
	f, err := strconv.ParseFloat(string(lit), 64)
	switch {
	case err != nil: // the grammar was checked: only overflow is left
		return append(dst, "null"...)
	case f == 0:
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes at least two digits of exponent, JavaScript as many as it takes.
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// plainInteger says whether lit is an integer that float64 holds exactly and
// JavaScript prints as it stands.
func plainInteger(lit []byte) bool {
	if lit[0] == '-' {
		lit = lit[1:]
		if lit[0] == '0' {
			return false // -0 is printed as 0
		}
	}
	if len(lit) > exactDigits {
		return false
	}
	for _, c := range lit {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

// appendString appends what stands between the quotes of a string with escapes.
func appendString(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if raw[i+1] != 'u' {
			dst = appendRune(dst, rune(jsondoc.Unescape(raw[i+1])))
			i += 2
			continue
		}
		r := jsondoc.HexRune(raw[i+2 : i+6])
		i += 6
		if utf16.IsSurrogate(r) && i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
			if pair := utf16.DecodeRune(r, jsondoc.HexRune(raw[i+2:i+6])); pair != utf8.RuneError {
				r = pair
				i += 6
			}
		}
		dst = appendRune(dst, r)
	}
	return dst
}

// appendRune appends one character as JSON.stringify does; r may be a lone surrogate.
func appendRune(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if r < ' ' || utf16.IsSurrogate(r) {
		return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
	}
	return utf8.AppendRune(dst, r)
}
