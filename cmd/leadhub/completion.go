package main

import (
	_ "embed" // for the scripts
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"leadhub/internal/hub"
)

// The scripts ask `leadhub __complete` what can stand where the cursor is.
//
//go:embed completion/leadhub.bash
var bashCompletion string

//go:embed completion/leadhub.zsh
var zshCompletion string

//go:embed completion/leadhub.fish
var fishCompletion string

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Your shell: bash, zsh or fish."`
}

// Help is the longer help of the command.
func (completionCmd) Help() string {
	return `It prints a script that lets your shell complete commands, flags and the names in leadhub.yaml with the Tab key. The first lines of the script say how to use it in every new shell.

Examples:

  source <(leadhub completion bash)
  leadhub completion fish | source`
}

// Run prints the script.
func (c *completionCmd) Run(a *app) error {
	script := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := io.WriteString(a.stdout, script)
	return err
}

// completeWord is the first word of the command line by which a shell's script asks
// for completions: leadhub __complete -- WORD..., the last word being the one at
// the cursor. The answer is a line for each: the word, a tab, and what it is. The
// line ":files" says that the name of a file can stand there, too.
const completeWord = "__complete"

// filesLine stands for the names of files.
const filesLine = ":files"

func printCompletions(w io.Writer, model *kong.Application, env hub.Env, args []string) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	c := newCompleter(model, env)
	for _, x := range c.complete(args) {
		fmt.Fprintf(w, "%s\t%s\n", clean(x.word), clean(x.what))
	}
	if c.files {
		fmt.Fprintln(w, filesLine)
	}
}

// candidate is a word that can stand at the cursor.
type candidate struct{ word, what string }

// completer finds what can stand at the cursor, from the commands that kong knows.
type completer struct {
	env    hub.Env
	node   *kong.Node
	config string // -c
	// positional counts the words that are neither a command nor a flag.
	positional int
	onlyWords  bool // after --
	used       map[string]bool
	files      bool
}

func newCompleter(model *kong.Application, env hub.Env) *completer {
	return &completer{env: env, node: model.Node, config: "leadhub.yaml", used: map[string]bool{}}
}

// complete returns what can stand in place of the last word.
func (c *completer) complete(words []string) []candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	last := len(words) - 1
	pending := c.walk(words[:last])
	current := words[last]
	switch name, value, assigned := strings.Cut(current, "="); {
	case pending != nil:
		return c.values(pending.Value, current, "")
	case assigned && strings.HasPrefix(current, "--") && !c.onlyWords:
		if flag := c.flag(name); flag != nil && !flag.IsBool() {
			return c.values(flag.Value, value, name+"=")
		}
		return nil
	case strings.HasPrefix(current, "-") && !c.onlyWords:
		return c.flags(current)
	}
	if found := c.commands(current); len(found) > 0 {
		return found
	}
	if at := c.node.Positional; len(at) > 0 {
		arg := at[min(c.positional, len(at)-1)]
		if c.positional < len(at) || arg.IsCumulative() {
			return c.values(arg, current, "")
		}
	}
	return nil
}

// walk reads the words before the cursor. It returns the flag whose value stands at
// the cursor, nil if none does.
func (c *completer) walk(words []string) (pending *kong.Flag) {
	for _, w := range words {
		switch {
		case pending != nil:
			c.take(pending, w)
			pending = nil
		case c.onlyWords:
			c.positional++
		case w == "--":
			c.onlyWords = true
		case strings.HasPrefix(w, "-") && w != "-":
			name, value, assigned := strings.Cut(w, "=")
			flag := c.flag(name)
			if flag == nil {
				continue
			}
			c.used[flag.Name] = true
			switch {
			case flag.IsBool():
			case assigned:
				c.take(flag, value)
			case !strings.HasPrefix(w, "--") && len(w) > len("-c"):
				c.take(flag, w[len("-c"):])
			default:
				pending = flag
			}
		default:
			c.enter(w)
		}
	}
	return pending
}

// take notes the value of a flag that matters for the rest.
func (c *completer) take(flag *kong.Flag, value string) {
	if flag.Name == "config" {
		c.config = value
	}
}

// enter goes into a command, or counts an argument.
func (c *completer) enter(word string) {
	for _, child := range c.node.Children {
		if child.Name == word || slices.Contains(child.Aliases, word) {
			c.node = child
			c.positional = 0
			return
		}
	}
	c.positional++
}

// flag finds --name, or the flag of the first letter of -cVALUE.
func (c *completer) flag(word string) *kong.Flag {
	for _, group := range c.node.AllFlags(false) {
		for _, f := range group {
			if "--"+f.Name == word || !strings.HasPrefix(word, "--") && f.Short != 0 && strings.HasPrefix(word, "-"+string(f.Short)) {
				return f
			}
		}
	}
	return nil
}

// commands are those that begin with prefix, if a command can stand here.
func (c *completer) commands(prefix string) []candidate {
	if c.onlyWords || c.positional > 0 {
		return nil
	}
	var found []candidate
	for _, child := range c.node.Children {
		if child.Type == kong.CommandNode && !child.Hidden && strings.HasPrefix(child.Name, prefix) {
			found = append(found, candidate{child.Name, child.Help})
		}
	}
	return found
}

// flags are those that begin with prefix and were not given yet.
func (c *completer) flags(prefix string) []candidate {
	var found []candidate
	for _, group := range c.node.AllFlags(true) {
		for _, f := range group {
			word := "--" + f.Name
			if strings.HasPrefix(word, prefix) && (!c.used[f.Name] || f.IsCumulative()) {
				found = append(found, candidate{word, f.Help})
			}
		}
	}
	return found
}

// values are what can be the value of a flag or an argument, each with before before it.
func (c *completer) values(v *kong.Value, current, before string) []candidate {
	var given []string
	if v.IsSlice() && v.Flag != nil {
		// One word holds several values, with commas between them.
		if i := strings.LastIndex(current, ","); i >= 0 {
			given = strings.Split(current[:i], ",")
			before += current[:i+1]
			current = current[i+1:]
		}
	}
	var found []candidate
	for _, x := range c.known(v) {
		if strings.HasPrefix(x.word, current) && !slices.Contains(given, x.word) {
			found = append(found, candidate{before + x.word, x.what})
		}
	}
	return found
}

// known lists the values of a flag or an argument that leadhub knows. The tag
// `complete` says what they are, else their name does.
func (c *completer) known(v *kong.Value) []candidate {
	if v.Enum != "" {
		return plain(v.EnumSlice())
	}
	source := v.Tag.Get("complete")
	if source == "" {
		source = v.Name
	}
	if source == "name" && v.Flag == nil && c.node.Parent != nil {
		// `outputs pause NAME` wants one of what its group of commands is about.
		source = strings.TrimSuffix(c.node.Parent.Name, "s")
	}
	names := func(pick func(hub.Names) []string) []candidate { return plain(pick(hub.NamesIn(c.config))) }
	switch source {
	case "receiver":
		return names(func(n hub.Names) []string { return n.Receivers })
	case "output":
		return names(func(n hub.Names) []string { return n.Outputs })
	case "route":
		return names(func(n hub.Names) []string { return n.Routes })
	case "receivers":
		return choices(hub.InitReceivers(c.env.Kinds))
	case "outputs":
		return choices(hub.InitOutputs(c.env.Kinds))
	}
	if words, ok := strings.CutPrefix(source, "one of "); ok {
		return plain(strings.Fields(words))
	}
	c.files = c.files || isFile(v)
	return nil
}

// isFile says whether the name of a file or folder is a value.
func isFile(v *kong.Value) bool {
	if v.Flag != nil {
		return strings.Contains(v.Flag.PlaceHolder, "FILE") || strings.Contains(v.Flag.PlaceHolder, "DIR")
	}
	return strings.Contains(v.Name, "file") || strings.Contains(v.Name, "dir")
}

func plain(words []string) []candidate {
	list := make([]candidate, len(words))
	for i, w := range words {
		list[i].word = w
	}
	return list
}

func choices(all []hub.InitChoice) []candidate {
	list := make([]candidate, len(all))
	for i, x := range all {
		list[i] = candidate{x.Kind, x.Summary}
	}
	return list
}
