// Package domain finds a company's registrable domain: what two leads about one
// company have in common.
package domain

import (
	"maps"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/limit"
	"leadhub/transforms/internal/mail"
)

// New returns the transform. The domain is the registrable one by the public
// suffix list, in lower case and ASCII ("www.Müller.co.uk" gives
// "xn--mller-kva.co.uk"), of the first of these that has one: the company's
// domain as sent, its website, the person's work addresses, the person's and the
// company's role addresses. Free-mail and access providers' domains never count,
// nor do those of social networks and link pages (linkedin.com, facebook.com,
// linktr.ee), unless the company is called so. Of hosting platforms only the
// customer's own part counts ("acme.wixsite.com").
//
// Website and addresses stay as they are. A domain as sent that cannot be read as
// one is moved to Website where that is empty and the text may be an address,
// else to custom.company_domain_sent: in Domain it would make strangers one company.
func New() transforms.Transform {
	t := &finder{free: mail.FreeDomains(), shared: map[string]struct{}{}}
	for d := range strings.FieldsSeq(shared) {
		t.shared[d] = struct{}{}
	}
	return transforms.Func(t.apply)
}

// shared are sites where companies have pages: a page there is no domain of theirs.
const shared = `
	linkedin.com lnkd.in facebook.com fb.com fb.me instagram.com twitter.com x.com t.co youtube.com youtu.be tiktok.com pinterest.com snapchat.com
	threads.net reddit.com vk.com ok.ru weibo.com xing.com whatsapp.com wa.me t.me telegram.me discord.gg discord.com messenger.com m.me line.me
	linktr.ee linkin.bio beacons.ai bio.link campsite.bio lnk.bio taplink.cc solo.to about.me bit.ly tinyurl.com goo.gl g.page forms.gle ow.ly
	google.com business.site bing.com yelp.com yelp.de tripadvisor.com foursquare.com yellowpages.com bbb.org manta.com angi.com houzz.com thumbtack.com
	nextdoor.com opentable.com crunchbase.com glassdoor.com indeed.com clutch.co trustpilot.com g2.com producthunt.com wellfound.com angel.co
	etsy.com ebay.com amazon.com alibaba.com aliexpress.com shopee.com mercadolibre.com
	medium.com substack.com tumblr.com wordpress.com blogspot.com blogger.com wixsite.com weebly.com squarespace.com godaddysites.com webflow.io
	notion.so notion.site airtable.com typeform.com calendly.com eventbrite.com meetup.com patreon.com gofundme.com kickstarter.com
	github.com gitlab.com bitbucket.org docs.google.com wikipedia.org issuu.com slideshare.net behance.net dribbble.com vimeo.com flickr.com soundcloud.com
	spotify.com apple.com gelbeseiten.de 11880.com dasoertliche.de northdata.de pagesjaunes.fr societe.com paginegialle.it companieshouse.gov.uk
`

type finder struct{ free, shared map[string]struct{} }

func (t *finder) apply(l *lead.Lead) {
	c := &l.Company
	sent := c.Domain
	c.Domain = t.registrable(sent, c.Name)
	if sent != "" && c.Domain == "" {
		keep(l, sent)
	}
	if c.Domain == "" {
		c.Domain = t.registrable(c.Website, c.Name)
	}
	if c.Domain == "" {
		c.Domain = t.fromEmails(l)
	}
}

// keep puts a domain that is none where it harms nobody.
func keep(l *lead.Lead, sent string) {
	if l.Company.Website == "" && strings.Contains(sent, ".") && !strings.ContainsAny(sent, " @") {
		l.Company.Website = sent
		return
	}
	if l.Company.Website == sent {
		return
	}
	custom := maps.Clone(l.Custom) // other leads may share it
	if custom == nil {
		custom = map[string]string{}
	}
	if _, taken := custom[limit.CustomDomain]; !taken {
		custom[limit.CustomDomain] = sent
		l.Custom = custom
	}
}

// fromEmails returns the domain of the first address that is not at a provider.
func (t *finder) fromEmails(l *lead.Lead) string {
	var people []lead.Email
	if l.Person != nil {
		people = l.Person.Emails
	}
	for _, step := range []struct {
		list []lead.Email
		kind lead.EmailType
	}{
		{people, lead.EmailWork},
		{people, lead.EmailRole},
		{l.Company.Emails, lead.EmailRole},
		{l.Company.Emails, lead.EmailWork},
	} {
		for _, e := range step.list {
			if e.Type != step.kind {
				continue
			}
			_, h, _ := strings.Cut(e.Value, "@")
			if d := t.registrable(h, l.Company.Name); d != "" {
				return d
			}
		}
	}
	return ""
}

// registrable returns the registrable domain in a host name, URL or address; ""
// where there is none that belongs to the company alone.
func (t *finder) registrable(text, company string) string {
	h := host(text)
	if h == "" {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(h)
	if !icann && !strings.Contains(suffix, ".") && suffix != "example" && suffix != "test" {
		return "" // the list has no such top level: "server.local"
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(h)
	if err != nil {
		return "" // the suffix alone
	}
	if in(t.free, h) || in(t.free, d) {
		return ""
	}
	if in(t.shared, d) || in(t.shared, h) {
		brand, _, _ := strings.Cut(d, ".")
		first, _, _ := strings.Cut(company, " ")
		if !strings.EqualFold(brand, first) {
			return ""
		}
	}
	return d
}

// host returns the host name in a text, in lower case and ASCII; "" if there is none.
func host(text string) string {
	s := strings.TrimSpace(text)
	if scheme, rest, ok := strings.Cut(s, "://"); ok && !strings.ContainsAny(scheme, "/?#.@ ") {
		s = rest
	}
	s = strings.TrimPrefix(s, "//")
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 { // of a user, or an e-mail address
		s = s[i+1:]
	}
	s, _, _ = strings.Cut(s, ":") // the port
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 || strings.ContainsAny(s, " ,;") {
		return ""
	}
	h, ok := ascii(s)
	if !ok {
		a, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return ""
		}
		if h, ok = ascii(a); !ok {
			return ""
		}
	}
	if i := strings.LastIndexByte(h, '.'); i <= 0 || strings.Trim(h[i+1:], "0123456789") == "" {
		return "" // one label, or an IP address
	}
	return h
}

// ascii returns a host name of ASCII letters, digits, hyphens and dots in lower case.
func ascii(s string) (string, bool) {
	label := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if label == 0 || s[i-1] == '-' {
				return "", false
			}
			label = 0
			continue
		case c == '-' && label > 0:
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			return "", false
		}
		if label++; label > 63 {
			return "", false
		}
	}
	if label == 0 || s[len(s)-1] == '-' {
		return "", false
	}
	return strings.ToLower(s), true
}

func in(m map[string]struct{}, s string) bool {
	_, ok := m[s]
	return ok
}
