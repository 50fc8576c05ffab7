package config

import (
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

// trustedProxies reads the networks whose X-Forwarded-For is believed.
func (l *loader) trustedProxies(n *yaml.Node) {
	if n == nil {
		return
	}
	const key = "`trusted_proxies`"
	list, ok := l.list(n, key)
	if !ok {
		return
	}
	for _, item := range list {
		text, ok := l.text(item, "an entry of "+key)
		if !ok {
			continue
		}
		network, err := plugin.ParseNetwork(text)
		switch {
		case err != nil:
			l.errorf(item, "write one like \"10.0.0.5\" or \"10.0.0.0/8\"", "%s is not an address or a network", l.quote(item))
		case network.Bits() == 0:
			l.errorf(item, "name the proxy before the hub, for example \"10.0.0.5\"", "%s trusts the whole internet to say where a request comes from", l.quote(item))
		default:
			l.config.Server.TrustedProxies = append(l.config.Server.TrustedProxies, network)
		}
	}
}
