// Package jsondoc reads a vendor's JSON body once, into a flat tree that is
// cheap to build and tolerant to read: a missing field, a null and a value of the
// wrong type are answers, not failures. It accepts exactly the grammar of RFC 8259
// (which is JavaScript's JSON.parse), so that "is it JSON" has one answer everywhere.
package jsondoc

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxDepth is how deeply arrays and objects may be nested. No vendor's payload
// comes near it, and whatever reads the body later may recurse without fear.
const MaxDepth = 64

// Reason says why a body was refused.
type Reason uint8

// The reasons for refusing a body.
const (
	NotJSON Reason = iota
	NotUTF8
	TooDeep
)

// Error is why a body is not a document. Its message names an offset and what
// was expected, never what the body says.
type Error struct {
	Reason Reason
	Offset int    // in bytes from the start of the body
	Want   string // what should stand there, for NotJSON
}

// Error says what is wrong, and where.
func (e *Error) Error() string {
	switch e.Reason {
	case NotUTF8:
		return fmt.Sprintf("byte %d is not valid UTF-8", e.Offset)
	case TooDeep:
		return fmt.Sprintf("nested deeper than %d levels at byte %d", MaxDepth, e.Offset)
	default:
		return fmt.Sprintf("not JSON at byte %d: want %s", e.Offset, e.Want)
	}
}

// Kind is the type of a value.
type Kind uint8

// The types of a value. Missing is that of a value that is not there.
const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// node is one value. Its children, if any, follow it directly; next is the
// first node after them, which makes the node list a tree without pointers.
type node struct {
	keyStart, keyEnd int32 // between the quotes; both 0 outside objects
	valStart, valEnd int32 // of strings: between the quotes
	next             int32
	kind             Kind
	keyEscaped       bool
	valEscaped       bool
}

// Doc is a parsed document. The zero Doc is ready for Parse and may be used
// again for another body, which keeps its memory. It is not safe for concurrent
// use, reading included.
type Doc struct {
	src   []byte
	text  string // src as a string, made when the first text is read
	nodes []node
}

// Parse reads one JSON value and nothing after it. The document refers to src,
// which must not change while the document is in use. The error is an *Error.
func (d *Doc) Parse(src []byte) error {
	d.src, d.text, d.nodes = src, "", d.nodes[:0]
	if len(src) > math.MaxInt32 {
		return &Error{Offset: math.MaxInt32, Want: "a body under 2 GiB"}
	}
	if !utf8.Valid(src) {
		return &Error{Reason: NotUTF8, Offset: firstInvalid(src)}
	}
	if cap(d.nodes) == 0 {
		d.nodes = make([]node, 0, 16+len(src)/24)
	}
	p := parser{src: src, nodes: d.nodes}
	p.space()
	err := p.value(0, node{})
	d.nodes = p.nodes
	if err != nil {
		return err
	}
	if p.space(); p.pos < len(src) {
		return p.want("the end")
	}
	return nil
}

// Reset lets go of the body. The memory for nodes is kept.
func (d *Doc) Reset() { d.src, d.text, d.nodes = nil, "", d.nodes[:0] }

// Cap says how many values the document has room for.
func (d *Doc) Cap() int { return cap(d.nodes) }

// Root returns the document's value.
func (d *Doc) Root() Value {
	if len(d.nodes) == 0 {
		return Value{}
	}
	return Value{doc: d, at: 0, end: d.nodes[0].next}
}

func firstInvalid(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(src)
}

type parser struct {
	src   []byte
	pos   int
	nodes []node
}

// at makes an offset of an int. Parse refuses bodies that an int32 cannot
// address, and there are fewer nodes than bytes.
func at(i int) int32 {
	return int32(i) //nolint:gosec // see above
}

func (p *parser) want(what string) error { return &Error{Offset: p.pos, Want: what} }

// peek returns the byte at the position, 0 at the end: 0 is not a byte that any
// part of the grammar accepts.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return
		}
	}
}

// value reads the value at the position. n already holds its key.
func (p *parser) value(depth int, n node) error {
	n.valStart = at(p.pos)
	var err error
	switch c := p.peek(); {
	case c == '{' || c == '[':
		return p.container(depth, n, c)
	case c == '"':
		n.kind = String
		n.valStart, n.valEnd, n.valEscaped, err = p.str()
	case c == '-' || '0' <= c && c <= '9':
		n.kind = Number
		err = p.number()
		n.valEnd = at(p.pos)
	case c == 't':
		n.kind = Bool
		err = p.word("true")
		n.valEnd = at(p.pos)
	case c == 'f':
		n.kind = Bool
		err = p.word("false")
		n.valEnd = at(p.pos)
	case c == 'n':
		n.kind = Null
		err = p.word("null")
		n.valEnd = at(p.pos)
	default:
		return p.want("a value")
	}
	if err != nil {
		return err
	}
	n.next = at(len(p.nodes) + 1)
	p.nodes = append(p.nodes, n)
	return nil
}

// container reads an array or an object.
func (p *parser) container(depth int, n node, open byte) error {
	if depth >= MaxDepth {
		return &Error{Reason: TooDeep, Offset: p.pos}
	}
	n.kind = Array
	closing, shut := byte(']'), `"," or "]"`
	if open == '{' {
		n.kind = Object
		closing, shut = '}', `"," or "}"`
	}
	self := len(p.nodes)
	p.nodes = append(p.nodes, n)
	p.pos++
	p.space()
	if p.peek() != closing {
		if err := p.members(depth, open == '{', closing, shut); err != nil {
			return err
		}
	}
	p.pos++
	p.nodes[self].valEnd = at(p.pos)
	p.nodes[self].next = at(len(p.nodes))
	return nil
}

// members reads what stands between the brackets; there is at least one.
func (p *parser) members(depth int, keyed bool, closing byte, shut string) error {
	for {
		var child node
		if keyed {
			if err := p.key(&child); err != nil {
				return err
			}
		}
		if err := p.value(depth+1, child); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case closing:
			return nil
		case ',':
			p.pos++
			p.space()
		default:
			return p.want(shut)
		}
	}
}

// key reads `"key" :` and the space after it.
func (p *parser) key(n *node) error {
	if p.peek() != '"' {
		return p.want("a key in quotes")
	}
	var err error
	if n.keyStart, n.keyEnd, n.keyEscaped, err = p.str(); err != nil {
		return err
	}
	p.space()
	if p.peek() != ':' {
		return p.want(`":"`)
	}
	p.pos++
	p.space()
	return nil
}

// str reads a string and returns what is between its quotes.
func (p *parser) str() (start, end int32, escaped bool, err error) {
	src, i := p.src, p.pos+1
	start = at(i)
	for i < len(src) {
		c := src[i]
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		if c == '"' {
			p.pos = i + 1
			return start, at(i), escaped, nil
		}
		if c < ' ' {
			p.pos = i
			return 0, 0, false, p.want("a control character to be escaped")
		}
		escaped = true
		n := escapeLen(src[i:])
		if n == 0 {
			p.pos = i
			return 0, 0, false, p.want("an escape of JSON")
		}
		i += n
	}
	p.pos = i
	return 0, 0, false, p.want("a closing quote")
}

// escapeLen returns the length of the escape that s begins with, 0 if it is none.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) < 6 {
			return 0
		}
		for _, c := range s[2:6] {
			if hexValue(c) < 0 {
				return 0
			}
		}
		return 6
	}
	return 0
}

func hexValue(c byte) int32 {
	switch {
	case '0' <= c && c <= '9':
		return int32(c - '0')
	case 'a' <= c && c <= 'f':
		return int32(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int32(c-'A') + 10
	}
	return -1
}

func (p *parser) word(w string) error {
	if len(p.src)-p.pos < len(w) || string(p.src[p.pos:p.pos+len(w)]) != w {
		return p.want("a value")
	}
	p.pos += len(w)
	return nil
}

func (p *parser) number() error {
	if p.peek() == '-' {
		p.pos++
	}
	switch c := p.peek(); {
	case c == '0':
		p.pos++ // a digit after it is refused by whatever reads on
	case '1' <= c && c <= '9':
		p.digits()
	default:
		return p.want("a digit")
	}
	if p.peek() == '.' {
		p.pos++
		if p.digits() == 0 {
			return p.want("a digit")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if p.digits() == 0 {
			return p.want("a digit")
		}
	}
	return nil
}

func (p *parser) digits() int {
	from := p.pos
	for p.pos < len(p.src) && '0' <= p.src[p.pos] && p.src[p.pos] <= '9' {
		p.pos++
	}
	return p.pos - from
}
