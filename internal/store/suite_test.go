package store_test

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/internal/store/storetest"
)

// TestSQLite runs the suite on SQLite files.
func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		return newDatabase(t, filepath.Join(t.TempDir(), "leadhub.db"))
	})
}

// sqliteDatabase is a SQLite file under test.
type sqliteDatabase struct {
	path string
	raw  *sql.DB
}

func newDatabase(t *testing.T, path string) *sqliteDatabase {
	t.Helper()
	return &sqliteDatabase{path: path}
}

func (d *sqliteDatabase) Open(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), d.path, options(now))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *sqliteDatabase) OpenReader(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.OpenReader(t.Context(), d.path, options(now))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *sqliteDatabase) Publish(tx *sql.Tx, first, last int64) error {
	return queue.PublishInbox(tx, first, last)
}

// db opens the file as another program would.
func (d *sqliteDatabase) db(t *testing.T) *sql.DB {
	t.Helper()
	if d.raw == nil {
		db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { _ = db.Close() })
		d.raw = db
	}
	return d.raw
}

func (d *sqliteDatabase) Exec(t *testing.T, query string, args ...any) int64 {
	t.Helper()
	res, err := d.db(t).ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (d *sqliteDatabase) Int(t *testing.T, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.db(t).QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func options(now func() time.Time) store.Options {
	return store.Options{Now: now, Logger: slog.New(slog.DiscardHandler), HubName: "test"}
}
