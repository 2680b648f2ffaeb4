package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"belfry"
)

// Launch says how to start a server of our own: a process apart, so that its CPU
// and memory are its own. It must log JSON lines to stderr and say "serving" with
// its "addr", as belfry serve does.
type Launch struct {
	Name    string
	Command []string
	TLS     *Certificate // nil: plain
	Key     string
	Secret  string
	OnCore  int // the one core it may use, with GOMAXPROCS=1; negative: any
}

// child is a server that was started here.
type child struct {
	cmd    *exec.Cmd
	ended  chan error
	said   []string // the last lines of its log
	Target *Target
}

// startTimeout is when a server that does not say that it serves is given up.
const startTimeout = 30 * time.Second

// start runs the command until it serves.
func (l *Launch) start(ctx context.Context) (*child, error) {
	c := &child{cmd: exec.Command(l.Command[0], l.Command[1:]...), ended: make(chan error, 1)}
	c.cmd.Env = cleanEnvironment(l.OnCore >= 0)
	apart(c.cmd)
	log, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := onCore(l.OnCore, c.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", l.Name, err)
	}
	serving := make(chan [2]string, 1)
	go c.follow(log, serving)
	select {
	case at := <-serving:
		c.Target = l.target(at[0], at[1], c.cmd.Process.Pid)
		return c, nil
	case err := <-c.ended:
		return nil, fmt.Errorf("%s ended at once: %w\n%s", l.Name, err, strings.Join(c.said, "\n"))
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), c.kill())
	case <-time.After(startTimeout):
		return nil, errors.Join(belfry.Errorf(belfry.CodeUnavailable, "%s does not serve after %s", l.Name, startTimeout), c.kill())
	}
}

func (l *Launch) target(addr, admin string, pid int) *Target {
	t := &Target{Name: l.Name, URL: "http://" + addr, Key: l.Key, Secret: l.Secret}
	metrics := ""
	if admin != "" {
		metrics = "http://" + admin + "/metrics"
	}
	t.Meter = NewMeter(pid, metrics)
	if l.TLS != nil {
		t.URL, t.TLS = "https://"+addr, l.TLS.client
	}
	return t
}

// cleanEnvironment is ours without settings of Belfry: what is measured is what
// the report says.
func cleanEnvironment(oneCore bool) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "BELFRY_") && !strings.HasPrefix(e, "PORT=") {
			env = append(env, e)
		}
	}
	if oneCore {
		env = append(env, "GOMAXPROCS=1")
	}
	return env
}

// follow reads the log: where it serves, and the last lines for whoever asks why
// it ended.
func (c *child) follow(log io.Reader, serving chan<- [2]string) {
	admin := ""
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		c.said = append(c.said, lines.Text())
		if len(c.said) > 20 {
			c.said = c.said[1:]
		}
		var line struct{ Msg, Addr, Admin string }
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue // not of the log
		}
		if line.Admin != "" {
			admin = line.Admin
		}
		if line.Msg == "serving" {
			serving <- [2]string{line.Addr, admin}
		}
	}
	c.ended <- c.cmd.Wait()
}

// stop ends the server and waits for it.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(err, c.kill())
	}
	select {
	case <-c.ended: //nolint:errcheck // how it ended is its own affair: it was told to
		return nil
	case <-time.After(startTimeout):
		return errors.Join(belfry.Errorf(belfry.CodeUnavailable, "the server did not end within %s of SIGTERM", startTimeout), c.kill())
	}
}

func (c *child) kill() error {
	err := c.cmd.Process.Kill()
	<-c.ended //nolint:errcheck // says that it was killed
	return err
}
