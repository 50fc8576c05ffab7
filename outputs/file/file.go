// Package file delivers leads and notices as JSON lines, to a file or to standard
// output.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// Kind is the kind of output that appends to a file.
var Kind = plugin.Define("file", "append each lead as a line of JSON to a file", func() Config { return Config{} }, buildFile).With(fileGuide())

// StdoutKind is the kind of output that writes to standard output.
var StdoutKind = plugin.Define("stdout", "write each lead as a line of JSON to standard output", func() StdoutConfig { return StdoutConfig{} }, buildStdout).With(stdoutGuide())

// Config is the block of a `file` output.
type Config struct {
	Path string `yaml:"path" doc:"the file, relative to the configuration file; it and its folder are created"`
}

// StdoutConfig is the block of a `stdout` output, which has no keys of its own.
type StdoutConfig struct{}

const (
	// concurrency lets many sends share one fsync.
	concurrency = 32
	fileMode    = 0o600 // leads are personal data
	folderMode  = 0o700
)

// lines renders and sends for both kinds.
type lines struct {
	name     string
	kind     string
	writer   *writer
	encoders outputs.Encoders
}

func buildFile(c Config, deps plugin.Deps) (outputs.Output, error) {
	if c.Path == "" {
		return nil, &plugin.FieldError{Field: "path", Message: "missing", Suggestion: "for example data/leads.jsonl"}
	}
	path := c.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(deps.Dir, path)
	}
	if !deps.Offline {
		// Said at the start rather than with the first lead.
		if err := probe(path); err != nil {
			return nil, &plugin.FieldError{Field: "path", Message: "the file cannot be written: " + reason(err), Suggestion: "check the folder's owner and rights"}
		}
	}
	return &fileOutput{lines: lines{name: deps.Name, kind: "file", writer: newWriter(&diskFile{path: path})}, path: path}, nil
}

func buildStdout(_ StdoutConfig, deps plugin.Deps) (outputs.Output, error) {
	return &stdoutOutput{lines{name: deps.Name, kind: "stdout", writer: newWriter(stream{os.Stdout})}}, nil
}

// Traits says that a line is added for every send: a repeat shows.
func (*lines) Traits() outputs.Traits {
	return outputs.Traits{
		OnUpdate:    outputs.UpdateSend,
		Updates:     []outputs.OnUpdate{outputs.UpdateSend, outputs.UpdateIgnore},
		Concurrency: concurrency,
	}
}

// CheckTarget refuses every target.
func (o *lines) CheckTarget(target string) error {
	if target == "" {
		return nil
	}
	return fmt.Errorf("the %s output %s writes to one place: write `- %s` without %q behind it", o.kind, o.name, o.name, target)
}

// Render makes the line, without its line break.
func (o *lines) Render(d *outputs.Delivery) (*outputs.Request, error) {
	envelope, err := outputs.NewEnvelope(d)
	if err != nil {
		return nil, err
	}
	body, err := o.encoders.Marshal(envelope)
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	return &outputs.Request{Body: body}, nil
}

// Send appends the line. For a file it returns after the line is on the disk.
func (o *lines) Send(ctx context.Context, _ *outputs.Delivery, r *outputs.Request) (outputs.Receipt, error) {
	return outputs.Receipt{}, o.writer.append(ctx, r.Body)
}

// Close waits for what is being written, and closes the file.
func (o *lines) Close() error { return o.writer.close() }

// fileOutput appends to a file, and can look into it.
type fileOutput struct {
	lines
	path string
}

// Verify opens the file for writing and closes it again. Where it is not there, it
// is made.
func (o *fileOutput) Verify(context.Context) error {
	if err := probe(o.path); err != nil {
		return outputs.Pause(&plugin.FieldError{Field: "path", Message: "the file cannot be written: " + reason(err), Suggestion: "check the folder's owner and rights"})
	}
	return nil
}

// Find looks for the delivery in the last part of the file.
func (o *fileOutput) Find(ctx context.Context, d *outputs.Delivery) (outputs.Receipt, bool, error) {
	found, err := findLine(ctx, o.path, d.ID)
	return outputs.Receipt{AlreadyThere: found}, found, err
}

// stdoutOutput writes to standard output.
type stdoutOutput struct{ lines }

// probe makes the file, or opens it, and closes it again.
func probe(path string) error {
	f, err := openAppend(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// reason is an error of the file system without the path, which the reader has
// before him and which may be long.
func reason(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
