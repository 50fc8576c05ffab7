package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// conn is a keep-alive HTTP/1.1 connection that does as little as it can:
// net/http's client would cost more than the servers it is to measure. It reads
// answers with a Content-Length only.
type conn struct {
	addr    string
	timeout time.Duration
	nc      net.Conn
	br      *bufio.Reader
}

func (c *conn) close() {
	if c.nc != nil {
		_ = c.nc.Close()
		c.nc = nil
	}
}

// do sends one request and returns the answer's status. After an error the next
// call connects anew.
func (c *conn) do(ctx context.Context, now time.Time, request []byte) (int, error) {
	if c.nc == nil {
		nc, err := (&net.Dialer{Timeout: c.timeout}).DialContext(ctx, "tcp", c.addr)
		if err != nil {
			return 0, err
		}
		c.nc = nc
		if c.br == nil {
			c.br = bufio.NewReaderSize(nc, 4096)
		} else {
			c.br.Reset(nc)
		}
	}
	status, keep, err := c.exchange(now, request)
	if err != nil || !keep {
		c.close()
	}
	return status, err
}

func (c *conn) exchange(now time.Time, request []byte) (status int, keep bool, err error) {
	if err := c.nc.SetDeadline(now.Add(c.timeout)); err != nil {
		return 0, false, err
	}
	if _, err := c.nc.Write(request); err != nil {
		return 0, false, err
	}
	return readAnswer(c.br)
}

var errAnswer = errors.New("not an HTTP/1.1 answer with a length")

// readAnswer reads one answer and throws its body away.
func readAnswer(br *bufio.Reader) (status int, keep bool, err error) {
	line, err := br.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return 0, false, fmt.Errorf("%w: %q", errAnswer, line)
	}
	status, err = strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, false, fmt.Errorf("%w: %q", errAnswer, line)
	}
	length, keep := -1, true
	for {
		line, err = br.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return 0, false, fmt.Errorf("%w: length %q", errAnswer, value)
			}
		case bytes.EqualFold(name, []byte("Connection")):
			keep = !bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 {
		return 0, false, fmt.Errorf("%w: no Content-Length", errAnswer)
	}
	if _, err := io.CopyN(io.Discard, br, int64(length)); err != nil {
		return 0, false, err
	}
	return status, keep, nil
}
