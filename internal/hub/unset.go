package hub

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// variable matches ${NAME}, as the configuration writes variables.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// unsetVariables returns the variables that one receiver's block names and that
// are not set: what to tell a person whose signature could not be checked.
func unsetVariables(source []byte, receiver string, lookup func(string) (string, bool)) []string {
	return unsetIn(source, "receivers", receiver, lookup)
}

// unsetIn returns the variables that a block of a section names and that are not set.
func unsetIn(source []byte, section, name string, lookup func(string) (string, bool)) []string {
	var doc yaml.Node
	if err := yaml.Unmarshal(source, &doc); err != nil || len(doc.Content) == 0 {
		return nil // the loader has said what is wrong with the file
	}
	block := child(child(doc.Content[0], section), name)
	var names []string
	walkScalars(block, maxDepth, func(value string) {
		for _, m := range variable.FindAllStringSubmatch(value, -1) {
			if v, ok := lookup(m[1]); (!ok || v == "") && !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	})
	return names
}

// child returns the value of a key of a mapping, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// maxDepth bounds how deep a block is looked into: an alias may name its own parent.
const maxDepth = 20

func walkScalars(n *yaml.Node, depth int, visit func(string)) {
	switch {
	case n == nil || depth == 0:
		return
	case n.Kind == yaml.AliasNode:
		walkScalars(n.Alias, depth-1, visit)
	case n.Kind == yaml.ScalarNode:
		visit(n.Value)
	}
	for _, c := range n.Content {
		walkScalars(c, depth-1, visit)
	}
}

// areNotSet is "A is not set", "A and B are not set".
func areNotSet(names []string) string {
	if len(names) == 1 {
		return names[0] + " is not set"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are not set"
}
