package client

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"belfry"
)

// Every frame that a real server sends in the course of a user's day is decoded
// to what happened, alike on both transports.
func TestFrame_OfARealServer(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			n := startNode(t)
			c := n.client()
			seen := &frames{}
			listen(t, c, StreamOptions{Transport: transport, Token: userToken(t, "ann", "doc.**"), Topics: []belfry.Topic{"doc.7"}}, seen.take)

			await(t, seen, func(w *Welcome) bool {
				return w.User == "ann" && w.Heartbeat == 1 && !w.Resumed && w.Session != "" && w.Server != "" && w.TokenExpiresAt != 0
			})
			await(t, seen, func(*Live) bool { return true })
			day(t, c, seen)
			await(t, seen, func(*Pong) bool { return true })
		})
	}
}

// day does one thing after the other and awaits the frame that tells of it.
func day(t *testing.T, c *Client, seen *frames) {
	ctx, inbox := t.Context(), c.Inbox("ann")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	publish := func(to belfry.Target, title string) belfry.ID {
		t.Helper()
		p, err := c.Publish(ctx, belfry.Draft{To: to, Content: belfry.Content{Title: title, Data: json.RawMessage(`{"a":1}`)}})
		must(err)
		return p.ID
	}
	mark := func(m belfry.Mark) {
		t.Helper()
		_, err := inbox.Mark(ctx, m)
		must(err)
	}

	id := publish(belfry.Target{User: "ann"}, "Mine")
	await(t, seen, func(n *Notification) bool {
		return n.Op == "created" && n.Item.ID == id && n.Item.Title == "Mine" && n.Item.To.User == "ann" && n.Item.DeliveredAt != 0 && string(n.Item.Data) == `{"a":1}`
	})
	await(t, seen, func(b *CountsChanged) bool { return b.Counts.Unread == 1 })
	publish(belfry.Target{Topic: "doc.7"}, "Seen in passing")
	await(t, seen, func(n *Notification) bool { return n.Item.Inbox != nil && !*n.Item.Inbox })

	mark(belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}})
	await(t, seen, func(r *Receipts) bool {
		return !r.All && len(r.Items) == 1 && r.Items[0].ID == id && r.Items[0].ReadAt != 0 && r.Items[0].ReceiptRev != 0
	})
	publish(belfry.Target{All: true}, "Ours")
	mark(belfry.Mark{Action: belfry.ActionSeen, All: true})
	await(t, seen, func(r *Receipts) bool { return r.All && r.Action == belfry.ActionSeen && r.UpTo.S > 0 })

	_, err := c.Edit(ctx, id, belfry.Patch{"title": json.RawMessage(`"Still mine"`)})
	must(err)
	await(t, seen, func(n *Notification) bool {
		return n.Op == "updated" && n.Item.Title == "Still mine" && n.Item.ReadAt != 0
	})
	_, err = c.Retract(ctx, id)
	must(err)
	await(t, seen, func(n *Notification) bool { return n.Op == "removed" && n.Item.ID == id })

	must(inbox.Follow(ctx, "doc.42"))
	await(t, seen, func(f *Follow) bool { return f.Topic == "doc.42" && f.From != nil })
	must(inbox.Unfollow(ctx, "doc.42"))
	await(t, seen, func(f *Follow) bool { return f.Topic == "doc.42" && f.From == nil })

	must(c.Signal(ctx, belfry.Signal{To: belfry.Target{User: "ann"}, Name: "typing", Data: []byte(`{"who":"bob"}`)}))
	await(t, seen, func(s *Signal) bool {
		return s.Name == "typing" && s.From == "" && s.To == "user:ann" && string(s.Data) == `{"who":"bob"}`
	})
}

func TestDecodeFrame(t *testing.T) {
	t.Run("an unknown type is kept", func(t *testing.T) {
		f, err := decodeFrame([]byte(`{"cursor":"c","type":"later","x":1}`))
		if err != nil || f.Body != nil || f.Type != "later" || f.Cursor != "c" {
			t.Errorf("got %+v, %v", f, err)
		}
	})
	t.Run("what is no frame is an error that invites another try", func(t *testing.T) {
		for _, raw := range []string{"", "null x", `{"type":`, `{"type":"counts","counts":7}`} {
			if _, err := decodeFrame([]byte(raw)); !retryable(err) {
				t.Errorf("%q: %v", raw, err)
			}
		}
	})
}

// frames are the frames that came and were not awaited yet.
type frames struct {
	mu   sync.Mutex
	held []Frame
}

func (fs *frames) take(f Frame) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.held = append(fs.held, f)
}

// await waits for a frame of a kind and drops what came before it.
func await[T any](t *testing.T, fs *frames, is func(T) bool) (found T) {
	t.Helper()
	within(t, 5*time.Second, "the frame", func() bool {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		for i, f := range fs.held {
			if b, ok := f.Body.(T); ok && is(b) {
				fs.held, found = fs.held[i+1:], b
				return true
			}
		}
		return false
	})
	return found
}
