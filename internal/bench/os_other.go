//go:build !linux

package bench

import (
	"errors"
	"os"
	"time"
)

// errPlatform: CPU time and peak memory of another process are read from /proc.
var errPlatform = errors.New("measuring needs Linux")

func datasync(f *os.File) error { return f.Sync() }

func cpuTime(int) (time.Duration, error) { return 0, errPlatform }

func memory(int) (now, peak int64, err error) { return 0, 0, errPlatform }

func inMemory(string) (bool, error) { return false, nil }
