package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

// Every YAML block of README.md and docs/ is checked as `leadhub check` would
// check it, so that nobody copies a mistake from the documentation.
//
//   - A block with `version:` is a whole file and has to be fine as it is.
//   - Any other block is a part. It is merged into base: mappings key by key, and
//     `routes:` and `notices:` as wholes. A part that is a list is a list of
//     routes. Routes without a last one get base's. What a part's routes name and
//     nobody defines (an output, a receiver) is no excuse: define it, or use base's names.
//   - An HTML comment on the line before the block may say more:
//     <!-- yaml: under outputs.crm -->  the block stands below that path
//     <!-- yaml: wrong: TEXT -->        an example of a mistake: a message must contain TEXT
//     <!-- yaml: skip: REASON -->       not a configuration of leadhub
//
// Files that a block names (lists/*.csv) are looked for beside the real
// configuration, so docs use those of the repository.
const base = `
version: 1
receivers:
  prospektr: { type: prospektr, path: /webhooks/prospektr, secrets: ["${PROSPEKTR_SECRET}"] }
  openprospect: { type: openprospect, path: /webhooks/openprospect, tokens: ["${OPENPROSPECT_TOKEN}"] }
  salesos: { type: salesos, path: /webhooks/salesos, secrets: ["${SALESOS_SECRET}"] }
  prospectb2b: { type: prospectb2b, path: /webhooks/prospectb2b, secrets: ["${PROSPECTB2B_SECRET}"] }
outputs:
  slack: { type: slack, token: "${SLACK_TOKEN}" }
  crm: { type: http, url: "https://crm.example.com/leads" }
  triage: { type: file, path: data/triage.jsonl }
routes:
  - name: everything-else
    to: [triage]
`

// block is a YAML block of a Markdown file.
type block struct {
	file string
	line int // of its first line
	note string
	text string
}

func (b *block) String() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

func TestExampleConfiguration(t *testing.T) {
	t.Parallel()
	root := repository(t)
	file := filepath.Join(root, "config.example.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problemsOf(file, raw) {
		if p.Severity == plugin.SeverityError || !strings.Contains(p.Message, "not set") {
			t.Error(p)
		}
	}
}

func TestDocumentedYAML(t *testing.T) {
	t.Parallel()
	root := repository(t)
	blocks := documented(t, root)
	if len(blocks) < 5 {
		t.Errorf("found %d YAML blocks in README.md and docs: is the search broken?", len(blocks))
	}
	for i := range blocks {
		b := &blocks[i]
		t.Run(b.String(), func(t *testing.T) {
			t.Parallel()
			checkBlock(t, root, b)
		})
	}
}

func checkBlock(t *testing.T, root string, b *block) {
	kind, detail, _ := strings.Cut(b.note, ":")
	kind, detail = strings.TrimSpace(kind), strings.TrimSpace(detail)
	if kind == "skip" {
		if detail == "" {
			t.Error("say why it is skipped: <!-- yaml: skip: REASON -->")
		}
		return
	}
	under := ""
	if path, ok := strings.CutPrefix(kind, "under "); ok {
		kind, under = "under", strings.TrimSpace(path)
	}
	whole, err := complete(b.text, under)
	if err != nil {
		if kind == "wrong" && strings.Contains(err.Error(), detail) {
			return
		}
		whole = []byte(b.text) // the loader says it better
	}
	problems := problemsOf(filepath.Join(root, "config.example.yaml"), whole)
	switch kind {
	case "wrong":
		if !slices.ContainsFunc(problems, func(p plugin.Problem) bool { return strings.Contains(p.String(), detail) }) {
			t.Errorf("the example of a mistake is accepted; want a message with %q, got %v", detail, problems)
		}
	case "", "under":
		for _, p := range problems {
			if p.Severity == plugin.SeverityError {
				t.Errorf("%s (in the block as merged:\n%s)", p, whole)
			}
		}
	default:
		t.Errorf("unknown comment <!-- yaml: %s -->: skip, wrong or under", b.note)
	}
}

func problemsOf(file string, raw []byte) []plugin.Problem {
	env := newApp(&cli{}, nil, os.Stdout, os.Stderr).env
	_, problems := config.Parse(file, raw, env.Kinds, config.Options{
		Getenv:  func(string) (string, bool) { return "", false },
		Offline: true,
		Now:     func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Logger:  env.Logger,
	})
	return problems
}

// complete merges a part into base; a whole file stays as it is.
func complete(text, under string) ([]byte, error) {
	var part, whole yaml.Node
	if err := yaml.Unmarshal([]byte(text), &part); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal([]byte(base), &whole); err != nil {
		return nil, err
	}
	if len(part.Content) == 0 {
		return nil, fmt.Errorf("the block is empty")
	}
	root := part.Content[0]
	if under == "" && root.Kind == yaml.SequenceNode {
		under = "routes"
	}
	if under != "" {
		for _, key := range slices.Backward(strings.Split(under, ".")) {
			root = mapping(key, root)
		}
	}
	if value(root, "version") != nil {
		return []byte(text), nil
	}
	merge(whole.Content[0], root)
	closeRoutes(whole.Content[0])
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	if err := enc.Encode(&whole); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

func mapping(key string, v *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v}}
}

func value(m *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(m.Content) && m.Kind == yaml.MappingNode; i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// merge puts part into whole: sections key by key, everything below a name as a whole.
func merge(whole, part *yaml.Node) {
	for i := 0; i+1 < len(part.Content); i += 2 {
		key, v := part.Content[i], part.Content[i+1]
		old := value(whole, key.Value)
		switch {
		case old == nil:
			whole.Content = append(whole.Content, key, v)
		case old.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode && value(v, "type") == nil:
			merge(old, v)
		default:
			*old = *v
		}
	}
}

// closeRoutes appends base's last route where a part's routes have none.
func closeRoutes(whole *yaml.Node) {
	routes := value(whole, "routes")
	if routes == nil || routes.Kind != yaml.SequenceNode || len(routes.Content) == 0 {
		return
	}
	if last := routes.Content[len(routes.Content)-1]; value(last, "when") == nil {
		return
	}
	var b yaml.Node
	if err := yaml.Unmarshal([]byte(base), &b); err == nil {
		routes.Content = append(routes.Content, value(b.Content[0], "routes").Content...)
	}
}

var (
	fence   = regexp.MustCompile("^( *)```ya?ml *$")
	comment = regexp.MustCompile(`^ *<!-- yaml: (.*?) *-->$`)
)

// documented returns the YAML blocks of README.md and docs/.
func documented(t *testing.T, root string) []block {
	t.Helper()
	var blocks []block
	read := func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, blocksOf(filepath.ToSlash(name), string(data))...)
	}
	read(filepath.Join(root, "README.md"))
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
			read(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

func blocksOf(file, text string) []block {
	var blocks []block
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	note := ""
	for i := 0; i < len(lines); i++ {
		if m := comment.FindStringSubmatch(lines[i]); m != nil {
			note = m[1]
			continue
		}
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			if strings.TrimSpace(lines[i]) != "" {
				note = ""
			}
			continue
		}
		b := block{file: file, line: i + 2, note: note}
		note = ""
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "```"; i++ {
			b.text += strings.TrimPrefix(lines[i], m[1]) + "\n"
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func TestBlocksOf(t *testing.T) {
	t.Parallel()
	text := "a\n```yaml\nx: 1\n```\n<!-- yaml: skip: not ours -->\n\n  ```yaml\n  y:\n    z: 2\n  ```\n```json\n{}\n```\n<!-- yaml: skip: x -->\ntext\n```yaml\nq: 1\n```\n"
	want := []block{
		{"f.md", 3, "", "x: 1\n"},
		{"f.md", 8, "skip: not ours", "y:\n  z: 2\n"},
		{"f.md", 17, "", "q: 1\n"},
	}
	if diff := cmp.Diff(want, blocksOf("f.md", text), cmp.AllowUnexported(block{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// repository is the folder of go.mod.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}
