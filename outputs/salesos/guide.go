package salesos

import "leadhub/internal/plugin"

func guide() plugin.Guide {
	return plugin.Guide{
		Title: "SalesOS",
		Example: `salesos:
  type: salesos
  api_key: "${SALESOS_API_KEY}"          # creates each lead once, in the account of this key
`,
		Variables: []plugin.Variable{{
			Name: "SALESOS_API_KEY", Doc: "the API key of your SalesOS account", Form: "the API key",
		}},
		Setup: []string{
			"Copy the API key from SalesOS's settings into .env, as {SALESOS_API_KEY}. It is not the secret of its webhooks.",
			"leadhub outputs verify {name} says whether the key and the address are right.",
		},
	}
}
