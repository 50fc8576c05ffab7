package domain

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Of returns the registrable domain in a host name, a URL or an e-mail address, in
// the form that a lead's company.domain has: "https://www.Acme.com/about" gives
// "acme.com". It takes free-mail providers and social networks for what they are,
// since a list may name them. ok is false where there is none.
func Of(text string) (domain string, ok bool) {
	h := host(text)
	if h == "" {
		return "", false
	}
	suffix, icann := publicsuffix.PublicSuffix(h)
	if !icann && !strings.Contains(suffix, ".") && suffix != "example" && suffix != "test" {
		return "", false // the list has no such top level
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(h)
	return d, err == nil
}
