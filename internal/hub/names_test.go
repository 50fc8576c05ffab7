package hub

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamesIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		name, source string
		want         Names
	}{
		{"all", "version: 1\nreceivers:\n  a: {type: x}\n  b:\noutputs:\n  crm: {}\nroutes:\n  - name: hot\n  - when: true\n  - name: rest\n", Names{[]string{"a", "b"}, []string{"crm"}, []string{"hot", "rest"}}},
		{"mistakes in it", "receivers:\n  a: {typ: nonsense, secret: [1, 2]}\nroutes: 7\nunknown: 1\n", Names{Receivers: []string{"a"}}},
		{"no YAML", "receivers: [\n", Names{}},
		{"empty", "", Names{}},
		{"a list", "- receivers\n", Names{}},
	} {
		file := filepath.Join(dir, "leadhub.yaml")
		if err := os.WriteFile(file, []byte(c.source), 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, NamesIn(file)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	for _, file := range []string{dir, filepath.Join(dir, "nowhere")} {
		if diff := cmp.Diff(Names{}, NamesIn(file)); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add([]byte("receivers: &a\n  x: *a\nroutes: [{name: y}]\n"))
	f.Add([]byte("outputs: {<<: {a: 1}, ? [1] : 2}\n"))
	f.Fuzz(func(_ *testing.T, source []byte) { namesOf(source) })
}
