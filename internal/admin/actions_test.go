package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"leadhub/internal/admin"
	"leadhub/internal/hub"
	"leadhub/internal/pipeline"
)

// acted notes what reached it, and answers as it is told.
type acted struct {
	hub.Actions
	did    []any
	replay func(ctx context.Context, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error)
}

func (a *acted) PauseOutput(_ context.Context, output string, o hub.PauseOptions) (*hub.PauseResult, error) {
	a.did = append(a.did, "pause", output, o)
	return &hub.PauseResult{Output: output, Reason: o.Reason, Waiting: 7, Running: true}, nil
}

func (a *acted) ResumeOutput(_ context.Context, output string) (*hub.ResumeResult, error) {
	a.did = append(a.did, "resume", output)
	return &hub.ResumeResult{Output: output, WasPaused: true}, nil
}

func (a *acted) RetryDeliveries(_ context.Context, o hub.RetryOptions) (*hub.RetryResult, error) {
	a.did = append(a.did, "retry", o)
	return &hub.RetryResult{Deliveries: 3, States: map[string]int{"refused": 3}}, nil
}

func (a *acted) PlanReplay(_ context.Context, o hub.ReplayOptions) (*hub.ReplayPlan, error) {
	a.did = append(a.did, "plan", o)
	return &hub.ReplayPlan{ReplayCounts: &pipeline.ReplayCounts{Events: 5}, UpTo: "evt_5", From: time.Unix(1, 0).UTC()}, nil
}

func (a *acted) Replay(ctx context.Context, o hub.ReplayOptions, resume int64, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
	a.did = append(a.did, "replay", o, resume)
	return a.replay(ctx, progress)
}

// remote is the way to acts through the API.
func remote(t *testing.T, acts hub.Actions) *hub.Remote {
	t.Helper()
	now := time.Unix(0, 0)
	env := hub.Env{Now: func() time.Time { now = now.Add(time.Second); return now }}
	srv := httptest.NewServer(admin.New(admin.Options{Actions: acts, Tokens: []string{"right"}, Env: env, Logger: slog.New(slog.DiscardHandler)}))
	t.Cleanup(srv.Close)
	return &hub.Remote{URL: srv.URL, Token: "right", Client: srv.Client(), Name: "the hub"}
}

// What is asked for through the API is what reaches the hub, and its answer comes back.
func TestActionsThroughTheAPI(t *testing.T) {
	t.Parallel()
	acts := &acted{}
	r := remote(t, acts)
	ctx := t.Context()
	pause, err := r.PauseOutput(ctx, "crm", hub.PauseOptions{Until: "2h", Reason: "import"})
	if diff := cmp.Diff(&hub.PauseResult{Output: "crm", Reason: "import", Waiting: 7, Running: true}, pause); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := r.ResumeOutput(ctx, "crm"); err != nil || !got.WasPaused || got.Output != "crm" {
		t.Errorf("%+v, %v", got, err)
	}
	retry := hub.RetryOptions{IDs: []string{"ld_a.r1.b"}, States: []string{"refused"}, All: true, Receiver: "p", Output: "crm", Since: "2h", Count: true}
	if got, err := r.RetryDeliveries(ctx, retry); err != nil || got.Deliveries != 3 || got.States["refused"] != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	replay := hub.ReplayOptions{
		Events: []string{"evt_1"}, Files: []hub.ReplayFile{{Name: "x", Receiver: "p", Body: []byte{0, 255, '{'}}}, From: "a", Until: "b", Receiver: "c", Outcome: "d",
		Route: "e", Output: "f", Stored: true, Changed: true, Again: true, Rate: 1.5, UpTo: "evt_9",
	}
	plan, err := r.PlanReplay(ctx, replay)
	if err != nil || plan.Events != 5 || plan.UpTo != "evt_5" || !plan.From.Equal(time.Unix(1, 0)) {
		t.Errorf("%+v, %v", plan, err)
	}
	want := []any{"pause", "crm", hub.PauseOptions{Until: "2h", Reason: "import"}, "resume", "crm", "retry", retry, "plan", replay}
	if diff := cmp.Diff(want, acts.did, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what reached the hub (-want +got):\n%s", diff)
	}
}

func TestReplayThroughTheAPI(t *testing.T) {
	t.Parallel()
	acts := &acted{replay: func(_ context.Context, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
		for i := range 3 {
			progress(hub.ReplayProgress{Run: 4, Events: 20 * i})
		}
		return &hub.ReplayResult{Run: 4, ReplayCounts: &pipeline.ReplayCounts{Events: 40}}, nil
	}}
	var seen []int
	got, err := remote(t, acts).Replay(t.Context(), hub.ReplayOptions{From: "today"}, 4, func(p hub.ReplayProgress) { seen = append(seen, p.Events) })
	if err != nil || got.Run != 4 || got.Events != 40 {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]int{0, 20, 40}, seen); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"replay", hub.ReplayOptions{From: "today"}, int64(4)}, acts.did); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An error before anything is under way is an answer like any other; one in the
// middle says how to go on.
func TestReplayErrorsThroughTheAPI(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replay func(context.Context, func(hub.ReplayProgress)) (*hub.ReplayResult, error)
		says   string
		usage  bool
	}{
		"before": {func(context.Context, func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
			return nil, &hub.UsageError{Message: "write it so"}
		}, "write it so", true},
		"in the middle": {func(_ context.Context, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
			progress(hub.ReplayProgress{Run: 4})
			return nil, errors.New("the disk is full")
		}, "the disk is full (`leadhub replay --resume 4` goes on with run 4)", false},
		"the hub dies": {func(_ context.Context, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
			progress(hub.ReplayProgress{Run: 4})
			panic("http: abort Handler") // net/http drops the connection
		}, "--resume 4", false},
	} {
		_, err := remote(t, &acted{replay: c.replay}).Replay(t.Context(), hub.ReplayOptions{}, 0, func(hub.ReplayProgress) {})
		_, usage := errors.AsType[*hub.UsageError](err)
		if err == nil || !strings.Contains(err.Error(), c.says) || usage != c.usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// When the command is interrupted, so is the hub's replay.
func TestReplayEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	acts := &acted{replay: func(ctx context.Context, progress func(hub.ReplayProgress)) (*hub.ReplayResult, error) {
		progress(hub.ReplayProgress{Run: 4, Events: 20})
		<-ctx.Done()
		close(ended)
		return &hub.ReplayResult{Run: 4, Interrupted: true}, nil
	}}
	got, err := remote(t, acts).Replay(ctx, hub.ReplayOptions{}, 0, func(hub.ReplayProgress) { cancel() })
	if err != nil || !got.Interrupted || got.Run != 4 || got.Events != 20 {
		t.Errorf("%+v, %v", got, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the hub goes on with it")
	}
}
