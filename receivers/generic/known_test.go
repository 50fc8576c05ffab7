package generic_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/generic"
	"leadhub/receivers/receivertest"
)

// fields are enough to be built.
func fields() generic.Fields { return generic.Fields{"email": "raw.email"} }

// built makes a receiver; warnings are passed over.
func built(t *testing.T, c generic.Config, change ...func(*plugin.Deps)) receivers.Receiver {
	t.Helper()
	r, err := try(c, change...)
	list, rest := plugin.FieldErrors(err)
	for _, f := range list {
		if !f.Warning {
			t.Fatalf("%s: %s (%s)", f.Field, f.Message, f.Suggestion)
		}
	}
	if rest != nil {
		t.Fatal(rest)
	}
	return r
}

func try(c generic.Config, change ...func(*plugin.Deps)) (receivers.Receiver, error) {
	deps := receivertest.Deps(false)
	deps.Path = "/webhooks/test"
	for _, f := range change {
		f(&deps)
	}
	if c.Fields == nil {
		c.Fields = fields()
	}
	return generic.Kind.Build(&c, deps)
}

func secrets(list ...string) []plugin.Secret {
	out := make([]plugin.Secret, len(list))
	for i, s := range list {
		out[i] = plugin.NewSecret(s)
	}
	return out
}

func public(url string) func(*plugin.Deps) {
	return func(d *plugin.Deps) { d.PublicURL = url }
}

func request(body string, at time.Time, headers ...string) *receivers.Request {
	r := &receivers.Request{
		Method: http.MethodPost, Path: "/webhooks/test", Header: http.Header{}, Body: []byte(body), ReceivedAt: at,
		Remote: netip.MustParseAddr("203.0.113.7"),
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func rejected(t *testing.T, err error) *receivers.Rejection {
	t.Helper()
	var rej *receivers.Rejection
	if !errors.As(err, &rej) {
		t.Fatalf("Verify returned %v, want a rejection", err)
	}
	return rej
}

// The answers that the owners of the schemes publish.
func TestKnownAnswers(t *testing.T) {
	t.Parallel()
	p := func(s string) *string { return &s }
	for _, c := range []struct {
		name    string
		config  generic.Config
		body    string
		at      int64
		headers []string
		// text: the body is no JSON, so that being authentic shows as 400.
		text bool
	}{
		{
			name:   "Standard Webhooks",
			config: generic.Config{Preset: "standard-webhooks", Secrets: secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
			body:   `{"test": 2432232314}`, at: 1614265330,
			headers: []string{
				"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330",
				"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
		},
		{
			name:   "Svix",
			config: generic.Config{Preset: "svix", Secrets: secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
			body:   `{"test": 2432232314}`, at: 1614265330,
			headers: []string{
				"svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "svix-timestamp", "1614265330",
				"svix-signature", "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v2,MzJsNDk4MzI0K2VvdSMjMTEjQEBAQDEyMzMzMzEyMwo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
		},
		{
			name:   "GitHub",
			config: generic.Config{Preset: "github", Secrets: secrets("It's a Secret to Everybody")},
			body:   "Hello, World!", at: 1614265330, text: true,
			headers: []string{"X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
		},
		{
			name: "ProspectB2B, described",
			config: generic.Config{Secrets: secrets("topsecret"), Signature: generic.Signature{
				Header: p("X-ProspectB2B-Signature"), Prefix: p("v1="), Sign: p("{ts}.{body}"), TimestampHeader: p("X-ProspectB2B-Timestamp"),
			}},
			body: `{"id":"evt_1"}`, at: 1710000000,
			headers: []string{
				"X-ProspectB2B-Timestamp", "1710000000",
				"X-ProspectB2B-Signature", "v1=7de6393e9482000b845ddd3fb4dce305428614bab6e567bddeaba39c166b0afd",
			},
		},
		{
			name:   "Prospektr, as GitHub with another header",
			config: generic.Config{Preset: "github", Secrets: secrets("topsecret"), Signature: generic.Signature{Header: p("X-Prospektr-Signature")}},
			body:   `{"type":"prospect.added"}`, at: 1710000000,
			headers: []string{"X-Prospektr-Signature", "sha256=e4ffa9f006260e4490dc566b5c3a5133677aa16da800f9f5632f641f57511873"},
		},
		{
			name:   "SalesOS, described",
			config: generic.Config{Secrets: secrets("topsecret"), Signature: generic.Signature{Header: p("X-Webhook-Signature")}},
			body:   `{"event":"lead.created","data":{"id":"1"},"timestamp":1736591400000}`, at: 1736591400,
			headers: []string{"X-Webhook-Signature", "d36b1a474a0c9d29728a001ba782212f4e9d1e0c3569db59e91e10aeacc7e3fd"},
		},
		{
			// The example of Slack's page about verifying requests.
			name:   "Slack",
			config: generic.Config{Preset: "slack", Secrets: secrets("8f742231b10e8888abcd99yyyzzz85a5")},
			body:   "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
			at:     1531420618,
			headers: []string{
				"X-Slack-Request-Timestamp", "1531420618",
				"X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
			},
		},
		{
			// RFC 8032, 7.1, test 3, whose message is two bytes: here with the prefix as text.
			name: "ed25519",
			config: generic.Config{PublicKeys: []string{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"}, Signature: generic.Signature{
				Header: p("X-Signature-Ed25519"), Algorithm: p("ed25519"), Sign: p("{body}"),
			}},
			body: "\xaf\x82", at: 1710000000, text: true,
			headers: []string{"X-Signature-Ed25519", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := built(t, c.config)
			req := request(c.body, time.Unix(c.at, 0), c.headers...)
			_, err := r.Verify(req)
			if c.text {
				if rej := rejected(t, err); rej.Status != http.StatusBadRequest {
					t.Fatalf("%v, want it authentic, though no JSON", rej)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			req.Body = append(req.Body, ' ')
			if rej := rejected(t, second(r.Verify(req))); rej.Status != http.StatusUnauthorized || rej.Reason != receivers.ReasonBadSignature {
				t.Errorf("with another body: %v", rej)
			}
		})
	}
}

func second(_ receivers.Verified, err error) error { return err }

// Published signatures of HMAC with other hashes: RFC 2202 and RFC 4231, test 2.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{
		"hmac-sha1":   "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		"hmac-sha256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		"hmac-sha512": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	} {
		header := "X-Signature"
		r := built(t, generic.Config{Secrets: secrets("Jefe"), Signature: generic.Signature{Header: &header, Algorithm: &algorithm}})
		_, err := r.Verify(request("what do ya want for nothing?", time.Unix(0, 0), header, want))
		if rej := rejected(t, err); rej.Status != http.StatusBadRequest {
			t.Errorf("%s: %v, want it authentic", algorithm, rej)
		}
		h, err := r.(receivers.Signer).Sign([]byte("what do ya want for nothing?"), "", time.Unix(0, 0))
		if err != nil || h.Get(header) != want {
			t.Errorf("%s: Sign = %q, %v", algorithm, h.Get(header), err)
		}
	}
}

func TestEd25519(t *testing.T) {
	t.Parallel()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	publicKey, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no public key")
	}
	header, ts, algorithm, sign := "X-Signature-Ed25519", "X-Signature-Timestamp", "ed25519", "{ts}{body}"
	config := generic.Config{
		PublicKeys: []string{"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", hex.EncodeToString(publicKey)}, // rotation: another one first
		Signature:  generic.Signature{Header: &header, TimestampHeader: &ts, Algorithm: &algorithm, Sign: &sign},
	}
	r := built(t, config)
	at := time.Unix(1710000000, 0)
	stamp := strconv.FormatInt(at.Unix(), 10)
	good := hex.EncodeToString(ed25519.Sign(key, []byte(stamp+"{}")))
	if _, err := r.Verify(request("{}", at, header, good, ts, stamp)); err != nil {
		t.Error(err)
	}
	for name, sig := range map[string]string{"another": good[2:] + "00", "short": good[:126], "none": "", "as an HMAC": good[:64]} {
		if rej := rejected(t, second(r.Verify(request("{}", at, header, sig, ts, stamp)))); rej.Status != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, rej)
		}
	}
	if _, err := r.(receivers.Signer).Sign([]byte("{}"), "", at); err == nil {
		t.Error("nobody can sign with a public key")
	}
}
