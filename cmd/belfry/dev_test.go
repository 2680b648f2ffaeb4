package main

import (
	"encoding/json"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/web"
)

// The first five minutes: dev, send, listen, and the lines of the banner.
func TestDev_FromSendToListen(t *testing.T) {
	env := place(t)
	_, at := startDev(t, env)
	for _, transport := range []string{"websocket", "sse"} {
		t.Run(transport, func(t *testing.T) {
			l := start(t, env, "listen", "ann", "--transport", transport, "--items", "0")
			says(t, &l.stderr, `\d unread`)
			if code, id, stderr := command(t, env, "send", "--to", "user:ann", "--level", "warning", "--body", "on db-2", "Disk low, "+transport); code != exitOK || len(strings.TrimSpace(id)) != 36 {
				t.Fatalf("exit %d, %q: %s", code, id, stderr)
			}
			says(t, &l.stdout, `(?m)^\d\d:\d\d:\d\d  warning  Disk low, `+transport+`  on db-2$`)
			if code := l.stop(); code != exitOK {
				t.Errorf("interrupted, it ended with %d", code)
			}
		})
	}
	t.Run("as JSON lines, from a cursor", func(t *testing.T) {
		l := start(t, env, "listen", "ann", "--json")
		line := says(t, &l.stdout, `(?m)^{"cursor":"([^"]+)","type":"welcome".*$`)
		var welcome struct {
			Counts struct{ Unread int }
			Items  []struct{ Title string }
		}
		if err := json.Unmarshal([]byte(line[0]), &welcome); err != nil || welcome.Counts.Unread != 2 || len(welcome.Items) != 2 {
			t.Fatalf("%s: %v", line[0], err)
		}
		l.stop()
		command(t, env, "send", "--to", "all", "Meanwhile")
		l = start(t, env, "listen", "ann", "--json", "--cursor", line[1])
		says(t, &l.stdout, `"resumed":true[\s\S]*"op":"created"[\s\S]*"title":"Meanwhile"[\s\S]*"type":"live"`)
	})
	t.Run("token", func(t *testing.T) {
		_, token, _ := command(t, env, "token", "ann", "--ttl", "15m")
		if status, _, body := get(t, at.URL+"/v1/counts", "Authorization", "Bearer "+strings.TrimSpace(token)); status != 200 || !strings.Contains(body, `"unread":3`) {
			t.Errorf("%d: %s", status, body)
		}
	})
	t.Run("sent again under one key", func(t *testing.T) {
		command(t, env, "send", "--to", "user:bob", "--idempotency-key", "k", "Once")
		_, again, _ := command(t, env, "send", "--to", "user:bob", "--idempotency-key", "k", "--json", "Once")
		if !strings.Contains(again, `"replayed":true`) {
			t.Error(again)
		}
	})
}

func TestDev_DemoPage(t *testing.T) {
	env := place(t)
	_, at := startDev(t, env)
	status, h, body := get(t, at.URL+"/")
	if status != 200 || !strings.Contains(body, "<title>Belfry") || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("%d %s", status, h.Get("Content-Security-Policy"))
	}
	if err := fs.WalkDir(web.Demo(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && name != "index.html" {
			if status, _, _ := get(t, at.URL+"/demo/"+name); status != 200 {
				t.Errorf("%s: %d", name, status)
			}
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if _, _, token := get(t, at.URL+"/demo/token?user=bob&form=text"); strings.Count(token, ".") != 2 {
		t.Errorf("no token: %s", token)
	}
	if status, _, _ := get(t, at.URL+"/demo/token?user=root"); status != 404 {
		t.Errorf("a token for anybody: %d", status)
	}
	// A page from elsewhere, which could read the answer.
	if status, _, body := get(t, at.URL+"/demo/token?user=ann", "Origin", "https://evil.example"); status != 403 || strings.Contains(body, at.Key) {
		t.Errorf("%d: %s", status, body)
	}
	if status, _, _ := get(t, at.URL+"/demo/token?user=ann", "Origin", "http://localhost:5173"); status != 200 {
		t.Errorf("refused to a page of this machine: %d", status)
	}
	// The script that the page loads, and others may.
	if status, h, _ := get(t, at.URL+"/sdk/v1.js", "Origin", "https://app.example.com"); status != 200 || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", status, h)
	}
	// A name of somebody else's that points to this machine (DNS rebinding).
	if status, _, body := get(t, at.URL+"/demo/token?user=ann", "Host", "evil.example"); status != 403 || strings.Contains(body, at.Key) {
		t.Errorf("%d: %s", status, body)
	}
}

func TestDev_LeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	env := place(t)
	p, _ := startDev(t, env)
	path, err := beaconPath(parseEnvironment(env))
	if err != nil {
		t.Fatal(err)
	}
	if info := mustExist(t, path, true); info.Mode() != 0o600 {
		t.Errorf("the key's file has mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "belfry-dev-*")); len(left) != 1 {
		t.Fatalf("data in %q", left)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d: %s", code, p.stderr.String())
	}
	mustExist(t, path, false)
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestDev_KeepsAFolderThatIsNamed(t *testing.T) {
	env, dir := place(t), t.TempDir()
	p, _ := startDev(t, env, "--data", dir)
	command(t, env, "send", "--to", "user:ann", "Before")
	p.stop()
	startDev(t, env, "--data", dir)
	l := start(t, env, "listen", "ann")
	says(t, &l.stdout, `Before`)
	says(t, &l.stderr, `1 unread`)
}

// A listener outlives its server.
func TestDev_ListenResumesAcrossARestart(t *testing.T) {
	env, dir := place(t), t.TempDir()
	p, at := startDev(t, env, "--data", dir)
	addr := strings.TrimPrefix(at.URL, "http://")
	secret := "BELFRY_TOKEN_SECRET=a secret of thirty-two bytes or more"
	p.stop()
	p, _ = startDev(t, append(env, secret, "BELFRY_API_KEY=0123456789abcdef"), "--data", dir, "--addr", addr)
	l := start(t, env, "listen", "ann", "--items", "0")
	says(t, &l.stderr, `0 unread`)
	p.stop()
	says(t, &l.stderr, `trying again in`)
	startDev(t, append(env, secret, "BELFRY_API_KEY=0123456789abcdef"), "--data", dir, "--addr", addr)
	command(t, env, "send", "--to", "user:ann", "After")
	says(t, &l.stdout, `After`)
	if strings.Count(l.stdout.String(), "After") != 1 {
		t.Error(l.stdout.String())
	}
}

func TestDev_TakesTheNextFreePort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	d := &dev{cfg: development(), anyPort: true}
	d.cfg.addr = taken.Addr().String()
	l, err := d.listen()
	if err != nil || l.Addr().String() == d.cfg.addr {
		t.Fatalf("%v, %v", l, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	d.anyPort = false // asked for by name
	if l, err := d.listen(); err == nil {
		t.Errorf("took %s", l.Addr())
	}
}

// Every scene must be one that the server takes, and every level and kind of
// target must occur.
func TestScenes(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range scenes {
		d.Normalize()
		if err := d.Validate(1); err != nil {
			t.Errorf("%s: %v", d.Title, err)
		}
		seen[string(d.Level)], seen[d.To.String()] = true, true
	}
	for _, want := range []string{"info", "success", "warning", "error", "user:ann", "user:bob", "topic:doc.roadmap", "all"} {
		if !seen[want] {
			t.Errorf("nothing for %s", want)
		}
	}
}

func TestSimulation_run(t *testing.T) {
	env := place(t)
	p := start(t, env, "dev", "--addr", "127.0.0.1:0")
	says(t, &p.stderr, `Ctrl-C`)
	l := start(t, env, "listen", "ann", "--topic", "doc.roadmap")
	m := start(t, env, "listen", "bob")
	within(t, 10*time.Second, "something happens", func() bool { return l.stdout.String()+m.stdout.String() != "" })
}
