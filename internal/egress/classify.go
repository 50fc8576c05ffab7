package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"leadhub/outputs"
)

// MaxRetryAfter caps what a target may ask us to wait.
const MaxRetryAfter = 24 * time.Hour

// InstructionFor says what a status asks for; ok is true where it is a success.
//
//	2xx                      delivered
//	408, 425, 429, 5xx       try again
//	401, 402, 403, 407       pause: credentials, plan or proxy
//	410                      disable: the target is gone
//	3xx and every other 4xx  refused for good; redirects are never followed
func InstructionFor(status int) (i outputs.Instruction, ok bool) {
	switch {
	case status >= 200 && status <= 299:
		return 0, true
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly,
		status == http.StatusTooManyRequests, status >= 500:
		return outputs.InstructRetry, false
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired,
		status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return outputs.InstructPause, false
	case status == http.StatusGone:
		return outputs.InstructDisable, false
	default:
		return outputs.InstructRefused, false
	}
}

// Check returns nil for a 2xx reply, else what to do about its status.
func (c *Client) Check(r *Reply) error {
	i, ok := InstructionFor(r.Status)
	if ok {
		return nil
	}
	return c.Fail(i, r, c.Note(r))
}

// Fail returns an error with an instruction of the caller's choosing for a reply.
// detail is what the target said; "" if nothing. With InstructRetry the reply's
// Retry-After is honoured.
func (c *Client) Fail(i outputs.Instruction, r *Reply, detail string) error {
	text := r.From + " answered " + strconv.Itoa(r.Status)
	if s := http.StatusText(r.Status); s != "" {
		text += " " + s
	}
	if r.Status >= 300 && r.Status <= 399 {
		text += " (redirects are not followed: put the final address into the configuration)"
	}
	if detail != "" {
		text += ": " + detail
	}
	return c.Failure(i, r, text)
}

// Failure is Fail with a text that says it all.
func (c *Client) Failure(i outputs.Instruction, r *Reply, text string) error {
	e := &outputs.Error{Instruction: i, Status: r.Status, Err: &failure{text: cut(oneLine(c.redact.Text(text)), MaxNote)}}
	if i == outputs.InstructRetry {
		e.After = RetryAfter(r.Header.Get("Retry-After"), c.now())
	}
	return e
}

// RetryAfter reads a Retry-After header, whole seconds or an HTTP date, as the
// time to wait from now: between 0 and MaxRetryAfter; 0 where it says nothing.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(MaxRetryAfter/time.Second) {
			return MaxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), MaxRetryAfter)
}

// failure is an error whose text holds no secret. It keeps only such causes for
// errors.Is as carry no text of the request.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// failure classifies a request that got no answer.
func (c *Client) failure(host string, err error, maybeSent bool) error {
	text, cause := explain(err, maybeSent)
	i := outputs.InstructRetry
	switch {
	case isGuard(err), isCertificate(err):
		i = outputs.InstructPause
	case maybeSent:
		i = outputs.InstructAmbiguous
		text += "; the request had been sent, so it may have been carried out"
	}
	return &outputs.Error{
		Instruction: i,
		Err:         &failure{text: cut(oneLine(c.redact.Text(host+": "+text)), MaxNote), cause: cause},
	}
}

func isGuard(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) ||
		errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrInvalidHostPort) ||
		errors.Is(err, ErrPlainHTTP)
}

func isCertificate(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		roots     x509.SystemRootsError
	)
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid) || errors.As(err, &roots)
}

// explain says in plain words what went wrong.
func explain(err error, maybeSent bool) (text string, cause error) {
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrPlainHTTP):
		return "plain http is only allowed to loopback and private addresses: use https", ErrPlainHTTP
	case isGuard(err):
		return "loopback, private and reserved addresses are not allowed; if this target is in your own network, set allow_private: true (" +
			guardDetail(err) + ")", ssrf.ErrProhibitedIP
	case isCertificate(err):
		return "its certificate is not trusted: " + err.Error(), nil
	case errors.Is(err, context.Canceled):
		return "stopped while waiting", context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return timeoutText(maybeSent), context.DeadlineExceeded
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fmt.Sprintf("there is no host named %q: check the address", dns.Name), nil
		}
		return fmt.Sprintf("the name %q could not be looked up", dns.Name), nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", syscall.ECONNREFUSED
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was closed before an answer came", nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return timeoutText(maybeSent), context.DeadlineExceeded
	}
	return err.Error(), nil
}

func timeoutText(maybeSent bool) string {
	if maybeSent {
		return "no answer in time"
	}
	return "no connection in time"
}

// guardDetail is the guard's own sentence, without the layers of "dial tcp …" around it.
func guardDetail(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}
