// Package config loads and checks leadhub's configuration file. It knows no
// vendor and no output: their kinds are handed in.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"slices"
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
	// Cleaners clean the keys of tables as leads are cleaned, by kind ("domain"). A
	// kind without one is compared as a text.
	Cleaners map[string]func(string) (string, bool)
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
	// Build identifies the program that decides (its version or a hash of it): another
	// build may decide otherwise, so it is part of Config.Hash.
	Build string
	// LooseLists makes a list that cannot be used a warning, and a table unknown: for
	// commands that look at what a hub did, which goes on with its last good version.
	LooseLists bool
	// Kept, if not nil, names the versions of the lists that decided, for reading a
	// configuration that was kept. A table that has another version now is unknown:
	// what it holds is missing. Nothing is said about the lists' files.
	Kept *Versions
}

// Config is a loaded configuration. It is immutable.
type Config struct {
	File     string // as given
	Source   []byte // the file's bytes, variables not expanded
	Hash     string // 16 hex digits over Source, the build and Versions: names the configuration that decided
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
	// Data holds the tables and calendars, Versions what they hold.
	Data     *rules.Data
	Versions Versions

	build string
	lists []list
}

// Server is the `server:` section.
type Server struct {
	Listen  string // ":8080"
	Admin   string // "127.0.0.1:8081"; port 0 is any free one, which commands on the same machine find
	MaxBody int    // bytes; default 1 MiB
	// PublicURL is where people reach the hub's pages, without a slash at its end; "" if there is none.
	PublicURL string
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Store is the `store:` section.
type Store struct {
	URL string // "sqlite://data/leadhub.db": a path relative to the file
	// Path is the database file of a sqlite URL, absolute or relative to the working
	// directory. Both are "" where the URL needs a variable that is not set (Offline only).
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
	// Sends are the entries of all `to:` that name the output, in the order of the
	// file, where one of them says how what it sends there looks; nil otherwise.
	Sends []Send
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

// maxFile bounds the size of a configuration file.
const maxFile = 4 << 20

// Load reads and checks a configuration file. It returns every problem it finds,
// in the order of the file. The Config is nil if one of them is an error.
// The error is for a file that cannot be read at all.
func Load(file string, kinds Kinds, opts Options) (*Config, []plugin.Problem, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, err
	}
	c, problems := Parse(file, raw, kinds, opts)
	return c, problems, nil
}

// Parse checks the bytes of a configuration file, one just read or one kept
// earlier. name is its path: it stands in the problems, and relative paths in the
// file start at its folder.
//
// Unless opts.Offline is set, the outputs of the returned Config may hold files
// and connections: Close them when they are no longer needed.
func Parse(name string, source []byte, kinds Kinds, opts Options) (*Config, []plugin.Problem) {
	if opts.Getenv == nil {
		opts.Getenv = func(string) (string, bool) { return "", false }
	}
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Unix(0, 0).UTC() }
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return parse(name, source, kinds, opts)
}

// Hash names a configuration: 16 hex digits over the file as written, the build
// and the versions of the lists.
func Hash(source []byte, build string, lists Versions) string {
	h := sha256.New()
	h.Write([]byte(build))
	h.Write([]byte{0})
	h.Write(source)
	for i, m := range []map[string]string{lists.Tables, lists.Calendars} {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			h.Write([]byte{0, byte(i)})
			h.Write([]byte(name + "@" + m[name]))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Receiver returns the receiver of that name, nil if there is none.
func (c *Config) Receiver(name string) *Receiver {
	for i := range c.Receivers {
		if c.Receivers[i].Name == name {
			return &c.Receivers[i]
		}
	}
	return nil
}

// Close closes every output that holds something open. Call it once, after the
// last Send returned.
func (c *Config) Close() error {
	var errs []error
	for _, o := range c.Outputs {
		if closer, ok := o.Output.(outputs.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}
