package all_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"leadhub/outputs/file"
	"leadhub/outputs/outputtest"
)

// idsIn returns the id of every line.
func idsIn(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var ids []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ ID string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("not a line of JSON: %q", lines.Text())
		}
		ids = append(ids, line.ID)
	}
	return ids
}

func fileContract() outputtest.Contract {
	return outputtest.Contract{Kind: file.Kind, New: func(t *testing.T) *outputtest.Instance {
		dir := t.TempDir()
		return &outputtest.Instance{
			Dir:       dir,
			Config:    func(string, bool) string { return "path: data/leads.jsonl" },
			Good:      []string{""},
			Bad:       []string{"#hot", "other.jsonl"},
			Delivered: func() []string { return idsIn(t, filepath.Join(dir, "data", "leads.jsonl")) },
		}
	}}
}

// stdoutContract puts a file in the place of standard output.
func stdoutContract() outputtest.Contract {
	return outputtest.Contract{Kind: file.StdoutKind, New: func(t *testing.T) *outputtest.Instance {
		path := filepath.Join(t.TempDir(), "stdout")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		before := os.Stdout
		os.Stdout = f
		t.Cleanup(func() {
			os.Stdout = before
			f.Close()
		})
		return &outputtest.Instance{
			Config:    func(string, bool) string { return "{}" },
			Good:      []string{""},
			Bad:       []string{"#hot"},
			Delivered: func() []string { return idsIn(t, path) },
		}
	}}
}
