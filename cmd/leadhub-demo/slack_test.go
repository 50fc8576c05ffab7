package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// call makes one call as Slack's libraries do and returns status and answer.
func call(t *testing.T, s *slackStandIn, method string, args url.Values) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/"+method, strings.NewReader(args.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v in %s", method, err, w.Body)
	}
	return w.Code, out
}

func newTestSlack(stumbled bool) *slackStandIn {
	s := newSlackStandIn("xoxb", func(slackMessage) {})
	s.stumbled = stumbled
	return s
}

func TestSlackStumblesOnce(t *testing.T) {
	s := newTestSlack(false)
	args := url.Values{"token": {"xoxb"}, "channel": {"#hot"}, "text": {"hello"}}
	if status, out := call(t, s, "chat.postMessage", args); status != http.StatusTooManyRequests || out["error"] != "ratelimited" {
		t.Errorf("first: %d %v", status, out)
	}
	if status, out := call(t, s, "chat.postMessage", args); status != http.StatusOK || out["ok"] != true {
		t.Errorf("second: %d %v", status, out)
	}
	if got := s.standing().lines; !cmp.Equal(got, []string{"#hot: 1 message"}) {
		t.Errorf("standing: %q", got)
	}
}

func TestSlackRefusesAsSlackDoes(t *testing.T) {
	long := `[{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("x", maxSection+1) + `"}}]`
	for _, tt := range []struct {
		name, method string
		args         url.Values
		want         string
	}{
		{"no token", "chat.postMessage", url.Values{"channel": {"#x"}, "text": {"t"}}, "invalid_auth"},
		{"no channel", "chat.postMessage", url.Values{"token": {"xoxb"}, "text": {"t"}}, "channel_not_found"},
		{"no text", "chat.postMessage", url.Values{"token": {"xoxb"}, "channel": {"#x"}}, "no_text"},
		{"broken blocks", "chat.postMessage", url.Values{"token": {"xoxb"}, "channel": {"#x"}, "text": {"t"}, "blocks": {"{"}}, "invalid_blocks_format"},
		{"long section", "chat.postMessage", url.Values{"token": {"xoxb"}, "channel": {"#x"}, "text": {"t"}, "blocks": {long}}, "invalid_blocks"},
		{"unknown block", "chat.postMessage", url.Values{"token": {"xoxb"}, "channel": {"#x"}, "text": {"t"}, "blocks": {`[{"type":"poem"}]`}}, "invalid_blocks"},
		{"unknown message", "chat.update", url.Values{"token": {"xoxb"}, "channel": {"#x"}, "ts": {"1"}, "text": {"t"}}, "message_not_found"},
		{"unknown method", "chat.sing", url.Values{"token": {"xoxb"}}, "unknown_method"},
	} {
		s := newTestSlack(true)
		status, out := call(t, s, tt.method, tt.args)
		if status != http.StatusOK || out["ok"] != false || out["error"] != tt.want {
			t.Errorf("%s: %d %v, want %s", tt.name, status, out, tt.want)
		}
		if len(s.standing().refused) != 1 {
			t.Errorf("%s: refused %q", tt.name, s.standing().refused)
		}
	}
}

func TestSlackKeepsAndFindsMessages(t *testing.T) {
	s := newTestSlack(true)
	args := url.Values{"token": {"xoxb"}, "channel": {"#hot"}, "text": {"one"}, "metadata": {`{"event_payload":{"lead_id":"ld_a"}}`}}
	_, first := call(t, s, "chat.postMessage", args)
	ts, _ := first["ts"].(string)
	if _, out := call(t, s, "chat.update", url.Values{"token": {"xoxb"}, "channel": {"#hot"}, "ts": {ts}, "text": {"changed"}}); out["ok"] != true {
		t.Errorf("update: %v", out)
	}
	_, history := call(t, s, "conversations.history", url.Values{"token": {"xoxb"}, "channel": {"#hot"}})
	messages, _ := history["messages"].([]any)
	if len(messages) != 1 || messages[0].(map[string]any)["text"] != "changed" || messages[0].(map[string]any)["metadata"] == nil {
		t.Errorf("history: %v", history)
	}
	if m, ok := s.find("#hot:" + ts); !ok || m.Text != "changed" {
		t.Errorf("find: %+v %v", m, ok)
	}
	if s.standing().duplicates != 0 {
		t.Error("an update counted as a duplicate")
	}
	call(t, s, "chat.postMessage", args)
	if s.standing().duplicates != 1 {
		t.Error("the same message twice is no duplicate")
	}
}

func TestMessageLines(t *testing.T) {
	m := slackMessage{Text: "fallback", Blocks: json.RawMessage(`[
		{"type":"header","text":{"type":"plain_text","text":"Jane Doe"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*CTO* at <https://acme.com|Acme &amp; Sons>\nsecond line"},
		 "fields":[{"type":"mrkdwn","text":"*Potential*\nhigh"},{"type":"mrkdwn","text":"*Score*\n90"}]},
		{"type":"divider"},
		{"type":"context","elements":[{"type":"mrkdwn","text":"because lead_potential == \"high\""}]},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"https://acme.com"}]}
	]`)}
	if code, why := m.problem(); code == "" {
		t.Error("a message without a channel was accepted")
	} else if code != "channel_not_found" {
		t.Errorf("%s %s", code, why)
	}
	want := []string{
		"Jane Doe",
		"CTO at Acme & Sons", "second line",
		"Potential high · Score 90",
		`because lead_potential == "high"`,
		"[Open]",
	}
	if diff := cmp.Diff(want, m.lines()); diff != "" {
		t.Error(diff)
	}
	if m.summary() != "Jane Doe" {
		t.Errorf("summary %q", m.summary())
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a < b":                   "a < b",
		"<https://x.y>":           "https://x.y",
		"<mailto:a@b.c|a@b.c> ok": "a@b.c ok",
		"&lt;!channel&gt;":        "<!channel>",
		"*bold* `code`":           "bold code",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}
