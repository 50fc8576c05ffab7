package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errDeclined ends a command that asked and was told not to go on.
var errDeclined = errors.New("nothing was done")

// confirm asks on standard error whether to go on. Only y and yes do; without an
// answer (a script, a closed terminal) nothing is done and --yes is named.
func (a *app) confirm(question string) error {
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	case "":
		if err != nil {
			fmt.Fprintln(a.stderr)
			return errors.New("nothing was done: nobody answered; --yes goes on without asking")
		}
	}
	return errDeclined
}
