package hub

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"os"
	"strings"
)

// ParseHeaders reads captured HTTP headers: lines of "Name: value" as curl and
// most tools print them. Empty lines, comments (#), curl's marks (">", "<", "-H")
// and a request line ("POST /webhooks/x HTTP/1.1") are passed over.
func ParseHeaders(file string, data []byte) (http.Header, error) {
	h := http.Header{}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; scanner.Scan(); n++ {
		line := unwrapCurl(strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\ufeff")))
		if line == "" || strings.HasPrefix(line, "#") || isRequestLine(line) {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || !isHeaderName(name) {
			return nil, fmt.Errorf(`%s:%d: this is not a header: write "Name: value"`, file, n)
		}
		h.Add(textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value))
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: this is not a file of headers: %w", file, err)
	}
	return h, nil
}

func readHeaders(file string) (http.Header, error) {
	if err := readable(file, ""); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return ParseHeaders(file, data)
}

// unwrapCurl takes away what `curl -v` and a curl command line put around a header.
func unwrapCurl(line string) string {
	for _, mark := range []string{"> ", "< ", "-H "} {
		line = strings.TrimPrefix(line, mark)
	}
	if line == ">" || line == "<" {
		return ""
	}
	line = strings.TrimSpace(strings.TrimSuffix(line, "\\"))
	if len(line) >= 2 && (line[0] == '\'' || line[0] == '"') && line[len(line)-1] == line[0] {
		line = line[1 : len(line)-1]
	}
	return line
}

func isRequestLine(line string) bool {
	method, rest, ok := strings.Cut(line, " ")
	return ok && method == strings.ToUpper(method) && strings.HasSuffix(rest, " HTTP/1.1") ||
		strings.HasSuffix(rest, " HTTP/2") || strings.HasSuffix(rest, " HTTP/1.0") || strings.HasPrefix(line, "HTTP/")
}

func isHeaderName(name string) bool {
	if name == "" {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) {
			return false
		}
	}
	return true
}
