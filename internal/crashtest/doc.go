// Package crashtest holds the tests that kill the real binary under load and
// count afterwards: what the clients were told, against what arrived.
package crashtest
