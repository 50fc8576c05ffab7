package store

import (
	"context"
	"database/sql"
)

// counts collects what a transaction adds to the ledger.
type counts map[counter]int64

type counter struct {
	day, receiver, output int64
	item                  item
}

func (c counts) add(day, receiver, output int64, it item) {
	c[counter{day, receiver, output, it}]++
}

// take takes one back: what was counted as ended goes on.
func (c counts) take(day, receiver, output int64, it item) {
	c[counter{day, receiver, output, it}]--
}

func (c counts) write(ctx context.Context, tx *sql.Tx, st *statements) error {
	args := make([]any, 0, 5*len(c))
	for k, n := range c {
		args = append(args, k.day, k.receiver, k.output, k.item, n)
	}
	return st.ledger.insert(ctx, tx, args)
}
