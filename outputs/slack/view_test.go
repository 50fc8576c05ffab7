package slack_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack"
	"leadhub/outputs/slack/slacktest"
)

// said is a rendered message.
type said struct {
	Channel string
	Text    string
	Blocks  []map[string]any
}

func render(t testing.TB, out outputs.Output, d *outputs.Delivery) said {
	t.Helper()
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	var m said
	if err := json.Unmarshal(r.Body, &m); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return m
}

func bot(t testing.TB, more string) outputs.Output {
	t.Helper()
	return offline(t, "token: "+slacktest.Token+"\n"+more)
}

func TestOwnText(t *testing.T) {
	t.Parallel()
	out := bot(t, `text: ":fire: *{{ full_name }}* at <{{ company.website }}|{{ company.name }}>, <https://crm.example/?q={{ company.name }}|find>"`)
	m := render(t, out, outputtest.LeadDelivery(1, "#hot"))
	want := ":fire: *Jane Doe* at <https://acme.com|Acme &amp; Sons>, <https://crm.example/?q=Acme%20%26%20Sons|find>"
	if m.Text != want || len(m.Blocks) != 1 || m.Blocks[0]["text"].(map[string]any)["text"] != want || m.Blocks[0]["block_id"] != "dl_contract_1" {
		t.Errorf("%q\n%v", m.Text, m.Blocks)
	}
	test := render(t, out, outputtest.CompanyDelivery("#hot"))
	if !strings.HasPrefix(test.Text, "TEST: ") || len(test.Blocks) != 2 {
		t.Errorf("a test is not marked: %+v", test)
	}
}

func TestValuesAreNoCommands(t *testing.T) {
	t.Parallel()
	d := outputtest.LeadDelivery(1, "#hot")
	out := bot(t, `text: "<{{ company.name }}> {{ company.name }}"`)
	for name, want := range map[string]string{
		"!channel": "<channel> !channel", "@U1|x": "<U1|x> @U1|x", "<!here>": "<&lt;!here&gt;> &lt;!here&gt;", "https://a.example/?a=1&b=2": "<https://a.example/?a=1&amp;b=2> https://a.example/?a=1&amp;b=2",
	} {
		d.Lead.Company.Name = name
		if got := render(t, out, d).Text; got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestNothingToSay(t *testing.T) {
	t.Parallel()
	_, err := bot(t, `text: "{{ custom.note }}"`).Render(outputtest.LeadDelivery(1, "#hot"))
	how, _, _ := outputs.InstructionOf(err)
	if err == nil || how != outputs.InstructRefused || !strings.HasPrefix(err.Error(), "text: there is nothing to say about this lead") {
		t.Errorf("%v (%v)", err, how)
	}
}

const ownBlocks = `
text: "{{ full_name }}"
blocks:
  - type: header
    text: { type: plain_text, text: "{{ company.name }}" }
  - type: section
    text: { type: mrkdwn, text: "*Why*: {{ because }}" }
    fields:
      - { type: mrkdwn, text: "{{ email }}" }
      - { type: mrkdwn, text: "{{ custom.none }}" }
  - type: section
    text: { type: mrkdwn, text: "{{ custom.none }}" }
  - type: actions
    elements:
      - { type: button, text: { type: plain_text, text: Open }, url: "https://crm.example/{{ id }}?c={{ company.name }}" }
      - { type: button, text: { type: plain_text, text: Site }, url: "{{ company.website }}" }
      - { type: button, text: { type: plain_text, text: None }, url: "{{ custom.none }}" }
  - type: context
    elements:
      - { type: mrkdwn, text: "{{ custom.none }}" }
`

func TestOwnBlocks(t *testing.T) {
	t.Parallel()
	d := outputtest.LeadDelivery(1, "#hot")
	m := render(t, bot(t, ownBlocks), d)
	button := func(label, url string) any {
		return map[string]any{"type": "button", "text": map[string]any{"type": "plain_text", "text": label}, "url": url}
	}
	want := []map[string]any{
		{"type": "header", "text": map[string]any{"type": "plain_text", "text": "Acme &amp; Sons"}, "block_id": "dl_contract_1"},
		{
			"type":   "section",
			"text":   map[string]any{"type": "mrkdwn", "text": `*Why*: lead_potential == "high", company.region in ["FL", "GA"]`},
			"fields": []any{map[string]any{"type": "mrkdwn", "text": "jane@acme.com"}},
		},
		{"type": "actions", "elements": []any{
			button("Open", "https://crm.example/"+d.Lead.ID+"?c=Acme%20%26%20Sons"), button("Site", "https://acme.com"),
		}},
	}
	if diff := cmp.Diff(want, m.Blocks); diff != "" || m.Text != "Jane Doe" {
		t.Errorf("%s %s", m.Text, diff)
	}
}

// anyCommand is what Slack would obey.
var anyCommand = regexp.MustCompile(`<[!@#]`)

// Nothing a vendor sends can mention anyone, and every limit holds.
func TestHostileValuesInOwnMessages(t *testing.T) {
	t.Parallel()
	for _, more := range []string{
		`text: "{{ full_name }} <{{ company.name }}> <{{ company.name }}|x> <@{{ title }}> {{ reasons }}"`, ownBlocks,
		`fields: [company, title, Note: "{{ reasons }} {{ full_name }}"]`,
		"blocks:\n" + strings.Repeat("  - { type: section, text: { type: mrkdwn, text: '{{ reasons }} {{ title }} {{ reasons }} {{ title }} {{ full_name }}' } }\n", 40),
	} {
		r, err := bot(t, more).Render(outputtest.HostileDelivery("#hot"))
		if err != nil {
			t.Fatal(err)
		}
		var m said
		if err := json.Unmarshal(r.Body, &m); err != nil || !utf8.Valid(r.Body) {
			t.Fatalf("%v", err)
		}
		total := 0
		var walk func(v any)
		walk = func(v any) {
			switch x := v.(type) {
			case map[string]any:
				for _, k := range x {
					walk(k)
				}
			case []any:
				for _, k := range x {
					walk(k)
				}
			case string:
				total += utf8.RuneCountInString(x)
				if anyCommand.MatchString(strings.NewReplacer("<@%", "", "<!date^", "").Replace(x)) {
					t.Errorf("a command in %.200q", x)
				}
				if utf8.RuneCountInString(x) > 3000 {
					t.Errorf("%d characters in one text", utf8.RuneCountInString(x))
				}
			}
		}
		for _, b := range m.Blocks {
			walk(b)
		}
		if len(m.Blocks) > 50 || total > 13200 {
			t.Errorf("%d blocks, %d characters", len(m.Blocks), total)
		}
	}
}

func TestChosenFacts(t *testing.T) {
	t.Parallel()
	m := render(t, bot(t, `fields: [email, company, owner, Tags: "{{ tags }}", Plan: "{{ custom.plan }}"]`), outputtest.LeadDelivery(1, "#hot"))
	var got []string
	for _, f := range m.Blocks[2]["fields"].([]any) {
		got = append(got, f.(map[string]any)["text"].(string))
	}
	want := []string{"*Email*\n<mailto:jane@acme.com|jane@acme.com>", "*Company*\n<https://acme.com|Acme &amp; Sons> (acme.com)", "*Tags*\nfleet"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := render(t, bot(t, `fields: []`), outputtest.LeadDelivery(1, "#hot")); m.Blocks[2]["fields"] != nil {
		t.Errorf("no facts were wanted: %v", m.Blocks[2])
	}
}

func TestViewOfARoute(t *testing.T) {
	t.Parallel()
	for _, block := range []string{"token: " + slacktest.Token, "webhook_url: https://hooks.slack.com/services/T/B/x"} {
		base := offline(t, block+"\nfields: [email]")
		o := base.(outputs.Overrider)
		config := o.Override()
		if err := yaml.Load([]byte(`text: "hot: {{ full_name }}"`), config, yaml.WithKnownFields()); err != nil {
			t.Fatal(err)
		}
		hot, err := o.With(config, plugin.Deps{})
		if err != nil {
			t.Fatal(err)
		}
		d := outputtest.LeadDelivery(1, "#hot")
		if a, b := render(t, base, d), render(t, hot, d); len(a.Blocks) < 3 || b.Text != "hot: Jane Doe" || len(b.Blocks) != 1 {
			t.Errorf("%s: %+v %+v", block, a, b)
		}
	}
}

func TestFitTarget(t *testing.T) {
	t.Parallel()
	f := bot(t, "").(outputs.TargetFitter)
	for text, want := range map[string]string{
		"#FL-leads": "#fl-leads", "hot": "#hot", "# New York / West": "#new-york-west", "C0123456789": "C0123456789",
		"#São Paulo": "#são-paulo", "": "", "#!!!": "", "@sam": "#sam", "#" + strings.Repeat("x", 100): "#" + strings.Repeat("x", 80),
	} {
		got := f.FitTarget(text)
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got != "" && bot(t, "").CheckTarget(got) != nil {
			t.Errorf("%q is no channel", got)
		}
	}
}

func TestViewMistakes(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]plugin.FieldError{
		`text: "hi {{ emial }}"`:                 {Field: "text", Offset: 6, Message: "there is no name emial", Suggestion: "write email"},
		`fields: [emial]`:                        {Field: "fields[0]", Message: "this is no fact that leadhub knows", Suggestion: "did you mean email?"},
		`fields: [email, Plan: "{{ custm.x }}"]`: {Field: "fields[1].Plan", Offset: 3, Message: "there is no name custm.x"},
		`fields: email`:                          {Field: "fields", Message: "this takes a list of facts", Suggestion: `for example [company, email]; your own is written - Budget: "{{ custom.budget }}"`},
		"text: x\nfields: [email]":               {Field: "fields", Message: "fields chooses the facts of leadhub's own message, and text or blocks say another", Suggestion: "keep one of the two"},
		`blocks: { blocks: [] }`:                 {Field: "blocks", Message: "blocks takes the list itself", Suggestion: "leave out the inner `blocks`"},
		`blocks: [{ type: sektion }]`:            {Field: "blocks[0].type", Message: "this is no type of block", Suggestion: "write section"},
		`blocks: [x]`:                            {Field: "blocks[0]", Message: "a block is a group of keys with a `type`", Suggestion: "write for example { type: divider }"},
		`blocks: [{ type: header, text: { type: plain_text, text: "{{ x }}" } }]`: {
			Field: "blocks[0].text.text", Offset: 3, Message: "there is no name x",
		},
	} {
		_, err := outputtest.Build(t, slack.Kind, "token: "+slacktest.Token+"\n"+more, "")
		fields, rest := plugin.FieldErrors(err)
		if rest != nil || !slices.ContainsFunc(fields, func(f *plugin.FieldError) bool {
			got := *f
			if want.Suggestion == "" {
				got.Suggestion = ""
			}
			return cmp.Equal(got, want)
		}) {
			t.Errorf("%s: %v, want %+v", more, err, want)
		}
	}
}
