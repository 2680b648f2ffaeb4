package server

import (
	"syscall"
	"unsafe"
)

// write is write(2) on a non-blocking socket. It cannot wait, so the scheduler
// is not told of it: telling it costs a tenth of a delivery.
func write(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return int(n), errno
}
