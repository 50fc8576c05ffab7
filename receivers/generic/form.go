package generic

import (
	"bytes"
	"encoding/json"
	"net/url"
	"unicode/utf8"

	"leadhub/receivers"
)

// mediaForm is what HTML forms and Slack's commands send.
const mediaForm = "application/x-www-form-urlencoded"

// maxFormFields bounds the fields of a form.
const maxFormFields = 1000

// fieldPayload is the field in which Slack sends JSON inside a form (documented).
const fieldPayload = "payload"

// decodeForm reads a form as an object of texts; a name that comes more than once
// holds a list. The error is a *receivers.Rejection.
func decodeForm(body []byte) (map[string]any, error) {
	if bytes.Count(body, []byte("&")) >= maxFormFields {
		return nil, receivers.BadRequest(receivers.ReasonNotForm, "it has more than 1000 fields")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, receivers.BadRequest(receivers.ReasonNotForm, "it is not application/x-www-form-urlencoded")
	}
	form := make(map[string]any, len(values))
	for name, list := range values {
		texts := make([]any, len(list))
		for i, v := range list {
			if !utf8.ValidString(v) || !utf8.ValidString(name) {
				return nil, receivers.BadRequest(receivers.ReasonNotUTF8, "a field is not valid UTF-8")
			}
			texts[i] = v
		}
		if form[name] = any(texts); len(texts) == 1 {
			form[name] = texts[0]
		}
	}
	if text, ok := form[fieldPayload].(string); ok && len(text) > 0 && text[0] == '{' {
		if inner, err := decodeJSON([]byte(text)); err == nil {
			form[fieldPayload] = inner
		}
	}
	return form, nil
}

// decodeJSON reads JSON with the digits of its numbers as they were sent: an id may
// be longer than a float64 can hold.
func decodeJSON(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// Decode returns the payload as rules see it in raw.
func (r *receiver) Decode(body []byte) any {
	raw, err := r.decode(body)
	if err != nil {
		return nil
	}
	return raw
}
