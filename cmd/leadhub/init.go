package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"leadhub/internal/hub"
)

type initCmd struct {
	Dir       string   `arg:"" optional:"" help:"The folder for the new hub; it is made if it is not there. Without it: this folder."`
	Receivers []string `placeholder:"KIND,…" help:"The vendors that send you leads."`
	Outputs   []string `placeholder:"KIND,…" help:"Where leads should go, or none. A file that needs no account is among them in any case."`
	PublicURL string   `placeholder:"URL" help:"Where the vendors reach this hub: https://hub.example.com. It can be changed later."`
	Timezone  string   `placeholder:"ZONE" help:"The time zone of the configuration: America/New_York. Without it: this computer's."`
	Yes       bool     `short:"y" help:"Ask nothing: what no flag says is the default."`
}

// Help is the longer help of the command.
func (initCmd) Help() string {
	return `It asks which vendors send you leads and where they should go, writes leadhub.yaml and, with fresh secrets, .env, and says for each vendor what to paste where. Flags answer questions beforehand. Nothing is written before the last answer, and no file that is there already is changed, but that .env and data/ are added to .gitignore in a git checkout.

Examples:

  leadhub init
  leadhub init my-hub --receivers prospektr,salesos --outputs slack,http
  leadhub init --yes --public-url https://hub.example.com`
}

// Run asks, writes, and says what to do next.
func (c *initCmd) Run(a *app) error {
	file := a.config
	if c.Dir != "" {
		if filepath.IsAbs(file) || filepath.Dir(file) != "." {
			return &hub.UsageError{Message: "name the folder once: either as DIR or with -c"}
		}
		file = filepath.Join(c.Dir, file)
	}
	options, err := c.ask(a)
	if err != nil {
		return err
	}
	options.File = file
	r, err := hub.Init(options, a.env)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(r)
	}
	printInit(a, r, options.PublicURL)
	return nil
}

// initColumns is how wide the steps are.
const initColumns = 96

// printInit says what was written, what to paste where, and what to do next.
func printInit(a *app, r *hub.InitResult, publicURL string) {
	fmt.Fprintf(a.stdout, "Wrote %s: what comes in, and where it goes.\n", clean(r.File))
	if r.Secrets != "" {
		fmt.Fprintf(a.stdout, "Wrote %s: the secrets. Nobody but you may read it.\n", clean(r.Secrets))
	}
	if samples := filepath.Join(filepath.Dir(r.File), "samples"); slices.ContainsFunc(r.Written, func(f string) bool { return strings.HasPrefix(f, samples) }) {
		fmt.Fprintf(a.stdout, "Wrote %s: a lead of each vendor, to try the hub out with.\n", clean(samples))
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(a.stdout, "Added %s to %s.\n", strings.Join(r.Ignored, " and "), clean(r.Gitignore))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(a.stdout, "%s %s.\n", a.style.paint(yellow, "Note:"), clean(note))
	}
	fmt.Fprintf(a.stdout, "\n%s\n", a.style.paint(bold, "What to paste where"))
	if publicURL == "" {
		fmt.Fprintf(a.stdout, "%s stands for the address under which the internet reaches your hub.\n", hub.PlaceholderURL)
	}
	for _, s := range r.Receivers {
		printSteps(a, &s, "receiver")
	}
	for _, s := range r.Outputs {
		printSteps(a, &s, "output")
	}
	fmt.Fprintf(a.stdout, "\n%s\n", a.style.paint(bold, "What to do next"))
	printNext(a, r)
}

// printSteps prints one vendor's steps. A step's further lines are a command, and
// stay as they are, to be copied.
func printSteps(a *app, s *hub.InitSteps, section string) {
	fmt.Fprintf(a.stdout, "\n%s (%s %s)\n", a.style.paint(bold, s.Title), section, s.Name)
	for i, step := range s.Steps {
		first, command, _ := strings.Cut(step, "\n")
		lead := fmt.Sprintf("  %d. ", i+1)
		if len(s.Steps) == 1 {
			lead = "  "
		}
		for _, line := range wrap(first, initColumns) {
			fmt.Fprintf(a.stdout, "%s%s\n", lead, line)
			lead = strings.Repeat(" ", len(lead))
		}
		for line := range strings.Lines(command) {
			fmt.Fprintf(a.stdout, "%s%s\n", lead, strings.TrimRight(line, "\n"))
		}
	}
}

// printNext prints the commands to go on with.
func printNext(a *app, r *hub.InitResult) {
	dir, name := filepath.Split(r.File)
	config := ""
	if name != "leadhub.yaml" {
		config = " -c " + shellWord(name)
	}
	if dir = filepath.Clean(dir); dir != "." {
		fmt.Fprintf(a.stdout, "  cd %s\n", clean(shellWord(dir)))
	}
	if len(r.Missing) > 0 {
		todo := fmt.Sprintf("Write %s into .env: only you have %s, and the hub does not start without.", and(r.Missing), plural(r.Missing, "it", "them"))
		for _, line := range wrap(todo, initColumns) {
			fmt.Fprintf(a.stdout, "  %s\n", line)
		}
	}
	sample := ""
	if len(r.Samples) > 0 {
		sample = r.Samples[0]
		if rel, err := filepath.Rel(filepath.Dir(r.File), sample); err == nil {
			sample = shellWord(rel)
		}
	}
	commands := [][2]string{{"leadhub check" + config, "Is anything wrong, or missing?"}}
	if len(r.Outputs) > 1 {
		commands = append(commands, [2]string{"leadhub outputs verify --all" + config, "Do tokens and addresses work?"})
	}
	if sample != "" {
		commands = append(commands, [2]string{"leadhub explain " + sample + config, "Where would this lead go, and why?"})
	}
	commands = append(commands, [2]string{"leadhub serve" + config, "Run the hub; Ctrl-C stops it."})
	if sample != "" {
		commands = append(commands, [2]string{"leadhub send " + sample + config, "Try it out, from a second terminal."})
	}
	width := 0
	for _, c := range commands {
		width = max(width, textWidth(c[0]))
	}
	for _, c := range commands {
		fmt.Fprintf(a.stdout, "  %s  %s\n", pad(clean(c[0]), width), c[1])
	}
	fmt.Fprintln(a.stdout, "The hub speaks plain HTTP: put the proxy that holds your certificate before it.")
}

// shellWord quotes a path where a shell would take it apart.
func shellWord(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,:@~", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func plural(words []string, one, many string) string {
	if len(words) == 1 {
		return one
	}
	return many
}
