//go:build unix

// Package redistest runs a private Redis for a test: a process of its own on a
// free loopback port, which can be stopped, killed and paused, and leaves nothing
// behind.
package redistest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Server is one Redis after another on one port. Its methods end the test when
// they fail.
type Server struct {
	t    testing.TB
	port int
	cmd  *exec.Cmd
	log  bytes.Buffer
}

// Start runs a Redis until the test ends. Where none is installed the test is
// skipped; in CI on Linux, where scripts/setup installs it, it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath(program()); err != nil {
		if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
			t.Fatal("redis-server is missing; scripts/setup installs it")
		}
		t.Skip("redis-server is missing; on Linux scripts/setup installs it")
	}
	s := &Server{t: t, port: freePort(t)}
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// program is Redis, or what took its place.
func program() string {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return "valkey-server"
	}
	return "redis-server"
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Addr is where it listens.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL is its address as a setting.
func (s *Server) URL() string { return fmt.Sprintf("redis://%s/0", s.Addr()) }

// Start runs it, on the same port as before, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.log.Reset()
	s.cmd = exec.Command(program(), "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	s.cmd.Dir = os.TempDir()
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is the test's
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); !s.answers(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Kill()
			s.t.Fatalf("redis does not answer after 30 s:\n%s", s.log.String())
		}
	}
}

func (s *Server) answers() bool { return s.Do("PING") == "+PONG" }

// Do sends one command, its words without spaces, and gives the first line of the answer; "" when there is none.
func (s *Server) Do(command string) string {
	conn, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second)) // a read that fails says the same
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return ""
	}
	var b [256]byte
	n, _ := conn.Read(b[:])
	line, _, _ := bytes.Cut(b[:n], []byte("\r\n"))
	return string(line)
}

// CutSubscribers closes the connections that are subscribed to something.
func (s *Server) CutSubscribers() {
	s.t.Helper()
	if got := s.Do("CLIENT KILL TYPE pubsub"); got == "" || got[0] != ':' {
		s.t.Fatalf("CLIENT KILL: %q", got)
	}
}

// Kill ends it without a word, if it runs.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	_ = s.cmd.Process.Signal(syscall.SIGCONT) // one that is paused hears nothing else
	_ = s.cmd.Wait()                          // says only how it was ended
	s.cmd = nil
}

// Pause stops its process: connections stay and nothing is answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume ends Pause.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
