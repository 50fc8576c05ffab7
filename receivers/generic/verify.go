package generic

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
)

// The bounds of what is read from an unknown sender.
const (
	maxHeader     = 8 << 10
	maxSignatures = 10
)

// verify checks the signature, and that the time it covers is fresh.
func (s *scheme) verify(req *receivers.Request) error {
	header := req.Header.Get(s.header)
	if header == "" {
		return receivers.Unauthorized(receivers.ReasonNoSignature, "there is no "+s.header+" header")
	}
	if len(header) > maxHeader {
		return receivers.Unauthorized(receivers.ReasonBadSignature, "the "+s.header+" header is far too long for a signature")
	}
	found, ts := s.read(header)
	if s.timestampHeader != "" && s.timestampKey == "" {
		ts = req.Header.Get(s.timestampHeader)
	}
	v := signed{id: req.Header.Get(s.idHeader), ts: ts, method: req.Method, body: req.Body}
	if missing := s.absent(&v); missing != "" {
		return receivers.Unauthorized(receivers.ReasonNoSignature, missing)
	}
	signatures, good := s.decodeAll(found)
	for _, v.url = range s.urls(req) {
		if good && s.keys.match(signatures, s.content(&v)) {
			return s.fresh(ts, req.ReceivedAt)
		}
	}
	return receivers.Unauthorized(receivers.ReasonBadSignature, s.hint(header, found, &v))
}

// absent says which part of what is signed the request does not have.
func (s *scheme) absent(v *signed) string {
	switch {
	case v.ts == "" && (s.uses(partTime) || s.timed()) && s.timestampKey != "":
		return "there is no " + s.timestampKey + "= in the " + s.header + " header"
	case v.ts == "" && (s.uses(partTime) || s.timed()):
		return "there is no " + s.timestampHeader + " header, and the signature covers it"
	case v.id == "" && s.uses(partID):
		return "there is no " + s.idHeader + " header, and the signature covers it"
	}
	return ""
}

// timed says whether the request has to be fresh.
func (s *scheme) timed() bool {
	return s.tolerance > 0 && (s.timestampHeader != "" || s.timestampKey != "")
}

// read takes a header apart: the signatures in it, undecoded, and the time where it
// stands there too.
func (s *scheme) read(header string) (signatures []string, ts string) {
	switch s.format {
	case formatPairs:
		for pair := range strings.SplitSeq(header, ",") {
			key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			switch key {
			case s.key:
				value, ok := strings.CutPrefix(value, s.prefix)
				if !ok {
					return nil, ""
				}
				signatures = append(signatures, value)
			case s.timestampKey:
				if ts != "" && ts != value {
					return nil, "" // which of them was signed?
				}
				ts = value
			}
		}
	case formatList:
		for entry := range strings.FieldsSeq(header) {
			if value, ok := strings.CutPrefix(entry, s.prefix); ok { // others are of other versions
				signatures = append(signatures, value)
			}
		}
	default:
		if value, ok := strings.CutPrefix(header, s.prefix); ok {
			signatures = append(signatures, value)
		}
	}
	return signatures, ts
}

// decodeAll decodes signatures; false: there is none, or one that is no signature.
func (s *scheme) decodeAll(found []string) ([][]byte, bool) {
	if len(found) == 0 || len(found) > maxSignatures {
		return nil, false
	}
	list := make([][]byte, len(found))
	for i, text := range found {
		raw, ok := decode(s.encoding, text, size(s.algorithm))
		if !ok {
			return nil, false
		}
		list[i] = raw
	}
	return list, true
}

// urls returns what {url} may stand for: the hub's public address, the path and the
// query as they came, and for HubSpot also with the escapes resolved that its
// documentation resolves before signing.
func (s *scheme) urls(req *receivers.Request) []string {
	if !s.uses(partURL) {
		return []string{""}
	}
	url := s.url
	if url == "" {
		url = "https://" + req.Header.Get("Host") + req.Path
	}
	if q := req.Query.Reveal(); q != "" {
		url += "?" + q
	}
	if s.unescape && strings.Contains(url, "%") {
		return []string{url, unescape(url)}
	}
	return []string{url}
}

// unescape resolves the escapes that HubSpot is taken to resolve (our assumption, from verifiers in public source).
func unescape(url string) string {
	return strings.NewReplacer(
		"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
		"%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";",
	).Replace(url)
}

// fresh refuses an authentic request that is not from now.
func (s *scheme) fresh(ts string, received time.Time) error {
	if !s.timed() {
		return nil
	}
	sent, ok := parseTimestamp(s.unit, ts)
	if !ok {
		return receivers.Unauthorized(receivers.ReasonStale, "the signature is right, but the time is not written in "+unitWords(s.unit))
	}
	age := received.Sub(sent)
	if age.Abs() <= s.tolerance {
		return nil
	}
	for _, unit := range []string{unitSeconds, unitMillis} {
		if other, ok := parseTimestamp(unit, ts); ok && unit != s.unit && received.Sub(other).Abs() <= s.tolerance {
			return receivers.Unauthorized(receivers.ReasonStale,
				"the signature is right, but the time is in "+unitWords(unit)+": write timestamp_unit: "+unit)
		}
	}
	return receivers.Unauthorized(receivers.ReasonStale, fmt.Sprintf(
		"the signature is right, but the request is %s: a clock is off, or something held it back; tolerance: %s", hook.Age(age), plugin.Duration(s.tolerance)))
}

func unitWords(unit string) string {
	switch unit {
	case unitMillis:
		return "milliseconds since 1970"
	case unitISO:
		return "the form 2026-11-20T16:30:00Z"
	default:
		return "seconds since 1970"
	}
}

// parseTimestamp reads a time; false: it is none, or none that can be compared.
func parseTimestamp(unit, text string) (time.Time, bool) {
	if unit == unitISO {
		t, err := time.Parse(time.RFC3339, text)
		return t, err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return time.Time{}, false
	}
	if unit == unitMillis {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), true
}

func formatTimestamp(unit string, at time.Time) string {
	switch unit {
	case unitMillis:
		return strconv.FormatInt(at.UnixMilli(), 10)
	case unitISO:
		return at.UTC().Format(time.RFC3339)
	default:
		return strconv.FormatInt(at.Unix(), 10)
	}
}

var (
	errNoSecret  = errors.New("no secret is set to sign with")
	errPublicKey = errors.New("ed25519 signatures are made with the sender's private key, and the hub has only the public one")
	errNoURL     = errors.New(`the signature covers the hub's public address: add public_url: "https://…" under server`)
)

// sign adds the headers that the sender would send with body at that time. The
// message's id follows from the body and the time, so that signing is repeatable.
func (s *scheme) sign(h http.Header, body []byte, query plugin.Secret, at time.Time) error {
	switch {
	case s.algorithm == algorithmEd25519:
		return errPublicKey
	case len(s.keys.secrets) == 0:
		return errNoSecret
	case s.uses(partURL) && s.url == "":
		return errNoURL
	}
	ts := formatTimestamp(s.unit, at)
	sum := sha256.Sum256(append([]byte(ts+"."), body...))
	v := signed{id: "msg_" + hex.EncodeToString(sum[:12]), ts: ts, method: http.MethodPost, url: s.url, body: body}
	if q := query.Reveal(); q != "" {
		v.url += "?" + q
	}
	signature := s.prefix + encode(s.encoding, mac(s.algorithm, s.keys.secrets[0], s.content(&v)))
	if s.format == formatPairs {
		signature = s.key + "=" + signature
		if s.timestampKey != "" {
			signature = s.timestampKey + "=" + ts + "," + signature
		}
	}
	h.Set(s.header, signature)
	if s.timestampHeader != "" && s.timestampKey == "" {
		h.Set(s.timestampHeader, ts)
	}
	if s.idHeader != "" {
		h.Set(s.idHeader, v.id)
	}
	return nil
}
