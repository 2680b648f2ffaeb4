package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The README's commands are run in order, as a reader would paste them, against
// the server that the first of them starts. A block must print what stands
// beside its beginning.
var readmePrints = []struct{ begins, prints string }{
	{"go run ./cmd/belfry send", "-"}, // an id
	{"curl -s http://127.0.0.1:8080/v1/notifications", `"status":"delivered"`},
	{"TOKEN=$(curl", ""},
	{"curl -s \"http://127.0.0.1:8080/v1/inbox", `"title":"Bob replied"`},
	{"curl -sN", "event: welcome"},
	{"curl -s http://127.0.0.1:8080/v1/inbox/marks", `"unread":0`},
}

const (
	devCommand = "go run ./cmd/belfry dev"
	devAddress = "http://127.0.0.1:8080"
)

func TestREADME_CommandsDoWhatTheySay(t *testing.T) {
	blocks := fencedBlocks(t, "../README.md", "sh")
	if len(blocks) != len(readmePrints)+1 || strings.TrimSpace(blocks[0]) != devCommand {
		t.Fatalf("the README has %d blocks of commands and %d are known; the first must be %q", len(blocks), len(readmePrints)+1, devCommand)
	}
	dev := startDev(t)
	sh := startShell(t, append(cleanEnv(t), "XDG_RUNTIME_DIR="+dev.runtime, "KEY="+dev.key))
	for i, block := range blocks[1:] {
		want := readmePrints[i]
		if !strings.HasPrefix(block, want.begins) {
			t.Fatalf("block %d begins %.60q, expected %q", i+1, block, want.begins)
		}
		got := sh.run(strings.ReplaceAll(block, devAddress, dev.url))
		if !strings.Contains(got, want.prints) {
			t.Errorf("the README's\n%s\nprinted\n%s\nwithout %q", block, got, want.prints)
		}
	}
}

func TestREADME_GoExamplesCompile(t *testing.T) {
	blocks := fencedBlocks(t, "../README.md", "go")
	if len(blocks) == 0 {
		t.Fatal("the README has no Go example")
	}
	for _, block := range blocks {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
			t.Errorf("a Go example of the README does not compile: %v\n%s", err, out)
		}
	}
}

// devServer is a running "belfry dev".
type devServer struct {
	url, key string
	runtime  string // folder in which the commands find it
}

// startDev runs the README's first command on a free port and waits until the
// file by which other commands find it is there.
func startDev(t *testing.T) devServer {
	t.Helper()
	d := devServer{runtime: t.TempDir()}
	words := strings.Fields(devCommand)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = ".."
	cmd.Env = append(cleanEnv(t), "PORT=0", "XDG_RUNTIME_DIR="+d.runtime)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run and its child
	var talk bytes.Buffer
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
			t.Errorf("belfry dev did not end when interrupted:\n%s", &talk)
		}
	})
	deadline := time.After(3 * time.Minute) // go run may have to compile
	for {
		b, err := os.ReadFile(filepath.Join(d.runtime, "belfry", "dev.json"))
		if err == nil {
			var found struct{ URL, Key string }
			if err := json.Unmarshal(b, &found); err != nil {
				t.Fatal(err)
			}
			d.url, d.key = found.URL, found.Key
			return d
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("belfry dev ended: %v\n%s", err, &talk)
		case <-deadline:
			t.Fatal("belfry dev did not begin within 3 minutes")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// shell runs blocks one after the other in one bash, so that a variable set in
// one is there in the next.
type shell struct {
	t   *testing.T
	in  *os.File
	out chan string
}

const endOfBlock = "--- end of block ---"

func startShell(t *testing.T, env []string) *shell {
	t.Helper()
	cmd := exec.Command("bash")
	cmd.Dir, cmd.Env = "..", env
	stdin, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = stdin
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = stdin.Close()
	s := &shell{t: t, in: in, out: make(chan string)}
	go func() {
		defer close(s.out)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.out <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range s.out { // until bash has ended
		}
		_ = cmd.Wait()
	})
	return s
}

// run gives what a block prints. A stream (curl -N) does not end by itself: it
// is given two seconds.
func (s *shell) run(block string) string {
	s.t.Helper()
	block = strings.ReplaceAll(block, "curl -sN", "timeout 2 curl -sN")
	if _, err := s.in.WriteString(block + "\necho; echo '" + endOfBlock + "'\n"); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var got strings.Builder
	for {
		select {
		case line, ok := <-s.out:
			if !ok || line == endOfBlock {
				return got.String()
			}
			got.WriteString(line + "\n")
		case <-ctx.Done():
			s.t.Fatalf("a block did not end:\n%s\nit printed\n%s", block, got.String())
		}
	}
}

// fencedBlocks are the code blocks of a language.
func fencedBlocks(t *testing.T, name, language string) []string {
	t.Helper()
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(readFile(t, name), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// cleanEnv is the environment without what would change a server, and with what
// has go run build as make does: compiling the store twice takes a minute.
func cleanEnv(t *testing.T) []string {
	t.Helper()
	flags, err := exec.Command("go", "env", "GOFLAGS").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"CGO_ENABLED=0", "GOFLAGS=" + strings.TrimSpace(string(flags)) + " -trimpath"}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "BELFRY_") && name != "PORT" && name != "CGO_ENABLED" && name != "GOFLAGS" {
			env = append(env, e)
		}
	}
	return env
}

// errorText is what a command that failed said.
func errorText(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}
