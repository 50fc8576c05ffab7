package lead

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// jsonPaths returns the path of every value in the JSON form of t: "company.size.min".
func jsonPaths(t reflect.Type, prefix string) []string {
	switch {
	case t.Kind() == reflect.Pointer:
		return jsonPaths(t.Elem(), prefix)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return jsonPaths(t.Elem(), prefix+"[]")
	case t.Kind() != reflect.Struct, t == reflect.TypeFor[time.Time]():
		return []string{prefix}
	}
	var paths []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if prefix != "" {
			name = prefix + "." + name
		}
		paths = append(paths, jsonPaths(f.Type, name)...)
	}
	return paths
}

// The page for users must have every field, or they will never know of it.
func TestEveryFieldIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/lead.md")
	if err != nil {
		t.Fatal(err)
	}
	paths := jsonPaths(reflect.TypeFor[Lead](), "")
	if len(paths) < 60 {
		t.Fatalf("only %d fields found: the walk is broken", len(paths))
	}
	for _, p := range paths {
		if !strings.Contains(string(page), "`"+p+"`") {
			t.Errorf("docs/lead.md does not have `%s`", p)
		}
	}
}
