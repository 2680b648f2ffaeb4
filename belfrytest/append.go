package belfrytest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"belfry"
)

func testAppend(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"revisions run from 1 without a hole", revisionsRun},
		subtest{"concurrent appends take revisions in commit order", concurrentAppends},
		subtest{"what is rung can be read", rungIsReadable},
		subtest{"rings tell every change before its caller is answered", ringsBeforeAnswers},
		subtest{"a ring's hint is what a reader would read", hintsAreTrue},
		subtest{"results stand in order, one each", resultsInOrder},
		subtest{"one row whatever the audience", oneRow},
		subtest{"several users are all reached", severalUsers},
		subtest{"a poisoned neighbour fails alone", poisonedNeighbour},
		subtest{"deliveredAt runs with born", deliveredAtRuns},
		subtest{"except hides it from the named users", exceptHides},
		subtest{"a caller who went away gets the truth or none", callerGone},
		subtest{"a closed store is unavailable", closedStore},
		subtest{"content comes back as it was published", contentComesBack},
	)
}

func revisionsRun(w *world) {
	for i := 1; i <= 5; i++ {
		w.publish(to(ann))
		w.publish(toAll())
		if h := w.head(ann).Position; h != (belfry.Position{P: belfry.Rev(i), S: belfry.Rev(i)}) {
			w.Fatalf("heads %+v after %d publications to each log", h, i)
		}
	}
	c := w.since(ann, w.start(ann))
	for i, log := range [][]belfry.Change{c.Private, c.Shared} {
		for j, row := range log {
			if row.Rev != belfry.Rev(j+1) || row.Item == nil || row.Item.Born != row.Rev || row.Item.Rev != row.Rev || row.Item.Shared != (i == 1) {
				w.Fatalf("row %d: %s", j+1, describe(row))
			}
		}
	}
}

// told gathers what OnCommit was told.
type told struct {
	mu    sync.Mutex
	rings []belfry.Ring
}

func (r *told) ring(rings []belfry.Ring) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rings = append(r.rings, rings...)
}

// of are the rings of one log so far.
func (r *told) of(user belfry.UserID) (rings []belfry.Ring) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.rings {
		if x.User == user {
			rings = append(rings, x)
		}
	}
	return rings
}

func listen(w *world) *told {
	r := &told{}
	w.Store.OnCommit(r.ring)
	return r
}

func concurrentAppends(w *world) {
	rings := listen(w)
	targets := []belfry.Target{to(ann), to(bob), to(ann, bob), toAll(), toTopic("a")}
	w.follow("a", ann)
	before := w.head(ann)
	const publishers, each = 8, 15
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				batch := []belfry.Draft{draft(targets[(p+i)%5], title(fmt.Sprint(p, i))), draft(targets[i%5])}
				for _, r := range belfry.Publish(ctx, w.Store, w.clock.Now(), batch) {
					if r.Err != nil {
						w.Errorf("publish: %v", r.Err)
					}
				}
			}
		})
	}
	all.Wait()
	c := w.since(ann, before)
	gapless(w, "ann's log", c.Private, before.P, c.Head.P)
	gapless(w, "the shared log", c.Shared, before.S, c.Head.S)
	for _, user := range []belfry.UserID{"", ann, bob} {
		last := belfry.Rev(0)
		for _, r := range rings.of(user) {
			if r.Rev <= last {
				w.Fatalf("log %q rang %d after %d", user, r.Rev, last)
			}
			last = r.Rev
		}
		want := w.head(bob).P
		if user != bob {
			want = map[belfry.UserID]belfry.Rev{"": c.Head.S, ann: c.Head.P}[user]
		}
		if last != want {
			w.Fatalf("log %q was last rung at %d, its head is %d", user, last, want)
		}
	}
}

// gapless wants every revision above from up to to.
func gapless(w *world, log string, rows []belfry.Change, from, to belfry.Rev) {
	w.Helper()
	for _, row := range rows {
		if from++; row.Rev != from {
			w.Fatalf("%s: revision %d where %d was due", log, row.Rev, from)
		}
	}
	if from != to {
		w.Fatalf("%s ends at %d, its head is %d", log, from, to)
	}
}

func rungIsReadable(w *world) {
	heard := make(chan belfry.Ring, 1000)
	w.Store.OnCommit(func(rings []belfry.Ring) {
		for _, r := range rings {
			heard <- r
		}
	})
	var publishers, readers sync.WaitGroup
	readers.Go(func() {
		for r := range heard {
			page, err := w.Store.Shared(ctx, r.Rev-1, 1)
			if err != nil || len(page.Entries) != 1 || page.Entries[0].Rev != r.Rev || page.Log.Head < r.Rev || page.Log.Nonce != r.Nonce {
				w.Errorf("revision %d of log %x was rung, but the log reads %+v, %v", r.Rev, r.Nonce, page, err)
			}
		}
	})
	for range 4 {
		publishers.Go(func() {
			for range 20 {
				belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(toAll()), draft(toTopic("a"))})
			}
		})
	}
	publishers.Wait()
	close(heard)
	readers.Wait()
	if page, err := w.Store.Shared(ctx, 0, 1000); err != nil || page.Log.Head != 160 {
		w.Fatalf("head %d after 160 publications, %v", page.Log.Head, err)
	}
}

func ringsBeforeAnswers(w *world) {
	rings := listen(w)
	rung := func(what string, user belfry.UserID, times int) {
		w.Helper()
		if n := len(rings.of(user)); n != times {
			w.Fatalf("after %s the log of %q was rung %d times, want %d", what, user, n, times)
		}
	}
	id := w.publish(to(ann))
	rung("a publish", ann, 1)
	w.edit(id, "new")
	rung("an edit", ann, 2)
	w.markIDs(ann, belfry.ActionRead, id)
	rung("a mark", ann, 3)
	w.markIDs(ann, belfry.ActionRead, id)
	rung("a mark that changes nothing", ann, 3)
	w.follow("a", ann)
	rung("a follow", ann, 4)
	w.retract(id)
	rung("a retract", ann, 5)
	w.publish(toTopic("a"))
	rung("a publish to a topic", "", 1)
	rung("a publish to a topic", ann, 5)
	w.publish(to(ann), deliverAt(w.clock.Now().Add(time.Minute)))
	rung("a schedule", ann, 5)
	w.clock.Step(time.Hour)
	w.sweep()
	rung("a sweep", ann, 6)
}

func hintsAreTrue(w *world) {
	w.meet(ann, bob)
	rings := listen(w)
	w.publish(to(ann), title("mine"))
	w.publish(toAll(), title("everyone's"), except(bob))
	private, shared := rings.of(ann), rings.of("")
	if len(private) != 1 || len(shared) != 1 {
		w.Fatalf("rings: %+v", rings.rings)
	}
	c := w.since(ann, w.start(ann))
	if h := private[0].Hint; h != nil {
		sameItem(w, h.Item, *c.Private[0].Item)
		if h.Own.Unread != 1 || h.Own.Unseen != 1 {
			w.Fatalf("the hint says that the private log counts %+v", h.Own)
		}
	}
	if h := shared[0].Hint; h != nil {
		sameItem(w, h.Item, *c.Shared[0].Item)
		if len(h.Except) != 1 || h.Except[0] != bob {
			w.Fatalf("the hint leaves out %v, want bob", h.Except)
		}
	}
	if private[0].Nonce != c.Head.Private || shared[0].Nonce != c.Head.Shared {
		w.Fatalf("the rings name the logs %x and %x, the cursor %+v", private[0].Nonce, shared[0].Nonce, c.Head)
	}
}

func sameItem(w *world, got, want belfry.Item) {
	w.Helper()
	if string(got.Content) != string(want.Content) {
		w.Fatalf("content %s, want %s", got.Content, want.Content)
	}
	got.Content, want.Content = nil, nil
	if g, x := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != x {
		w.Fatalf("item %s\nwant %s", g, x)
	}
}

func resultsInOrder(w *world) {
	var drafts []belfry.Draft
	for i := range 20 {
		drafts = append(drafts, draft(to(ann), title(fmt.Sprint(i))))
		if i%5 == 3 {
			drafts[i].Title = "" // refused
		}
	}
	for i, r := range w.append(drafts...) {
		if i%5 == 3 {
			w.refused(r.Err, belfry.CodeInvalid)
			continue
		}
		w.ok(r.Err)
		if c := contentOf(w, w.item(ann, r.ID)); c.Title != fmt.Sprint(i) || r.Status != belfry.StatusDelivered || r.Replayed {
			w.Fatalf("result %d is of %q: %+v", i, c.Title, r)
		}
	}
	w.counted(ann, 16, 16)
}

func oneRow(w *world) {
	var users []belfry.UserID
	for i := range 20 {
		users = append(users, belfry.UserID(fmt.Sprint("u", i)))
	}
	w.meet(users...)
	w.follow("a", users...)
	before := w.head(users[0])
	w.publish(toAll())
	w.publish(toTopic("a"))
	for _, u := range users {
		if h := w.head(u); h.S != before.S+2 || h.P != before.P {
			w.Fatalf("two shared publications moved %s from %+v to %+v", u, before.Position, h.Position)
		}
		w.counted(u, 2, 2)
	}
}

func severalUsers(w *world) {
	id := w.publish(to(ann, bob, cat))
	for _, u := range []belfry.UserID{ann, bob, cat} {
		if it := w.item(u, id); it.Born != 1 || it.Shared {
			w.Fatalf("%s: %+v", u, it)
		}
		w.counted(u, 1, 1)
	}
	w.markIDs(bob, belfry.ActionRead, id)
	w.counted(ann, 1, 1)
	w.counted(bob, 0, 0)
}

func poisonedNeighbour(w *world) {
	w.publish(to(ann), key("k"), title("first"))
	out := w.append(draft(to(ann), title("a")), draft(to(ann), key("k"), title("another body")), draft(toAll(), title("b")),
		draft(to(ann), title("c")))
	w.refused(out[1].Err, belfry.CodeIdempotencyReused)
	for _, i := range []int{0, 2, 3} {
		w.ok(out[i].Err)
	}
	w.counted(ann, 4, 4)

	// Content that one of the engines cannot hold, past the check in Publish.
	bad := draft(to(ann), title("bad"))
	bad.Normalize()
	now := w.clock.Now()
	good := draft(to(ann), title("good"))
	good.Normalize()
	out = w.Store.Append(ctx, []belfry.Publication{
		{Draft: good, ID: belfry.NewID(now), CreatedAt: belfry.TimeOf(now), Encoded: good.Content.Encode()},
		{Draft: bad, ID: belfry.NewID(now), CreatedAt: belfry.TimeOf(now), Encoded: []byte(`{"type":"x","title":"\u0000"}`)},
	})
	w.ok(out[0].Err)
	if len(out) != 2 {
		w.Fatalf("%d results for 2 publications", len(out))
	}
}

func deliveredAtRuns(w *world) {
	for i := range 20 {
		w.publishMany(3, to(ann))
		w.publishMany(3, toAll())
		w.clock.Step([]time.Duration{0, time.Second, -time.Hour, time.Hour}[i%4])
	}
	c := w.since(ann, w.start(ann))
	for _, log := range [][]belfry.Change{c.Private, c.Shared} {
		last := belfry.Time(0)
		for _, row := range log {
			if row.Item.DeliveredAt <= last {
				w.Fatalf("born %d was delivered at %s, the one before at %s", row.Item.Born, row.Item.DeliveredAt, last)
			}
			last = row.Item.DeliveredAt
		}
	}
}

func exceptHides(w *world) {
	w.follow("a", ann, bob)
	w.meet(cat)
	for _, target := range []belfry.Target{toAll(), toTopic("a")} {
		id := w.publish(target, except(bob, "stranger"))
		if _, sees := w.inbox(bob)[id]; sees {
			w.Fatalf("bob sees what he was excepted from")
		}
		w.item(ann, id)
		if done := w.mark(bob, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); done.Refused[id] != belfry.CodeNotFound {
			w.Fatalf("bob may mark it: %+v", done)
		}
	}
	w.counted(ann, 2, 2)
	w.counted(bob, 0, 0)
	w.counted(cat, 1, 1)
	w.counted("stranger", 0, 0)
	edited := w.publish(toAll(), except(bob))
	w.edit(edited, "new")
	w.counted(bob, 0, 0)
	w.retract(edited)
	w.counted(bob, 0, 0)
	w.counted(ann, 2, 2)
}

func callerGone(w *world) {
	w.meet(ann)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	d := draft(to(ann), title("gone"), key("k"))
	first := belfry.Publish(gone, w.Store, w.clock.Now(), []belfry.Draft{d})[0]
	if first.Err != nil && belfry.ErrorCode(first.Err) != belfry.CodeOutcomeUnknown && belfry.ErrorCode(first.Err) != belfry.CodeUnavailable {
		w.Fatalf("a caller who went away got %v", first.Err)
	}
	w.ok(w.append(d)[0].Err) // again, with the key
	w.counted(ann, 1, 1)
}

func closedStore(w *world) {
	id := w.publish(to(ann))
	w.ok(w.Store.Close())
	w.refused(belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(to(ann))})[0].Err, belfry.CodeUnavailable)
	_, err := w.Store.Standing(ctx, id)
	w.refused(err, belfry.CodeUnavailable)
	_, err = w.Store.Open(ctx, ann, belfry.OpenQuery{})
	w.refused(err, belfry.CodeUnavailable)
	_, err = w.Store.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}})
	w.refused(err, belfry.CodeUnavailable)
	w.refused(w.Store.Follow(ctx, []belfry.UserID{ann}, "a", true), belfry.CodeUnavailable)
	_, err = w.Store.Sweep(ctx)
	w.refused(err, belfry.CodeUnavailable)
	w.Store = w.Reopen()
	w.counted(ann, 1, 1)
}

func contentComesBack(w *world) {
	d := draft(to(ann), title(`<b>"x"</b> \ ☃ 𝄞`), kind("order.paid"), group("g"), entity("order", "7"), collapse("c"))
	d.Data, d.Body, d.Actor, d.ActionURL = []byte(`{ "n": 1.50, "s": "é" }`), "line\nline\ttab", &belfry.Actor{ID: "u", Name: "Ü"}, "/orders/7"
	d.Actions = []belfry.Button{{ID: "ok", Label: "OK", Style: "primary"}}
	r := w.append(d)[0]
	w.ok(r.Err)
	d.Normalize()
	d.Data = []byte(`{"n":1.50,"s":"é"}`)
	it := w.item(ann, r.ID)
	if got, want := string(it.Content), string(d.Content.Encode()); got != want {
		w.Fatalf("content %s\nwant %s", got, want)
	}
	if s := w.standing(r.ID); string(s.Content.Encode()) != string(d.Content.Encode()) || s.Status != belfry.StatusDelivered || s.DeliveredAt != it.DeliveredAt || s.CreatedAt != belfry.TimeOf(w.clock.Now()) {
		w.Fatalf("standing %+v", s)
	}
}
