package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leadhub/internal/config"
	"leadhub/receivers"
)

// SendOptions say what to send and where.
type SendOptions struct {
	PayloadOptions
	// To is the hub's address, with or without the receiver's path; "": the hub
	// of this configuration, on this computer.
	To string
	// Event is the vendor's name of the event, for vendors that say it in a header; "": as captured.
	Event string
	// Live sends without the mark of a test: the lead goes where real leads go.
	Live bool
}

// SendResult says how one file fared.
type SendResult struct {
	File     string `json:"file"`
	Receiver string `json:"receiver,omitempty"`
	Vendor   string `json:"vendor,omitempty"`
	URL      string `json:"url,omitempty"`
	Test     bool   `json:"test"` // it was marked as a test
	OK       bool   `json:"ok"`
	// Status is the HTTP status of the answer, 0 where there was none.
	Status  int    `json:"status"`
	EventID string `json:"event_id,omitempty"`
	// RequestID names a refused request in the hub's log and its list of rejects.
	RequestID string `json:"request_id,omitempty"`
	// Meaning says in plain words what a failure means and what to do.
	Meaning string `json:"meaning,omitempty"`
	// Took is how long the hub needed to answer.
	Took time.Duration `json:"-"`
	Ms   int64         `json:"ms"`
}

// NewClient returns the client for Send. It follows no redirect, as vendors do not.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// maxAnswer bounds how much of a hub's answer is read. It is a line of JSON.
const maxAnswer = 64 << 10

// Send signs one captured payload as its vendor does, with the first secret of
// the configuration, and posts it. Failures are in the result, with what they
// mean; the error is only for what stops every file.
func Send(ctx context.Context, configFile, file string, o SendOptions, env Env) (*SendResult, error) {
	c, err := openToLook(configFile, env)
	if err != nil {
		return nil, err
	}
	p, err := readPayload(c.Config, file, o.PayloadOptions)
	if err != nil {
		return nil, err
	}
	target, err := targetURL(c.Config, p.receiver, o.To)
	if err != nil {
		return nil, err
	}
	header, err := sign(p, o, env.Now())
	if unset := unsetVariables(c.Source, p.receiver.Name, c.lookup); err != nil && len(unset) > 0 {
		return nil, fmt.Errorf("%s cannot be signed: %s: put it in the environment or in the .env file beside %s", file, areNotSet(unset), configFile)
	}
	if err != nil {
		return nil, err
	}
	if target, err = signQuery(p, target); err != nil {
		return nil, err
	}
	r := &SendResult{File: file, Receiver: p.receiver.Name, Vendor: p.receiver.Type, URL: target, Test: !o.Live}
	start := env.Now()
	post(ctx, env.Client, r, header, p.body)
	r.URL = withoutQuery(target)
	r.Took = env.Now().Sub(start)
	r.Ms = r.Took.Milliseconds()
	return r, nil
}

// sign returns the captured headers that still hold, with the vendor's signature
// made anew.
func sign(p *payload, o SendOptions, now time.Time) (http.Header, error) {
	signer, ok := p.receiver.Receiver.(receivers.Signer)
	if !ok {
		return nil, fmt.Errorf("%s cannot be signed: leadhub does not know how %s signs", p.file, p.receiver.Type)
	}
	header := http.Header{}
	for name, values := range p.header {
		if !perRequest(name) {
			header[name] = slices.Clone(values)
		}
	}
	signed, err := signer.Sign(p.body, o.Event, now)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be signed: %w", p.file, err)
	}
	maps.Copy(header, signed)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	header.Del(receivers.TestHeader)
	if !o.Live {
		header.Set(receivers.TestHeader, "1")
	}
	return header, nil
}

// signQuery adds what the vendor would put into the query of the address.
func signQuery(p *payload, target string) (string, error) {
	signer, ok := p.receiver.Receiver.(receivers.QuerySigner)
	if !ok {
		return target, nil
	}
	query, err := signer.SignQuery()
	if err != nil {
		return "", fmt.Errorf("%s cannot be signed: %w", p.file, err)
	}
	q := query.Reveal()
	if q == "" || strings.Contains(target, "?") {
		return target, nil // an address given with a query is used as it is
	}
	return target + "?" + q, nil
}

// withoutQuery hides the query of an address, which may hold a token.
func withoutQuery(target string) string {
	address, _, found := strings.Cut(target, "?")
	if found {
		address += "?…"
	}
	return address
}

// perRequest says whether a captured header belongs to the request it was
// captured from and not to the payload: lengths, connections, credentials.
func perRequest(name string) bool {
	switch name {
	case "Host", "Content-Length", "Connection", "Transfer-Encoding", "Accept-Encoding", "Content-Encoding",
		"Te", "Trailer", "Upgrade", "Keep-Alive", "Expect", "Authorization", "Cookie",
		"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip":
		return true
	}
	return strings.Contains(name, "Signature")
}

// targetURL is where to post: to as given if it has a path, else with the
// receiver's path; without to, this configuration's own server.
func targetURL(c *config.Config, r *config.Receiver, to string) (string, error) {
	if to == "" {
		host, port, err := net.SplitHostPort(c.Server.Listen)
		if err != nil {
			return "", fmt.Errorf("%s: server.listen is %q: say where the hub is with --to URL", c.File, c.Server.Listen)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		return "http://" + net.JoinHostPort(host, port) + r.Path, nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usagef("--to %q is not an address: write it like http://localhost:8080", to)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = r.Path
	}
	return u.String(), nil
}

func post(ctx context.Context, client *http.Client, r *SendResult, header http.Header, body []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		r.Meaning = err.Error()
		return
	}
	req.Header = header
	res, err := client.Do(req)
	if err != nil {
		r.Meaning = unreachable(r.URL, err)
		return
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		r.Meaning = "the answer broke off: " + err.Error()
		return
	}
	r.Status = res.StatusCode
	r.OK = res.StatusCode >= 200 && res.StatusCode < 300
	var said struct {
		EventID   string `json:"event_id"`
		RequestID string `json:"request_id"`
	}
	if json.Unmarshal(answer, &said) == nil {
		r.EventID, r.RequestID = said.EventID, said.RequestID
	}
	if r.OK && r.EventID == "" {
		r.OK = false
		r.Meaning = "the answer is not a hub's: something else than leadhub listens at this address"
		return
	}
	if r.OK {
		return
	}
	r.Meaning = meaning(r, res.Header)
}

func unreachable(target string, err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	u, parseErr := url.Parse(target)
	if parseErr != nil {
		return err.Error()
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return "no answer from " + u.Host + " in time: is the hub running, and is the address right?"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "no computer is called " + dns.Name + ": look at the address"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "nothing listens at " + u.Host + ": start the hub with `leadhub serve`, or say where it is with --to URL"
	}
	return "sending to " + u.Host + " failed: " + err.Error()
}

// meaning says what a hub means by refusing.
func meaning(r *SendResult, header http.Header) string {
	switch r.Status {
	case http.StatusBadRequest:
		return "the hub cannot read the body: it is not JSON, or not UTF-8"
	case http.StatusUnauthorized:
		return "the hub does not accept the signature: is the secret of " + r.Receiver + " the same here as where the hub runs? `leadhub rejects list` there says more"
	case http.StatusNotFound:
		return "the hub has no receiver at this path: compare `path:` of " + r.Receiver + " with the configuration the hub runs with"
	case http.StatusMethodNotAllowed:
		return "there is something else at this address than a receiver: look at --to"
	case http.StatusRequestEntityTooLarge:
		return "the body is larger than server.max_body allows"
	case http.StatusUnsupportedMediaType:
		return "the hub wants another Content-Type than " + header.Get("Content-Type")
	case http.StatusServiceUnavailable:
		s := "the hub cannot keep events at the moment (full disk, or too much at once): nothing was lost, try again"
		if after := header.Get("Retry-After"); after != "" {
			s += " in " + after + " s"
		}
		return s
	}
	switch {
	case r.Status >= 300 && r.Status < 400:
		return "the address redirects to " + header.Get("Location") + ": vendors do not follow that; use the final address"
	case r.Status >= 500:
		return "the hub, or a proxy before it, failed: look at the hub's log"
	default:
		return "no leadhub answers like this: is there a proxy before it, or something else at this address?"
	}
}
