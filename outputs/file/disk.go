package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"leadhub/outputs"
)

// diskFile appends to a file and makes what it appended durable.
type diskFile struct {
	path string
	f    *os.File // nil: not open
	torn bool     // the file may end within a line
}

// write appends whole lines with one system call and waits for the disk.
func (d *diskFile) write(p []byte) error {
	if err := d.open(); err != nil {
		return openFailure(err)
	}
	if d.torn {
		// The end of a line that was cut off by a crash or a full disk: close it, so
		// that it spoils nothing but itself.
		p = append([]byte{'\n'}, p...)
	}
	n, err := d.f.Write(p)
	if err != nil {
		d.drop()
		err = fmt.Errorf("writing the file failed: %s", reason(err))
		if n == 0 {
			return outputs.RetryAfter(err, 0)
		}
		return outputs.Ambiguous(err)
	}
	d.torn = false
	if err := settle(d.f); err != nil {
		// After a failed fsync the kernel may have forgotten what was not written:
		// only a new look at the file says what is there.
		d.drop()
		return outputs.Ambiguous(fmt.Errorf("the disk did not confirm the write: %s", reason(err)))
	}
	return nil
}

// open opens the file unless the open one is still what stands at the path:
// something that rotates logs may have moved it away.
func (d *diskFile) open() error {
	if d.f != nil {
		at, err := os.Stat(d.path)
		if err == nil {
			var own fs.FileInfo
			if own, err = d.f.Stat(); err == nil && os.SameFile(at, own) {
				return nil
			}
		}
		d.drop()
	}
	f, err := openAppend(d.path)
	if err != nil {
		return err
	}
	torn, err := endsTorn(f)
	if err != nil {
		f.Close()
		return err
	}
	d.f, d.torn = f, torn
	return nil
}

// drop closes the file; the next write opens it again and looks at its end.
func (d *diskFile) drop() {
	if d.f != nil {
		d.f.Close()
		d.f = nil
	}
}

func (d *diskFile) close() error {
	if d.f == nil {
		return nil
	}
	err := d.f.Close()
	d.f = nil
	return err
}

// openAppend opens the file for appending and makes it, and its folder, where
// they do not exist.
func openAppend(path string) (*os.File, error) {
	folder := filepath.Dir(path)
	_, missing := os.Stat(path)
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, fileMode)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) {
		// A file or device that may be written but not read.
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	}
	if err != nil {
		return nil, err
	}
	if errors.Is(missing, fs.ErrNotExist) {
		// The file's name must survive a power cut as its lines do.
		if dir, err := os.Open(folder); err == nil {
			_ = dir.Sync() // not every file system can
			dir.Close()
		}
	}
	return f, nil
}

// endsTorn says whether the file's last byte is something else than a line break.
func endsTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return false, nil
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	switch {
	case errors.Is(err, io.EOF): // cut in between by someone else
		return false, nil
	case errors.Is(err, syscall.EBADF): // not readable: an empty line does no harm
		return true, nil
	case err != nil:
		return false, err
	}
	return last[0] != '\n', nil
}

// settle waits for the disk. Pipes and devices have none.
func settle(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// openFailure says what to do about a file that cannot be opened: a full disk
// mends itself, missing rights do not.
func openFailure(err error) error {
	text := fmt.Errorf("the file cannot be opened: %s", reason(err))
	for _, config := range []error{fs.ErrPermission, syscall.EISDIR, syscall.ENOTDIR, syscall.EROFS, syscall.ENAMETOOLONG} {
		if errors.Is(err, config) {
			return outputs.Pause(text)
		}
	}
	return outputs.RetryAfter(text, 0)
}

// stream is standard output.
type stream struct{ w io.Writer }

func (s stream) write(p []byte) error {
	n, err := s.w.Write(p)
	switch {
	case err == nil:
		return nil
	case n == 0:
		return outputs.RetryAfter(fmt.Errorf("writing to standard output failed: %s", reason(err)), 0)
	default:
		return outputs.Ambiguous(fmt.Errorf("writing to standard output failed half way: %s", reason(err)))
	}
}

func (stream) close() error { return nil } // it is not ours
