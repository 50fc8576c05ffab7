package server

import (
	"bytes"
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"leadhub/internal/plugin"
)

// headerForwarded is where proxies say who they speak for, each adding the address
// it was called from at the end.
const headerForwarded = "X-Forwarded-For"

// remote is who sent a request: who connected, or, where that is a proxy that is
// trusted, who it says. The header is read from its end, because whoever sends a
// request can write anything at its beginning. It is not valid where a trusted
// proxy says something that is no address.
func remote(c *fiber.Ctx, e *endpoint) netip.Addr {
	peer := addrOf(c.Context().RemoteAddr())
	if e == nil {
		return peer
	}
	forwarded := bytes.Join(c.Request().Header.PeekAll(headerForwarded), []byte(","))
	return client(peer, string(forwarded), e.TrustedProxies)
}

// client walks back through the proxies that are trusted.
func client(peer netip.Addr, forwarded string, trusted []netip.Prefix) netip.Addr {
	addr := peer
	for forwarded != "" && plugin.InNetworks(addr, trusted) {
		i := strings.LastIndexByte(forwarded, ',')
		last := strings.TrimSpace(forwarded[i+1:])
		forwarded = forwarded[:max(i, 0)]
		if last == "" {
			continue
		}
		next, err := parseForwarded(last)
		if err != nil {
			return netip.Addr{}
		}
		addr = next
	}
	return addr
}

// parseForwarded reads one entry: an address, which some proxies write with its port.
func parseForwarded(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, portErr := netip.ParseAddrPort(text)
		if portErr != nil {
			return netip.Addr{}, err
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), nil
}

func addrOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
