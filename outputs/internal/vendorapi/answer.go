package vendorapi

import (
	"encoding/json"
	"strings"

	"leadhub/internal/egress"
)

// maxID bounds what is taken for a record's id, in bytes.
const maxID = 128

// Answer is what an API answers, bare ({"id":…}) or wrapped ({"data":{"id":…}}).
type Answer struct {
	// Object says that the body is a whole JSON object.
	Object bool
	// ID is the record's, as text or as digits; "" where there is none.
	ID string
	// RequestID is what the vendor's support finds the request by; "" where there is none.
	RequestID string
	// Message is what the API says is wrong; "" where it says nothing.
	Message string
	// ResetAt is when it takes requests again, as sent; "" where it does not say.
	ResetAt string
}

// Read reads an answer. What an API does not document is looked for where several
// others have it.
func Read(r *egress.Reply) Answer {
	var top struct {
		ID        json.RawMessage `json:"id"`
		Data      json.RawMessage `json:"data"`
		RequestID json.RawMessage `json:"request_id"`
		Error     json.RawMessage `json:"error"`
		Message   json.RawMessage `json:"message"`
		ResetAt   json.RawMessage `json:"resetAt"`
	}
	if r.Cut || json.Unmarshal(r.Body, &top) != nil || len(r.Body) == 0 || !isObject(r.Body) {
		return Answer{}
	}
	a := Answer{Object: true, ID: IDText(top.ID), RequestID: IDText(top.RequestID), ResetAt: text(top.ResetAt)}
	var data struct {
		ID json.RawMessage `json:"id"`
	}
	if a.ID == "" && json.Unmarshal(top.Data, &data) == nil {
		a.ID = IDText(data.ID)
	}
	var inner struct {
		Message   json.RawMessage `json:"message"`
		Code      json.RawMessage `json:"code"`
		RequestID json.RawMessage `json:"request_id"`
	}
	if json.Unmarshal(top.Error, &inner) == nil {
		a.Message = first(text(inner.Message), text(inner.Code))
		a.RequestID = first(a.RequestID, IDText(inner.RequestID))
	}
	a.Message = first(a.Message, text(top.Error), text(top.Message))
	return a
}

func isObject(body []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n"), "{")
}

// IDText returns an id as text: a JSON string, or a whole number's digits. It
// returns "" for anything else, and for what is too long or too odd to be an id.
func IDText(raw json.RawMessage) string {
	s := text(raw)
	if s == "" {
		var n json.Number
		if json.Unmarshal(raw, &n) != nil || strings.ContainsAny(n.String(), ".eE") {
			return ""
		}
		s = n.String()
	}
	if len(s) > maxID || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f || c == 0xfffd }) {
		return ""
	}
	return s
}

// text returns a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
