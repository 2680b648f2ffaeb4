package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is what a process has written so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// process is one run of the command inside the test.
type process struct {
	t              *testing.T
	stdout, stderr output
	interrupt      context.CancelFunc
	ended          chan int
}

// start runs the command until it ends or the test does.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{t: t, interrupt: cancel, ended: make(chan int, 1)}
	go func() { p.ended <- run(ctx, args, env, strings.NewReader(""), &p.stdout, &p.stderr) }()
	t.Cleanup(func() { p.stop() })
	return p
}

// stop is a first SIGTERM; it gives the exit code.
func (p *process) stop() int {
	p.interrupt()
	return p.wait()
}

func (p *process) wait() int {
	p.t.Helper()
	select {
	case code := <-p.ended:
		p.ended <- code
		return code
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the command did not end; it said:\n%s", p.stderr.String())
		return -1
	}
}

// command runs to its end.
func command(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	p := start(t, env, args...)
	code = p.wait()
	return code, p.stdout.String(), p.stderr.String()
}

// within fails the test when a condition is not met in time.
func within(t *testing.T, d time.Duration, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}

// says waits until one of a process's outputs matches, and gives the submatches.
func says(t *testing.T, o *output, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var found []string
	within(t, 10*time.Second, pattern+" in:\n"+o.String(), func() bool {
		found = re.FindStringSubmatch(o.String())
		return found != nil
	})
	return found
}

// place is an environment of its own.
func place(t *testing.T) []string {
	return []string{"HOME=" + t.TempDir(), "NO_COLOR=1"}
}

func startDev(t *testing.T, env []string, args ...string) (p *process, at beacon) {
	t.Helper()
	p = start(t, env, append([]string{"dev", "--addr", "127.0.0.1:0", "--quiet"}, args...)...)
	says(t, &p.stderr, `Ctrl-C`)
	at, err := readBeacon(parseEnvironment(env))
	if err != nil {
		t.Fatal(err)
	}
	return p, at
}

func get(t *testing.T, url string, header ...string) (status int, h http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

func TestRun_ExitCodes(t *testing.T) {
	env := place(t)
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":                  {[]string{"--help"}, exitOK, ""},
		"version":               {[]string{"version"}, exitOK, ""},
		"completion":            {[]string{"completion", "bash"}, exitOK, ""},
		"unknown command":       {[]string{"publish"}, exitUsage, `unknown command "publish"`},
		"unknown flag":          {[]string{"send", "--colour"}, exitUsage, "unknown flag: --colour"},
		"no title":              {[]string{"send", "--to", "all"}, exitUsage, "accepts 1 arg(s)"},
		"no target":             {[]string{"send", "Hello"}, exitUsage, "--to is needed"},
		"no such target":        {[]string{"send", "--to", "ann", "Hello"}, exitUsage, `"ann" is no target; write user:ann`},
		"topic among users":     {[]string{"send", "--to", "user:ann", "--to", "topic:a", "Hello"}, exitUsage, "stands alone"},
		"no such level":         {[]string{"send", "--to", "all", "--level", "loud", "Hello"}, exitUsage, "/level: one of info, success, warning, error"},
		"data that is no JSON":  {[]string{"send", "--to", "all", "--data", "{", "Hello"}, exitUsage, "--data is no JSON"},
		"nobody to ask":         {[]string{"send", "--to", "all", "Hello"}, exitUsage, "--url or $BELFRY_URL"},
		"a key is missing":      {[]string{"send", "--to", "all", "--url", "http://127.0.0.1:1", "Hello"}, exitUsage, "--key or $BELFRY_API_KEY"},
		"nobody there":          {[]string{"send", "--to", "all", "--url", "http://127.0.0.1:1", "--key", "x", "Hello"}, exitFailure, "the server cannot be reached"},
		"key without a verb":    {[]string{"key"}, exitUsage, "create, list or revoke"},
		"no such scope":         {[]string{"key", "create", "--data", t.TempDir(), "--scopes", "all"}, exitUsage, "is no scope"},
		"no such key":           {[]string{"key", "revoke", "--data", t.TempDir(), "abc"}, exitFailure, "there is no key"},
		"nothing to back up":    {[]string{"backup", "--data", filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "b")}, exitFailure, "none"},
		"dev for everyone":      {[]string{"dev", "--addr", "0.0.0.0:0"}, exitUsage, "listens on this machine only"},
		"dev on another host":   {[]string{"dev", "--addr", "192.0.2.1:0"}, exitUsage, "listens on this machine only"},
		"nothing varies":        {[]string{"bench", "connect", "--vary", "sessions="}, exitUsage, `--vary: "sessions=" is not an option with values`},
		"no number varies":      {[]string{"bench", "connect", "--vary", "transport=sse,mixed"}, exitUsage, `"transport" is no option of connect that is a number; there are: connecting, rate, sessions, stored, stored-shared, users`},
		"no such value":         {[]string{"bench", "connect", "--vary", "sessions=10,many"}, exitUsage, `--vary: sessions: strconv.ParseInt: parsing "many"`},
		"a value out of range":  {[]string{"bench", "unicast", "--vary", "stored=10,-1"}, exitUsage, "--stored: between 0 and 1,000,000,000"},
		"a value twice":         {[]string{"bench", "unicast", "--vary", "rate=10,1e1"}, exitUsage, "--vary: rate: 1e1 stands there twice"},
		"a transport of no use": {[]string{"listen", "ann", "--transport", "smoke", "--url", "http://127.0.0.1:1", "--key", "x"}, exitUsage, "one of websocket, sse"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := command(t, env, tc.args...)
			if code != tc.code || !strings.Contains(stderr, tc.says) {
				t.Errorf("exit %d, want %d with %q; it said:\n%s", code, tc.code, tc.says, stderr)
			}
			if tc.code == exitOK && stdout == "" || tc.code != exitOK && stdout != "" {
				t.Errorf("stdout is for data: %q", stdout)
			}
		})
	}
}

func TestVersionCommand_JSON(t *testing.T) {
	_, stdout, _ := command(t, nil, "version", "--json")
	var v struct{ Version, Go, Platform string }
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || v.Version == "" || v.Go == "" || v.Platform == "" {
		t.Errorf("%s: %v", stdout, err)
	}
}

func mustExist(t *testing.T, path string, want bool) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if (err == nil) != want {
		t.Fatalf("%s: exists %t, want %t", path, err == nil, want)
	}
	return info
}
