package generic_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/generic"
	"leadhub/receivers/receivertest"
)

func hmac256(secret, content string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(content))
	return h.Sum(nil)
}

func hexOf(secret, content string) string { return hex.EncodeToString(hmac256(secret, content)) }

func base64Of(secret, content string) string {
	return base64.StdEncoding.EncodeToString(hmac256(secret, content))
}

// outcome is what a request comes to: "" where it is accepted.
type outcome struct {
	reason receivers.Reason
	hint   string
}

func check(t *testing.T, r receivers.Receiver, req *receivers.Request, want outcome) {
	t.Helper()
	_, err := r.Verify(req)
	if want.reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	rej := rejected(t, err)
	if rej.Status != http.StatusUnauthorized || rej.Reason != want.reason || !strings.Contains(rej.Hint, want.hint) {
		t.Errorf("%d %s (%s); want 401 %s (…%s…)", rej.Status, rej.Reason, rej.Hint, want.reason, want.hint)
	}
}

const body = `{"email":"jane@acme.example"}`

func TestHeaderGrammar(t *testing.T) {
	t.Parallel()
	at := time.Unix(1710000000, 0)
	right := hexOf("s3cret", "1710000000."+body)
	wrong := strings.Repeat("0", 64)
	stripe := built(t, generic.Config{Preset: "stripe", Secrets: secrets("old", "s3cret")})
	bad := receivers.ReasonBadSignature
	for _, c := range []struct {
		name, header string
		want         outcome
	}{
		{"one", "t=1710000000,v1=" + right, outcome{}},
		{"spaces", "t=1710000000, v1=" + right, outcome{}},
		{"another order", "v1=" + right + ",t=1710000000", outcome{}},
		{"two, the second right", "t=1710000000,v1=" + wrong + ",v1=" + right, outcome{}},
		{"another version beside", "t=1710000000,v1=" + right + ",v0=" + wrong, outcome{}},
		{"only another version", "t=1710000000,v0=" + right, outcome{bad, "the header has no v1=… in it"}},
		{"no time", "v1=" + right, outcome{receivers.ReasonNoSignature, "there is no t= in the Stripe-Signature header"}},
		{"two times", "t=1710000000,t=1710000001,v1=" + right, outcome{receivers.ReasonNoSignature, "there is no t="}},
		{"no list", right, outcome{receivers.ReasonNoSignature, "there is no t="}},
		{"malformed beside the right one", "t=1710000000,v1=xyz,v1=" + right, outcome{bad, "not whole"}},
		{"too many", "t=1710000000" + strings.Repeat(",v1="+wrong, 10) + ",v1=" + right, outcome{bad, "too many"}},
		{"another time", "t=1710000001,v1=" + right, outcome{bad, "another secret"}},
		{"huge", "t=1710000000,v1=" + strings.Repeat("a", 1<<14), outcome{bad, "far too long"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			check(t, stripe, request(body, at, "Stripe-Signature", c.header), c.want)
		})
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	header, tsHeader, sign := "X-Sig", "X-Time", "{ts}{body}"
	zero, minute := plugin.Duration(0), plugin.Duration(time.Minute)
	config := func(unit string, tolerance *plugin.Duration) generic.Config {
		return generic.Config{Secrets: secrets("k"), Signature: generic.Signature{
			Header: &header, TimestampHeader: &tsHeader, Sign: &sign, TimestampUnit: &unit, Tolerance: tolerance,
		}}
	}
	seconds := func(d time.Duration) string { return strconv.FormatInt(at.Add(d).Unix(), 10) }
	millis := func(d time.Duration) string { return strconv.FormatInt(at.Add(d).UnixMilli(), 10) }
	for _, c := range []struct {
		name      string
		unit, ts  string
		tolerance *plugin.Duration
		want      outcome
	}{
		{"now", "s", seconds(0), nil, outcome{}},
		{"at the edge", "s", seconds(-5 * time.Minute), nil, outcome{}},
		{"ahead at the edge", "s", seconds(5 * time.Minute), nil, outcome{}},
		{"too old", "s", seconds(-5*time.Minute - time.Second), nil, outcome{receivers.ReasonStale, "5m1s old"}},
		{"too new", "s", seconds(6 * time.Minute), nil, outcome{receivers.ReasonStale, "6m ahead of this clock"}},
		{"another window", "s", seconds(-2 * time.Minute), &minute, outcome{receivers.ReasonStale, "tolerance: 1m"}},
		{"any time", "s", "1", &zero, outcome{}},
		{"any text", "s", "yesterday", &zero, outcome{}},
		{"milliseconds", "ms", millis(-time.Minute), nil, outcome{}},
		{"milliseconds for seconds", "s", millis(0), nil, outcome{receivers.ReasonStale, "write timestamp_unit: ms"}},
		{"seconds for milliseconds", "ms", seconds(0), nil, outcome{receivers.ReasonStale, "write timestamp_unit: s"}},
		{"iso", "iso", "2026-05-01T11:00:00+02:00", nil, outcome{}},
		{"iso, too old", "iso", "2026-05-01T08:00:00Z", nil, outcome{receivers.ReasonStale, "1h old"}},
		{"no time", "s", "soon", nil, outcome{receivers.ReasonStale, "not written in seconds since 1970"}},
		{"negative", "s", "-5", nil, outcome{receivers.ReasonStale, "not written in"}},
		{"huge", "s", "99999999999999999999", nil, outcome{receivers.ReasonStale, "not written in"}},
		{"missing", "s", "", nil, outcome{receivers.ReasonNoSignature, "there is no X-Time header"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := built(t, config(c.unit, c.tolerance))
			check(t, r, request(body, at, header, hexOf("k", c.ts+body), tsHeader, c.ts), c.want)
		})
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	at := time.Unix(1710000000, 0)
	secret := base64.StdEncoding.EncodeToString([]byte("sixteen bytes ok"))
	github := built(t, generic.Config{Preset: "github", Secrets: secrets(secret)})
	bad := receivers.ReasonBadSignature
	for _, c := range []struct{ name, header, body, hint string }{
		{"no prefix", hexOf(secret, body), body, `does not begin with "sha256="`},
		{"upper case", "sha256=" + strings.ToUpper(hexOf(secret, body)), body, "write encoding: hex-upper"},
		{"base64", "sha256=" + base64Of(secret, body), body, "write encoding: base64"},
		{"base64, and wrong", "sha256=" + base64Of("x", body), body, "is written in base64, not in hex"},
		{"cut", "sha256=" + hexOf(secret, body)[:63], body, "not whole"},
		{"as long as another hash", "sha256=" + hexOf(secret, body)[:40], body, "as long as one of hmac-sha1"},
		{"the secret", "sha256=" + secret, body, "holds the secret itself"},
		{"decoded secret", "sha256=" + hexOf("sixteen bytes ok", body), body, "write secret_encoding: base64"},
		{"newline added", "sha256=" + hexOf(secret, body), body + "\n", "a trailing newline removed"},
		{"newline removed", "sha256=" + hexOf(secret, body+"\n"), body, "a trailing newline added"},
		{"reformatted", "sha256=" + hexOf(secret, body), `{ "email" : "jane@acme.example" }`, "re-serialisation"},
		{"empty body", "sha256=" + hexOf(secret, ""), body, "an empty body"},
		{"another secret", "sha256=" + hexOf("x", body), body, "another secret than in the sender's settings"},
		{"too big to look", "sha256=" + hexOf("x", body), body + strings.Repeat(" ", 1<<17), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			check(t, github, request(c.body, at, "X-Hub-Signature-256", c.header), outcome{bad, c.hint})
		})
	}
	stripe := built(t, generic.Config{Preset: "stripe", Secrets: secrets("k")})
	check(t, stripe, request(body, at, "Stripe-Signature", "t=1710000000,v1="+hexOf("k", body)), outcome{bad, `write sign: "{body}"`})
}

func TestURL(t *testing.T) {
	t.Parallel()
	at := time.Unix(1710000000, 0)
	hubspot := func(url string) (string, string) {
		return base64Of("client", "POST"+url+body+"1710000000000"), "1710000000000"
	}
	with := built(t, generic.Config{Preset: "hubspot-v3", Secrets: secrets("client")}, public("https://leads.acme.example/hub"))
	without := built(t, generic.Config{Preset: "hubspot-v3", Secrets: secrets("client")})
	for _, c := range []struct {
		name     string
		r        receivers.Receiver
		url      string // signed
		query    string
		host     string
		accepted bool
	}{
		{"path", with, "https://leads.acme.example/hub/webhooks/test", "", "10.0.0.1", true},
		{"path and query", with, "https://leads.acme.example/hub/webhooks/test?a=1&b=2", "a=1&b=2", "", true},
		{"another order of the query", with, "https://leads.acme.example/hub/webhooks/test?b=2&a=1", "a=1&b=2", "", false},
		{"escapes as they came", with, "https://leads.acme.example/hub/webhooks/test?to=a%40b%20c", "to=a%40b%20c", "", true},
		{"escapes that HubSpot resolves", with, "https://leads.acme.example/hub/webhooks/test?to=a@b%20c", "to=a%40b%20c", "", true},
		{"http", with, "http://leads.acme.example/hub/webhooks/test", "", "", false},
		{"guessed from the host", without, "https://hub.acme.example/webhooks/test", "", "hub.acme.example", true},
		{"guessed, another host", without, "https://hub.acme.example/webhooks/test", "", "10.0.0.1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sig, ts := hubspot(c.url)
			req := request(body, at, "X-HubSpot-Signature-v3", sig, "X-HubSpot-Request-Timestamp", ts, "Host", c.host)
			req.Query = plugin.NewSecret(c.query)
			want := outcome{}
			if !c.accepted {
				want = outcome{receivers.ReasonBadSignature, "server.public_url"}
			}
			check(t, c.r, req, want)
		})
	}
	if _, err := without.(receivers.Signer).Sign([]byte(body), "", at); err == nil || !strings.Contains(err.Error(), "public_url") {
		t.Errorf("Sign without a public address: %v", err)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	at := receivertest.Received()
	everything := built(t, generic.Config{
		Bearer:     secrets("old-token", "tok"),
		HeaderKey:  &generic.HeaderKey{Header: "x-api-key", Keys: secrets("key")},
		QueryToken: &generic.QueryToken{Name: "t", Tokens: secrets("q&=é")},
		AllowIPs:   []string{"203.0.113.0/24", "2001:db8::7"},
	})
	for _, c := range []struct {
		name   string
		change func(*receivers.Request)
		want   outcome
	}{
		{"all there", func(*receivers.Request) {}, outcome{}},
		{"version 6", func(r *receivers.Request) { r.Remote = netip.MustParseAddr("2001:db8::7") }, outcome{}},
		{"another address", func(r *receivers.Request) { r.Remote = netip.MustParseAddr("198.51.100.1") }, outcome{receivers.ReasonBadAddress, "198.51.100.1"}},
		{"unknown address", func(r *receivers.Request) { r.Remote = netip.Addr{} }, outcome{receivers.ReasonNoAddress, ""}},
		{"no bearer", func(r *receivers.Request) { r.Header.Del("Authorization") }, outcome{receivers.ReasonNoToken, "Authorization"}},
		{"another scheme", func(r *receivers.Request) { r.Header.Set("Authorization", "Basic tok") }, outcome{receivers.ReasonBadToken, `"Bearer "`}},
		{"quoted bearer", func(r *receivers.Request) { r.Header.Set("Authorization", `bearer "tok"`) }, outcome{receivers.ReasonBadToken, "quotes around it"}},
		{"wrong bearer", func(r *receivers.Request) { r.Header.Set("Authorization", "Bearer to") }, outcome{receivers.ReasonBadToken, "another token"}},
		{"no key", func(r *receivers.Request) { r.Header.Del("X-Api-Key") }, outcome{receivers.ReasonNoToken, "X-Api-Key"}},
		{"wrong key", func(r *receivers.Request) { r.Header.Set("X-Api-Key", "keyy") }, outcome{receivers.ReasonBadToken, "another key"}},
		{"no query", func(r *receivers.Request) { r.Query = plugin.Secret{} }, outcome{receivers.ReasonNoToken, "?t=…"}},
		{"empty token", func(r *receivers.Request) { r.Query = plugin.NewSecret("t=") }, outcome{receivers.ReasonNoToken, ""}},
		{"wrong token", func(r *receivers.Request) { r.Query = plugin.NewSecret("t=q") }, outcome{receivers.ReasonBadToken, "another token"}},
		{"two tokens", func(r *receivers.Request) { r.Query = plugin.NewSecret("t=x&" + r.Query.Reveal()) }, outcome{receivers.ReasonBadToken, "more than once"}},
		{"no query at all", func(r *receivers.Request) { r.Query = plugin.NewSecret("%zz") }, outcome{receivers.ReasonBadToken, "cannot be read"}},
		{"more in the query", func(r *receivers.Request) { r.Query = plugin.NewSecret("x=1&" + r.Query.Reveal()) }, outcome{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req := request(body, at, "Authorization", "Bearer tok", "X-Api-Key", "key")
			req.Query = plugin.NewSecret("t=q%26%3D%C3%A9")
			c.change(req)
			check(t, everything, req, c.want)
		})
	}
	basic := built(t, generic.Config{Basic: &generic.Basic{User: "web", Passwords: secrets("p:w")}})
	good := "Basic " + base64.StdEncoding.EncodeToString([]byte("web:p:w"))
	check(t, basic, request(body, at, "Authorization", good), outcome{})
	check(t, basic, request(body, at, "Authorization", strings.Replace(good, "Basic", "basic", 1)), outcome{})
	check(t, basic, request(body, at, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("bew:p:w"))), outcome{receivers.ReasonBadToken, "another user and password"})
	check(t, basic, request(body, at, "Authorization", "Basic !"), outcome{receivers.ReasonBadToken, "not base64"})
}

// A signature and a token: one of the two is not enough.
func TestTogether(t *testing.T) {
	t.Parallel()
	at := receivertest.Received()
	r := built(t, generic.Config{Preset: "github", Secrets: secrets("k"), Bearer: secrets("tok")})
	sig := "sha256=" + hexOf("k", body)
	check(t, r, request(body, at, "X-Hub-Signature-256", sig, "Authorization", "Bearer tok"), outcome{})
	check(t, r, request(body, at, "X-Hub-Signature-256", sig), outcome{receivers.ReasonNoToken, ""})
	check(t, r, request(body, at, "Authorization", "Bearer tok"), outcome{receivers.ReasonNoSignature, ""})
}

func TestSecretEncodings(t *testing.T) {
	t.Parallel()
	header := "X-Sig"
	for encoding, written := range map[string]string{
		"text": "raw key", "base64": "cmF3IGtleQ==", "hex": "726177206b6579", "whsec": "whsec_cmF3IGtleQ",
	} {
		r := built(t, generic.Config{Secrets: secrets(written), Signature: generic.Signature{Header: &header, SecretEncoding: &encoding}})
		check(t, r, request(body, receivertest.Received(), header, hexOf("raw key", body)), outcome{})
	}
}
