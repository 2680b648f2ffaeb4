package hub_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
)

func TestHub_Broadcast(t *testing.T) {
	h := newHouse(t, hub.Options{})
	var pipes []*pipe
	for i := range 20 {
		_, p, _ := h.live(hub.Spec{User: belfry.UserID(fmt.Sprint("u", i))})
		pipes = append(pipes, p)
	}
	var titles []string
	for i := range 50 {
		titles = append(titles, fmt.Sprint("n", i))
	}
	h.publish(all, titles...)
	for _, p := range pipes {
		last := belfry.Rev(0)
		for i := range titles {
			f := p.until(t, "notification", is("notification"))
			c, err := belfry.ParseCursor(f.Cursor)
			if err != nil || f.Item.Title != titles[i] || f.Item.Rev <= last || c.S != f.Item.Rev {
				t.Fatalf("frame %d = %+v at %+v, %v", i, f, c, err)
			}
			last = f.Item.Rev
		}
	}
}

// One commit holds a broadcast and then a notification of a topic: whoever
// follows the topic hears of the broadcast first, though fewer are to be rung for
// the topic.
func TestHub_Broadcast_beforeATopicInOneCommit(t *testing.T) {
	h := newHouse(t, hub.Options{})
	var pipes []*pipe
	for i := range 200 {
		user := belfry.UserID(fmt.Sprint("u", i))
		if err := h.store.Follow(t.Context(), []belfry.UserID{user}, "news", true); err != nil {
			t.Fatal(err)
		}
		_, p, _ := h.live(hub.Spec{User: user})
		pipes = append(pipes, p)
	}
	for round := range 50 {
		var titles []string
		var drafts []belfry.Draft
		for i, to := range []belfry.Target{all, {Topic: "news"}, all, {Topic: "news"}} {
			titles = append(titles, fmt.Sprintf("%d.%d", round, i))
			drafts = append(drafts, belfry.Draft{To: to, Content: belfry.Content{Title: titles[i]}})
		}
		for _, p := range belfry.Publish(t.Context(), h.store, time.Now(), drafts) {
			if p.Err != nil {
				t.Fatal(p.Err)
			}
		}
		for i, p := range pipes {
			for _, title := range titles {
				if f := p.until(t, "notification", is("notification")); f.Item.Title != title {
					t.Fatalf("u%d got %q; want %q", i, f.Item.Title, title)
				}
			}
		}
	}
}

// caller is a Sink that takes everything and says of each frame that it comes.
type caller struct {
	counter
	coming func(kind string)
}

func (c *caller) Append(dst []byte, kind string, _ *[belfry.CursorLen]byte, _ []byte, _ *hub.Form) []byte {
	c.coming(kind)
	return append(dst, kind...)
}

// While a broadcast goes out to many, what is for one user and a new session wait
// for few of them.
func TestHub_Broadcast_othersDoNotWait(t *testing.T) {
	h := newHouse(t, hub.Options{Workers: 1})
	const sessions, last, most = 3200, 1535, 1000
	open := func(user any, coming func(kind string)) {
		if _, err := h.hub.Open(t.Context(), hub.Spec{User: belfry.UserID(fmt.Sprint("u", user))}, &caller{coming: coming}); err != nil {
			t.Error(err)
		}
	}
	told, waited, ended := 0, map[string]int{}, make(chan struct{}) // of the one worker
	live := make(chan struct{})
	for i := range sessions {
		open(i, func(kind string) {
			if kind == "live" {
				live <- struct{}{}
			}
			if kind != "notification" {
				return
			}
			told++
			if i == last && waited["a private notification"] == 0 {
				waited["a private notification"] = told
			}
			switch told {
			case 1: // all others are still to come
				told++
				h.publish(belfry.Target{User: belfry.UserID(fmt.Sprint("u", last))}, "private")
				open("new", func(kind string) {
					if kind == "live" {
						waited["a new session"] = told
					}
				})
			case sessions + 2: // with the private one, and the step above
				close(ended)
			}
		})
		<-live
	}
	h.publish(all, "to everyone")
	<-ended
	if len(waited) != 2 {
		t.Errorf("not all came: %v", waited)
	}
	for what, n := range waited {
		if n > most {
			t.Errorf("%s waited until %d of %d had been told", what, n, sessions)
		}
	}
}

func TestHub_Broadcast_except(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann"})
	res := belfry.Publish(context.Background(), h.store, time.Now(), []belfry.Draft{
		{To: all, Except: []belfry.UserID{"ann"}, Content: belfry.Content{Title: "not for ann"}},
	})
	if res[0].Err != nil {
		t.Fatal(res[0].Err)
	}
	h.publish(all, "for everyone")
	got := p.gather(t, "the broadcast", func(fs []frame) bool {
		return len(fs) > 0 && fs[len(fs)-1].Item != nil && fs[len(fs)-1].Item.Title == "for everyone"
	})
	for _, f := range got {
		if f.Item != nil && f.Item.Title == "not for ann" {
			t.Fatal("an excepted user was sent the item")
		}
	}
}

func TestHub_slowReader(t *testing.T) {
	h := newHouse(t, hub.Options{TailEntries: 64})
	_, slow, _ := h.live(hub.Spec{User: "slow"})
	_, quick, _ := h.live(hub.Spec{User: "quick"})
	slow.stop(true)
	const n = 2000
	for i := 0; i < n; i += 100 {
		titles := make([]string, 100)
		for j := range titles {
			titles[j] = fmt.Sprint(i + j)
		}
		h.publish(all, titles...)
	}
	for i := range n {
		if f := quick.until(t, "notification", is("notification")); f.Item.Title != fmt.Sprint(i) {
			t.Fatalf("the quick reader got %s; want %d", f.Item.Title, i)
		}
	}
	slow.stop(false)
	for i := range n {
		if f := slow.until(t, "notification", is("notification")); f.Item.Title != fmt.Sprint(i) {
			t.Fatalf("the slow reader got %s; want %d", f.Item.Title, i)
		}
	}
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if slow.largest > 80<<10 {
		t.Fatalf("one write was of %d bytes; a turn is bounded by 64 KiB and a frame", slow.largest)
	}
}

func TestHub_retractedIsNotHandedToTheSlow(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann"})
	p.stop(true)
	h.publish(all, "filler")
	p.awaitRefused()
	id := h.publish(all, "secret")[0]
	if _, err := h.store.Retract(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	h.publish(all, "after")
	p.stop(false)
	got := p.gather(t, "after", func(fs []frame) bool {
		return len(fs) > 0 && fs[len(fs)-1].Item != nil && fs[len(fs)-1].Item.Title == "after"
	})
	for _, f := range got {
		if f.Item != nil && f.Item.Title == "secret" {
			t.Fatal("what was taken back was handed to a slow session")
		}
	}
}

// What a transport makes of a body is made once for all sessions that are sent
// that body, and for no other: not for a private notification, one outside of the
// inbox, or several gathered.
func TestHub_Broadcast_makesAFormOnce(t *testing.T) {
	h := newHouse(t, hub.Options{})
	var made atomic.Int64
	form := func([]byte) []byte { made.Add(1); return nil }
	var pipes []*pipe
	for i := range 50 {
		_, p, _ := h.live(hub.Spec{User: belfry.UserID(fmt.Sprint("u", i)), Topics: []belfry.Topic{"news"}})
		p.forms = form
		pipes = append(pipes, p)
	}
	_, gathering, _ := h.live(hub.Spec{User: "gathering", Batch: time.Millisecond})
	gathering.forms = func([]byte) []byte { t.Error("a form was made for a session that gathers"); return nil }
	for n := range 10 {
		h.publish(all, "to all")
		for _, p := range pipes {
			p.until(t, "broadcast", is("notification"))
		}
		if got := made.Load(); got != int64(n+1) {
			t.Errorf("%d forms of %d broadcasts to %d sessions", got, n+1, len(pipes))
		}
	}
	gathering.until(t, "what was gathered", is("notifications"))
	h.publish(belfry.Target{Topic: "news"}, "outside")
	h.publish(belfry.Target{User: "u0"}, "private")
	pipes[0].until(t, "private", is("counts"))
	if got := made.Load(); got != 10 {
		t.Errorf("%d forms, want those of the broadcasts alone", got)
	}
}
