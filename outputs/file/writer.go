package file

import (
	"context"
	"errors"
	"sync"

	"leadhub/outputs"
)

// sink is where batches of whole lines go. Its methods are called by one
// goroutine at a time.
type sink interface {
	// write puts p in its place, durably. The error carries an instruction.
	write(p []byte) error
	close() error
}

var errClosed = errors.New("the output is closed")

// writer collects lines from many goroutines: while one batch is being written,
// the lines that arrive make the next one, so that they share its fsync. Nobody
// waits for a batch to fill.
type writer struct {
	sink sink

	mu     sync.Mutex
	next   *batch // lines waiting; nil if none
	busy   bool   // a goroutine is writing
	closed bool
	idle   sync.WaitGroup
	spare  []byte // the last batch's buffer, for the one after next
}

// batch is a number of lines that are written together.
type batch struct {
	lines []byte
	done  chan struct{} // closed when err is set
	err   error
}

// keep bounds the buffer kept between batches, in bytes.
const keep = 1 << 20

func newWriter(s sink) *writer { return &writer{sink: s} }

// append adds a line and its line break, and waits until it is written. If ctx
// ends first the line may still be written: that is ambiguous.
func (w *writer) append(ctx context.Context, line []byte) error {
	if err := ctx.Err(); err != nil {
		return outputs.RetryAfter(err, 0)
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return outputs.RetryAfter(errClosed, 0)
	}
	if w.next == nil {
		w.next = &batch{lines: w.spare[:0], done: make(chan struct{})}
		w.spare = nil
	}
	b := w.next
	b.lines = append(b.lines, line...)
	b.lines = append(b.lines, '\n')
	if !w.busy {
		w.busy = true
		w.idle.Go(w.run)
	}
	w.mu.Unlock()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return outputs.Ambiguous(ctx.Err())
	}
}

// run writes batches until none is waiting.
func (w *writer) run() {
	for {
		w.mu.Lock()
		b := w.next
		w.next = nil
		if b == nil {
			w.busy = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		b.err = w.sink.write(b.lines)
		lines := b.lines
		b.lines = nil
		close(b.done)
		if cap(lines) <= keep {
			w.mu.Lock()
			w.spare = lines
			w.mu.Unlock()
		}
	}
}

// close waits for the batches that were begun.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.idle.Wait()
	return w.sink.close()
}
