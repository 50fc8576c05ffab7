package prospectb2b

import "leadhub/internal/plugin"

func guide() plugin.Guide {
	return plugin.Guide{
		Title: "ProspectB2B",
		Example: `prospectb2b:
  type: prospectb2b
  token: "${PROSPECTB2B_TOKEN}"          # creates each lead once, in the workspace of this key
`,
		Variables: []plugin.Variable{{
			Name: "PROSPECTB2B_TOKEN", Doc: "an API key of your ProspectB2B workspace that may write leads", Form: "pb2b_live_…",
		}},
		Setup: []string{
			"In your ProspectB2B workspace create an API key that may write leads (not a read-only one).",
			"The key is shown once: copy it into .env, as {PROSPECTB2B_TOKEN}. It is not the signing secret of the webhooks.",
			"leadhub outputs verify {name} says whether the key will do.",
		},
	}
}
