package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/file"
	"leadhub/outputs/outputtest"
)

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	out, err := outputtest.Build(t, file.Kind, "path: sub/leads.jsonl", dir)
	if err != nil {
		t.Fatal(err)
	}
	v := out.(outputs.Verifier)
	if err := v.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Somebody puts a file where the folder was.
	if err := os.RemoveAll(filepath.Join(dir, "sub")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err = v.Verify(t.Context())
	fields, rest := plugin.FieldErrors(err)
	if i, _, _ := outputs.InstructionOf(err); rest != nil || len(fields) != 1 || fields[0].Field != "path" || i != outputs.InstructPause {
		t.Errorf("%v", err)
	}
}
