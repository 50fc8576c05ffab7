package salesos

import "leadhub/internal/plugin"

// guide says what is documented about webhooks: that each has a secret. Where the
// settings are is not.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "SalesOS",
		Example: `salesos:
  type: salesos
  path: /webhooks/salesos
  secrets: ["${SALESOS_SECRET}"]         # while you change it: the new one and the old one
  accept_unsigned_tests: false           # true: also take its test button's unsigned requests
`,
		Variables: []plugin.Variable{{
			Name: "SALESOS_SECRET",
			Doc:  "the secret of the webhook in SalesOS: copy it from there",
			Form: "the webhook's secret",
		}},
		Setup: []string{
			"In SalesOS add a webhook, and choose the events: lead.created and lead.updated are leads, the rest are notices.",
			"URL: {url}",
			"Copy the webhook's secret into .env, as {SALESOS_SECRET}.",
		},
		Sample: "lead.created",
	}
}
