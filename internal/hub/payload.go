package hub

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"leadhub/internal/config"
)

// StdinName is the file name that means standard input.
const StdinName = "-"

// payload is a captured body with what belongs to it.
type payload struct {
	file     string
	body     []byte
	header   http.Header // nil: no headers were captured
	receiver *config.Receiver
}

// PayloadOptions say how to read a captured payload.
type PayloadOptions struct {
	// Receiver names the receiver the payload came to; "": the folder's name says it.
	Receiver string
	// Headers is a file of headers; "": the one beside the payload, if there is one.
	Headers string
	// Stdin is read for the file "-".
	Stdin io.Reader
}

// Companion says whether file belongs beside a payload (its headers, the
// expected result of a test), so that `testdata/prospektr/*` can be given.
func Companion(file string) bool {
	return strings.HasSuffix(file, ".headers") || strings.HasSuffix(file, ".golden.json")
}

func readPayload(c *config.Config, file string, o PayloadOptions) (*payload, error) {
	p := &payload{file: file}
	var err error
	if p.body, err = readBody(file, o); err != nil {
		return nil, err
	}
	if p.receiver, err = pickReceiver(c, file, o.Receiver); err != nil {
		return nil, err
	}
	p.header, err = readHeadersOf(file, o)
	return p, err
}

// readBody reads the bytes of a captured payload.
func readBody(file string, o PayloadOptions) ([]byte, error) {
	if file == StdinName {
		body, err := io.ReadAll(o.Stdin)
		if err != nil {
			return nil, fmt.Errorf("reading standard input: %w", err)
		}
		return body, nil
	}
	if err := readable(file, ""); err != nil {
		return nil, err
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return body, nil
}

// readHeadersOf reads the headers captured with a payload, nil if there are none.
func readHeadersOf(file string, o PayloadOptions) (http.Header, error) {
	headers := o.Headers
	if headers == "" {
		headers = headersBeside(file)
	}
	if headers == "" {
		return nil, nil
	}
	return readHeaders(headers)
}

// headersBeside returns the file of headers that belongs to a payload, "" if there is none:
// x.headers beside x.body.json or x.json.
func headersBeside(file string) string {
	base := strings.TrimSuffix(file, filepath.Ext(file))
	for _, stem := range []string{strings.TrimSuffix(base, ".body"), base, file} {
		h := stem + ".headers"
		if info, err := os.Stat(h); err == nil && info.Mode().IsRegular() {
			return h
		}
	}
	return ""
}

// pickReceiver finds the receiver by name, or by the name of the payload's
// folder: the vendor's, or the receiver's own.
func pickReceiver(c *config.Config, file, name string) (*config.Receiver, error) {
	names := receiverNames(c)
	if name != "" {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, &UsageError{Message: unknown("receiver", name, names)}
		}
		return &c.Receivers[i], nil
	}
	folder := ""
	if file != StdinName {
		abs, err := filepath.Abs(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		folder = filepath.Base(filepath.Dir(abs))
	}
	if i := slices.Index(names, folder); i >= 0 {
		return &c.Receivers[i], nil
	}
	var found []*config.Receiver
	for i := range c.Receivers {
		if c.Receivers[i].Type == folder {
			found = append(found, &c.Receivers[i])
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, usagef("%s: several receivers are of type %s: say which one with --receiver (%s)", file, folder, strings.Join(names, ", "))
	case len(c.Receivers) == 1:
		return &c.Receivers[0], nil
	case len(c.Receivers) == 0:
		return nil, fmt.Errorf("%s has no receivers: add the vendor under `receivers:`", c.File)
	}
	return nil, usagef("%s: which vendor sent this? Say --receiver with one of %s, or keep the file in a folder named after its vendor", file, strings.Join(names, ", "))
}

func receiverNames(c *config.Config) []string {
	names := make([]string, len(c.Receivers))
	for i, r := range c.Receivers {
		names[i] = r.Name
	}
	return names
}

// unknown says that there is no such thing, which one was probably meant, and which ones there are.
func unknown(what, name string, known []string) string {
	s := fmt.Sprintf("there is no %s %q", what, name)
	if near := Nearest(name, known); near != "" {
		s += fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) > 0 {
		s += fmt.Sprintf(" (there is %s)", strings.Join(known, ", "))
	}
	return s
}
