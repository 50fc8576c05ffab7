package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/alecthomas/kong"
)

var (
	mdLink    = regexp.MustCompile(`\[[^\]]*\]\(([^()\s]+)\)`)
	mdHeading = regexp.MustCompile(`^#{1,6} +(.*?) *#*$`)
	mdAnchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	mdMarkup  = regexp.MustCompile("[`*]|\\[([^\\]]*)\\]\\([^()]*\\)")
)

// markdown returns every Markdown file of the repository that users read, by its
// path with slashes.
func markdown(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	read := func(name string) {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = strings.ReplaceAll(string(data), "\r\n", "\n")
	}
	read("README.md")
	read("CHANGELOG.md")
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".md") {
			read(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// anchors are the places of a page that a link can name, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for line := range outsideCode(text) {
		for _, m := range mdAnchor.FindAllStringSubmatch(line, -1) {
			found[m[1]] = true
		}
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			found[slug(m[1])] = true
		}
	}
	return found
}

func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(mdMarkup.ReplaceAllString(heading, "$1")) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// outsideCode yields the lines of a page that stand in no code block.
func outsideCode(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		inside := false
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				inside = !inside
				continue
			}
			if !inside && !yield(line) {
				return
			}
		}
	}
}

// Every link of the documentation leads somewhere, and every page is linked.
func TestDocumentationLinks(t *testing.T) {
	t.Parallel()
	root := repository(t)
	pages := markdown(t, root)
	linked := map[string]bool{"README.md": true}
	links := 0
	for page, text := range pages {
		for line := range outsideCode(text) {
			for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
				target := m[1]
				if strings.HasPrefix(target, "https://") {
					continue
				}
				links++
				file, anchor, _ := strings.Cut(target, "#")
				name := page
				if file != "" {
					name = path.Join(path.Dir(page), file)
				}
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
					t.Errorf("%s: the link %s leads to no file", page, target)
					continue
				}
				linked[name] = linked[name] || name != page
				if anchor != "" && !anchors(pages[name])[anchor] {
					t.Errorf("%s: the link %s leads to no heading of %s", page, target, name)
				}
			}
		}
	}
	if links < 20 {
		t.Errorf("found %d links: is the search broken?", links)
	}
	for page := range pages {
		if !linked[page] {
			t.Errorf("no page links %s", page)
		}
	}
}

// Every command line of the documentation is one that leadhub understands.
func TestDocumentedCommandLines(t *testing.T) {
	t.Parallel()
	lines := 0
	for page, text := range markdown(t, repository(t)) {
		if page == "CHANGELOG.md" {
			continue // it tells of earlier versions, too
		}
		for line, whole := range commandLines(text) {
			lines++
			var c cli
			parser, err := newParser(&c, io.Discard, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parser.Parse(wordsOf(line)[1:])
			if err == nil || errors.Is(err, errShown) || !whole && strings.Contains(err.Error(), "expected ") && !strings.Contains(err.Error(), "unexpected ") {
				continue // within a sentence, a command may stand without what it works on
			}
			t.Errorf("%s: %s: %v", page, line, err)
		}
	}
	if lines < 20 {
		t.Errorf("found %d command lines: is the search broken?", lines)
	}
}

var (
	inlineCommand = regexp.MustCompile("`(?:bin/)?(leadhub [^`]+)`")
	blockCommand  = regexp.MustCompile(`^(?:\$ )?(?:bin/)?(leadhub .*)$`)
	optional      = regexp.MustCompile(`\[[^\[\]]*\]`)
	twoSpaces     = regexp.MustCompile(` {2,}`)
)

// commandLines yields the command lines in a page: those in code blocks, and in
// `code`; whole says that it is one of the former. What is optional in a synopsis
// is left out, and the first of alternatives is taken.
func commandLines(text string) func(yield func(line string, whole bool) bool) {
	return func(yield func(string, bool) bool) {
		inside := false
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") {
				inside = !inside
				continue
			}
			var found []string
			if inside {
				for _, part := range twoSpaces.Split(line, -1) {
					if m := blockCommand.FindStringSubmatch(part); m != nil {
						found = append(found, m[1])
					}
				}
			} else {
				for _, m := range inlineCommand.FindAllStringSubmatch(line, -1) {
					found = append(found, m[1])
				}
			}
			for _, f := range found {
				if !yield(plainCommand(f), inside) {
					return
				}
			}
		}
	}
}

func plainCommand(line string) string {
	for _, end := range []string{" #", " > ", " >> ", " && ", "; ", " \\|", " | ", " <"} {
		line, _, _ = strings.Cut(line, end)
	}
	for optional.MatchString(line) {
		line = optional.ReplaceAllString(line, "")
	}
	words := wordsOf(line)
	for i, w := range words {
		first, _, _ := strings.Cut(w, "|")
		words[i] = strings.TrimRight(first, ",")
		if strings.Contains(words[i], " ") {
			words[i] = `"` + words[i] + `"`
		}
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "COMMAND" }), " ")
}

// wordsOf takes a line apart at spaces that stand in no quotes.
func wordsOf(line string) []string {
	var words []string
	quote := rune(0)
	started := false
	var word strings.Builder
	for _, r := range line + " " {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote, started = r, true
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if started || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(r)
		}
	}
	return words
}

// Every command and every flag stands in docs/commands.md, every kind has a page.
func TestEverythingIsDocumented(t *testing.T) {
	t.Parallel()
	root := repository(t)
	pages := markdown(t, root)
	var c cli
	parser, err := newParser(&c, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	commands := pages["docs/commands.md"]
	for _, leaf := range parser.Model.Leaves(true) {
		name := commandName(leaf)
		if !strings.Contains(commands, "leadhub "+name) && !strings.Contains(commands, name) {
			t.Errorf("docs/commands.md does not say what leadhub %s does", name)
		}
		for _, flag := range leaf.Flags {
			if !flag.Hidden && !strings.Contains(commands, "--"+flag.Name) {
				t.Errorf("docs/commands.md does not say what --%s of leadhub %s does", flag.Name, name)
			}
		}
	}
	flags := map[string]bool{}
	for _, node := range append(parser.Model.Leaves(true), parser.Model.Node) {
		for _, f := range node.Flags {
			flags["--"+f.Name] = true
		}
	}
	for _, f := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(commands, -1) {
		if !flags[f] {
			t.Errorf("docs/commands.md names %s, and no command has it", f)
		}
	}
	env := testEnv()
	for _, k := range env.Kinds.Receivers {
		if pages["docs/vendors/"+k.Name+".md"] == "" {
			t.Errorf("there is no docs/vendors/%s.md", k.Name)
		}
	}
	for _, k := range env.Kinds.Outputs {
		name := k.Name
		if name == "stdout" { // shares a page
			name = "file"
		}
		page := pages["docs/outputs/"+name+".md"]
		if page == "" {
			t.Errorf("there is no docs/outputs/%s.md", name)
		}
		if !strings.Contains(page, "type: "+k.Name+"\n") {
			t.Errorf("docs/outputs/%s.md shows no output of type: %s", name, k.Name)
		}
	}
}

func commandName(node *kong.Node) string {
	name := node.Name
	for p := node.Parent; p != nil && p.Type == kong.CommandNode; p = p.Parent {
		name = p.Name + " " + name
	}
	return name
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for heading, want := range map[string]string{
		"How the file is written": "how-the-file-is-written",
		"version, timezone":       "version-timezone",
		"`lead_potential`":        "lead_potential",
		"5. How to begin with it": "5-how-to-begin-with-it",
		"A [link](x.md) in it":    "a-link-in-it",
	} {
		if got := slug(heading); got != want {
			t.Errorf("slug(%q) = %q, want %q", heading, got, want)
		}
	}
}
