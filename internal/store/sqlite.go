package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"modernc.org/sqlite"
)

type sqliteMode uint8

const (
	modeWrite sqliteMode = iota
	modeRead
	modeQueue
)

// pragmas are set in the DSN, so that every connection of a pool has them, and
// are asserted on every connection: synchronous silently fell back to NORMAL
// where it was set once on one pooled connection.
func pragmas(m sqliteMode) [][2]string {
	p := [][2]string{
		{"busy_timeout", "5000"},
		{"journal_mode", "wal"},
		{"synchronous", "2"},
		{"wal_autocheckpoint", "16000"},
		{"cache_size", "-32768"},
		{"temp_store", "2"},
	}
	if m != modeWrite {
		p[4][1] = "-8192"
		p = append(p, [2]string{"query_only", "1"})
	}
	return p
}

func openSQLite(path string, m sqliteMode) (*sql.DB, error) {
	q := url.Values{}
	for _, p := range pragmas(m) {
		q.Add("_pragma", p[0]+"("+p[1]+")")
	}
	lock := "deferred"
	conns := 4
	switch m {
	case modeWrite:
		lock, conns = "immediate", 1
	case modeQueue:
		conns = 2
	case modeRead:
	}
	q.Set("_txlock", lock)
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	db := sql.OpenDB(&connector{dsn: dsn, mode: m})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(context.Background()); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	return db, nil
}

// connector opens connections and refuses one whose pragmas are not what the DSN asked for.
type connector struct {
	dsn    string
	mode   sqliteMode
	driver sqlite.Driver
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &c.driver }

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	for _, p := range pragmas(c.mode) {
		got, err := readPragma(ctx, conn, p[0])
		if err == nil && got != p[1] {
			err = fmt.Errorf("store: pragma %s is %s, not %s", p[0], got, p[1])
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

func readPragma(ctx context.Context, conn driver.Conn, name string) (string, error) {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return "", errors.New("store: the SQLite driver cannot query")
	}
	rows, err := q.QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return "", fmt.Errorf("store: pragma %s: %w", name, err)
	}
	defer rows.Close()
	dest := make([]driver.Value, 1)
	if err := rows.Next(dest); err != nil {
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		return "", err
	}
	return strings.ToLower(fmt.Sprint(dest[0])), nil
}

// isDiskTrouble says whether SQLite reports that the disk is full, broken or
// read-only: then the trouble is not one row's, and nothing else would be written either.
func isDiskTrouble(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case 8, 10, 11, 13, 14, 26: // READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB
		return true
	}
	return false
}
