// Package receivertest holds the contract that every kind of receiver passes,
// and what the receivers' own tests share. It is for tests only.
package receivertest

import (
	"bufio"
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
)

// Secret is what the fixtures are signed with. It is the secret of the known answers.
const Secret = "topsecret"

// Received is when the requests of the tests came in.
func Received() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) }

// Fixture is one captured payload: <name>.body.json (or .form), <name>.headers.
type Fixture struct {
	Name   string // "lead.created-sparse"
	Event  string // "lead.created": the name up to the first hyphen
	Body   []byte
	Header http.Header // as the vendor sends them, without signatures, tokens and timestamps
}

// Fixtures reads the payloads of a folder.
func Fixtures(tb testing.TB, dir string) []Fixture {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.body.*"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("%s: no fixtures (%v)", dir, err)
	}
	fixtures := make([]Fixture, 0, len(files))
	for _, file := range files {
		var f Fixture
		f.Name, _, _ = strings.Cut(filepath.Base(file), ".body.")
		f.Event, _, _ = strings.Cut(f.Name, "-")
		if f.Body, err = os.ReadFile(file); err != nil {
			tb.Fatal(err)
		}
		f.Header = headers(tb, filepath.Join(dir, f.Name+".headers"))
		fixtures = append(fixtures, f)
	}
	return fixtures
}

func headers(tb testing.TB, file string) http.Header {
	tb.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	raw = append(raw, "\r\n"...)
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return http.Header(h)
}

// Deps are what a receiver is built with in tests.
func Deps(offline bool) plugin.Deps {
	return plugin.Deps{Name: "test", Now: Received, Logger: slog.New(slog.DiscardHandler), Offline: offline}
}

// SecretField finds the field of a configuration that holds the secrets or tokens.
func SecretField(tb testing.TB, config any) (key string, field reflect.Value) {
	tb.Helper()
	v := reflect.ValueOf(config).Elem()
	for i := range v.NumField() {
		if v.Field(i).Type() == reflect.TypeFor[[]plugin.Secret]() {
			return v.Type().Field(i).Tag.Get("yaml"), v.Field(i)
		}
	}
	tb.Fatalf("%T: no field holds secrets", config)
	return "", reflect.Value{}
}

// Build makes a receiver with these secrets, which must be good.
func Build(tb testing.TB, kind receivers.Kind, secrets ...string) receivers.Receiver {
	tb.Helper()
	list := make([]plugin.Secret, 0, len(secrets))
	for _, s := range secrets {
		list = append(list, plugin.NewSecret(s))
	}
	r, err := BuildWith(tb, kind, Deps(false), list...)
	if err != nil {
		tb.Fatalf("%s: %v", kind.Name, err)
	}
	return r
}

// BuildWith makes a receiver with these secrets.
func BuildWith(tb testing.TB, kind receivers.Kind, deps plugin.Deps, list ...plugin.Secret) (receivers.Receiver, error) {
	tb.Helper()
	config := kind.Config()
	_, field := SecretField(tb, config)
	field.Set(reflect.ValueOf(list))
	return kind.Build(config, deps)
}

// Request is the request that a vendor would make of a fixture, received at at.
func Request(tb testing.TB, signer receivers.Receiver, f *Fixture, at time.Time) *receivers.Request {
	tb.Helper()
	s, ok := signer.(receivers.Signer)
	if !ok {
		tb.Fatalf("%T cannot sign", signer)
	}
	header, err := s.Sign(f.Body, f.Event, at)
	if err != nil {
		tb.Fatalf("sign %s: %v", f.Name, err)
	}
	for name, values := range f.Header {
		if _, ok := header[name]; !ok {
			header[name] = values
		}
	}
	req := &receivers.Request{
		Method: http.MethodPost, Path: "/webhooks/test", Header: header,
		Body: bytes.Clone(f.Body), ReceivedAt: at, Remote: netip.MustParseAddr("203.0.113.7"),
	}
	if q, ok := signer.(receivers.QuerySigner); ok {
		if req.Query, err = q.SignQuery(); err != nil {
			tb.Fatalf("sign %s: %v", f.Name, err)
		}
	}
	return req
}

// Clone copies a request, so that a test can spoil it.
func Clone(r *receivers.Request) *receivers.Request {
	c := *r
	c.Header = r.Header.Clone()
	c.Body = bytes.Clone(r.Body)
	return &c
}
