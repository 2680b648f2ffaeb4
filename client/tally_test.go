package client

import (
	"sync"
	"testing"
	"time"

	"belfry"
)

// What the tally says at every rest is what the server says.
func TestTally_Take(t *testing.T) {
	n := startNode(t)
	c, ctx := n.client(), t.Context()
	inbox := c.Inbox("ann")
	if err := inbox.Follow(ctx, "doc.42"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var tally Tally
	w := startWire(t, n.addr)
	listen(t, newTestClient(t, w.url()), StreamOptions{Token: userToken(t, "ann")}, func(f Frame) {
		mu.Lock()
		defer mu.Unlock()
		tally.Take(f)
	})
	agree := func(what string) {
		t.Helper()
		want, err := inbox.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		within(t, 5*time.Second, what, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return tally.Exact && tally.Unread == want.Unread && tally.Unseen == want.Unseen
		})
	}
	all := func(title string) belfry.Draft {
		return belfry.Draft{To: belfry.Target{All: true}, Content: belfry.Content{Title: title}}
	}
	steps := []struct {
		what  string
		draft belfry.Draft
	}{
		{"to the user", draft("ann", "1")},
		{"to everyone", all("2")},
		{"to a followed topic", belfry.Draft{To: belfry.Target{Topic: "doc.42"}, Content: belfry.Content{Title: "3"}}},
		{"to another topic", belfry.Draft{To: belfry.Target{Topic: "doc.43"}, Content: belfry.Content{Title: "4"}}},
		{"to everyone again", all("5")},
	}
	for _, s := range steps {
		p, err := c.Publish(ctx, s.draft)
		if err != nil {
			t.Fatal(err)
		}
		agree(s.what)
		w.cut()
		if _, err := c.Publish(ctx, s.draft); err != nil {
			t.Fatal(err)
		}
		agree(s.what + ", across a cut")
		if _, err := inbox.Mark(ctx, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{p.ID}}); err != nil {
			t.Fatal(err)
		}
		agree(s.what + ", one read")
	}
}
