//go:build unix && !linux

package server

import (
	"errors"
	"syscall"
)

// write is write(2) on a non-blocking socket.
func write(fd int, b []byte) (int, syscall.Errno) {
	n, err := syscall.Write(fd, b)
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return 0, errno
	}
	return n, 0
}
