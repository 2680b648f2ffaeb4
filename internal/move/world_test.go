package move_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"belfry"
	"belfry/internal/move"
	"belfry/postgres"
	"belfry/sqlite"
)

func mustOpen(t testing.TB, dir string, rules belfry.Rules) belfry.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, rules, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustOpenMoved(t testing.TB, dsn string, rules belfry.Rules) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn, rules, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustClose(t testing.TB, s belfry.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustMove(t testing.TB, dir, dsn string) move.Report {
	t.Helper()
	r, err := try(t.Context(), dir, dsn, silent)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// try moves a folder, as the command does.
func try(ctx context.Context, dir, dsn string, progress func(move.Progress)) (r move.Report, err error) {
	from, err := sqlite.OpenExport(ctx, dir, quiet)
	if err != nil {
		return r, err
	}
	defer from.Close()
	to, err := postgres.OpenImport(ctx, dsn, quiet)
	if err != nil {
		return r, err
	}
	defer to.Close()
	m, err := move.New(ctx, from, to, progress)
	if err != nil {
		return r, err
	}
	return m.Run(ctx)
}

func silent(move.Progress) {}

// publish publishes drafts and wants all of them taken.
func publish(t testing.TB, s belfry.Store, drafts ...belfry.Draft) []belfry.Published {
	t.Helper()
	out := belfry.Publish(t.Context(), s, time.Now(), drafts)
	for _, p := range out {
		ok(t, p.Err)
	}
	return out
}

func titled(to belfry.Target, title string) belfry.Draft {
	return belfry.Draft{To: to, Content: belfry.Content{Title: title}}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, code belfry.Code) {
	t.Helper()
	if got := belfry.ErrorCode(err); got != code {
		t.Fatalf("error code %q (%v), want %q", got, err, code)
	}
}

// crowd is a folder's users, and where some client of each stood at some time.
type crowd struct {
	names   []belfry.UserID
	cursors map[belfry.UserID]belfry.Cursor
}

// live lets a crowd live in a store for a while.
func live(t testing.TB, s belfry.Store, users, acts int) *crowd {
	t.Helper()
	c := &crowd{cursors: map[belfry.UserID]belfry.Cursor{}}
	for i := range users {
		c.names = append(c.names, belfry.UserID(fmt.Sprint("user-", i)))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range acts {
		u := c.names[random.IntN(users)]
		topic := belfry.Topic(fmt.Sprint("topic.", random.IntN(5)))
		title := fmt.Sprint("n", random.Int())
		ctx := t.Context()
		switch random.IntN(10) {
		case 0, 1, 2:
			publish(t, s, titled(belfry.Target{User: u}, title))
		case 3:
			publish(t, s, titled(belfry.Target{Users: c.names[:1+random.IntN(users)]}, title))
		case 4:
			publish(t, s, titled(belfry.Target{Topic: topic}, title))
		case 5:
			publish(t, s, titled(belfry.Target{All: true}, title))
		case 6:
			ok(t, s.Follow(ctx, []belfry.UserID{u}, topic, random.IntN(3) > 0))
		case 7:
			o, err := s.Open(ctx, u, belfry.OpenQuery{})
			ok(t, err)
			c.cursors[u] = o.Cursor
		default:
			c.mark(t, s, u, random)
		}
	}
	return c
}

// mark lets a user do something with what they see.
func (c *crowd) mark(t testing.TB, s belfry.Store, u belfry.UserID, random *rand.Rand) {
	t.Helper()
	l, err := s.List(t.Context(), u, belfry.ListQuery{Limit: 5})
	ok(t, err)
	m := belfry.Mark{Action: []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionArchive, belfry.ActionDelete, belfry.ActionSnooze}[random.IntN(5)]}
	if m.All = len(l.Items) == 0 || random.IntN(6) == 0; m.All {
		m.Action = belfry.ActionSeen
	} else {
		m.IDs = []belfry.ID{l.Items[random.IntN(len(l.Items))].ID}
	}
	if m.Action == belfry.ActionSnooze {
		m.Until = belfry.TimeOf(time.Now().Add(time.Hour))
	}
	_, err = s.Mark(t.Context(), u, m)
	ok(t, err)
}

// answers are what a store tells the clients of a crowd who come back, each from
// where they stood. A client that is not resumed ends the test.
func (c *crowd) answers(t testing.TB, s belfry.Store) map[belfry.UserID][]byte {
	t.Helper()
	all := map[belfry.UserID][]byte{}
	for u, at := range c.cursors {
		o, err := s.Open(t.Context(), u, belfry.OpenQuery{Cursor: &at})
		ok(t, err)
		if !o.Resumed {
			t.Fatalf("the cursor of %s is not resumed", u)
		}
		changes, err := s.Changes(t.Context(), u, belfry.ChangesQuery{From: o.Cursor, Limit: 1000})
		ok(t, err)
		l, err := s.List(t.Context(), u, belfry.ListQuery{Limit: belfry.MaxItems})
		ok(t, err)
		var b bytes.Buffer
		for _, v := range []any{o, changes, l} {
			ok(t, gob.NewEncoder(&b).Encode(v))
		}
		all[u] = b.Bytes()
	}
	return all
}
