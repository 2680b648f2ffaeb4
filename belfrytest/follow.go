package belfrytest

import (
	"fmt"
	"sync"
	"testing"

	"belfry"
)

func testFollow(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"begins at the shared head", followBegins},
		subtest{"again changes nothing", followAgain},
		subtest{"of several users, one revision for each who is new", followSeveral},
		subtest{"while the shared log is ahead of the reader", followAhead},
		subtest{"cut inside the backfill", followCut},
		subtest{"unfollow takes the topic's items away", unfollowDrops},
		subtest{"refollow begins anew", refollow},
		subtest{"marks survive where their items do", followMarks},
		subtest{"at most two hundred topics", followLimit},
		subtest{"a backfill that is too large is a reset", followBackfill},
		subtest{"Topics and Followers list by name", followLists},
		subtest{"concurrent with publishes", followConcurrent},
	)
}

func followBegins(w *world) {
	w.publish(toTopic("a"), title("before"))
	w.publish(toAll())
	w.follow("a", ann)
	w.publish(toTopic("a"), title("after"))
	topics, err := w.Store.Topics(ctx, ann)
	w.ok(err)
	if len(topics) != 1 || topics[0].Topic != "a" || !topics[0].On || topics[0].From != 2 || topics[0].Rev != 1 || topics[0].At != belfry.TimeOf(w.clock.Now()) {
		w.Fatalf("%+v", topics)
	}
	if got := w.titles(ann, belfry.ListQuery{Topic: "a"}); got != "after" {
		w.Fatalf("ann sees %q of a", got)
	}
	w.counted(ann, 2, 2)
	w.publish(toTopic("a.b"))
	w.counted(ann, 2, 2)
}

func followAgain(w *world) {
	w.follow("a", ann)
	w.publish(toTopic("a"))
	w.still(ann, func() {
		w.follow("a", ann)
		w.unfollow("never", ann)
	})
	w.counted(ann, 1, 1)
	w.unfollow("a", ann)
	w.still(ann, func() { w.unfollow("a", ann) })
}

func followSeveral(w *world) {
	w.follow("a", bob)
	w.meet(ann)
	w.moved(ann, 1, 0, func() {
		w.still(bob, func() { w.follow("a", ann, bob, cat) })
	})
	w.publish(toTopic("a"))
	for _, u := range []belfry.UserID{ann, bob, cat} {
		w.counted(u, 1, 1)
	}
}

// followAhead: a reader who has passed the shared log up to its head meets a
// follow that began below it (SEMANTICS 2).
func followAhead(w *world) {
	w.meet(ann)
	r := w.snapshot(ann)
	w.follow("a", ann)
	w.publish(toTopic("a"), title("missed?"))
	w.publish(toAll())
	ahead := r.At // a reader that has the shared log, but not yet the follow
	ahead.S = w.head(ann).S
	c := w.changes(ann, belfry.ChangesQuery{From: r.At})
	c.Private, c.PrivateTo = nil, r.At.P
	w.ok(r.Changes(c))
	if r.At != ahead {
		w.Fatalf("the reader stands at %+v", r.At)
	}
	w.resume(r)
	w.catchUp(r, 0, nil)
	w.agree(ann, r)
}

// followCut: the items of a follow came, the cut fell before its revision was
// passed, and one of them died meanwhile.
func followCut(w *world) {
	w.meet(ann)
	r := w.snapshot(ann)
	w.follow("a", ann)
	dead := w.publish(toTopic("a"))
	w.publish(toTopic("a"))
	cut := copyOf(r)
	w.catchUp(cut, 0, nil)
	cut.At = r.At // what it processed is not what it kept
	w.retract(dead)
	w.resume(cut)
	w.catchUp(cut, 1, nil)
	w.agree(ann, cut)
}

func unfollowDrops(w *world) {
	w.follow("a", ann, bob)
	id := w.publish(toTopic("a"))
	w.publish(toAll())
	r := w.snapshot(ann)
	w.moved(ann, 1, 0, func() { w.unfollow("a", ann) })
	w.counted(ann, 1, 1)
	w.counted(bob, 2, 2)
	w.catchUp(r, 0, nil)
	w.agree(ann, r)
	w.still(ann, func() {
		if done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); done.Refused[id] != belfry.CodeNotFound {
			w.Fatalf("%+v", done)
		}
	})
	w.publish(toTopic("a"))
	w.retract(id)
	w.counted(ann, 1, 1)
	w.catchUp(r, 1, nil)
	w.agree(ann, r)
}

func refollow(w *world) {
	w.follow("a", ann)
	old := w.publish(toTopic("a"), title("old"))
	r := w.snapshot(ann)
	w.unfollow("a", ann)
	w.publish(toTopic("a"), title("between"))
	w.follow("a", ann)
	w.publish(toTopic("a"), title("new"))
	w.edit(old, "old edited")
	if got := w.titles(ann, belfry.ListQuery{}); got != "new" {
		w.Fatalf("ann sees %q", got)
	}
	w.counted(ann, 1, 1)
	w.catchUp(r, 1, nil)
	w.agree(ann, r)
}

func followMarks(w *world) {
	w.follow("a", ann)
	read, kept := w.publish(toTopic("a")), w.publish(toAll())
	w.markIDs(ann, belfry.ActionRead, read, kept)
	w.unfollow("a", ann)
	w.follow("a", ann)
	w.counted(ann, 0, 0)
	w.retract(read)
	w.counted(ann, 0, 0)
	w.markIDs(ann, belfry.ActionUnread, kept)
	w.counted(ann, 1, 0)
}

func followLimit(w *world) {
	for i := range belfry.MaxFollows {
		w.follow(belfry.Topic(fmt.Sprint("t", i)), ann)
	}
	w.meet(bob)
	w.still(ann, func() {
		w.still(bob, func() {
			w.refused(w.Store.Follow(ctx, []belfry.UserID{bob, ann}, "one-more", true), belfry.CodeInvalid)
		})
	})
	w.follow("t7", ann)
	w.unfollow("t7", ann)
	w.follow("one-more", ann)
	w.refused(w.Store.Follow(ctx, []belfry.UserID{ann}, "t7", true), belfry.CodeInvalid)
}

func followBackfill(w *world) {
	w.meet(ann)
	at := w.head(ann)
	w.follow("a", ann)
	for range belfry.MaxBackfill/100 + 1 {
		w.publishMany(100, toTopic("a"))
	}
	if c := w.changes(ann, belfry.ChangesQuery{From: at}); !c.Reset {
		w.Fatalf("more than %d items of a follow are no reset", belfry.MaxBackfill)
	}
	w.counted(ann, belfry.MaxBackfill+100, belfry.MaxBackfill+100)
	r := newReplica(w, ann)
	o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{Items: 10})
	w.ok(err)
	r.Snapshot(o)
	w.publish(toTopic("a"))
	w.catchUp(r, 0, nil)
	if c := w.counts(ann); r.Counts != c {
		w.Fatalf("the client counts %+v, the store %+v", r.Counts, c)
	}
}

func followLists(w *world) {
	for _, topic := range []belfry.Topic{"c", "a.b", "a", "b"} {
		w.follow(topic, ann)
	}
	w.unfollow("b", ann)
	topics, err := w.Store.Topics(ctx, ann)
	w.ok(err)
	names := ""
	for _, f := range topics {
		names += string(f.Topic) + " "
	}
	if names != "a a.b c " {
		w.Fatalf("ann follows %s", names)
	}
	var users []belfry.UserID
	for i := range 7 {
		users = append(users, belfry.UserID(fmt.Sprint("u", i)))
	}
	w.follow("x", users...)
	w.unfollow("x", "u3")
	var got []belfry.UserID
	for after := belfry.UserID(""); ; {
		page, err := w.Store.Followers(ctx, "x", after, 2)
		w.ok(err)
		if len(page) == 0 {
			break
		}
		got, after = append(got, page...), page[len(page)-1]
	}
	if fmt.Sprint(got) != "[u0 u1 u2 u4 u5 u6]" {
		w.Fatalf("x is followed by %v", got)
	}
}

func followConcurrent(w *world) {
	w.meet(ann, bob)
	r := w.snapshot(ann)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range 30 {
				belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(toTopic("a")), draft(to(bob))})
			}
		})
		all.Go(func() {
			for i := range 20 {
				if err := w.Store.Follow(ctx, []belfry.UserID{ann, bob}, "a", i%2 == 0); err != nil {
					w.Errorf("follow: %v", err)
				}
			}
		})
	}
	all.Wait()
	w.follow("a", ann)
	w.publish(toTopic("a"))
	w.catchUp(r, 3, nil)
	w.agree(ann, r)
	w.counts(bob)
}
