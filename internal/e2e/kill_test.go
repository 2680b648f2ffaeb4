package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"belfry"
	"belfry/belfrytest"
	"belfry/client"
)

// TestKill is P1: publishers at full speed, kill -9 at a random moment, restart.
// Every acknowledged notification is there, none twice, no hole in the
// revisions. Two listeners a user end with the store's list and count: one that
// comes back at once after every kill, and one that backs off as clients do and
// may sleep through more restarts than a log remembers.
func TestKill(t *testing.T) {
	s := newServer(t, "--retention-items", "1000000")
	s.start()
	users := []belfry.UserID{"ann", "bob", "cid"}
	for _, u := range users {
		if err := s.backend().Inbox(u).Follow(context.Background(), "news"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var listeners []*listener
	for i, u := range users {
		transports := []string{client.TransportWebSocket, client.TransportSSE}
		listeners = append(listeners, listen(ctx, t, s, u, transports[i%2], false), listen(ctx, t, s, u, transports[(i+1)%2], true))
	}
	p := &publishers{acked: map[string]bool{}}
	n := setting("BELFRY_ROUNDS", 6)
	for range n {
		p.during(s, users, func() {
			time.Sleep(100*time.Millisecond + rand.N(300*time.Millisecond))
			s.kill()
		})
		s.start()
	}
	t.Logf("%d rounds, %d notifications acknowledged, %d publishes failed", n, len(p.acked), p.failed)
	if len(p.acked) < n {
		t.Fatalf("only %d notifications were acknowledged in %d rounds: nothing was tested", len(p.acked), n)
	}
	for i, u := range users {
		stored := inbox(t, s, u)
		p.check(t, u, stored)
		listeners[2*i].settle(t, stored)
		listeners[2*i+1].settle(t, stored)
	}
}

// publishers publish as fast as they can until the server is gone.
type publishers struct {
	mu     sync.Mutex
	acked  map[string]bool // title → was acknowledged
	failed int
	next   int
}

func (p *publishers) during(s *server, users []belfry.UserID, body func()) {
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for w := range 8 {
		c := s.backend()
		wg.Go(func() { p.publish(ctx, c, w, users) })
	}
	body()
	stop()
	wg.Wait()
}

func (p *publishers) publish(ctx context.Context, c *client.Client, w int, users []belfry.UserID) {
	for ctx.Err() == nil {
		p.mu.Lock()
		p.next++
		n := p.next
		p.mu.Unlock()
		to, kind := belfry.Target{User: users[n%len(users)]}, "user:"+string(users[n%len(users)])
		switch n % 10 {
		case 0:
			to, kind = belfry.Target{All: true}, "shared"
		case 1:
			to, kind = belfry.Target{Topic: "news"}, "shared"
		case 2:
			to, kind = belfry.Target{Users: users}, "shared"
		}
		title := fmt.Sprintf("%s %d/%d", kind, w, n)
		_, err := c.Publish(context.Background(), belfry.Draft{To: to, Content: belfry.Content{Title: title}})
		p.mu.Lock()
		if err == nil {
			p.acked[title] = true
		} else {
			p.failed++
		}
		p.mu.Unlock()
		if err != nil {
			time.Sleep(time.Millisecond)
		}
	}
}

// check holds an inbox against what the publishers were told.
func (p *publishers) check(t *testing.T, user belfry.UserID, stored []client.Item) {
	t.Helper()
	seen := map[string]bool{}
	var private []belfry.Rev
	for _, it := range stored {
		if seen[it.Title] {
			t.Errorf("%s: %q is there twice", user, it.Title)
		}
		seen[it.Title] = true
		if it.To.User != "" {
			private = append(private, it.Born)
		}
	}
	for title := range p.acked {
		mine := len(title) > 6 && title[:6] == "shared" || len(title) > 8 && title[:8] == "user:"+string(user)
		if mine && !seen[title] {
			t.Errorf("%s: %q was acknowledged and is lost", user, title)
		}
	}
	slices.Sort(private)
	for i, born := range private {
		// The first revision of each log is the follow of the topic.
		if born != belfry.Rev(i+2) {
			t.Fatalf("%s: the private log has a hole: item %d was born at %d", user, i, born)
		}
	}
}

// inbox reads the whole inbox, newest first.
func inbox(t *testing.T, s *server, user belfry.UserID) (items []client.Item) {
	t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Token: s.token(user)})
	if err != nil {
		t.Fatal(err)
	}
	q := client.ListOptions{Limit: 100}
	for {
		page, err := c.Inbox("").List(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			if page.Counts.Unread != int64(len(items)) {
				t.Errorf("%s: the inbox counts %d unread and lists %d", user, page.Counts.Unread, len(items))
			}
			return items
		}
		q.After = page.Next
	}
}

// listener is a client that reconnects by itself, with what it holds.
type listener struct {
	name    string
	mu      sync.Mutex
	replica belfrytest.Replica
	opened  int  // welcomes
	reset   bool // it slept through more restarts than a log remembers, and began anew with the newest items
	err     error
	changed chan struct{}
}

// listen streams until ctx ends. An impatient listener does not wait between a
// lost connection and the next.
func listen(ctx context.Context, t *testing.T, s *server, user belfry.UserID, transport string, impatient bool) *listener {
	t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Token: s.token(user)})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{name: fmt.Sprintf("%s (%s, impatient: %t)", user, transport, impatient), replica: belfrytest.Replica{User: user}, changed: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			attempt, again := context.WithCancel(ctx)
			o := client.StreamOptions{Transport: transport, Items: snapshot, Cursor: l.replica.Cursor}
			if impatient {
				o.Lost = func(error, time.Duration) { again() }
			}
			err := c.Stream(attempt, o, l.take)
			again()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: the stream ended: %v", l.name, err)
				return
			}
			time.Sleep(10 * time.Millisecond) // does not spin while the server is away
		}
	}()
	t.Cleanup(func() { <-ended })
	return l
}

func (l *listener) take(f client.Frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w, ok := f.Body.(*client.Welcome); ok {
		l.opened++
		l.reset = l.reset || w.Reset
	}
	if len(f.Raw) == 0 { // a heartbeat: only the cursor moves
		return nil
	}
	if err := l.replica.Frame(f.Raw); err != nil && l.err == nil {
		l.err = err
	}
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return nil
}

// settle waits until the listener holds exactly what is stored, counts included.
func (l *listener) settle(t *testing.T, stored []client.Item) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		diff := l.diff(stored)
		if diff == "" {
			t.Logf("%s: opened %d times, reset: %t", l.name, l.opened, l.reset)
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			t.Errorf("%s: after 60 s %s", l.name, diff)
			return
		}
	}
}

func (l *listener) diff(stored []client.Item) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, whole := l.replica.Items(), len(stored)
	if l.reset {
		whole = min(whole, snapshot)
	}
	switch {
	case l.err != nil:
		return "a frame broke the protocol: " + l.err.Error()
	case len(held) < whole || !l.reset && len(held) > whole:
		return fmt.Sprintf("the listener holds %d items, the store %d", len(held), len(stored))
	case l.replica.Counts.Unread != int64(len(stored)):
		return fmt.Sprintf("the listener counts %d unread, the store holds %d", l.replica.Counts.Unread, len(stored))
	}
	for i, it := range stored { // newest first
		if h, ok := held[it.ID]; (ok || i < whole) && h.Born != it.Born {
			return fmt.Sprintf("%q is held as born at %d, stored at %d", it.Title, h.Born, it.Born)
		}
		delete(held, it.ID)
	}
	if len(held) > 0 {
		return fmt.Sprintf("the listener holds %d items that are not stored", len(held))
	}
	return ""
}

// snapshot is how many items a listener asks for when it begins, or begins anew.
const snapshot = 100
