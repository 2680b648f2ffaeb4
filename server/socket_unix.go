//go:build unix

package server

import (
	"io"
	"os"
	"sync"
	"syscall"
)

// rawIO says that this system's sockets can be read and written without blocking.
const rawIO = true

// writeAttempt is one non-blocking write. It is pooled with its method value,
// so that a delivery allocates nothing.
type writeAttempt struct {
	b   []byte
	n   int
	err error
	run func(fd uintptr) bool
}

var writeAttempts = sync.Pool{New: func() any {
	w := new(writeAttempt)
	w.run = w.try
	return w
}}

// try writes until the socket takes no more. It never asks to be called again.
func (w *writeAttempt) try(fd uintptr) bool {
	for w.n < len(w.b) {
		n, err := syscall.Write(int(fd), w.b[w.n:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			if err != syscall.EAGAIN {
				w.err = os.NewSyscallError("write", err)
			}
			return true
		}
		w.n += n
	}
	return true
}

// writeNow writes what the socket takes without blocking.
func writeNow(raw syscall.RawConn, b []byte) (int, error) {
	w := writeAttempts.Get().(*writeAttempt)
	w.b, w.n, w.err = b, 0, nil
	err := raw.Write(w.run)
	if err == nil {
		err = w.err
	}
	n := w.n
	w.b, w.err = nil, nil
	writeAttempts.Put(w)
	return n, err
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
