package hub

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

func TestSecretText(t *testing.T) {
	t.Parallel()
	raw := make([]byte, secretSize)
	raw[0], raw[31] = 0xfb, 0xff
	for how, want := range map[plugin.Make]string{
		plugin.MakeToken:   "-wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8",
		plugin.MakeWebhook: "whsec_+wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=",
	} {
		if got := secretText(how, raw); got != want {
			t.Errorf("%s: %s, want %s", how, got, want)
		}
	}
}

func TestAddition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, want string }{
		{"", ".env\ndata/\n"},
		{"bin/\n", ".env\ndata/\n"},
		{"bin/", "\n.env\ndata/\n"},
		{"bin/\r\n", ".env\r\ndata/\r\n"},
		{"a\r\nbin/", "\r\n.env\r\ndata/\r\n"},
	} {
		if got := string(addition([]byte(c.old), []string{".env", "data/"})); got != c.want {
			t.Errorf("addition to %q is %q, want %q", c.old, got, c.want)
		}
	}
}

func TestIgnores(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, line string
		want       bool
	}{
		{".env\n", ".env", true},
		{"/.env\r\nx\n", ".env", true},
		{"  /data  ", "data/", true},
		{"data", "data/", true},
		{"# .env\n", ".env", false},
		{".env.new\n", ".env", false},
		{"!.env\n", ".env", false},
		{"", ".env", false},
	} {
		if got := ignores([]byte(c.file), c.line); got != c.want {
			t.Errorf("ignores(%q, %q) = %v", c.file, c.line, got)
		}
	}
}

func TestNotWritable(t *testing.T) {
	t.Parallel()
	file := filepath.Join("some", "hub", "leadhub.yaml")
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.EACCES, "this user may not write in " + filepath.Join("some", "hub") + ": choose another folder"},
		{syscall.EPERM, "this user may not write in "},
		{syscall.EEXIST, file + " is there already"},
		{syscall.EROFS, file + " cannot be written: read-only file system: choose another folder"},
		{syscall.ENOSPC, "no space left on device"},
	} {
		err := notWritable(file, &fs.PathError{Op: "open", Path: file, Err: c.err})
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), file) > 1 {
			t.Errorf("%v: %q, want one line with %q", c.err, err, c.want)
		}
	}
}

// A folder that may not be written to is answered, and left as it was.
func TestInitInAFolderOfOthers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("the superuser may write anywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	plan := &filePlan{file: filepath.Join(dir, "leadhub.yaml")}
	err := plan.write(&starter{}, "version: 1\n")
	if !errors.Is(err, fs.ErrPermission) && (err == nil || !strings.Contains(err.Error(), "may not write in")) {
		t.Errorf("write: %v", err)
	}
}

func TestCheckPublicURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "https://hub.example.com", "http://localhost:8080", "https://example.com/hub"} {
		if err := CheckPublicURL(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"hub.example.com", "https://", "ftp://x", "https://u:p@x", "https://x?a=1", "https://x#y", "https://x\" y", "://", "https://a b"} {
		err := CheckPublicURL(bad)
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), PlaceholderURL) {
			t.Errorf("%q: %v, want a UsageError that shows how to write it", bad, err)
		}
	}
}

func TestCheckTimezone(t *testing.T) {
	t.Parallel()
	env := Env{Kinds: config.Kinds{}}
	for _, good := range []string{"UTC", "Europe/Zurich"} {
		if err := CheckTimezone(good, env); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, want := range map[string]string{"EST": "write America/New_York", "Europe/Zürich": "did you mean Europe/Zurich?", "x\ny": "is not a time zone", "": "time zone"} {
		err := CheckTimezone(bad, env)
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", bad, err, want)
		}
	}
}

func TestDotenv(t *testing.T) {
	t.Parallel()
	got := dotenv("leadhub.yaml", []variableOf{
		{plugin.Variable{Name: "A_SECRET", Make: plugin.MakeToken, Doc: "what A signs with"}, "A"},
		{plugin.Variable{Name: "B_TOKEN", Doc: "the token of B", Form: "b-…"}, "B"},
	}, func(how plugin.Make) string { return "made-as-" + string(how) })
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
		t.Fatal(err)
	}
	values, problems, err := config.LoadDotEnv(file)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", err, problems)
	}
	if diff := cmp.Diff(map[string]string{"A_SECRET": "made-as-token"}, values); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"# A: what A signs with.\n", "# B: the token of B.\n", "\n# B_TOKEN=b-…\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestIndent(t *testing.T) {
	t.Parallel()
	got := indent("crm:\n  type: http                             # why\n  # rate: \"10/s\"                         # how fast\n  url: \"x\"\n")
	want := "  crm:\n" +
		"    type: http                           # why\n" +
		"    # rate: \"10/s\"                       # how fast\n" +
		"    url: \"x\"\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
