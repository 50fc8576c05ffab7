package hub

import (
	"os"

	"go.yaml.in/yaml/v4"
)

// Names are the names that a configuration gives, in its order.
type Names struct {
	Receivers, Outputs, Routes []string
}

// maxNamesFile bounds what is read for names.
const maxNamesFile = 4 << 20

// NamesIn reads the names of a configuration, without checking it: a file with
// mistakes, which somebody is about to mend, has names, too. Where there is no
// file, or none that can be read, there are no names.
func NamesIn(file string) Names {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxNamesFile {
		return Names{}
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return Names{}
	}
	return namesOf(source)
}

func namesOf(source []byte) Names {
	var doc yaml.Node
	if err := yaml.Unmarshal(source, &doc); err != nil || len(doc.Content) == 0 {
		return Names{}
	}
	root := doc.Content[0]
	n := Names{Receivers: keysOf(child(root, "receivers")), Outputs: keysOf(child(root, "outputs"))}
	if routes := child(root, "routes"); routes != nil && routes.Kind == yaml.SequenceNode {
		for _, r := range routes.Content {
			if name := child(r, "name"); name != nil && name.Kind == yaml.ScalarNode && name.Value != "" {
				n.Routes = append(n.Routes, name.Value)
			}
		}
	}
	return n
}

// keysOf returns the keys of a mapping.
func keysOf(n *yaml.Node) []string {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Value != "" && k.Value != "<<" {
			keys = append(keys, k.Value)
		}
	}
	return keys
}
