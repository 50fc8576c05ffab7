package generic

import "leadhub/internal/plugin"

// guide begins with the scheme that most senders can be set to.
func guide() plugin.Guide {
	return plugin.Guide{
		Title: "Another sender (a form, an app, a script)",
		Example: `website:
  type: generic
  path: /webhooks/website
  preset: standard-webhooks              # or svix, github, stripe, shopify, slack, hubspot-v3
  secrets: ["${WEBSITE_SECRET}"]
  event: raw.type                        # what happened; raw is what the sender sends
  notice: not (event startsWith "lead.") # the other events are no leads
  fields:                                # a lead's field, and where it comes from
    email: raw.contact.email
    full_name: raw.contact.name
    title: raw.contact.title
    phone: raw.contact.phone
    company.name: raw.company
    lead_potential: 'raw.score >= 80 ? "high" : "low"'
    custom.campaign: raw.utm.campaign
`,
		Variables: []plugin.Variable{{
			Name: "WEBSITE_SECRET", Make: plugin.MakeWebhook,
			Doc: "what the sender signs with: paste it into its webhook settings",
		}},
		Setup: []string{
			"In the sender's settings look for webhooks, and enter the address {url}",
			"Secret: the value of {WEBSITE_SECRET} in .env. If the sender makes the secret itself, put its secret there instead.",
			"Let it send one example, look at it with `leadhub events show`, and change the lines below fields to what you see.",
		},
		Sample: "lead.created",
	}
}
