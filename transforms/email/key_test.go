package email

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Jane@Acme.com": "jane@acme.com", "Jane <jane@acme.com>": "jane@acme.com", "mailto:jane@acme.com": "jane@acme.com",
		"jane@acme.com; joe@acme.com": "", "n/a": "", "": "", "acme.com": "",
	} {
		if got, ok := Of(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}
