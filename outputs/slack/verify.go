package slack

import (
	"context"
	"errors"
	"slices"
	"strings"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

const (
	// scopesHeader names the scopes of the token in every answer (documented), spelt
	// as net/http does.
	scopesHeader = "X-Oauth-Scopes"
	reinstall    = "add it under “OAuth & Permissions” of your Slack app, then reinstall the app to the workspace"
)

// Verify asks Slack whose token it is (auth.test) and which scopes it has. It posts
// nothing. An incoming webhook cannot be asked without posting through it.
func (b *bot) Verify(ctx context.Context) error {
	if b.unset != "" {
		return notSet(b.name, b.unset)
	}
	call, ctx := newCall(ctx)
	_, failed := b.api.AuthTestContext(ctx)
	if _, err := b.read(call, failed, ""); err != nil {
		i, after, status := outputs.InstructionOf(err)
		field := ""
		switch {
		case i == outputs.InstructPause && status != 0:
			field = "token"
		case i == outputs.InstructAmbiguous && status != 0, i == outputs.InstructRefused:
			field = "api_url"
		default:
			return err
		}
		return &outputs.Error{Instruction: i, After: after, Status: status, Err: &plugin.FieldError{Field: field, Message: err.Error()}}
	}
	header, told := call.reply.Header[scopesHeader]
	if !told {
		return nil
	}
	return checkScopes(strings.Join(header, ","))
}

func checkScopes(header string) error {
	scopes := strings.FieldsFunc(header, func(c rune) bool { return c == ',' || c == ' ' })
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(s string) bool { return slices.Contains(scopes, s) })
	}
	warn := func(message, suggestion string) error {
		return &plugin.FieldError{Field: "token", Message: message, Suggestion: suggestion, Warning: true}
	}
	var errs []error
	if !has("chat:write") {
		return outputs.Pause(&plugin.FieldError{Field: "token", Message: "the app may not post: its scope chat:write is missing", Suggestion: reinstall})
	}
	if !has("chat:write.public") {
		errs = append(errs, warn("without the scope chat:write.public the app posts only to channels it was invited to", "invite it to each channel (/invite @app), or "+reinstall))
	}
	if !has("channels:history", "groups:history") || !has("channels:read", "groups:read") {
		errs = append(errs, warn("a message whose answer got lost cannot be looked for: that takes the scopes channels:history and channels:read, for private channels groups:history and groups:read", strings.Replace(reinstall, "add it", "add them", 1)))
	}
	return errors.Join(errs...)
}
