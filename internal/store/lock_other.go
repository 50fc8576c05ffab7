//go:build !unix

package store

import (
	"errors"
	"fmt"
	"math"
	"os"
)

// lockFile keeps a second process from serving the same SQLite database: a file
// that is open cannot be removed on this system.
type lockFile struct {
	f    *os.File
	path string
}

func acquireLock(path string) (*lockFile, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, path)
	}
	return &lockFile{f, path}, nil
}

func (l *lockFile) release() error {
	return errors.Join(l.f.Close(), os.Remove(l.path))
}

// FreeSpace is not known on this system: it reports plenty.
func FreeSpace(string) (uint64, error) { return math.MaxUint64, nil }
