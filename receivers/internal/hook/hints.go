package hook

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"leadhub/receivers/internal/jscanon"
)

// Hints are looked for only after a signature was refused, and only in bodies up
// to this size: whoever sends garbage must not make the hub work for it.
const maxHintBody = 64 << 10

// Content says what a scheme signs for a body: the parts, one after another.
type Content func(body []byte) [][]byte

// Plain is the content of schemes that sign the body alone.
func Plain(body []byte) [][]byte { return [][]byte{body} }

// Hint says, for the operator, why the signature in header may not match, in the
// order of what is most surely so. prefix is what the scheme writes before the
// digits. It never quotes the header, a secret or the body.
func (s *Secrets) Hint(header, prefix string, body []byte, content Content) string {
	if !s.Usable() {
		return "no secret is set here, so nothing can be verified"
	}
	if s.holdsSecret(header, prefix) {
		return "the header holds the secret itself, not a signature made with it: change the secret, it was sent in the open"
	}
	var sig [Size]byte
	form, ok := decodeAny(&sig, header, prefix)
	if !ok {
		return shape(header, prefix)
	}
	if len(body) > maxHintBody {
		return form
	}
	if form != "" && s.Match(&sig, content(body)...) {
		return "the right signature, but " + form
	}
	if how := s.otherBody(&sig, body, content); how != "" {
		return how
	}
	if form != "" {
		return form
	}
	return "another secret than in the vendor's settings, or the body was changed on its way"
}

// Would says whether header, read strictly, is right for other parts than those
// that the scheme signs: for the hints that only one vendor's scheme can give.
func (s *Secrets) Would(header, prefix string, parts ...[]byte) bool {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	var sig [Size]byte
	return size <= maxHintBody && DecodeHex(&sig, header, prefix) && s.Match(&sig, parts...)
}

// otherBody says which change to the body makes the signature right.
func (s *Secrets) otherBody(sig *[Size]byte, body []byte, content Content) string {
	matches := func(b []byte) bool { return s.Match(sig, content(b)...) }
	if b := bytes.TrimRight(body, "\r\n"); len(b) < len(body) && matches(b) {
		return "matches the body with a trailing newline removed: something adds one on the way"
	}
	if matches(append(slices.Clip(body), '\n')) {
		return "matches the body with a trailing newline added: something removes it on the way"
	}
	if b := jscanon.TrimBOM(body); len(b) < len(body) && matches(b) {
		return "matches the body without its byte order mark: something adds one on the way"
	}
	if b, err := jscanon.Append(nil, body); err == nil && !bytes.Equal(b, body) && matches(b) {
		return "matches after re-serialisation: something reformats the body on the way"
	}
	if len(body) > 0 && matches(nil) {
		return "matches an empty body: the sender signs before it knows the body"
	}
	return ""
}

func (s *Secrets) holdsSecret(header, prefix string) bool {
	given := sha256.Sum256([]byte(strings.TrimPrefix(header, prefix)))
	for _, k := range s.keys {
		want := sha256.Sum256([]byte(k.secret))
		if subtle.ConstantTimeCompare(given[:], want[:]) == 1 {
			return true
		}
	}
	return false
}

// decodeAny reads a signature in any form a sender might confuse with the right
// one, and says what is different about it; "" if nothing is.
func decodeAny(sig *[Size]byte, header, prefix string) (form string, ok bool) {
	if DecodeHex(sig, header, prefix) {
		return "", true
	}
	value := strings.TrimSpace(header)
	if i := strings.LastIndexAny(value, "=, "); i >= 0 && i < len(value)-1 {
		value = value[i+1:]
	}
	if raw, err := hex.DecodeString(value); err == nil && len(raw) == Size {
		copy(sig[:], raw)
		switch {
		case prefix != "" && !strings.HasPrefix(header, prefix):
			return fmt.Sprintf("the header does not begin with %q", prefix), true
		case prefix == "" && value != header:
			return "the header holds more than the 64 digits of the signature", true
		default:
			return "its digits are in upper case", true
		}
	}
	value = strings.TrimPrefix(strings.TrimSpace(header), prefix)
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := enc.DecodeString(value); err == nil && len(raw) == Size {
			copy(sig[:], raw)
			return "it is written in base64 instead of hexadecimal", true
		}
	}
	return "", false
}

// shape describes a header that is no signature at all.
func shape(header, prefix string) string {
	digits, ok := strings.CutPrefix(header, prefix)
	if !ok {
		return fmt.Sprintf("the header does not begin with %q", prefix)
	}
	if len(digits) != 2*Size {
		return fmt.Sprintf("the signature has %d characters, want %d hexadecimal digits", len(digits), 2*Size)
	}
	return "the signature is not written in hexadecimal digits"
}
