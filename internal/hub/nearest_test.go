package hub_test

import (
	"testing"

	"leadhub/internal/hub"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	commands := []string{"check", "explain", "send", "serve", "events", "leads", "deliveries", "rejects", "ledger"}
	for _, c := range []struct{ word, want string }{
		{"chek", "check"},
		{"hceck", "check"},
		{"CHECK", "check"},
		{"explian", "explain"},
		{"expl", "explain"},
		{"deliv", "deliveries"},
		{"legder", "ledger"},
		{"event", "events"},
		{"servr", "serve"},
		{"x", ""},
		{"", ""},
		{"frobnicate", ""},
	} {
		if got := hub.Nearest(c.word, commands); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	if got := hub.Nearest("hubspt", []string{"slack", "crm", "hubspot"}); got != "hubspot" {
		t.Errorf("a slip in a name: got %q", got)
	}
}
