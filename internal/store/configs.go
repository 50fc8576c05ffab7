package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// KeepConfig keeps a configuration for reading old traces, and returns its id.
// lists names the versions of the lists it decides with, in whatever form the
// caller reads them in again; the hash covers them.
func (s *Store) KeepConfig(ctx context.Context, hash string, body []byte, lists string) (id int64, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO configs (hash, at, body, lists) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
			hash, s.ms(), nonNil(body), lists); err != nil {
			return fmt.Errorf("store: keep the configuration: %w", err)
		}
		return tx.QueryRowContext(ctx, `SELECT id FROM configs WHERE hash = ?`, hash).Scan(&id)
	})
	return id, err
}

// ConfigLists returns the versions of the lists that a kept configuration decided with.
func (s *Store) ConfigLists(ctx context.Context, id int64) (lists string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT lists FROM configs WHERE id = ?`, id).Scan(&lists)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("store: read the lists of a configuration: %w", err)
	}
	return lists, nil
}

// ConfigBody returns a kept configuration's hash and bytes.
func (s *Store) ConfigBody(ctx context.Context, id int64) (hash string, body []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT hash, body FROM configs WHERE id = ?`, id).Scan(&hash, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, ErrNotFound
	}
	if err != nil {
		return "", nil, fmt.Errorf("store: read a configuration: %w", err)
	}
	return hash, body, nil
}
