package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

func provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// migrate brings the tables up to date, forwards only. The caller holds the lock file.
func migrate(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: read the schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("%w (its schema is %d, this version knows %d): install the newer leadhub, or restore a backup", ErrNewer, have, want)
	}
	if have == want {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: bring the tables up to date: %w", err)
	}
	return nil
}

// checkVersion refuses to read a database whose tables this version does not know.
func checkVersion(ctx context.Context, db *sql.DB) error {
	var have int64
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1`).Scan(&have)
	if err != nil {
		return fmt.Errorf("%w: its tables were never made; start the hub once", ErrNoDatabase)
	}
	entries, err := fs.ReadDir(migrations, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	want := int64(len(entries)) // files are numbered from 1 without gaps
	switch {
	case have > want:
		return fmt.Errorf("%w (its schema is %d, this version knows %d)", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("store: the database is of an older version (schema %d of %d): start the hub once to bring it up to date", have, want)
	}
	return nil
}
