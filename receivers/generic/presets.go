package generic

import (
	"slices"
	"time"
)

// The names of the presets.
const (
	presetStandard = "standard-webhooks"
	presetSvix     = "svix"
	presetGitHub   = "github"
	presetStripe   = "stripe"
	presetShopify  = "shopify"
	presetSlack    = "slack"
	presetHubSpot  = "hubspot-v3"
)

func presets() []string {
	return []string{presetStandard, presetSvix, presetGitHub, presetStripe, presetShopify, presetSlack, presetHubSpot}
}

// presetBody is what a preset's sender sends. Slack's commands and buttons come as
// forms; its events come as JSON, for which `body: json` is written.
func presetBody(preset string) string {
	if preset == presetSlack {
		return bodyForm
	}
	return bodyJSON
}

// window is how far a timestamp may be from the time of receipt unless the
// configuration says otherwise.
const window = 5 * time.Minute

// plain is the scheme that a configuration without a preset starts from.
func plain() scheme {
	return scheme{
		format: formatPlain, template: "{body}", encoding: encodingHex, algorithm: algorithmSHA256,
		secretEncoding: secretText, unit: unitSeconds, tolerance: window,
	}
}

// preset returns a known scheme, as its owner documents it; false: there is none of that name.
func preset(name string) (scheme, bool) {
	s := plain()
	switch name {
	case "":
	case presetStandard:
		s.standard("Webhook-")
	case presetSvix:
		s.standard("Svix-")
	case presetGitHub:
		s.header, s.prefix = "X-Hub-Signature-256", "sha256="
	case presetStripe:
		s.header, s.format, s.key, s.timestampKey = "Stripe-Signature", formatPairs, "v1", "t"
		s.template = "{ts}.{body}"
	case presetShopify:
		s.header, s.encoding = "X-Shopify-Hmac-Sha256", encodingBase64
	case presetSlack:
		s.header, s.prefix, s.timestampHeader = "X-Slack-Signature", "v0=", "X-Slack-Request-Timestamp"
		s.template = "v0:{ts}:{body}"
	case presetHubSpot:
		s.header, s.encoding = "X-Hubspot-Signature-V3", encodingBase64
		s.timestampHeader, s.unit = "X-Hubspot-Request-Timestamp", unitMillis
		s.template, s.unescape = "{method}{url}{body}{ts}", true
	}
	return s, name == "" || slices.Contains(presets(), name)
}

// standard is the scheme of Standard Webhooks, whose headers have a common beginning.
func (s *scheme) standard(prefix string) {
	s.header, s.idHeader, s.timestampHeader = prefix+"Signature", prefix+"Id", prefix+"Timestamp"
	s.format, s.prefix, s.encoding = formatList, "v1,", encodingBase64
	s.template, s.secretEncoding = "{id}.{ts}.{body}", secretWhsec
}
