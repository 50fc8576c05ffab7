package prospectb2b

import (
	"context"
	"encoding/json"
	"net/http"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/internal/vendorapi"
)

// readOnly says whether an answer calls the key read_only. That it names this is
// documented, not where: it is looked for at the
// top and two levels below.
func readOnly(raw json.RawMessage, depth int) bool {
	var level map[string]json.RawMessage
	if json.Unmarshal(raw, &level) != nil {
		return false
	}
	if string(level["read_only"]) == "true" {
		return true
	}
	for _, v := range level {
		if depth > 0 && readOnly(v, depth-1) {
			return true
		}
	}
	return false
}

// Verify asks whose key it is, and refuses one that may only read.
func (o *output) Verify(ctx context.Context) error {
	if err := o.api.Ready(); err != nil {
		return err
	}
	reply, err := o.api.Get(ctx, o.mePath, nil)
	if err != nil {
		return err
	}
	if i, ok := egress.InstructionFor(reply.Status); !ok {
		err := o.api.Fail(i, reply, "")
		switch reply.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			return vendorapi.Refused(err, "token", "ProspectB2B does not accept this API key", "create a key with the right to write leads, and put it into the variable")
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			return vendorapi.Refused(err, "api_url", "the API is not at this address", "compare it with ProspectB2B's documentation")
		}
		return err
	}
	if !vendorapi.Read(reply).Object {
		return vendorapi.Refused(o.api.Strange(reply, "ProspectB2B"), "api_url", "something else than ProspectB2B's API answers here", "compare it with ProspectB2B's documentation")
	}
	if readOnly(reply.Body, 2) {
		return outputs.Pause(&plugin.FieldError{
			Field: "token", Message: "this API key may only read (read_only), so no lead can be created with it",
			Suggestion: "create a key with the right to write leads in your ProspectB2B workspace",
		})
	}
	return nil
}
