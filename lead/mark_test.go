package lead

import "testing"

func TestSourceMark(t *testing.T) {
	l := Lead{Source: Source{Vendor: "prospektr", VendorLeadID: "p1"}}
	l.Seal()
	for _, text := range []string{SourceMark(l.ID), " " + SourceMark(l.ID) + "\n"} {
		if id, ok := MarkedSource(text); !ok || id != l.ID {
			t.Errorf("MarkedSource(%q) = %q, %v; want %q", text, id, ok, l.ID)
		}
	}
	for _, text := range []string{
		"", "leadhub", "leadhub:", "leadhub:ld_", l.ID, "Leadhub:" + l.ID, SourceMark(l.ID) + "a", SourceMark(l.ID[:28]),
		SourceMark("ld_ABCDEFGHIJKLMNOPQRSTUVWXYZ"), SourceMark("xx_" + l.ID[3:]), SourceMark("ld_0123456789012345678901234_"), "from " + SourceMark(l.ID),
	} {
		if id, ok := MarkedSource(text); ok || id != "" {
			t.Errorf("MarkedSource(%q) = %q, %v; want none", text, id, ok)
		}
	}
}
