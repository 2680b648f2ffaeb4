package main

import (
	"bufio"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const serveSecret = "BELFRY_TOKEN_SECRET=a secret of thirty-two bytes or more"

// startServe starts a server that drains quickly and gives its address.
func startServe(t *testing.T, env []string, args ...string) (p *process, url string) {
	t.Helper()
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", "", "--drain-delay", "0s", "--drain-timeout", "0s"}, args...)
	p = start(t, env, args...)
	return p, "http://" + says(t, &p.stderr, `msg=serving addr=(\S+)`)[1]
}

func TestServe_KeysWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	env := append(place(t), serveSecret)
	p, url := startServe(t, env, "--data", dir)
	says(t, &p.stderr, `there is no API key. Make one with: belfry key create --data `+dir)

	code, key, stderr := command(t, env, "key", "create", "--data", dir, "--name", "shop")
	key = strings.TrimSpace(key)
	if code != exitOK || !strings.HasPrefix(key, "belfry_sk_") {
		t.Fatalf("exit %d, %q: %s", code, key, stderr)
	}
	if code, _, stderr := command(t, env, "send", "--url", url, "--key", key, "--to", "user:ann", "Hello"); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, list, _ := command(t, env, "key", "list", "--data", dir, "--json"); !strings.Contains(list, `"name":"shop"`) || strings.Contains(list, key[len(key)-20:]) {
		t.Errorf("the list must name the key and not show it: %s", list)
	}
	if code, _, stderr := command(t, env, "key", "revoke", "--data", dir, key[len("belfry_sk_"):][:12]); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	within(t, 15*time.Second, "the key is refused", func() bool {
		code, _, _ := command(t, env, "send", "--url", url, "--key", key, "--to", "user:ann", "Hello")
		return code == exitFailure
	})
}

func TestServe_TwoOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	env := append(place(t), serveSecret, "BELFRY_API_KEY=0123456789abcdef")
	startServe(t, env, "--data", dir)
	code, _, stderr := command(t, env, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "", "--data", dir)
	if code != exitFailure || !strings.Contains(stderr, dir) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestServe_BackupAndRestore(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	env := append(place(t), serveSecret, "BELFRY_API_KEY=0123456789abcdef", "BELFRY_DATA="+dir)
	p, url := startServe(t, env)
	send := func(url, title string) {
		t.Helper()
		if code, _, stderr := command(t, env, "send", "--url", url, "--to", "user:ann", title); code != exitOK {
			t.Fatal(stderr)
		}
	}
	send(url, "Kept")
	if code, out, stderr := command(t, env, "backup", file); code != exitOK || strings.TrimSpace(out) != file {
		t.Fatalf("exit %d, %q: %s", code, out, stderr)
	}
	send(url, "Lost")
	if code, _, stderr := command(t, env, "restore", "--force", file); code != exitFailure || !strings.Contains(stderr, dir) {
		t.Fatalf("restored under a running server: exit %d: %s", code, stderr)
	}
	p.stop()
	if code, _, stderr := command(t, env, "restore", file); code != exitFailure || !strings.Contains(stderr, "not overwritten") {
		t.Fatalf("overwritten without --force: exit %d: %s", code, stderr)
	}
	if code, _, stderr := command(t, env, "restore", "--force", file); code != exitOK {
		t.Fatal(stderr)
	}
	_, url = startServe(t, env)
	l := start(t, env, "listen", "ann", "--url", url)
	says(t, &l.stderr, `1 unread`)
	if out := l.stdout.String(); !strings.Contains(out, "Kept") || strings.Contains(out, "Lost") {
		t.Error(out)
	}
}

// SIGTERM: not ready, yet served; then goodbye to everyone; then 0.
func TestServe_Drain(t *testing.T) {
	env := append(place(t), serveSecret, "BELFRY_API_KEY=0123456789abcdef")
	p, url := startServe(t, env, "--data", t.TempDir(), "--drain-delay", "1s", "--drain-timeout", "200ms")
	_, token, _ := command(t, env, "token", "ann", "--url", url)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stream := bufio.NewScanner(res.Body)
	next := func(want string) {
		t.Helper()
		for stream.Scan() {
			if strings.Contains(stream.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended without %q", want)
	}
	next("event: live")
	p.interrupt()
	within(t, 5*time.Second, "not ready", func() bool {
		status, _, body := get(t, url+"/readyz")
		return status == 503 && strings.Contains(body, "draining")
	})
	if code, _, stderr := command(t, env, "send", "--url", url, "--to", "user:ann", "Last"); code != exitOK {
		t.Errorf("while draining, a publish is refused: %s", stderr)
	}
	next(`"title":"Last"`)
	next(`"type":"bye","code":"draining","retryAfter":`)
	if code := p.wait(); code != exitOK {
		t.Errorf("exit %d: %s", code, p.stderr.String())
	}
}

func TestServe_Admin(t *testing.T) {
	env := append(place(t), serveSecret, "BELFRY_API_KEY=0123456789abcdef")
	_, url := startServe(t, env, "--data", t.TempDir())
	if status, _, _ := get(t, url+"/metrics"); status != 404 {
		t.Errorf("metrics are public: %d", status)
	}
	if status, _, body := get(t, url+"/"); status != 200 || !strings.Contains(body, `"name":"belfry"`) {
		t.Errorf("%d: %s", status, body)
	}
	p, _ := startServe(t, env, "--data", t.TempDir(), "--admin-addr", "127.0.0.1:0", "--log-level", "info")
	admin := says(t, &p.stderr, `admin=(\S+)`)[1]
	if status, _, body := get(t, "http://"+admin+"/metrics"); status != 200 || !strings.Contains(body, "belfry_store_up 1") || !strings.Contains(body, "belfry_build_info{") {
		t.Errorf("%d: %s", status, body)
	}
	if status, _, _ := get(t, "http://"+admin+"/debug/pprof/"); status != 200 {
		t.Errorf("%d", status)
	}
}

func TestServe_WarnsOfUnknownVariables(t *testing.T) {
	env := append(place(t), serveSecret, "BELFRY_ADR=:1", "BELFRY_API_KEY=0123456789abcdef")
	p, _ := startServe(t, env, "--data", t.TempDir())
	says(t, &p.stderr, `name=BELFRY_ADR`)
}

func TestBurstWatch_over(t *testing.T) {
	var w burstWatch
	for i, step := range []struct {
		sessions int
		over     bool
	}{
		{0, false}, {400, false}, {900, false}, {905, false}, {906, false}, // not a burst
		{2000, false}, {5000, false}, {5003, false}, {5001, true}, // grew, calm, calm
		{5001, false}, {5002, false}, // once
		{100, false}, {100, false}, {100, false}, // left
		{1200, false}, {1200, false}, {1200, true}, // and back
	} {
		if got := w.over(step.sessions); got != step.over {
			t.Errorf("step %d, %d sessions: %t, want %t", i, step.sessions, got, step.over)
		}
	}
}
