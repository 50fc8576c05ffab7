package salesos

import "leadhub/internal/plugin"

// guide says what is documented: that requests carry an API key.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "SalesOS",
		Example: `salesos:
  type: salesos
  api_key: "${SALESOS_API_KEY}"
`,
		Variables: []plugin.Variable{{
			Name: "SALESOS_API_KEY", Doc: "the API key of your SalesOS account", Form: "the API key",
		}},
		Setup: []string{
			"Copy the API key of your SalesOS account into .env, as {SALESOS_API_KEY}.",
		},
	}
}
