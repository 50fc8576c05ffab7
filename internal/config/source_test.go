package config

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

func utf16Bytes(text string, order binary.ByteOrder, bom bool) []byte {
	var out []byte
	if bom {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		var b [2]byte
		order.PutUint16(b[:], u)
		out = append(out, b[:]...)
	}
	return out
}

// Whatever the encoding, the other mistakes of the file are found in their places.
func TestEncodings(t *testing.T) {
	t.Parallel()
	text := strings.Replace(mini, "  - name: hot\n", "  # Geschäft\n  - nome: hot\n", 1)
	windows, err := charmap.Windows1252.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const (
		utf16Note = "1:1: error: the file is saved as UTF-16: " + saveAsUTF8
		unknown   = "15:5: error: unknown key `nome` in route 1: did you mean `name`?"
	)
	for name, tt := range map[string]struct {
		raw  []byte
		want []string
	}{
		"UTF-8":                {[]byte(text), []string{unknown}},
		"UTF-8 with a mark":    {[]byte("\xef\xbb\xbf" + text), []string{unknown}},
		"CRLF":                 {[]byte(strings.ReplaceAll(text, "\n", "\r\n")), []string{unknown}},
		"CR":                   {[]byte(strings.ReplaceAll(text, "\n", "\r")), []string{unknown}},
		"UTF-16 little endian": {utf16Bytes(text, binary.LittleEndian, true), []string{utf16Note, unknown}},
		"UTF-16 big endian":    {utf16Bytes(text, binary.BigEndian, true), []string{utf16Note, unknown}},
		"UTF-16 without mark":  {utf16Bytes(text, binary.LittleEndian, false), []string{utf16Note, unknown}},
		"UTF-16 be, no mark":   {utf16Bytes(text, binary.BigEndian, false), []string{utf16Note, unknown}},
		"Windows-1252": {windows, []string{
			"14:10: error: this character is not UTF-8; the file seems to be saved in an older Windows encoding (Windows-1252): " + saveAsUTF8, unknown,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := check(t, string(tt.raw), Options{})
			wantProblems(t, got, tt.want...)
		})
	}
}

func TestInvisibleCharacters(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ from, to, want string }{
		"no-break space before a key": {"    type: file", "  \u00a0 type: file", "11:3: error: this is not a normal space but U+00A0, as it comes with text copied from a web page: …"},
		"no-break space after colon":  {"    type: file", "    type:\u00a0file", "11:10: error: this is not a normal space but U+00A0…"},
		"zero-width space":            {"    type: file", "    \u200btype: file", "11:5: error: this is not a normal space but U+200B…"},
		"control character":           {"    type: file", "    type: \x07file", "11:11: error: an invisible control character (U+0007) is in this line…"},
		"line separator":              {"    type: file", "    type: file\u2028", "11:15: error: an invisible line separator (U+2028) is in this line…"},
		"mark in the middle":          {"    type: file", "    type: \ufefffile", "11:11: error: an invisible control character (U+FEFF)…"},
		"NUL":                         {"    type: file", "    type: file\x00", "11:15: error: an invisible control character (U+0000)…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := check(t, strings.Replace(mini, tt.from, tt.to, 1), Options{})
			wantProblems(t, got, tt.want)
		})
	}
	text := strings.Replace(mini, `"#hot"`, "\"#hot\u00a0leads\"", 1)
	_, got := check(t, text, Options{})
	wantProblems(t, got) // in a value it may be meant
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"receivers", "routes", "timezone", "to", "accept_unsigned_tests", "crm", "url"}
	for word, want := range map[string]string{
		"receivvers": "receivers", "route": "routes", "time-zone": "timezone", "TimeZone": "timezone", "ro": "to", "t": "",
		"acceptUnsignedTests": "accept_unsigned_tests", "accept_unsigned": "accept_unsigned_tests", "cmr": "crm", "zzz": "", "": "",
		strings.Repeat("x", 1000): "", "uri": "url", "banana": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	env := environment("A", "1", "LONG", "a longer value")
	for raw, tt := range map[string]struct {
		text, unset, bad string
		vars             int
	}{
		"plain":              {text: "plain"},
		"$A and $":           {text: "$A and $"},
		"${A}":               {text: "1", vars: 1},
		"x${A}y${LONG}z":     {text: "x1ya longer valuez", vars: 2},
		"${NONE}":            {unset: "NONE", vars: 1},
		"${EMPTY}":           {unset: "EMPTY", vars: 1},
		"${NONE:-d}":         {text: "d", vars: 1},
		"${EMPTY:-d}":        {text: "d", vars: 1},
		"${NONE:-}":          {text: "", vars: 1},
		"${A:-d}":            {text: "1", vars: 1},
		"$${A}":              {text: "${A}"},
		"$$${A}":             {text: "$${A}"},
		"^vp$|${NONE:-a|b}$": {text: "^vp$|a|b$", vars: 1},
		"${A":                {text: "${A", bad: "`${` is not closed by `}`"},
		"é${NONE}":           {text: "é", unset: "NONE", vars: 1},
		"${}":                {bad: "`${}` names no variable"},
		"${1A}":              {bad: "a variable's name may hold letters, digits and _ only"},
		"${NONE:-$${x}}":     {text: "$${x}", vars: 1},
	} {
		e := expand(raw, env)
		unset, bad := "", ""
		for _, u := range e.unset {
			unset += u.name
		}
		for _, b := range e.bad {
			bad += b.message
		}
		if e.text != tt.text && raw != "${NONE:-$${x}}" || unset != tt.unset || bad != tt.bad || len(e.vars) != tt.vars {
			t.Errorf("expand(%q) = %q, unset %q, bad %q, %d variables; want %+v", raw, e.text, unset, bad, len(e.vars), tt)
		}
		if len(e.origin) != len([]rune(e.text)) {
			t.Errorf("expand(%q): %d origins for %d characters", raw, len(e.origin), len([]rune(e.text)))
		}
		for i, from := range e.origin {
			if r := []rune(raw)[from]; r != '$' && r != []rune(e.text)[i] {
				t.Errorf("expand(%q): character %d comes from %q", raw, i, r)
			}
		}
	}
}
