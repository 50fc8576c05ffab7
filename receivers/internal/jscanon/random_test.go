package jscanon_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"leadhub/receivers/internal/jscanon"
)

// source makes bodies: JSON in every spelling a serialiser or a person may use,
// and JSON with something wrong with it. The same seed makes the same bodies.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 20260501))} }

func (r source) chance(percent int) bool { return r.IntN(100) < percent }

// body returns the next body.
func (r source) body() []byte {
	var b strings.Builder
	if r.chance(3) {
		b.WriteString(jscanon.BOM)
	}
	r.space(&b)
	r.value(&b, r.IntN(5))
	r.space(&b)
	raw := []byte(b.String())
	if r.chance(35) {
		for range 1 + r.IntN(3) {
			raw = r.mutate(raw)
		}
	}
	return raw
}

func (r source) space(b *strings.Builder) {
	if r.chance(80) {
		return
	}
	for range r.IntN(3) {
		b.WriteByte(" \n\r\t"[r.IntN(4)])
	}
}

func (r source) value(b *strings.Builder, depth int) {
	kinds := 6
	if depth <= 0 {
		kinds = 4
	}
	switch r.IntN(kinds) {
	case 0:
		b.WriteString([]string{"true", "false", "null"}[r.IntN(3)])
	case 1:
		b.WriteString(r.number())
	case 2, 3:
		r.str(b)
	case 4:
		b.WriteByte('[')
		for i := range r.IntN(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			r.space(b)
			r.value(b, depth-1)
			r.space(b)
		}
		b.WriteByte(']')
	case 5:
		r.object(b, depth)
	}
}

func (r source) object(b *strings.Builder, depth int) {
	n := r.IntN(7)
	if r.chance(5) {
		n = 28 + r.IntN(20) // where finding repeated keys changes its ways
	}
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		r.space(b)
		r.key(b)
		r.space(b)
		b.WriteByte(':')
		r.space(b)
		r.value(b, depth-1)
		r.space(b)
	}
	b.WriteByte('}')
}

// key writes keys that meet: indexes, near-indexes, the same key spelled otherwise.
func (r source) key(b *strings.Builder) {
	keys := []string{
		`"a"`, `"\u0061"`, `"b"`, `"é"`, `"\u00e9"`, `"\u00E9"`, `"😀"`, `"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\ud83d"`, `"\ude00"`,
		`""`, `"0"`, `"\u0030"`, `"1"`, `"2"`, `"10"`, `"01"`, `"00"`, `"-1"`, `"+1"`, `"1.0"`, `"1e1"`, `" 1"`, `"4294967294"`, `"4294967295"`,
		`"4294967296"`, `"9007199254740993"`, `"99999999999"`, `"__proto__"`, `"constructor"`, `"toJSON"`, `"length"`, `"\n"`, `"\u000a"`, `"/"`, `"\/"`,
	}
	switch {
	case r.chance(70):
		b.WriteString(keys[r.IntN(len(keys))])
	case r.chance(50):
		b.WriteString(strconv.Quote(strconv.Itoa(r.IntN(300))))
	default:
		r.str(b)
	}
}

func (r source) number() string {
	switch r.IntN(9) {
	case 0:
		return strconv.Itoa(r.IntN(2000) - 1000)
	case 1:
		return strconv.FormatInt(int64(r.Uint64()), 10)
	case 2:
		return strconv.FormatFloat(math.Float64frombits(r.Uint64()&^(0x7ff<<52)|uint64(r.IntN(2047))<<52), 'e', -1, 64)
	case 3:
		return strconv.FormatFloat(r.NormFloat64()*math.Pow(10, float64(r.IntN(60)-30)), "efg"[r.IntN(3)], r.IntN(22)-1, 64)
	case 4:
		edges := []string{
			"0", "-0", "-0.0", "0e5", "-0E-5", "1e21", "1e20", "999999999999999999999", "1000000000000000000000", "1e-6", "1e-7", "0.000001", "0.0000001", "1.5e-7",
			"1e308", "1e309", "-1e309", "1.7976931348623157e308", "1.7976931348623159e308", "5e-324", "2e-324", "4.9e-324", "2.2250738585072014e-308",
			"9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "123456789012345", "1234567890123456", "12345678901234567890",
			"0.1", "0.30000000000000004", "1.0", "1.10", "100e-2", "1E+2", "1e+02", "1e-02", "4.35", "1e23", "9.5e-7", "123e-20", "1.0e+10", "5e-7",
		}
		return edges[r.IntN(len(edges))]
	case 5:
		return fmt.Sprintf("%d.%0*d", r.IntN(100), 1+r.IntN(25), r.IntN(1000))
	case 6:
		return fmt.Sprintf("%d%c%d", 1+r.IntN(99), "eE"[r.IntN(2)], r.IntN(700)-350)
	case 7:
		return strings.Repeat(strconv.Itoa(1+r.IntN(9)), 1+r.IntN(40))
	default:
		return "0." + strings.Repeat("0", r.IntN(12)) + strconv.Itoa(r.IntN(1e6)+1)
	}
}

func (r source) str(b *strings.Builder) {
	b.WriteByte('"')
	for range r.IntN(6) {
		switch r.IntN(8) {
		case 0:
			b.WriteString([]string{`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`}[r.IntN(8)])
		case 1:
			fmt.Fprintf(b, `\u%04x`, r.IntN(0x300))
		case 2:
			fmt.Fprintf(b, `\u%04X`, r.IntN(0x10000))
		case 3: // surrogates: pairs, halves, halves the wrong way round
			fmt.Fprintf(b, `\ud8%02x`, r.IntN(256))
			if r.chance(60) {
				fmt.Fprintf(b, `\uDC%02X`, r.IntN(256))
			}
		case 4:
			b.WriteString([]string{"é", "ß", "漢", "😀", "\u2028", "\u2029", "\u007f", "\u0080", "\ufeff", "\ufffd", "\uffff", "\U0010ffff"}[r.IntN(12)])
		default:
			b.WriteByte("abcXYZ019 /<>&'{}[],:"[r.IntN(21)])
		}
	}
	b.WriteByte('"')
}

// mutate spoils a body a little.
func (r source) mutate(raw []byte) []byte {
	if len(raw) == 0 {
		return raw
	}
	i := r.IntN(len(raw))
	out := append([]byte(nil), raw[:i]...)
	switch r.IntN(6) {
	case 0: // a byte less
		return append(out, raw[i+1:]...)
	case 1: // another byte
		return append(append(out, byte(r.IntN(256))), raw[i+1:]...)
	case 2: // one flipped bit
		return append(append(out, raw[i]^1<<r.IntN(8)), raw[i+1:]...)
	case 3: // cut off
		return out
	case 4: // something of the grammar put in
		bits := []string{",", ":", "{", "}", "[", "]", `"`, `\`, `\u`, "0", "-", "+", ".", "e", "E", "\x00", "\x1f", "\x0b", "//", "NaN", "Infinity", "0x1", "'", "tru", jscanon.BOM, "\xc2\xa0", "\xed\xa0\x80"}
		return append(append(out, bits[r.IntN(len(bits))]...), raw[i:]...)
	default: // a piece twice
		j := i + r.IntN(len(raw)-i)
		return append(append(append(out, raw[i:j]...), raw[i:j]...), raw[j:]...)
	}
}
