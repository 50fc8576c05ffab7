package server

import (
	"net/netip"
	"testing"

	"leadhub/internal/plugin"
)

func TestClient(t *testing.T) {
	t.Parallel()
	var trusted []netip.Prefix
	for _, text := range []string{"10.0.0.0/8", "2001:db8::1"} {
		n, err := plugin.ParseNetwork(text)
		if err != nil {
			t.Fatal(err)
		}
		trusted = append(trusted, n)
	}
	for _, c := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "203.0.113.7", "", "203.0.113.7"},
		{"a stranger's header is not believed", "203.0.113.7", "198.51.100.1", "203.0.113.7"},
		{"a proxy without the header", "10.0.0.1", "", "10.0.0.1"},
		{"one proxy", "10.0.0.1", "203.0.113.7", "203.0.113.7"},
		{"what the sender wrote before is not believed", "10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		{"two proxies", "10.0.0.1", "198.51.100.1,203.0.113.7, 10.2.2.2", "203.0.113.7"},
		{"two headers", "10.0.0.1", ",203.0.113.7,10.2.2.2", "203.0.113.7"},
		{"version 6", "2001:db8::1", "2001:db8::99", "2001:db8::99"},
		{"version 4 in 6", "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"},
		{"with a port", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7"},
		{"with a port, version 6", "10.0.0.1", "[2001:db8::99]:4711", "2001:db8::99"},
		{"nonsense", "10.0.0.1", "198.51.100.1, unknown", "invalid IP"},
		{"all trusted", "10.0.0.1", "10.0.0.2", "10.0.0.2"},
	} {
		if got := client(netip.MustParseAddr(c.peer), c.forwarded, trusted).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
