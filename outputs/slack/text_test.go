package slack

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, tc := range []struct {
		in    string
		limit int
		want  string
	}{
		{"Acme & Sons", 50, "Acme &amp; Sons"},
		{"<!channel>", 50, "&lt;!channel&gt;"},
		{"a\n\tb\r\n  c", 50, "a b c"},
		{"\x00a\x07b", 50, "a b"},
		{"a\u202eb\ufeffc", 50, "abc"},
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abcde…"},
		{"abc&", 8, "abc&amp;"},
		{"abc&", 7, "abc…"},      // never half an entity
		{"abc&defgh", 8, "abc…"}, // &amp; would end at 8 and leave no room for the dots
		{"😀😀😀", 6, "😀😀😀"},
		{"😀😀😀", 5, "😀😀…"},
		{"", 5, ""},
		{"   ", 5, ""},
		{"\xff", 5, "\ufffd"},
	} {
		if got := text(tc.in, tc.limit); got != tc.want {
			t.Errorf("text(%q, %d) = %q, want %q", tc.in, tc.limit, got, tc.want)
		}
	}
}

func TestLinks(t *testing.T) {
	for raw, want := range map[string]string{
		"https://acme.com":            "<https://acme.com|x>",
		"http://acme.com/a?b=1&c=2":   "<http://acme.com/a?b=1&amp;c=2|x>",
		"https://acme.com/a b":        "<https://acme.com/a%20b|x>",
		"https://acme.com/a|b>c":      "<https://acme.com/a%7Cb%3Ec|x>",
		"https://acme.com/?q=a|b":     "x",
		"https://acme.com/?q=<!here>": "x",
		"javascript:alert(1)":         "x",
		"mailto:a@b.c":                "x",
		"acme.com":                    "x",
		"https://u:p@acme.com":        "x",
		"https://":                    "x",
		"":                            "x",
		"https://acme.com/" + strings.Repeat("a", 400): "x",
	} {
		if got := link(raw, "x"); got != want {
			t.Errorf("link(%q) = %q, want %q", raw, got, want)
		}
	}
	if got := emailLink("a|b@x.com", 99); got != "a|b@x.com" {
		t.Errorf("an odd address became %q", got)
	}
	if got := phoneLink("+1 <b>", 99); got != "+1 &lt;b&gt;" {
		t.Errorf("an odd number became %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("<!channel> & co", 10)
	f.Add("😀&\u200d<", 3)
	f.Add("\xf0\x28\x8c\x28 a\nb", 7)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 3 + abs(limit)%4000
		for _, got := range []string{text(s, limit), strings.Trim(code(s, limit), "`")} {
			if size(got) > limit {
				t.Fatalf("%d characters, want at most %d: %q", size(got), limit, got)
			}
			if !utf8.ValidString(got) || strings.ContainsAny(got, "<>\n\r\x00") {
				t.Fatalf("not safe: %q", got)
			}
			plain := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(got)
			if strings.Contains(plain, "&") {
				t.Fatalf("a bare or cut entity: %q", got)
			}
		}
		if l := link(s, "label"); l != "label" {
			if strings.Count(l, "<") != 1 || strings.Count(l, ">") != 1 || strings.Count(l, "|") != 1 || strings.ContainsAny(l, " \n") {
				t.Fatalf("not one link: %q", l)
			}
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
