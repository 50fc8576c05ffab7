package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the module's folder.
const root = "../.."

// touch looks at every Go file of the module. The go command remembers a passed
// test by the files the test looked at, and what a child process reads does not
// count: without this, a new import would find the old answer in the cache.
func touch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			if _, err := os.Stat(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// load asks the go command for the module's packages and all they depend on.
func load(t *testing.T) Graph {
	t.Helper()
	touch(t)
	// -e: a package that does not compile at this moment still has its imports
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Imports,Standard", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	g := Graph{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return g
		} else if err != nil {
			t.Fatal(err)
		}
		g[p.ImportPath] = p
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	g := load(t)
	for _, must := range []string{"leadhub/lead", "leadhub/rules", "leadhub/routes", "leadhub/cmd/leadhub", "net/http"} {
		if _, ok := g[must]; !ok {
			t.Errorf("%s is not among the %d packages: nothing was checked", must, len(g))
		}
	}
	for _, v := range Check(g, Rules()) {
		t.Error(v)
	}
}

// graph makes a Graph of lines "importer: imported imported". A package whose
// path has no dot in its first element and is not ours is of the standard library.
func graph(lines ...string) Graph {
	g := Graph{}
	add := func(path string) {
		if _, known := g[path]; !known {
			first, _, _ := strings.Cut(path, "/")
			g[path] = Package{ImportPath: path, Standard: first != Module && !strings.Contains(first, ".")}
		}
	}
	for _, line := range lines {
		from, imports, _ := strings.Cut(line, ":")
		add(from)
		p := g[from]
		for to := range strings.FieldsSeq(imports) {
			add(to)
			p.Imports = append(p.Imports, to)
		}
		g[from] = p
	}
	return g
}

// allowed is a small module that breaks no rule.
func allowed() []string {
	return []string{
		"leadhub:",
		"leadhub/lead: time strings",
		"leadhub/rules: leadhub/lead github.com/expr-lang/expr",
		"leadhub/routes: leadhub/rules leadhub/lead",
		"leadhub/transforms: leadhub/lead",
		"leadhub/transforms/phone: leadhub/transforms leadhub/transforms/internal/memo github.com/nyaruka/phonenumbers",
		"leadhub/transforms/all: leadhub/transforms/phone",
		"leadhub/transforms/transformtest: leadhub/transforms testing",
		"leadhub/receivers: net/http leadhub/lead leadhub/internal/plugin",
		"leadhub/receivers/a: leadhub/receivers leadhub/receivers/internal/hook leadhub/rules",
		"leadhub/receivers/b: leadhub/receivers leadhub/receivers/b/parts",
		"leadhub/receivers/all: leadhub/receivers/a leadhub/receivers/b",
		"leadhub/receivers/receivertest: leadhub/receivers testing github.com/google/go-cmp/cmp",
		"leadhub/outputs/slack: leadhub/outputs github.com/slack-go/slack",
		"leadhub/outputs/all: leadhub/outputs/slack",
		"leadhub/internal/plugin: net/http",
		"leadhub/internal/config: leadhub/receivers leadhub/outputs leadhub/transforms leadhub/routes",
		"leadhub/internal/store: database/sql modernc.org/sqlite",
		"leadhub/internal/store/storetest: leadhub/internal/store database/sql testing",
		"leadhub/internal/queue: github.com/ThreeDotsLabs/watermill database/sql",
		"leadhub/internal/server: github.com/gofiber/fiber/v2",
		"leadhub/cmd/leadhub: leadhub/receivers/all leadhub/outputs/all leadhub/transforms/all leadhub/internal/store",
		"leadhub/cmd/leadhub-demo: leadhub/receivers/all leadhub/outputs/slack/slacktest",
		"leadhub/outputs/slack/slacktest: net/http",
		"github.com/expr-lang/expr: reflect",
		"github.com/some/testhelper: testing",
	}
}

func TestNothingForbidden(t *testing.T) {
	t.Parallel()
	for _, v := range Check(graph(allowed()...), Rules()) {
		// the demo is no product: it may use fakes, though not as production code
		if v.Chain[0] != "leadhub/cmd/leadhub-demo" {
			t.Error(v)
		}
	}
}

// Each line added to the small module breaks exactly the rule named: a rule that
// cannot fail would be found here.
func TestViolations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string // what is added
		rule string // the start of its name
		path string // the chain
	}{
		{"leadhub/lead: leadhub/rules", "lead imports", "leadhub/lead leadhub/rules"},
		{"leadhub/lead: github.com/x/y", "lead imports", "leadhub/lead github.com/x/y"},
		{"leadhub/rules: leadhub/routes", "rules and routes know", "leadhub/rules leadhub/routes"},
		{"leadhub/rules: leadhub/receivers/internal/hook", "rules and routes know", "leadhub/rules leadhub/receivers/internal/hook"},
		{"leadhub/routes: leadhub/transforms", "rules and routes know", "leadhub/routes leadhub/transforms"},
		{"leadhub/rules: net/http", "rules and routes reach", "leadhub/rules net/http"},
		{"leadhub/routes: database/sql/driver", "rules and routes reach", "leadhub/routes database/sql/driver"},
		{"github.com/expr-lang/expr: net/http", "rules and routes reach", "leadhub/rules github.com/expr-lang/expr net/http"},
		{"leadhub/transforms/phone: net/http", "transforms know", "leadhub/transforms/phone net/http"},
		{"leadhub/transforms/phone: leadhub/internal/plugin", "transforms know", "leadhub/transforms/phone leadhub/internal/plugin"},
		{"leadhub/transforms/phone: leadhub/transforms/email", "one vendor", "leadhub/transforms/phone leadhub/transforms/email"},
		{"leadhub/receivers/a: leadhub/receivers/b", "one vendor", "leadhub/receivers/a leadhub/receivers/b"},
		{"leadhub/receivers/a: leadhub/receivers/b/parts", "one vendor", "leadhub/receivers/a leadhub/receivers/b/parts"},
		{"leadhub/receivers/a: leadhub/outputs", "receivers and outputs", "leadhub/receivers/a leadhub/outputs"},
		{"leadhub/receivers: leadhub/routes", "receivers and outputs", "leadhub/receivers leadhub/routes"},
		{"leadhub/outputs/slack: leadhub/receivers", "receivers and outputs", "leadhub/outputs/slack leadhub/receivers"},
		{"leadhub/receivers/a: leadhub/receivers/all", "only commands", "leadhub/receivers/a leadhub/receivers/all"},
		{"leadhub: leadhub/transforms/all", "only commands", "leadhub leadhub/transforms/all"},
		{"leadhub/internal/config: leadhub/receivers/a", "internal packages", "leadhub/internal/config leadhub/receivers/a"},
		{"leadhub/internal/server: leadhub/outputs/slack", "internal packages", "leadhub/internal/server leadhub/outputs/slack"},
		{"leadhub/internal/config: github.com/gofiber/fiber/v2", "Fiber", "leadhub/internal/config github.com/gofiber/fiber/v2"},
		{"leadhub/internal/store: github.com/ThreeDotsLabs/watermill", "Watermill", "leadhub/internal/store github.com/ThreeDotsLabs/watermill"},
		{"leadhub/routes: github.com/expr-lang/expr/vm", "expr", "leadhub/routes github.com/expr-lang/expr/vm"},
		{"leadhub/receivers/a: github.com/slack-go/slack", "slack-go", "leadhub/receivers/a github.com/slack-go/slack"},
		{"leadhub/cmd/leadhub: database/sql", "databases", "leadhub/cmd/leadhub database/sql"},
		{"leadhub/internal/config: github.com/jackc/pgx/v5", "databases", "leadhub/internal/config github.com/jackc/pgx/v5"},
		{"leadhub/receivers/a: github.com/nyaruka/phonenumbers", "phonenumbers", "leadhub/receivers/a github.com/nyaruka/phonenumbers"},
		{"leadhub/internal/plugin: testing", "production code", "leadhub/internal/plugin testing"},
		{"leadhub/internal/plugin: testing/fstest", "production code", "leadhub/internal/plugin testing/fstest"},
		{"leadhub/internal/config: leadhub/internal/store/storetest", "production code", "leadhub/internal/config leadhub/internal/store/storetest"},
		{"leadhub/lead/x: leadhub/lead", "", ""}, // allowed
		{
			"leadhub/internal/store: leadhub/internal/bench", "the product's binary",
			"leadhub/cmd/leadhub leadhub/internal/store leadhub/internal/bench",
		},
	}
	known := map[string]bool{}
	for _, v := range Check(graph(allowed()...), Rules()) {
		known[v.String()] = true
	}
	broken := map[string]bool{}
	for _, tt := range tests {
		var got []string
		for _, v := range Check(graph(append(allowed(), tt.line)...), Rules()) {
			if !known[v.String()] && strings.HasPrefix(v.Rule.Name, tt.rule) {
				got = append(got, strings.Join(v.Chain, " "))
				broken[v.Rule.Name] = true
			}
		}
		if tt.rule == "" {
			if len(got) > 0 {
				t.Errorf("%s is allowed, but: %s", tt.line, got)
			}
		} else if !slices.Contains(got, tt.path) {
			t.Errorf("%s: found %q, want %q", tt.line, got, tt.path)
		}
	}
	for _, r := range Rules() {
		if !broken[r.Name] {
			t.Errorf("no test breaks the rule %q", r.Name)
		}
	}
}

func TestViolationSaysWhy(t *testing.T) {
	t.Parallel()
	g := graph("leadhub/lead: leadhub/rules")
	var got []string
	for _, v := range Check(g, Rules()) {
		got = append(got, v.String())
	}
	want := []string{"leadhub/lead imports leadhub/rules\n\trule: lead imports the standard library only\n\tbecause every package depends on the schema, so the schema depends on nothing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRulesHaveReasons(t *testing.T) {
	t.Parallel()
	for _, r := range Rules() {
		if r.Name == "" || len(r.Why) < 20 || r.Forbids == nil {
			t.Errorf("%q gives no reason: %q", r.Name, r.Why)
		}
	}
}

func TestIsTest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"outputs/outputtest": true, "outputs/slack/slacktest": true, "internal/store/storetest/x": true,
		"": false, "lead": false, "test": false, "internal/testing": false, "receivers/contest": true,
	} {
		if isTest(path) != want {
			t.Errorf("isTest(%q) = %v", path, !want)
		}
	}
}
