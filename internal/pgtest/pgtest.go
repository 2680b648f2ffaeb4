//go:build unix

// Package pgtest starts a private PostgreSQL for the tests of a package: its own
// folder, its own port on the loopback, gone when the tests are. It needs
// PostgreSQL's programs (scripts/setup installs them) and no rights: as root it
// runs them as the user "postgres", because the server refuses to be root.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server with data of its own.
type Server struct {
	dir, bin string
	port     int
	options  []string
	login    *syscall.Credential // nil: this process's
	watchdog io.Closer

	mu   sync.Mutex
	free []string // databases that no test uses
	made int

	stopped chan struct{} // closed when the process is gone
	process *os.Process
}

// patience is how long the server may take for anything.
const patience = time.Minute

// New makes a server and starts it. options are settings such as
// "max_connections=50". Close ends it; so does the end of this process, however
// it comes.
func New(options ...string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "belfry-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, options: options}
	if err := s.init(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// Run runs the tests of a package beside a server of theirs, for TestMain, and
// returns the code to exit with. server is set before the first test.
func Run(m *testing.M, server **Server, options ...string) int {
	s, err := New(options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no PostgreSQL for the tests:", err)
		return 1
	}
	defer s.Close()
	*server = s
	return m.Run()
}

// programs finds the folder of initdb and postgres: the newest version's.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 where it is no number
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is not installed; run scripts/setup")
	}
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

func (s *Server) init() error {
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.login = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	var err error
	if s.port, err = freePort(); err != nil {
		return err
	}
	init := s.command("initdb", "-D", s.data(), "-U", "belfry", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := s.watch(); err != nil {
		return err
	}
	return s.start()
}

// watch starts a process that ends the server when this one is gone.
func (s *Server) watch() error {
	script := `cat >/dev/null; pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null && sleep 1; rm -rf "$0"`
	cmd := exec.Command("/bin/sh", "-c", script, s.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	hold, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	s.watchdog = hold
	return cmd.Start()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.login, Setpgid: true}
	return cmd
}

func (s *Server) start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1",
		"-c", "max_connections=200", "-c", "log_destination=stderr", "-c", "log_min_messages=fatal"}
	for _, o := range s.options {
		args = append(args, "-c", o)
	}
	cmd := s.command("postgres", args...)
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	stopped := make(chan struct{})
	s.process, s.stopped = cmd.Process, stopped
	go func() {
		_ = cmd.Wait() // how it ended is for the log
		close(stopped)
	}()
	return s.ready()
}

// ready waits until the server takes connections.
func (s *Server) ready() error {
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case <-s.stopped:
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the server ended:\n%s", text)
		default:
		}
		if err = s.exec("postgres", "SELECT 1"); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) exec(database, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.DSN(database))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	return err
}

// DSN is the address of one of the server's databases.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://belfry@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Addr is where the server listens, for a proxy in between.
func (s *Server) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// Close ends the server and removes its data.
func (s *Server) Close() {
	s.end(syscall.SIGQUIT)
	s.watchdog.Close()
	os.RemoveAll(s.dir)
}

func (s *Server) end(how syscall.Signal) {
	_ = s.process.Signal(how) // it may have ended already
	<-s.stopped
}

// Stop shuts the server down: sessions are cut, what was committed is kept.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server as a crash does: at its next start it recovers.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

// Start starts the server after Stop or Kill.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Restart stops and starts the server.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop()
	s.Start(t)
}

// Standby restarts the server as a standby that has no primary: it can be read
// and not written to.
func (s *Server) Standby(t testing.TB) {
	t.Helper()
	s.Stop()
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
}

// Promote makes the standby the primary of a new timeline, as a failover does.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.Exec(t, s.DSN("postgres"), "SELECT pg_promote()")
}

// Database gives an empty database for the time of a test, by its address.
func (s *Server) Database(t testing.TB) (dsn string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var name string
	if n := len(s.free); n > 0 {
		name, s.free = s.free[n-1], s.free[:n-1]
		s.Exec(t, s.DSN(name), "DROP SCHEMA IF EXISTS belfry CASCADE")
	} else {
		s.made++
		name = fmt.Sprint("test", s.made)
		s.Exec(t, s.DSN("postgres"), "CREATE DATABASE "+name)
	}
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free = append(s.free, name)
	})
	return s.DSN(name)
}

// Exec runs statements on a database.
func (s *Server) Exec(t testing.TB, dsn, sql string) {
	t.Helper()
	if err := s.exec(dsn[strings.LastIndexByte(dsn, '/')+1:strings.IndexByte(dsn, '?')], sql); err != nil {
		t.Fatal(err)
	}
}

// Dump keeps a database as it stands. What it returns puts it back; nobody may
// be using the database then.
func (s *Server) Dump(t testing.TB, dsn string) (restore func()) {
	t.Helper()
	file := filepath.Join(s.dir, fmt.Sprint("dump", time.Now().UnixNano()))
	run := func(cmd *exec.Cmd) {
		t.Helper()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	run(s.command("pg_dump", "-Fc", "-n", "belfry", "-f", file, dsn))
	return func() {
		t.Helper()
		s.Exec(t, dsn, "DROP SCHEMA belfry CASCADE")
		run(s.command("pg_restore", "-d", dsn, file))
	}
}
