package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// completionsOf asks as a shell's script does, in the folder of a configuration.
func completionsOf(t *testing.T, words ...string) (found []string, files bool) {
	t.Helper()
	var out bytes.Buffer
	if code := run(append([]string{completeWord, "--"}, words...), nil, &out, io.Discard); code != exitOK {
		t.Fatalf("%q: exit code %d", words, code)
	}
	for line := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if word == filesLine {
			files = true
			continue
		}
		found = append(found, word)
	}
	return found, files
}

const completionConfig = `receivers:
  acme: {type: prospektr}
  other: {type: salesos}
outputs:
  crm: {type: http}
  triage: {type: file}
routes:
  - name: hot
  - name: rest
`

func TestCompletions(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"leadhub.yaml": completionConfig, "two.yaml": "receivers: {solo: {}}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		words string // with | between them; the last one is at the cursor
		want  []string
		files bool
	}{
		{"che", []string{"check"}, false},
		{"events|", []string{"list", "show"}, false},
		{"events|sh", []string{"show"}, false},
		{"--json|led", []string{"ledger"}, false},
		{"events|list|--rec", []string{"--receiver"}, false},
		{"events|list|--receiver|", []string{"acme", "other"}, false},
		{"events|list|--receiver=|", nil, false},
		{"events|list|--receiver=a", []string{"--receiver=acme"}, false},
		{"events|list|--receiver|acme|--receiver", nil, false},
		{"deliveries|list|--output|", []string{"crm", "triage"}, false},
		{"outputs|pause|", []string{"crm", "triage"}, false},
		{"outputs|verify|crm|t", []string{"triage"}, false},
		{"outputs|preview|crm|", nil, true},
		{"deliveries|list|--state|g", []string{"gave-up"}, false},
		{"leads|list|--state|m", []string{"merged"}, false},
		{"-c|two.yaml|events|list|--receiver|", []string{"solo"}, false},
		{"-ctwo.yaml|events|list|--receiver|", []string{"solo"}, false},
		{"--config=two.yaml|events|list|--receiver|", []string{"solo"}, false},
		{"events|list|-c|two.yaml|--receiver|", []string{"solo"}, false},
		{"-c|nowhere.yaml|events|list|--receiver|", nil, false},
		{"-c|", nil, true},
		{"explain|", nil, true},
		{"explain|a|b", nil, true},
		{"explain|--|-", nil, true},
		{"check|", nil, true},
		{"check|a|", nil, false},
		{"init|--receivers|s", []string{"salesos"}, false},
		{"init|--receivers|prospektr,s", []string{"prospektr,salesos"}, false},
		{"init|--receivers=prospektr,salesos,pro", []string{"--receivers=prospektr,salesos,prospectb2b"}, false},
		{"init|--outputs|sl", []string{"slack"}, false},
		{"completion|", []string{"bash", "zsh", "fish"}, false},
		{"serve|--log-level|", []string{"debug", "info", "warn", "error"}, false},
		{"serve|--log-level=w", []string{"--log-level=warn"}, false},
		{"nonsense|", nil, false},
		{"--nonsense|che", []string{"check"}, false},
		{"check|--json=", nil, false},
	} {
		got, files := completionsOf(t, strings.Split(c.words, "|")...)
		if !slices.Equal(got, c.want) || files != c.files {
			t.Errorf("%s: %q, files %v; want %q, files %v", c.words, got, files, c.want, c.files)
		}
	}
	all, _ := completionsOf(t)
	for _, want := range []string{"init", "check", "explain", "send", "serve", "events", "leads", "deliveries", "rejects", "ledger", "completion"} {
		if !slices.Contains(all, want) {
			t.Errorf("no command %q among %q", want, all)
		}
	}
	flags, _ := completionsOf(t, "send", "--")
	if !slices.Contains(flags, "--live") || !slices.Contains(flags, "--config") || slices.Contains(flags, "--log-level") {
		t.Errorf("flags of send: %q", flags)
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("events\nlist\n--receiver=")
	f.Add("-c\n--\n-\n=")
	f.Add("init\n--outputs\n,,=\x00")
	var c cli
	parser, err := newParser(&c, io.Discard, io.Discard)
	if err != nil {
		f.Fatal(err)
	}
	env := testEnv()
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, "\n")
		comp := newCompleter(parser.Model, env)
		comp.config = "/nowhere"
		for _, x := range comp.complete(words) {
			last := words[len(words)-1]
			if !strings.HasPrefix(x.word, last) {
				t.Errorf("%q completes %q", x.word, last)
			}
		}
	})
}

// bash itself takes the words apart and puts the answers in.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash on this computer")
	}
	program := filepath.Join(t.TempDir(), "leadhub")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// TestMain makes a program of this name leadhub itself.
	if err := os.Symlink(self, program); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"leadhub.yaml": completionConfig, "pay load.json": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		words string // as bash has them in COMP_WORDS
		want  []string
	}{
		{`leadhub ev`, []string{"events"}},
		{`leadhub events list --receiver ""`, []string{"acme", "other"}},
		{`leadhub events list --receiver = a`, []string{"acme"}},
		{`leadhub events list --receiver =`, []string{"acme", "other"}},
		{`leadhub -c leadhub.yaml deliveries list --output tr`, []string{"triage"}},
		{`leadhub send --to https : //hub --receiver oth`, []string{"other"}},
		{`leadhub explain pay`, []string{"pay load.json"}},
		{`leadhub init --receivers prospektr,sa`, []string{"prospektr,salesos"}},
		{`leadhub chek ""`, nil},
	} {
		script := `source <(leadhub completion bash) || exit 9
complete -p leadhub >/dev/null || exit 8
COMP_WORDS=(` + c.words + `)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_leadhub
for reply in "${COMPREPLY[@]}"; do printf '%s\n' "$reply"; done`
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", c.words, err)
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			got = append(got, strings.TrimSuffix(line, "\n"))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.words, diff)
		}
	}
}

// Where the shells are there, they at least read their scripts.
func TestCompletionScriptsAreRead(t *testing.T) {
	t.Parallel()
	for shell, script := range map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell)
			if err != nil && os.Getenv("CI") == "true" {
				t.Fatalf("no %s on this computer: apt-get install %s", shell, shell)
			}
			if err != nil {
				t.Skipf("no %s on this computer: apt-get install %s", shell, shell)
			}
			cmd := exec.CommandContext(t.Context(), path, "-n")
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
