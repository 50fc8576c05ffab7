package config

import (
	"strings"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// fakeVendorKind creates leads in a vendor's system.
func fakeVendorKind(vendor string) outputs.Kind {
	return plugin.Define(vendor, "a fake vendor", func() struct{} { return struct{}{} },
		func(struct{}, plugin.Deps) (outputs.Output, error) {
			return &fakeOutput{check: noTargets, traits: outputs.Traits{
				OnUpdate: outputs.UpdateIgnore, Updates: []outputs.OnUpdate{outputs.UpdateIgnore}, Concurrency: 1, LeadsOnly: true, Vendor: vendor,
			}}, nil
		})
}

func checkVendors(t *testing.T, text string) []string {
	t.Helper()
	k := fakeKinds()
	k.Outputs = append(k.Outputs, fakeVendorKind("salesos"), fakeVendorKind("prospectb2b"))
	_, problems := Parse("leadhub.yaml", []byte(text), k, Options{Getenv: environment()})
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = strings.TrimPrefix(p.String(), "leadhub.yaml:")
	}
	return lines
}

const vendorsFile = `version: 1
receivers:
  in:
    type: salesos
    secrets: ["${SET}"]
  too:
    type: salesos
    path: /too
    secrets: ["${SET}"]
  other:
    type: prospektr
    secrets: ["${SET}"]
outputs:
  sos:
    type: salesos
  pb:
    type: prospectb2b
  triage:
    type: file
    path: x.jsonl
routes:
  - name: some
    when: score > 50
    to: [sos, pb]
  - name: rest
    to: [triage]
`

func TestCycles(t *testing.T) {
	sos := "14:3: warning: leads sent to `sos` come back through receiver "
	const known = "; they are recognised and not routed again"
	wantProblems(t, checkVendors(t, vendorsFile), sos+"`in`"+known, sos+"`too`"+known)
	// No route sends leads there.
	wantProblems(t, checkVendors(t, strings.Replace(vendorsFile, "[sos, pb]", "[pb]", 1)), "14:3: warning: the output `sos` is never used: name it in a `to:`, or remove it")
	// No receiver takes them in.
	wantProblems(t, checkVendors(t, strings.ReplaceAll(vendorsFile, "type: salesos\n    secrets", "type: prospektr\n    secrets")), sos+"`too`"+known)
}

func TestNoticesToLeadsOnly(t *testing.T) {
	for _, c := range []struct{ to, at string }{
		{"to: [sos]", "29:10"},
		{"to:\n      - triage\n      - pb", "31:9"},
		{"to: triage", ""},
	} {
		text := strings.ReplaceAll(vendorsFile, "    type: salesos\n    path: /too", "    type: openprospect\n    path: /too")
		text = strings.Replace(text, "    type: salesos\n    secrets", "    type: prospectb2b\n    secrets", 1)
		text = strings.Replace(text, "[sos, pb]", "[sos]", 1)
		text += "notices:\n  - when: event startsWith \"deal.\"\n    " + c.to + "\n"
		var want []string
		if c.at != "" {
			name := "sos"
			if strings.Contains(c.to, "pb") {
				name = "pb"
			}
			want = []string{c.at + ": error: `" + name + "` takes leads only, and a notice is none: outputs that take notices are `triage`"}
		}
		got := checkVendors(t, text)
		kept := got[:0]
		for _, line := range got {
			if !strings.Contains(line, "is never used") {
				kept = append(kept, line)
			}
		}
		wantProblems(t, kept, want...)
	}
}

func TestOnUpdateOfVendors(t *testing.T) {
	got := checkVendors(t, strings.Replace(vendorsFile, "  sos:\n    type: salesos\n", "  sos:\n    type: salesos\n    on_update: send\n", 1))
	if len(got) < 1 || !strings.Contains(strings.Join(got, "\n"), "`on_update` of this output") {
		t.Errorf("on_update: send is accepted: %q", got)
	}
}
