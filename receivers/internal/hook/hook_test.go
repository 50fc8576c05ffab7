package hook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

func secrets(t *testing.T, values ...string) *hook.Secrets {
	t.Helper()
	list := make([]plugin.Secret, 0, len(values))
	for _, v := range values {
		list = append(list, plugin.NewSecret(v))
	}
	s, err := hook.NewSecrets("secrets", list, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hmacOf(secret, content string) [hook.Size]byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(content))
	return [hook.Size]byte(m.Sum(nil))
}

func TestMatch(t *testing.T) {
	s := secrets(t, "one", "two", strings.Repeat("long", 100))
	for _, secret := range []string{"one", "two", strings.Repeat("long", 100)} {
		sig := hmacOf(secret, "a.b")
		if !s.Match(&sig, []byte("a."), []byte("b")) || !s.Match(&sig, []byte("a.b")) {
			t.Errorf("%.5s: no match", secret)
		}
		if s.Match(&sig, []byte("a.c")) {
			t.Errorf("%.5s: matches other content", secret)
		}
	}
	if sig := hmacOf("three", "a.b"); s.Match(&sig, []byte("a.b")) {
		t.Error("matches another secret")
	}
}

// Nothing verifies without a secret: neither zeros nor what the empty key makes.
func TestNoSecret(t *testing.T) {
	unset, err := hook.NewSecrets("secrets", []plugin.Secret{plugin.UnsetSecret()}, true)
	if err != nil {
		t.Fatal(err)
	}
	broken, err := hook.NewSecrets("secrets", []plugin.Secret{plugin.NewSecret("")}, false)
	if err == nil {
		t.Fatal("an empty secret is an error")
	}
	for _, s := range []*hook.Secrets{unset, broken, secrets(t)} {
		empty, zero := hmacOf("", "x"), [hook.Size]byte{}
		if s.Usable() || s.Match(&empty, []byte("x")) || s.Match(&zero, []byte("x")) {
			t.Error("verifies without a secret")
		}
		if _, err := s.Sign([]byte("x")); err == nil {
			t.Error("signs without a secret")
		}
	}
	tokens, err := hook.NewTokens("tokens", []plugin.Secret{plugin.UnsetSecret()}, true)
	if err != nil || tokens.Match("") {
		t.Errorf("the empty token matches (%v)", err)
	}
}

func TestDecodeHex(t *testing.T) {
	want := hmacOf("k", "x")
	digits := hex.EncodeToString(want[:])
	var sig [hook.Size]byte
	if !hook.DecodeHex(&sig, "v1="+digits, "v1=") || sig != want {
		t.Errorf("%x", sig)
	}
	for _, bad := range []string{"", "v1=", digits, "v1=" + digits[1:], "v1=" + digits + "0", "V1=" + digits, "v1=" + strings.ToUpper(digits), "v1=g" + digits[1:], " v1=" + digits, "v1=" + digits + " "} {
		if hook.DecodeHex(&sig, bad, "v1=") {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestHints(t *testing.T) {
	s := secrets(t, "one", "two")
	hint := func(content, header, body string) string {
		sum := hmacOf("two", content)
		return s.Hint(strings.ReplaceAll(header, "SIG", hex.EncodeToString(sum[:])), "", []byte(body), hook.Plain)
	}
	for _, c := range []struct{ signed, header, body, want string }{
		{"{}", "two", "{}", "the header holds the secret itself"},
		{"{}\n", "SIG", "{}", "with a trailing newline added"},
		{"{}", "SIG", "{}\n", "with a trailing newline removed"},
		{`{"a":1}`, "SIG", `{"a": 1}`, "matches after re-serialisation"},
		{"", "SIG", "{}", "matches an empty body"},
		{"{}", "SIG,SIG", "{}", "holds more than the 64 digits"},
		{"other", "sha256=SIG", "{}", "holds more than the 64 digits"},
		{"other", "SIG", "{}", "another secret than in the vendor's settings"},
		{"other", "SIG", "not JSON", "another secret than in the vendor's settings"},
		{"", "?", "{}", "has 1 characters, want 64"},
	} {
		got := hint(c.signed, c.header, c.body)
		if !strings.Contains(got, c.want) || strings.Contains(got, "two") {
			t.Errorf("%q signed, %q received, header %q: %q, want %q", c.signed, c.body, c.header, got, c.want)
		}
	}
	big := strings.Repeat(" ", 64<<10)
	if got := hint("{}", "SIG", "{}"+big); got != "" {
		t.Errorf("a body too large to look into gets the hint %q", got)
	}
	sum := hmacOf("one", "x")
	if digits := hex.EncodeToString(sum[:]); !s.Would("v1="+digits, "v1=", []byte("x")) || s.Would(digits, "v1=", []byte("x")) || s.Would("v1="+digits, "v1=", []byte("x"), []byte(big)) {
		t.Error("Would")
	}
}

func TestChecker(t *testing.T) {
	var c hook.Checker
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if err := c.Check([]byte(`{"a":[1,2,{"b":"c"}]}`)); err != nil {
					t.Error(err)
				}
				rej, ok := errors.AsType[*receivers.Rejection](c.Check([]byte("\xef\xbb\xbf{}")))
				if !ok || rej.Status != http.StatusBadRequest || rej.Hint != "the body begins with a byte order mark" {
					t.Errorf("%+v", rej)
				}
			}
		})
	}
	wg.Wait()
	if err := c.Check([]byte("[" + strings.Repeat("1,", 100_000) + "1]")); err != nil {
		t.Error(err)
	}
	if rej, ok := errors.AsType[*receivers.Rejection](c.Check(nil)); !ok || rej.Hint != "the body is empty" {
		t.Errorf("%+v", rej)
	}
}

func TestMarked(t *testing.T) {
	for v, want := range map[string]bool{"1": true, "true": true, "True": true, "0": false, "false": false, "": false, "yes, please": false} {
		h := http.Header{receivers.TestHeader: {v}}
		if hook.IsTest(h) != want {
			t.Errorf("%q: want %v", v, want)
		}
	}
}

func TestAge(t *testing.T) {
	for age, want := range map[time.Duration]string{7*time.Minute + 400*time.Millisecond: "7m old", -90 * time.Second: "1m30s ahead of this clock", 0: "0s old", 49 * time.Hour: "2d1h old"} {
		if got := hook.Age(age); got != want {
			t.Errorf("%v: %q, want %q", age, got, want)
		}
	}
}
