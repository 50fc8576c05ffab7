// Package archtest holds the rules of who may import whom, each with its reason,
// and checks them. The test in this package runs them over the module; depguard
// in .golangci.yml says the same to editors, as far as it can.
package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the path of the module that the rules are about.
const Module = "leadhub"

// Package is one package of the module or one it depends on.
type Package struct {
	ImportPath string
	Standard   bool     // of Go's standard library
	Imports    []string // of its code without tests
}

// Graph holds packages by their import path.
type Graph map[string]Package

// Rule forbids imports. Paths of the module are written without it:
// "lead", "receivers/slack".
type Rule struct {
	Name string // "lead imports nothing"
	Why  string
	// Forbids says whether from may not import to. from is a package of the
	// module, without the module's path; to is any package.
	Forbids func(from string, to Import) bool
	// Deep applies the rule to what from imports through others too.
	Deep bool
}

// Import is a package that is imported.
type Import struct {
	Path     string // without the module's path where it is Ours
	Ours     bool   // of the module
	Standard bool   // of Go's standard library
}

// Violation is one import that a rule forbids.
type Violation struct {
	Rule Rule
	// Chain leads from the package to what it may not import; two entries unless
	// the rule is deep.
	Chain []string
}

// String says who imports whom, and why that is not allowed.
func (v Violation) String() string {
	return fmt.Sprintf("%s\n\trule: %s\n\tbecause %s", strings.Join(v.Chain, " imports "), v.Rule.Name, v.Rule.Why)
}

// Check returns every violation, in the order of the packages' paths. Of a deep
// rule it reports the shortest chain to each forbidden package.
func Check(g Graph, rules []Rule) []Violation {
	var found []Violation
	var paths []string
	for path := range g {
		if _, ours := own(path); ours {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		from, _ := own(path)
		for _, r := range rules {
			for _, chain := range reach(g, path, r.Deep) {
				if r.Forbids(from, describe(g, chain[len(chain)-1])) {
					found = append(found, Violation{Rule: r, Chain: chain})
				}
			}
		}
	}
	return found
}

// reach returns a chain to every package that path imports, nearest first.
func reach(g Graph, path string, deep bool) [][]string {
	var chains [][]string
	seen := map[string]bool{path: true}
	queue := [][]string{{path}}
	for len(queue) > 0 {
		chain := queue[0]
		queue = queue[1:]
		imports := slices.Clone(g[chain[len(chain)-1]].Imports)
		slices.Sort(imports)
		for _, to := range imports {
			if seen[to] {
				continue
			}
			seen[to] = true
			next := append(slices.Clone(chain), to)
			chains = append(chains, next)
			if deep && !g[to].Standard { // what the standard library needs inside is its own affair
				queue = append(queue, next)
			}
		}
	}
	return chains
}

func describe(g Graph, path string) Import {
	if rest, ours := own(path); ours {
		return Import{Path: rest, Ours: true}
	}
	return Import{Path: path, Standard: g[path].Standard}
}

// own returns a path without the module's; "" is the module's root.
func own(path string) (rest string, ok bool) {
	if path == Module {
		return "", true
	}
	return strings.CutPrefix(path, Module+"/")
}

// under says whether path is one of the folders or in one of them.
func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return path == f || strings.HasPrefix(path, f+"/")
	})
}

// isTest says whether a package exists for tests: one of its folders ends in "test".
func isTest(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(folder string) bool {
		return len(folder) > len("test") && strings.HasSuffix(folder, "test")
	})
}
