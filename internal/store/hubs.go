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
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.ms()
		if err := tx.QueryRowContext(ctx, `INSERT INTO hubs (name, seen) VALUES (?, ?) RETURNING epoch`, name, now).Scan(&s.epoch); err != nil {
			return fmt.Errorf("store: enrol: %w", err)
		}
		if err := s.handBack(ctx, tx, "owner <> ?", now); err != nil {
			return fmt.Errorf("store: take deliveries over: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM hubs WHERE epoch <> ?`, s.epoch); err != nil {
			return fmt.Errorf("store: enrol: %w", err)
		}
		s.beat.Store(int64(s.now().Sub(s.start)))
		return nil
	})
}

// handBack makes deliveries that were in a hub's hands wait again. Each may have
// reached its target. One that a newer revision replaces is skipped instead: sent
// after the newer one, it would undo it.
func (s *Store) handBack(ctx context.Context, tx *sql.Tx, whose string, now int64) error {
	rows, err := tx.QueryContext(ctx, `
		UPDATE deliveries AS d SET state = 6, owner = 0, unsure = 1, done = ?, note = ? || (SELECT max(n.revision) `+newerOnes+`)
		WHERE d.state = 1 AND d.`+whose+` AND EXISTS (SELECT 1 `+newerOnes+`) RETURNING receiver, output`, now, replacedBy, s.epoch)
	if err != nil {
		return err
	}
	defer rows.Close()
	sums := counts{}
	for rows.Next() {
		var receiver, output int64
		if err := rows.Scan(&receiver, &output); err != nil {
			return err
		}
		sums.add(dayOf(now), receiver, output, itemDelivery+item(StateSkipped))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := sums.write(ctx, tx, s.stmts); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE deliveries SET state = 0, owner = 0, unsure = 1, due = ? WHERE state = 1 AND `+whose, now, s.epoch)
	return err
}

// newerOnes selects the deliveries n of later revisions that d must not come after.
const newerOnes = `FROM deliveries n WHERE n.lead = d.lead AND n.output = d.output AND n.target = d.target AND n.revision > d.revision`

// signOff hands back what this hub still holds. Whoever called Close has waited
// for the sends; one that did not end is marked as unsure.
func (s *Store) signOff(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.handBack(ctx, tx, "owner = ?", s.ms()); err != nil {
			return fmt.Errorf("store: hand deliveries back: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM hubs WHERE epoch = ?`, s.epoch)
		return err
	})
}

// Beat writes this hub's heartbeat. Call it every five seconds.
func (s *Store) Beat(ctx context.Context) error {
	begun := s.now()
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
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
