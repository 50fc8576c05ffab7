package prospectb2b

import "leadhub/internal/plugin"

// guide says what is documented: that keys have scopes, and are shown once.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "ProspectB2B",
		Example: `prospectb2b:
  type: prospectb2b
  token: "${PROSPECTB2B_TOKEN}"
`,
		Variables: []plugin.Variable{{
			Name: "PROSPECTB2B_TOKEN", Doc: "an API key of your ProspectB2B workspace that may write leads", Form: "pb2b_live_…",
		}},
		Setup: []string{
			"In your ProspectB2B workspace create an API key that may write leads. It is shown once: copy it into .env, as {PROSPECTB2B_TOKEN}.",
		},
	}
}
