// Package config loads and checks leadhub's configuration file. It knows no
// vendor and no output: their kinds are handed in.
package config

import (
	"log/slog"
	"net/http"
	"time"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
	"leadhub/transforms"
)

// Kinds are the kinds of receivers and outputs that this binary holds.
type Kinds struct {
	Receivers []receivers.Kind
	Outputs   []outputs.Kind
	// Transforms returns the chain of cleaning steps for the configured bands.
	Transforms func(transforms.Bands) transforms.Chain
}

// Options say how to load.
type Options struct {
	// Getenv looks a variable up; it returns false where it is not set.
	Getenv func(string) (string, bool)
	// Offline is for commands that only look: an unset variable is a warning,
	// and nothing is opened.
	Offline bool
	Now     func() time.Time
	Logger  *slog.Logger
	// Transport replaces every output's HTTP transport, for tests; nil otherwise.
	Transport http.RoundTripper
}

// Config is a loaded configuration. It is immutable.
type Config struct {
	File     string // as given
	Source   []byte // the file's bytes, variables not expanded
	Hash     string // 16 hex digits over Source and the build: names the configuration that decided
	Timezone *time.Location
	Server   Server
	Store    Store
	// Receivers and Outputs are in the file's order.
	Receivers []Receiver
	Outputs   []Output
	Bands     transforms.Bands
	Chain     transforms.Chain
	Routes    *routes.Table
	Rules     *rules.Compiler
}

// Server is the `server:` section.
type Server struct {
	Listen  string // ":8080"
	Admin   string // "127.0.0.1:8081"
	MaxBody int    // bytes; default 1 MiB
}

// Store is the `store:` section.
type Store struct {
	URL string // "sqlite://data/leadhub.db": a path relative to the file
	// Path is the database file of a sqlite URL, absolute or relative to the working directory.
	Path string
}

// Receiver is one entry of `receivers:`.
type Receiver struct {
	Name string
	Type string
	Path string
	receivers.Receiver
}

// Output is one entry of `outputs:`.
type Output struct {
	Name string
	Type string
	outputs.Output
	Policy Policy
}

// Policy holds the keys that every output has beside its own.
type Policy struct {
	Concurrency int             // sends in flight at most; ≥ 1
	PerSecond   float64         // sends per second at most; 0: no limit
	Timeout     time.Duration   // of one send; ≤ 12 s, default 10 s
	Retry       []time.Duration // waits between attempts; the last one repeats
	GiveUpAfter time.Duration   // from the first attempt, paused time not counted; default 72 h
	OnUpdate    outputs.OnUpdate
	// ParkAmbiguous: an attempt of unknown outcome waits for a person instead of
	// being repeated (`on_ambiguous: park`).
	ParkAmbiguous bool
}

// Load reads and checks a configuration file. It returns every problem it finds,
// in the order of the file. The Config is nil if one of them is an error.
// The error is for a file that cannot be read at all.
func Load(file string, kinds Kinds, opts Options) (*Config, []plugin.Problem, error) {
	return load(file, kinds, opts)
}
