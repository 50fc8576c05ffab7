package egress

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"120":                            2 * time.Minute,
		" 7 ":                            7 * time.Second,
		"86401":                          MaxRetryAfter,
		"99999999999999999999999":        MaxRetryAfter,
		"-1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Mon, 02 Mar 2026 15:00:30 GMT":  30 * time.Second,
		"Monday, 02-Mar-26 15:00:30 GMT": 30 * time.Second,
		"Mon Mar  2 15:00:30 2026":       30 * time.Second,
		"Mon, 02 Mar 2026 14:00:00 GMT":  0,
		"Mon, 02 Mar 2999 14:00:00 GMT":  MaxRetryAfter,
	} {
		if got := RetryAfter(value, clock()); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", int64(1772463600))
	f.Add("Mon, 02 Mar 2026 15:00:30 GMT", int64(-1))
	f.Add("9223372036854775807", int64(0))
	f.Fuzz(func(t *testing.T, value string, now int64) {
		got := RetryAfter(value, time.Unix(now%(1<<36), 0))
		if got < 0 || got > MaxRetryAfter {
			t.Fatalf("RetryAfter(%q) = %v", value, got)
		}
	})
}

func TestRetryAfterOnlyWithRetry(t *testing.T) {
	c := New(Options{Now: clock})
	for status, want := range map[int]time.Duration{429: time.Minute, 503: time.Minute, 500: time.Minute, 401: 0, 410: 0, 400: 0, 302: 0} {
		err := c.Check(&Reply{Status: status, Header: http.Header{"Retry-After": {"60"}}, From: "x"})
		if _, after, got := outputs.InstructionOf(err); after != want || got != status {
			t.Errorf("%d: wait %v (status %d), want %v", status, after, got, want)
		}
	}
}

func TestRedactor(t *testing.T) {
	r := NewRedactor("s3cr&t/<x>", "abc", "abcdef", "", "  padded ")
	for in, want := range map[string]string{
		"a s3cr&t/<x> b":                        "a [secret] b",
		"q=s3cr%26t%2F%3Cx%3E&b=1":              "q=[secret]&b=1",
		`{"k":"s3cr\u0026t/\u003cx\u003e"}`:     `{"k":"[secret]"}`,
		"abcdefg":                               "[secret]g",
		"padded":                                "[secret]",
		"Authorization: Bearer eyJ0eXAi.9":      "Authorization: [secret]",
		"authorization: basic dXNlcjpwYXNz0A==": "authorization: [secret]",
		"Basic information is missing":          "Basic information is missing",
		"xoxb-123-456-xyz":                      "[secret]",
		"whsec_MfKQ9r8GKYqr":                    "[secret]",
		"https://hooks.slack.com/services/T/B":  "https://[secret]",
		"/cb?access_token=1234&x=2":             "/cb?[secret]&x=2",
		"nothing here":                          "nothing here",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("topsecret", "before topsecret after")
	f.Add("a&b<c", `{"x":"a\u0026b\u003cc"}`)
	f.Add("aab", "aaab")
	f.Fuzz(func(t *testing.T, secret, around string) {
		if len(secret) < 4 || secret != strings.TrimSpace(secret) || strings.ContainsAny(secret, "[]") || strings.Contains("[secret]", secret) {
			t.Skip()
		}
		r := NewRedactor(secret)
		for _, text := range []string{around, around + secret, secret + around, around + url.QueryEscape(secret) + around, around + secret + secret} {
			if got := r.Text(text); strings.Contains(got, secret) {
				t.Fatalf("%q leaks from %q: %q", secret, text, got)
			}
			note := r.Note([]byte(text))
			if len(note) > MaxNote || !utf8.ValidString(note) || strings.ContainsAny(note, "\n\r\x00") {
				t.Fatalf("not a note: %q", note)
			}
		}
	})
}

func TestNote(t *testing.T) {
	r := NewRedactor("hidden-value")
	if got := r.Note([]byte("a\r\n\x00\tb \xff\u202ec")); got != "a b \ufffd c" {
		t.Errorf("Note = %q", got)
	}
	// A secret across the limit must not survive by half.
	long := strings.Repeat("x", MaxNote-9) + "hidden-value"
	if got := r.Note([]byte(long)); strings.Contains(got, "hidden") || len(got) > MaxNote {
		t.Errorf("Note = …%q", got[len(got)-20:])
	}
	if got := r.Note([]byte(strings.Repeat("é", MaxNote))); !utf8.ValidString(got) || !strings.HasSuffix(got, "…") || len(got) > MaxNote {
		t.Errorf("Note cut to %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"https://crm.example.com/leads":                            "https://crm.example.com/leads",
		"https://crm.example.com:8443/api/v2.1/lead-intake/x.json": "https://crm.example.com:8443/api/v2.1/lead-intake/x.json",
		"https://hooks.zapier.com/hooks/catch/8842771/a1B2/":       "https://hooks.zapier.com/hooks/catch/…/…/",
		"https://hooks.slack.com/services/T0AAAA/B0BBBB/abcSECRET": "https://hooks.slack.com/services/…/…/…",
		"https://x.example/?key=value":                             "https://x.example/?…",
		"https://x.example/abcdefghijklmnopqrstuvwxyz":             "https://x.example/…",
		"https://x.example/a%2Fb":                                  "https://x.example/…",
		"https://x.example":                                        "https://x.example",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Shown(u); got != want {
			t.Errorf("Shown(%s) = %s, want %s", in, got, want)
		}
		if got := URL(in).String(); got != want {
			t.Errorf("URL(%s).String() = %s, want %s", in, got, want)
		}
	}
	if got := URL("not a url: s3cret").String(); strings.Contains(got, "s3cret") {
		t.Errorf("an unreadable URL is shown: %s", got)
	}
}

func TestParseURL(t *testing.T) {
	for _, tc := range []struct {
		in      string
		private bool
		want    string // the message's beginning; "" for none
	}{
		{"https://crm.example.com/leads", false, ""},
		{"https://crm.example.com:8443/leads?x=1", false, ""},
		{"http://127.0.0.1:9000/", true, ""},
		{"http://crm.internal/", true, ""},
		{"https://crm.example.com", true, ""},
		{"", false, "missing"},
		{"crm.example.com/leads", false, "a URL begins with https://"},
		{"ftp://crm.example.com", false, "a URL begins with https://"},
		{"http://crm.example.com", false, "plain http would send leads unencrypted"},
		{"https:///leads", false, "this URL has no host"},
		{"https://crm.example.com:99999/", false, "the port must be"},
		{"https://u:p@crm.example.com/", false, "credentials do not belong in a URL"},
		{"https://crm.example.com/#x", false, "what follows # in a URL"},
		{"https://crm.example.com/%zz", false, "this is not a URL"},
		{"https://localhost/", false, "this is an address in a private network"},
		{"https://10.0.0.5/", false, "this is an address in a private network"},
		{"https://[::1]/", false, "this is an address in a private network"},
		{"http://93.184.216.34/", true, "plain http is only for private addresses"},
	} {
		u, err := URL(tc.in).Parse("url", tc.private)
		fields, rest := plugin.FieldErrors(err)
		got := ""
		if len(fields) == 1 {
			got = fields[0].Message
		}
		if rest != nil || !strings.HasPrefix(got, tc.want) || (tc.want == "" && (err != nil || u == nil)) {
			t.Errorf("%q private=%v: %v, want %q", tc.in, tc.private, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: the message shows it", tc.in)
		}
	}
}

func TestURLFromYAML(t *testing.T) {
	for in, want := range map[string]URL{
		"url: https://x.example/a":     "https://x.example/a",
		"url: \" https://x.example \"": "https://x.example",
		"url: !leadhub/unset \"${X}\"": UnsetURL,
		"url:":                         "",
	} {
		var c struct {
			URL URL `yaml:"url"`
		}
		if err := yaml.Load([]byte(in), &c); err != nil || c.URL != want {
			t.Errorf("%s: %q, %v, want %q", in, string(c.URL), err, want)
		}
	}
	var c struct {
		URL URL `yaml:"url"`
	}
	if err := yaml.Load([]byte("url: [a, b]"), &c); err == nil || !strings.Contains(err.Error(), "want one URL") {
		t.Errorf("a list: %v", err)
	}
}
