// Package e2e holds the tests of the real binary over real HTTP: every captured
// payload and what must be refused; and the hub killed under load, with what the
// clients were told counted against what arrived.
package e2e
