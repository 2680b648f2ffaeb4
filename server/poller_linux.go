package server

import (
	"os"
	"runtime"
	"sync"
	"syscall"
)

// poller waits for the clients of idle connections to say something, so that an
// idle connection needs no goroutine to wait with, which would be half of its
// memory. It is one epoll instance (epoll(7)), which is itself watched by the
// runtime's: no thread waits either. The zero value is ready.
type poller struct {
	once sync.Once
	file *os.File // the epoll instance; nil when there can be none
	fd   int
	done chan struct{}

	mu     sync.Mutex
	parked []resumer // by descriptor
}

// start makes the epoll instance at the first use.
func (p *poller) start() {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil || file.SetReadDeadline(noDeadline) != nil {
		file.Close() // the runtime cannot watch it
		return
	}
	p.file, p.fd, p.done = file, fd, make(chan struct{})
	go p.run(raw)
}

// run resumes whoever has something to read, until the poller is closed.
func (p *poller) run(raw syscall.RawConn) {
	defer close(p.done)
	ready := make([]syscall.EpollEvent, handEvery)
	_ = raw.Read(func(fd uintptr) bool { // it fails when the file is closed, and then all is done
		for {
			n, err := syscall.EpollWait(int(fd), ready, 0)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return false
			}
			for _, r := range ready[:n] {
				p.resume(int(r.Fd))
			}
			runtime.Gosched() // thousands that hang up at once must not stand before whoever comes
		}
	})
}

// watch resumes c, once, when its descriptor can be read or was hung up; false
// when it cannot be watched. The descriptor must be open.
func (p *poller) watch(fd int, c resumer) bool {
	p.once.Do(p.start)
	if p.file == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for fd >= len(p.parked) {
		p.parked = append(p.parked, nil)
	}
	p.parked[fd] = c
	interest := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | epollOneShot, Fd: int32(fd)}
	err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &interest)
	if err == syscall.EEXIST {
		err = syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_MOD, fd, &interest)
	}
	if err != nil {
		p.parked[fd] = nil
	}
	return err == nil
}

const epollOneShot = 1 << 30 // EPOLLONESHOT; package syscall lacks it

// resume lets whoever is parked at a descriptor go on. One too many is a read of
// nothing.
func (p *poller) resume(fd int) {
	p.mu.Lock()
	var c resumer
	if fd < len(p.parked) {
		c, p.parked[fd] = p.parked[fd], nil
	}
	p.mu.Unlock()
	if c != nil {
		go c.resume()
	}
}

// close ends the poller. Nobody may be parked.
func (p *poller) close() {
	p.once.Do(func() {})
	if p.file != nil {
		p.file.Close()
		<-p.done
	}
}
