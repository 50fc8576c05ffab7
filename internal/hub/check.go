package hub

import (
	"fmt"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

// CheckResult is everything `leadhub check` found in a configuration file.
type CheckResult struct {
	File     string `json:"file"`
	OK       bool   `json:"ok"` // no errors; there may be warnings
	Errors   int    `json:"errors"`
	Warnings int    `json:"warnings"`
	// Problems are in the order of the file, errors before warnings.
	Problems []plugin.Problem `json:"problems"`
	// Receivers, Outputs and Routes count what a good file holds; 0 otherwise.
	Receivers int    `json:"receivers"`
	Outputs   int    `json:"outputs"`
	Routes    int    `json:"routes"`
	Hash      string `json:"hash,omitempty"` // names this configuration in decisions
}

// Check reads a configuration file and says what is wrong in it. Secrets need
// not be set. The error is for a file that cannot be read at all.
func Check(file string, env Env) (*CheckResult, error) {
	c, _, problems, err := load(file, env, true)
	if err != nil {
		return nil, err
	}
	r := &CheckResult{File: file, Problems: []plugin.Problem{}}
	for _, want := range []plugin.Severity{plugin.SeverityError, plugin.SeverityWarning} {
		for _, p := range problems {
			if p.Severity == want {
				r.Problems = append(r.Problems, p)
			}
		}
	}
	for _, p := range r.Problems {
		if p.Severity == plugin.SeverityError {
			r.Errors++
		} else {
			r.Warnings++
		}
	}
	r.OK = r.Errors == 0
	if c != nil {
		r.describe(c)
	}
	return r, nil
}

func (r *CheckResult) describe(c *config.Config) {
	r.Receivers = len(c.Receivers)
	r.Outputs = len(c.Outputs)
	r.Routes = len(c.Routes.Routes)
	r.Hash = c.Hash
}

// Summary is the closing line for people.
func (r *CheckResult) Summary() string {
	holds := fmt.Sprintf("%s, %s, %s", count(r.Receivers, "receiver"), count(r.Outputs, "output"), count(r.Routes, "route"))
	switch {
	case r.Errors > 0 && r.Warnings > 0:
		return count(r.Errors, "error") + ", " + count(r.Warnings, "warning")
	case r.Errors > 0:
		return count(r.Errors, "error")
	case r.Warnings > 0:
		return fmt.Sprintf("%s works, with %s: %s", r.File, count(r.Warnings, "warning"), holds)
	default:
		return fmt.Sprintf("%s is fine: %s", r.File, holds)
	}
}
