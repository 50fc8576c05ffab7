package config

import "testing"

// Twelve different mistakes, twelve lines, each in its place.
func TestTwelveMistakes(t *testing.T) {
	t.Parallel()
	// The two about conditions are worded by package rules.
	_, got := check(t, readTestdata(t, "twelve.yaml"), Options{})
	wantProblems(t, got,
		"4:3: error: unknown key `lisen` in `server`: did you mean `listen`?",
		"8:11: error: the path /healthz belongs to leadhub itself: choose another, for example /webhooks/prospektr",
		"9:16: error: the variable PROSPEKTR_SECRET is not set: set it in .env or in the environment",
		"13:28: error: `accept_unsigned_tests` is either true or false, and `yes` is a text: write true",
		"17:12: error: text that starts with `@` needs quotes: put quotes around the whole value",
		"18:11: error: `rate` is a number of sends per s, m or h, and `10 per second` is not: write \"10/s\"",
		"22:1: error: this line is indented with a tab: use spaces: two for each level",
		"29:27: error: …",
		"30:40: error: …",
		"32:15: error: an unquoted `#` starts a comment, so `slack` has no target: write: slack: \"#hot\"",
		"34:11: error: the name `hot` is taken by the route in line 27: give each route a name of its own",
		"36:10: error: there is no output `crmm`: did you mean `crm`?",
	)
}
