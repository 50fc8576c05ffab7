package prospectb2b

import "leadhub/internal/plugin"

// guide says what is documented: that webhooks are registered in the workspace, and
// that the signing secret is shown once.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "ProspectB2B",
		Example: `prospectb2b:
  type: prospectb2b
  path: /webhooks/prospectb2b
  secrets: ["${PROSPECTB2B_SECRET}"]     # while you change it: the new one and the old one
`,
		Variables: []plugin.Variable{{
			Name: "PROSPECTB2B_SECRET",
			Doc:  "the webhook's signing secret, which ProspectB2B shows once; not the API key (pb2b_live_…)",
			Form: "the signing secret",
		}},
		Setup: []string{
			"In your ProspectB2B workspace register a webhook, and choose the events: lead.created and lead.updated are leads, the rest are notices.",
			"URL: {url}",
			"The signing secret is shown once: copy it into .env, as {PROSPECTB2B_SECRET}.",
		},
		Sample: "lead.created",
	}
}
