package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/store"
)

// reader is the hub's database, opened to look at: also while the hub runs.
type reader struct {
	*store.Store
	c   *opened
	now time.Time
}

func openReader(ctx context.Context, configFile string, env Env) (*reader, error) {
	c, err := openToLook(configFile, env)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, c, env)
}

func newReader(ctx context.Context, c *opened, env Env) (*reader, error) {
	if c.Store.Path == "" {
		return nil, fmt.Errorf("%s: store.url needs a variable that is not set: set it, or put it in the .env file beside %[1]s", c.File)
	}
	s, err := store.OpenReader(ctx, c.Store.Path, store.Options{Now: env.Now, Logger: env.Logger, HubName: "reader"})
	switch {
	case errors.Is(err, store.ErrNoDatabase):
		return nil, fmt.Errorf("there is no database at %s yet: `leadhub serve` makes it when it first runs; if it is elsewhere, correct store.url in %s", c.Store.Path, c.File)
	case errors.Is(err, store.ErrNewer):
		return nil, fmt.Errorf("%s was written by a newer leadhub: use that version", c.Store.Path)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read as leadhub's database: %w", c.Store.Path, err)
	}
	return &reader{Store: s, c: c, now: env.Now()}, nil
}

// ListOptions narrow a list. The zero value lists the newest of everything.
type ListOptions struct {
	Receiver string
	Output   string // deliveries
	State    string // a state of CONFIG's words: routed, waiting, gave up (or gave-up), …
	Since    string // how far back ("2h", "7d") or from when ("yesterday", "2026-11-20"), as When reads it
	Limit    int    // ≥ 1
}

// outcomeWords are the states of events and leads that can be asked for.
func outcomeWords(leads bool) []store.Outcome {
	if leads {
		return []store.Outcome{
			store.OutcomeRouted, store.OutcomeSuppressed, store.OutcomeMerged,
			store.OutcomeHeld, store.OutcomeTest,
		}
	}
	return []store.Outcome{
		store.OutcomeNone, store.OutcomeRouted, store.OutcomeSuppressed, store.OutcomeMerged, store.OutcomeHeld, store.OutcomeRepeat,
		store.OutcomeStale, store.OutcomeUnmapped, store.OutcomeNotice, store.OutcomeTest, store.OutcomeEcho,
	}
}

func deliveryStates() []store.State {
	return []store.State{
		store.StateWaiting, store.StateDelivered, store.StateAlreadyThere, store.StatePaused,
		store.StateRefused, store.StateGaveUp, store.StateSkipped,
	}
}

// word finds the value that a person named: "gave up", "gave-up", "Gave_Up".
func word[T fmt.Stringer](what, text string, values []T) (T, error) {
	folded := strings.NewReplacer("-", " ", "_", " ").Replace(strings.ToLower(strings.TrimSpace(text)))
	known := make([]string, len(values))
	for i, v := range values {
		known[i] = v.String()
		if known[i] == folded {
			return v, nil
		}
	}
	var zero T
	return zero, &UsageError{Message: unknown(what, text, known)}
}

// filter makes the store's filter of what a person asked for, but for the state.
func (r *reader) filter(o ListOptions) (store.Filter, error) {
	if o.Limit < 1 {
		return store.Filter{}, usagef("--limit %d: ask for at least 1", o.Limit)
	}
	f := store.Filter{Receiver: o.Receiver, Output: o.Output, Limit: o.Limit}
	if o.Since == "" {
		return f, nil
	}
	since, err := When("--since", o.Since, r.c.Timezone, r.now, Past)
	f.Since = since
	return f, err
}

// nameOrEmpty says that a name is unknown where it is the reason of an empty list.
func (r *reader) nameOrEmpty(n int, o ListOptions) error {
	if n > 0 {
		return nil
	}
	if names := receiverNames(r.c.Config); o.Receiver != "" && !slices.Contains(names, o.Receiver) {
		return &UsageError{Message: unknown("receiver", o.Receiver, names)}
	}
	if names := outputNames(r.c.Config); o.Output != "" && !slices.Contains(names, o.Output) {
		return &UsageError{Message: unknown("output", o.Output, names)}
	}
	return nil
}

func outputNames(c *config.Config) []string {
	names := make([]string, len(c.Outputs))
	for i, o := range c.Outputs {
		names[i] = o.Name
	}
	return names
}
