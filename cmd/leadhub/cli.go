package main

import (
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// errShown ends a command whose answer was already printed by a flag (--help, --version).
var errShown = errors.New("shown")

// errFound ends a command that did its work and found something wrong: it has
// printed what, and exits with 1.
var errFound = errors.New("problems found")

// cli is the command line. Every command is a file of its own.
type cli struct {
	Config  string      `short:"c" placeholder:"FILE" default:"leadhub.yaml" help:"The configuration file. Without it: leadhub.yaml in this folder."`
	Hub     string      `placeholder:"URL" help:"Look at, or act on, a hub that runs elsewhere: the address of its server.admin. Its token comes from LEADHUB_TOKEN."`
	JSON    bool        `name:"json" help:"Print JSON, for scripts and spreadsheets, instead of text for people."`
	Help    helpFlag    `short:"h" help:"Show this help and leave."`
	Version versionFlag `help:"Show the version and leave."`

	Init       initCmd       `cmd:"" help:"Make a new hub: its configuration, its secrets, and what to paste where."`
	Check      checkCmd      `cmd:"" help:"Say everything that is wrong in the configuration, and where."`
	Explain    explainCmd    `cmd:"" help:"Show where a captured payload would go, or an event went, and why."`
	Send       sendCmd       `cmd:"" help:"Sign a captured payload as its vendor does and post it to a hub."`
	Serve      serveCmd      `cmd:"" help:"Run the hub: receive, decide, deliver."`
	Reload     reloadCmd     `cmd:"" help:"Make the running hub read its configuration again."`
	Events     eventsCmd     `cmd:"" help:"What was received: list, show."`
	Leads      leadsCmd      `cmd:"" help:"The leads, and what became of them: list, show."`
	Deliveries deliveriesCmd `cmd:"" help:"What was sent, what waits, what failed: list, show, retry."`
	Outputs    outputsCmd    `cmd:"" help:"The outputs: pause, resume."`
	Replay     replayCmd     `cmd:"" help:"Let kept events go through the rules again, and send what is missing."`
	Rejects    rejectsCmd    `cmd:"" help:"The requests that were refused, and why: list."`
	Ledger     ledgerCmd     `cmd:"" help:"Prove that everything received is accounted for."`
	Report     reportCmd     `cmd:"" help:"What the vendors sent: vendors."`
	Completion completionCmd `cmd:"" help:"Print a script with which your shell completes leadhub's commands and names."`
}

const description = `leadhub receives leads from your vendors, decides with the rules in leadhub.yaml where each one goes, and delivers it.

A first round:
  leadhub init                            Make leadhub.yaml, and fresh secrets.
  leadhub check                           Is leadhub.yaml right?
  leadhub explain prospektr/x.body.json   Where would this lead go, and why?
  leadhub serve                           Run the hub.
  leadhub send prospektr/x.body.json      Try it out, from a second terminal.

Exit codes: 0 all is well, 1 problems were found or something failed, 2 the command line is wrong.`

func newParser(c *cli, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("leadhub"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{
			Compact:             true,
			FlagsLast:           true,
			NoExpandSubcommands: true,
			NoAppDescFormat:     true,
			WrapUpperBound:      100,
		}),
	)
}

// helpArgs lets people ask for help in the ways they try: `leadhub`, `leadhub
// help`, `leadhub help explain`.
func helpArgs(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(args[1:len(args):len(args)], "--help")
	default:
		return args
	}
}

type helpFlag bool

// BeforeReset prints the help before anything is validated, so that `leadhub
// explain --help` needs no file.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errShown
}

type versionFlag bool

// BeforeReset prints the version.
func (versionFlag) BeforeReset(ctx *kong.Context) error {
	if _, err := io.WriteString(ctx.Stdout, "leadhub "+version()+"\n"); err != nil {
		return err
	}
	return errShown
}

// stamp is the version, set when the program is linked.
var stamp string //nolint:gochecknoglobals // the linker can set nothing else

// version is what the program was stamped with; else, of `go install` and `go
// build`, the module's version or the commit.
func version() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "unknown"
}

// explainParse says in our words what kong found wrong with the command line,
// and what was probably meant.
func explainParse(ctx *kong.Context, err error) string {
	message := err.Error()
	if word, ok := strings.CutPrefix(message, "unknown flag "); ok {
		word, _, _ = strings.Cut(word, ", did you mean")
		return "there is no flag " + word + didYouMean(word, flagNames(ctx))
	}
	if word, ok := strings.CutPrefix(message, "unexpected argument "); ok {
		word, _, _ = strings.Cut(word, ", did you mean")
		names := childNames(ctx)
		if len(names) == 0 {
			return `"` + word + `" is one word too many`
		}
		return `there is no command "` + strings.TrimSpace(commandPath(ctx)+" "+word) + `"` + didYouMean(word, names)
	}
	if strings.HasPrefix(message, "expected ") {
		if names := childNames(ctx); len(names) > 0 {
			return "say what to do: " + strings.TrimSpace(commandPath(ctx)+" "+strings.Join(names, " or "))
		}
		return "something is missing: " + strings.ReplaceAll(message, "expected ", "")
	}
	return message
}

func selected(ctx *kong.Context) *kong.Node {
	if node := ctx.Selected(); node != nil {
		return node
	}
	return ctx.Model.Node
}

// commandPath is what was understood of the command, without the program's name.
func commandPath(ctx *kong.Context) string {
	return strings.TrimSpace(strings.TrimPrefix(selected(ctx).FullPath(), ctx.Model.Name))
}

func childNames(ctx *kong.Context) []string {
	var names []string
	for _, child := range selected(ctx).Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return names
}

func flagNames(ctx *kong.Context) []string {
	var names []string
	for _, group := range selected(ctx).AllFlags(true) {
		for _, flag := range group {
			names = append(names, "--"+flag.Name)
		}
	}
	return names
}

// isTerminal says whether w is a terminal that shows colours.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
