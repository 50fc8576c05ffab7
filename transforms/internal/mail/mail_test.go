package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Jane.Doe@Acme.COM":                  "jane.doe@acme.com",
		" jane@acme.com\n":                   "jane@acme.com",
		"<jane@acme.com>":                    "jane@acme.com",
		"'jane@acme.com'":                    "jane@acme.com",
		"mailto:jane@acme.com?subject=Hello": "jane@acme.com",
		"MAILTO:'jane@acme.com'":             "jane@acme.com",
		"jane@acme.com.":                     "jane@acme.com",
		"o'brien+x@mail.acme.co.uk":          "o'brien+x@mail.acme.co.uk",
		"jürgen@münchen.de":                  "jürgen@münchen.de",
		"jane@xn--mnchen-3ya.de":             "jane@xn--mnchen-3ya.de",
		"x@1und1.de":                         "x@1und1.de",
		// not addresses
		"": "", "n/a": "", "@": "", "jane@": "", "@acme.com": "", "jane": "", "jane@acme": "", "jane@acme.": "",
		"jane@acme..com": "", "jane@-acme.com": "", "jane@acme-.com": "", "jane@acme.c": "", "jane@10.0.0.1": "", "jane@[10.0.0.1]": "",
		"jane doe@acme.com": "", "jane@acme com": "", "jane@b@acme.com": "", ".jane@acme.com": "", "jane.@acme.com": "",
		"jane at acme.com": "", "jane@acme.com…": "", "[email protected]": "", "\"jane doe\"@acme.com": "", "jane@acme.com,john@acme.com": "",
		strings.Repeat("x", 65) + "@acme.com": "", "x@" + strings.Repeat("x", 64) + ".com": "", "x\x00@acme.com": "", "x\xff@acme.com": "",
	} {
		got, ok := Address(in)
		if got != want || ok != (want != "") {
			t.Errorf("Address(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in        string
		want, not []string
	}{
		{"jane@acme.com", []string{"jane@acme.com"}, nil},
		{"Jane Doe <Jane@Acme.com>", []string{"jane@acme.com"}, nil},
		{"\"Doe, Jane\" <jane@acme.com>", []string{"jane@acme.com"}, nil},
		{"a@x.com, b@x.com;c@x.com | d@x.com / e@x.com", []string{"a@x.com", "b@x.com", "c@x.com", "d@x.com", "e@x.com"}, nil},
		{"a@x.com/b@x.com", []string{"a@x.com", "b@x.com"}, nil},
		{"a@x.com A@X.COM", []string{"a@x.com"}, nil},
		{"a@x.com, b@x, c", []string{"a@x.com"}, []string{"b@x"}},
		{"n/a", nil, nil},
		{"b@x, c@y", nil, nil},
		{"", nil, nil},
	}
	for _, tt := range tests {
		got, rest := Split(tt.in)
		if diff := cmp.Diff([][]string{tt.want, tt.not}, [][]string{got, rest}); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestFreeDomains(t *testing.T) {
	t.Parallel()
	free := FreeDomains()
	for _, d := range []string{"gmail.com", "web.de", "yahoo.co.uk", "qq.com", "comcast.net", "mailinator.com", "relay.firefox.com"} {
		if _, ok := free[d]; !ok {
			t.Errorf("%s is missing", d)
		}
	}
	for _, d := range []string{"acme.com", "google.com", "microsoft.com", "apple.com", "yahooinc.com", "example.com", ""} {
		if _, ok := free[d]; ok {
			t.Errorf("%s is no free-mail domain", d)
		}
	}
	if words := strings.Fields(freemail); len(words) != len(free) {
		t.Errorf("%d of %d domains are listed twice", len(words)-len(free), len(words))
	}
	for d := range free {
		if !validDomain(d) || d != strings.ToLower(d) {
			t.Errorf("%q is not a domain in lower case", d)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"Jane <jane@acme.com>, b@x", "mailto:'a@b.cd'", "\"a b\"@c.de", "K@x.com", "a@x.com/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addresses, rest := Split(s)
		for _, a := range addresses {
			again, ok := Address(a)
			if !ok || again != a {
				t.Errorf("%q → %q → %q, %v", s, a, again, ok)
			}
			if strings.Count(a, "@") != 1 || strings.ContainsAny(a, " \n\r\x00<>,;\"") {
				t.Errorf("%q gives %q", s, a)
			}
		}
		for _, r := range rest {
			if _, ok := Address(r); ok || !strings.Contains(r, "@") {
				t.Errorf("%q leaves %q", s, r)
			}
		}
	})
}
