package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// names maps the names that appear in rows to small integers and back. It is
// read on every batch and written once per new name.
type names struct {
	making sync.Mutex // held while a new name is written; never together with a write transaction of another's

	mu   sync.RWMutex // guards the maps, and is never held while waiting for a connection
	ids  map[nameKey]int64
	text map[int64]string
	next int64
}

type nameKey struct {
	kind nameKind
	name string
}

func loadNames(ctx context.Context, db *sql.DB) (*names, error) {
	n := &names{ids: map[nameKey]int64{}, text: map[int64]string{0: ""}, next: 1}
	return n, n.refresh(ctx, db)
}

func (n *names) refresh(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT id, kind, name FROM names`)
	if err != nil {
		return fmt.Errorf("store: read names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var k nameKey
		if err := rows.Scan(&id, &k.kind, &k.name); err != nil {
			return fmt.Errorf("store: read names: %w", err)
		}
		n.put(id, k)
	}
	return rows.Err()
}

func (n *names) put(id int64, k nameKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ids[k] = id
	n.text[id] = k.name
	n.next = max(n.next, id+1)
}

func (n *names) id(k nameKey) (int64, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok := n.ids[k]
	return id, ok
}

// name returns the id of a name, making one where it is new. "" is 0. It must not
// be called inside a write transaction: there is one connection for writing.
func (s *Store) name(ctx context.Context, kind nameKind, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	k := nameKey{kind, name}
	if id, ok := s.names.id(k); ok {
		return id, nil
	}
	s.names.making.Lock()
	defer s.names.making.Unlock()
	if id, ok := s.names.id(k); ok {
		return id, nil
	}
	s.names.mu.RLock()
	id := s.names.next
	s.names.mu.RUnlock()
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO names (id, kind, name) VALUES (?, ?, ?)`, id, kind, name)
		return err
	})
	if errors.Is(err, ErrCommitUnknown) {
		// It may be there all the same: the next use must not run into it.
		err = errors.Join(err, s.names.refresh(context.WithoutCancel(ctx), s.queue))
	}
	if err != nil {
		return 0, fmt.Errorf("store: keep a name: %w", err)
	}
	s.names.put(id, k)
	return id, nil
}

// text returns the name behind an id. A reader that meets a new one reads the table
// again, over the queue's connections: its callers hold one of the readers' while
// they go through rows, and would wait for each other.
func (s *Store) text(ctx context.Context, id int64) string {
	s.names.mu.RLock()
	t, ok := s.names.text[id]
	s.names.mu.RUnlock()
	if ok {
		return t
	}
	if err := s.names.refresh(ctx, s.queue); err != nil {
		return "?"
	}
	s.names.mu.RLock()
	defer s.names.mu.RUnlock()
	return s.names.text[id]
}

// find returns the id of a name without making one; 0 and false where nobody used it yet.
func (s *Store) find(ctx context.Context, kind nameKind, name string) (int64, bool) {
	for range 2 {
		if id, ok := s.names.id(nameKey{kind, name}); ok {
			return id, true
		}
		if err := s.names.refresh(ctx, s.queue); err != nil {
			return 0, false
		}
	}
	return 0, false
}
