package slack

import "leadhub/internal/plugin"

func guide() plugin.Guide {
	return plugin.Guide{
		Title: "Slack",
		Example: `slack:
  type: slack
  token: "${SLACK_TOKEN}"                # one Slack app; each route names its channel
  on_update: thread                      # a lead that changes is answered in its thread
`,
		Variables: []plugin.Variable{{
			Name: "SLACK_TOKEN", Doc: "the Bot User OAuth Token of your Slack app", Form: "xoxb-…",
		}},
		Setup: []string{
			"Open https://api.slack.com/apps, Create New App → From scratch, name it leadhub and choose your workspace.",
			"OAuth & Permissions → Bot Token Scopes: add chat:write. So that the hub can see whether a message arrived, add channels:read and channels:history, too.",
			"Install to Workspace, and copy the Bot User OAuth Token (xoxb-…) into .env, as {SLACK_TOKEN}.",
			"In each channel that a route names, write: /invite @leadhub",
		},
		Target: "#leads",
	}
}
