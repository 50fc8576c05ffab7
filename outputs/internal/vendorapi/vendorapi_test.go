package vendorapi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
)

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func TestLine(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 5, ""},
		{"Acme", 5, "Acme"},
		{"  Acme \t & \r\n Sons\x00 ", 50, "Acme & Sons"},
		{"a\xff\xfeb", 5, "ab"},
		{"evil\u202etxt", 50, "evil txt"},
		{"نرم\u200cافزار", 50, "نرم\u200cافزار"},
		{"abcdef", 5, "abcd…"},
		{"abcde", 5, "abcde"},
		{"abc def", 5, "abc…"},
		{"😀😀", 4, "😀😀"},
		{"😀😀", 3, "😀…"},
		{"a😀b", 2, "a…"},
		{"ab", 1, "…"},
	} {
		if got := Line(c.in, c.n); got != c.want || units(got) > c.n {
			t.Errorf("Line(%q, %d) = %q with %d units, want %q", c.in, c.n, got, units(got), c.want)
		}
	}
}

func TestEmail(t *testing.T) {
	long := strings.Repeat("a", 260) + "@acme.com"
	for in, want := range map[string]string{
		"jane@acme.com": "jane@acme.com", "": "", "n/a": "", "[email protected]": "", "jane@acme": "", "a b@acme.com": "", "jane@acme.com\n": "", long: "",
	} {
		if got := Email(in, 255); got != want {
			t.Errorf("Email(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.linkedin.com/in/jane-doe": "https://www.linkedin.com/in/jane-doe",
		"http://acme.com/a?b=c":                "http://acme.com/a?b=c",
		"acme.com":                             "https://acme.com",
		"":                                     "",
		"acme":                                 "",
		"javascript:alert(1)":                  "",
		"javascript://acme.com/%0aalert(1)":    "",
		"data:text/html,x.y":                   "",
		"ftp://acme.com":                       "",
		"https://user:pw@acme.com":             "",
		"https://acme.com/<b>":                 "",
		"https://acme.com/a b":                 "",
		"https://acme.com/\u202e":              "",
		"https://.":                            "",
		"https://acme.com/" + strings.Repeat("a", 300): "",
	} {
		if got := Link(in, 255); got != want {
			t.Errorf("Link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFullName(t *testing.T) {
	for _, c := range []struct {
		p    *lead.Person
		want string
	}{
		{nil, ""},
		{&lead.Person{}, ""},
		{&lead.Person{FullName: " ", FirstName: "Jane"}, "Jane"},
		{&lead.Person{FirstName: "Jane", LastName: "Doe"}, "Jane Doe"},
		{&lead.Person{FullName: "Dr Jane Doe", LastName: "Doe"}, "Dr Jane Doe"},
	} {
		if got := FullName(c.p); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	for body, want := range map[string]Answer{
		``:                        {},
		`null`:                    {},
		`[]`:                      {},
		`<html>`:                  {},
		`{`:                       {},
		`{}`:                      {Object: true},
		` {"id":"a1"}`:            {Object: true, ID: "a1"},
		`{"id":4711}`:             {Object: true, ID: "4711"},
		`{"id":9007199254740993}`: {Object: true, ID: "9007199254740993"},
		`{"id":1.5}`:              {Object: true},
		`{"id":1e3}`:              {Object: true},
		`{"id":null,"data":null}`: {Object: true},
		`{"id":{}}`:               {Object: true},
		`{"id":"a b"}`:            {Object: true},
		`{"id":"` + strings.Repeat("a", 129) + `"}`:                 {Object: true},
		`{"data":{"id":"a1"},"status":201}`:                         {Object: true, ID: "a1"},
		`{"data":{"id":"a1"},"id":"top"}`:                           {Object: true, ID: "top"},
		`{"data":[{"id":"a1"}]}`:                                    {Object: true},
		`{"data":{"id":"a1"},"request_id":"req_1"}`:                 {Object: true, ID: "a1", RequestID: "req_1"},
		`{"error":"Rate limited","resetAt":"2026-01-01T00:00:00Z"}`: {Object: true, Message: "Rate limited", ResetAt: "2026-01-01T00:00:00Z"},
		`{"error":{"code":"c","message":"m","request_id":"r"}}`:     {Object: true, Message: "m", RequestID: "r"},
		`{"error":{"code":"c"},"message":"outer"}`:                  {Object: true, Message: "c"},
		`{"error":true,"message":"outer"}`:                          {Object: true, Message: "outer"},
	} {
		if diff := cmp.Diff(want, Read(&egress.Reply{Body: []byte(body)})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	if got := Read(&egress.Reply{Body: []byte(`{"id":"a1"}`), Cut: true}); got != (Answer{}) {
		t.Errorf("a body that was cut off: %+v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"data":{"id":"a1"},"request_id":"req_1","error":{"message":"m"}}`))
	f.Add([]byte(`{"id":12}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := Read(&egress.Reply{Body: body})
		if a != (Answer{}) && !json.Valid(body) {
			t.Errorf("%q is not JSON, and yet %+v", body, a)
		}
		for _, id := range []string{a.ID, a.RequestID} {
			if len(id) > maxID || strings.ContainsAny(id, " \n\x00") {
				t.Errorf("%q is taken for an id", id)
			}
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add("a😀b\x00\xff", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n = max(1, n%1000); n < 1 {
			n = 1
		}
		got := Line(s, n)
		if units(got) > n || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("Line(%q, %d) = %q", s, n, got)
		}
		if l := Link(s, n); l != "" && !strings.HasPrefix(l, "https://") && !strings.HasPrefix(l, "http://") {
			t.Errorf("Link(%q) = %q", s, l)
		}
	})
}

func settings(url, key string, paths ...string) Settings {
	s := Settings{URL: egress.URL(url), Key: plugin.NewSecret(key), KeyField: "token", KeyHint: "write one", Header: "X-Key"}
	for _, p := range paths {
		s.Paths = append(s.Paths, Path{"leads_path", p})
	}
	return s
}

func TestOpenMistakes(t *testing.T) {
	deps := plugin.Deps{Name: "out", Now: time.Now}
	const base = "https://api.example.com"
	for _, c := range []struct {
		s    Settings
		want []string
	}{
		{settings(base, "key", "/leads"), nil},
		{settings(base, "", "/leads"), []string{"token: missing"}},
		{settings(base, "k y", "/leads"), []string{"token: a key has no spaces, line breaks or special characters"}},
		{settings(base, "key\n", "/leads"), []string{"token: a key has no spaces, line breaks or special characters"}},
		{settings("http://api.example.com", "key", "/leads"), []string{"api_url: plain http would send leads unencrypted"}},
		{settings(base+"/api/leads/", "key", "/leads"), []string{"api_url: leads_path is added to this address, and it is there already"}},
		{settings(base+"?a=b", "key", "/leads"), []string{"api_url: what follows ? does not belong here"}},
		{settings(base, "key", ""), []string{"leads_path: missing"}},
		{settings(base, "key", "leads"), []string{"leads_path: this is not a path"}},
		{settings(base, "key", "https://x.example/leads"), []string{"leads_path: this is not a path"}},
		{settings(base, "key", "//x.example/leads"), []string{"leads_path: this is not a path"}},
		{settings(base, "key", "/leads?x=1"), []string{"leads_path: this is not a path"}},
		{settings(base, "key", "/a/../leads"), []string{"leads_path: a path cannot lead upwards"}},
		{settings("nonsense", "", "leads"), []string{"token: missing", "api_url: a URL begins with https://", "leads_path: this is not a path"}},
	} {
		a, err := Open(c.s, deps)
		fields, rest := plugin.FieldErrors(err)
		var got []string
		for _, f := range fields {
			got = append(got, f.Error())
		}
		if diff := cmp.Diff(c.want, got); diff != "" || rest != nil || (a == nil) != (err != nil) {
			t.Errorf("%+v: %v (-want +got):\n%s", c.s, rest, diff)
		}
	}
}

func TestAt(t *testing.T) {
	for base, want := range map[string]string{
		"https://x.example":          "https://x.example/leads",
		"https://x.example/":         "https://x.example/leads",
		"https://x.example/api/v1":   "https://x.example/api/v1/leads",
		"https://x.example/api/v1//": "https://x.example/api/v1/leads",
	} {
		a, err := Open(settings(base, "key", "/leads"), plugin.Deps{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.At("/leads"); got.String() != want || !strings.HasPrefix(got.Path, "/") {
			t.Errorf("%s: %s with the path %q, want %s", base, got, got.Path, want)
		}
		_ = a.Close()
	}
}

func TestReady(t *testing.T) {
	s := settings(string(egress.UnsetURL), "key", "/leads")
	a, err := Open(s, plugin.Deps{Name: "sos", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Ready(); err == nil || err.Error() != "output sos: api_url is not set" {
		t.Errorf("%v", err)
	}
	s.Key = plugin.UnsetSecret()
	if a, err = Open(s, plugin.Deps{Name: "sos", Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	if i, _, _ := outputs.InstructionOf(a.Ready()); i != outputs.InstructPause || !strings.Contains(a.Ready().Error(), "token is not set") {
		t.Errorf("%v", a.Ready())
	}
}

func TestRefused(t *testing.T) {
	cause := &outputs.Error{Instruction: outputs.InstructPause, Status: 401, Err: errors.New("answered 401")}
	err := Refused(cause, "token", "wrong key", "make one")
	fields, rest := plugin.FieldErrors(err)
	i, _, status := outputs.InstructionOf(err)
	if rest != nil || len(fields) != 1 || fields[0].Error() != "token: wrong key: answered 401" || i != outputs.InstructPause || status != 401 {
		t.Errorf("%v: %v %v %d", err, rest, i, status)
	}
}
