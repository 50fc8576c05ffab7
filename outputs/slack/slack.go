// Package slack delivers leads and notices as messages in Slack, through an
// incoming webhook (one fixed channel) or a bot token (any channel, with threads
// and edits). It is the only package that knows slack-go.
package slack

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/template"
)

// Kind is this kind of output.
var Kind = plugin.Define("slack", "post each lead as a message to Slack, by bot token or incoming webhook", defaults, build).With(guide())

// Config is the block of an output of this kind. Either Token or WebhookURL is set.
type Config struct {
	Token        plugin.Secret `yaml:"token" doc:"the Bot User OAuth Token of your Slack app, xoxb-…: posts to any channel"`
	WebhookURL   egress.URL    `yaml:"webhook_url" doc:"instead of a token: the address of an incoming webhook, which posts to one fixed channel"`
	Channel      string        `yaml:"channel" doc:"with a token: the channel where a route names none, such as \"#leads\""`
	APIURL       egress.URL    `yaml:"api_url" doc:"the address of Slack's Web API, for GovSlack and for trying out"`
	AllowPrivate bool          `yaml:"allow_private" doc:"allow an address in your own network or on this machine, also over plain http"`
	Text         string        `yaml:"text" doc:"what messages say instead of leadhub's own words, with {{ expressions }}"`
	Blocks       template.Tree `yaml:"blocks" doc:"the Block Kit blocks of messages, with {{ expressions }} in their texts"`
	Fields       Facts         `yaml:"fields" doc:"which facts leadhub's own message shows, in order"`
}

const apiURL = "https://slack.com/api/"

func defaults() Config { return Config{APIURL: apiURL} }

// Slack allows about one message per second and channel, and several hundred per
// minute in a workspace (documented).
const (
	perChannel   = 1
	perWorkspace = 4
	concurrency  = 4
	// maxReply holds a page of a channel's history.
	maxReply = 4 << 20
)

func wrong(field, message, suggestion string) error {
	return &plugin.FieldError{Field: field, Message: message, Suggestion: suggestion}
}

func build(c Config, deps plugin.Deps) (outputs.Output, error) {
	switch {
	case c.Token.IsZero() && c.WebhookURL == "":
		return nil, wrong("token", "missing", `write token: "${SLACK_TOKEN}" for any channel, or webhook_url: "${SLACK_WEBHOOK_URL}" for one fixed channel`)
	case !c.Token.IsZero() && c.WebhookURL != "":
		return nil, wrong("webhook_url", "a Slack output has either a token or a webhook_url, not both", "remove one; the token can do more")
	}
	v := view{scopes: &template.Scopes{}}
	err := v.apply(c.Text, c.Blocks, c.Fields, deps.Compiler())
	if c.WebhookURL != "" {
		return buildHook(c, deps, v, err)
	}
	return buildBot(c, deps, v, err)
}

func buildBot(c Config, deps plugin.Deps, v view, viewErr error) (outputs.Output, error) {
	errs := []error{viewErr}
	if c.Channel != "" {
		if err := checkChannel(c.Channel); err != nil {
			errs = append(errs, wrong("channel", err.Error(), ""))
		}
	}
	errs = append(errs, checkToken(c.Token))
	unset := ""
	if c.Token.Unset() {
		unset = "token"
	}
	api := &url.URL{Scheme: "https", Host: "slack.com", Path: "/api/"}
	if c.APIURL == egress.UnsetURL {
		unset = "api_url"
	} else {
		parsed, err := c.APIURL.Parse("api_url", c.AllowPrivate)
		errs = append(errs, err)
		if parsed != nil {
			api = parsed
		}
	}
	err := errors.Join(errs...)
	if onlyWarnings(err) {
		return newBot(c, deps, api, unset, v), err
	}
	return nil, err
}

func checkToken(token plugin.Secret) error {
	t := token.Reveal()
	switch {
	case token.Unset(), strings.HasPrefix(t, "xoxb-"), strings.HasPrefix(t, "xoxe.xoxb-"):
		return nil
	case strings.HasPrefix(t, "xapp-"):
		return wrong("token", "this is an app-level token, which cannot post", "use the Bot User OAuth Token from “OAuth & Permissions”: it begins with xoxb-")
	case strings.HasPrefix(t, "https://"):
		return wrong("token", "this is a URL, not a token", "write it as webhook_url")
	case strings.ContainsFunc(t, func(c rune) bool { return c <= ' ' || c > '~' }):
		return wrong("token", "a token has no spaces or special characters", "copy it again")
	default:
		return &plugin.FieldError{
			Field: "token", Message: "this does not look like a bot token, which begins with xoxb-", Warning: true,
			Suggestion: "use the Bot User OAuth Token from “OAuth & Permissions”",
		}
	}
}

func buildHook(c Config, deps plugin.Deps, v view, viewErr error) (outputs.Output, error) {
	errs := []error{viewErr}
	if c.Channel != "" {
		errs = append(errs, wrong("channel", "an incoming webhook posts to the one channel it was made for", "remove this line, or use a token"))
	}
	if c.APIURL != apiURL {
		errs = append(errs, wrong("api_url", "an incoming webhook has its own address", "remove this line"))
	}
	var hook *url.URL
	unset := ""
	if c.WebhookURL == egress.UnsetURL {
		unset = "webhook_url"
	} else {
		parsed, err := c.WebhookURL.Parse("webhook_url", c.AllowPrivate)
		errs = append(errs, err)
		if parsed != nil {
			errs = append(errs, checkHook(parsed, c.AllowPrivate))
		}
		hook = parsed
	}
	err := errors.Join(errs...)
	if onlyWarnings(err) {
		return newHook(c, deps, hook, unset, v), err
	}
	return nil, err
}

func checkHook(u *url.URL, private bool) error {
	ours := u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com"
	switch {
	case ours && !strings.HasPrefix(u.Path, "/services/"):
		return wrong("webhook_url", "this is not an incoming webhook (a workflow's trigger understands other messages)", "its address begins with https://hooks.slack.com/services/")
	case !ours && !private:
		return &plugin.FieldError{
			Field: "webhook_url", Message: "this is not an address of Slack's", Warning: true,
			Suggestion: "an incoming webhook's begins with https://hooks.slack.com/services/",
		}
	}
	return nil
}

func onlyWarnings(err error) bool {
	fields, rest := plugin.FieldErrors(err)
	for _, f := range fields {
		if !f.Warning {
			return false
		}
	}
	return rest == nil
}

var (
	channelID   = regexp.MustCompile(`^[CGD][A-Z0-9]{6,24}$`)
	channelName = regexp.MustCompile(`^#[\p{Ll}\p{Lo}\p{M}\p{N}_-]{1,80}$`)
	notInName   = regexp.MustCompile(`[^\p{Ll}\p{Lo}\p{M}\p{N}_-]+`)
)

// checkChannel says what is wrong with a channel's name or id, and what it should be.
func checkChannel(s string) error {
	if channelID.MatchString(s) || channelName.MatchString(s) {
		return nil
	}
	if strings.HasPrefix(s, "@") {
		return fmt.Errorf("%q is a person; messages go to channels: write for example \"#leads\"", s)
	}
	if name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(strings.TrimSpace(s)), "-"), "-"); name != "" && len(name) <= 80 {
		return fmt.Errorf("%q is not the name of a channel: did you mean \"#%s\"?", s, name)
	}
	return fmt.Errorf("%q is not the name of a channel: write for example \"#leads\", or its id, \"C0123456789\"", s)
}

// notSet is what sending fails with when a secret had no value: only commands
// that look are built that way.
func notSet(name, field string) error {
	return outputs.Pause(fmt.Errorf("output %s: %s is not set", name, field))
}
