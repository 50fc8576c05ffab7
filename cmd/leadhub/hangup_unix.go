//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyHangUp passes on SIGHUP, which asks a hub to read its configuration again.
func notifyHangUp(c chan<- os.Signal) { signal.Notify(c, syscall.SIGHUP) }
