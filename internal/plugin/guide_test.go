package plugin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGuide(t *testing.T) {
	t.Parallel()
	kind := Define("sample", "a sample", func() struct{} { return struct{}{} }, func(struct{}, Deps) (string, error) { return "built", nil })
	if kind.Guide.Title != "" || kind.With(Guide{Title: "Sample"}).Guide.Title != "Sample" || kind.Guide.Title != "" {
		t.Error("With returns a kind with a guide, and leaves its own as it is")
	}
	g := Guide{
		Example:   "crm:\n  type: sample\n",
		Variables: []Variable{{Name: "CRM_SECRET", Make: MakeToken}},
		Setup:     []string{"URL: {url}", "{name} needs {CRM_SECRET}, not {OTHER}", `-d '{"url": "{url}"}'`},
	}
	want := []string{"URL: https://h/x", "crm needs CRM_SECRET, not {OTHER}", `-d '{"url": "https://h/x"}'`}
	if diff := cmp.Diff(want, g.Steps(map[string]string{"url": "https://h/x"})); diff != "" {
		t.Error(diff)
	}
	if g.Setup[0] != "URL: {url}" {
		t.Error("Steps changed the guide")
	}
	if g.Entry() != "crm" || !g.Complete() {
		t.Errorf("Entry %q, Complete %v", g.Entry(), g.Complete())
	}
	g.Variables = append(g.Variables, Variable{Name: "CRM_URL", Form: "https://…"})
	if g.Complete() {
		t.Error("a guide with a variable that only the user has is not complete")
	}
}
