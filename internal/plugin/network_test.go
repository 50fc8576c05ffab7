package plugin

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestParseNetwork(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.7": "203.0.113.7/32", " 203.0.113.7 ": "203.0.113.7/32", "203.0.113.9/24": "203.0.113.0/24", "2001:db8::/32": "2001:db8::/32",
		"2001:db8::1": "2001:db8::1/128", "::ffff:203.0.113.7": "203.0.113.7/32",
		"": "", "acme.example": "", "203.0.113.0/33": "", "203.0.113": "", "fe80::1%eth0": "", "::ffff:10.0.0.0/104": "", "10.0.0.0/": "",
	} {
		n, err := ParseNetwork(text)
		if got := fmt.Sprint(n); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %s, %v; want %q", text, got, err, want)
		}
	}
}

func TestInNetworks(t *testing.T) {
	t.Parallel()
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10")}
	for text, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.0.0.1": false, "fe80::1%eth0": true, "::1": false} {
		if got := InNetworks(netip.MustParseAddr(text), networks); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if InNetworks(netip.Addr{}, networks) {
		t.Error("an unknown address is in no network")
	}
}

func TestSecretEqual(t *testing.T) {
	t.Parallel()
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) || NewSecret("").Equal(UnsetSecret()) {
		t.Error("two secrets are equal exactly where they hold the same")
	}
}
