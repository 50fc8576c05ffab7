package server

import (
	"io"
	"net"
	"sync"
	"time"
)

// A connection that is closed while its sender still writes is reset, and the
// sender may never read the answer that was on its way. So after a refusal that
// did not read the body the rest of it is read and thrown away, within these bounds.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 64 << 20
)

// listener hands out connections that can linger, and knows those on which nothing
// was said yet. Load balancers and browsers open some in advance; Fiber would wait
// for them at the end as if a request were under way.
type listener struct {
	net.Listener
	once sync.Once
	err  error

	mu     sync.Mutex
	silent map[*conn]struct{}
}

func newListener(l net.Listener) *listener {
	return &listener{Listener: l, silent: map[*conn]struct{}{}}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, l: l, silent: true}
	l.mu.Lock()
	l.silent[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// Close implements net.Listener. It can be called more than once.
func (l *listener) Close() error {
	l.once.Do(func() { l.err = l.Listener.Close() })
	return l.err
}

// closeSilent closes the connections on which nothing was said yet.
func (l *listener) closeSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.silent {
		_ = c.Conn.Close()
	}
}

// conn is a connection that may linger. All but Close of its inner connection is
// used by one goroutine at a time.
type conn struct {
	net.Conn
	l      *listener
	silent bool
	linger bool // set by the handler, before Close
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.heard()
	return n, err
}

func (c *conn) heard() {
	if !c.silent {
		return
	}
	c.silent = false
	c.l.mu.Lock()
	delete(c.l.silent, c)
	c.l.mu.Unlock()
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.linger && half.CloseWrite() == nil {
		enough := time.AfterFunc(lingerTime, func() { _ = c.Conn.Close() })
		defer enough.Stop()
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	c.l.mu.Lock()
	delete(c.l.silent, c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}
