package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Tests of what is SQLite's own: files, locks, pragmas, failed commits, plans.

func testOptions() Options {
	return Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler), HubName: "test"}
}

func openAt(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openTemp(t *testing.T) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "leadhub.db"))
}

// publish is the inbox's publisher without Watermill.
func publish(tx *sql.Tx, first, last int64) error {
	_, err := tx.ExecContext(context.Background(), `INSERT INTO inbox (uuid, first, last) VALUES ('x', ?, ?)`, first, last)
	return err
}

func oneEvent() []NewEvent {
	return []NewEvent{{Receiver: "prospektr", Channel: ChannelWebhook, At: time.UnixMilli(1), Body: []byte("{}")}}
}

// TestPragmasOnEveryConnection: set once on one pooled connection, they would not
// hold on the others, and SQLite would silently not wait for the disk.
func TestPragmasOnEveryConnection(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	for _, c := range []struct {
		name      string
		db        *sql.DB
		conns     int
		queryOnly string
	}{
		{"write", s.write, 1, "0"},
		{"read", s.read, 4, "1"},
		{"queue", s.queue, 2, "1"},
	} {
		if got := c.db.Stats().MaxOpenConnections; got != c.conns {
			t.Errorf("%s: %d connections, not %d", c.name, got, c.conns)
		}
		for i := range c.conns { // all at once, so that each is another one
			conn, err := c.db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for pragma, want := range map[string]string{
				"synchronous": "2", "journal_mode": "wal", "busy_timeout": "5000", "query_only": c.queryOnly, "wal_autocheckpoint": "16000", "temp_store": "2",
			} {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s connection %d: %s is %q, not %q (%v)", c.name, i, pragma, got, want, err)
				}
			}
			if c.queryOnly == "1" {
				if _, err := conn.ExecContext(t.Context(), `DELETE FROM events`); err == nil || !strings.Contains(err.Error(), "readonly") {
					t.Errorf("%s connection %d can write: %v", c.name, i, err)
				}
			}
		}
	}
}

// TestConnectorRefuses: a connection that did not take a pragma is not used.
func TestConnectorRefuses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leadhub.db")
	c := &connector{dsn: "file:" + path + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(1)", mode: modeWrite}
	_, err := c.Connect(t.Context())
	if err == nil || err.Error() != "store: pragma synchronous is 1, not 2" {
		t.Errorf("error %v", err)
	}
}

func TestSecondOpenIsLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leadhub.db")
	first := openAt(t, path)
	if _, err := Open(t.Context(), path, testOptions()); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Fatalf("a second hub: %v", err)
	}
	if _, err := first.Append(t.Context(), oneEvent(), publish); err != nil {
		t.Errorf("the first one is disturbed: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	openAt(t, path)
}

func TestNewerSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leadhub.db")
	s := openAt(t, path)
	if _, err := s.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, testOptions()); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "its schema is 99") {
		t.Errorf("open: %v", err)
	}
	if _, err := OpenReader(t.Context(), path, testOptions()); !errors.Is(err, ErrNewer) {
		t.Errorf("open to read: %v", err)
	}
	// A refused open leaves the lock free.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id = 99`); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
	if _, err := db.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id >= 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(t.Context(), path, testOptions()); err == nil || !strings.Contains(err.Error(), "of an older version (schema 0 of ") {
		t.Errorf("an older one, to read: %v", err)
	}
}

func TestOpenReaderWithoutDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "no", "leadhub.db")
	if _, err := OpenReader(t.Context(), missing, testOptions()); !errors.Is(err, ErrNoDatabase) || !strings.Contains(err.Error(), missing) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(missing)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking made a folder: %v", err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(t.Context(), empty, testOptions()); !errors.Is(err, ErrNoDatabase) {
		t.Errorf("an empty file: %v", err)
	}
	other := filepath.Join(dir, "other.db")
	text := strings.Repeat("company,domain\nACME,acme.example\n", 200)
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string, Options) (*Store, error){"serve": Open, "read": OpenReader} {
		if _, err := open(t.Context(), other, testOptions()); err == nil || !strings.Contains(err.Error(), "not a database") {
			t.Errorf("%s: a file that is no database: %v", name, err)
		}
	}
	if got, err := os.ReadFile(other); err != nil || string(got) != text {
		t.Errorf("the file was changed: %v", err)
	}
	if _, err := Open(t.Context(), dir, testOptions()); err == nil {
		t.Error("a folder is no database")
	}
}

// TestReaderWhileServing: a reader opened while a hub writes sees what was committed.
func TestReaderWhileServing(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	var kept atomic.Int64
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.Append(context.Background(), oneEvent(), publish); err != nil {
				t.Error(err)
				return
			}
			kept.Add(1)
		}
	}()
	for range 10 {
		before := kept.Load()
		r, err := OpenReader(t.Context(), s.Path(), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		l, err := r.Ledger(t.Context())
		if err != nil || !l.Holds || (before > 0 && l.Receivers[0].Received < before) {
			t.Errorf("ledger %+v, %v", l, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-stopped
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"plain.db", "with space.db", "Zürich–東京.db", "what?.db", "a#b.db", "100%.db", "%41.db", "a&b=c;d.db", "q?_pragma=synchronous(0).db",
		"folder with ?#% and ü/leadhub.db", "+plus+.db", "file:x.db", `back\slash.db`, "quo'te\".db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			s := openAt(t, path)
			if _, err := s.Append(t.Context(), oneEvent(), publish); err != nil {
				t.Fatal(err)
			}
			r, err := OpenReader(t.Context(), path, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.Events(t.Context(), 1, 9); err != nil || len(got) != 1 {
				t.Errorf("%d events, %v", len(got), err)
			}
			if err := errors.Join(r.Close(), s.Close()); err != nil {
				t.Fatal(err)
			}
			// Nothing beside it under another name.
			var names []string
			err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					rel, _ := filepath.Rel(dir, p)
					names = append(names, rel)
				}
				return err
			})
			if want := fmt.Sprintf("%q", []string{name, name + ".lock"}); err != nil || fmt.Sprintf("%q", names) != want {
				t.Errorf("files %q, not %s (%v)", names, want, err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"leadhub.db", "data/leadhub.db", "./leadhub2.db"} {
		s := openAt(t, path)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
