package main

type outputsCmd struct {
	List    outputsListCmd    `cmd:"" help:"The outputs, the routes that send to them, and whether they are paused."`
	Preview outputsPreviewCmd `cmd:"" help:"Show exactly what would be sent for a captured payload or an event."`
	Verify  outputsVerifyCmd  `cmd:"" help:"Ask the targets whether deliveries would go through, and say what to mend."`
	Pause   outputsPauseCmd   `cmd:"" help:"Stop sending to an output; what is for it waits."`
	Resume  outputsResumeCmd  `cmd:"" help:"Send to an output again, and what waited."`
}

// Help is the longer help of the commands.
func (outputsCmd) Help() string {
	return `Examples:

  leadhub outputs preview crm testdata/prospektr/prospect.added.body.json
  leadhub outputs verify --all
  leadhub outputs pause crm --until "tomorrow 9:00" --reason "CRM is being moved"
  leadhub outputs resume crm`
}
