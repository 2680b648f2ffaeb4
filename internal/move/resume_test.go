package move_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"belfry"
	"belfry/internal/move"
	"belfry/postgres"
	"belfry/sqlite"
)

// Every client of a crowd comes back with the cursor it had, and is told what it
// would have been told before.
func TestMove_Run(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	s := mustOpen(t, dir, belfry.Rules{})
	c := live(t, s, 60, 900)
	want := c.answers(t, s)
	mustClose(t, s)
	r := mustMove(t, dir, dsn)
	if r.Users < 50 || len(want) < 30 {
		t.Fatalf("%d users were compared, %d came back: too few", r.Users, len(want))
	}
	got := c.answers(t, mustOpenMoved(t, dsn, belfry.Rules{}))
	for u := range want {
		if !bytes.Equal(got[u], want[u]) {
			t.Errorf("%s is told something else than before", u)
		}
	}
}

// What is in no inbox goes too: schedules, keys, logouts, what was said under an
// idempotency key.
func TestMove_Run_BesideTheInboxes(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	now := time.Now()
	rules := belfry.Rules{RetentionItems: 10, Now: func() time.Time { return now }}
	ann := belfry.Target{User: "ann"}
	s := mustOpen(t, dir, rules)
	keyed := titled(ann, "once")
	keyed.IdempotencyKey = "k"
	first := publish(t, s, keyed)[0]
	later := titled(belfry.Target{All: true}, "later")
	later.DeliverAt = belfry.TimeOf(now.Add(time.Hour))
	scheduled := publish(t, s, later)[0]
	ok(t, s.Follow(t.Context(), []belfry.UserID{"ann"}, "a", true))
	publish(t, s, belfry.Draft{To: belfry.Target{All: true}, Except: []belfry.UserID{"ann"}, Content: belfry.Content{Title: "not for ann"}})
	for i := range 20 { // more than is kept: the first leave no row behind
		publish(t, s, titled(ann, fmt.Sprint(i)))
	}
	ok(t, s.(*sqlite.Store).AddKey(t.Context(), belfry.Key{ID: "aaaaaaaaaaaa", Name: "shop", Scopes: []string{"publish", "read"}, CreatedAt: 1}))
	out, err := s.Logout(t.Context(), "ann")
	ok(t, err)
	mustClose(t, s)

	for _, table := range mustMove(t, dir, dsn).Tables {
		if table.From.Rows == 0 {
			t.Errorf("nothing was in the table %s", table.Name)
		}
	}
	now = now.Add(2 * time.Hour)
	moved := mustOpenMoved(t, dsn, rules)
	if again := publish(t, moved, keyed)[0]; !again.Replayed || again.ID != first.ID {
		t.Errorf("the idempotency key is forgotten: %+v", again)
	}
	if at, err := moved.Standing(t.Context(), first.ID); err != nil || at.Status != belfry.StatusRetracted {
		t.Errorf("what retention took is %+v, %v", at, err)
	}
	_, err = moved.Sweep(t.Context())
	ok(t, err)
	if at, err := moved.Standing(t.Context(), scheduled.ID); err != nil || at.Status != belfry.StatusDelivered {
		t.Errorf("the scheduled one is %+v, %v", at, err)
	}
	k, err := moved.Key(t.Context(), "aaaaaaaaaaaa")
	ok(t, err)
	if fmt.Sprint(k.Scopes) != "[publish read]" {
		t.Errorf("the key may %v", k.Scopes)
	}
	u, err := moved.User(t.Context(), "ann")
	ok(t, err)
	if u.TokensFrom != out.TokensFrom {
		t.Errorf("tokens are good from %v on, not %v", u.TokensFrom, out.TokensFrom)
	}
	ok(t, moved.Follow(t.Context(), []belfry.UserID{"new"}, "a", true)) // another uid than anybody's
}

// A server that is wrongly started on the old folder makes another history, and
// no cursor of one is taken for one of the other.
func TestMove_Run_OldFolderGoesOn(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	s := mustOpen(t, dir, belfry.Rules{})
	all, ann := belfry.Target{All: true}, belfry.Target{User: "ann"}
	grow := func(s belfry.Store, n int) belfry.Cursor {
		for range n {
			publish(t, s, titled(ann, "private"), titled(all, "shared"))
		}
		o, err := s.Open(t.Context(), "ann", belfry.OpenQuery{})
		ok(t, err)
		return o.Cursor
	}
	before := grow(s, 3)
	mustClose(t, s)
	mustMove(t, dir, dsn)
	old, moved := mustOpen(t, dir, belfry.Rules{}), mustOpenMoved(t, dsn, belfry.Rules{})
	there, here := grow(old, 5), grow(moved, 9)
	for _, c := range []struct {
		name  string
		store belfry.Store
		at    belfry.Cursor
		want  bool
	}{
		{"from before, here", moved, before, true}, {"from before, there", old, before, true},
		{"from there, here", moved, there, false}, {"from here, there", old, here, false},
		{"from here, here", moved, here, true},
	} {
		o, err := c.store.Open(t.Context(), "ann", belfry.OpenQuery{Cursor: &c.at})
		ok(t, err)
		if o.Resumed != c.want {
			t.Errorf("a cursor %s: resumed is %v", c.name, o.Resumed)
		}
	}
}

// bulk fills a folder with more rows than one transaction takes, and gives how
// many there are in the table of items.
func bulk(t testing.TB, dir string) int64 {
	t.Helper()
	s := mustOpen(t, dir, belfry.Rules{})
	to := belfry.Target{}
	for i := range belfry.MaxUsers {
		to.Users = append(to.Users, belfry.UserID(fmt.Sprint("bulk-", i)))
	}
	const each = 12
	for i := range each {
		publish(t, s, titled(to, fmt.Sprint(i)))
	}
	mustClose(t, s)
	return each * belfry.MaxUsers
}

// A move that is cut off, wherever, goes on where it stopped. Meanwhile the
// database is nobody else's.
func TestMove_Run_Again(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	total := bulk(t, dir)
	cut := int64(0)
	for _, here := range []func(p move.Progress) bool{
		func(p move.Progress) bool { return p.Phase == "copy" && p.Table == "items" && p.Done > 0 },
		func(p move.Progress) bool { return p.Phase == "copy" && p.Table == "items" && p.Done > cut },
	} {
		cut = cutOff(t, dir, dsn, here)
	}

	_, err := postgres.Open(t.Context(), dsn, belfry.Rules{}, quiet)
	refused(t, err, belfry.CodeUnavailable)
	other := t.TempDir()
	mustClose(t, mustOpen(t, other, belfry.Rules{}))
	_, err = try(t.Context(), other, dsn, silent)
	refused(t, err, belfry.CodeConflict)

	found := int64(-1)
	if at := cutOff(t, dir, dsn, func(p move.Progress) bool {
		if p.Phase == "copy" && p.Table == "items" && found < 0 {
			found = p.Done
		}
		return p.Phase == "compare" && p.Table == "items"
	}); found < cut || found >= total || at != 0 {
		t.Errorf("it went on at %d rows of %d, after a cut at %d, and was cut again in the comparison at %d", found, total, cut, at)
	}
	if r := mustMove(t, dir, dsn); !r.Resumed {
		t.Error("it was not resumed")
	}
	mustOpenMoved(t, dsn, belfry.Rules{})
}

// cutOff starts a move and cuts it off where it is told, and gives how many rows
// of that table were done.
func cutOff(t *testing.T, dir, dsn string, here func(move.Progress) bool) (done int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done = -1
	_, err := try(ctx, dir, dsn, func(p move.Progress) {
		if done < 0 && here(p) {
			done = p.Done
			cancel()
		}
	})
	if err == nil || done < 0 {
		t.Fatalf("the move was not cut off: %v", err)
	}
	return done
}

// The server dies while rows stream into it, and comes back.
func TestMove_Run_ServerDies(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	bulk(t, dir)
	var dead chan struct{}
	_, err := try(t.Context(), dir, dsn, func(p move.Progress) {
		if p.Phase == "copy" && p.Table == "items" && p.Done > 0 && dead == nil {
			dead = make(chan struct{})
			go func() { server.Kill(); close(dead) }()
		}
	})
	if dead == nil {
		t.Fatal("the server was not killed")
	}
	<-dead
	server.Start(t)
	refused(t, err, belfry.CodeUnavailable)
	mustMove(t, dir, dsn)
}

// Whoever ran a server on the folder in between has to start over.
func TestMove_Run_FolderWrittenTo(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	s := mustOpen(t, dir, belfry.Rules{})
	publish(t, s, titled(belfry.Target{User: "ann"}, "early"))
	mustClose(t, s)
	cutOff(t, dir, dsn, func(p move.Progress) bool { return p.Table == "receipts" })
	s = mustOpen(t, dir, belfry.Rules{})
	publish(t, s, titled(belfry.Target{User: "ann"}, "late"))
	mustClose(t, s)
	_, err := try(t.Context(), dir, dsn, silent)
	refused(t, err, belfry.CodeConflict)
	server.Exec(t, dsn, "DROP SCHEMA belfry CASCADE")
	mustMove(t, dir, dsn)
}
