package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/routes"
	"leadhub/transforms"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "leadhub.yaml")
	text := readTestdata(t, "valid.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems, err := Load(file, fakeKinds(), Options{Getenv: environment(), Build: "v1"})
	if err != nil || len(problems) > 0 {
		t.Fatalf("Load: %v, problems %v", err, problems)
	}
	if c.File != file || string(c.Source) != text || c.Hash != Hash([]byte(text), "v1", Versions{}) || len(c.Hash) != 16 {
		t.Errorf("file %q, hash %q", c.File, c.Hash)
	}
	if c.Timezone.String() != "America/New_York" {
		t.Errorf("timezone %v", c.Timezone)
	}
	wantServer := Server{Listen: ":8080", Admin: "127.0.0.1:8081", MaxBody: 512_000, PublicURL: "https://hub.example.com"}
	if diff := cmp.Diff(wantServer, c.Server); diff != "" {
		t.Error(diff)
	}
	if want := (Store{URL: "sqlite://data/leadhub.db", Path: filepath.Join(dir, "data", "leadhub.db")}); c.Store != want {
		t.Errorf("store %+v, want %+v", c.Store, want)
	}
	wantBands := transforms.Bands{High: 70, Medium: 50, Words: map[lead.Potential]int{"high": 95, "medium": 60, "low": 30}}
	if diff := cmp.Diff(wantBands, c.Bands); diff != "" {
		t.Error(diff)
	}
	var receivers []string
	for _, r := range c.Receivers {
		receivers = append(receivers, r.Name+" "+r.Type+" "+r.Path)
	}
	if diff := cmp.Diff([]string{"prospektr prospektr /hooks/prospektr", "salesos salesos /webhooks/salesos"}, receivers); diff != "" {
		t.Error(diff)
	}
	first := c.Receivers[0].Receiver.(*fakeReceiver).config
	if first.Secrets[0].Reveal() != "a-secret-value" || time.Duration(first.Tolerance) != 5*time.Minute || first.Scale != 100 {
		t.Errorf("receiver configuration %+v, secret %q", first, first.Secrets[0].Reveal())
	}
	if second := c.Receivers[1].Receiver.(*fakeReceiver).config; !second.AcceptUnsigned || len(second.Secrets) != 2 {
		t.Errorf("receiver configuration %+v", second)
	}
}

func TestLoadOutputs(t *testing.T) {
	t.Parallel()
	c, got := check(t, readTestdata(t, "valid.yaml"), Options{})
	wantProblems(t, got)
	policies := map[string]Policy{}
	for _, o := range c.Outputs {
		policies[o.Name+" "+o.Type] = o.Policy
	}
	want := map[string]Policy{
		"slack slack": {Concurrency: 4, PerSecond: 1, Timeout: 10 * time.Second, Retry: defaultRetry(), GiveUpAfter: 72 * time.Hour, OnUpdate: outputs.UpdateIgnore},
		"crm http": {
			Concurrency: 2, Timeout: 5 * time.Second, Retry: []time.Duration{time.Second, 2 * time.Minute},
			GiveUpAfter: 7 * 24 * time.Hour, OnUpdate: outputs.UpdateSend, ParkAmbiguous: true,
		},
		"triage file": {Concurrency: 1, Timeout: 10 * time.Second, Retry: defaultRetry(), GiveUpAfter: 72 * time.Hour, OnUpdate: outputs.UpdateSend},
	}
	if diff := cmp.Diff(want, policies); diff != "" {
		t.Error(diff)
	}
	crm := c.Outputs[1].Output.(*fakeOutput)
	h := crm.config.(fakeHTTP)
	if h.URL != "https://crm.example.com/leads" || h.Auth.Bearer.Reveal() != "xoxb-token-value" || h.Headers["X-Key"].Reveal() != "a-secret-value" || h.Method != "POST" {
		t.Errorf("http configuration %+v", h)
	}
	if crm.deps.Name != "crm" || crm.deps.Dir != "." || crm.deps.Offline || crm.deps.Now == nil || crm.deps.Logger == nil {
		t.Errorf("deps %+v", crm.deps)
	}
}

func TestLoadRoutes(t *testing.T) {
	t.Parallel()
	c, got := check(t, readTestdata(t, "valid.yaml"), Options{})
	wantProblems(t, got)
	type route struct {
		Name, Suppress  string
		When, Sup, Cont bool
		To              []routes.Target
		OnError         routes.OnError
	}
	list := func(all []routes.Route) []route {
		var out []route
		for _, r := range all {
			out = append(out, route{r.Name, r.Suppress, r.When != nil, r.Suppresses, r.Continue, r.To, r.OnError})
		}
		return out
	}
	triage := []routes.Target{{Output: "triage"}}
	want := []route{
		{Name: "customers", Suppress: "existing customer", When: true, Sup: true, OnError: routes.OnErrorHold},
		{Name: "hot", When: true, Cont: true, OnError: routes.OnErrorNext, To: []routes.Target{
			{Output: "slack", Target: "#hot"}, {Output: "slack", Target: "#a"}, {Output: "slack", Target: "#b"}, {Output: "crm"},
		}},
		{Name: "everything-else", To: triage, OnError: routes.OnErrorFallback},
	}
	if diff := cmp.Diff(want, list(c.Routes.Routes)); diff != "" {
		t.Error(diff)
	}
	notices := []route{{Name: "notice-1", When: true, OnError: routes.OnErrorFallback, To: []routes.Target{{Output: "slack", Target: "#marketing"}}}}
	if diff := cmp.Diff(notices, list(c.Routes.Notices)); diff != "" {
		t.Error(diff)
	}
	tests := []route{{Name: "tests", When: true, OnError: routes.OnErrorFallback, To: triage}}
	if diff := cmp.Diff(tests, list([]routes.Route{*c.Routes.Tests})); diff != "" {
		t.Error(diff)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, got := check(t, mini, Options{})
	wantProblems(t, got)
	if diff := cmp.Diff(Server{Listen: ":8080", Admin: "127.0.0.1:0", MaxBody: 1 << 20}, c.Server); diff != "" {
		t.Error(diff)
	}
	if want := (Store{URL: "sqlite://data/leadhub.db", Path: filepath.Join("data", "leadhub.db")}); c.Store != want {
		t.Errorf("store %+v", c.Store)
	}
	if c.Timezone != time.UTC || c.Receivers[0].Path != "/webhooks/prospektr" || c.Routes.Tests != nil {
		t.Errorf("timezone %v, path %s, tests %v", c.Timezone, c.Receivers[0].Path, c.Routes.Tests)
	}
	if diff := cmp.Diff(transforms.DefaultBands(), c.Bands); diff != "" {
		t.Error(diff)
	}
}

func TestStorePath(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"sqlite://leads.db":             filepath.Join("conf", "leads.db"),
		"sqlite:///var/lib/leadhub.db":  "/var/lib/leadhub.db",
		"sqlite://../shared/leadhub.db": filepath.Join("shared", "leadhub.db"),
	} {
		text := strings.Replace(mini, "version: 1", "version: 1\nstore:\n  url: \""+url+"\"", 1)
		c, problems := Parse(filepath.Join("conf", "leadhub.yaml"), []byte(text), fakeKinds(), Options{Getenv: environment()})
		if len(problems) > 0 || c.Store.Path != want {
			t.Errorf("%s: path %q, want %q; %v", url, c.Store.Path, want, problems)
		}
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	a, b := Hash([]byte("x"), "1", Versions{}), Hash([]byte("x"), "2", Versions{})
	if a == b || a == Hash([]byte("y"), "1", Versions{}) || a != Hash([]byte("x"), "1", Versions{}) || len(a) != 16 || strings.Trim(a, "0123456789abcdef") != "" {
		t.Errorf("hashes %q and %q", a, b)
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), fakeKinds(), Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
}

func TestOfflineNeedsNoVariables(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	text := readTestdata(t, "valid.yaml")
	text = strings.Replace(text, "https://crm.example.com/${WHERE:-leads}", "${CRM_URL}", 1)
	c, got := check(t, text, Options{Offline: true, Getenv: none})
	if c == nil {
		t.Fatalf("no configuration: %q", got)
	}
	for _, line := range got {
		if !strings.Contains(line, "warning: the variable ") {
			t.Errorf("unexpected: %s", line)
		}
	}
	if !slices.Contains(got, "28:11: warning: the variable CRM_URL is not set: set it in .env or in the environment") {
		t.Errorf("problems %q", got)
	}
	i := slices.IndexFunc(c.Outputs, func(o Output) bool { return o.Name == "crm" })
	if i < 0 {
		t.Fatal("an output with an unset URL must still be there when only looking")
	}
	if _, err := c.Outputs[i].Render(&outputs.Delivery{}); !errors.Is(err, errUnset) {
		t.Errorf("Render: %v, want %v", err, errUnset)
	}
	if _, err := c.Outputs[i].Send(t.Context(), &outputs.Delivery{}, &outputs.Request{}); !errors.Is(err, errUnset) {
		t.Errorf("Send: %v, want %v", err, errUnset)
	}
	if p := c.Outputs[i].Policy; !p.ParkAmbiguous || p.Concurrency != 2 {
		t.Errorf("policy %+v", p)
	}
	r := c.Receivers[0].Receiver.(*fakeReceiver)
	if !r.config.Secrets[0].Unset() {
		t.Error("the receiver must see that its secret is not set")
	}

	_, online := check(t, text, Options{Getenv: none})
	for i := range online {
		online[i] = strings.Replace(online[i], "error:", "warning:", 1)
	}
	wantProblems(t, online, got...)
}

// A route whose condition needs a variable must not become one without a condition.
func TestOfflineConditions(t *testing.T) {
	t.Parallel()
	const unset = "15:28: warning: the variable UNSET is not set: set it in .env or in the environment"
	text := strings.Replace(mini, `when: lead_potential == "high"`, `when: 'email endsWith "${UNSET}"'`, 1)
	text = strings.Replace(text, `"#hot"`, `"#${CHANNEL}"`, 1)
	c, got := check(t, text, Options{Offline: true})
	wantProblems(t, got, unset, "17:18: warning: the variable CHANNEL is not set: set it in .env or in the environment")
	if r := c.Routes.Routes[0]; r.When == nil || !slices.Equal(r.To, []routes.Target{{Output: "slack", Target: "#${CHANNEL}"}}) {
		t.Errorf("route %+v", r)
	}

	text = strings.Replace(mini, `when: lead_potential == "high"`, `when: [has(score), 'score > ${UNSET}']`, 1)
	_, got = check(t, text, Options{Offline: true})
	wantProblems(t, got,
		"15:24: error: this condition cannot be read without the variable UNSET: put quotes around ${UNSET} inside the condition if it is a text, else set it in .env",
		"15:33: warning: the variable UNSET is not set: set it in .env or in the environment",
	)
	_, got = check(t, text, Options{})
	wantProblems(t, got, "15:33: error: the variable UNSET is not set: set it in .env or in the environment")
}

// No problem may hold a secret, whatever is wrong with the file around it.
func TestSecretsNeverAppear(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-Value-0123456789"
	env := environment("S", secret, "SET", secret)
	fields := []string{
		`token: "${S}"`, `token: ` + secret, `token: "` + secret, `token: '` + secret + `' x`, `token: [` + secret + `]`, `token: {` + secret + `: 1}`,
		`token: {` + secret + `}`, `token: @` + secret, "token: `" + secret, `token:` + secret, `token ` + secret, `token: !` + secret, `token: *` + secret,
		`token: "\q` + secret + `"`, `tokn: "${S}"`, `channel: "${S}"`, `allow_private: "${S}"`, `type: "${S}"`, `concurrency: "${S}"`, `rate: "${S}"`, `timeout: "${S}"`,
		`retry: ["${S}"]`, `on_update: "${S}"`, `give_up_after: ["` + secret + `"]`, `token: > ` + secret, `token: ` + secret + `: x`, `"${S}": x`,
	}
	for _, field := range fields {
		text := strings.Replace(mini, `token: "${TOKEN}"`, `token: "${TOKEN}"`+"\n    "+field, 1)
		if !strings.HasPrefix(field, "tok") {
			text = strings.Replace(mini, `    token: "${TOKEN}"`, "    "+field, 1)
		}
		_, got := check(t, text, Options{Getenv: env})
		if all := strings.Join(got, "\n"); strings.Contains(all, secret) || strings.Contains(all, secret[:8]) {
			t.Errorf("%s leaks:\n%s", field, all)
		}
	}
	for _, change := range [][2]string{
		{"version: 1", `version: "${S}"`},
		{"version: 1", "version: 1\ntimezone: \"${S}\""},
		{"version: 1", "version: 1\nstore: { url: \"postgres://u:${S}@h/d\" }"},
		{"version: 1", "version: 1\nserver: { listen: \"${S}\", max_body: \"${S}\", public_url: \"${S}\" }"},
		{"  - name: hot", `  - name: "${S}"`},
		{`when: lead_potential == "high"`, `when: lead_potential == "${S}"`},
		{`when: lead_potential == "high"`, `when: 'score > ${S}'`},
		{`- slack: "#hot"`, `- slack: "${S}"`},
		{`- slack: "#hot"`, `- "${S}"`},
		{"type: prospektr", `type: "${S}"`},
		{"type: prospektr", "type: prospektr\n    path: \"${S}\""},
	} {
		text := strings.Replace(mini, change[0], change[1], 1)
		_, got := check(t, text, Options{Getenv: env})
		if all := strings.Join(got, "\n"); len(got) == 0 || strings.Contains(all, secret) {
			t.Errorf("%s leaks or is not found:\n%s", change[1], all)
		}
	}
}

// Outputs that were opened before another one failed must be closed.
func TestFailureClosesWhatIsOpen(t *testing.T) {
	t.Parallel()
	closed := 0
	kinds := fakeKinds()
	kinds.Outputs = []outputs.Kind{fakeSlackKind(), fakeHTTPKind(), fakeFileKind(&closed)}
	text := strings.Replace(mini, "routes:", "  last:\n    type: file\n    path: readonly.jsonl\nroutes:", 1)
	text = strings.Replace(text, "to: [triage]", "to: [triage, last]", 1)
	c, problems := Parse("leadhub.yaml", []byte(text), kinds, Options{Getenv: environment()})
	if c != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "permission denied") {
		t.Fatalf("problems %v", problems)
	}
	if closed != 1 {
		t.Errorf("closed %d outputs, want the one that was open", closed)
	}

	closed = 0
	c, problems = Parse("leadhub.yaml", []byte(mini), kinds, Options{Getenv: environment()})
	if c == nil {
		t.Fatal(problems)
	}
	if err := c.Close(); err != nil || closed != 1 {
		t.Errorf("Close: %v, closed %d", err, closed)
	}
	closed = 0
	if c, _ = Parse("leadhub.yaml", []byte(mini), kinds, Options{Offline: true}); c == nil || c.Close() != nil || closed != 0 {
		t.Errorf("offline nothing may be open; closed %d", closed)
	}
}

func TestProblemsAreJSON(t *testing.T) {
	t.Parallel()
	_, problems := Parse("a.yaml", []byte("version: 1\nfoo: 1\n"), fakeKinds(), Options{})
	raw, err := json.Marshal(problems[len(problems)-1])
	if err != nil {
		t.Fatal(err)
	}
	var p plugin.Problem
	if err := json.Unmarshal(raw, &p); err != nil || p.Line != 2 || p.Col != 1 || p.Severity != plugin.SeverityError {
		t.Errorf("%s: %v", raw, err)
	}
}

func TestWholeFiles(t *testing.T) {
	t.Parallel()
	const first = "add at least one, as in config.example.yaml"
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"empty":    {"", []string{"1:1: error: the file holds no configuration: start from config.example.yaml"}},
		"comments": {"# nothing\n\n", []string{"1:1: error: the file holds no configuration: start from config.example.yaml"}},
		"a list":   {"- a\n- b\n", []string{"1:1: error: the file holds no `key: value` lines: a configuration begins with `version: 1`"}},
		"a text":   {"hello\n", []string{"1:1: error: the file holds no `key: value` lines: a configuration begins with `version: 1`"}},
		"only version": {"version: 1\n", []string{
			"1:1: error: there are no `receivers`: " + first, "1:1: error: there are no `outputs`: " + first, "1:1: error: there are no `routes`: …",
		}},
		"empty sections": {"version: 1\nreceivers:\noutputs: {}\nroutes: []\n", []string{
			"2:1: error: `receivers` is empty: " + first, "3:1: error: `outputs` is empty: " + first, "4:1: error: `routes` is empty: …",
		}},
		"no version": {strings.TrimPrefix(mini, "version: 1\n"), []string{"1:1: warning: `version` is missing: make `version: 1` the first line"}},
		"too large":  {strings.Repeat("#", maxFile+1), []string{"1:1: error: the file is larger than 4 MiB"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := check(t, tt.text, Options{})
			wantProblems(t, got, tt.want...)
		})
	}
}

func TestManyMistakesStayOrdered(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(mini)
	for i := range 30 {
		fmt.Fprintf(&b, "unknown%d: x\n", i)
	}
	_, got := check(t, b.String(), Options{})
	if len(got) != 30 || !strings.HasPrefix(got[0], "20:1:") || !strings.HasPrefix(got[29], "49:1:") {
		t.Errorf("%d problems: %q", len(got), got)
	}
}
