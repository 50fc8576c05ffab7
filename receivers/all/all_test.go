package all_test

import (
	"path/filepath"
	"testing"

	"leadhub/receivers/all"
	"leadhub/receivers/generic"
	"leadhub/receivers/generic/generictest"
	"leadhub/receivers/receivertest"
)

func TestContract(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range all.Kinds() {
		if seen[kind.Name] {
			t.Errorf("two kinds are called %q", kind.Name)
		}
		seen[kind.Name] = true
		if kind.Name == generic.Kind.Name { // its configuration is the vendor
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			receivertest.Contract(t, kind, filepath.Join("..", "..", "testdata", kind.Name))
		})
	}
	for _, v := range generictest.Variants(t, filepath.Join("..", "..", "testdata", "generic")) {
		t.Run("generic/"+v.Name, func(t *testing.T) { receivertest.Contract(t, v.Kind, v.Dir) })
	}
}
