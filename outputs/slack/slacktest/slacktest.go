// Package slacktest is a stand-in for Slack's Web API and incoming webhooks. It
// keeps the messages it is sent, and refuses what Slack would refuse by its
// documented limits. Only tests import it.
package slacktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// Token is the one token the stand-in accepts.
//
//nolint:gosec // made up
const Token = "xoxb-12345-67890-AbCdEfGhIjKl"

// HookPath is the path of the one incoming webhook, which posts to Hot.
const HookPath = "/services/T0AAAAAAA/B0BBBBBBB/abcdefSECRETxyz"

// The channels there are.
const (
	Hot  = "C0HOT000001"
	Cold = "C0COLD00002"
)

// Message is one message.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string
	Text     string
	Blocks   []Block
	Metadata Metadata
	Edits    int
}

// Metadata is what an app attaches to a message.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Block is the part of a block that is looked at.
type Block struct {
	Type     string `json:"type"`
	BlockID  string `json:"block_id"`
	Text     *Text  `json:"text"`
	Fields   []Text `json:"fields"`
	Elements []Text `json:"elements"`
}

// Text is a text object.
type Text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

// Texts returns every text of a message's blocks.
func (m *Message) Texts() []string {
	var texts []string
	for _, b := range m.Blocks {
		if b.Text != nil {
			texts = append(texts, b.Text.Text)
		}
		for _, t := range slices.Concat(b.Fields, b.Elements) {
			texts = append(texts, t.Text)
		}
	}
	return texts
}

// Slack is the stand-in, an http.Handler. It is safe for concurrent use.
type Slack struct {
	mu       sync.Mutex
	messages []Message
	clock    int
	// Refuse is the error code every call of a method is answered with, by method.
	refuse map[string]string
	// PageSize limits a page of history; 0: what was asked for.
	pageSize int
	// scopes are those of the token, told in a header; "": not told.
	scopes string
}

// New returns a stand-in with the channels #hot and #cold.
func New() *Slack { return &Slack{refuse: map[string]string{}} }

// Refuse makes every call of a method fail with an error code; "" ends that.
func (s *Slack) Refuse(method, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[method] = code
}

// SetPageSize limits how many messages a page of history holds.
func (s *Slack) SetPageSize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pageSize = n
}

// SetScopes sets what every answer says about the token's scopes, by commas.
func (s *Slack) SetScopes(scopes string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}

// Messages returns what is there, in the order of posting.
func (s *Slack) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Delivered returns the delivery of every message, by the first block's id.
func (s *Slack) Delivered() []string {
	var ids []string
	for _, m := range s.Messages() {
		ids = append(ids, m.Blocks[0].BlockID)
	}
	return ids
}

// ServeHTTP answers as Slack does.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/services/") {
		s.hook(w, r)
		return
	}
	method, ok := strings.CutPrefix(r.URL.Path, "/api/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if s.scopes != "" {
		w.Header().Set("X-OAuth-Scopes", s.scopes)
	}
	reply, code := s.call(method, r)
	if code != "" {
		reply = map[string]any{"error": code}
		if code == "missing_scope" {
			reply["needed"], reply["provided"] = "chat:write", "users:read"
		}
	}
	reply["ok"] = code == ""
	_ = json.NewEncoder(w).Encode(reply)
}

func (s *Slack) call(method string, r *http.Request) (reply map[string]any, code string) {
	if err := r.ParseForm(); err != nil {
		return nil, "invalid_form_data"
	}
	form := r.PostForm
	switch {
	case form.Get("token") == "":
		return nil, "not_authed"
	case form.Get("token") != Token:
		return nil, "invalid_auth"
	case s.refuse[method] != "":
		return nil, s.refuse[method]
	}
	if method == "auth.test" {
		return map[string]any{"url": "https://acme.slack.com/", "team": "Acme", "user": "leadhub", "team_id": "T0AAAAAAA", "bot_id": "B0BBBBBBB"}, ""
	}
	if method == "conversations.list" {
		return map[string]any{"channels": []map[string]any{{"id": Hot, "name": "hot"}, {"id": Cold, "name": "cold"}}}, ""
	}
	channel := map[string]string{"#hot": Hot, Hot: Hot, "#cold": Cold, Cold: Cold}[form.Get("channel")]
	if strings.HasPrefix(method, "conversations.") || method == "chat.update" {
		if strings.HasPrefix(form.Get("channel"), "#") {
			return nil, "channel_not_found" // these methods want an id
		}
	}
	if channel == "" {
		return nil, "channel_not_found"
	}
	switch method {
	case "chat.postMessage":
		return s.post(channel, form.Get)
	case "chat.update":
		return s.update(channel, form.Get)
	case "conversations.history":
		return s.read(form.Get, func(m *Message) bool { return m.Channel == channel && m.ThreadTS == "" }, true), ""
	case "conversations.replies":
		ts := form.Get("ts")
		return s.read(form.Get, func(m *Message) bool { return m.Channel == channel && (m.TS == ts || m.ThreadTS == ts) }, false), ""
	default:
		return nil, "unknown_method"
	}
}

func (s *Slack) post(channel string, get func(string) string) (map[string]any, string) {
	m := Message{Channel: channel, ThreadTS: get("thread_ts"), Text: get("text")}
	if code := m.fill(get("blocks"), get("metadata")); code != "" {
		return nil, code
	}
	if m.ThreadTS != "" && s.find(channel, m.ThreadTS) == nil {
		return nil, "thread_not_found"
	}
	s.clock++
	m.TS = fmt.Sprintf("1772463600.%06d", s.clock)
	s.messages = append(s.messages, m)
	return map[string]any{"channel": channel, "ts": m.TS, "message": map[string]any{"text": m.Text}}, ""
}

func (s *Slack) update(channel string, get func(string) string) (map[string]any, string) {
	m := s.find(channel, get("ts"))
	if m == nil {
		return nil, "message_not_found"
	}
	next := *m
	next.Text = get("text")
	if code := next.fill(get("blocks"), get("metadata")); code != "" {
		return nil, code
	}
	next.Edits++
	*m = next
	return map[string]any{"channel": channel, "ts": m.TS}, ""
}

func (s *Slack) find(channel, ts string) *Message {
	for i := range s.messages {
		if m := &s.messages[i]; m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

// fill reads blocks and metadata and applies the documented limits.
func (m *Message) fill(blocks, metadata string) string {
	m.Blocks, m.Metadata = nil, Metadata{}
	if err := json.Unmarshal([]byte(blocks), &m.Blocks); err != nil {
		return "invalid_blocks_format"
	}
	if metadata != "" && json.Unmarshal([]byte(metadata), &m.Metadata) != nil {
		return "invalid_metadata_format"
	}
	return m.limits()
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }

func (m *Message) limits() string {
	if m.Text == "" {
		return "no_text"
	}
	if len(m.Blocks) == 0 || len(m.Blocks) > 50 {
		return "invalid_blocks"
	}
	total := 0
	for _, b := range m.Blocks {
		limit := 3000
		if b.Type == "header" {
			limit = 150
		}
		bad := len(b.Fields) > 10 || len(b.Elements) > 10 || length(b.BlockID) > 255 ||
			(b.Text != nil && (b.Text.Text == "" || length(b.Text.Text) > limit)) ||
			(b.Text == nil && len(b.Fields) == 0 && len(b.Elements) == 0)
		for _, f := range slices.Concat(b.Fields, b.Elements) {
			bad = bad || f.Text == "" || length(f.Text) > 2000
		}
		if bad {
			return "invalid_blocks"
		}
	}
	for _, t := range m.Texts() {
		total += length(t)
	}
	if total > 13000 {
		return "msg_blocks_too_long"
	}
	return ""
}

// read returns a page of the messages that match, oldest excluded unless inclusive.
func (s *Slack) read(get func(string) string, match func(*Message) bool, newestFirst bool) map[string]any {
	var found []map[string]any
	for i := range s.messages {
		m := &s.messages[i]
		inclusive := get("inclusive") == "1"
		low, high := get("oldest"), get("latest")
		if !match(m) || (low != "" && (m.TS < low || m.TS == low && !inclusive)) || (high != "" && (m.TS > high || m.TS == high && !inclusive)) {
			continue
		}
		row := map[string]any{"type": "message", "ts": m.TS, "text": m.Text}
		if get("include_all_metadata") == "1" {
			row["metadata"] = m.Metadata
		}
		found = append(found, row)
	}
	if newestFirst {
		slices.Reverse(found)
	}
	from, _ := strconv.Atoi(get("cursor"))
	limit, _ := strconv.Atoi(get("limit"))
	if s.pageSize > 0 {
		limit = min(limit, s.pageSize)
	}
	to := min(from+limit, len(found))
	next := ""
	if to < len(found) {
		next = strconv.Itoa(to)
	}
	if found = found[from:to]; found == nil {
		found = []map[string]any{}
	}
	return map[string]any{"messages": found, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}}
}

// hook is the incoming webhook: plain words instead of JSON, statuses instead of codes.
func (s *Slack) hook(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != HookPath {
		http.Error(w, "no_service", http.StatusNotFound)
		return
	}
	var body struct {
		Channel  string          `json:"channel"`
		Text     string          `json:"text"`
		Blocks   json.RawMessage `json:"blocks"`
		Metadata json.RawMessage `json:"metadata"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Channel != "" || r.Header.Get("Content-Type") == "" {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	m := Message{Channel: Hot, Text: body.Text}
	if code := m.fill(string(body.Blocks), string(body.Metadata)); code != "" {
		http.Error(w, code, http.StatusBadRequest)
		return
	}
	s.clock++
	m.TS = fmt.Sprintf("1772463600.%06d", s.clock)
	s.messages = append(s.messages, m)
	fmt.Fprint(w, "ok")
}
