package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"

	"leadhub/internal/plugin"
)

// Size is the length of a signature in bytes (HMAC-SHA256).
const Size = sha256.Size

// errNoSecret says that there is nothing to sign with.
var errNoSecret = errors.New("no secret is set to sign with")

// Secrets are the secrets of one receiver, several while they are being rotated.
// Secrets that are not set, or empty, never verify anything. It is safe for
// concurrent use.
type Secrets struct {
	keys []*key
}

type key struct {
	secret string
	macs   sync.Pool // of *mac
}

type mac struct {
	hash.Hash
	sum [Size]byte
}

// NewSecrets takes the secrets of the configuration's field of that name. An
// empty secret is an error; so is one that is not set, unless offline. That there
// is none at all is for the caller to judge.
func NewSecrets(field string, list []plugin.Secret, offline bool) (*Secrets, error) {
	values, err := reveal(field, list, offline)
	s := &Secrets{}
	for _, v := range values {
		s.keys = append(s.keys, &key{secret: v})
	}
	return s, err
}

// reveal returns the values that may verify, and what is wrong with the others.
func reveal(field string, list []plugin.Secret, offline bool) (values []string, err error) {
	err = Each(field, list, offline, func(_, value string) error {
		values = append(values, value)
		return nil
	})
	return values, err
}

// Each calls use with every secret of the configuration's field of that name that
// may verify, and with that one's own name ("secrets[1]"). It returns what is wrong
// with the others and what use returned, joined: an empty secret is an error; so
// is one that is not set, unless offline.
func Each(field string, list []plugin.Secret, offline bool, use func(name, value string) error) error {
	var errs []error
	for i, s := range list {
		name := fmt.Sprintf("%s[%d]", field, i)
		v := s.Reveal()
		switch {
		case s.Unset() && offline:
		case s.Unset():
			errs = append(errs, &plugin.FieldError{Field: name, Message: "its variable is not set", Suggestion: "set it in the environment or in .env"})
		case strings.TrimSpace(v) == "":
			errs = append(errs, &plugin.FieldError{Field: name, Message: "is empty", Suggestion: "write the value that the vendor's settings hold, or remove the line"})
		default:
			if strings.TrimSpace(v) != v {
				errs = append(errs, &plugin.FieldError{
					Field: name, Message: "begins or ends with a space or a line break, which counts", Warning: true,
					Suggestion: "remove it unless the vendor's settings hold it too",
				})
			}
			errs = append(errs, use(name, v))
		}
	}
	return errors.Join(errs...)
}

// Missing is the error for a field of secrets or tokens that must not be empty:
// what it should hold, and the variable that would usually hold it.
func Missing(field, variable, what string) error {
	return &plugin.FieldError{
		Field: field, Message: "missing: without " + what + " no request can be verified",
		Suggestion: field + `: ["${` + variable + `}"]`,
	}
}

// Usable says whether there is a secret that can verify anything.
func (s *Secrets) Usable() bool { return len(s.keys) > 0 }

// Match says whether sig is the HMAC-SHA256 of the parts, one after another,
// under one of the secrets. It tries all of them and compares in constant time.
func (s *Secrets) Match(sig *[Size]byte, parts ...[]byte) bool {
	matched := 0
	for _, k := range s.keys {
		m := k.sum(parts)
		matched |= subtle.ConstantTimeCompare(m.sum[:], sig[:])
		k.macs.Put(m)
	}
	return matched == 1
}

// Sign returns the HMAC-SHA256 of the parts, in hexadecimal, under the first secret.
func (s *Secrets) Sign(parts ...[]byte) (string, error) {
	if !s.Usable() {
		return "", errNoSecret
	}
	m := s.keys[0].sum(parts)
	defer s.keys[0].macs.Put(m)
	return hex.EncodeToString(m.sum[:]), nil
}

func (k *key) sum(parts [][]byte) *mac {
	m, _ := k.macs.Get().(*mac)
	if m == nil {
		m = &mac{Hash: hmac.New(sha256.New, []byte(k.secret))}
	}
	m.Reset()
	for _, p := range parts {
		_, _ = m.Write(p) // a hash never fails
	}
	m.Sum(m.sum[:0])
	return m
}

// DecodeHex reads a signature as its vendor writes it: prefix, then exactly 64
// lower-case hexadecimal digits. Anything else is false.
func DecodeHex(sig *[Size]byte, header, prefix string) bool {
	digits, ok := strings.CutPrefix(header, prefix)
	if !ok || len(digits) != 2*Size {
		return false
	}
	for i := range Size {
		high, ok1 := nibble(digits[2*i])
		low, ok2 := nibble(digits[2*i+1])
		if !ok1 || !ok2 {
			return false
		}
		sig[i] = high<<4 | low
	}
	return true
}

func nibble(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
