//go:build unix

package server

import (
	"io"
	"os"
	"syscall"
)

// rawIO says that this system's sockets can be read and written without blocking.
const rawIO = true

// descriptor is the file descriptor of a connection. It stays the connection's
// until the connection is closed.
func descriptor(raw syscall.RawConn) (fd int, err error) {
	err = raw.Control(func(u uintptr) { fd = int(u) })
	return fd, err
}

// writeNow writes what the socket takes without blocking. The descriptor must
// not be closed meanwhile.
func writeNow(fd int, b []byte) (n int, err error) {
	for n < len(b) {
		m, errno := write(fd, b[n:])
		switch errno {
		case 0:
			n += m
		case syscall.EINTR:
		case syscall.EAGAIN:
			return n, nil
		default:
			return n, os.NewSyscallError("write", errno)
		}
	}
	return n, nil
}

// readWhenReady waits without a buffer until there is something to read.
func readWhenReady(raw syscall.RawConn, take func([]byte) error) error {
	var in *readBuffer
	var n int
	var failed error
	err := raw.Read(func(fd uintptr) bool {
		in = readBuffers.Get().(*readBuffer)
		for {
			n, failed = syscall.Read(int(fd), in[:])
			if failed != syscall.EINTR {
				break
			}
		}
		if failed == syscall.EAGAIN {
			readBuffers.Put(in)
			in = nil
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	defer readBuffers.Put(in)
	switch {
	case failed != nil:
		return os.NewSyscallError("read", failed)
	case n == 0:
		return io.EOF
	}
	return take(in[:n])
}
