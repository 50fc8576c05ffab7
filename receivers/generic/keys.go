package generic

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // some senders know nothing better; it is not the default
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// The algorithms.
const (
	algorithmSHA256  = "hmac-sha256"
	algorithmSHA1    = "hmac-sha1"
	algorithmSHA512  = "hmac-sha512"
	algorithmEd25519 = "ed25519"
)

// How a signature is written.
const (
	encodingHex       = "hex"
	encodingHexUpper  = "hex-upper"
	encodingBase64    = "base64"
	encodingBase64URL = "base64url"
)

// How a secret is written.
const (
	secretText   = "text"
	secretBase64 = "base64"
	secretHex    = "hex"
	secretWhsec  = "whsec"
)

// keys are what signatures are checked with. Without any, nothing matches.
type keys struct {
	algorithm string
	secrets   [][]byte
	written   []string // the secrets as they were written
	public    []ed25519.PublicKey
}

func (k *keys) usable() bool { return len(k.secrets) > 0 || len(k.public) > 0 }

func newHash(algorithm string) func() hash.Hash {
	switch algorithm {
	case algorithmSHA1:
		return sha1.New
	case algorithmSHA512:
		return sha512.New
	default:
		return sha256.New
	}
}

// size is how many bytes a signature has.
func size(algorithm string) int {
	if algorithm == algorithmEd25519 {
		return ed25519.SignatureSize
	}
	return newHash(algorithm)().Size()
}

// match says whether one of the signatures is right for the content under one of
// the keys. It tries all of them and compares in constant time.
func (k *keys) match(signatures, content [][]byte) bool {
	if k.algorithm == algorithmEd25519 {
		message := bytes.Join(content, nil)
		matched := false
		for _, key := range k.public {
			for _, sig := range signatures {
				matched = ed25519.Verify(key, message, sig) || matched
			}
		}
		return matched
	}
	matched := 0
	for _, secret := range k.secrets {
		sum := mac(k.algorithm, secret, content)
		for _, sig := range signatures {
			matched |= subtle.ConstantTimeCompare(sum, sig)
		}
	}
	return matched == 1
}

func mac(algorithm string, secret []byte, content [][]byte) []byte {
	h := hmac.New(newHash(algorithm), secret)
	for _, part := range content {
		_, _ = h.Write(part) // a hash never fails
	}
	return h.Sum(nil)
}

// decode reads a signature exactly as its sender writes it; false: it is none.
func decode(encoding, text string, want int) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false // the decoder of base64 would pass over them
	}
	var raw []byte
	var err error
	switch encoding {
	case encodingBase64:
		raw, err = base64.StdEncoding.Strict().DecodeString(text)
	case encodingBase64URL:
		raw, err = base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	case encodingHexUpper:
		raw, err = exactHex(text, strings.ToUpper(text))
	default:
		raw, err = exactHex(text, strings.ToLower(text))
	}
	return raw, err == nil && len(raw) == want
}

var errCase = errors.New("digits in the wrong case")

func exactHex(text, wanted string) ([]byte, error) {
	if text != wanted {
		return nil, errCase
	}
	return hex.DecodeString(text)
}

func encode(encoding string, raw []byte) string {
	switch encoding {
	case encodingBase64:
		return base64.StdEncoding.EncodeToString(raw)
	case encodingBase64URL:
		return base64.RawURLEncoding.EncodeToString(raw)
	case encodingHexUpper:
		return strings.ToUpper(hex.EncodeToString(raw))
	default:
		return hex.EncodeToString(raw)
	}
}

// decodeSecret reads a secret as it is written in the sender's settings. The error
// says what it should have been, and quotes nothing.
func decodeSecret(encoding, text string) ([]byte, error) {
	var raw []byte
	var err error
	what := ""
	switch encoding {
	case secretBase64:
		what = "base64"
		raw, err = anyBase64(text)
	case secretHex:
		what = "hexadecimal digits"
		raw, err = hex.DecodeString(strings.TrimSpace(text))
	case secretWhsec:
		what = "base64 after whsec_"
		raw, err = anyBase64(strings.TrimPrefix(strings.TrimSpace(text), "whsec_"))
	default:
		return []byte(text), nil
	}
	if err != nil || len(raw) == 0 {
		return nil, errors.New(what)
	}
	return raw, nil
}

// anyBase64 reads either alphabet, with or without padding.
func anyBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	if strings.ContainsAny(text, "-_") {
		return base64.RawURLEncoding.DecodeString(text)
	}
	return base64.RawStdEncoding.DecodeString(text)
}

// addPublic reads public keys: 32 bytes in hexadecimal or base64.
func (k *keys) addPublic(list []string, p *problems) {
	for i, text := range list {
		text = strings.TrimPrefix(strings.TrimSpace(text), "whpk_")
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			raw, err = anyBase64(text)
		}
		if err != nil || len(raw) != ed25519.PublicKeySize {
			p.at(fmt.Sprintf("public_keys[%d]", i), "is not an ed25519 public key", "32 bytes, as 64 hexadecimal digits or 44 characters of base64")
			continue
		}
		k.public = append(k.public, raw)
	}
}
