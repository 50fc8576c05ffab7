package slack

import (
	"strings"
	"time"

	"leadhub/outputs"
)

// messageLimitWait is how long to wait when a workspace has used up its messages
// of the day.
const messageLimitWait = 3 * time.Hour

// instructionFor says what an error code of Slack's asks for (codes documented; a
// code we do not know is tried again, as nothing was posted).
func instructionFor(codeName string) (i outputs.Instruction, after time.Duration) {
	switch codeName {
	case "ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "org_login_required",
		"request_timeout": // the request arrived cut off
		return outputs.InstructRetry, 0
	case "message_limit_exceeded":
		return outputs.InstructRetry, messageLimitWait
	case "fatal_error", "internal_error": // part of it may have been carried out
		return outputs.InstructAmbiguous, 0
	case "not_authed", "invalid_auth", "token_expired", "token_revoked", "account_inactive", "missing_scope", "access_denied",
		"accesslimited", "ekm_access_denied", "not_allowed_token_type", "no_permission", "team_access_not_granted",
		"two_factor_setup_required", "user_is_restricted", "invalid_token", "action_prohibited":
		return outputs.InstructPause, 0
	case "channel_not_found", "is_archived", "channel_is_archived", "not_in_channel", "team_not_found":
		return outputs.InstructPauseTarget, 0
	case "no_text", "msg_too_long", "msg_blocks_too_long", "too_many_attachments", "metadata_too_large", "invalid_metadata_format",
		"invalid_metadata_schema", "metadata_must_be_sent_from_app", "invalid_payload", "invalid_json", "invalid_post_type",
		"invalid_form_data", "invalid_charset", "missing_post_type", "block_mismatch",
		"message_not_found", "cant_update_message", "edit_window_closed", "cannot_reply_to_message", "user_not_found":
		return outputs.InstructRefused, 0
	}
	switch {
	case strings.HasPrefix(codeName, "restricted_action_") && strings.HasSuffix(codeName, "_channel"):
		return outputs.InstructPauseTarget, 0 // that one channel is closed to apps
	case strings.HasPrefix(codeName, "restricted_action"):
		return outputs.InstructPause, 0
	case strings.HasPrefix(codeName, "invalid_blocks"), strings.HasPrefix(codeName, "invalid_arg"):
		return outputs.InstructRefused, 0
	default:
		return outputs.InstructRetry, 0
	}
}

// advice says in plain words what a code means and what to do; "" where the code
// says it all.
func advice(codeName string) string {
	switch codeName {
	case "not_authed", "invalid_auth", "invalid_token":
		return "the token is not valid; copy the Bot User OAuth Token from your app's “OAuth & Permissions” page again"
	case "token_expired", "token_revoked", "account_inactive":
		return "the token no longer works; install the app to the workspace again and copy the new token"
	case "missing_scope":
		return "the app may not do this; add the scope under “OAuth & Permissions” and install the app again"
	case "channel_not_found":
		return "there is no such channel, or it is private and the app was not invited: write /invite @your-app in it"
	case "not_in_channel":
		return "the app is not in the channel: write /invite @your-app in it, or give the app the scope chat:write.public"
	case "is_archived", "channel_is_archived":
		return "the channel is archived; name another one, or bring it back"
	case "restricted_action", "action_prohibited":
		return "a setting of the workspace forbids the app to post"
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return "too many messages; sent again later"
	case "team_not_found":
		return "the channel belongs to a workspace that the app is not installed in"
	case "message_not_found", "cant_update_message", "edit_window_closed":
		return "the earlier message was deleted or can no longer be edited"
	default:
		if strings.HasPrefix(codeName, "restricted_action_") {
			return "the channel's settings forbid the app to post there"
		}
		return ""
	}
}
