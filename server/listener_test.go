package server

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func listening(t *testing.T) *listener {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*listener)
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Connections leave the kernel's queue though nobody accepts, are handed out each
// once and in order, and those that are not end with the listener.
func TestListener_Accept(t *testing.T) {
	l := listening(t)
	const n = 3 * stormRun
	dialed := make([]net.Conn, n)
	for i := range dialed {
		dialed[i] = dial(t, l)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		taken := len(l.waiting)
		l.mu.Unlock()
		if taken == n {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d were taken", taken, n)
		}
	}
	for i := range n - 1 {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := conn.RemoteAddr().String(), dialed[i].LocalAddr().String(); got != want {
			t.Fatalf("connection %d is %s, want %s", i, got, want)
		}
		conn.Close()
	}
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := dialed[n-1].Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("what was never handed out is still open: %v", err)
	}
}

// Whoever waits is told of Close, and of what the kernel says; then it goes on.
func TestListener_Accept_errors(t *testing.T) {
	l := listening(t)
	l.mu.Lock()
	l.err = syscall.EMFILE
	l.mu.Unlock()
	if _, err := l.Accept(); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("got %v", err)
	}
	dial(t, l)
	if _, err := l.Accept(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	failed := make(chan error)
	go func() {
		_, err := l.Accept()
		failed <- err
	}()
	l.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("a waiting Accept got %v", err)
	}
}
