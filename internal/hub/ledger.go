package hub

import (
	"context"

	"leadhub/internal/store"
)

// Ledger reads both sides of every equation and compares them. It works while
// the hub runs: both sides are read in one moment.
func Ledger(ctx context.Context, configFile string, env Env) (*store.Ledger, error) {
	if env.Hub != nil {
		return env.Hub.ledger(ctx)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Ledger(ctx)
}

// ListRejects returns the newest rejected requests first.
func ListRejects(ctx context.Context, configFile string, o ListOptions, env Env) ([]store.Reject, error) {
	if env.Hub != nil {
		return env.Hub.listRejects(ctx, o)
	}
	r, err := openReader(ctx, configFile, env)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := r.filter(o)
	if err != nil {
		return nil, err
	}
	rows, err := r.Rejects(ctx, f.Receiver, f.Limit)
	if err != nil {
		return nil, err
	}
	kept := []store.Reject{}
	for _, reject := range rows {
		if !reject.At.Before(f.Since) {
			kept = append(kept, reject)
		}
	}
	return kept, r.nameOrEmpty(len(rows), o)
}
