package e2e

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry"
	"belfry/client"
	"belfry/internal/proxytest"
)

// TestDeploy_Proxies: behind each proxy of deploy/, both transports deliver at
// once, outlive the proxy's idle time-out and the end of a node, drained or
// killed, and tokens stay out of the logs.
func TestDeploy_Proxies(t *testing.T) {
	for file := range proxies {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 2, false, "--heartbeat", "1s", "--drain-delay", "4s", "--drain-timeout", "2s",
				"--trusted-proxies", "127.0.0.1/32", "--log-level", "info")
			a, b := c.all[0], c.all[1]
			f := startFront(t, file, [2]string{a.addr, b.addr})
			f.checkRedirect()
			f.checkAddress(a, b)

			tabs := f.openTabs(a.token("ann"))
			if a.sessions("ann") == 0 || b.sessions("ann") == 0 {
				t.Errorf("%d sessions at one node and %d at the other", a.sessions("ann"), b.sessions("ann"))
			}
			f.checkBrowser(a, b)
			tabs.hold(15 * time.Second)
			tabs.get("one", f.publish("one"))
			f.checkDatabaseAway(a, b)
			tabs.get("two", f.publish("two"))
			tabs.stayed()
			tabs.get("drain", f.publishWhile("drain", a.drain))

			a.start()
			f.streamByQuery(a, b)
			b.kill()
			tabs.get("kill", f.publish("kill"))
			for range 3 { // some are tried at the node that is no more
				f.streamByQuery(a)
			}
			f.checkLogs()
		})
	}
}

// checkRedirect wants the plain port to send browsers to the other. Caddy does
// so by itself, from port 80.
func (f *front) checkRedirect() {
	f.t.Helper()
	if strings.HasSuffix(f.t.Name(), "Caddyfile") {
		return
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer c.CloseIdleConnections()
	res, err := c.Get("http://" + f.plain + "/v1/inbox?limit=1")
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	if to := res.Header.Get("Location"); res.StatusCode/100 != 3 || !strings.HasPrefix(to, "https://") || !strings.HasSuffix(to, "/v1/inbox?limit=1") {
		f.t.Errorf("the plain port answers %s with Location %q", res.Status, to)
	}
}

// checkAddress wants the nodes to know the client's address, whatever it claims.
func (f *front) checkAddress(nodes ...*node) {
	f.t.Helper()
	req, err := http.NewRequest(http.MethodGet, f.url()+"/v1/inbox", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "203.0.113.9")
	res, err := f.http().Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || res.ProtoMajor != 2 {
		f.t.Errorf("without a token: %s over %s", res.Status, res.Proto)
	}
	until(f.t, "a node's log has the client's address", func() bool {
		for _, n := range nodes {
			if strings.Contains(n.log.String(), "client=127.0.0.2") {
				return true
			}
		}
		return false
	})
}

// checkBrowser wants a real browser to get its WebSocket: through HAProxy over
// the HTTP/2 connection that it has already (RFC 8441).
func (f *front) checkBrowser(nodes ...*node) {
	f.t.Helper()
	page := f.path("page.html")
	script := fmt.Sprintf("<script>fetch('%s/healthz', {credentials: 'include', mode: 'no-cors'}).then(() => new WebSocket('wss://%s/v1/ws?token=%s'))</script>", f.url(), f.addr, nodes[0].token("eve"))
	if err := os.WriteFile(page, []byte(script), 0o600); err != nil {
		f.t.Fatal(err)
	}
	browser := exec.Command(cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium"), "--headless", "--no-sandbox", "--disable-gpu",
		"--ignore-certificate-errors", "--remote-debugging-port=0", "--user-data-dir="+f.path("browser"), "file://"+page)
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := browser.Start(); err != nil {
		f.t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL)
		_ = browser.Wait() // says only that it was killed
	}()
	until(f.t, "the browser has a session", func() bool {
		return slices.ContainsFunc(nodes, func(n *node) bool { return n.sessions("eve") > 0 })
	})
}

// checkDatabaseAway wants publishers to hear at once, in words of HTTP, that and
// when to come back, and the sessions to stay.
func (f *front) checkDatabaseAway(nodes ...*node) {
	f.t.Helper()
	for _, n := range nodes {
		n.toDatabase.Set(proxytest.Cut)
	}
	for _, n := range nodes {
		until(f.t, "the node says that the database is away", func() bool { return n.health().Store == "down" })
	}
	until(f.t, "publishers are told to come back", func() bool {
		req, err := http.NewRequest(http.MethodPost, f.url()+"/v1/notifications", strings.NewReader(`{"to":{"user":"ann"},"title":"x"}`))
		if err != nil {
			f.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+apiKey)
		req.Header.Set("Content-Type", "application/json")
		res, err := f.http().Do(req)
		if err != nil {
			f.t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != ""
	})
	for _, n := range nodes {
		n.toDatabase.Set(proxytest.Passing)
	}
	for _, n := range nodes {
		until(f.t, "the node is well again", n.is(healthy))
	}
}

// frontTabs are tabs behind a proxy, of both transports.
type frontTabs struct {
	t    *testing.T
	tabs []*tab
	lost chan error // connections that ended
}

func (f *front) openTabs(token string) frontTabs {
	tabs := frontTabs{t: f.t, lost: make(chan error, 1000)}
	for i := range 8 {
		o := client.StreamOptions{Items: 100, Transport: client.TransportWebSocket, Lost: func(err error, _ time.Duration) { tabs.lost <- err }}
		if i%2 == 1 {
			o.Transport = client.TransportSSE
		}
		tabs.tabs = append(tabs.tabs, openStream(f.t, f.client(client.Config{Token: token}), o))
	}
	return tabs
}

// hold wants all connections to live for a while, in which nothing is sent but
// heartbeats.
func (tabs frontTabs) hold(d time.Duration) {
	tabs.t.Helper()
	select {
	case err := <-tabs.lost:
		tabs.t.Errorf("a quiet connection ended: %v", err)
	case <-time.After(d):
	}
}

// stayed wants no connection to have ended so far.
func (tabs frontTabs) stayed() {
	tabs.t.Helper()
	select {
	case err := <-tabs.lost:
		tabs.t.Errorf("a connection ended: %v", err)
	default:
	}
}

// get wants every tab to get each notification once, in order, and none to have
// begun anew meanwhile.
func (tabs frontTabs) get(what string, titles []string) {
	tabs.t.Helper()
	for i, tb := range tabs.tabs {
		var got []string
		tb.until(fmt.Sprintf("tab %d: all of %s", i, what), func(fr client.Frame) bool {
			switch body := fr.Body.(type) {
			case *client.Welcome:
				if !body.Resumed {
					tabs.t.Errorf("tab %d began anew: %s", i, fr.Raw)
				}
			case *client.Notification:
				got = append(got, body.Item.Title)
			}
			return len(got) >= len(titles)
		})
		if strings.Join(got, ",") != strings.Join(titles, ",") {
			tabs.t.Errorf("tab %d: %s arrived as %q instead of %q", i, what, got, titles)
		}
	}
}

// publish publishes by way of the proxy and gives the titles.
func (f *front) publish(titles ...string) []string {
	f.t.Helper()
	backend := f.client(client.Config{Key: apiKey})
	for _, title := range titles {
		if _, err := backend.Publish(context.Background(), belfry.Draft{To: toAnn, Content: belfry.Content{Title: title}}); err != nil {
			f.t.Errorf("%q: %v", title, err)
		}
	}
	return titles
}

// publishWhile publishes until something is done, and gives the titles.
func (f *front) publishWhile(what string, done func()) (titles []string) {
	f.t.Helper()
	ended := make(chan struct{})
	go func() { done(); close(ended) }()
	for {
		titles = append(titles, f.publish(fmt.Sprint(what, len(titles)))...)
		select {
		case <-ended:
			return titles
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// streamByQuery opens event streams as EventSource does, token in the address,
// until each node holds one. The first block must be there while the stream is
// open.
func (f *front) streamByQuery(nodes ...*node) {
	f.t.Helper()
	token := nodes[0].token("ben")
	until(f.t, "the proxy takes both nodes", func() bool {
		res, err := f.http().Get(f.url() + "/v1/stream?token=" + token)
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
			f.t.Errorf("a stream: %s over %s", res.Status, res.Proto)
		}
		for lines := bufio.NewScanner(res.Body); lines.Scan() && lines.Text() != "event: welcome"; {
		}
		time.Sleep(200 * time.Millisecond) // a node that was away is asked again soon
		return !slices.ContainsFunc(nodes, func(n *node) bool { return n.sessions("ben") == 0 })
	})
}

// checkLogs wants paths in the proxy's logs and no token.
func (f *front) checkLogs() {
	f.t.Helper()
	until(f.t, "the log has the path of a stream", func() bool { return strings.Contains(f.logs(), "/v1/stream") })
	logs := f.logs()
	if strings.HasSuffix(f.t.Name(), "haproxy.cfg") && !strings.Contains(logs, `"GET /v1/ws HTTP/2.0" 101`) {
		f.t.Error("no WebSocket came over HTTP/2")
	}
	for line := range strings.Lines(logs) {
		if strings.Contains(line, "eyJ") || strings.Contains(line, apiKey) {
			f.t.Errorf("a credential is in the log: %s", line)
		}
	}
}
