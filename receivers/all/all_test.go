package all_test

import (
	"path/filepath"
	"testing"

	"leadhub/receivers/all"
	"leadhub/receivers/receivertest"
)

func TestContract(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range all.Kinds() {
		if seen[kind.Name] {
			t.Errorf("two kinds are called %q", kind.Name)
		}
		seen[kind.Name] = true
		t.Run(kind.Name, func(t *testing.T) {
			receivertest.Contract(t, kind, filepath.Join("..", "..", "testdata", kind.Name))
		})
	}
}
