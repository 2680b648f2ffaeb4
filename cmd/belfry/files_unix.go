//go:build unix

package main

import "syscall"

// openFiles is how many files and connections this process may have open.
func openFiles() (limit uint64, known bool) {
	var l syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
	return uint64(l.Cur), err == nil //nolint:unconvert // signed on some systems
}
