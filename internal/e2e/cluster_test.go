package e2e

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/client"
)

// until waits for a condition, at most a minute.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// tab listens to a user's stream at an address, reconnects by itself and keeps
// what came.
type tab struct {
	t      *testing.T
	frames chan client.Frame
}

func openTab(t *testing.T, url, token string) *tab {
	t.Helper()
	c, err := client.New(client.Config{URL: url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return openStream(t, c, client.StreamOptions{Items: 100})
}

func openStream(t *testing.T, c *client.Client, o client.StreamOptions) *tab {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	tb := &tab{t: t, frames: make(chan client.Frame, 10_000)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Stream(ctx, o, func(f client.Frame) error { // ends with ctx
			tb.frames <- f
			return nil
		})
	}()
	t.Cleanup(func() { stop(); <-ended })
	tb.until("live", func(f client.Frame) bool { return f.Type == "live" })
	return tb
}

func (tb *tab) until(what string, ok func(client.Frame) bool) client.Frame {
	tb.t.Helper()
	for deadline := time.After(time.Minute); ; {
		select {
		case f := <-tb.frames:
			if ok(f) {
				return f
			}
		case <-deadline:
			tb.t.Fatalf("in vain: %s", what)
		}
	}
}

// gets waits for a notification.
func (tb *tab) gets(title string) {
	tb.t.Helper()
	tb.getsAll(title)
}

func (n *node) publish(to belfry.Target, title string) {
	n.t.Helper()
	if _, err := n.backend().Publish(context.Background(), belfry.Draft{To: to, Content: belfry.Content{Title: title}}); err != nil {
		n.t.Fatalf("%q: %v\n%s", title, err, n.log)
	}
}

var (
	toAnn = belfry.Target{User: "ann"}
	toAll = belfry.Target{All: true}
)

// TestCluster_Deliver: published at one node, delivered at the others, with and
// without Redis, and marks and signals too.
func TestCluster_Deliver(t *testing.T) {
	for _, with := range []string{"redis", "PostgreSQL alone"} {
		t.Run(with, func(t *testing.T) {
			c := newCluster(t, 2, with == "redis")
			a, b := c.all[0], c.all[1]
			token := a.token("ann")
			here, there := openTab(t, a.url(), token), openTab(t, b.url(), token)
			a.publish(toAnn, "one")
			b.publish(toAll, "two")
			for _, tb := range []*tab{here, there} {
				tb.getsAll("one", "two")
			}
			if _, err := b.backend().Inbox("ann").Mark(t.Context(), belfry.Mark{Action: belfry.ActionRead, All: true}); err != nil {
				t.Fatal(err)
			}
			for _, tb := range []*tab{here, there} {
				tb.until("the counts after the mark", func(f client.Frame) bool {
					counts, ok := f.Body.(*client.CountsChanged)
					return ok && counts.Counts.Unread == 0
				})
			}
			for _, n := range c.all {
				until(t, "presence at each node shows both", func() bool {
					p := n.presence("ann")
					return len(p.Sessions) == 2 && !p.Partial
				})
			}
			if with == "redis" {
				until(t, "both are well", func() bool { return a.is(healthy)() && b.is(healthy)() })
				if err := a.backend().Signal(t.Context(), belfry.Signal{To: toAnn, Name: "hello"}); err != nil {
					t.Fatal(err)
				}
				there.until("a signal from the other node", func(f client.Frame) bool { return f.Type == "signal" })
			}
		})
	}
}

// TestCluster_Keys: a key made in the database is good at every node.
func TestCluster_Keys(t *testing.T) {
	c := newCluster(t, 2, true)
	create := exec.Command(binary, "key", "create", "--name", "shop")
	create.Env = append(os.Environ(), "BELFRY_DATABASE_URL="+c.database.dsn)
	key, err := create.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range c.all {
		b, err := client.New(client.Config{URL: n.url(), Key: strings.TrimSpace(string(key))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Publish(t.Context(), belfry.Draft{To: toAnn, Content: belfry.Content{Title: "by key"}}); err != nil {
			t.Error(err)
		}
	}
}

// TestCluster_RedisDown: everything still arrives, later; the nodes say that they
// are degraded and take traffic all the same.
func TestCluster_RedisDown(t *testing.T) {
	c := newCluster(t, 2, true)
	a, b := c.all[0], c.all[1]
	tb := openTab(t, b.url(), a.token("ann"))
	for _, fault := range []struct {
		name       string
		begin, end func()
	}{
		{"killed", c.redis.Kill, c.redis.Start},
		{"paused", c.redis.Pause, c.redis.Resume},
	} {
		t.Run(fault.name, func(t *testing.T) {
			until(t, "both are well", func() bool { return a.is(healthy)() && b.is(healthy)() })
			fault.begin()
			until(t, "both say that they are degraded", func() bool { return a.is(degraded)() && b.is(degraded)() })
			a.publish(toAnn, fault.name+" one")
			a.publish(toAll, fault.name+" two")
			tb.getsAll(fault.name+" one", fault.name+" two")
			fault.end()
			until(t, "both are well again", func() bool { return a.is(healthy)() && b.is(healthy)() })
			a.publish(toAnn, fault.name+" three")
			tb.gets(fault.name + " three")
		})
	}
}

// getsAll waits for notifications by title, in any order: there is none between
// the two logs.
func (tb *tab) getsAll(titles ...string) {
	tb.t.Helper()
	left := map[string]bool{}
	for _, title := range titles {
		left[title] = true
	}
	tb.until(strings.Join(titles, " and "), func(f client.Frame) bool {
		if n, ok := f.Body.(*client.Notification); ok {
			delete(left, n.Item.Title)
		}
		return len(left) == 0
	})
}

// TestCluster_DatabaseDown: publishes are refused at once and say when to come
// back, sessions stay, signals flow, readiness says which part is down; and all
// is as before when it is back.
func TestCluster_DatabaseDown(t *testing.T) {
	c := newCluster(t, 2, true)
	a, b := c.all[0], c.all[1]
	tb := openTab(t, b.url(), a.token("ann"))
	until(t, "both are well", func() bool { return a.is(healthy)() && b.is(healthy)() })
	c.database.Stop()
	until(t, "readiness says which part is down", func() bool { return a.is(storeOff)() && b.is(storeOff)() })
	refused(t, a)
	if err := a.backend().Signal(t.Context(), belfry.Signal{To: toAnn, Name: "still.here"}); err != nil {
		t.Fatal(err)
	}
	tb.until("a signal, by a session that stayed", func(f client.Frame) bool {
		if f.Type == "bye" || f.Type == "welcome" {
			t.Errorf("the session did not stay: %s", f.Raw)
		}
		return f.Type == "signal"
	})
	c.database.Start(t)
	until(t, "both are well again", func() bool { return a.is(healthy)() && b.is(healthy)() })
	a.publish(toAnn, "back")
	tb.gets("back")
}

// refused wants a publish to be answered 503 with Retry-After, before a client
// would lose patience.
func refused(t *testing.T, n *node) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, n.url()+"/v1/notifications", strings.NewReader(`{"to":{"user":"ann"},"title":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	asked := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	t.Logf("refused after %s", time.Since(asked))
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		b, _ := io.ReadAll(res.Body) // for the failure's text only
		t.Errorf("status %d, Retry-After %q: %s", res.StatusCode, res.Header.Get("Retry-After"), b)
	}
}

// TestCluster_NodeDies: its sessions go on at another node, by their cursors.
func TestCluster_NodeDies(t *testing.T) {
	c := newCluster(t, 2, true)
	until(t, "the balancer knows both", func() bool { return len(c.balancer.addrs(true)) == 2 })
	token := c.all[0].token("ann")
	for _, death := range []struct {
		name string
		end  func(*node)
	}{
		{"kill -9", (*node).kill},
		{"drain", (*node).drain},
	} {
		t.Run(death.name, func(t *testing.T) {
			var tabs []*tab
			for range 6 { // at either node
				tabs = append(tabs, openTab(t, c.balancer.url(), token))
			}
			dies, stays := c.all[0], c.all[1]
			stays.publish(toAnn, death.name+" before")
			for _, tb := range tabs {
				tb.gets(death.name + " before")
			}
			death.end(dies)
			stays.publish(toAnn, death.name+" after")
			for _, tb := range tabs {
				tb.until("the notification after, without a reset", func(f client.Frame) bool {
					if w, ok := f.Body.(*client.Welcome); ok && !w.Resumed {
						t.Errorf("a session began anew: %s", f.Raw)
					}
					n, ok := f.Body.(*client.Notification)
					return ok && n.Item.Title == death.name+" after"
				})
			}
			until(t, "presence shows the sessions where they are now", func() bool {
				return len(stays.presence("ann").Sessions) == 6
			})
			dies.start()
			until(t, "the node that came back shows them too", func() bool {
				p := dies.presence("ann")
				return len(p.Sessions) == 6 && p.Online && !p.Partial
			})
			until(t, "the balancer knows both", func() bool { return len(c.balancer.addrs(true)) == 2 })
		})
	}
}
