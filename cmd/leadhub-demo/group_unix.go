//go:build unix

package main

import "syscall"

// ownGroup keeps Ctrl-C from the hub: it is for the demo, which then stops the
// hub in good order. Two signals would end it at once.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
