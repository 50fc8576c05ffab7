// Package store holds leadhub's tables: what was received, what was decided, what
// was delivered, and the ledger that proves the three add up. It runs on SQLite
// with full durability; every method may be called concurrently.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrCommitUnknown: COMMIT failed in a way that leaves open whether it took
	// effect. Answer 503 and never retry the same write.
	ErrCommitUnknown = errors.New("store: outcome of the commit is unknown")
	// ErrLocked: another leadhub serves this database.
	ErrLocked = errors.New("store: another leadhub is using this database")
	// ErrNoDatabase: there is no database at this path yet.
	ErrNoDatabase = errors.New("store: no database here yet")
	// ErrNewer: the database was written by a newer leadhub.
	ErrNewer = errors.New("store: the database was written by a newer version of leadhub")
	// ErrNotFound: no such event, lead or delivery.
	ErrNotFound = errors.New("store: not found")

	errReadOnly = errors.New("store: the database was opened to look at, not to write")
)

// Options say how to open a store.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
	// HubName names this process in the hubs table.
	HubName string
}

// Store is an open database.
type Store struct {
	path   string
	now    func() time.Time
	log    *slog.Logger
	write  *sql.DB // one connection; nil where opened to read
	read   *sql.DB
	queue  *sql.DB // the subscriber's own
	lock   *lockFile
	epoch  int64
	beat   atomic.Int64 // monotonic nanoseconds of the last heartbeat, since start
	start  time.Time
	sick   atomic.Pointer[string]
	stmts  *statements
	ids    sequences
	names  *names
	closed sync.Once
}

// Open opens the database at path for serving: it creates it, brings its tables
// up to date and takes the lock that keeps a second hub out. Only one process at a time can.
func Open(ctx context.Context, path string, o Options) (_ *Store, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("store: create the data folder: %w", err)
	}
	lock, err := acquireLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, now: o.Now, log: o.Logger, lock: lock, start: o.Now()}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.write, err = openSQLite(path, modeWrite); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.write); err != nil {
		return nil, err
	}
	if err := s.openReaders(); err != nil {
		return nil, err
	}
	if s.stmts, err = prepare(ctx, s.write); err != nil {
		return nil, err
	}
	if err := s.ids.load(ctx, s.write); err != nil {
		return nil, err
	}
	if s.names, err = loadNames(ctx, s.write); err != nil {
		return nil, err
	}
	if err := s.enrol(ctx, o.HubName); err != nil {
		return nil, err
	}
	return s, nil
}

// OpenReader opens an existing database to look at, also while a hub serves it.
// Methods that write fail.
func OpenReader(ctx context.Context, path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoDatabase, path)
	}
	s := &Store{path: path, now: o.Now, log: o.Logger, start: o.Now()}
	if err := s.openReaders(); err != nil {
		return nil, err
	}
	err := checkVersion(ctx, s.read)
	if err == nil {
		s.names, err = loadNames(ctx, s.read)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) openReaders() (err error) {
	if s.read, err = openSQLite(s.path, modeRead); err != nil {
		return err
	}
	s.queue, err = openSQLite(s.path, modeQueue)
	return err
}

// Close ends the store. A hub that served signs off first.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		if s.write != nil && s.epoch != 0 {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			err = s.signOff(ctx)
		}
		for _, db := range []*sql.DB{s.queue, s.read, s.write} {
			if db != nil {
				err = errors.Join(err, db.Close())
			}
		}
		if s.lock != nil {
			err = errors.Join(err, s.lock.release())
		}
	})
	return err
}

// QueueDB is the connection pool of the inbox's subscriber: it only reads, and shares nothing with intake.
func (s *Store) QueueDB() *sql.DB { return s.queue }

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Healthy returns "" while the store takes writes, else what is wrong with it.
// Nothing may be sent while it does not: the outcome could not be recorded.
func (s *Store) Healthy() string {
	if p := s.sick.Load(); p != nil {
		return *p
	}
	return ""
}

// inTx runs fn in one write transaction. A failure before COMMIT rolls back and is
// returned as it is; a failed COMMIT is ErrCommitUnknown. ctx can end the wait for
// the write connection; once that is taken the transaction runs to its end, because
// one cut short at COMMIT would leave its outcome unknown.
func (s *Store) inTx(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	if s.write == nil {
		return errReadOnly
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.ill(err)
		}
		return fmt.Errorf("store: begin: %w", err)
	}
	defer conn.Close()
	ctx = context.WithoutCancel(ctx)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		s.ill(err)
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // also after a panic in fn; after COMMIT it does nothing
	if err := fn(ctx, tx); err != nil {
		if isDiskTrouble(err) {
			s.ill(err)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		s.ill(err)
		return fmt.Errorf("%w: %w", ErrCommitUnknown, err)
	}
	s.sick.Store(nil)
	return nil
}

func (s *Store) ill(err error) {
	text := err.Error()
	if s.sick.Swap(&text) == nil {
		s.log.Error("the store does not take writes", slog.String("error", text))
	}
}

func (s *Store) ms() int64 { return s.now().UnixMilli() }

func dayOf(ms int64) int64 { return ms / (24 * 60 * 60 * 1000) }
