package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"leadhub/internal/pipeline"
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

// PlanReplay implements Actions.
func (r *Remote) PlanReplay(ctx context.Context, o ReplayOptions) (*ReplayPlan, error) {
	out := &ReplayPlan{}
	return out, r.post(ctx, "/replay/plan", o, out)
}

// ReplayRequest asks the admin API for a replay.
type ReplayRequest struct {
	ReplayOptions
	// Resume is the number of a run to go on with; 0: a new one.
	Resume int64 `json:"resume,omitempty"`
}

// ReplayLine is one line of the answer: how far it is, and, last, what came of it.
type ReplayLine struct {
	Progress *ReplayProgress `json:"progress,omitempty"`
	Result   *ReplayResult   `json:"result,omitempty"`
	*APIError
}

// Replay implements Actions. The hub ends the replay when the connection does.
func (r *Remote) Replay(ctx context.Context, o ReplayOptions, resume int64, progress func(ReplayProgress)) (*ReplayResult, error) {
	var last ReplayProgress
	var result *ReplayResult
	err := r.stream(ctx, "/replay/run", ReplayRequest{o, resume}, func(data []byte) error {
		var line ReplayLine
		if err := json.Unmarshal(data, &line); err != nil {
			return fmt.Errorf("%s answered what this version of leadhub does not understand: is it of another version? (%w)", r.Name, err)
		}
		switch {
		case line.APIError != nil:
			return errors.New(line.Message)
		case line.Result != nil:
			result = line.Result
		case line.Progress != nil:
			last = *line.Progress
			progress(last)
		}
		return nil
	})
	switch {
	case ctx.Err() != nil && last.Run != 0:
		return &ReplayResult{Run: last.Run, ReplayCounts: &pipeline.ReplayCounts{Events: last.Events}, Interrupted: true, Running: true}, nil
	case err == nil && result == nil:
		err = fmt.Errorf("%s ended the replay: is it stopping?", r.Name)
	}
	if err != nil && last.Run != 0 {
		return nil, fmt.Errorf("%w (`leadhub replay --resume %d` goes on with run %[2]d)", err, last.Run)
	}
	return result, err
}

func (r *Remote) listRuns(ctx context.Context, o ListOptions) ([]RunItem, error) {
	return get[[]RunItem](ctx, r, "/runs", o.Query())
}
