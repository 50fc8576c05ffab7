package http

import "leadhub/internal/plugin"

func guide() plugin.Guide {
	return plugin.Guide{
		Title: "HTTP",
		Example: `crm:
  type: http
  url: "${CRM_URL}"
  signing_secret: "${CRM_SECRET}"        # signs every request (Standard Webhooks)
  # auth: { bearer: "${CRM_TOKEN}" }     # if the target wants a token, too
  # rate: "10/s"
`,
		Variables: []plugin.Variable{
			{Name: "CRM_URL", Doc: "where leads are posted to", Form: "https://crm.example.com/leads"},
			{Name: "CRM_SECRET", Make: plugin.MakeWebhook, Doc: "what the hub signs with, so that the target can tell who is calling"},
		},
		Setup: []string{
			"Write the address of your CRM's intake, or of your automation tool's webhook, into .env, as {CRM_URL}.",
			"Give the target the value of {CRM_SECRET} in .env. It verifies the header webhook-signature with it: see https://www.standardwebhooks.com.",
			"A target that does not verify signatures needs nothing more.",
		},
	}
}
