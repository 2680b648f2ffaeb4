package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry"

	"github.com/jackc/pgx/v5"
)

// application is the database connection of somebody who may publish and do
// nothing else.
func application(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	server.Exec(t, dsn, `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop') THEN CREATE ROLE shop LOGIN; END IF; END $$;
		GRANT USAGE ON SCHEMA belfry TO shop; GRANT EXECUTE ON FUNCTION belfry.publish TO shop`)
	c, err := pgx.Connect(t.Context(), strings.Replace(dsn, "belfry@", "shop@", 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// leave publishes in a transaction of the application's own.
func leave(ctx context.Context, c *pgx.Conn, end error, drafts ...string) (ids []belfry.ID, err error) {
	err = pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
		for _, d := range drafts {
			var id string
			if err := t.QueryRow(ctx, "SELECT belfry.publish($1)::text", d).Scan(&id); err != nil {
				return err
			}
			ids = append(ids, belfry.ID(id))
		}
		return end
	})
	return ids, err
}

func relayAll(t *testing.T, s *Store) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.Relay(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func titlesOf(t *testing.T, s *Store, user belfry.UserID) (titles []string) {
	t.Helper()
	c, err := s.List(t.Context(), user, belfry.ListQuery{Limit: belfry.MaxItems})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range c.Items {
		content, err := belfry.DecodeContent(it.Content)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, content.Title)
	}
	return titles
}

func TestStore_Relay(t *testing.T) {
	dsn := server.Database(t)
	s, shop := mustOpen(t, dsn, belfry.Rules{}), application(t, dsn)
	ids, err := leave(t.Context(), shop, nil, `{"to":{"user":"ann"},"title":"1","data":{"price":1.50}}`, `{"to":{"user":"ann"},"title":"2"}`,
		`{"to":{"all":true},"title":"everyone"}`, `{"to":{"users":["ann","bob"]},"title":"3"}`)
	if err != nil {
		t.Fatal(err)
	}
	rolledBack := errors.New("rolled back")
	if _, err := leave(t.Context(), shop, rolledBack, `{"to":{"user":"ann"},"title":"never"}`); !errors.Is(err, rolledBack) {
		t.Fatal(err)
	}
	open, err := shop.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Exec(t.Context(), `SELECT belfry.publish('{"to":{"user":"ann"},"title":"4"}')`); err != nil {
		t.Fatal(err)
	}
	counted(t, s, "bob", 0)
	relayAll(t, s)
	relayAll(t, s)
	counted(t, s, "ann", 4)
	counted(t, s, "bob", 2)
	for _, id := range ids {
		if st, err := s.Standing(t.Context(), id); err != nil || st.Status != belfry.StatusDelivered || st.CreatedAt == 0 {
			t.Errorf("%s: %+v, %v", id, st, err)
		}
	}
	if err := open.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	relayAll(t, s)
	if got := strings.ReplaceAll(strings.Join(titlesOf(t, s, "ann"), " "), "everyone ", ""); got != "4 3 2 1" && got != "4 3 2 1 everyone" {
		t.Errorf("ann sees %q", got)
	}
	if _, err := shop.Exec(t.Context(), "DELETE FROM belfry.users"); err == nil {
		t.Error("the application may do more than publish")
	}
}

// What cannot be published is refused where that can be seen in the
// application's transaction, else kept with the reason; it holds up nothing.
func TestStore_Relay_Refused(t *testing.T) {
	dsn := server.Database(t)
	s, shop := mustOpen(t, dsn, belfry.Rules{}), application(t, dsn)
	for _, bad := range []string{`[]`, `{"title":"x"}`, `{"to":{"user":"ann"}}`, `{"to":"ann","title":"x"}`} {
		if _, err := leave(t.Context(), shop, nil, bad); err == nil || !strings.Contains(err.Error(), `"to"`) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	_, err := leave(t.Context(), shop, nil, `{"to":{"user":"ann"},"title":"1","idempotencyKey":"k"}`, `{"to":{"user":"ann"},"title":"","x":1}`,
		`{"to":{"user":""},"title":"no user"}`, `{"to":{"user":"ann"},"title":"other","idempotencyKey":"k"}`, `{"to":{"user":"ann"},"title":"2"}`)
	if err != nil {
		t.Fatal(err)
	}
	relayAll(t, s)
	counted(t, s, "ann", 2)
	rows, err := s.readers.Query(t.Context(), "SELECT refused FROM outbox ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(reasons) != 3 {
		t.Fatalf("%q, %v", reasons, err)
	}
	for i, word := range []string{`unknown field "x"`, "/to", "idempotency key"} {
		if !strings.Contains(reasons[i], word) {
			t.Errorf("%q does not say %q", reasons[i], word)
		}
	}
}

// Several nodes relay while the server crashes and applications go on: each row
// once, each transaction's in order.
func TestStore_Relay_Once(t *testing.T) {
	dsn := server.Database(t)
	const transactions, each = 40, 5
	stores := []*Store{mustOpen(t, dsn, belfry.Rules{}), mustOpen(t, dsn, belfry.Rules{})}
	done := make(chan struct{})
	var relays sync.WaitGroup
	for _, s := range stores {
		relays.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond):
					_, err := s.Relay(context.Background())
					if code := belfry.ErrorCode(err); code != "" && code != belfry.CodeUnavailable && code != belfry.CodeOutcomeUnknown {
						t.Errorf("relay: %v", err)
					}
				}
			}
		})
	}
	shop := application(t, dsn)
	want := 0
	for i := range transactions {
		var drafts []string
		for j := range each {
			drafts = append(drafts, fmt.Sprintf(`{"to":{"users":["ann","u%d"]},"title":"%d"}`, j, want+j))
		}
		if _, err := leave(t.Context(), shop, nil, drafts...); err != nil {
			t.Fatal(err)
		}
		if want += each; i == transactions/2 {
			server.Kill()
			server.Start(t)
			shop = application(t, dsn)
		}
	}
	eventually(t, "all is relayed", func() bool {
		c, err := stores[0].Counts(context.Background(), "ann", nil)
		return err == nil && c.Unread >= int64(want)
	})
	close(done)
	relays.Wait()
	relayAll(t, stores[0])
	counted(t, stores[0], "ann", int64(want))
	for i, title := range titlesOf(t, stores[1], "ann") {
		if title != fmt.Sprint(want-1-i) {
			t.Fatalf("place %d from the top is %q, want %d", i, title, want-1-i)
		}
	}
}
