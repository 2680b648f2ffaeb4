package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/client"
)

// TestClusterSpeed publishes at one node and delivers at another, at a steady
// rate, and logs how long it took and what it cost. It fails only when something
// does not arrive.
//
// BELFRY_SPEED_RATE is how many a second, BELFRY_SPEED_SECONDS for how long.
func TestClusterSpeed(t *testing.T) {
	rate := setting("BELFRY_SPEED_RATE", 100)
	total := rate * setting("BELFRY_SPEED_SECONDS", 1)
	c := newDirectCluster(t, 2)
	from, to := c.all[0], c.all[1]
	until(t, "both nodes are well", c.well)
	const users = 100
	l := &stopwatch{asked: map[string]time.Time{}, left: total, done: make(chan struct{})}
	for i := range users {
		l.listen(t, to, belfry.UserID(fmt.Sprint("user-", i)))
	}
	busy := [2]time.Duration{cpu(t, from), cpu(t, to)}
	backend := from.backend()
	var publishing sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range total {
		<-tick.C
		publishing.Go(func() {
			title := fmt.Sprint("n", i)
			l.start(title)
			d := belfry.Draft{To: belfry.Target{User: belfry.UserID(fmt.Sprint("user-", i%users))}, Content: belfry.Content{Title: title}}
			if _, err := backend.Publish(context.Background(), d); err != nil {
				t.Error(err)
			}
		})
	}
	publishing.Wait()
	select {
	case <-l.done:
	case <-time.After(time.Minute):
		t.Fatalf("%d of %d did not arrive within a minute", l.left, total)
	}
	t.Logf("%d published at one node and delivered at another, %d/s: from request to arrival p50 %s, p99 %s, longest %s", total, rate,
		quantile(l.took, .5), quantile(l.took, .99), quantile(l.took, 1))
	for i, n := range []*node{from, to} {
		t.Logf("%s: %s of processor time each", []string{"publishing node", "delivering node"}[i], (cpu(t, n)-busy[i])/time.Duration(total))
	}
}

// TestClusterThroughput publishes to single users as fast as 64 publishers go,
// spread over one, two and four nodes, and logs how many were published and
// delivered a second and whose processor time it took. It fails only when
// something does not arrive.
//
// BELFRY_SPEED_SECONDS is how long each lasts.
func TestClusterThroughput(t *testing.T) {
	for _, size := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c := newDirectCluster(t, size)
			until(t, "all nodes are well", c.well)
			const users = 100
			l := &stopwatch{asked: map[string]time.Time{}, done: make(chan struct{})}
			for i := range users {
				l.listen(t, c.all[(i+1)%size], belfry.UserID(fmt.Sprint("user-", i)))
			}
			var busy time.Duration
			for _, n := range c.all {
				busy -= cpu(t, n)
			}
			began := time.Now()
			total := c.publishFor(t, l, time.Duration(setting("BELFRY_SPEED_SECONDS", 1))*time.Second, users)
			rate := float64(total) / time.Since(began).Seconds()
			until(t, "everything has arrived", func() bool { return l.arrived() == total })
			for _, n := range c.all {
				busy += cpu(t, n)
			}
			t.Logf("%d nodes: %.0f a second published, all %d delivered; %s of the nodes' processor time each; from request to arrival p50 %s, p99 %s", size, rate, total,
				busy/time.Duration(total), quantile(l.took, .5), quantile(l.took, .99))
		})
	}
}

// TestClusterIdle logs what an idle connection costs in memory at a node on
// PostgreSQL and Redis, beside a server that is alone. It fails only when a
// session does not open.
//
// BELFRY_SPEED_SESSIONS is how many are opened; with a few hundred the server's
// own start weighs in.
func TestClusterIdle(t *testing.T) {
	alone := newServer(t)
	alone.start()
	c := newDirectCluster(t, 2)
	until(t, "both nodes are well", c.well)
	sessions := setting("BELFRY_SPEED_SESSIONS", 100)
	for name, s := range map[string]*server{"alone": alone, "one of two nodes": c.all[0].server} {
		dialRaw(t, s, "first")
		before := rss(t, s.cmd.Process.Pid)
		for i := range sessions {
			dialRaw(t, s, belfry.UserID(fmt.Sprint("idle-", i)))
		}
		time.Sleep(time.Duration(setting("BELFRY_SPEED_SECONDS", 0)) * time.Second) // until garbage has been given back
		t.Logf("%s: %.1f KiB a connection, %d connected", name, float64(rss(t, s.cmd.Process.Pid)-before)/1024/float64(sessions), sessions)
	}
}

// publishFor publishes at all nodes for a time and says how many it were.
func (c *nodes) publishFor(t *testing.T, l *stopwatch, d time.Duration, users int) int {
	t.Helper()
	var sent atomic.Int64
	var publishing sync.WaitGroup
	end := time.Now().Add(d)
	for w := range 64 {
		backend := c.all[w%len(c.all)].backend()
		publishing.Go(func() {
			for time.Now().Before(end) {
				i := sent.Add(1)
				title := fmt.Sprint("n", i)
				l.start(title)
				d := belfry.Draft{To: belfry.Target{User: belfry.UserID(fmt.Sprint("user-", i%int64(users)))}, Content: belfry.Content{Title: title}}
				if _, err := backend.Publish(context.Background(), d); err != nil {
					t.Error(err)
				}
			}
		})
	}
	publishing.Wait()
	return int(sent.Load())
}

// stopwatch measures from requests to arrivals.
type stopwatch struct {
	mu    sync.Mutex
	asked map[string]time.Time
	took  []time.Duration
	left  int
	done  chan struct{}
}

func (l *stopwatch) start(title string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[title] = time.Now()
}

func (l *stopwatch) stop(title string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, time.Since(l.asked[title]))
	if l.left--; l.left == 0 {
		close(l.done)
	}
}

func (l *stopwatch) arrived() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.took)
}

func (l *stopwatch) listen(t *testing.T, n *node, user belfry.UserID) {
	t.Helper()
	c, err := client.New(client.Config{URL: n.url(), Token: n.token(user)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, hangUp := context.WithCancel(context.Background())
	live, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Stream(ctx, client.StreamOptions{}, func(f client.Frame) error { // ends with ctx
			switch b := f.Body.(type) {
			case *client.Live:
				close(live)
			case *client.Notification:
				l.stop(b.Item.Title)
			}
			return nil
		})
	}()
	t.Cleanup(func() { hangUp(); <-ended })
	<-live
}

// cpu is the processor time that a node has used.
func cpu(t *testing.T, n *node) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.cmd.Process.Pid))
	if err != nil {
		return 0 // not on this system
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')'):]))
	var ticks int64
	for _, text := range f[12:14] { // utime, stime: fields 14 and 15 of proc(5)
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += v
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100
}
