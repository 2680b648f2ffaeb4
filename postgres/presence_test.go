package postgres

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"belfry"
)

// roll is who is online at a node of the test.
type roll map[belfry.UserID][]belfry.Session

func (r roll) Online() (users []belfry.UserID) {
	for u := range r {
		users = append(users, u)
	}
	return users
}

func (r roll) Sessions(user belfry.UserID) []belfry.Session { return slices.Clone(r[user]) }

func TestPresence(t *testing.T) {
	dsn := server.Database(t)
	one := belfry.Session{ID: "1", Transport: "sse", ConnectedAt: 10, UserAgent: `Browser/1 ("ünï")`}
	two := belfry.Session{ID: "2", Transport: "websocket", ConnectedAt: 20}
	name := belfry.UserID(`an'n "org/7" ☃`)
	attend := func(here roll) (p *Presence, leave func()) {
		p = mustOpen(t, dsn, belfry.Rules{}).Presence()
		p.Answer(here)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.Run(ctx) }()
		leave = func() { stop(); <-ended }
		t.Cleanup(leave)
		return p, leave
	}
	a, _ := attend(roll{name: {two}})
	b, leave := attend(roll{name: {one}, "bob": {two}})
	shows := func(p *Presence, user belfry.UserID, want ...belfry.Session) {
		t.Helper()
		var got []belfry.Session
		whole := false
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if got, whole = p.Sessions(t.Context(), user); whole && fmt.Sprint(got) == fmt.Sprint(want) {
				return
			}
		}
		t.Fatalf("%s: %v, whole %v; want %v", user, got, whole, want)
	}
	shows(a, name, one, two)
	shows(b, name, one, two)
	shows(a, "bob", two)
	shows(a, "nobody")
	leave()
	shows(a, name, two)
	server.Exec(t, dsn, "INSERT INTO belfry.presence SELECT 'dead', now() - interval '1 minute', sessions FROM belfry.presence")
	shows(a, name, two)
}
