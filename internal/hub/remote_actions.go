package hub

import (
	"context"
	"net/url"
)

// Remote acts through the admin API.
var _ Actions = (*Remote)(nil)

// PauseOutput implements Actions.
func (r *Remote) PauseOutput(ctx context.Context, output string, o PauseOptions) (*PauseResult, error) {
	out := &PauseResult{}
	return out, r.post(ctx, "/outputs/"+url.PathEscape(output)+"/pause", o, out)
}

// ResumeOutput implements Actions.
func (r *Remote) ResumeOutput(ctx context.Context, output string) (*ResumeResult, error) {
	out := &ResumeResult{}
	return out, r.post(ctx, "/outputs/"+url.PathEscape(output)+"/resume", nil, out)
}

// RetryDeliveries implements Actions.
func (r *Remote) RetryDeliveries(ctx context.Context, o RetryOptions) (*RetryResult, error) {
	out := &RetryResult{}
	return out, r.post(ctx, "/deliveries/retry", o, out)
}
