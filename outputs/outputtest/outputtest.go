// Package outputtest is the contract that every kind of output passes, and the
// tools to write one: a scripted HTTP target and sample deliveries. Only tests
// import it.
package outputtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs"
)

// Contract says how one kind of output is tried out, or one form of it.
type Contract struct {
	Kind outputs.Kind
	// New starts a fresh stand-in for the target.
	New func(t *testing.T) *Instance
}

// Instance is a stand-in for a target, and how to configure the output for it.
type Instance struct {
	// Config returns the output's block in YAML, without the keys every output has.
	// base is the address to use: Target.URL, or another one; private is whether
	// the block allows private addresses.
	Config func(base string, private bool) string
	Dir    string   // Deps.Dir; "" for a fresh folder
	Target *Target  // nil: the target is not reached over HTTP
	Good   []string // targets a route may name; the first one is used
	Bad    []string // targets it may not name
	// Secrets must not be seen in anything the output returns.
	Secrets []string
	// Delivered returns the IDs of the deliveries that the target holds, repeats included.
	Delivered func() []string
	// Status says what a status with an empty body means; nil: DefaultStatus.
	Status func(status int) Expect
	// Unread says what a success means whose body never ends; the zero value is delivered.
	Unread Expect
}

// Expect is how a Send ends: with nil, or with an instruction.
type Expect struct {
	Fails       bool
	Instruction outputs.Instruction
}

// Fails returns the Expect of a Send that ends with an instruction.
func Fails(i outputs.Instruction) Expect { return Expect{Fails: true, Instruction: i} }

// String says it for test output.
func (e Expect) String() string {
	if !e.Fails {
		return "delivered"
	}
	return e.Instruction.String()
}

// Got returns what a Send ended with.
func Got(err error) Expect {
	if err == nil {
		return Expect{}
	}
	i, _, _ := outputs.InstructionOf(err)
	return Fails(i)
}

// DefaultStatus is what a status means where the target says nothing else.
func DefaultStatus(status int) Expect {
	switch {
	case status >= 200 && status < 300:
		return Expect{}
	case status == 401, status == 402, status == 403, status == 407:
		return Fails(outputs.InstructPause)
	case status == 410:
		return Fails(outputs.InstructDisable)
	case status == 408, status == 425, status == 429, status >= 500:
		return Fails(outputs.InstructRetry)
	default:
		return Fails(outputs.InstructRefused)
	}
}

// Build decodes the YAML as strictly as the product does and builds the output.
// The clock stands at Now.
func Build(t testing.TB, kind outputs.Kind, block, dir string) (outputs.Output, error) {
	t.Helper()
	config := kind.Config()
	if err := yaml.Load([]byte(block), config, yaml.WithKnownFields()); err != nil {
		t.Fatalf("%s: %v\n%s", kind.Name, err, block)
	}
	if dir == "" {
		dir = t.TempDir()
	}
	out, err := kind.Build(config, plugin.Deps{
		Name: "out", Dir: dir, Now: Now, Logger: slog.New(slog.DiscardHandler),
	})
	if c, ok := out.(outputs.Closer); ok && c != nil {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	return out, err
}

// harness is an Instance with its output, which looks at everything that comes out of it.
type harness struct {
	*Instance
	t   *testing.T
	out outputs.Output
}

// start builds the output for a fresh stand-in.
func (c Contract) start(t *testing.T) *harness {
	t.Helper()
	h := &harness{Instance: c.New(t), t: t}
	if h.Status == nil {
		h.Status = DefaultStatus
	}
	base := ""
	if h.Target != nil {
		base = h.Target.URL
	}
	h.out = c.build(t, h.Instance, base, true)
	return h
}

// build fails the test on every complaint but a warning.
func (c Contract) build(t *testing.T, in *Instance, base string, private bool) outputs.Output {
	t.Helper()
	out, err := Build(t, c.Kind, in.Config(base, private), in.Dir)
	fields, rest := plugin.FieldErrors(err)
	for _, f := range fields {
		if !f.Warning {
			rest = errors.Join(rest, f)
		}
	}
	if rest != nil {
		t.Fatalf("build: %v", rest)
	}
	return out
}

func (h *harness) target() string { return h.Good[0] }

// send renders and sends once, with time enough.
func (h *harness) send(d *outputs.Delivery) (outputs.Receipt, error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	return h.sendIn(ctx, h.out, d)
}

func (h *harness) sendIn(ctx context.Context, out outputs.Output, d *outputs.Delivery) (outputs.Receipt, error) {
	h.t.Helper()
	r, err := out.Render(d)
	if err != nil {
		h.t.Fatalf("render %s: %v", d.ID, err)
	}
	receipt, err := out.Send(ctx, d, r)
	h.check(d, r, receipt, err)
	return receipt, err
}

// check holds what is true of every Send.
func (h *harness) check(d *outputs.Delivery, r *outputs.Request, receipt outputs.Receipt, err error) {
	h.t.Helper()
	if len(receipt.Note) > 1<<10 {
		h.t.Errorf("%s: the note has %d bytes, want at most 1024", d.ID, len(receipt.Note))
	}
	texts := []string{receipt.Note, receipt.RemoteID, r.Method, r.URL, string(r.Body)}
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts = append(texts, e.Error(), fmt.Sprintf("%+v", e))
		if len(e.Error()) > 2<<10 {
			h.t.Errorf("%s: the error has %d bytes", d.ID, len(e.Error()))
		}
	}
	for _, secret := range h.Secrets {
		for _, text := range texts {
			if strings.Contains(text, secret) {
				h.t.Errorf("%s: a secret leaks: %q", d.ID, text)
			}
		}
	}
	if err != nil && !reflect.DeepEqual(receipt, outputs.Receipt{}) {
		h.t.Errorf("%s: a receipt %+v beside the error %v", d.ID, receipt, err)
	}
}

// took returns how long f runs.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// want fails the test if a Send ended otherwise.
func (h *harness) want(what string, err error, want Expect) {
	h.t.Helper()
	if got := Got(err); got != want {
		h.t.Errorf("%s: %s (%v), want %s", what, got, err, want)
	}
}
