package all_test

import (
	"testing"

	"leadhub/internal/plugin/plugintest"
	"leadhub/outputs/all"
	"leadhub/outputs/outputtest"
)

// contracts holds, for every kind, the forms in which the contract is run.
func contracts() map[string][]func(*testing.T) {
	run := func(c outputtest.Contract) func(*testing.T) {
		return func(t *testing.T) { outputtest.Run(t, c) }
	}
	return map[string][]func(*testing.T){
		"file":        {run(fileContract())},
		"http":        {run(httpContract())},
		"prospectb2b": {run(prospectb2bContract(false)), run(prospectb2bContract(true))},
		"salesos":     {run(salesosContract(false)), run(salesosContract(true))},
		"slack":       {run(slackBotContract()), run(slackHookContract())},
		"stdout":      {run(stdoutContract())},
	}
}

func TestEveryKindKeepsTheContract(t *testing.T) {
	tests := contracts()
	seen := map[string]bool{}
	for _, kind := range all.Kinds() {
		if seen[kind.Name] {
			t.Errorf("two kinds are called %q", kind.Name)
		}
		seen[kind.Name] = true
		if len(tests[kind.Name]) == 0 {
			t.Errorf("the kind %q has no contract: add one to contracts()", kind.Name)
		}
		t.Run(kind.Name+" says how to begin", func(t *testing.T) { plugintest.Guide(t, kind.Name, &kind.Guide) })
		for _, test := range tests[kind.Name] {
			t.Run(kind.Name, test)
		}
	}
	for name := range tests {
		if !seen[name] {
			t.Errorf("a contract for %q, which is no kind", name)
		}
	}
}
