//go:build !unix

package main

import "os"

// notifyHangUp does nothing: this system has no SIGHUP. Use --watch.
func notifyHangUp(chan<- os.Signal) {}
