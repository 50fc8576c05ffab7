package generic

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"

	"leadhub/receivers/internal/jscanon"
)

// maxHintBody is up to which size hints are looked for, and only after a refusal:
// whoever sends garbage must not make the hub work for it.
const maxHintBody = 64 << 10

// hint says, for the operator, why a signature may not match. It never quotes the
// header, a secret or the body. v holds what was signed, with the last address tried.
func (s *scheme) hint(header string, found []string, v *signed) string {
	switch {
	case !s.keys.usable():
		return "no secret is set here, so nothing can be verified"
	case s.holdsSecret(header):
		return "the header holds the secret itself, not a signature made with it: change the secret, it was sent in the open"
	case len(found) == 0:
		return s.shape()
	case len(found) > maxSignatures:
		return "the header holds too many signatures"
	case len(v.body) > maxHintBody:
		return ""
	}
	signatures, good := s.decodeAll(found)
	if !good {
		return s.otherEncoding(found, v)
	}
	if how := s.otherBody(signatures, v); how != "" {
		return how
	}
	if how := s.otherSecret(signatures, v); how != "" {
		return how
	}
	if how := s.otherContent(signatures, v); how != "" {
		return how
	}
	if s.uses(partURL) {
		return "another secret than in the sender's settings, or it calls another address than server.public_url says, or the body was changed on its way"
	}
	return "another secret than in the sender's settings, or the body was changed on its way"
}

// shape says what the header should look like.
func (s *scheme) shape() string {
	switch s.format {
	case formatPairs:
		return "the header has no " + s.key + "=" + s.prefix + "… in it"
	case formatList:
		return fmt.Sprintf("nothing in the header begins with %q", s.prefix)
	default:
		return fmt.Sprintf("the header does not begin with %q", s.prefix)
	}
}

func (s *scheme) holdsSecret(header string) bool {
	header = strings.TrimPrefix(header, s.prefix)
	given := sha256.Sum256([]byte(header))
	hit := 0
	for _, written := range s.keys.written {
		want := sha256.Sum256([]byte(written))
		hit |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	return hit == 1
}

// otherEncoding says how a signature is written that is not written as it should be.
func (s *scheme) otherEncoding(found []string, v *signed) string {
	for _, encoding := range []string{encodingHex, encodingHexUpper, encodingBase64, encodingBase64URL} {
		raw, ok := decode(encoding, strings.TrimSpace(found[0]), size(s.algorithm))
		if !ok || encoding == s.encoding {
			continue
		}
		if s.keys.match([][]byte{raw}, s.content(v)) {
			return "the right signature, but it is written in " + encoding + ": write encoding: " + encoding
		}
		return "the signature is written in " + encoding + ", not in " + s.encoding
	}
	for _, algorithm := range []string{algorithmSHA1, algorithmSHA256, algorithmSHA512} {
		if raw, ok := decode(s.encoding, found[0], size(algorithm)); ok && algorithm != s.algorithm {
			other := keys{algorithm: algorithm, secrets: s.keys.secrets}
			if other.match([][]byte{raw}, s.content(v)) {
				return "the right signature, but made with " + algorithm + ": write algorithm: " + algorithm
			}
			return "the signature is as long as one of " + algorithm + ", not of " + s.algorithm
		}
	}
	return fmt.Sprintf("the signature is not written in %s, or not whole", s.encoding)
}

// otherBody says which change to the body makes the signature right.
func (s *scheme) otherBody(signatures [][]byte, v *signed) string {
	matches := func(body []byte) bool {
		other := *v
		other.body = body
		return s.keys.match(signatures, s.content(&other))
	}
	if b := bytes.TrimRight(v.body, "\r\n"); len(b) < len(v.body) && matches(b) {
		return "matches the body with a trailing newline removed: something adds one on the way"
	}
	if matches(append(slices.Clip(v.body), '\n')) {
		return "matches the body with a trailing newline added: something removes it on the way"
	}
	if b, err := jscanon.Append(nil, v.body); err == nil && !bytes.Equal(b, v.body) && matches(b) {
		return "matches after re-serialisation: something reformats the body on the way"
	}
	if len(v.body) > 0 && s.uses(partBody) && matches(nil) {
		return "matches an empty body: the sender signs before it knows the body"
	}
	return ""
}

// otherSecret says which other way to read the secret makes the signature right.
func (s *scheme) otherSecret(signatures [][]byte, v *signed) string {
	if s.algorithm == algorithmEd25519 {
		return ""
	}
	for _, encoding := range []string{secretText, secretBase64, secretHex, secretWhsec} {
		for _, written := range s.keys.written {
			secret, err := decodeSecret(encoding, written)
			if err != nil || encoding == s.secretEncoding {
				continue
			}
			other := keys{algorithm: s.algorithm, secrets: [][]byte{secret}}
			if other.match(signatures, s.content(v)) {
				return "matches if the secret is read as " + encoding + ": write secret_encoding: " + encoding
			}
		}
	}
	return ""
}

// otherContent says which other usual template makes the signature right.
func (s *scheme) otherContent(signatures [][]byte, v *signed) string {
	for _, template := range []string{"{body}", "{ts}.{body}", "{ts}{body}", "{ts}:{body}", "{body}{ts}", "{id}.{ts}.{body}", "{url}{body}", "{method}{url}{body}{ts}"} {
		if template == s.template {
			continue
		}
		parts, mistake := parseTemplate(template)
		if mistake != nil {
			continue
		}
		other := scheme{parts: parts}
		if s.keys.match(signatures, other.content(v)) {
			return "matches if " + template + ` is what is signed: write sign: "` + template + `"`
		}
	}
	return ""
}
