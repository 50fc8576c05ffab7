package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/hub"
	"leadhub/internal/plugin"
)

func testEnv() hub.Env {
	env := newApp(&cli{}, nil, io.Discard, io.Discard).env
	env.LookupEnv = func(string) (string, bool) { return "", false }
	return env
}

// problems checks a configuration with the .env beside it, as `leadhub check` does.
func problemsWithEnv(t *testing.T, file string) (*config.Config, map[string]string, []plugin.Problem) {
	t.Helper()
	vars, problems, err := config.LoadDotEnv(filepath.Join(filepath.Dir(file), ".env"))
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv()
	c, more, err := config.Load(file, env.Kinds, config.Options{
		Getenv:  func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Offline: true, Now: env.Now, Logger: env.Logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, vars, append(problems, more...)
}

// Every kind's example is built by the loader, alone and beside every other one.
func TestInitMakesGoodConfigurations(t *testing.T) {
	t.Parallel()
	env := testEnv()
	all := func(choices []hub.InitChoice) (kinds []string, sets [][]string) {
		for _, c := range choices {
			kinds = append(kinds, c.Kind)
			sets = append(sets, []string{c.Kind})
		}
		return kinds, append(sets, kinds)
	}
	receivers, receiverSets := all(hub.InitReceivers(env.Kinds))
	outputs, outputSets := all(hub.InitOutputs(env.Kinds))
	if len(receivers) != len(env.Kinds.Receivers) || len(outputs) != len(env.Kinds.Outputs) {
		t.Errorf("init offers %v and %v: a kind has no guide", receivers, outputs)
	}
	outputSets = append(outputSets, nil)
	for _, r := range receiverSets {
		for _, o := range outputSets {
			t.Run(strings.Join(r, "+")+" to "+strings.Join(o, "+"), func(t *testing.T) {
				t.Parallel()
				initialised(t, env, r, o)
			})
		}
	}
}

func initialised(t *testing.T, env hub.Env, receivers, outputs []string) {
	file := filepath.Join(t.TempDir(), "hub", "leadhub.yaml")
	result, err := hub.Init(hub.InitOptions{
		File: file, Receivers: receivers, Outputs: outputs, PublicURL: "https://hub.acme.com/", Timezone: "Europe/Zurich",
	}, env)
	if err != nil {
		t.Fatal(err)
	}
	c, vars, problems := problemsWithEnv(t, file)
	var missing []string
	for _, p := range problems {
		name, ok := strings.CutPrefix(p.Message, "the variable ")
		name, unset := strings.CutSuffix(name, " is not set")
		switch {
		case p.Severity == plugin.SeverityWarning && ok && unset:
			missing = append(missing, name)
		case p.Severity == plugin.SeverityWarning && strings.Contains(p.Message, "come back through receiver"):
			// The user asked for leads to go back to where some of them come from.
		default:
			t.Error(p)
		}
	}
	slices.Sort(missing)
	said := slices.Sorted(slices.Values(result.Missing))
	if diff := cmp.Diff(said, missing); diff != "" && len(said)+len(missing) > 0 {
		t.Errorf("what init calls missing (-) and check calls unset (+):\n%s", diff)
	}
	if c == nil {
		t.Fatal("no configuration")
	}
	if len(c.Receivers) != len(receivers) || c.Timezone.String() != "Europe/Zurich" || c.Server.PublicURL != "https://hub.acme.com" {
		t.Errorf("%d receivers, time zone %s, public address %s", len(c.Receivers), c.Timezone, c.Server.PublicURL)
	}
	checkSecrets(t, env, result, vars)
	for i, r := range c.Receivers {
		if want := "https://hub.acme.com" + r.Path; result.Receivers[i].URL != want || !strings.Contains(fmt.Sprint(result.Receivers[i].Steps), want) {
			t.Errorf("%s: told to paste %q: %v, want %q", r.Name, result.Receivers[i].URL, result.Receivers[i].Steps, want)
		}
	}
	text := fmt.Sprint(result)
	for _, v := range vars {
		if strings.Contains(text, v) {
			t.Error("the result shows a secret")
		}
	}
}

// checkSecrets checks every secret that was made, and who may read it.
func checkSecrets(t *testing.T, env hub.Env, result *hub.InitResult, vars map[string]string) {
	t.Helper()
	makes := map[string]plugin.Make{}
	for _, k := range env.Kinds.Receivers {
		for _, v := range k.Guide.Variables {
			makes[v.Name] = v.Make
		}
	}
	for _, k := range env.Kinds.Outputs {
		for _, v := range k.Guide.Variables {
			makes[v.Name] = v.Make
		}
	}
	seen := map[string]bool{}
	for name, value := range vars {
		var raw []byte
		var err error
		if makes[name] == plugin.MakeWebhook {
			encoded, ok := strings.CutPrefix(value, "whsec_")
			raw, err = base64.StdEncoding.DecodeString(encoded)
			if !ok {
				err = errors.New("no whsec_")
			}
		} else {
			raw, err = base64.RawURLEncoding.DecodeString(value)
		}
		if err != nil || len(raw) != 32 || seen[value] {
			t.Errorf("%s holds %d bytes (%v), or the same as another", name, len(raw), err)
		}
		seen[value] = true
	}
	if result.Secrets == "" {
		return
	}
	info, err := os.Stat(result.Secrets)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v", result.Secrets, info.Mode(), err)
	}
}

// Two hubs never share a secret.
func TestInitSecretsAreFresh(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		file := filepath.Join(t.TempDir(), "leadhub.yaml")
		if _, err := hub.Init(hub.InitOptions{File: file, Receivers: []string{"prospektr"}}, testEnv()); err != nil {
			t.Fatal(err)
		}
		_, vars, _ := problemsWithEnv(t, file)
		if s := vars["PROSPEKTR_SECRET"]; s == "" || seen[s] {
			t.Errorf("secret %q is empty, or was made before", s)
		} else {
			seen[s] = true
		}
	}
}

// What goes wrong in the middle leaves nothing behind.
func TestInitTakesBackWhatItWrote(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "samples"), []byte("a file where a folder should be"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := hub.Init(hub.InitOptions{File: filepath.Join(dir, "leadhub.yaml"), Receivers: []string{"prospektr"}}, testEnv())
	if err == nil || !strings.Contains(err.Error(), "samples is a file, not a folder") {
		t.Errorf("Init: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "samples" {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	choices := []hub.InitChoice{{Kind: "alpha"}, {Kind: "home", Always: true}, {Kind: "beta"}, {Kind: "gamma"}}
	for _, c := range []struct {
		answer string
		want   []string
		wrong  string
	}{
		{"1", []string{"alpha"}, ""},
		{"2", []string{"beta"}, ""}, // what is there in any case has no number
		{"3, Alpha", []string{"alpha", "gamma"}, ""},
		{" gamma;beta  1 ", []string{"alpha", "beta", "gamma"}, ""},
		{"beta,beta,2", []string{"beta"}, ""},
		{"all", []string{"alpha", "beta", "gamma"}, ""},
		{"none", nil, ""},
		{"home", []string{"home"}, ""},
		{"4", nil, "there is no number 4: write 1 to 3, or names"},
		{"0", nil, "there is no number 0: write 1 to 3, or names"},
		{"-1", nil, "there is no number -1: write 1 to 3, or names"},
		{"gama", nil, `there is no vendor "gama"; did you mean "gamma"?`},
		{"zzzzzz", nil, `there is no vendor "zzzzzz": choose from alpha, home, beta, gamma`},
	} {
		got, err := choose(c.answer, choices, "vendor")
		message := ""
		if err != nil {
			message, got = err.Error(), nil
		}
		if message != c.wrong || !slices.Equal(got, c.want) {
			t.Errorf("choose(%q) = %q, %q; want %q, %q", c.answer, got, message, c.want, c.wrong)
		}
	}
}

func FuzzChoose(f *testing.F) {
	for _, s := range []string{"1,2", "all", "none", "alpha beta", "99999999999999999999", ",;", "\x00\xff"} {
		f.Add(s)
	}
	choices := []hub.InitChoice{{Kind: "alpha"}, {Kind: "home", Always: true}, {Kind: "beta"}}
	f.Fuzz(func(t *testing.T, answer string) {
		got, err := choose(answer, choices, "vendor")
		if err != nil {
			return
		}
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) || hub.InitKnown(got, choices, "vendor") != nil {
			t.Errorf("choose(%q) = %q", answer, got)
		}
	})
}

// A person at a terminal can answer again; answers that were piped in are not asked for twice.
func TestAskerUntil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		again    bool
		want     string
		err      error
		shown    string
	}{
		{"a good answer", "yes\n", true, "yes", nil, "? "},
		{"a wrong one first", "no\r\nyes\n", true, "yes", nil, "? write yes\n? "},
		{"piped, a wrong one", "no\nyes\n", false, "no", errWrong, "? \n"},
		{"without a last line break", "yes", false, "yes", nil, "? \n"},
		{"no answer", "", true, "", errAnswersEnded, "? \n"},
		{"no more answers", "no\n", true, "no", errAnswersEnded, "? write yes\n? \n"},
	} {
		var out bytes.Buffer
		ask := newAsker(strings.NewReader(c.in), &out, c.again)
		last := ""
		err := ask.until("? ", func(answer string) error {
			if last = answer; answer != "yes" {
				return errWrong
			}
			return nil
		})
		if !errors.Is(err, c.err) || last != c.want || out.String() != c.shown {
			t.Errorf("%s: %v, last %q, shown %q; want %v, %q, %q", c.name, err, last, out.String(), c.err, c.want, c.shown)
		}
	}
}

var errWrong = errors.New("write yes")

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"samples/x.body.json": "samples/x.body.json",
		"my hub":              "'my hub'",
		"it's":                `'it'\''s'`,
		"":                    "''",
		"$HOME":               "'$HOME'",
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", in, got, want)
		}
	}
}
