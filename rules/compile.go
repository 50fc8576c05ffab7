package rules

// Error is a mistake in a clause, or, with Warning, something that works but is
// probably not meant.
type Error struct {
	Clause     int // index into the clauses given to Compile
	Offset     int // in characters from the clause's start
	Message    string
	Suggestion string
	Warning    bool
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }
