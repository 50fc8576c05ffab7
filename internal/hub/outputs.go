package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
	"leadhub/internal/store"
	"leadhub/outputs"
	"leadhub/routes"
)

// OutputItem is one configured output.
type OutputItem struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Routes send to it: the entries of `routes`, then `tests`, then those of
	// `notices`, each with the target it names.
	Routes []OutputRoute `json:"routes"`
	// Pauses say that it, or one of its targets, waits; none where there is no database yet.
	Pauses []OutputPause `json:"pauses,omitempty"`
	// CanVerify: `leadhub outputs verify` can ask the target.
	CanVerify bool `json:"can_verify"`
}

// OutputRoute is an entry of a `to:`.
type OutputRoute struct {
	Route  string `json:"route"`
	Target string `json:"target,omitempty"`
}

// OutputPause is a pause of an output or of one target of it.
type OutputPause struct {
	Target string    `json:"target,omitempty"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// ListOutputs lists the outputs of the configuration, in its order.
func ListOutputs(ctx context.Context, configFile string, env Env) ([]OutputItem, error) {
	if env.Hub != nil {
		return env.Hub.listOutputs(ctx)
	}
	c, err := open(configFile, env, true)
	if err != nil {
		return nil, err
	}
	pauses, err := pausesOf(ctx, c, env)
	if err != nil {
		return nil, err
	}
	list := make([]OutputItem, 0, len(c.Outputs))
	for _, o := range c.Outputs {
		_, verifies := o.Output.(outputs.Verifier)
		item := OutputItem{Name: o.Name, Type: o.Type, Routes: routesTo(c.Config, o.Name), CanVerify: verifies}
		for _, p := range pauses {
			if p.Output == o.Name {
				item.Pauses = append(item.Pauses, OutputPause{Target: p.Target, Since: p.Since, Reason: p.Reason})
			}
		}
		list = append(list, item)
	}
	return list, nil
}

// pausesOf reads the pauses; none where the hub has not run yet.
func pausesOf(ctx context.Context, c *opened, env Env) ([]store.Pause, error) {
	if c.Store.Path == "" {
		return nil, nil
	}
	s, err := store.OpenReader(ctx, c.Store.Path, store.Options{Now: env.Now, Logger: env.Logger, HubName: "reader"})
	if errors.Is(err, store.ErrNoDatabase) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read as leadhub's database: %w", c.Store.Path, err)
	}
	defer s.Close()
	return s.Pauses(ctx)
}

func routesTo(c *config.Config, output string) []OutputRoute {
	list := []OutputRoute{}
	add := func(name string, to []routes.Target) {
		for _, t := range to {
			if t.Output == output {
				list = append(list, OutputRoute{Route: name, Target: t.Target})
			}
		}
	}
	for i := range c.Routes.Routes {
		add(c.Routes.Routes[i].Name, c.Routes.Routes[i].To)
	}
	if c.Routes.Tests != nil {
		add(routes.TestsName, c.Routes.Tests.To)
	}
	for i := range c.Routes.Notices {
		add(c.Routes.Notices[i].Name, c.Routes.Notices[i].To)
	}
	return list
}

// VerifyResult is what checking one output found.
type VerifyResult struct {
	Output string `json:"output"`
	Type   string `json:"type"`
	OK     bool   `json:"ok"`
	// Checked: the target was asked. An output that cannot be asked without sending
	// something is OK and not Checked.
	Checked bool `json:"checked"`
	// Problems are what to mend; with OK they are warnings.
	Problems []VerifyProblem `json:"problems"`
	Ms       int64           `json:"ms"`
}

// VerifyProblem is one thing to mend.
type VerifyProblem struct {
	Key        string `json:"key,omitempty"` // of the output's block: token
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
	Warning    bool   `json:"warning,omitempty"`
}

// verifyTimeout bounds asking one target.
const verifyTimeout = 15 * time.Second

// VerifyOutputs asks the targets of the named outputs whether deliveries would go
// through, without delivering anything; no names: of all outputs.
func VerifyOutputs(ctx context.Context, configFile string, names []string, env Env) ([]VerifyResult, error) {
	if env.Hub != nil {
		return env.Hub.verifyOutputs(ctx, names)
	}
	c, err := open(configFile, env, true)
	if err != nil {
		return nil, err
	}
	known := outputNames(c.Config)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, &UsageError{Message: unknown("output", name, known)}
		}
	}
	if len(names) == 0 {
		names = known
	}
	results := make([]VerifyResult, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { results[i] = verifyOutput(ctx, c, outputNamed(c.Config, name), env) })
	}
	wg.Wait()
	if env.current != nil {
		return results, nil // the configuration is the running hub's, which goes on with it
	}
	return results, c.Close()
}

func verifyOutput(ctx context.Context, c *opened, o *config.Output, env Env) VerifyResult {
	r := VerifyResult{Output: o.Name, Type: o.Type, OK: true, Problems: []VerifyProblem{}}
	if unset := unsetIn(c.Source, "outputs", o.Name, c.lookup); len(unset) > 0 {
		r.OK = false
		r.Problems = append(r.Problems, VerifyProblem{Message: areNotSet(unset), Suggestion: "set it in the .env file beside " + c.File})
		return r
	}
	v, ok := o.Output.(outputs.Verifier)
	if !ok {
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	began := env.Now()
	err := v.Verify(ctx)
	r.Checked, r.Ms = true, env.Now().Sub(began).Milliseconds()
	fields, rest := verifyErrors(err)
	for _, f := range fields {
		r.Problems = append(r.Problems, VerifyProblem{Key: f.Field, Message: f.Message, Suggestion: f.Suggestion, Warning: f.Warning})
		r.OK = r.OK && f.Warning
	}
	if rest != nil {
		r.OK = false
		message := rest.Error()
		if errors.Is(rest, context.DeadlineExceeded) {
			message = "no answer within " + plugin.Duration(verifyTimeout).String()
		}
		r.Problems = append(r.Problems, VerifyProblem{Message: message})
	}
	slices.SortStableFunc(r.Problems, func(a, b VerifyProblem) int { // errors first
		return cmp.Compare(btoi(a.Warning), btoi(b.Warning))
	})
	return r
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// verifyErrors takes the complaints out of an error, whatever instruction is around them.
func verifyErrors(err error) (fields []*plugin.FieldError, rest error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			f, r := verifyErrors(one)
			fields, rest = append(fields, f...), errors.Join(rest, r)
		}
		return fields, rest
	}
	if e, ok := errors.AsType[*outputs.Error](err); ok && e.Err != nil {
		return verifyErrors(e.Err)
	}
	return plugin.FieldErrors(err)
}

// Summary says in a line what was found, the worst first.
func (r *VerifyResult) Summary() string {
	switch {
	case !r.OK:
		return r.Problems[0].String()
	case len(r.Problems) > 0:
		return "usable, but " + r.Problems[0].String()
	case !r.Checked:
		return "its settings are right; whether the target takes them shows the first delivery"
	default:
		return "all is right that can be checked without sending"
	}
}

// String says what is wrong and what to do.
func (p *VerifyProblem) String() string {
	s := p.Message
	if p.Key != "" && !strings.Contains(s, p.Key) {
		s = p.Key + ": " + s
	}
	if p.Suggestion != "" {
		s += ": " + p.Suggestion
	}
	return s
}
