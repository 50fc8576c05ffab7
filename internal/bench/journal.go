package bench

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// journal is an append-only file with group commit: whoever comes while a commit
// is under way shares the next one. Nobody waits for a batch to fill.
type journal struct {
	file  io.WriteCloser
	sync  func() error
	queue chan entry
	done  chan struct{}
}

type entry struct {
	body   []byte
	result chan<- error
}

const maxBatch = 1024

var errClosed = errors.New("journal is closed")

func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return newJournal(f, func() error { return datasync(f) }), nil
}

func newJournal(file io.WriteCloser, sync func() error) *journal {
	j := &journal{file: file, sync: sync, queue: make(chan entry, maxBatch), done: make(chan struct{})}
	go j.run()
	return j
}

// append returns nil once body is on disk. It must not be called after close.
func (j *journal) append(body []byte) error {
	result := make(chan error, 1)
	select {
	case j.queue <- entry{body, result}:
		return <-result
	case <-j.done:
		return errClosed
	}
}

// close commits what waits and closes the file.
func (j *journal) close() error {
	close(j.queue)
	<-j.done
	return j.file.Close()
}

func (j *journal) run() {
	defer close(j.done)
	var (
		buf     []byte
		waiting []chan<- error
	)
	for first := range j.queue {
		buf, waiting = add(buf[:0], waiting[:0], first)
	more:
		for len(waiting) < maxBatch {
			select {
			case e, ok := <-j.queue:
				if !ok {
					break more
				}
				buf, waiting = add(buf, waiting, e)
			default:
				break more
			}
		}
		_, err := j.file.Write(buf)
		if err == nil {
			err = j.sync()
		}
		for _, w := range waiting {
			w <- err
		}
	}
}

// add appends the entry as its length (4 bytes, big endian) and its bytes.
func add(buf []byte, waiting []chan<- error, e entry) ([]byte, []chan<- error) {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(e.body))) //nolint:gosec // bodies are at most 1 MiB
	return append(buf, e.body...), append(waiting, e.result)
}
