package hook

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"leadhub/internal/plugin"
	"leadhub/receivers"
)

// Tokens are the bearer tokens of one receiver, several while they are being
// rotated. Tokens that are not set, or empty, never verify anything.
type Tokens struct {
	first string
	sums  [][sha256.Size]byte // hashes, so that comparing does not tell a token's length
}

// NewTokens takes the tokens of the configuration's field of that name. An empty
// token is an error; so is one that is not set, unless offline.
func NewTokens(field string, list []plugin.Secret, offline bool) (*Tokens, error) {
	values, err := reveal(field, list, offline)
	t := &Tokens{}
	for _, v := range values {
		t.sums = append(t.sums, sha256.Sum256([]byte(v)))
	}
	if len(values) > 0 {
		t.first = values[0]
	}
	return t, err
}

// Match says whether token is one of the tokens. It tries all of them and
// compares in constant time.
func (t *Tokens) Match(token string) bool {
	given := sha256.Sum256([]byte(token))
	matched := 0
	for i := range t.sums {
		matched |= subtle.ConstantTimeCompare(given[:], t.sums[i][:])
	}
	return matched == 1
}

// Sign returns what the Authorization header holds with the first token.
func (t *Tokens) Sign() (string, error) {
	if len(t.sums) == 0 {
		return "", errNoSecret
	}
	return bearer + t.first, nil
}

const bearer = "Bearer "

// maxToken bounds what is hashed for an unknown sender.
const maxToken = 4 << 10

// Verify checks an Authorization header. The name of the scheme has no case (RFC 7235).
func (t *Tokens) Verify(authorization string) error {
	if authorization == "" {
		return receivers.Unauthorized(receivers.ReasonNoToken, `there is no Authorization header: register the hub's address with "auth_type": "bearer"`)
	}
	if len(authorization) > maxToken {
		return receivers.Unauthorized(receivers.ReasonBadToken, "the Authorization header is far too long for a token")
	}
	scheme := len(authorization) >= len(bearer) && strings.EqualFold(authorization[:len(bearer)], bearer)
	if scheme && t.Match(authorization[len(bearer):]) {
		return nil
	}
	return receivers.Unauthorized(receivers.ReasonBadToken, t.hint(authorization, scheme))
}

// hint says why a token may not match. It quotes nothing of it.
func (t *Tokens) hint(authorization string, scheme bool) string {
	if len(t.sums) == 0 {
		return "no token is set here, so nothing can be verified"
	}
	if !scheme {
		if t.Match(strings.TrimSpace(authorization)) {
			return `the header holds the right token without the word "Bearer" before it`
		}
		return `the header does not begin with "Bearer "`
	}
	token := authorization[len(bearer):]
	clean := strings.Trim(strings.TrimSpace(token), `"'<>`)
	switch {
	case clean == "":
		return `there is nothing after "Bearer"`
	case clean != token && t.Match(clean):
		return "the right token, with spaces or quotes around it that the sender must not send"
	case t.Match(strings.TrimSpace(strings.TrimPrefix(clean, bearer))):
		return `the right token, with the word "Bearer" twice: enter the token alone at the vendor`
	default:
		return "another token than the one that is set here"
	}
}
