package domain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestWebsite(t *testing.T) {
	t.Parallel()
	for website, want := range map[string]string{
		"https://sunshinepromo.com":                "sunshinepromo.com", // as documented by a vendor
		"acme.com":                                 "acme.com",
		"WWW.ACME.COM.":                            "acme.com",
		"http://shop.acme.co.uk:8080/a?b#c":        "acme.co.uk",
		"//acme.com/x":                             "acme.com",
		"acme.com\\x":                              "acme.com",
		"https://user:pw@acme.de/":                 "acme.de",
		"https://www.münchen.de/x":                 "xn--mnchen-3ya.de",
		"MÜNCHEN.de":                               "xn--mnchen-3ya.de",
		"xn--mnchen-3ya.de":                        "xn--mnchen-3ya.de",
		"acme.wixsite.com/home":                    "acme.wixsite.com",
		"https://acme.github.io":                   "acme.github.io",
		"acme.com.br":                              "acme.com.br",
		"https://acme.example":                     "acme.example",
		"https://a.b.acme.test":                    "acme.test",
		"acme.com?x=http://evil.example":           "acme.com",
		"https://evil.example/?u=https://acme.com": "evil.example",
		"https://acme.com:443@evil.example/":       "evil.example",
		"":                                         "", "n/a": "", "acme": "", "Acme Inc": "", "localhost": "", "server.local": "", "10.0.0.1": "", "http://[::1]:80/": "", "co.uk": "", "com": "",
		"wixsite.com": "", "https://": "", ".com": "", "a..com": "", "-a.com": "", "a-.com": "", "acme,com": "", "x.123": "", strings.Repeat("a", 64) + ".com": "",
		"https://www.facebook.com/acme": "", "https://linktr.ee/acme": "", "https://www.linkedin.com/company/acme": "", "acme.substack.com": "",
		"https://sites.google.com/acme": "", "gmail.com": "", "https://web.de": "", "xn--a": "", "a_b.com": "",
	} {
		l := lead.Lead{Company: lead.Company{Website: website}}
		New().Apply(&l)
		if l.Company.Domain != want || l.Company.Website != website {
			t.Errorf("%q: %q, want %q (website now %q)", website, l.Company.Domain, want, l.Company.Website)
		}
	}
}

func mails(kind lead.EmailType, values ...string) []lead.Email {
	var list []lead.Email
	for _, v := range values {
		list = append(list, lead.Email{Value: v, Type: kind})
	}
	return list
}

func TestApply(t *testing.T) {
	t.Parallel()
	type company = lead.Company
	jane := &lead.Person{Emails: mails(lead.EmailWork, "jane@acme.com")}
	tests := []struct {
		name string
		in   lead.Lead
		want company
		more map[string]string
	}{
		{"domain before all", lead.Lead{Company: company{Domain: "https://WWW.acme.de/", Website: "acme.fr"}, Person: jane}, company{Domain: "acme.de", Website: "acme.fr"}, nil},
		{"website before e-mail", lead.Lead{Company: company{Website: "acme.fr"}, Person: jane}, company{Domain: "acme.fr", Website: "acme.fr"}, nil},
		{"work address", lead.Lead{Person: jane}, company{Domain: "acme.com"}, nil},
		{"work before role", lead.Lead{Person: &lead.Person{Emails: append(mails(lead.EmailRole, "info@a.com"), mails(lead.EmailWork, "jane@mail.b.com")...)}}, company{Domain: "b.com"}, nil},
		{"the company's role address", lead.Lead{Company: company{Emails: mails(lead.EmailRole, "sales@acme.co.uk")}}, company{Domain: "acme.co.uk", Emails: mails(lead.EmailRole, "sales@acme.co.uk")}, nil},
		{"never free mail", lead.Lead{Person: &lead.Person{Emails: mails(lead.EmailPersonal, "jane@gmail.com")}}, company{}, nil},
		{"never free mail, whatever its type", lead.Lead{Person: &lead.Person{Emails: mails(lead.EmailRole, "info@gmail.com", "info@acme.com")}}, company{Domain: "acme.com"}, nil},
		{"never what is no address", lead.Lead{Person: &lead.Person{Emails: mails("", "jane@acme.com")}}, company{}, nil},
		{"an address as the domain", lead.Lead{Company: company{Domain: "jane@acme.com"}}, company{Domain: "acme.com"}, nil},
		{"a page as the domain", lead.Lead{Company: company{Domain: "facebook.com/acme"}, Person: jane}, company{Domain: "acme.com", Website: "facebook.com/acme"}, nil},
		{
			"a page as the domain beside a website",
			lead.Lead{Company: company{Domain: "facebook.com/acme", Website: "acme.fr"}},
			company{Domain: "acme.fr", Website: "acme.fr"},
			map[string]string{"company_domain_sent": "facebook.com/acme"},
		},
		{"a name as the domain", lead.Lead{Company: company{Domain: "Acme Inc."}}, company{}, map[string]string{"company_domain_sent": "Acme Inc."}},
		{"free mail as the domain", lead.Lead{Company: company{Domain: "gmail.com", Website: "gmail.com"}}, company{Website: "gmail.com"}, nil},
		{"the network itself", lead.Lead{Company: company{Name: "LinkedIn", Domain: "linkedin.com"}}, company{Name: "LinkedIn", Domain: "linkedin.com"}, nil},
		{"the network itself, in full", lead.Lead{Company: company{Name: "Google LLC", Domain: "about.google.com"}}, company{Name: "Google LLC", Domain: "google.com"}, nil},
		{"nothing", lead.Lead{}, company{}, nil},
	}
	for _, tt := range tests {
		New().Apply(&tt.in)
		if diff := cmp.Diff(tt.want, tt.in.Company); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.more, tt.in.Custom); diff != "" {
			t.Errorf("%s: custom (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSharedSitesAreDomains(t *testing.T) {
	t.Parallel()
	for d := range strings.FieldsSeq(shared) {
		if host(d) != d {
			t.Errorf("%q can never match", d)
		}
	}
}

func FuzzRegistrable(f *testing.F) {
	for _, s := range []string{"https://user@www.acme.co.uk:80/x", "MÜNCHEN.de", "xn--a.com", "a..b", "//", "@", "ı.com", "acme.com…"} {
		f.Add(s)
	}
	t0 := &finder{}
	f.Fuzz(func(t *testing.T, s string) {
		d := t0.registrable(s, "")
		if d == "" {
			return
		}
		if again := t0.registrable(d, ""); again != d {
			t.Errorf("%q → %q → %q", s, d, again)
		}
		if d != strings.ToLower(d) || strings.ContainsAny(d, " /:@?#\x00") || !strings.Contains(d, ".") {
			t.Errorf("%q → %q", s, d)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	tr := New()
	b.ReportAllocs()
	for b.Loop() {
		l := lead.Lead{Company: lead.Company{Website: "https://www.sunshinepromo.com/about"}}
		tr.Apply(&l)
	}
}
