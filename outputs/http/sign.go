package http

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"sync"
	"time"
)

// secretPrefix marks a secret whose rest is base64 (Standard Webhooks, documented).
const secretPrefix = "whsec_"

// signer makes signatures with one secret. It is safe for concurrent use.
type signer struct{ pool sync.Pool }

// mac is a keyed hash with room for its result.
type mac struct {
	hash.Hash
	sum [sha256.Size]byte
}

func newSigner(key []byte) *signer {
	s := &signer{}
	s.pool.New = func() any { return &mac{Hash: hmac.New(sha256.New, key)} }
	return s
}

// append adds "v1,<base64>" over `id.timestamp.body` to dst (Standard Webhooks, documented).
func (s *signer) append(dst, prefix, body []byte) []byte {
	m, ok := s.pool.Get().(*mac)
	if !ok {
		return dst // unreachable: the pool holds nothing else
	}
	m.Reset()
	m.Write(prefix)
	m.Write(body)
	dst = append(dst, "v1,"...)
	dst = base64.StdEncoding.AppendEncode(dst, m.Sum(m.sum[:0]))
	s.pool.Put(m)
	return dst
}

// sign returns the values of webhook-timestamp and webhook-signature for one
// attempt: a signature per secret, so that a receiver may hold the old one or the new.
func sign(signers []*signer, id string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	prefix := make([]byte, 0, 96)
	prefix = append(prefix, id...)
	prefix = append(prefix, '.')
	prefix = append(prefix, timestamp...)
	prefix = append(prefix, '.')
	out := make([]byte, 0, 48*len(signers))
	for i, s := range signers {
		if i > 0 {
			out = append(out, ' ')
		}
		out = s.append(out, prefix, body)
	}
	return timestamp, string(out)
}
