package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"

	"github.com/jackc/pgx/v5"
)

// Nodes that start at once on an empty database: one makes the schema, the
// others wait for it, and all see one shared log.
func TestOpen_ManyAtOnce(t *testing.T) {
	dsn := server.Database(t)
	stores := make([]*Store, 5)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() { stores[i] = mustOpen(t, dsn, belfry.Rules{}) })
	}
	wg.Wait()
	for _, s := range stores {
		publish(t, s, belfry.Target{All: true}, "x")
	}
	first, err := stores[0].Shared(t.Context(), 0, 10)
	if err != nil || len(first.Entries) != len(stores) || len(first.Log.Old) != 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	counted(t, stores[1], "ann", 5) // a new user meets the backlog
}

// A rolling restart: a binary goes on with what a newer one has made of the
// schema, as long as that one says it may.
func TestOpen_AfterANewerBinary(t *testing.T) {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, belfry.Rules{})
	publish(t, s, toUser("ann"), "x")
	server.Exec(t, dsn, "ALTER TABLE belfry.items ADD COLUMN later int; INSERT INTO belfry.migrations (version, readable_from) VALUES (1000, 1)")
	publish(t, s, toUser("ann"), "y")
	counted(t, mustOpen(t, dsn, belfry.Rules{}), "ann", 2)
	server.Exec(t, dsn, "INSERT INTO belfry.migrations (version, readable_from) VALUES (1001, 1001)")
	_, err := Open(t.Context(), dsn, belfry.Rules{}, slog.New(slog.DiscardHandler))
	refusedWith(t, err, belfry.CodeUnavailable, "newer Belfry")
}

func TestOpen_UnusableServers(t *testing.T) {
	dsn := server.Database(t)
	open := func(dsn string) error {
		s, err := Open(t.Context(), dsn, belfry.Rules{}, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
		}
		return err
	}
	refusedWith(t, open("postgres://["), belfry.CodeInvalid, "address")
	refusedWith(t, open(server.DSN("nowhere")), belfry.CodeUnavailable)
	refusedWith(t, open(dsn+"&synchronous_commit=off"), belfry.CodeUnavailable, "synchronous_commit")
	server.Exec(t, dsn, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
	refusedWith(t, open(server.DSN("latin")), belfry.CodeUnavailable, "UTF8")
	server.Exec(t, dsn, "ALTER SYSTEM SET fsync = off")
	server.Restart(t)
	refusedWith(t, open(dsn), belfry.CodeUnavailable, "fsync")
	server.Exec(t, dsn, "ALTER SYSTEM RESET fsync")
	server.Restart(t)
	if err := open(dsn); err != nil {
		t.Fatal(err)
	}
}

// A transaction of two nodes meets the other's locks in whatever order both
// name their users and keys: nobody waits for ever, nothing is lost.
func TestNodes_ReversedOrder(t *testing.T) {
	dsn := server.Database(t)
	stores := [2]*Store{mustOpen(t, dsn, belfry.Rules{}), mustOpen(t, dsn, belfry.Rules{})}
	const rounds, users = 20, 40
	var wg sync.WaitGroup
	for n, s := range stores {
		wg.Go(func() {
			for i := range rounds {
				drafts := make([]belfry.Draft, users)
				for j := range drafts {
					k := j
					if n == 1 {
						k = users - 1 - j
					}
					drafts[j].To, drafts[j].Title = toUser(belfry.UserID(fmt.Sprint("u", k))), "x"
					drafts[j].IdempotencyKey = fmt.Sprint("key ", i, " ", k)
				}
				for _, r := range belfry.Publish(context.Background(), s, time.Now(), drafts) {
					if r.Err != nil {
						t.Errorf("publish: %v", r.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	for j := range users {
		counted(t, stores[0], belfry.UserID(fmt.Sprint("u", j)), rounds)
	}
}

// hold opens a transaction of somebody else on the database, runs statements in
// it and leaves it open.
func hold(t *testing.T, dsn string, statements ...string) (cut func()) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range append([]string{"BEGIN"}, statements...) {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	cut = sync.OnceFunc(func() { c.PgConn().Conn().Close() }) // as the death of its process does
	t.Cleanup(cut)
	return cut
}

// The node that claimed what is due is frozen, and then dies: others pass it by,
// and do it as soon as it is gone.
func TestStore_Sweep_SurvivesItsHolder(t *testing.T) {
	dsn := server.Database(t)
	var now atomic.Int64
	now.Store(time.Now().UnixMilli())
	rules := belfry.Rules{Now: func() time.Time { return time.UnixMilli(now.Load()) }}
	s, other := mustOpen(t, dsn, rules), mustOpen(t, dsn, rules)
	for i := range 10 {
		d := belfry.Draft{To: toUser("ann"), DeliverAt: belfry.Time(now.Load() + 1000)}
		d.Title = fmt.Sprint(i)
		if r := belfry.Publish(t.Context(), s, rules.Now(), []belfry.Draft{d})[0]; r.Err != nil || r.Status != belfry.StatusScheduled {
			t.Fatalf("%+v", r)
		}
	}
	now.Add(2000)
	die := hold(t, dsn, "SELECT FROM belfry.due LIMIT 4 FOR UPDATE")
	sweepBoth := func() {
		var wg sync.WaitGroup
		for _, s := range []*Store{s, other} {
			wg.Go(func() {
				if _, err := s.Sweep(context.Background()); err != nil {
					t.Errorf("sweep: %v", err)
				}
			})
		}
		wg.Wait()
	}
	sweepBoth()
	counted(t, s, "ann", 6)
	die()
	eventually(t, "what the dead node had claimed is done", func() bool {
		sweepBoth()
		c, err := other.Counts(t.Context(), "ann", nil)
		return err == nil && c.Unread == 10
	})
	counted(t, s, "ann", 10)
}

// A node that freezes in the middle of a transaction holds up the others for as
// long as the server lets it, and loses its locks.
func TestStore_FrozenNode(t *testing.T) {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, belfry.Rules{})
	publish(t, s, toUser("ann"), "x")
	frozen := mustOpen(t, dsn, belfry.Rules{})
	for _, n := range []needs{{users: []belfry.UserID{"ann"}}, {shared: true}} {
		inside, thaw, result := make(chan struct{}), make(chan struct{}), make(chan error)
		var once sync.Once
		go func() {
			result <- frozen.do(context.Background(), &step{needs: n, run: func(*tx) error {
				once.Do(func() { close(inside); <-thaw })
				return nil
			}})[0]
		}()
		<-inside
		publish(t, s, toUser("ann"), "meanwhile")
		publish(t, s, belfry.Target{All: true}, "meanwhile")
		close(thaw)
		if err := <-result; err != nil {
			t.Errorf("the frozen node's change, tried again: %v", err)
		}
	}
	counted(t, s, "ann", 5)
}

// The clock of the database decides, not a node's.
func TestStore_ClockIsTheServers(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	before := belfry.TimeOf(time.Now())
	publish(t, s, toUser("ann"), "x")
	u, err := s.User(t.Context(), "ann")
	if err != nil || u.Since < before-1000 || u.Since > belfry.TimeOf(time.Now())+1000 {
		t.Errorf("%+v, %v; want about %s", u, err, before)
	}
}

// A role with no rights but its own database is enough.
func TestOpen_PlainRole(t *testing.T) {
	server.Exec(t, server.DSN("postgres"), "CREATE ROLE plain LOGIN")
	server.Exec(t, server.DSN("postgres"), "CREATE DATABASE plains OWNER plain")
	s := mustOpen(t, strings.Replace(server.DSN("plains"), "belfry@", "plain@", 1), belfry.Rules{})
	publish(t, s, toUser("ann"), "x")
	counted(t, s, "ann", 1)
}

// Promise P1 and the limits on a node that freezes rest on these settings.
func TestOpen_SessionSettings(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	for name, want := range map[string]string{
		"synchronous_commit": "on", "search_path": "belfry", "idle_in_transaction_session_timeout": "2s", "lock_timeout": "2s",
		"statement_timeout": "10s", "transaction_isolation": "read committed",
	} {
		var got string
		if err := s.writers.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
}
