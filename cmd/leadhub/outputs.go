package main

type outputsCmd struct {
	Pause  outputsPauseCmd  `cmd:"" help:"Stop sending to an output; what is for it waits."`
	Resume outputsResumeCmd `cmd:"" help:"Send to an output again, and what waited."`
}

// Help is the longer help of the commands.
func (outputsCmd) Help() string {
	return `Examples:

  leadhub outputs pause crm --until "tomorrow 9:00" --reason "CRM is being moved"
  leadhub outputs resume crm`
}
