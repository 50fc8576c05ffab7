package jscanon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"leadhub/receivers/internal/jscanon"
	"leadhub/receivers/internal/jsondoc"
)

func TestAppend(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{` { "a" : [ 1 , 2 ] } `, `{"a":[1,2]}`},
		{`{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{`{"b":1,"2":0,"a":2,"10":0,"1":0}`, `{"1":0,"2":0,"10":0,"b":1,"a":2}`},
		{`{"4294967295":0,"4294967294":0,"01":0,"0":0}`, `{"0":0,"4294967294":0,"4294967295":0,"01":0}`},
		{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{`{"a":1,"b":2,"\u0061":3}`, `{"a":3,"b":2}`},
		{`{"\u0031":1,"a":{"1":1,"0":2}}`, `{"1":1,"a":{"0":2,"1":1}}`},
		{`{"😀":1,"\ud83d\ude00":2}`, `{"😀":2}`},
		{`{"\ud83d":1,"\ude00":2,"\uD83D":3}`, `{"\ud83d":3,"\ude00":2}`},
		{
			`[-0,-0.0,0e9,1e21,1e20,1e-6,1e-7,1e400,-1e400,9007199254740993,1.0,1E2]`,
			`[0,0,0,1e+21,100000000000000000000,0.000001,1e-7,null,null,9007199254740992,1,100]`,
		},
		{`"\/\u003c\u2028\u007f\u001F\u0008\u000a\uDEAD\"\\"`, "\"/<\u2028\u007f\\u001f\\b\\n\\udead\\\"\\\\\""},
		{jscanon.BOM + `{}`, `{}`},
		{`[true,false,null,"",{},[]]`, `[true,false,null,"",{},[]]`},
	} {
		got, err := jscanon.Append([]byte(">"), []byte(c.body))
		if err != nil || string(got) != ">"+c.want {
			t.Errorf("%s\n got %s (%v)\nwant >%s", c.body, got, err, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, body := range []string{
		"", " ", jscanon.BOM, jscanon.BOM + jscanon.BOM + "1", "{", "[1,]", `{"a":1,}`, "[,1]", `{"a"}`, `{a:1}`, "01", "+1", "1.", ".5", "1e", "--1", "0x1", "NaN", "Infinity",
		"'a'", "\"\t\"", `"\x"`, `"\u12"`, `"\u12g4"`, `"a`, "tru", "nulll", "1 2", "/**/1", "\v1", "\u00a01", "\"\xff\"", "\"\xed\xa0\x80\"",
	} {
		dst, err := jscanon.Append([]byte("x"), []byte(body))
		if _, ok := errors.AsType[*jsondoc.Error](err); !ok || string(dst) != "x" {
			t.Errorf("%q: %q, %v; want a *jsondoc.Error and nothing appended", body, dst, err)
		}
	}
}

// A large object finds its repeated keys another way than a small one, and must
// not take quadratic time.
func TestLargeObjects(t *testing.T) {
	const n = 50_000
	var in, want bytes.Buffer
	in.WriteByte('{')
	want.WriteByte('{')
	for i := range n {
		sep := ","
		if i == 0 {
			sep = ""
		}
		in.WriteString(sep + `"k` + strconv.Itoa(i) + `":{"x":1}`)
		want.WriteString(sep + `"k` + strconv.Itoa(i) + `":` + strconv.Itoa(-i-1))
	}
	for i := range n {
		in.WriteString(`,"k` + strconv.Itoa(i) + `":` + strconv.Itoa(-i-1))
	}
	in.WriteByte('}')
	want.WriteByte('}')
	got, err := jscanon.Append(nil, in.Bytes())
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes in: got %d, want %d (%v)", in.Len(), len(got), want.Len(), err)
	}
}

func TestAppendSorted(t *testing.T) {
	sorted := func(body string) string {
		var doc jsondoc.Doc
		if err := doc.Parse([]byte(body)); err != nil {
			t.Fatal(err)
		}
		return string(jscanon.AppendSorted(nil, doc.Root()))
	}
	want := `{"10":1,"2":{"a":1,"b":[{"c":1,"d":2}]},"z":0}`
	for _, body := range []string{
		`{"z":0,"10":1,"2":{"b":[{"d":2,"c":1}],"a":1}}`,
		` {"2":{"a":1e0,"\u0062":[{"c":1,"d":2.0}]}, "10":1, "z":-0}`,
	} {
		if got := sorted(body); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func FuzzAppend(f *testing.F) {
	r := newSource(1)
	for range 200 {
		f.Add(r.body())
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		once, err := jscanon.Append(nil, body)
		trimmed := jscanon.TrimBOM(body)
		if valid := json.Valid(trimmed) && !strings.Contains(string(body), "\xff"); err == nil && !valid {
			t.Fatalf("%q was accepted", body)
		}
		if err != nil {
			if e, ok := errors.AsType[*jsondoc.Error](err); !ok || e.Reason == jsondoc.NotJSON && json.Valid(trimmed) {
				t.Fatalf("%q was refused: %v", body, err)
			}
			return
		}
		twice, err := jscanon.Append(nil, once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("not canonical: %q becomes %q (%v)", once, twice, err)
		}
		var a, b any
		if json.Unmarshal(trimmed, &a) == nil { // numbers that overflow are an error there
			if err := json.Unmarshal(once, &b); err != nil || !reflect.DeepEqual(a, b) && !strings.Contains(string(body), `\u`) {
				t.Fatalf("%q means something else as %q (%v)", body, once, err)
			}
		}
	})
}

func Benchmark(b *testing.B) {
	body := []byte(`{"event":"lead.created","data":{"id":"5d0d7c58-7f0a-4f6e-8c4a-0d9a3f2f9f10","contact_name":"Jane Doe","company_name":"Acme Inc","contact_email":"jane@acme.example",` +
		`"notes":"` + strings.Repeat(`She said \"call me\" and hung up. `, 40) + `","icp_score":85,"tags":["a","b"],"employee_count":120,"score":0.25},"timestamp":1736591400000}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		var err error
		if dst, err = jscanon.Append(dst[:0], body); err != nil {
			b.Fatal(err)
		}
	}
}
