package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"leadhub/internal/pipeline"
)

// PauseOptions say how to pause an output.
type PauseOptions struct {
	// Until is when it ends by itself, as When reads it ("2h": in two hours); "": never.
	Until string `json:"until,omitempty"`
	// Reason is shown wherever the output is shown; "": that it was done by hand.
	Reason string `json:"reason,omitempty"`
}

// PauseResult is an output that was paused.
type PauseResult struct {
	Output  string    `json:"output"`
	Until   time.Time `json:"until,omitzero"`
	Reason  string    `json:"reason"`
	Waiting int64     `json:"waiting"` // deliveries to it that wait now
	Running bool      `json:"running"` // a hub runs and has stopped sending
}

// ResumeResult is an output that is not paused any more.
type ResumeResult struct {
	Output    string `json:"output"`
	WasPaused bool   `json:"was_paused"`
	Waiting   int64  `json:"waiting"` // deliveries that go out now
	Running   bool   `json:"running"` // a hub runs and sends them
}

// byHand is the reason of a pause that was given none.
const byHand = "paused by hand"

// maxReason bounds a reason, in bytes.
const maxReason = 300

// PauseOutput stops sending to an output. It survives restart and reload; waiting
// costs no tries.
func PauseOutput(ctx context.Context, configFile, output string, o PauseOptions, env Env) (*PauseResult, error) {
	return act(ctx, configFile, env, false, func(a Actions) (*PauseResult, error) { return a.PauseOutput(ctx, output, o) })
}

// ResumeOutput ends every pause of an output, whoever asked for it. What waited goes
// out; of a lead with several revisions, the latest.
func ResumeOutput(ctx context.Context, configFile, output string, env Env) (*ResumeResult, error) {
	return act(ctx, configFile, env, false, func(a Actions) (*ResumeResult, error) { return a.ResumeOutput(ctx, output) })
}

// PauseOutput implements Actions.
func (a *acting) PauseOutput(ctx context.Context, output string, o PauseOptions) (*PauseResult, error) {
	if err := a.knowsOutput(output); err != nil {
		return nil, err
	}
	r := &PauseResult{Output: output, Reason: strings.TrimSpace(o.Reason), Running: a.acts.Running()}
	if r.Reason == "" {
		r.Reason = byHand
	}
	if len(r.Reason) > maxReason {
		return nil, usagef("--reason is too long: write at most %d characters", maxReason)
	}
	if o.Until != "" {
		until, err := When("--until", o.Until, a.zone(), a.env.Now(), Future)
		if err != nil {
			return nil, err
		}
		if !until.After(a.env.Now()) {
			return nil, usagef("--until %s is over: name a time to come, like 2h or tomorrow 9:00", until.In(a.zone()).Format("2006-01-02 15:04"))
		}
		r.Until = until
	}
	var err error
	r.Waiting, err = a.acts.PauseOutput(ctx, output, r.Until, r.Reason)
	return r, err
}

// ResumeOutput implements Actions.
func (a *acting) ResumeOutput(ctx context.Context, output string) (*ResumeResult, error) {
	if err := a.knowsOutput(output); err != nil {
		return nil, err
	}
	r := &ResumeResult{Output: output, WasPaused: true, Running: a.acts.Running()}
	var err error
	r.Waiting, err = a.acts.ResumeOutput(ctx, output)
	if errors.Is(err, pipeline.ErrNotPaused) {
		r.WasPaused, err = false, nil
	}
	return r, err
}

func (a *acting) knowsOutput(name string) error {
	if names := outputNames(a.acts.Config()); !slices.Contains(names, name) {
		return &UsageError{Message: unknown("output", name, names)}
	}
	return nil
}
