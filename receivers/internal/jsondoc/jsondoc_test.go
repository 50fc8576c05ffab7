package jsondoc_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"leadhub/receivers/internal/jsondoc"
)

func parse(tb testing.TB, body string) jsondoc.Value {
	tb.Helper()
	var doc jsondoc.Doc
	if err := doc.Parse([]byte(body)); err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return doc.Root()
}

func TestErrors(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + strings.Repeat("]}", n/2) }
	for _, c := range []struct{ body, want string }{
		{"", "not JSON at byte 0: want a value"},
		{" x", "not JSON at byte 1: want a value"},
		{"{", "not JSON at byte 1: want a key in quotes"},
		{`{"a":1,}`, "not JSON at byte 7: want a key in quotes"},
		{`{"a" 1}`, `not JSON at byte 5: want ":"`},
		{`{"a":1 "b":2}`, `not JSON at byte 7: want "," or "}"`},
		{"[1,]", "not JSON at byte 3: want a value"},
		{"[1 2]", `not JSON at byte 3: want "," or "]"`},
		{"[1}", `not JSON at byte 2: want "," or "]"`},
		{"01", "not JSON at byte 1: want the end"},
		{"-", "not JSON at byte 1: want a digit"},
		{"1.e1", "not JSON at byte 2: want a digit"},
		{"1e+", "not JSON at byte 3: want a digit"},
		{"trux", "not JSON at byte 0: want a value"},
		{`"a`, "not JSON at byte 2: want a closing quote"},
		{"\"a\nb\"", "not JSON at byte 2: want a control character to be escaped"},
		{`"\q"`, "not JSON at byte 1: want an escape of JSON"},
		{`"\u00g0"`, "not JSON at byte 1: want an escape of JSON"},
		{`"\`, "not JSON at byte 1: want an escape of JSON"},
		{"{} {}", "not JSON at byte 3: want the end"},
		{"\"\xff\"", "byte 1 is not valid UTF-8"},
		{nested(jsondoc.MaxDepth + 2), "nested deeper than 64 levels at byte 192"},
	} {
		var doc jsondoc.Doc
		err := doc.Parse([]byte(c.body))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.40q: %v, want %q", c.body, err, c.want)
		}
	}
	parse(t, nested(jsondoc.MaxDepth))
}

func TestText(t *testing.T) {
	root := parse(t, `{"s":" a b ","esc":"\u00e9\ud83d\ude00\ud800x\/\"\\\n\u0000z","n":-1.50e2,"big":12345678901234567890,"t":true,"f":false,"null":null,"o":{},"l":[],"e":"  ","k\u0065y":1}`)
	for key, want := range map[string]string{
		"s": "a b", "esc": "é😀\ufffdx/\"\\\n z", "n": "-1.50e2", "big": "12345678901234567890",
		"t": "true", "f": "false", "null": "", "o": "", "l": "", "e": "", "key": "1", "missing": "",
	} {
		if got := root.Get(key).Text(); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if got := root.GetText("missing", "null", "e", "s", "t"); got != "a b" {
		t.Errorf("GetText = %q", got)
	}
}

func TestAccess(t *testing.T) {
	root := parse(t, `{"a":1,"b":{"c":[10,[],{"d":"x"},null]},"a":2}`)
	if got := root.Get("a").Text(); got != "2" {
		t.Errorf("of two members the last one counts: %q", got)
	}
	list := root.Path("b", "c")
	var kinds []jsondoc.Kind
	for c := list.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
		kinds = append(kinds, c.Kind())
	}
	if diff := cmp.Diff([]jsondoc.Kind{jsondoc.Number, jsondoc.Array, jsondoc.Object, jsondoc.Null}, kinds); diff != "" {
		t.Error(diff)
	}
	if list.Len() != 4 || root.Len() != 3 || root.Get("a").Len() != 0 {
		t.Errorf("Len: %d, %d", list.Len(), root.Len())
	}
	if v := list.First().Next().Next().Get("d"); v.Key() != "d" || v.Text() != "x" || !v.Exists() {
		t.Errorf("d: %q", v.Text())
	}
	if v := list.First().Next().Next().Next(); v.Exists() || v.Kind() != jsondoc.Null {
		t.Error("null is there, but has no value")
	}
	missing := root.Path("b", "x", "y")
	if missing.Exists() || missing.Text() != "" || missing.Key() != "" || missing.First() != missing || missing.Next() != missing || missing.True() || missing.Len() != 0 {
		t.Error("what is missing answers with nothing")
	}
	if raw, _ := missing.Bytes(); raw != nil {
		t.Error("what is missing has no bytes")
	}
}

func TestFloat(t *testing.T) {
	for value, want := range map[string]float64{
		`1`: 1, `"0.85"`: 0.85, `" 7 "`: 7, `-1e2`: -100, `"+3"`: 3,
	} {
		if got, ok := parse(t, value).Float(); !ok || got != want {
			t.Errorf("%s: %g, %v; want %g", value, got, ok, want)
		}
	}
	for _, value := range []string{`""`, `"x"`, `"NaN"`, `"Inf"`, `"0x10"`, `"1_000"`, `1e999`, `true`, `null`, `{}`, `"1e"`, `"-"`} {
		if got, ok := parse(t, value).Float(); ok {
			t.Errorf("%s: %g, want no number", value, got)
		}
	}
}

func TestTrue(t *testing.T) {
	for value, want := range map[string]bool{`true`: true, `"True"`: true, `1`: true, `"1"`: true, `false`: false, `"yes"`: false, `0`: false, `null`: false, `[]`: false} {
		if got := parse(t, value).True(); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

// A Doc that is used again must not show anything of the body before.
func TestReuse(t *testing.T) {
	var doc jsondoc.Doc
	for _, c := range []struct{ body, want string }{{`{"a":"long enough to matter"}`, "long enough to matter"}, {`{"b":"x"}`, "x"}, {`[1,2,3]`, ""}} {
		if err := doc.Parse([]byte(c.body)); err != nil {
			t.Fatal(err)
		}
		if got := doc.Root().GetText("a", "b"); got != c.want {
			t.Errorf("%s: %q", c.body, got)
		}
	}
	if err := doc.Parse([]byte("{")); err == nil {
		t.Error("no error")
	}
	doc.Reset()
	if doc.Root().Exists() {
		t.Error("a Doc that was reset has no root")
	}
}

// toAny reads the tree as encoding/json would.
func toAny(v jsondoc.Value) any {
	switch v.Kind() {
	case jsondoc.Object:
		m := map[string]any{}
		for c := v.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
			m[c.Key()] = toAny(c)
		}
		return m
	case jsondoc.Array:
		l := []any{}
		for c := v.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
			l = append(l, toAny(c))
		}
		return l
	case jsondoc.String:
		raw, _ := v.Bytes()
		var s string
		if err := json.Unmarshal([]byte(`"`+string(raw)+`"`), &s); err != nil {
			panic(err)
		}
		return s
	case jsondoc.Number:
		return json.Number(v.Text())
	case jsondoc.Bool:
		return v.True()
	default:
		return nil
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\ud83d\ude00\ud800",true,null,{"b":-1.5e+3}]}`, ` [ ] `, `{"a":1,"a":{"c":[]}}`, "\"\xff\"", `"\u00`, "[[[", "-"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var doc jsondoc.Doc
		err := doc.Parse(body)
		want := json.Valid(body) && utf8.Valid(body)
		if e, ok := errors.AsType[*jsondoc.Error](err); ok && e.Reason == jsondoc.TooDeep {
			want = false
		} else if err != nil && !ok {
			t.Fatalf("error is a %T", err)
		}
		if (err == nil) != want {
			t.Fatalf("%q: %v, encoding/json says %v", body, err, want)
		}
		if err != nil {
			return
		}
		var std any
		dec := json.NewDecoder(strings.NewReader(string(body)))
		dec.UseNumber()
		if err := dec.Decode(&std); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(std, toAny(doc.Root())); diff != "" {
			t.Fatalf("%q reads differently:\n%s", body, diff)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(`{"type":"prospect.added","prospect":{"id":"1","name":"Sunshine Promo Co.","lead_reasoning":"` + strings.Repeat("Lists Disney. ", 120) + `","notable_clients":["Disney","Universal"],"score":12.5}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var doc jsondoc.Doc
	for b.Loop() {
		if err := doc.Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
