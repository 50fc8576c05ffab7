package rules

import (
	"errors"
	"fmt"
)

// Scope is one lead or notice with what evaluating rules over it needs: the
// decoded payload, once asked for, and working memory that is reused. It is not
// for concurrent use; keep one per worker and Reset it for every lead.
type Scope struct {
	in     *Input
	raw    value
	rawErr error
	rawHas bool

	elems []value // of the closures being evaluated, innermost last
	index []int
	steps int   // list entries looked at in this evaluation
	leaf  int   // being evaluated
	err   error // of this evaluation

	buf []Truth
}

// NewScope returns a Scope that holds no input yet: every name is missing in it.
func NewScope() *Scope { return &Scope{in: &Input{}} }

// Reset makes the scope hold another input. The scope reads from it, and from its
// lead, whenever a rule does: Input.IsTest may be set between IsTest and Decide.
func (s *Scope) Reset(in *Input) {
	if in == nil {
		in = &Input{}
	}
	s.in = in
	s.raw, s.rawErr, s.rawHas = value{}, nil, false
	clear(s.elems[:cap(s.elems)]) // what they point to belongs to the last input
}

// Input returns what the scope holds; never nil.
func (s *Scope) Input() *Input { return s.in }

// Buffer returns n truth values, all NotReached, that are valid until the next
// call: working memory for Rule.Trace.
func (s *Scope) Buffer(n int) []Truth {
	if cap(s.buf) < n {
		s.buf = make([]Truth, n, 2*n)
	}
	b := s.buf[:n]
	clear(b)
	return b
}

var errRaw = errors.New("the payload could not be decoded")

// payload returns the root of `raw`. A decoder that panics is asked once, and
// then is an error for every rule that reads raw: the second rule must not see a
// missing payload where the first one saw an error.
func (s *Scope) payload() value {
	if !s.rawHas {
		s.rawHas = true
		if s.in.Raw != nil {
			s.rawErr = errRaw
			s.raw = fromJSON(s.in.Raw())
			s.rawErr = nil
		}
	}
	if s.rawErr != nil {
		s.fail(s.rawErr)
	}
	return s.raw
}

// fail makes the rule under evaluation one that errored. The first failure counts.
func (s *Scope) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// The bounds of one evaluation. A payload may be a megabyte, and `any` inside
// `any` over it would visit its entries squared.
const (
	maxSteps = 100_000
	maxText  = 1 << 20 // bytes of a text that a rule puts together
)

var (
	errSteps = fmt.Errorf("too much work: more than %d list entries looked at", maxSteps)
	errText  = fmt.Errorf("too much work: a text of more than %d bytes", maxText)
	errZero  = errors.New("division by zero")
	errRange = errors.New("the result is too large a number")
)

// step counts one list entry; false: stop.
func (s *Scope) step() bool {
	s.steps++
	if s.steps > maxSteps {
		s.fail(errSteps)
	}
	return s.err == nil
}
