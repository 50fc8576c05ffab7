package hub

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

// InitOptions say what a new hub is for.
type InitOptions struct {
	// File is the configuration to write; .env is written beside it.
	File string
	// Receivers and Outputs are kinds, as in `type:`, each at most once. At least one
	// receiver; outputs that need no account are added by themselves.
	Receivers, Outputs []string
	// PublicURL is where vendors reach the hub: "https://hub.example.com". "": not known yet.
	PublicURL string
	// Timezone is an IANA name; "": UTC.
	Timezone string
}

// InitChoice is one kind that can be chosen.
type InitChoice struct {
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
	// Default: taken where the user says nothing.
	Default bool `json:"default"`
	// Always: it is among the outputs in any case.
	Always bool `json:"always,omitempty"`
}

// InitResult says what was written, and what is left to do.
type InitResult struct {
	File string `json:"file"`
	// Written are the files that were made. Secrets is the one with the secrets, "" if
	// nothing had to be written.
	Written []string `json:"written"`
	Secrets string   `json:"secrets,omitempty"`
	// Ignored are the lines that were added to the file Gitignore.
	Gitignore string   `json:"gitignore,omitempty"`
	Ignored   []string `json:"ignored,omitempty"`
	// Receivers and Outputs say what to do outside of the hub.
	Receivers []InitSteps `json:"receivers"`
	Outputs   []InitSteps `json:"outputs"`
	// Missing are the variables of .env that only the user has.
	Missing []string `json:"missing"`
	// Samples are payloads to try the hub out with.
	Samples []string `json:"samples"`
	Notes   []string `json:"notes,omitempty"`
}

// InitSteps are what is to be done for one entry of the configuration.
type InitSteps struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	URL   string `json:"url,omitempty"` // what to paste into the vendor's settings
	// Steps are in order. A step of several lines is a command from its second line on.
	Steps []string `json:"steps"`
}

// PlaceholderURL stands for the hub's public address where it is not known yet.
const PlaceholderURL = "https://hub.example.com"

// InitReceivers lists the vendors that can be chosen. The default is the first one
// for which a hub can make every secret itself: it works at once.
func InitReceivers(kinds config.Kinds) []InitChoice {
	var choices []InitChoice
	found := false
	for _, k := range kinds.Receivers {
		if k.Guide.Example == "" {
			continue
		}
		first := !found && k.Guide.Complete()
		found = found || first
		choices = append(choices, InitChoice{Kind: k.Name, Summary: k.Summary, Default: first})
	}
	return choices
}

// InitOutputs lists the outputs that can be chosen.
func InitOutputs(kinds config.Kinds) []InitChoice {
	var choices []InitChoice
	for _, k := range kinds.Outputs {
		if k.Guide.Example != "" {
			choices = append(choices, InitChoice{Kind: k.Name, Summary: k.Summary, Always: k.Guide.Home})
		}
	}
	return choices
}

// entry is one entry of the configuration to write.
type entry struct {
	kind  string
	guide plugin.Guide
}

// starter is a configuration to write.
type starter struct {
	options   InitOptions
	receivers []entry
	outputs   []entry // those with Home last
	// vendors says, by output, which type of receiver its leads come back through.
	vendors map[string]string
}

// Init writes a first configuration, its secrets and a sample payload per vendor.
// It changes no file that is there already, but for adding lines to .gitignore in
// a git checkout; where it fails, it leaves nothing behind. A choice that is not
// possible is a *UsageError.
func Init(o InitOptions, env Env) (*InitResult, error) {
	s, err := newStarter(o, env)
	if err != nil {
		return nil, err
	}
	plan, err := planFiles(s, env)
	if err != nil {
		return nil, err
	}
	text, err := s.checked(env)
	if err != nil {
		return nil, err
	}
	if err := plan.write(s, text); err != nil {
		return nil, err
	}
	return s.result(plan, env), nil
}

func newStarter(o InitOptions, env Env) (*starter, error) {
	s := &starter{options: o}
	s.options.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Timezone == "" {
		s.options.Timezone = "UTC"
	}
	for _, k := range env.Kinds.Receivers {
		if slices.Contains(o.Receivers, k.Name) {
			s.receivers = append(s.receivers, entry{k.Name, k.Guide})
		}
	}
	var homes []entry
	for _, k := range env.Kinds.Outputs {
		switch {
		case k.Guide.Home:
			homes = append(homes, entry{k.Name, k.Guide})
		case slices.Contains(o.Outputs, k.Name):
			s.outputs = append(s.outputs, entry{k.Name, k.Guide})
		}
	}
	s.outputs = append(s.outputs, homes...)
	if err := InitKnown(o.Receivers, InitReceivers(env.Kinds), "vendor"); err != nil {
		return nil, err
	}
	if err := InitKnown(o.Outputs, InitOutputs(env.Kinds), "output"); err != nil {
		return nil, err
	}
	if len(s.receivers) == 0 {
		return nil, usagef("a hub needs at least one vendor: %s", kindsOf(InitReceivers(env.Kinds)))
	}
	if err := CheckTimezone(s.options.Timezone, env); err != nil {
		return nil, err
	}
	return s, CheckPublicURL(s.options.PublicURL)
}

// InitKnown says which of the chosen kinds there is not, as a *UsageError.
func InitKnown(chosen []string, choices []InitChoice, noun string) error {
	for _, c := range chosen {
		if slices.ContainsFunc(choices, func(x InitChoice) bool { return x.Kind == c }) {
			continue
		}
		all := kindsOf(choices)
		if near := Nearest(c, strings.Split(all, ", ")); near != "" {
			return usagef("there is no %s %q; did you mean %q?", noun, c, near)
		}
		return usagef("there is no %s %q: choose from %s", noun, c, all)
	}
	return nil
}

func kindsOf(choices []InitChoice) string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Kind
	}
	return strings.Join(names, ", ")
}

// CheckTimezone says what is wrong with a time zone, as a *UsageError.
func CheckTimezone(name string, env Env) error {
	source := "version: 1\ntimezone: " + strconv.Quote(name) + "\n"
	_, problems := config.Parse("leadhub.yaml", []byte(source), env.Kinds, config.Options{Offline: true})
	for _, p := range problems {
		if p.Line == 2 && p.Severity == plugin.SeverityError {
			return usagef("%s: %s", p.Message, p.Suggestion)
		}
	}
	return nil
}

// CheckPublicURL says what is wrong with the address under which vendors reach a
// hub, as a *UsageError. "" is fine: it is not known yet.
func CheckPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(text, " \t\"\\"):
		return usagef("%q is not the address of a hub: write it like %s", text, PlaceholderURL)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return usagef("the hub's address has no user, ? or # in it: write it like %s", PlaceholderURL)
	}
	return nil
}

// checked returns the configuration. One with mistakes, which would be ours, is an error.
func (s *starter) checked(env Env) (string, error) {
	c, err := s.parse(s.yaml(), env)
	if err != nil {
		return "", err
	}
	// Which outputs lead back to a vendor, only the outputs themselves know.
	s.vendors = map[string]string{}
	for _, o := range c.Outputs {
		s.vendors[o.Name] = o.Traits().Vendor
	}
	text := s.yaml()
	_, err = s.parse(text, env)
	return text, err
}

func (s *starter) parse(text string, env Env) (*config.Config, error) {
	c, problems := config.Parse(s.options.File, []byte(text), env.Kinds, config.Options{Offline: true, Now: env.Now, Logger: env.Logger})
	for _, p := range problems {
		if p.Severity == plugin.SeverityError {
			return nil, fmt.Errorf("the configuration that leadhub would write has a mistake, which is ours; nothing was written: %s", p)
		}
	}
	return c, nil
}

// variables are the variables of the configuration, in the order of its entries.
func (s *starter) variables() []variableOf {
	var all []variableOf
	seen := map[string]bool{}
	for _, e := range slices.Concat(s.receivers, s.outputs) {
		for _, v := range e.guide.Variables {
			if !seen[v.Name] {
				seen[v.Name] = true
				all = append(all, variableOf{v, e.guide.Title})
			}
		}
	}
	return all
}

type variableOf struct {
	plugin.Variable
	title string
}

// result says what to do now that the files are written.
func (s *starter) result(plan *filePlan, env Env) *InitResult {
	r := &InitResult{
		File: s.options.File, Written: plan.written, Gitignore: plan.gitignore, Ignored: plan.ignored,
		Receivers: []InitSteps{}, Outputs: []InitSteps{}, Missing: []string{}, Samples: plan.samples, Notes: plan.notes,
	}
	if len(plan.secrets) > 0 {
		r.Secrets = plan.secretsFile
	}
	base := s.options.PublicURL
	if base == "" {
		base = PlaceholderURL
	}
	for _, e := range s.receivers {
		address := base + pathOf(e.guide.Example)
		r.Receivers = append(r.Receivers, InitSteps{
			Name: e.guide.Entry(), Kind: e.kind, Title: e.guide.Title, URL: address,
			Steps: e.guide.Steps(map[string]string{"url": address}),
		})
	}
	for _, e := range s.outputs {
		r.Outputs = append(r.Outputs, InitSteps{Name: e.guide.Entry(), Kind: e.kind, Title: e.guide.Title, Steps: e.guide.Steps(nil)})
	}
	for _, v := range s.variables() {
		_, inEnvironment := env.LookupEnv(v.Name)
		_, inFile := plan.have[v.Name]
		switch {
		case v.Make == plugin.MakeNone && !inEnvironment && !inFile:
			r.Missing = append(r.Missing, v.Name)
		case inEnvironment && !inFile:
			r.Notes = append(r.Notes, v.Name+" is set in the environment, too: that value counts, not the one in .env")
		}
	}
	return r
}

// pathOf is the value of `path:` in an example of a receiver.
func pathOf(example string) string {
	for line := range strings.Lines(example) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "path: "); ok {
			path, _, _ = strings.Cut(path, " ")
			return path
		}
	}
	return ""
}

// notWritable says in one line why a file or folder cannot be made, and what to do.
func notWritable(path string, err error) error {
	dir := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not write in %s: choose another folder, as in leadhub init my-hub", dir)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and leadhub does not change it: choose another folder, as in leadhub init my-hub", path)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("%s cannot be written: %w: choose another folder, as in leadhub init my-hub", path, err)
}

// secret makes a fresh value. Its text comes from 32 bytes of the system's
// random numbers.
func secret(how plugin.Make) string {
	raw := make([]byte, secretSize)
	_, _ = rand.Read(raw) // never fails: it ends the program where there is no randomness
	return secretText(how, raw)
}
