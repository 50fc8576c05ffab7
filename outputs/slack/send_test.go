package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack/slacktest"
)

// world is a bot output with the stand-in it posts to.
type world struct {
	t      *testing.T
	slack  *slacktest.Slack
	target *outputtest.Target
	out    outputs.Output
}

func newWorld(t *testing.T, more string) *world {
	t.Helper()
	w := &world{t: t, slack: slacktest.New()}
	w.target = outputtest.NewTarget(t, w.slack)
	w.out = offline(t, fmt.Sprintf("token: %q\napi_url: %q\nallow_private: true\n%s", slacktest.Token, w.target.URL+"/api", more))
	return w
}

func send(t *testing.T, out outputs.Output, d *outputs.Delivery) (outputs.Receipt, error) {
	t.Helper()
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return out.Send(ctx, d, r)
}

func (w *world) mustSend(d *outputs.Delivery) outputs.Receipt {
	w.t.Helper()
	receipt, err := send(w.t, w.out, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return receipt
}

func (w *world) find(d *outputs.Delivery) (outputs.Receipt, bool, error) {
	w.t.Helper()
	return w.out.(outputs.Reconciler).Find(w.t.Context(), d)
}

func TestErrorCodes(t *testing.T) {
	for code, want := range map[string]outputs.Instruction{
		"ratelimited": outputs.InstructRetry, "rate_limited": outputs.InstructRetry, "service_unavailable": outputs.InstructRetry,
		"request_timeout": outputs.InstructRetry, "team_added_to_org": outputs.InstructRetry, "org_login_required": outputs.InstructRetry,
		"message_limit_exceeded": outputs.InstructRetry, "something_new": outputs.InstructRetry,
		"fatal_error": outputs.InstructAmbiguous, "internal_error": outputs.InstructAmbiguous,
		"not_authed": outputs.InstructPause, "invalid_auth": outputs.InstructPause, "token_expired": outputs.InstructPause,
		"token_revoked": outputs.InstructPause, "account_inactive": outputs.InstructPause, "missing_scope": outputs.InstructPause,
		"access_denied": outputs.InstructPause, "accesslimited": outputs.InstructPause, "ekm_access_denied": outputs.InstructPause,
		"restricted_action": outputs.InstructPause, "restricted_action_read_only_channel": outputs.InstructPauseTarget,
		"channel_not_found": outputs.InstructPauseTarget, "is_archived": outputs.InstructPauseTarget,
		"not_in_channel": outputs.InstructPauseTarget, "team_not_found": outputs.InstructPauseTarget,
		"no_text": outputs.InstructRefused, "msg_too_long": outputs.InstructRefused, "msg_blocks_too_long": outputs.InstructRefused,
		"invalid_blocks": outputs.InstructRefused, "invalid_blocks_format": outputs.InstructRefused, "invalid_arguments": outputs.InstructRefused,
		"invalid_arg_name": outputs.InstructRefused, "too_many_attachments": outputs.InstructRefused, "metadata_too_large": outputs.InstructRefused,
	} {
		w := newWorld(t, "")
		w.slack.Refuse("chat.postMessage", code)
		_, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot"))
		got, after, status := outputs.InstructionOf(err)
		if err == nil || got != want || status != http.StatusOK {
			t.Errorf("%s: %v (status %d, %v), want %v", code, got, status, err, want)
			continue
		}
		if !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), "#hot") {
			t.Errorf("%s: the error names neither code nor channel: %v", code, err)
		}
		if wait := code == "message_limit_exceeded"; wait != (after >= time.Hour) {
			t.Errorf("%s: wait %v", code, after)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for code, want := range map[string]string{
		"not_in_channel":    "/invite",
		"channel_not_found": "/invite",
		"invalid_auth":      "Bot User OAuth Token",
		"missing_scope":     "needed: chat:write",
		"is_archived":       "archived",
	} {
		w := newWorld(t, "")
		w.slack.Refuse("chat.postMessage", code)
		if _, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", code, err, want)
		}
	}
}

func TestAnswersThatAreNotSlacks(t *testing.T) {
	for name, step := range map[string]outputtest.Step{
		"html":       {Status: 200, Body: "<html>Please log in to the hotel's network</html>"},
		"no ok":      {Status: 200, Body: `{"channel":"C1","ts":"1.2"}`},
		"empty":      {Status: 200},
		"cut":        {Status: 200, Body: `{"ok":true,"chan`},
		"accepted":   {Status: 202, Body: `{"ok":true}`},
		"not object": {Status: 200, Body: `true`},
	} {
		w := newWorld(t, "")
		w.target.Next(step)
		_, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot"))
		if got, _, _ := outputs.InstructionOf(err); err == nil || got != outputs.InstructAmbiguous {
			t.Errorf("%s: %v (%v), want ambiguous", name, got, err)
		}
	}
	w := newWorld(t, "")
	w.target.Next(outputtest.Step{Status: 200, Body: `{"ok":false}`})
	if _, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot")); err == nil {
		t.Error("ok:false without a code is taken for a success")
	}
	w.target.Next(outputtest.Step{Status: 200, Body: `{"ok":true,"channel":"C1","ts":"1.2","message":["no object"]}`})
	if r, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot")); err != nil || r.RemoteID != "C1:1.2" {
		t.Errorf("a success with an odd detail: %+v, %v", r, err)
	}
}

func TestTheTokenTravelsOnlyToTheAPI(t *testing.T) {
	w := newWorld(t, "")
	w.target.Next(outputtest.Step{Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": w.target.URL + "/elsewhere"}})
	_, err := send(t, w.out, outputtest.LeadDelivery(1, "#hot"))
	if got, _, _ := outputs.InstructionOf(err); err == nil || got != outputs.InstructRefused {
		t.Errorf("a redirect: %v", err)
	}
	if n := len(w.target.Requests()); n != 1 {
		t.Errorf("%d requests, want 1: redirects are not followed", n)
	}
}

func TestUpdates(t *testing.T) {
	first := outputtest.LeadDelivery(1, "#hot")
	revision := func(n int, how outputs.OnUpdate, before outputs.Receipt) *outputs.Delivery {
		d := outputtest.LeadDelivery(1, "#hot")
		d.ID, d.Lead.Revision, d.OnUpdate = fmt.Sprintf("dl_r%d", n), n, how
		d.Previous = &outputs.Sent{Revision: n - 1, RemoteID: before.RemoteID}
		return d
	}
	for how, want := range map[outputs.OnUpdate]string{
		"":                   "C0HOT000001:1772463600.000001:1772463600.000003",
		outputs.UpdateThread: "C0HOT000001:1772463600.000001:1772463600.000003",
		outputs.UpdateEdit:   "C0HOT000001:1772463600.000001",
		outputs.UpdateSend:   "C0HOT000001:1772463600.000003",
	} {
		t.Run("on update "+string(how), func(t *testing.T) {
			w := newWorld(t, "")
			second := revision(2, how, w.mustSend(first))
			r2 := w.mustSend(second)
			third := revision(3, how, r2)
			if _, found, err := w.find(third); found || err != nil {
				t.Fatalf("found before it was sent: %v, %v", found, err)
			}
			r3 := w.mustSend(third)
			if r3.RemoteID != want {
				t.Errorf("remote id %q, want %q", r3.RemoteID, want)
			}
			got, found, err := w.find(third)
			if err != nil || !found || got.RemoteID != r3.RemoteID {
				t.Errorf("Find = %+v, %v, %v, want %q", got, found, err, r3.RemoteID)
			}
			for _, m := range w.slack.Messages() {
				if title := m.Blocks[0].Text.Text; m.ThreadTS != "" && (m.ThreadTS != "1772463600.000001" || !strings.HasPrefix(title, "Update: ")) {
					t.Errorf("an answer to %s, titled %q", m.ThreadTS, title)
				}
			}
			wantMessages := 3
			if how == outputs.UpdateEdit {
				wantMessages = 1
			}
			if n := len(w.slack.Messages()); n != wantMessages {
				t.Errorf("%d messages, want %d", n, wantMessages)
			}
		})
	}
}

func TestUpdateOfWhatHasNoPlace(t *testing.T) {
	w := newWorld(t, "")
	d := outputtest.LeadDelivery(1, "#hot")
	d.Previous = &outputs.Sent{Revision: 1, RemoteID: "sent by the webhook"}
	if r := w.mustSend(d); r.RemoteID == "" {
		t.Error("no message was posted")
	}
}

func TestFindLooksFarEnoughAndNoFurther(t *testing.T) {
	w := newWorld(t, "")
	w.slack.SetPageSize(2)
	d := outputtest.LeadDelivery(0, "#hot")
	want := w.mustSend(d)
	for i := range 9 {
		w.mustSend(outputtest.LeadDelivery(i+1, "#hot"))
	}
	if got, found, err := w.find(d); err != nil || !found || got.RemoteID != want.RemoteID {
		t.Errorf("on the fifth page: %+v, %v, %v", got, found, err)
	}
	w.mustSend(outputtest.LeadDelivery(99, "#hot"))
	_, found, err := w.find(d)
	if got, _, _ := outputs.InstructionOf(err); found || err == nil || got != outputs.InstructAmbiguous {
		t.Errorf("beyond the fifth page: %v, %v, want ambiguous", found, err)
	}
}

func TestFindNeverPauses(t *testing.T) {
	for code, want := range map[string]outputs.Instruction{
		"missing_scope":  outputs.InstructAmbiguous,
		"not_in_channel": outputs.InstructAmbiguous,
		"invalid_auth":   outputs.InstructAmbiguous,
		"ratelimited":    outputs.InstructRetry,
		"internal_error": outputs.InstructRetry,
	} {
		for _, method := range []string{"conversations.list", "conversations.history"} {
			w := newWorld(t, "")
			w.slack.Refuse(method, code)
			_, found, err := w.find(outputtest.LeadDelivery(1, "#hot"))
			if got, _, _ := outputs.InstructionOf(err); found || err == nil || got != want {
				t.Errorf("%s at %s: %v, %v (%v), want %v", code, method, found, got, err, want)
			}
		}
	}
	w := newWorld(t, "")
	w.target.Next(outputtest.Step{Reset: outputtest.BeforeCommit})
	_, _, err := w.find(outputtest.LeadDelivery(1, "C0HOT000001"))
	if got, _, _ := outputs.InstructionOf(err); err == nil || got != outputs.InstructRetry {
		t.Errorf("a broken look: %v, want retry: nothing can have been done", err)
	}
	w.target.Next(outputtest.Step{Status: 200, Body: `{"ok":true,"messages":"none"}`})
	if _, found, err := w.find(outputtest.LeadDelivery(1, "C0HOT000001")); err == nil || found {
		t.Errorf("an unreadable history: %v, %v", found, err)
	}
}

func TestDefaultChannel(t *testing.T) {
	w := newWorld(t, "channel: \"#cold\"\n")
	if err := w.out.CheckTarget(""); err != nil {
		t.Error(err)
	}
	w.mustSend(outputtest.LeadDelivery(1, ""))
	w.mustSend(outputtest.LeadDelivery(2, "#hot"))
	var got []string
	for _, m := range w.slack.Messages() {
		got = append(got, m.Channel)
	}
	if diff := cmp.Diff([]string{slacktest.Cold, slacktest.Hot}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMetadataHoldsNoPersonalData(t *testing.T) {
	w := newWorld(t, "")
	w.mustSend(outputtest.LeadDelivery(1, "#hot"))
	m := w.slack.Messages()[0].Metadata
	want := map[string]any{"delivery": "dl_contract_1", "lead_id": outputtest.LeadDelivery(1, "").Lead.ID, "revision": 1.0}
	if diff := cmp.Diff(slacktest.Metadata{EventType: "leadhub_lead", EventPayload: want}, m); diff != "" {
		t.Error(diff)
	}
}

func TestWebhookAnswers(t *testing.T) {
	s := slacktest.New()
	target := outputtest.NewTarget(t, s)
	out := offline(t, fmt.Sprintf("webhook_url: %q\nallow_private: true\n", target.URL+slacktest.HookPath))
	for _, tc := range []struct {
		status int
		body   string
		want   outputtest.Expect
	}{
		{200, "ok", outputtest.Expect{}},
		{200, "accepted", outputtest.Expect{}}, // not Slack, but it took it
		{200, `{"ok":false,"error":"invalid_token"}`, outputtest.Fails(outputs.InstructPause)},
		{400, "invalid_payload", outputtest.Fails(outputs.InstructRefused)},
		{400, "user_not_found", outputtest.Fails(outputs.InstructRefused)},
		{400, "invalid_blocks", outputtest.Fails(outputs.InstructRefused)},
		{403, "action_prohibited", outputtest.Fails(outputs.InstructPause)},
		{403, "invalid_token", outputtest.Fails(outputs.InstructPause)},
		{404, "channel_not_found", outputtest.Fails(outputs.InstructDisable)},
		{404, "no_service", outputtest.Fails(outputs.InstructDisable)},
		{410, "channel_is_archived", outputtest.Fails(outputs.InstructDisable)},
		{500, "rollup_error", outputtest.Fails(outputs.InstructRetry)},
		{429, "rate_limited", outputtest.Fails(outputs.InstructRetry)},
		{503, "<html>busy</html>", outputtest.Fails(outputs.InstructRetry)},
	} {
		target.Next(outputtest.Step{Status: tc.status, Body: tc.body})
		_, err := send(t, out, outputtest.LeadDelivery(1, ""))
		if got := outputtest.Got(err); got != tc.want {
			t.Errorf("%d %s: %s (%v), want %s", tc.status, tc.body, got, err, tc.want)
		}
		if err != nil && tc.status != 503 && tc.status != 200 && !strings.Contains(err.Error(), tc.body) {
			t.Errorf("%d %s: the error does not name it: %v", tc.status, tc.body, err)
		}
	}
	// slack-go's own webhook call would have lost these words.
	target.Next(outputtest.Step{Status: 410, Body: "channel_is_archived"})
	if _, err := send(t, out, outputtest.LeadDelivery(1, "")); err == nil || !strings.Contains(err.Error(), "the channel is archived") {
		t.Errorf("archived: %v", err)
	}
	if _, ok := out.(outputs.Reconciler); ok {
		t.Error("a webhook cannot look into its channel")
	}
}

func TestUnsetSecretsCannotSend(t *testing.T) {
	for _, block := range []string{"token: !leadhub/unset x", "webhook_url: !leadhub/unset x"} {
		out := offline(t, block)
		d := outputtest.LeadDelivery(1, "#hot")
		if strings.HasPrefix(block, "webhook") {
			d.Target = ""
		}
		_, err := send(t, out, d)
		var e *outputs.Error
		if !errors.As(err, &e) || e.Instruction != outputs.InstructPause || !strings.Contains(err.Error(), "is not set") {
			t.Errorf("%s: %v", block, err)
		}
	}
}
