package prospektr

import "leadhub/internal/plugin"

// guide follows Prospektr's own page about its API webhook.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "Prospektr",
		Example: `prospektr:
  type: prospektr
  path: /webhooks/prospektr
  secrets: ["${PROSPEKTR_SECRET}"]       # while you change it: the new one and the old one
`,
		Variables: []plugin.Variable{{
			Name: "PROSPEKTR_SECRET", Make: plugin.MakeToken,
			Doc: "what Prospektr signs with: paste it into the API webhook card",
		}},
		Setup: []string{
			"In Prospektr (Agency plan) open Settings → Integrations, /app/settings/integrations, and switch the API webhook card on.",
			"URL: {url}",
			"Secret: the value of {PROSPEKTR_SECRET} in .env",
			"Save. Prospektr tries each lead once and never again, so start the hub before you save.",
		},
		Sample: "prospect.added",
	}
}
