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
// revisions; listeners that reconnect by themselves end with the store's list
// and count.
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
		listeners = append(listeners, listen(ctx, t, s, u, []string{client.TransportWebSocket, client.TransportSSE}[i%2]))
	}
	p := &publishers{acked: map[string]bool{}}
	n := setting("BELFRY_ROUNDS", 3)
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
		listeners[i].settle(t, stored)
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
	mu      sync.Mutex
	replica belfrytest.Replica
	reset   bool // it was away for more restarts than a log remembers, and began anew with the newest items
	err     error
	changed chan struct{}
}

func listen(ctx context.Context, t *testing.T, s *server, user belfry.UserID, transport string) *listener {
	t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Token: s.token(user)})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{replica: belfrytest.Replica{User: user}, changed: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := c.Stream(ctx, client.StreamOptions{Transport: transport, Items: 100}, l.take)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the stream ended: %v", user, err)
		}
	}()
	t.Cleanup(func() { <-ended })
	return l
}

func (l *listener) take(f client.Frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
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
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			t.Errorf("%s: after 60 s %s", l.replica.User, diff)
			return
		}
	}
}

func (l *listener) diff(stored []client.Item) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.replica.Items()
	switch {
	case l.err != nil:
		return "a frame broke the protocol: " + l.err.Error()
	case len(held) != len(stored) && !l.reset || len(held) < min(len(stored), 100):
		return fmt.Sprintf("the listener holds %d items, the store %d", len(held), len(stored))
	case l.replica.Counts.Unread != int64(len(stored)):
		return fmt.Sprintf("the listener counts %d unread, the store holds %d", l.replica.Counts.Unread, len(stored))
	}
	for _, it := range stored[:len(held)] { // newest first
		if held[it.ID].Born != it.Born {
			return fmt.Sprintf("%q is held as born at %d, stored at %d", it.Title, held[it.ID].Born, it.Born)
		}
	}
	return ""
}
