//go:build !unix

package server

import (
	"errors"
	"syscall"
)

// rawIO says that this system's sockets can be read and written without
// blocking; here every write takes the slow path.
const rawIO = false

func descriptor(syscall.RawConn) (int, error) { return 0, errors.ErrUnsupported }

func writeNow(int, []byte) (int, error) { return 0, errors.ErrUnsupported }

func readWhenReady(syscall.RawConn, func([]byte) error) error { return errors.ErrUnsupported }
