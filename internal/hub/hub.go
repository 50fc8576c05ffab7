// Package hub holds one function for every action a user can take: check,
// explain, send, list, show, prove. Commands and pages are thin over it: it
// returns data with JSON tags, they print it.
package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

// Env is what the actions use from outside. Every field is set.
type Env struct {
	// Kinds are the vendors and outputs this binary knows.
	Kinds config.Kinds
	// Build is the program's version: it is part of a configuration's hash.
	Build string
	// LookupEnv reads the process's environment. It wins over the .env file.
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	Logger    *slog.Logger
	// Hub, if not nil, is the hub elsewhere that is looked at and acted on (--hub).
	Hub *Remote

	// current, in the process of a running hub, is the configuration at work.
	current *atomic.Pointer[opened]
	// atWork, if not nil, is that configuration with its lists as they are now.
	atWork func() *config.Config
	// Client posts for Send.
	Client *http.Client
	// Samples holds captured payloads, as testdata/<kind>/<name>.body.json, for Init;
	// nil: there are none.
	Samples fs.FS
}

// UsageError is a request that was put wrongly: an unknown word, an id of no
// known form. Its message is one line that says what to write instead.
type UsageError struct{ Message string }

// Error returns the message.
func (e *UsageError) Error() string { return e.Message }

func usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// ErrNotThere is in the errors about an event, a lead or a delivery that is not there.
var ErrNotThere = errors.New("not there")

// notThere is such an error, in one line that says what to do.
type notThere struct{ message string }

// Error returns the message.
func (e *notThere) Error() string { return e.message }

// Is says that this is an ErrNotThere.
func (e *notThere) Is(target error) bool { return target == ErrNotThere }

func notTheref(format string, args ...any) error {
	return &notThere{fmt.Sprintf(format, args...)}
}

// ProblemsError is a configuration that has errors. `leadhub check` lists them.
type ProblemsError struct {
	File     string
	Problems []plugin.Problem
}

// Error names the first error and says how to see the others.
func (e *ProblemsError) Error() string {
	first, n := "", 0
	for _, p := range e.Problems {
		if p.Severity != plugin.SeverityError {
			continue
		}
		if n == 0 {
			first = p.String()
		}
		n++
	}
	if n <= 1 {
		return first
	}
	return fmt.Sprintf("%s (and %s more: run leadhub check %s)", first, count(n-1, "error"), e.File)
}

// opened is a good configuration with how its variables are looked up.
type opened struct {
	*config.Config
	lookup   func(string) (string, bool)
	warnings []plugin.Problem
}

// open loads a configuration for an action that needs a good one. Offline is for
// actions that only look: secrets may then be unset. Errors in the file come back
// as a *ProblemsError.
func open(file string, env Env, offline bool) (*opened, error) {
	return openWith(file, env, config.Options{Offline: offline})
}

// openToLook is open for an action that looks at what the hub did, or acts on that:
// a list that cannot be used now must not keep anyone from it.
func openToLook(file string, env Env) (*opened, error) {
	return openWith(file, env, config.Options{Offline: true, LooseLists: true})
}

func openWith(file string, env Env, opts config.Options) (*opened, error) {
	if env.current != nil && opts.Offline {
		c := *env.current.Load()
		if env.atWork != nil {
			c.Config = env.atWork()
		}
		return &c, nil
	}
	c, lookup, problems, err := loadWith(file, env, opts)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &ProblemsError{File: file, Problems: problems}
	}
	return &opened{Config: c, lookup: lookup, warnings: problems}, nil
}

// load reads the .env file beside the configuration, if there is one, and the
// configuration. The process's environment wins over the .env file.
func load(file string, env Env, offline bool) (*config.Config, func(string) (string, bool), []plugin.Problem, error) {
	return loadWith(file, env, config.Options{Offline: offline})
}

// loadWith is load with what opts say beside what comes from env.
func loadWith(file string, env Env, opts config.Options) (*config.Config, func(string) (string, bool), []plugin.Problem, error) {
	if err := readable(file, "leadhub.yaml"); err != nil {
		return nil, nil, nil, err
	}
	lookup, problems, err := variables(file, env)
	if err != nil {
		return nil, nil, nil, err
	}
	opts.Getenv, opts.Now, opts.Logger, opts.Build = lookup, env.Now, env.Logger, env.Build
	c, more, err := config.Load(file, env.Kinds, opts)
	if err != nil {
		return nil, nil, nil, err
	}
	broken := slices.ContainsFunc(problems, func(p plugin.Problem) bool { return p.Severity == plugin.SeverityError })
	if broken && c != nil {
		err := c.Close()
		return nil, lookup, append(problems, more...), err
	}
	return c, lookup, append(problems, more...), nil
}

// variables looks up in the process's environment, then in the .env file beside
// the configuration, if there is one.
func variables(file string, env Env) (func(string) (string, bool), []plugin.Problem, error) {
	vars, problems, err := config.LoadDotEnv(filepath.Join(filepath.Dir(file), ".env"))
	if err != nil {
		return nil, nil, err
	}
	return func(name string) (string, bool) {
		if v, ok := env.LookupEnv(name); ok {
			return v, true
		}
		v, ok := vars[name]
		return v, ok
	}, problems, nil
}

// readable says in one line why a file cannot be read and what to do, or nil.
// usual is the name of the configuration file where file is one, else "".
func readable(file, usual string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && usual != "" && file == usual:
		return fmt.Errorf("there is no %s in this folder: go to the folder that has it, name it with -c FILE, or make one with leadhub init", usual)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such file: look at the spelling and the folder", file)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: this user may not read it: change the file's permissions", file)
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	case info.IsDir() && usual != "":
		return fmt.Errorf("%s is a folder: name the file in it, as in %s", file, filepath.Join(file, usual))
	case info.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", file)
	}
	return nil
}

// count is "1 error", "2 errors".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun[len(noun)-1] == 'y':
		return fmt.Sprintf("%d %sies", n, noun[:len(noun)-1])
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}
