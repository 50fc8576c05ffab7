package egress

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrPlainHTTP is returned for a plain http URL whose host is on the public internet.
var ErrPlainHTTP = errors.New("plain http to a public address")

type control = func(ctx context.Context, network, address string, c syscall.RawConn) error

// guard checks the address a connection is about to be made to. It runs after the
// name was resolved, so a name that answers differently the second time gains
// nothing. Any port may be used: it can only be the one written in the
// configuration, as redirects are not followed.
func guard(allowPrivate, plainHTTP bool) control {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowPrivate {
		v4, v6 := privatePrefixes()
		options = append(options, ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	}
	g := ssrf.New(options...)
	return func(_ context.Context, network, address string, c syscall.RawConn) error {
		if ap, err := netip.ParseAddrPort(address); err == nil {
			if isMetadata(ap.Addr()) {
				return fmt.Errorf("%w: %s answers questions about the machine itself", ssrf.ErrProhibitedIP, ap.Addr())
			}
			if plainHTTP && !IsPrivate(ap.Addr()) {
				return fmt.Errorf("%w: %s", ErrPlainHTTP, ap.Addr())
			}
		}
		return g.Safe(network, address, c)
	}
}

// privatePrefixes are what allow_private opens: loopback, the private ranges and
// the shared range that overlay networks use. Link-local stays closed.
func privatePrefixes() (v4, v6 []netip.Prefix) {
	v4 = []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"),
	}
	v6 = []netip.Prefix{
		netip.MustParsePrefix("::1/128"),
		netip.MustParsePrefix("fc00::/7"),
	}
	return v4, v6
}

// IsPrivate says whether an address is loopback or private: reachable only with
// allow_private.
func IsPrivate(a netip.Addr) bool {
	v4, v6 := privatePrefixes()
	for _, p := range append(v4, v6...) {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// isMetadata names the addresses at which clouds hand out a machine's
// credentials, where they lie inside the private ranges.
func isMetadata(a netip.Addr) bool {
	a = a.Unmap()
	return a == netip.MustParseAddr("fd00:ec2::254") || a == netip.MustParseAddr("100.100.100.200") ||
		a == netip.MustParseAddr("169.254.169.254")
}
