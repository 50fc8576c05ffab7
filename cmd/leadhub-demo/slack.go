package main

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// slackStandIn behaves as Slack's Web API does for a bot that posts: it checks
// the token and the limits of a message, keeps what was posted, and answers 429
// once. It is safe for concurrent use.
type slackStandIn struct {
	token string
	seen  func(slackMessage) // called for every message posted or changed

	mu       sync.Mutex
	stumbled bool
	messages []slackMessage
	byKey    map[string]int // posts by channel and metadata: more than one is a duplicate
	refused  []string       // what was wrong with requests that were turned down
}

// slackMessage is one message as it stands.
type slackMessage struct {
	Channel  string          `json:"-"`
	TS       string          `json:"ts"`
	ThreadTS string          `json:"thread_ts,omitempty"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Changed  bool            `json:"-"`
}

const slackRetryAfter = "1" // seconds

func newSlackStandIn(token string, seen func(slackMessage)) *slackStandIn {
	return &slackStandIn{token: token, seen: seen, byKey: map[string]int{}}
}

// ServeHTTP serves the methods an output needs.
func (s *slackStandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	args, err := slackArgs(r)
	if err != nil {
		s.refuse(w, "invalid_form_data", err.Error())
		return
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		args["token"] = token
	}
	if args["token"] != s.token {
		s.refuse(w, "invalid_auth", "the token is not the bot's")
		return
	}
	switch method := strings.TrimPrefix(r.URL.Path, "/api/"); method {
	case "auth.test":
		answer(w, http.StatusOK, map[string]any{"ok": true, "team_id": "T0DEMO", "user_id": "U0LEADHUB", "bot_id": "B0LEADHUB"})
	case "chat.postMessage":
		s.post(w, args)
	case "chat.update":
		s.update(w, args)
	case "conversations.history", "conversations.replies":
		s.history(w, args)
	default:
		s.refuse(w, "unknown_method", method)
	}
}

// slackArgs reads a call's arguments: a form, as Slack's libraries send, or JSON.
func slackArgs(r *http.Request) (map[string]string, error) {
	args := map[string]string{}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	if kind == "application/json" {
		var in map[string]json.RawMessage
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&in); err != nil {
			return nil, err
		}
		for name, raw := range in {
			var text string
			if json.Unmarshal(raw, &text) != nil {
				text = string(raw)
			}
			args[name] = text
		}
		return args, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	for name, values := range r.Form {
		args[name] = values[0]
	}
	return args, nil
}

func (s *slackStandIn) post(w http.ResponseWriter, args map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stumbled {
		s.stumbled = true
		w.Header().Set("Retry-After", slackRetryAfter)
		answer(w, http.StatusTooManyRequests, map[string]any{"ok": false, "error": "ratelimited"})
		return
	}
	m := slackMessage{
		Channel: args["channel"], ThreadTS: args["thread_ts"], Text: args["text"],
		Blocks: json.RawMessage(args["blocks"]), Metadata: json.RawMessage(args["metadata"]),
		TS: fmt.Sprintf("1700000000.%06d", len(s.messages)+1),
	}
	if code, why := m.problem(); code != "" {
		s.refuseLocked(w, code, why)
		return
	}
	s.messages = append(s.messages, m)
	if len(m.Metadata) > 0 {
		s.byKey[m.Channel+" "+string(m.Metadata)]++
	}
	s.seen(m)
	answer(w, http.StatusOK, map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "message": m})
}

func (s *slackStandIn) update(w http.ResponseWriter, args map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.messages {
		m := &s.messages[i]
		if m.Channel != args["channel"] || m.TS != args["ts"] {
			continue
		}
		changed := *m
		changed.Text, changed.Blocks, changed.Changed = args["text"], json.RawMessage(args["blocks"]), true
		if code, why := changed.problem(); code != "" {
			s.refuseLocked(w, code, why)
			return
		}
		*m = changed
		s.seen(changed)
		answer(w, http.StatusOK, map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "text": m.Text})
		return
	}
	s.refuseLocked(w, "message_not_found", args["ts"])
}

// history answers the newest messages first, whole, so that a sender can find
// what it has posted.
func (s *slackStandIn) history(w http.ResponseWriter, args map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []slackMessage{}
	for _, m := range slices.Backward(s.messages) {
		inThread := args["ts"] == "" || m.TS == args["ts"] || m.ThreadTS == args["ts"]
		if m.Channel == args["channel"] && inThread {
			found = append(found, m)
		}
	}
	answer(w, http.StatusOK, map[string]any{"ok": true, "messages": found, "has_more": false})
}

func (s *slackStandIn) refuse(w http.ResponseWriter, code, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseLocked(w, code, why)
}

// refuseLocked answers as Slack does when it says no: with 200.
func (s *slackStandIn) refuseLocked(w http.ResponseWriter, code, why string) {
	s.refused = append(s.refused, code+": "+why)
	answer(w, http.StatusOK, map[string]any{"ok": false, "error": code})
}

// find returns the message whose ts a delivery's remote id names.
func (s *slackStandIn) find(remoteID string) (slackMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if strings.Contains(remoteID, m.TS) {
			return m, true
		}
	}
	return slackMessage{}, false
}

// standing is what a stand-in has to say at the end.
type standing struct {
	lines      []string
	duplicates int
	refused    []string
}

func (s *slackStandIn) standing() standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	var st standing
	counts := map[string]int{}
	var channels []string
	for _, m := range s.messages {
		if counts[m.Channel]++; counts[m.Channel] == 1 {
			channels = append(channels, m.Channel)
		}
	}
	for _, c := range channels {
		st.lines = append(st.lines, fmt.Sprintf("%s: %s", c, plural(counts[c], "message")))
	}
	for _, n := range s.byKey {
		st.duplicates += n - 1
	}
	st.refused = append(st.refused, s.refused...)
	return st
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the sender has gone: nobody is left to tell
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}
