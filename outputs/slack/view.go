package slack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/internal/template"
	"leadhub/rules"
)

// Override is what a route may say about the messages it sends.
type Override struct {
	Text   string        `yaml:"text" doc:"what this route's messages say instead"`
	Blocks template.Tree `yaml:"blocks" doc:"the Block Kit blocks of this route's messages"`
	Fields Facts         `yaml:"fields" doc:"which facts this route's messages show"`
}

// Facts is the list of facts that a message shows.
type Facts struct{ node *yaml.Node }

// ConfigType says what may be written.
func (Facts) ConfigType() string { return "list of facts: names, or labels with a text each" }

// UnmarshalYAML keeps what is written.
func (f *Facts) UnmarshalYAML(n *yaml.Node) error {
	f.node = n
	return nil
}

// view is how a message looks, where that is not leadhub's own.
type view struct {
	text   *markup
	blocks *template.Compiled
	facts  []fact // nil: all
	scopes *template.Scopes
}

// fact is a name of leadhub's, or a label of the user's with its text.
type fact struct {
	name  string
	label string
	text  *markup
}

// maxFacts is how many fields a section can have (documented).
const maxFacts = 10

// apply compiles what is written, in the place of what is there.
func (v *view) apply(text string, blocks template.Tree, facts Facts, c *rules.Compiler) error {
	if text != "" || !blocks.IsZero() || facts.node != nil {
		v.text, v.blocks, v.facts = nil, nil, nil
	}
	var errs []error
	if text != "" {
		t, err := template.Compile(c, "text", text)
		errs = append(errs, err)
		if t != nil {
			v.text = newMarkup(t)
		}
	}
	if !blocks.IsZero() {
		var err error
		v.blocks, err = compileBlocks(blocks, c)
		errs = append(errs, err)
	}
	if facts.node != nil {
		if text != "" || !blocks.IsZero() {
			errs = append(errs, wrong("fields", "fields chooses the facts of leadhub's own message, and text or blocks say another", "keep one of the two"))
		} else {
			errs = append(errs, v.compileFacts(facts.node, c))
		}
	}
	return errors.Join(errs...)
}

func (v *view) compileFacts(n *yaml.Node, c *rules.Compiler) error {
	const advice = "for example [company, email]; your own is written - Budget: \"{{ custom.budget }}\""
	if n.Kind != yaml.SequenceNode {
		return wrong("fields", "this takes a list of facts", advice)
	}
	if len(n.Content) > maxFacts {
		return wrong(fmt.Sprintf("fields[%d]", maxFacts), fmt.Sprintf("a message shows %d facts at most", maxFacts), "remove some, or put several into one text")
	}
	v.facts = []fact{}
	var errs []error
	for i, item := range n.Content {
		path := fmt.Sprintf("fields[%d]", i)
		switch {
		case item.Kind == yaml.ScalarNode:
			if !slices.Contains(factNames(), item.Value) {
				suggestion := "there are " + strings.Join(factNames(), ", ") + "; your own is written - Budget: \"{{ custom.budget }}\""
				if near := rules.Nearest(item.Value, factNames()); near != "" {
					suggestion = "did you mean " + near + "?"
				}
				errs = append(errs, wrong(path, "this is no fact that leadhub knows", suggestion))
			}
			v.facts = append(v.facts, fact{name: item.Value})
		case item.Kind == yaml.MappingNode && len(item.Content) == 2 && item.Content[0].Kind == yaml.ScalarNode && item.Content[1].Kind == yaml.ScalarNode:
			label := item.Content[0].Value
			t, err := template.Compile(c, path+"."+label, item.Content[1].Value)
			errs = append(errs, err)
			if t != nil {
				v.facts = append(v.facts, fact{label: label, text: newMarkup(t)})
			}
		default:
			errs = append(errs, wrong(path, "this is neither the name of a fact nor a label with its text", advice))
		}
	}
	return errors.Join(errs...)
}

// plain says whether the message is leadhub's own.
func (v *view) plain() bool { return v.text == nil && v.blocks == nil && v.facts == nil }

// compose writes text and blocks of a delivery.
func (v *view) compose(d *outputs.Delivery) (*message, error) {
	if v.plain() || d.Lead == nil && d.Notice == nil {
		return compose(d, nil)
	}
	s := v.scopes.Get(d)
	defer v.scopes.Put(s)
	if v.facts != nil {
		own, err := v.chosen(d, s.Scope)
		if err != nil {
			return nil, outputs.Permanent(err)
		}
		return compose(d, own)
	}
	m := &message{}
	var err error
	if m.Text, err = v.notification(d, s.Scope); err != nil {
		return nil, outputs.Permanent(err)
	}
	if v.blocks == nil {
		b := slackapi.NewSectionBlock(markdown(m.Text), nil, nil, slackapi.SectionBlockOptionBlockID(d.ID))
		m.Blocks = []slackapi.Block{b}
	} else if m.Blocks, err = renderBlocks(v.blocks, s.Scope, d.ID); err != nil {
		return nil, outputs.Permanent(err)
	}
	if isTest(d) {
		mark := section(":test_tube: *This is a test, not a real lead.*")
		m.Text, m.Blocks = "TEST: "+m.Text, append([]slackapi.Block{mark}, m.Blocks...)
	}
	return m, nil
}

func isTest(d *outputs.Delivery) bool {
	return d.Lead != nil && d.Lead.IsTest || d.Notice != nil && d.Notice.IsTest
}

// notification is the text of a message: all of it, or what stands for its blocks.
func (v *view) notification(d *outputs.Delivery, s *rules.Scope) (string, error) {
	if v.text == nil {
		if d.Lead != nil {
			return strings.TrimPrefix(leadText(d), "TEST: "), nil
		}
		return noticeText(d.Notice), nil
	}
	text, err := v.text.render(s)
	if err != nil {
		return "", fmt.Errorf("text: %w", err)
	}
	if text = cutMarkup(strings.TrimSpace(text), maxSection); text == "" {
		return "", errors.New("text: there is nothing to say about this lead; write ?? for what may be missing")
	}
	return text, nil
}

// chosen are the facts that the configuration names, of what is known.
func (v *view) chosen(d *outputs.Delivery, s *rules.Scope) ([]*slackapi.TextBlockObject, error) {
	list := []*slackapi.TextBlockObject{}
	for i := range v.facts {
		f := &v.facts[i]
		label, value := f.label, ""
		if f.text == nil {
			if d.Lead == nil {
				continue
			}
			label, value = factOf(d.Lead, f.name)
		} else {
			text, err := f.text.render(s)
			if err != nil {
				return nil, fmt.Errorf("fields[%d].%s: %w", i, f.label, err)
			}
			label, value = escapeLiteral(label), cutMarkup(strings.TrimSpace(text), maxOwnFact)
		}
		if value != "" {
			list = append(list, markdown("*"+label+"*\n"+value))
		}
	}
	return list, nil
}

// maxOwnFact bounds a fact that the configuration words, in characters.
const maxOwnFact = 600

func escapeLiteral(s string) string { return text(s, maxName) }

// factNames are the facts of leadhub's own message, in its order.
func factNames() []string {
	return []string{"title", "company", "industry", "size", "location", "email", "phone", "linkedin", "status", "owner"}
}

// factOf returns a fact's label and its value, "" where nothing is known.
func factOf(l *lead.Lead, name string) (label, value string) {
	switch name {
	case "title":
		if l.Person == nil {
			return "", ""
		}
		return "Title", title(l.Person)
	case "company":
		return "Company", company(&l.Company)
	case "industry":
		return "Industry", text(l.Company.Industry, maxValue)
	case "size":
		return "Size", people(l.Company.Size)
	case "location":
		return "Location", location(l.Company.Address)
	case "email":
		return "Email", emailLink(l.PrimaryEmail(), maxValue)
	case "phone":
		return "Phone", phoneLink(l.PrimaryPhone(), maxValue)
	case "linkedin":
		return "LinkedIn", linkedIn(l)
	case "status":
		return "Status", text(l.Status, maxValue)
	default:
		return "Owner", owner(l)
	}
}

// with returns the view as a route wants it.
func (v *view) with(override any, deps plugin.Deps) (view, error) {
	c, ok := override.(*Override)
	if !ok {
		return view{}, fmt.Errorf("slack: override is a %T", override)
	}
	out := *v
	err := out.apply(c.Text, c.Blocks, c.Fields, deps.Compiler())
	return out, err
}

// TargetKey is where a route names the channel.
func (b *bot) TargetKey() string { return "channel" }

// Override returns what a route may say.
func (b *bot) Override() any { return &Override{} }

// With returns the bot with other messages.
func (b *bot) With(override any, deps plugin.Deps) (outputs.Output, error) {
	v, err := b.view.with(override, deps)
	if template.Failed(err) {
		return nil, err
	}
	other := *b
	other.view = v
	return &other, err
}

// FitTarget makes the name of a channel of a text: what a name cannot hold becomes a hyphen.
func (b *bot) FitTarget(s string) string {
	s = strings.TrimSpace(s)
	if channelID.MatchString(s) {
		return s
	}
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(s), "-"), "-")
	if name == "" {
		return ""
	}
	if runes := []rune(name); len(runes) > maxChannel {
		name = strings.TrimRight(string(runes[:maxChannel]), "-")
	}
	return "#" + name
}

// maxChannel is the longest name of a channel, in characters (documented).
const maxChannel = 80

// TargetKey says that a webhook has no targets.
func (h *hook) TargetKey() string { return "" }

// Override returns what a route may say.
func (h *hook) Override() any { return &Override{} }

// With returns the webhook with other messages.
func (h *hook) With(override any, deps plugin.Deps) (outputs.Output, error) {
	v, err := h.view.with(override, deps)
	if template.Failed(err) {
		return nil, err
	}
	other := *h
	other.view = v
	return &other, err
}

// Headers returns what goes with a call of the Web API, which carries the message
// as the fields of a form.
func (b *bot) Headers(*outputs.Delivery, *outputs.Request) []outputs.Header {
	return []outputs.Header{
		{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Authorization", Value: "Bearer [secret]"},
	}
}

// Headers returns what goes with a message to a webhook.
func (h *hook) Headers(*outputs.Delivery, *outputs.Request) []outputs.Header {
	return []outputs.Header{{Name: "Content-Type", Value: "application/json; charset=utf-8"}}
}
