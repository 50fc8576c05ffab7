package openprospect

import "leadhub/internal/plugin"

// guide follows OpenProspect's own page about destinations, which are made over its API.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "OpenProspect",
		Example: `openprospect:
  type: openprospect
  path: /webhooks/openprospect
  tokens: ["${OPENPROSPECT_TOKEN}"]      # while you change it: the new one and the old one
  # score_scale: 10                      # if your scores run from 0 to 10, not to 100
`,
		Variables: []plugin.Variable{{
			Name: "OPENPROSPECT_TOKEN", Make: plugin.MakeToken,
			Doc: "the auth_token by which OpenProspect shows who it is; not your API key",
		}},
		Setup: []string{
			"A destination is made over OpenProspect's API. You need your API key (lnc_live_…), and the id of your delivery: GET /api/v1/deliveries lists them.",
			"Where .env is, read it into your shell: set -a; . ./.env; set +a",
			`Register the hub, with the delivery's id instead of 123:
curl -X POST "https://api.openprospect.io/api/v1/deliveries/123/destinations" \
  -H "Authorization: Bearer $OPENPROSPECT_API_KEY" -H "Content-Type: application/json" \
  -d '{"type": "webhook", "url": "{url}", "auth_type": "bearer", "auth_token": "'"$OPENPROSPECT_TOKEN"'"}'`,
		},
		Sample: "delivery.company_qualified",
	}
}
