package file

import "leadhub/internal/plugin"

func fileGuide() plugin.Guide {
	return plugin.Guide{
		Title: "File",
		Example: `triage:
  type: file                             # one JSON object per line
  path: data/triage.jsonl                # relative to this file
`,
		Setup: []string{
			"Nothing to set up: the file is made when the hub starts. Only the hub's user can read it.",
		},
		Home: true,
	}
}

func stdoutGuide() plugin.Guide {
	return plugin.Guide{
		Title: "Terminal",
		Example: `console:
  type: stdout                           # one JSON object per line
`,
		Setup: []string{"Nothing to set up: leads are written to where the hub was started, and its log beside them."},
	}
}
