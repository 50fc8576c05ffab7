package domain

import (
	"testing"

	"leadhub/lead"
)

// TestOf checks that a list's keys get the form that leads have.
func TestOf(t *testing.T) {
	t.Parallel()
	clean := New()
	for text, want := range map[string]string{
		"acme.com": "acme.com", " https://www.Acme.com/about?x=1 ": "acme.com", "shop.acme.co.uk": "acme.co.uk", "Müller.de": "xn--mller-kva.de",
		"jane@mail.acme.com": "acme.com", "acme.example": "acme.example", "gmail.com": "gmail.com", "facebook.com": "facebook.com",
		"acme": "", "": "", "n/a": "", "co.uk": "", "10.0.0.1": "", "server.local": "",
	} {
		got, ok := Of(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
		if !ok {
			continue
		}
		l := lead.Lead{Company: lead.Company{Name: "Facebook", Domain: text}}
		clean.Apply(&l)
		if l.Company.Domain != got && got != "gmail.com" { // no company's
			t.Errorf("a lead with %q has the domain %q, a list %q", text, l.Company.Domain, got)
		}
		if again, _ := Of(got); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
	}
}
