package http

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// Verify asks the endpoint with OPTIONS, which changes nothing anywhere: does its
// name resolve, is its certificate good, does it answer, does it refuse the
// credentials. Endpoints need not know OPTIONS, so only an answer that speaks of
// credentials, or of trouble of their own, counts against them.
func (o *output) Verify(ctx context.Context) error {
	if o.settings.unset != "" {
		return outputs.Pause(&plugin.FieldError{Field: o.settings.unset, Message: "not set", Suggestion: "set its variable in .env or in the environment"})
	}
	to := *o.url
	if o.view.address != nil { // its path is another one for every lead
		to.Path, to.RawPath, to.RawQuery = "/", "", ""
	}
	req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodOptions, to.String(), nil)
	if err != nil {
		return &plugin.FieldError{Field: "url", Message: "no request can be made of it"}
	}
	req.Header = o.settings.header.Clone()
	req.Header.Del("Content-Type")
	reply, err := o.client.Do(req)
	if err != nil {
		return atURL(err)
	}
	answered := fmt.Sprintf("%s answered %d", reply.From, reply.Status)
	switch status := reply.Status; {
	case status == nethttp.StatusUnauthorized, status == nethttp.StatusProxyAuthRequired:
		return outputs.Pause(&plugin.FieldError{Field: "auth", Message: answered + ": it does not know these credentials", Suggestion: "make new ones there, and put them into .env"})
	case status == nethttp.StatusForbidden:
		return &plugin.FieldError{Field: "auth", Message: answered + ": these credentials may lack a right", Suggestion: "look at their rights there", Warning: true}
	case status == nethttp.StatusGone:
		return outputs.Disable(&plugin.FieldError{Field: "url", Message: answered + ": it is gone", Suggestion: "write the new address"})
	case status == nethttp.StatusMovedPermanently, status == nethttp.StatusPermanentRedirect, status == nethttp.StatusFound, status == nethttp.StatusTemporaryRedirect:
		return &plugin.FieldError{Field: "url", Message: answered + ": it redirects, and redirects are never followed", Suggestion: "write the final address", Warning: true}
	case status >= nethttp.StatusInternalServerError && status != nethttp.StatusNotImplemented:
		return fmt.Errorf("%s: it is in trouble; try again later", answered)
	}
	return nil
}

// atURL says of a connection that failed which key it belongs to, where mending it
// is the configuration's business.
func atURL(err error) error {
	i, after, status := outputs.InstructionOf(err)
	if i == outputs.InstructRetry && status == 0 && !errors.Is(err, context.DeadlineExceeded) || i == outputs.InstructPause {
		return &outputs.Error{Instruction: i, After: after, Status: status, Err: &plugin.FieldError{Field: "url", Message: err.Error()}}
	}
	return err
}
