package hub_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/hub"
)

func TestParseHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       http.Header
		err        string
	}{
		{"plain", "Content-Type: application/json\nX-Id: 7\n", http.Header{"Content-Type": {"application/json"}, "X-Id": {"7"}}, ""},
		{"names without case", "x-webhook-EVENT: lead.created", http.Header{"X-Webhook-Event": {"lead.created"}}, ""},
		{"Windows line ends and a BOM", "\ufeffA: 1\r\nB: 2\r\n", http.Header{"A": {"1"}, "B": {"2"}}, ""},
		{"a colon in the value", "Referer: https://x.example/y", http.Header{"Referer": {"https://x.example/y"}}, ""},
		{"twice", "A: 1\nA: 2", http.Header{"A": {"1", "2"}}, ""},
		{"empty value", "A:", http.Header{"A": {""}}, ""},
		{"comments and request line", "POST /webhooks/x HTTP/1.1\n# captured today\n\nA: 1", http.Header{"A": {"1"}}, ""},
		{"a status line", "HTTP/2 200\nA: 1", http.Header{"A": {"1"}}, ""},
		{"curl -v", "> POST /x HTTP/2\n> A: 1\n>\n< B: 2", http.Header{"A": {"1"}, "B": {"2"}}, ""},
		{"a curl command", "-H 'A: 1' \\\n-H \"B: 2\"", http.Header{"A": {"1"}, "B": {"2"}}, ""},
		{"nothing", "", http.Header{}, ""},
		{"no colon", "A: 1\nhello", nil, `h.headers:2: this is not a header: write "Name: value"`},
		{"a space in the name", "my header: 1", nil, `h.headers:1: this is not a header: write "Name: value"`},
		{"JSON", "{\"a\": 1}", nil, `h.headers:1: this is not a header: write "Name: value"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := hub.ParseHeaders("h.headers", []byte(c.text))
			if message(err) != c.err {
				t.Fatalf("error %q, want %q", message(err), c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzParseHeaders: whatever a file holds, the names that come out of it are
// header names and the values hold no line break.
func FuzzParseHeaders(f *testing.F) {
	f.Add([]byte("A: 1\n> B: 2\n-H 'C: 3' \\\nPOST / HTTP/1.1"))
	f.Add([]byte("\xff: \x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := hub.ParseHeaders("x", data)
		if (h == nil) == (err == nil) {
			t.Fatalf("header %v and error %v", h, err)
		}
		for name, values := range h {
			if name == "" || http.CanonicalHeaderKey(name) != name {
				t.Errorf("name %q", name)
			}
			for _, v := range values {
				for _, r := range v {
					if r == '\n' {
						t.Errorf("%s: a line break in %q", name, v)
					}
				}
			}
		}
	})
}
