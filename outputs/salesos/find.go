package salesos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/internal/vendorapi"
)

const (
	pageSize = 100 // the most a page holds (seen in the vendor's public source)
	// pageLimit bounds the search. The list comes with the newest first, and what is
	// looked for is minutes old.
	pageLimit = 5
	// clockSkew is how far SalesOS's clock and ours may be apart.
	clockSkew = 15 * time.Minute
)

// found is a row of the list, as far as it is looked at.
type found struct {
	ID        json.RawMessage `json:"id"`
	Source    json.RawMessage `json:"source"` // nil where the list does not show it
	CreatedAt string          `json:"created_at"`
}

// Find looks for the lead among the newest ones by what Render put into its
// source. Where the list does not show the source, or is too long to be read to
// the time the lead came in, it returns outputs.ErrCannotTell.
func (o *output) Find(ctx context.Context, d *outputs.Delivery) (outputs.Receipt, bool, error) {
	if err := o.api.Ready(); err != nil {
		return outputs.Receipt{}, false, err
	}
	if d.Lead == nil {
		return outputs.Receipt{}, false, nil // Render refuses it: it was never sent
	}
	mark := lead.SourceMark(d.Lead.ID)
	since := d.Lead.Source.ReceivedAt.Add(-clockSkew)
	offset := 0
	for range pageLimit {
		reply, rows, err := o.list(ctx, pageSize, offset)
		if err != nil {
			return outputs.Receipt{}, false, looked(err)
		}
		shown := false
		for i := range rows {
			var source string
			shown = shown || rows[i].Source != nil
			if json.Unmarshal(rows[i].Source, &source) == nil && source == mark {
				id := o.api.Client.Redactor().Text(vendorapi.IDText(rows[i].ID))
				return outputs.Receipt{AlreadyThere: true, Status: reply.Status, RemoteID: id}, true, nil
			}
		}
		switch {
		case len(rows) == 0:
			return outputs.Receipt{}, false, nil
		case !shown:
			return outputs.Receipt{}, false, outputs.CannotTell(errors.New("SalesOS's list of leads does not show their source"))
		case before(rows[len(rows)-1].CreatedAt, since):
			return outputs.Receipt{}, false, nil
		}
		// Not by pageSize: a server that gives fewer at a time would be read with gaps.
		offset += len(rows)
	}
	return outputs.Receipt{}, false, outputs.CannotTell(fmt.Errorf("the lead is not among the newest %d in SalesOS; older ones were not looked at", offset))
}

// before says whether a time is before another; false where it cannot be read.
func before(text string, t time.Time) bool {
	at, err := time.Parse(time.RFC3339, text)
	return err == nil && at.Before(t)
}

// looked classifies an error of a request that only reads. Nothing is in doubt
// about it, and nothing about the lead is decided by it.
func looked(err error) error {
	i, after, _ := outputs.InstructionOf(err)
	switch i {
	case outputs.InstructRetry, outputs.InstructAmbiguous:
		return outputs.RetryAfter(err, after)
	case outputs.InstructRefused, outputs.InstructDisable:
		return outputs.CannotTell(err)
	case outputs.InstructPause, outputs.InstructPauseTarget:
	}
	return err
}

// list reads a part of the list of leads: {"data":[…],"count":n} (documented).
func (o *output) list(ctx context.Context, limit, offset int) (*egress.Reply, []found, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	reply, err := o.api.Get(ctx, o.config.LeadsPath, query)
	if err != nil {
		return nil, nil, err
	}
	if i, ok := egress.InstructionFor(reply.Status); !ok {
		return nil, nil, o.later(o.api.Fail(i, reply, ""), reply)
	}
	var page struct {
		Data *[]found `json:"data"`
	}
	if json.Unmarshal(reply.Body, &page) != nil || page.Data == nil {
		return nil, nil, o.api.Strange(reply, "SalesOS")
	}
	return reply, *page.Data, nil
}

// Verify reads one lead with the key.
func (o *output) Verify(ctx context.Context) error {
	if err := o.api.Ready(); err != nil {
		return err
	}
	_, rows, err := o.list(ctx, 1, 0)
	const elsewhere = "SalesOS's API may also be at /functions/v1/rest-api/leads of another host: ask its support for the address of your account"
	i, _, status := outputs.InstructionOf(err)
	switch {
	case err == nil:
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return vendorapi.Refused(err, "api_key", "SalesOS does not accept this API key", "copy it again from SalesOS's settings into the variable")
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status >= 300 && status <= 399:
		return vendorapi.Refused(err, "leads_path", "there are no leads at this address", elsewhere)
	case i == outputs.InstructAmbiguous && status != 0:
		return vendorapi.Refused(err, "api_url", "something else than SalesOS's API answers here", elsewhere)
	default:
		return err
	}
	if len(rows) > 0 && rows[0].Source == nil {
		return &plugin.FieldError{
			Field: "on_ambiguous", Warning: true,
			Message:    "SalesOS's list of leads does not show their source, so a send whose answer got lost cannot be looked for",
			Suggestion: "on_ambiguous: park lets a person decide; otherwise such a lead may be there twice",
		}
	}
	return nil
}
