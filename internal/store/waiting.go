package store

import (
	"context"
	"fmt"
)

// OutputsWaiting returns the outputs that have deliveries waiting.
func (s *Store) OutputsWaiting(ctx context.Context) ([]string, error) {
	// One look into the partial index for each name, however many deliveries wait.
	rows, err := s.read.QueryContext(ctx, `SELECT n.name FROM names n WHERE n.kind = ? AND EXISTS
		(SELECT 1 FROM deliveries d WHERE d.output = n.id AND d.state = 0) ORDER BY n.id`, nameOutput)
	if err != nil {
		return nil, fmt.Errorf("store: outputs with deliveries waiting: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("store: outputs with deliveries waiting: %w", err)
		}
		out = append(out, name)
	}
	return out, rows.Err()
}
