//go:build unix

package store

import (
	"fmt"
	"os"
	"syscall"
)

// lockFile keeps a second process from serving the same SQLite database. The
// kernel releases it when the process ends, however it ends.
type lockFile struct{ f *os.File }

func acquireLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: open the lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w (%s)", ErrLocked, path)
	}
	return &lockFile{f}, nil
}

func (l *lockFile) release() error { return l.f.Close() }

// FreeSpace returns the bytes a process without privileges can still write to the folder of path.
func FreeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("store: free space: %w", err)
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil //nolint:gosec,unconvert // block counts and sizes are positive; the types differ between systems
}
