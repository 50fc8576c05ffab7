// Package bench measures leadhub from outside: it starts the real binary and
// small comparison servers ("floors") as processes of their own, loads them over
// loopback HTTP with signed payloads, counts what arrives at a sink and reads
// CPU and memory from the operating system.
//
// Absolute figures move with the machine, so every figure of the hub is shown
// beside the floor's of the same run, as a ratio of the two. The client and the
// sink live in the measuring process and share the machine's cores with the
// process under test.
package bench
