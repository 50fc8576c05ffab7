package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// beatFresh is how old the last heartbeat may be for a send to start. A hub that
// cannot write its heartbeat must assume that another took its deliveries over.
const beatFresh = 10 * time.Second

// enrol gives this process an epoch and takes over what a dead one left. The lock
// file says that no other hub runs, so every other epoch is a dead one's.
func (s *Store) enrol(ctx context.Context, name string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		now := s.ms()
		if err := tx.QueryRowContext(ctx, `INSERT INTO hubs (name, seen) VALUES (?, ?) RETURNING epoch`, name, now).Scan(&s.epoch); err != nil {
			return fmt.Errorf("store: enrol: %w", err)
		}
		// A delivery in a dead hub's hands may have reached its target.
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 0, owner = 0, unsure = 1, due = ? WHERE state = 1 AND owner <> ?`, now, s.epoch); err != nil {
			return fmt.Errorf("store: take deliveries over: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM hubs WHERE epoch <> ?`, s.epoch); err != nil {
			return fmt.Errorf("store: enrol: %w", err)
		}
		s.beat.Store(int64(s.now().Sub(s.start)))
		return nil
	})
}

// signOff hands back what this hub still holds. Whoever called Close has waited
// for the sends; one that did not end is marked as unsure.
func (s *Store) signOff(ctx context.Context) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 0, owner = 0, unsure = 1, due = ? WHERE state = 1 AND owner = ?`, s.ms(), s.epoch); err != nil {
			return fmt.Errorf("store: hand deliveries back: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM hubs WHERE epoch = ?`, s.epoch)
		return err
	})
}

// Beat writes this hub's heartbeat. Call it every five seconds.
func (s *Store) Beat(ctx context.Context) error {
	begun := s.now()
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE hubs SET seen = ? WHERE epoch = ?`, begun.UnixMilli(), s.epoch)
		if err != nil {
			return fmt.Errorf("store: heartbeat: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errors.New("store: heartbeat: this hub was signed off by another"))
		}
		return nil
	})
	if err == nil {
		s.beat.Store(int64(begun.Sub(s.start)))
	}
	return err
}

// MaySend returns "" if a send may start now, else why not: the store does not
// take writes, or the last heartbeat is too old (by the monotonic clock).
func (s *Store) MaySend() string {
	if why := s.Healthy(); why != "" {
		return "the store does not take writes"
	}
	if s.now().Sub(s.start)-time.Duration(s.beat.Load()) > beatFresh {
		return "the last heartbeat is too old"
	}
	return ""
}
