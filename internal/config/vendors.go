package config

import "go.yaml.in/yaml/v4"

// takesNotices reports an entry of `notices:` that names an output which has no
// place for what is not a lead.
func (l *loader) takesNotices(n *yaml.Node, o *Output) bool {
	if !l.routing.notices || !o.Traits().LeadsOnly {
		return true
	}
	var others []string
	for i := range l.config.Outputs {
		if !l.config.Outputs[i].Traits().LeadsOnly {
			others = append(others, l.config.Outputs[i].Name)
		}
	}
	suggestion := "name an output of another type, slack for example"
	if len(others) > 0 {
		suggestion = quoteList("outputs that take notices are", others)
	}
	l.errorf(n, suggestion, "`%s` takes leads only, and a notice is none", o.Name)
	return false
}

// cycles warns about outputs whose leads come back: the output creates them in a
// vendor's system, and a receiver takes in what is new there.
func (l *loader) cycles(doc *block) {
	n := doc.get("outputs")
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := range l.config.Outputs {
		o := &l.config.Outputs[i]
		vendor := o.Traits().Vendor
		if vendor == "" || !l.sentLeads(o.Name) {
			continue
		}
		for _, r := range l.config.Receivers {
			if r.Type != vendor {
				continue
			}
			if key := keyOf(n, o.Name); key != nil {
				l.warnf(key, "", "leads sent to `%s` come back through receiver `%s`; they are recognised and not routed again", o.Name, r.Name)
			}
		}
	}
}

// sentLeads says whether a route sends leads to the output.
func (l *loader) sentLeads(output string) bool {
	for i := range l.routing.table.Routes {
		for _, t := range l.routing.table.Routes[i].To {
			if t.Output == output {
				return true
			}
		}
	}
	return false
}

// keyOf returns the key of a mapping, nil if it is not there.
func keyOf(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i]
		}
	}
	return nil
}
