package capacity

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	driver "github.com/redis/go-redis/v9"

	"belfry"
	"belfry/internal/pgtest"
	"belfry/internal/redistest"
	"belfry/postgres"
	"belfry/redis"
)

var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m, &server)) }

// measured is a real node's half of the work: a store on PostgreSQL, and its
// rings on Redis as another node would hear them.
type measured struct {
	t     *testing.T
	dsn   string
	look  *pgx.Conn
	bus   *redis.Bus
	store *postgres.Store // while something happens
	heard <-chan *driver.Message
	rings chan belfry.Ring
}

func measure(t *testing.T) *measured {
	t.Helper()
	m := &measured{t: t, dsn: server.Database(t), rings: make(chan belfry.Ring, 100)}
	carrier := redistest.Start(t)
	options, err := driver.ParseURL(carrier.URL())
	if err != nil {
		t.Fatal(err)
	}
	ear := driver.NewClient(options)
	all := ear.PSubscribe(t.Context(), "belfry:0:user:*", "belfry:0:shared")
	for range 2 {
		if _, err := all.Receive(t.Context()); err != nil { // that it is subscribed
			t.Fatal(err)
		}
	}
	m.heard = all.Channel()
	if m.bus, err = redis.Open(t.Context(), carrier.URL(), redis.Options{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if m.look, err = pgx.Connect(t.Context(), m.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range []func() error{m.bus.Close, all.Close, ear.Close, func() error { return m.look.Close(context.Background()) }} {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
	})
	return m
}

// written is how many rows were written while something happened. PostgreSQL
// counts them for sure when the connections that wrote them have ended.
func (m *measured) written(act func()) int {
	m.t.Helper()
	before := m.rows()
	var err error
	if m.store, err = postgres.Open(m.t.Context(), m.dsn, belfry.Rules{}, slog.New(slog.DiscardHandler)); err != nil {
		m.t.Fatal(err)
	}
	m.store.OnCommit(func(rings []belfry.Ring) {
		for _, r := range rings {
			m.rings <- r
		}
		m.bus.Ring(rings)
	})
	act()
	if err := m.store.Close(); err != nil {
		m.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); m.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'belfry'") > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatal("the store's connections do not end")
		}
	}
	return m.rows() - before
}

// rows is how many were written so far. There are none before the schema.
func (m *measured) rows() int {
	return m.ask("SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int FROM pg_stat_user_tables WHERE schemaname = 'belfry'")
}

func (m *measured) ask(sql string) (n int) {
	m.t.Helper()
	if err := m.look.QueryRow(m.t.Context(), sql).Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}

// expect does something and wants so many rows to be written, and a ring of that
// size, beside the content that it carries.
func (m *measured) expect(what string, rows int, size float64, act func()) {
	m.t.Helper()
	if got := m.written(act); got != rows {
		m.t.Errorf("%s writes %d rows; counted with are %d", what, got, rows)
	}
	m.payload(what, size)
}

// payload is the size of the ring that was heard last, beside the content that
// it carried.
func (m *measured) payload(what string, want float64) {
	m.t.Helper()
	ring := <-m.rings
	select {
	case heard := <-m.heard:
		size := float64(len(heard.Payload))
		if ring.Hint != nil {
			size -= float64(len(ring.Hint.Item.Content))
		}
		about(m.t, what, size, want)
	case <-time.After(time.Minute):
		m.t.Fatalf("%s: no ring was heard", what)
	}
}

func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.25*want {
		t.Errorf("%s: %v bytes; counted with are %v", what, got, want)
	}
}

func (m *measured) publish(to belfry.Target, key string) belfry.ID {
	m.t.Helper()
	out := belfry.Publish(m.t.Context(), m.store, time.Now(), []belfry.Draft{{
		To: to, IdempotencyKey: key, Content: belfry.Content{Title: "Build 7 failed", Body: strings.Repeat("x", 200)},
	}})
	if out[0].Err != nil {
		m.t.Fatal(out[0].Err)
	}
	return out[0].ID
}

// TestRules_AreTheCodes: rows written and sizes of rings, as the real store and
// the real bus have them.
func TestRules_AreTheCodes(t *testing.T) {
	m := measure(t)
	m.written(func() { m.publish(belfry.Target{User: "ann"}, "first") }) // makes the schema and the user
	m.payload("the first ring", ring)
	var id belfry.ID
	m.expect("a publish to a user", 3, ring, func() { id = m.publish(belfry.Target{User: "ann"}, "second") })
	m.expect("a publish to all", 2, ring, func() { m.publish(belfry.Target{All: true}, "third") })
	m.expect("a mark", 2, bell, func() {
		if _, err := m.store.Mark(t.Context(), "ann", belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); err != nil {
			t.Fatal(err)
		}
	})
}

// Frames are as large as the golden ones, without what a publisher chose.
func TestFrames_AreAsLargeAsCounted(t *testing.T) {
	for name, want := range map[string]float64{"notification-private.json": frame, "receipts.json": receipt} {
		b, err := os.ReadFile("../../belfrytest/golden/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var f map[string]any
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		if item, ok := f["item"].(map[string]any); ok {
			for member := range item {
				switch member {
				case "id", "rev", "born", "to", "createdAt", "deliveredAt":
				default:
					delete(item, member)
				}
			}
		}
		bare, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		about(t, name, float64(len(bare)), want)
	}
}
