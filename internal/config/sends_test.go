package config

import (
	"errors"
	"strings"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/rules"
)

// chat is an output whose routes can say what they send, and where.
type chat struct {
	fakeOutput

	words string
}

type chatOverride struct {
	Words string `yaml:"words" doc:"what is said"`
}

func (*chat) TargetKey() string            { return "room" }
func (*chat) Override() any                { return &chatOverride{} }
func (*chat) FitTarget(text string) string { return strings.ToLower(text) }

func (c *chat) With(override any, deps plugin.Deps) (outputs.Output, error) {
	words := override.(*chatOverride).Words
	t, errs := deps.Compiler().CompileTemplate(words)
	if t == nil {
		return nil, &plugin.FieldError{Field: "words", Offset: errs[0].Offset, Message: errs[0].Message, Suggestion: errs[0].Suggestion}
	}
	return &chat{fakeOutput: c.fakeOutput, words: words}, nil
}

func chatKinds() Kinds {
	k := fakeKinds()
	k.Outputs = append(k.Outputs, plugin.Define("chat", "a fake chat", func() fakeSlack { return fakeSlack{} },
		func(c fakeSlack, d plugin.Deps) (outputs.Output, error) {
			return &chat{fakeOutput: fakeOutput{deps: d, traits: outputs.Traits{OnUpdate: outputs.UpdateSend, Concurrency: 1}, check: func(target string) error {
				if target == "" && c.Channel == "" || target != "" && !strings.HasPrefix(target, "#") {
					return errors.New("no room")
				}
				return nil
			}}}, nil
		}))
	return k
}

const chatting = `version: 1
receivers:
  prospektr:
    type: prospektr
    secrets: ["${SET}"]
outputs:
  chat: { type: chat, token: "${TOKEN}" }
  triage: { type: file, path: x }
tests:
  to:
    - chat: { room: "#tests", words: test }
routes:
  - name: hot
    when: lead_potential == "high"
    continue: true
    to:
      - chat: { room: ["#hot", '#{{ company.region }}'], words: "hot {{ full_name }}" }
  - name: plain
    when: has(email)
    to:
      - chat: "#hot"
      - chat: "#plain"
  - name: rest
    to:
      - chat: { room: "#rest" }
      - triage
notices:
  - name: hot
    when: event == "x"
    to:
      - chat: { room: "#hot", words: "{{ event }}" }
`

func parseChat(t *testing.T, text string) (*Config, []string) {
	t.Helper()
	c, problems := Parse("leadhub.yaml", []byte(text), chatKinds(), Options{Getenv: environment()})
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = strings.TrimPrefix(p.String(), "leadhub.yaml:")
	}
	return c, lines
}

func TestSends(t *testing.T) {
	t.Parallel()
	c, problems := parseChat(t, chatting)
	if c == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	o := &c.Outputs[0]
	for _, w := range []struct {
		section Section
		routes  []string
		target  string
		want    string
	}{
		{SectionRoutes, []string{"hot"}, "#hot", "hot {{ full_name }}"},
		{SectionRoutes, []string{"hot"}, "#fl", "hot {{ full_name }}"},
		{SectionRoutes, []string{"hot", "plain"}, "#plain", ""},
		{SectionRoutes, []string{"plain", "hot"}, "#hot", ""},
		{SectionRoutes, []string{"rest"}, "#rest", ""},
		{SectionRoutes, []string{"gone"}, "#hot", ""},
		{SectionNotices, []string{"hot"}, "#hot", "{{ event }}"},
		{SectionTests, []string{"tests"}, "#tests", "test"},
	} {
		if got := o.For(w.section, w.routes, w.target).(*chat).words; got != w.want {
			t.Errorf("%d %v %s: %q, want %q", w.section, w.routes, w.target, got, w.want)
		}
	}
	if s := c.Outputs[1].Sends; s != nil {
		t.Errorf("triage looks the same everywhere, and has %v", s)
	}
	s := rules.NewScope()
	score := lead.Lead{LeadPotential: lead.PotentialHigh, Company: lead.Company{Address: lead.Address{Region: "FL"}}}
	s.Reset(&rules.Input{Lead: &score})
	d := c.Routes.Decide(s)
	if len(d.Targets) != 4 || d.Targets[1].Target != "#fl" {
		t.Errorf("%+v", d)
	}
}

func TestSendMistakes(t *testing.T) {
	t.Parallel()
	for from, to := range map[string][2]string{
		`words: "hot {{ full_name }}"`: {`words: "hot {{ ful_name }}"`, "17:73: error: `words`: there is no name ful_name: write full_name"},
		`'#{{ company.region }}'`:      {`'#{{ company.regon }}'`, "17:37: error: there is no name company.regon: write company.region"},
		`{ room: "#rest" }`:            {`{ rooom: "#rest" }`, "25:17: error: unknown key `rooom` in `chat`: did you mean `room`?"},
		`"{{ event }}"`:                {`"{{ company.name }}"`, "31:42: error: `words`: company.name is a field of leads; a notice has none: use vendor, receiver, event, tenant, received_at or is_test"},
		`- chat: "#plain"`:             {`- chat: "x {{ email }}"`, "22:15: error: what stands around the braces makes no target: no room"},
		`- triage`:                     {`- triage: "{{ email }}"`, "26:17: error: nothing can stand behind this output"},
		`- chat: { room: "#rest" }`:    {`- chat: {}`, "25:9: error: there is nothing behind `chat:`: write `- chat`, or what is different for this route"},
	} {
		if strings.Count(chatting, from) != 1 {
			t.Fatalf("%q is there %d times", from, strings.Count(chatting, from))
		}
		c, problems := parseChat(t, strings.Replace(chatting, from, to[0], 1))
		found := false
		for _, p := range problems {
			found = found || p == to[1]
		}
		if c != nil || !found {
			t.Errorf("%s: %q, want %s", to[0], problems, to[1])
		}
	}
}
