package outputs

import (
	"errors"
	"fmt"
	"time"
)

// Instruction is what an error asks the caller to do.
type Instruction uint8

// The instructions an error can carry.
const (
	// InstructRetry: try again later, by the output's own schedule.
	InstructRetry Instruction = iota
	// InstructRefused: the target said no for good; do not send this again.
	InstructRefused
	// InstructPause: credentials or configuration are wrong; keep the queue, burn no attempts, alert once.
	InstructPause
	// InstructDisable: the target is gone (410); like pause, until the configuration changes.
	InstructDisable
	// InstructAmbiguous: the request may have been carried out; reconcile, or follow on_ambiguous.
	InstructAmbiguous
	// InstructPauseTarget: this one target (a channel) is missing or closed, the
	// output is fine otherwise: keep the deliveries of that target, burn no
	// attempts, alert once; other targets go on.
	InstructPauseTarget
)

// String returns the instruction in one or two words.
func (i Instruction) String() string {
	switch i {
	case InstructRetry:
		return "retry"
	case InstructRefused:
		return "refused"
	case InstructPause:
		return "pause"
	case InstructDisable:
		return "disable"
	case InstructAmbiguous:
		return "ambiguous"
	case InstructPauseTarget:
		return "pause target"
	default:
		return "unknown instruction"
	}
}

// Error is a failed Send with its instruction. Status is the HTTP status, 0 if none.
type Error struct {
	Instruction Instruction
	After       time.Duration // with InstructRetry: not before; 0: the schedule decides
	Status      int
	Err         error
}

// Error returns the cause's text.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Permanent marks an error that no retry can mend.
func Permanent(err error) error { return &Error{Instruction: InstructRefused, Err: err} }

// RetryAfter marks an error whose target said when to come back.
func RetryAfter(err error, after time.Duration) error {
	return &Error{Instruction: InstructRetry, After: after, Err: err}
}

// Pause marks an error of credentials or configuration.
func Pause(err error) error { return &Error{Instruction: InstructPause, Err: err} }

// PauseTarget marks a target behind an output's name (a channel) that is missing
// or closed, while the output itself works.
func PauseTarget(err error) error { return &Error{Instruction: InstructPauseTarget, Err: err} }

// Disable marks a target that is gone.
func Disable(err error) error { return &Error{Instruction: InstructDisable, Err: err} }

// Ambiguous marks an attempt whose outcome is unknown.
func Ambiguous(err error) error { return &Error{Instruction: InstructAmbiguous, Err: err} }

// InstructionOf returns what err asks for; InstructRetry where it carries none.
func InstructionOf(err error) (i Instruction, after time.Duration, status int) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Instruction, e.After, e.Status
	}
	return InstructRetry, 0, 0
}

// ErrCannotTell is what a Reconciler's Find returns, by CannotTell, where the target
// answers but does not show whether the attempt reached it, and asking again would
// not change that: then `on_ambiguous` decides.
var ErrCannotTell = errors.New("the target does not show whether an earlier attempt reached it")

// CannotTell wraps the reason why a Find cannot know.
func CannotTell(err error) error { return fmt.Errorf("%w: %w", ErrCannotTell, err) }
