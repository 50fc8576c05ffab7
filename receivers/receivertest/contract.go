package receivertest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"leadhub/internal/plugin"
	"leadhub/internal/plugin/plugintest"
	"leadhub/receivers"
	"leadhub/receivers/internal/jsondoc"
)

// Contract checks what every kind of receiver promises, with the fixtures in dir.
func Contract(t *testing.T, kind receivers.Kind, dir string) {
	t.Helper()
	fixtures := Fixtures(t, dir)
	t.Run("documents its configuration", func(t *testing.T) { documented(t, kind) })
	t.Run("says how to begin", func(t *testing.T) { guides(t, kind, fixtures) })
	t.Run("fails closed", func(t *testing.T) { failsClosed(t, kind, fixtures) })
	t.Run("accepts what it signs", func(t *testing.T) { acceptsOwn(t, kind, fixtures) })
	t.Run("refuses altered signatures", func(t *testing.T) { alteredSignature(t, kind, fixtures) })
	t.Run("refuses altered bodies", func(t *testing.T) { alteredBody(t, kind, fixtures) })
	t.Run("refuses bad bodies only once authentic", func(t *testing.T) { badBodies(t, kind) })
	t.Run("survives any header", func(t *testing.T) { anyHeader(t, kind, fixtures) })
	t.Run("parses what was kept", func(t *testing.T) { parsesKept(t, kind, fixtures) })
	t.Run("tells tests apart", func(t *testing.T) { tellsTests(t, kind, fixtures) })
	t.Run("may be called concurrently", func(t *testing.T) { concurrent(t, kind, fixtures) })
}

func documented(t *testing.T, kind receivers.Kind) {
	if kind.Name == "" || kind.Summary == "" {
		t.Errorf("kind %q: no name or no summary", kind.Name)
	}
	typ := reflect.TypeOf(kind.Config()).Elem()
	for f := range typ.Fields() {
		if f.Tag.Get("yaml") == "" || len(f.Tag.Get("doc")) < 20 {
			t.Errorf("%s: field %s needs a yaml tag and a doc tag that helps", kind.Name, f.Name)
		}
	}
	if a, b := kind.Config(), kind.Config(); a == b {
		t.Errorf("%s: two configurations share one struct", kind.Name)
	}
}

// guides checks what `leadhub init` writes and says for the kind.
func guides(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	entry := plugintest.Guide(t, kind.Name, &kind.Guide)
	if !strings.Contains(strings.Join(kind.Guide.Setup, "\n"), "{url}") {
		t.Errorf("%s: Setup does not say where {url} goes", kind.Name)
	}
	if path := plugintest.Value(entry, "path"); !strings.HasPrefix(path, "/webhooks/") {
		t.Errorf("%s: Example has path: %q", kind.Name, path)
	}
	if !slices.ContainsFunc(fixtures, func(f Fixture) bool { return f.Name == kind.Guide.Sample }) {
		t.Errorf("%s: Sample is %q, which is no payload of its folder", kind.Name, kind.Guide.Sample)
	}
}

func failsClosed(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	key, _ := SecretField(t, kind.Config())
	for name, secret := range map[string]plugin.Secret{
		"empty": plugin.NewSecret(""), "blank": plugin.NewSecret(" \t"), "not set": plugin.UnsetSecret(),
	} {
		_, err := BuildWith(t, kind, Deps(false), plugin.NewSecret(Secret), secret)
		fields, rest := plugin.FieldErrors(err)
		if rest != nil || len(fields) != 1 || fields[0].Field != key+"[1]" || fields[0].Warning {
			t.Errorf("%s secret: errors are %v, %v; want one on %s[1]", name, fields, rest, key)
		}
	}
	_, err := BuildWith(t, kind, Deps(false), plugin.NewSecret(Secret), plugin.NewSecret("s\n"))
	if fields, rest := plugin.FieldErrors(err); rest != nil || len(fields) != 1 || !fields[0].Warning {
		t.Errorf("secret with a line break: %v, want a warning", err)
	}
	if _, err := BuildWith(t, kind, Deps(true)); err != nil {
		if fields, _ := plugin.FieldErrors(err); len(fields) != 1 || fields[0].Field != key {
			t.Errorf("no secret: %v, want one error on %s", err, key)
		}
	}
	unset, err := BuildWith(t, kind, Deps(true), plugin.UnsetSecret())
	if err != nil {
		t.Fatalf("a secret that is not set must do for commands that only look: %v", err)
	}
	good := Build(t, kind, Secret)
	for i := range fixtures {
		refused(t, unset, Request(t, good, &fixtures[i], Received()), fixtures[i].Name+" without a secret")
	}
	if _, err := unset.(receivers.Signer).Sign([]byte("{}"), "", Received()); err == nil {
		t.Error("Sign worked without a secret")
	}
}

// refused checks that a request is refused as not authentic, by a *Rejection that
// does not show the secret.
func refused(t *testing.T, r receivers.Receiver, req *receivers.Request, what string) {
	t.Helper()
	v, err := r.Verify(req)
	var rej *receivers.Rejection
	if !errors.As(err, &rej) {
		t.Fatalf("%s: Verify returned %v, want a rejection", what, err)
	}
	if rej.Status != http.StatusUnauthorized || rej.Reason == "" {
		t.Errorf("%s: status %d, reason %q; want %d and a reason", what, rej.Status, rej.Reason, http.StatusUnauthorized)
	}
	if strings.Contains(err.Error(), Secret) {
		t.Errorf("%s: the rejection shows the secret: %v", what, err)
	}
	if v.Body != nil || v.Keep != nil {
		t.Errorf("%s: a refused request must not come with something to keep", what)
	}
}

func acceptsOwn(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	rotating := Build(t, kind, "the-old-one", Secret)
	for i := range fixtures {
		f := &fixtures[i]
		for _, secrets := range [][]string{{Secret}, {"the-old-one"}, {Secret, "unused"}} {
			req := Request(t, Build(t, kind, secrets...), f, Received())
			before := Clone(req)
			v, err := rotating.Verify(req)
			if err != nil {
				t.Errorf("%s signed with %q: %v", f.Name, secrets[0], err)
				continue
			}
			if !bytes.Equal(v.Body, f.Body) {
				t.Errorf("%s: the body to keep differs from the one that was signed", f.Name)
			}
			if diff := cmp.Diff(before, req, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("%s: Verify changed the request:\n%s", f.Name, diff)
			}
		}
		refused(t, rotating, Request(t, Build(t, kind, "another"), f, Received()), f.Name+" with another secret")
	}
}

// sensitive says whether a header carries a signature or a token.
func sensitive(name string) bool {
	lower := strings.ToLower(name)
	return name == "Authorization" || strings.Contains(lower, "signature") || strings.Contains(lower, "hmac") || strings.Contains(lower, "api-key")
}

// credential returns the header that proves authenticity, "" where the query does.
func credential(tb testing.TB, r receivers.Receiver, h http.Header) string {
	tb.Helper()
	for name := range h {
		if sensitive(name) {
			return name
		}
	}
	if _, ok := r.(receivers.QuerySigner); !ok {
		tb.Fatalf("no header of %v carries a signature or a token", h)
	}
	return ""
}

// forms says whether a receiver takes something else than JSON.
func forms(r receivers.Receiver) bool {
	m, ok := r.(receivers.MediaTyper)
	return ok && !slices.Contains(m.MediaTypes(), "application/json")
}

// alteredQuery is alteredSignature for a token in the query.
func alteredQuery(t *testing.T, r receivers.Receiver, good *receivers.Request) {
	t.Helper()
	value := good.Query.Reveal()
	queries := []string{"", "=", "?", "token", "token=", "&", "%zz", value + "0", value[:len(value)-1], value + "&" + value, strings.Repeat("a", 1<<16), "token=" + strings.Repeat("a", 1<<16)}
	for i := range len(value) {
		for bit := range 8 {
			b := []byte(value)
			b[i] ^= 1 << bit
			queries = append(queries, string(b))
		}
	}
	for _, q := range queries {
		req := Clone(good)
		req.Query = plugin.NewSecret(q)
		refused(t, r, req, fmt.Sprintf("a query of %d bytes", len(q)))
	}
}

func alteredSignature(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, Secret)
	good := Request(t, r, &fixtures[0], Received())
	name := credential(t, r, good.Header)
	if name == "" {
		alteredQuery(t, r, good)
		return
	}
	value := good.Header.Get(name)
	word, _, _ := strings.Cut(value, " ")
	for i := range len(value) {
		for bit := range 8 {
			b := []byte(value)
			b[i] ^= 1 << bit
			if name == "Authorization" && i < len(word) && strings.EqualFold(string(b), value) {
				continue // the name of an authorization scheme has no case
			}
			req := Clone(good)
			req.Header[name] = []string{string(b)}
			refused(t, r, req, fmt.Sprintf("%s with bit %d of byte %d flipped", name, bit, i))
		}
	}
	for _, v := range []string{"", " ", "=", "sha256=", "v1=", "Bearer", "Bearer ", value + "0", value[:len(value)-1], value + value, strings.Repeat("a", 1<<16), "\x00\xff", Secret} {
		if v == value {
			continue // a key in a header is the secret itself
		}
		req := Clone(good)
		req.Header[name] = []string{v}
		refused(t, r, req, fmt.Sprintf("%s of %d bytes", name, len(v)))
	}
	req := Clone(good)
	req.Header.Del(name)
	refused(t, r, req, "no "+name)
	req.Header = nil
	refused(t, r, req, "no headers at all")
}

// signsBody says whether the proof of authenticity depends on the body; a bearer
// token does not.
func signsBody(t *testing.T, r receivers.Receiver) bool {
	t.Helper()
	a, err := r.(receivers.Signer).Sign([]byte(`{"a":1}`), "", Received())
	b, err2 := r.(receivers.Signer).Sign([]byte(`{"a":2}`), "", Received())
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	name := credential(t, r, a)
	return a.Get(name) != b.Get(name)
}

func alteredBody(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, Secret)
	if !signsBody(t, r) {
		t.Skip("the scheme does not cover the body")
	}
	for i := range fixtures {
		good := Request(t, r, &fixtures[i], Received())
		for at := range good.Body {
			for bit := range 8 {
				if i > 0 && bit != at%8 {
					continue // every bit of the first body, one of each byte of the others
				}
				req := Clone(good)
				req.Body[at] ^= 1 << bit
				if v, err := r.Verify(req); err == nil {
					t.Errorf("%s: accepted with bit %d of byte %d flipped, and would keep %d bytes", fixtures[i].Name, bit, at, len(v.Body))
				}
			}
		}
		for _, n := range []int{0, 1, len(good.Body) / 2, len(good.Body) - 1} {
			req := Clone(good)
			req.Body = req.Body[:n]
			refused(t, r, req, fmt.Sprintf("%s cut after %d bytes", fixtures[i].Name, n))
		}
	}
}

func badBodies(t *testing.T, kind receivers.Kind) {
	r, stranger := Build(t, kind, Secret), Build(t, kind, "another")
	if forms(r) {
		t.Skip("it takes no JSON")
	}
	deep := strings.Repeat("[", jsondoc.MaxDepth+1) + strings.Repeat("]", jsondoc.MaxDepth+1)
	for _, c := range []struct {
		body   string
		reason receivers.Reason
	}{
		{"", receivers.ReasonNotJSON},
		{"hello", receivers.ReasonNotJSON},
		{`{"a":1,}`, receivers.ReasonNotJSON},
		{`{"a":01}`, receivers.ReasonNotJSON},
		{`{"a":1} {"b":2}`, receivers.ReasonNotJSON},
		{"{\"a\":\"\x01\"}", receivers.ReasonNotJSON},
		{"{\"a\":\"\xff\"}", receivers.ReasonNotUTF8},
		{"{\"a\":\"\xed\xa0\x80\"}", receivers.ReasonNotUTF8},
		{deep, receivers.ReasonTooDeep},
	} {
		f := &Fixture{Name: "bad", Event: "lead.created", Body: []byte(c.body)}
		_, err := r.Verify(Request(t, r, f, Received()))
		var rej *receivers.Rejection
		if !errors.As(err, &rej) || rej.Status != http.StatusBadRequest || rej.Reason != c.reason {
			t.Errorf("%.20q: %v, want 400 %q", c.body, err, c.reason)
		}
		refused(t, r, Request(t, stranger, f, Received()), "a stranger's bad body")
	}
	at := strings.Repeat("[", jsondoc.MaxDepth) + strings.Repeat("]", jsondoc.MaxDepth)
	f := &Fixture{Name: "deep", Event: "lead.created", Body: []byte(at)}
	if _, err := r.Verify(Request(t, r, f, Received())); err != nil {
		t.Errorf("%d levels must do: %v", jsondoc.MaxDepth, err)
	}
}

func anyHeader(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, Secret)
	garbage := []string{"", " ", "\x00", "\xff\xfe", "-1", "99999999999999999999", "1e400", "null", "{}", strings.Repeat("x", 1<<16), "a,b;c=d", "\u202e"}
	for i := range fixtures {
		good := Request(t, r, &fixtures[i], Received())
		for name := range good.Header {
			for _, v := range garbage {
				req := Clone(good)
				req.Header[name] = []string{v, v}
				_, err := r.Verify(req)
				if sensitive(name) && err == nil {
					t.Errorf("%s: accepted with %s: %.20q", fixtures[i].Name, name, v)
				}
				event, err := r.Parse(req)
				if err == nil && (event.Key == "" || event.Name == "") {
					t.Errorf("%s with %s: %.20q: an event without key or name: %+v", fixtures[i].Name, name, v, event)
				}
				if len(event.DeliveryID) > 300 || len(event.Name) > 300 {
					t.Errorf("%s: %s of %d bytes goes into the event unbounded", fixtures[i].Name, name, len(v))
				}
			}
		}
	}
}

func parsesKept(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, Secret)
	keys := map[string]string{}
	for i := range fixtures {
		f := &fixtures[i]
		req := Request(t, r, f, Received())
		v, err := r.Verify(req)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		event, err := r.Parse(req)
		if err != nil {
			t.Errorf("%s: Parse: %v", f.Name, err)
			continue
		}
		kept := &receivers.Request{Method: req.Method, Path: req.Path, Header: http.Header{}, Body: bytes.Clone(v.Body), ReceivedAt: req.ReceivedAt}
		for _, name := range v.Keep {
			if sensitive(name) || name != http.CanonicalHeaderKey(name) {
				t.Errorf("%s: %s must not be kept, or not under this name", f.Name, name)
			}
			if values, ok := req.Header[name]; ok {
				kept.Header[name] = values
			}
		}
		again, err := r.Parse(kept)
		if err != nil {
			t.Fatalf("%s: Parse of what was kept: %v", f.Name, err)
		}
		clear(kept.Body) // Parse must not hold on to the body
		if diff := cmp.Diff(event, again); diff != "" {
			t.Errorf("%s: what was kept parses differently:\n%s", f.Name, diff)
		}
		if other, ok := keys[event.Key]; ok {
			t.Errorf("%s and %s have the same key", f.Name, other)
		}
		keys[event.Key] = f.Name
		checkEvent(t, kind, f, &event)
	}
}

func checkEvent(t *testing.T, kind receivers.Kind, f *Fixture, e *receivers.Event) {
	t.Helper()
	switch e.Kind {
	case receivers.KindNotice:
		if len(e.Leads) != 0 || e.Subject == "" || strings.Contains(e.Subject, "\n") {
			t.Errorf("%s: a notice has a subject of one line and no leads: %q, %d leads", f.Name, e.Subject, len(e.Leads))
		}
	default:
		if len(e.Leads) == 0 || e.Subject != "" {
			t.Errorf("%s: %d leads and subject %q", f.Name, len(e.Leads), e.Subject)
		}
	}
	for i := range e.Leads {
		l := &e.Leads[i]
		s := l.Source
		if s.Vendor != kind.Name || s.Event != e.Name || s.Receiver != "" || s.Channel != "" || !s.ReceivedAt.Equal(Received()) || s.OccurredAt.IsZero() {
			t.Errorf("%s: source of lead %d: %+v", f.Name, i, s)
		}
		if (l.Kind == "person") != (l.Person != nil) {
			t.Errorf("%s: lead %d is a %s, person %v", f.Name, i, l.Kind, l.Person)
		}
		if l.ID != "" || l.Schema != "" || l.IsTest {
			t.Errorf("%s: lead %d was sealed by its receiver", f.Name, i)
		}
		if l.Status != strings.ToLower(l.Status) {
			t.Errorf("%s: lead %d: status %q", f.Name, i, l.Status)
		}
	}
	if e.OccurredAt.After(Received()) {
		t.Errorf("%s: occurred at %v, after it was received", f.Name, e.OccurredAt)
	}
}

func tellsTests(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, Secret)
	for i := range fixtures {
		req := Request(t, r, &fixtures[i], Received())
		live, err := r.Parse(req)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(receivers.TestHeader, "1")
		v, err := r.Verify(req)
		if err != nil || !slices.Contains(v.Keep, receivers.TestHeader) {
			t.Errorf("%s: marked as a test: %v, keeps %v", fixtures[i].Name, err, v.Keep)
		}
		trial, err := r.Parse(req)
		if err != nil || !trial.Test {
			t.Errorf("%s: marked as a test: Test is %v (%v)", fixtures[i].Name, trial.Test, err)
		}
		if !live.Test && trial.Key == live.Key {
			t.Errorf("%s: a trial has the key of the real event", fixtures[i].Name)
		}
		late := Clone(req)
		late.ReceivedAt = late.ReceivedAt.Add(time.Hour)
		if again, err := r.Parse(late); err != nil || again.Key != trial.Key {
			t.Errorf("%s: sent again an hour later its key is %q, was %q (%v)", fixtures[i].Name, again.Key, trial.Key, err)
		}
	}
}

func concurrent(t *testing.T, kind receivers.Kind, fixtures []Fixture) {
	r := Build(t, kind, "the-old-one", Secret)
	signer := Build(t, kind, Secret)
	done := make(chan error)
	for i := range fixtures {
		req := Request(t, signer, &fixtures[i], Received())
		go func() {
			for range 50 {
				if _, err := r.Verify(req); err != nil {
					done <- err
					return
				}
				if _, err := r.Parse(req); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range fixtures {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
