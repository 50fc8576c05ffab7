package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"leadhub/internal/hub"
)

// everything names each vendor, each kind of output and each form of route.
const everything = `
version: 1
receivers:
  prospectb2b: { type: prospectb2b, path: /webhooks/prospectb2b, secrets: ["${A}"] }
  prospektr: { type: prospektr, path: /webhooks/prospektr, secrets: ["${A}"] }
  openprospect: { type: openprospect, path: /webhooks/openprospect, tokens: ["${A}"] }
  salesos: { type: salesos, path: /webhooks/salesos, secrets: ["${A}"] }
  generic:
    type: generic
    preset: standard-webhooks
    secrets: ["${A}"]
    event: raw.type
    notice: not (event startsWith "lead.")
    fields:
      email: raw.contact.email
      full_name: raw.contact.name
      score: raw.score + raw.bonus
      custom.a_field_with_a_name_of_quite_some_length: '"a long expression with " + raw.contact.name + " and " + raw.utm.campaign + ", and " + (raw.more ?? "no more")'
outputs:
  slack: { type: slack, token: "${A}" }
  crm: { type: http, url: "https://crm.example.com/leads" }
  triage: { type: file, path: data/triage.jsonl }
  console: { type: stdout }
tests:
  when: email endsWith "@example.com"
  to: [console]
routes:
  - name: too-small
    when: company.employees_max < 10
    suppress: fewer than ten people
  - name: decision-makers
    when: lead_potential == "high" and (has_word(title, "cto") or seniority in ["vp", "director"])
    to: [{ slack: "#vip" }]
    continue: true
  - name: good
    when:
      - lead_potential in ["high", "medium"]
      - not (company.country in ["DE", "AT", "CH"])
    to:
      - slack: ["#hot", "#warm"]
      - crm
  - name: everything-else
    to: [triage]
notices:
  - when: event startsWith "campaign."
    to: [{ slack: "#marketing" }]
`

// TestExplainEveryPayload explains every captured payload of every vendor, as
// JSON and as text: each can be read, each lead goes somewhere or says why not,
// and the text keeps to its width.
func TestExplainEveryPayload(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "leadhub.yaml")
	if err := os.WriteFile(file, []byte(everything), 0o600); err != nil {
		t.Fatal(err)
	}
	bodies, err := filepath.Glob(filepath.Join(repository(t), "testdata", "*", "*.body.json"))
	if err != nil || len(bodies) < 16 {
		t.Fatalf("%d payloads, %v", len(bodies), err)
	}
	for _, body := range bodies {
		t.Run(filepath.Base(filepath.Dir(body))+"/"+filepath.Base(body), func(t *testing.T) {
			t.Parallel()
			explainOne(t, file, body)
		})
	}
}

func explainOne(t *testing.T, file, body string) {
	var stdout, stderr bytes.Buffer
	args := []string{"explain", "-c", file, "--at", "2026-11-20T16:00", body}
	if code := run(append(args, "--json"), nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	var got []hub.Explanation
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || len(got) != 1 {
		t.Fatalf("%d explanations, %v", len(got), err)
	}
	e := got[0]
	if e.Receiver != filepath.Base(filepath.Dir(body)) || e.Event == nil || len(e.Stories) == 0 || e.Config == "" {
		t.Fatalf("explanation is %s", &stdout)
	}
	for _, s := range e.Stories {
		switch {
		case s.Outcome == "routed" && len(s.Destinations) > 0 && s.Route != "":
		case s.Outcome == "suppressed" && s.Reason == "fewer than ten people":
		case s.Outcome == "test" && len(s.Destinations) == 1 && s.Destinations[0].Output == "console":
		case s.Outcome == "notice" && s.Lead == nil && (len(s.Destinations) == 0 || s.Destinations[0].Target == "#marketing"):
		default:
			t.Errorf("outcome %q by %q with %v: %s", s.Outcome, s.Route, s.Destinations, s.Reason)
		}
	}
	stdout.Reset()
	if code := run(args, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("as text: exit code %d\n%s", code, &stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		if line = strings.TrimRight(line, "\n"); line != body && utf8.RuneCountInString(line) > lineWidth+8 {
			t.Errorf("a line of %d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	if n := strings.Count(stdout.String(), "\nResult: "); n != len(e.Stories) {
		t.Errorf("%d results for %d stories:\n%s", n, len(e.Stories), &stdout)
	}
}
