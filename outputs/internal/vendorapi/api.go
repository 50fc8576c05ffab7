// Package vendorapi is what outputs share that create leads in a vendor's system
// through its API: the address and the key, texts that such a system takes, and
// answers that come bare or wrapped.
package vendorapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"leadhub/internal/egress"
	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// Path is a key of the configuration that holds a path below the API's address.
type Path struct{ Field, Value string }

// Settings are what a kind's configuration says about the API.
type Settings struct {
	URL          egress.URL // key api_url
	AllowPrivate bool
	Paths        []Path
	Key          plugin.Secret
	KeyField     string // the key of the configuration that holds Key
	KeyHint      string // where to find it, for the person who left it out
	Header       string // the header that carries Key
	Prefix       string // what stands before Key in it, "Bearer "
	MaxReply     int64  // bytes of an answer that are read; 0: egress.MaxReply
}

// API is a vendor's API as one output is configured to reach it. It is immutable
// and safe for concurrent use.
type API struct {
	Client *egress.Client

	name   string // the output's
	unset  string // the first key whose variable is not set, "" if none
	base   *url.URL
	header http.Header
}

// Open checks the settings and returns the API, or everything that is wrong with
// them as plugin.FieldErrors. It opens no connection.
func Open(s Settings, deps plugin.Deps) (*API, error) {
	a := &API{name: deps.Name, base: &url.URL{Scheme: "https", Host: "unset.invalid"}}
	errs := []error{a.setKey(&s)}
	if s.URL == egress.UnsetURL {
		a.note("api_url")
	} else {
		u, err := s.URL.Parse("api_url", s.AllowPrivate)
		errs = append(errs, err)
		if u != nil {
			errs = append(errs, checkBase(u, s.Paths))
			if u.Path == "" {
				u.Path = "/" // without it JoinPath makes a path that begins with no slash
			}
			a.base = u
		}
	}
	for _, p := range s.Paths {
		errs = append(errs, checkPath(p))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	a.Client = egress.New(egress.Options{
		AllowPrivate: s.AllowPrivate,
		PlainHTTP:    a.base.Scheme == "http",
		Transport:    deps.Transport,
		Now:          deps.Now,
		MaxReply:     s.MaxReply,
		Redactor:     egress.NewRedactor(append(egress.URLSecrets(a.base), s.Key.Reveal())...),
	})
	return a, nil
}

func wrong(field, message, suggestion string) error {
	return &plugin.FieldError{Field: field, Message: message, Suggestion: suggestion}
}

func (a *API) setKey(s *Settings) error {
	key := s.Key.Reveal()
	switch {
	case s.Key.Unset():
		a.note(s.KeyField)
	case s.Key.IsZero():
		return wrong(s.KeyField, "missing", s.KeyHint)
	case strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }):
		return wrong(s.KeyField, "a key has no spaces, line breaks or special characters", "copy it again")
	}
	a.header = http.Header{s.Header: {s.Prefix + key}, "User-Agent": {"leadhub"}, "Accept": {"application/json"}}
	return nil
}

// note remembers that a key has no value yet.
func (a *API) note(field string) {
	if a.unset == "" {
		a.unset = field
	}
}

// checkBase finds the whole address where only its beginning belongs.
func checkBase(u *url.URL, paths []Path) error {
	if u.RawQuery != "" {
		return wrong("api_url", "what follows ? does not belong here", "remove it")
	}
	for _, p := range paths {
		if p.Value == "" || p.Value == "/" {
			continue
		}
		if rest, ok := strings.CutSuffix(strings.TrimRight(u.Path, "/"), strings.TrimRight(p.Value, "/")); ok {
			short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: rest}
			return wrong("api_url", fmt.Sprintf("%s is added to this address, and it is there already", p.Field), fmt.Sprintf("write %q", egress.Shown(&short)))
		}
	}
	return nil
}

func checkPath(p Path) error {
	u, err := url.Parse(p.Value)
	switch {
	case p.Value == "":
		return wrong(p.Field, "missing", "for example /leads")
	case err != nil || !strings.HasPrefix(p.Value, "/") || strings.HasPrefix(p.Value, "//") || strings.ContainsAny(p.Value, " ?#") || u.Host != "":
		return wrong(p.Field, "this is not a path", "a path begins with /, for example /leads")
	case strings.Contains(p.Value, ".."):
		return wrong(p.Field, "a path cannot lead upwards", "write it without ..")
	}
	return nil
}

// Ready returns an error that pauses the output where a variable it needs is not set.
func (a *API) Ready() error {
	if a.unset == "" {
		return nil
	}
	return outputs.Pause(fmt.Errorf("output %s: %s is not set", a.name, a.unset))
}

// At returns the address of a path.
func (a *API) At(path string) *url.URL { return a.base.JoinPath(path) }

// Shown returns the address of a path for people.
func (a *API) Shown(path string) string { return egress.Shown(a.At(path)) }

// Post sends a JSON body once. key goes into the header Idempotency-Key where it is not "".
func (a *API) Post(ctx context.Context, path string, body []byte, key string) (*egress.Reply, error) {
	req := a.request(http.MethodPost, a.At(path))
	req.Header["Content-Type"] = []string{"application/json"}
	if key != "" {
		// In lower case on purpose: at the canonical spelling the transport takes the
		// request for repeatable and repeats it on its own when a connection breaks.
		req.Header["idempotency-key"] = []string{key}
	}
	req.ContentLength = int64(len(body))
	req.Body = io.NopCloser(bytes.NewReader(body))
	// Used only when nothing at all was written to a connection that had died.
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return a.Client.Do(req.WithContext(ctx))
}

// Get reads what is at a path.
func (a *API) Get(ctx context.Context, path string, query url.Values) (*egress.Reply, error) {
	u := a.At(path)
	u.RawQuery = query.Encode()
	return a.Client.Do(a.request(http.MethodGet, u).WithContext(ctx))
}

func (a *API) request(method string, u *url.URL) *http.Request {
	return &http.Request{Method: method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header.Clone()}
}

// Close closes idle connections.
func (a *API) Close() error { return a.Client.Close() }

// Fail returns an error with an instruction for an answer, with what the API says
// about it, the id of the request and advice, each where there is any.
func (a *API) Fail(i outputs.Instruction, r *egress.Reply, advice string) error {
	answer := Read(r)
	detail := answer.Message
	if detail == "" {
		detail = a.Client.Note(r)
	}
	if answer.RequestID != "" && !strings.Contains(detail, answer.RequestID) {
		detail = strings.TrimPrefix(detail+" (request_id "+answer.RequestID+")", " ")
	}
	if advice != "" {
		detail = strings.TrimPrefix(detail+"; "+advice, "; ")
	}
	return a.Client.Fail(i, r, detail)
}

// Strange returns the error of a success that is none of the API's: perhaps
// something else answers at this address.
func (a *API) Strange(r *egress.Reply, vendor string) error {
	text := fmt.Sprintf("%s answered %d with something that is not %s's", r.From, r.Status, vendor)
	if note := a.Client.Note(r); note != "" {
		text += ": " + note
	}
	return a.Client.Failure(outputs.InstructAmbiguous, r, text)
}

// Refused makes of an error from asking the target what Verify returns: the
// person's key and what to do about it, with the error's instruction kept.
func Refused(err error, field, message, suggestion string) error {
	i, after, status := outputs.InstructionOf(err)
	return &outputs.Error{
		Instruction: i, After: after, Status: status,
		Err: &plugin.FieldError{Field: field, Message: message + ": " + err.Error(), Suggestion: suggestion},
	}
}
