package belfrytest

import (
	"testing"
	"time"

	"belfry"
)

func testUsers(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"do not exist before first contact", usersUnknown},
		subtest{"begin with the backlog of broadcasts", usersBacklog},
		subtest{"begin where the token's claim says", usersSinceClaim},
		subtest{"begin where their import says", usersImported},
		subtest{"first met by a private publish", usersMetByPublish},
		subtest{"the start is kept", usersStartKept},
		subtest{"PutUser/moves the start of a known user", usersMoved},
		subtest{"Logout/refuses older tokens from now on", usersLogout},
		subtest{"Touch/notes when users were online", usersTouch},
		subtest{"Heads/in the order asked, of nobody new", usersHeads},
		subtest{"names are matched exactly", usersExact},
		subtest{"concurrent first contact is one", usersConcurrent},
	)
}

func usersUnknown(w *world) {
	_, err := w.Store.User(ctx, ann)
	w.refused(err, belfry.CodeNotFound)
	contacts := map[belfry.UserID]func(belfry.UserID){
		"published": func(u belfry.UserID) { w.publish(to(u)) },
		"followed":  func(u belfry.UserID) { w.follow("a", u) },
		"connected": func(u belfry.UserID) {
			_, err := w.Store.Open(ctx, u, belfry.OpenQuery{})
			w.ok(err)
		},
		"put": func(u belfry.UserID) { w.meet(u) },
	}
	for u, contact := range contacts {
		_, err := w.Store.User(ctx, u)
		w.refused(err, belfry.CodeNotFound)
		contact(u)
		got, err := w.Store.User(ctx, u)
		w.ok(err)
		if got.ID != u || got.Since != belfry.TimeOf(w.clock.Now()) || got.LastSeenAt != 0 || got.TokensFrom != 0 {
			w.Fatalf("%+v", got)
		}
		w.clock.Step(time.Second)
	}
	if w.head("published").Private == w.head("put").Private {
		w.Fatalf("two logs of one name")
	}
}

// old makes broadcasts of which the first two are older than the backlog.
func old(w *world) {
	w.publish(toAll(), title("1"))
	w.publish(toTopic("a"), title("topical"))
	w.publish(toAll(), title("2"))
	w.clock.Step(8 * 24 * time.Hour)
	w.publish(toAll(), title("3"))
	w.publish(toAll(), title("4"))
}

func usersBacklog(w *world) {
	old(w)
	w.meet(ann)
	if got := w.titles(ann, belfry.ListQuery{}); got != "4 3" {
		w.Fatalf("a new user meets %q", got)
	}
	w.counted(ann, 2, 2)
	u, err := w.Store.User(ctx, ann)
	w.ok(err)
	if u.From != 3 {
		w.Fatalf("%+v", u)
	}
	if c := w.since(ann, w.start(ann)); len(c.Shared) != 2 {
		w.Fatalf("%s", describeAll(c.Shared))
	}
}

func usersSinceClaim(w *world) {
	old(w)
	between := belfry.TimeOf(w.clock.Now().Add(-24 * time.Hour))
	w.clock.Step(30 * 24 * time.Hour)
	for u, want := range map[belfry.UserID]string{ann: "4 3", bob: "4 3 2 1", cat: ""} {
		since := map[belfry.UserID]belfry.Time{ann: between, bob: 1, cat: belfry.TimeOf(w.clock.Now())}[u]
		o, err := w.Store.Open(ctx, u, belfry.OpenQuery{Since: since, Items: 10})
		w.ok(err)
		if got := w.titles(u, belfry.ListQuery{}); got != want || int(o.Counts.Unread) != len(o.Items) {
			w.Fatalf("%s meets %q and counts %+v, want %q", u, got, o.Counts, want)
		}
		// Later it says nothing any more.
		_, err = w.Store.Open(ctx, u, belfry.OpenQuery{Since: belfry.TimeOf(w.clock.Now())})
		w.ok(err)
		if got := w.titles(u, belfry.ListQuery{}); got != want {
			w.Fatalf("%s meets %q at the second connect, want %q", u, got, want)
		}
	}
}

func usersImported(w *world) {
	old(w)
	u, err := w.Store.PutUser(ctx, ann, 1)
	w.ok(err)
	if u.ID != ann || u.Counts.Unread != 4 {
		w.Fatalf("%+v", u)
	}
	w.counted(ann, 4, 4)
	again, err := w.Store.PutUser(ctx, ann, 0)
	w.ok(err)
	if again != u {
		w.Fatalf("since 0 changed %+v to %+v", u, again)
	}
}

func usersMetByPublish(w *world) {
	old(w)
	w.clock.Step(time.Minute)
	w.publish(to(ann), title("p"))
	w.clock.Step(60 * 24 * time.Hour)
	w.publish(toAll(), title("5"))
	if got := w.titles(ann, belfry.ListQuery{}); got != "5 p 4 3" {
		w.Fatalf("ann meets %q", got)
	}
	w.counted(ann, 4, 4)
}

func usersStartKept(w *world) {
	w.meet(ann)
	w.publish(toAll())
	for range 3 {
		w.clock.Step(20 * 24 * time.Hour)
		w.counted(ann, 1, 1)
		w.meet(ann)
	}
	w.Store = w.Reopen()
	w.counted(ann, 1, 1)
}

func usersMoved(w *world) {
	w.meet(ann)
	w.follow("a", ann)
	for _, s := range []string{"1", "2", "3"} {
		w.publish(toAll(), title(s))
		w.publish(toTopic("a"), title("a"+s))
		w.clock.Step(time.Hour)
	}
	p := w.publish(to(ann), title("p"))
	w.markIDs(ann, belfry.ActionRead, p)
	since := belfry.TimeOf(w.clock.Now().Add(-90 * time.Minute))
	u, err := w.Store.PutUser(ctx, ann, since)
	w.ok(err)
	if got := w.titles(ann, belfry.ListQuery{}); got != "p a3 3 a2 a1" {
		w.Fatalf("ann sees %q", got)
	}
	w.counted(ann, 4, 4)
	if u.Counts.Unread != 4 {
		w.Fatalf("%+v", u)
	}
	w.agree(ann, w.snapshot(ann))
	_, err = w.Store.PutUser(ctx, ann, 1)
	w.ok(err)
	w.counted(ann, 6, 6)
}

func usersLogout(w *world) {
	w.meet(ann)
	now := belfry.TimeOf(w.clock.Now())
	for range 2 {
		u, err := w.Store.Logout(ctx, ann)
		w.ok(err)
		if u.ID != ann || u.TokensFrom <= now || u.TokensFrom > now+1000 {
			w.Fatalf("%+v at %s", u, now)
		}
		w.clock.Step(time.Minute)
		now += 60_000
	}
	head := w.head(ann)
	o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{Cursor: &head})
	w.ok(err)
	if !o.Resumed || o.TokensFrom == 0 {
		w.Fatalf("%+v", o)
	}
	w.Store = w.Reopen()
	u, err := w.Store.User(ctx, ann)
	w.ok(err)
	if u.TokensFrom != o.TokensFrom {
		w.Fatalf("%+v", u)
	}
}

func usersTouch(w *world) {
	w.meet(ann, bob)
	at := belfry.TimeOf(w.clock.Now())
	w.still(ann, func() {
		w.ok(w.Store.Touch(ctx, map[belfry.UserID]belfry.Time{ann: at, "stranger": at}))
	})
	u, err := w.Store.User(ctx, ann)
	w.ok(err)
	if u.LastSeenAt != at {
		w.Fatalf("%+v", u)
	}
	u, err = w.Store.User(ctx, bob)
	w.ok(err)
	if u.LastSeenAt != 0 {
		w.Fatalf("%+v", u)
	}
	w.ok(w.Store.Touch(ctx, map[belfry.UserID]belfry.Time{}))
}

func usersHeads(w *world) {
	users := []belfry.UserID{bob, "stranger", ann, "a\u0308nn", bob}
	w.publishMany(3, to(ann))
	w.publish(to(bob))
	_, err := w.Store.Logout(ctx, bob)
	w.ok(err)
	w.publish(toAll())
	got, err := w.Store.Heads(ctx, users)
	w.ok(err)
	if len(got) != len(users) {
		w.Fatalf("%d heads of %d users", len(got), len(users))
	}
	for i, u := range users {
		known, err := w.Store.User(ctx, u)
		if belfry.ErrorCode(err) == belfry.CodeNotFound {
			if got[i] != (belfry.Head{}) {
				w.Fatalf("%s was never met and has the head %+v", u, got[i])
			}
			continue
		}
		w.ok(err)
		at := w.head(u)
		if want := (belfry.Head{Nonce: at.Private, Rev: at.P, TokensFrom: known.TokensFrom}); got[i] != want {
			w.Fatalf("%s: %+v, want %+v", u, got[i], want)
		}
	}
	for range belfry.MaxHeads - len(users) {
		users = append(users, ann)
	}
	got, err = w.Store.Heads(ctx, users)
	w.ok(err)
	if len(got) != belfry.MaxHeads || got[belfry.MaxHeads-1] != got[2] {
		w.Fatalf("%d heads, the last %+v", len(got), got[len(got)-1])
	}
	none, err := w.Store.Heads(ctx, nil)
	if w.ok(err); len(none) != 0 {
		w.Fatalf("heads of nobody: %+v", none)
	}
	if _, err := w.Store.User(ctx, "stranger"); belfry.ErrorCode(err) != belfry.CodeNotFound {
		w.Fatalf("asking for a head has met the user: %v", err)
	}
}

func usersExact(w *world) {
	for _, u := range []belfry.UserID{"Ann", "ann", "ann ", "änn", "a\u0308nn", "auth0|1", "org/7", "a@b.c", "%", "_", "'"} {
		w.publish(to(u))
		w.counted(u, 1, 1)
	}
}

func usersConcurrent(w *world) {
	w.publish(toAll())
	done := make(chan error)
	const n = 20
	for i := range n {
		go func() {
			var err error
			switch i % 4 {
			case 0:
				_, err = w.Store.Open(ctx, ann, belfry.OpenQuery{})
			case 1:
				_, err = w.Store.PutUser(ctx, ann, 0)
			case 2:
				err = w.Store.Follow(ctx, []belfry.UserID{ann}, "a", true)
			default:
				err = belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(to(ann))})[0].Err
			}
			done <- err
		}()
	}
	for range n {
		if err := <-done; err != nil {
			w.Errorf("first contact: %v", err)
		}
	}
	w.counted(ann, 6, 6)
	if h := w.head(ann); h.P != 6 {
		w.Fatalf("five publications and a follow took %d revisions", h.P)
	}
}
