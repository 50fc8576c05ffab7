package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond is the unit of the CPU times in /proc/<pid>/stat: USER_HZ, which
// is 100 on every architecture Go supports.
const ticksPerSecond = 100

// datasync forces a file's data to disk, without metadata nobody needs to read it back.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// cpuTime returns the CPU time a process has used, user and system.
func cpuTime(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(raw)
}

// parseStat reads utime and stime. The command's name comes before them in
// parentheses and may itself hold blanks and parentheses.
func parseStat(raw []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(raw, ')')
	fields := strings.Fields(string(raw[end+1:]))
	const utime, stime = 11, 12
	if end < 0 || len(fields) <= stime {
		return 0, fmt.Errorf("cannot read /proc/<pid>/stat: %q", raw)
	}
	var ticks int64
	for _, i := range []int{utime, stime} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cannot read /proc/<pid>/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / ticksPerSecond), nil
}

// memory returns the resident memory of a process now and at its peak, in bytes.
func memory(pid int) (now, peak int64, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	return parseStatus(string(raw))
}

func parseStatus(raw string) (now, peak int64, err error) {
	for line := range strings.Lines(raw) {
		name, value, _ := strings.Cut(line, ":")
		var to *int64
		switch name {
		case "VmRSS":
			to = &now
		case "VmHWM":
			to = &peak
		default:
			continue
		}
		kib, ok := strings.CutSuffix(strings.TrimSpace(value), " kB")
		if !ok {
			return 0, 0, fmt.Errorf("cannot read /proc/<pid>/status: %q", line)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(kib), 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("cannot read /proc/<pid>/status: %w", err)
		}
		*to = n << 10
	}
	if now == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("cannot read /proc/<pid>/status: no VmRSS or VmHWM")
	}
	return now, peak, nil
}

// inMemory says whether a folder lives on a file system without a disk, where a
// sync costs nothing and a durable figure means nothing.
func inMemory(dir string) (bool, error) {
	const tmpfsMagic, ramfsMagic = 0x01021994, 0x858458f6
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return false, err
	}
	return st.Type == tmpfsMagic || st.Type == ramfsMagic, nil
}
