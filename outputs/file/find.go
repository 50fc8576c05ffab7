package file

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
)

// tail is how much of the file's end is searched, in bytes: some 20,000 leads,
// far more than are sent between an attempt and the look after it.
const tail = 32 << 20

// findLine says whether a whole line of the delivery is in the last part of the
// file. What it finds it makes durable before it says so.
func findLine(ctx context.Context, path, id string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && !info.Mode().IsRegular()) {
		return false, nil // a pipe keeps nothing that could be found
	}
	if err != nil {
		return false, openFailure(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return false, openFailure(err)
	}
	defer f.Close()
	from := max(info.Size()-tail, 0)
	data := make([]byte, info.Size()-from)
	n, err := f.ReadAt(data, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, errors.New("reading the file failed: " + reason(err))
	}
	data = data[:n]
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !holds(data, id) {
		return false, nil
	}
	return true, settle(f)
}

// holds says whether one of the lines is the delivery's. What follows the last
// line break is no line yet.
func holds(data []byte, id string) bool {
	end := bytes.LastIndexByte(data, '\n')
	if end < 0 {
		return false
	}
	data = data[:end]
	quoted := []byte(`"` + id + `"`)
	for {
		// From the end: what is looked for was written last.
		at := bytes.LastIndex(data, quoted)
		if at < 0 {
			return false
		}
		start := bytes.LastIndexByte(data[:at], '\n') + 1
		stop := bytes.IndexByte(data[at:], '\n')
		if stop < 0 {
			stop = len(data)
		} else {
			stop += at
		}
		var line struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(data[start:stop], &line) == nil && line.ID == id {
			return true
		}
		data = data[:start]
	}
}
