package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected answers in testdata")

// mini is the smallest configuration that is fine.
const mini = `version: 1
receivers:
  prospektr:
    type: prospektr
    secrets: ["${SET}"]
outputs:
  slack:
    type: slack
    token: "${TOKEN}"
  triage:
    type: file
    path: data/triage.jsonl
routes:
  - name: hot
    when: lead_potential == "high"
    to:
      - slack: "#hot"
  - name: everything-else
    to: [triage]
`

func TestMini(t *testing.T) {
	t.Parallel()
	_, got := check(t, mini, Options{})
	wantProblems(t, got)
}

// TestMistakes changes mini in one place at a time. Each case of
// testdata/mistakes.txt is: what is replaced, =>, what it becomes, ->, what is said.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const file = "testdata/mistakes.txt"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n====\n")
	for i, text := range cases {
		from, rest, ok := strings.Cut(text, "\n=>\n")
		to, want, ok2 := strings.Cut("\n"+rest+"\n", "\n->\n")
		to, want = strings.TrimPrefix(to, "\n"), strings.TrimSpace(want)
		if !ok || !ok2 && !*update || strings.Count(mini, from) != 1 {
			t.Fatalf("case %d is not in the form FROM => TO -> WANT:\n%s", i, text)
		}
		changed := strings.Replace(mini, from, strings.TrimSuffix(to, "\n"), 1)
		_, lines := check(t, changed, Options{})
		// What ends in … is worded by another package.
		for j, w := range strings.Split(want, "\n") {
			if start, ok := strings.CutSuffix(w, "…"); ok && j < len(lines) && strings.HasPrefix(lines[j], start) {
				lines[j] = w
			}
		}
		got := strings.Join(lines, "\n")
		if *update {
			cases[i] = from + "\n=>\n" + strings.TrimSuffix(to, "\n") + "\n->\n" + got
			continue
		}
		t.Run(fmt.Sprintf("%02d", i), func(t *testing.T) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", to, diff)
			}
		})
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(cases, "\n====\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
