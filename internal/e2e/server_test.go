// Package e2e runs the real binary over real sockets and kills it.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"belfry"
	"belfry/client"
)

const (
	apiKey = "e2e-key-of-the-backend"
	secret = "e2e-secret-e2e-secret-e2e-secret-32"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "belfry-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "belfry")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "belfry/cmd/belfry")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make builds it, so that the store is compiled once
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	defer stopPostgres()
	return m.Run()
}

// server is one run of the binary after another, on one address and one folder.
type server struct {
	t    *testing.T
	addr string
	data string
	args []string
	wrap []string // a command to run it under
	cmd  *exec.Cmd
	log  *tailLog
}

func newServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, addr: freeAddr(t), data: t.TempDir(), args: args}
	t.Cleanup(s.kill)
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *server) url() string { return "http://" + s.addr }

// start runs the binary and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	args := append(append([]string{}, s.wrap...), binary, "serve", "--addr", s.addr, "--data", s.data, "--admin-addr", "",
		"--api-key", apiKey, "--token-secret", secret, "--log-level", "warn", "--client-rate", "0")
	args = append(args, s.args...)
	s.log = &tailLog{}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for !s.ready() {
		if time.Now().After(deadline) {
			s.t.Fatalf("the server is not ready after 30 s:\n%s", s.log)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *server) ready() bool {
	res, err := http.Get(s.url() + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// kill ends the process without a word, if it runs.
func (s *server) kill() { s.signal(syscall.SIGKILL) }

// signal reaches the server and what it runs under.
func (s *server) signal(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, sig)
	_ = s.cmd.Wait() // says only that it was killed
	s.cmd = nil
}

// backend is a client with the API key that tries each request once.
func (s *server) backend() *client.Client {
	s.t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Key: apiKey, Tries: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// token is a user's token. All are asked for by http.DefaultClient, so that
// thousands of users leave no connection each.
func (s *server) token(user belfry.UserID) string {
	s.t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Key: apiKey, HTTP: http.DefaultClient})
	if err != nil {
		s.t.Fatal(err)
	}
	tok, err := c.Token(context.Background(), user, time.Hour, client.Claims{Subscribe: []belfry.Pattern{"**"}})
	if err != nil {
		s.t.Fatal(err)
	}
	return tok.Token
}

// tailLog keeps the end of what a process wrote.
type tailLog struct {
	mu  sync.Mutex
	buf []byte
}

func (l *tailLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, b...)
	if n := len(l.buf) - 8192; n > 0 {
		l.buf = bytes.Clone(l.buf[n:])
	}
	return len(b), nil
}

func (l *tailLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
