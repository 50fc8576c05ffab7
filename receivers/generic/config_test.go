package generic_test

import (
	"slices"
	"strings"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/receivers"
	"leadhub/receivers/generic"
	"leadhub/receivers/receivertest"
)

func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	var walk func([]plugin.Field)
	walk = func(list []plugin.Field) {
		for _, f := range list {
			if len(f.Doc) < 20 {
				t.Errorf("%s needs a doc tag that helps", f.Key)
			}
			walk(f.Fields)
		}
	}
	walk(plugin.Fields(generic.Kind.Config()))
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	p := func(s string) *string { return &s }
	for _, c := range []struct {
		name                       string
		config                     generic.Config
		field, message, suggestion string
		warning                    bool
	}{
		{"nothing to verify with", generic.Config{}, "", "anyone who knows the address can post leads", "preset and secrets", true},
		{"preset", generic.Config{Preset: "githb", Secrets: secrets("k")}, "preset", "cannot be `githb`", "did you mean github?", false},
		{"preset, far off", generic.Config{Preset: "paypal", Secrets: secrets("k")}, "preset", "cannot be `paypal`", "it can be standard-webhooks, svix", false},
		{"secrets alone", generic.Config{Secrets: secrets("k")}, "secrets", "not said how the sender signs", "add preset:", false},
		{"no secret", generic.Config{Preset: "github"}, "secrets", "missing", `secrets: ["${TEST_SECRET}"]`, false},
		{"empty secret", generic.Config{Preset: "github", Secrets: secrets("k", "")}, "secrets[1]", "is empty", "", false},
		{"secret that is no base64", generic.Config{Preset: "standard-webhooks", Secrets: secrets("whsec_!")}, "secrets[0]", "is not base64 after whsec_", "copied whole", false},
		{"empty after whsec_", generic.Config{Preset: "standard-webhooks", Secrets: secrets("whsec_")}, "secrets[0]", "is not base64 after whsec_", "", false},
		{"no header", generic.Config{Secrets: secrets("k"), Signature: generic.Signature{Prefix: p("v1=")}}, "signature.header", "missing", "X-Signature", false},
		{"odd header", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Header: p("X Sig")}}, "signature.header", "is not the name of a header", "", false},
		{"odd format", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Format: p("pair")}}, "signature.format", "cannot be `pair`", "did you mean pairs?", false},
		{"pairs without a key", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Format: p("pairs")}}, "signature.key", "which of the pairs", "", false},
		{"key without pairs", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Key: p("v1")}}, "signature.key", "only headers with pairs", "", false},
		{"time key without pairs", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{TimestampKey: p("t")}}, "signature.timestamp_key", "only headers with pairs", "", false},
		{"odd encoding", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Encoding: p("HEX")}}, "signature.encoding", "cannot be `HEX`", "did you mean hex?", false},
		{"odd algorithm", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Algorithm: p("sha256")}}, "signature.algorithm", "cannot be `sha256`", "hmac-sha256", false},
		{"placeholder", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("{timestamp}.{body}")}}, "signature.sign", "there is no {timestamp}", "did you mean {ts}?", false},
		{"brace", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("{body")}}, "signature.sign", "no partner", "", false},
		{"nothing signed", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("")}}, "signature.sign", "what is signed", "", false},
		{"time from nowhere", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("{ts}{body}")}}, "signature.sign", "where the time is", "timestamp_header", false},
		{"id from nowhere", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("{id}{body}")}}, "signature.sign", "where the id is", "id_header", false},
		{"time not signed", generic.Config{Preset: "github", Secrets: secrets("k"), Signature: generic.Signature{TimestampHeader: p("X-Time")}}, "preset", "anyone can change it", "{ts}", true},
		{"body not signed", generic.Config{Preset: "slack", Secrets: secrets("k"), Signature: generic.Signature{Sign: p("{ts}")}}, "signature.sign", "can post anything", "{body}", true},
		{"no public address", generic.Config{Preset: "hubspot-v3", Secrets: secrets("k")}, "preset", "server.public_url is not set", "public_url:", true},
		{"secrets for ed25519", generic.Config{Secrets: secrets("k"), PublicKeys: []string{strings.Repeat("0", 64)}, Signature: generic.Signature{Header: p("X-Sig"), Algorithm: p("ed25519")}}, "secrets", "public key", "public_keys", false},
		{"no public key", generic.Config{Signature: generic.Signature{Header: p("X-Sig"), Algorithm: p("ed25519")}}, "public_keys", "missing", "", false},
		{"odd public key", generic.Config{PublicKeys: []string{"abc"}, Signature: generic.Signature{Header: p("X-Sig"), Algorithm: p("ed25519")}}, "public_keys[0]", "is not an ed25519 public key", "64 hexadecimal", false},
		{"public key for HMAC", generic.Config{Preset: "github", Secrets: secrets("k"), PublicKeys: []string{"abc"}}, "public_keys", "only ed25519", "", false},
		{"no tokens", generic.Config{Bearer: secrets()}, "bearer", "missing", `bearer: ["${TEST_TOKEN}"]`, false},
		{"two authorizations", generic.Config{Bearer: secrets("k"), Basic: &generic.Basic{User: "u", Passwords: secrets("p")}}, "basic", "both use the Authorization header", "", false},
		{"no user", generic.Config{Basic: &generic.Basic{Passwords: secrets("p")}}, "basic.user", "without a colon", "", false},
		{"empty password", generic.Config{Basic: &generic.Basic{User: "u", Passwords: secrets(" ")}}, "basic.passwords[0]", "is empty", "", false},
		{"no key header", generic.Config{HeaderKey: &generic.HeaderKey{Keys: secrets("k")}}, "header_key.header", "name of the header", "", false},
		{"no token name", generic.Config{QueryToken: &generic.QueryToken{Tokens: secrets("k")}}, "query_token.name", "name of the token", "", false},
		{"odd network", generic.Config{AllowIPs: []string{"10.0.0.0/33"}}, "allow_ips[0]", "is not an address or a network", "", false},
		{"every network", generic.Config{AllowIPs: []string{"0.0.0.0/0"}}, "allow_ips[0]", "every address", "", true},
		{"no network", generic.Config{AllowIPs: []string{}}, "allow_ips", "no request could come in", "", false},
		{"odd body", generic.Config{Bearer: secrets("k"), Body: "xml"}, "body", "cannot be `xml`", "json, form", false},
		{"no fields", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{}}, "fields", "missing", "email: raw.email", false},
		{"nobody", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"score": "raw.score"}}, "fields", "who the lead is", "", false},
		{"unknown field", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e", "emial": "raw.e"}}, "fields.emial", "no field `emial`", "did you mean email?", false},
		{"another system's field", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e", "job_title": "raw.t"}}, "fields.job_title", "no field", "did you mean title?", false},
		{"id", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e", "id": "raw.t"}}, "fields.id", "no field", "source.vendor_lead_id", false},
		{"field of nobody's", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e", "shoe size": "raw.t"}}, "fields.shoe size", "no field", "custom.shoe_size", false},
		{"custom without a name", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e", "custom.": "raw.t"}}, "fields.custom.", "no field", "", false},
		{"expression", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "raw.e ==", "title": "raw.t"}}, "fields.email", "the expression ends", "", false},
		{"name", generic.Config{Bearer: secrets("k"), Event: "type"}, "event", "there is no name type", "write raw.type", false},
		{"item without each", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": "item.e"}}, "fields.email", "there is no `each`", "write raw.e", false},
		{"item in the event", generic.Config{Bearer: secrets("k"), Each: "raw.list", Event: "item.type"}, "event", "there is no `each` for this", "", false},
		{"condition", generic.Config{Bearer: secrets("k"), Notice: "event"}, "notice", "true or false is wanted", "", false},
		{"a list for a text", generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": `split(raw.e, ",")`}}, "fields.email", "a text is wanted", "", false},
		{"a secret header", generic.Config{Bearer: secrets("k"), ID: `header("authorization")`}, "id", "never kept", "", false},
		{"the signature", generic.Config{Preset: "github", Secrets: secrets("k"), ID: `header("x-hub-signature-256")`}, "id", "never kept", "", false},
		{"the key", generic.Config{HeaderKey: &generic.HeaderKey{Header: "X-Key", Keys: secrets("k")}, ID: `header("x-key")`}, "id", "never kept", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := try(c.config)
			list, rest := plugin.FieldErrors(err)
			if rest != nil || !slices.ContainsFunc(list, func(f *plugin.FieldError) bool {
				return f.Field == c.field && f.Warning == c.warning && strings.Contains(f.Message, c.message) && strings.Contains(f.Suggestion, c.suggestion)
			}) {
				for _, f := range list {
					t.Logf("%s: %s (%s) warning %v", f.Field, f.Message, f.Suggestion, f.Warning)
				}
				t.Errorf("want %s: …%s… (…%s…), warning %v; rest %v", c.field, c.message, c.suggestion, c.warning, rest)
			}
			if len(list) > 1 {
				t.Errorf("%d complaints about one mistake: %v", len(list), err)
			}
		})
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	_, err := try(generic.Config{Bearer: secrets("k"), Fields: generic.Fields{"email": `lower(raw.é) + emial`}})
	list, _ := plugin.FieldErrors(err)
	if len(list) != 1 || list[0].Offset != 15 {
		t.Errorf("%v, want one at offset 15", err)
	}
}

// What only has to be looked at needs no secrets, and then verifies nothing.
func TestOffline(t *testing.T) {
	t.Parallel()
	c := generic.Config{Preset: "stripe", Secrets: []plugin.Secret{plugin.UnsetSecret()}}
	r := built(t, c, func(d *plugin.Deps) { d.Offline = true })
	check(t, r, request(body, receivertest.Received(), "Stripe-Signature", "t=1777626000,v1="+hexOf("", "1777626000."+body)),
		outcome{receivers.ReasonBadSignature, "no secret is set here"})
}
