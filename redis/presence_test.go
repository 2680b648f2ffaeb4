//go:build unix

package redis

import (
	"fmt"
	"slices"
	"testing"

	"belfry"
	"belfry/internal/proxytest"
	"belfry/internal/redistest"
)

// ofAnn is a node's roll where only ann is online.
type ofAnn []belfry.Session

func (r ofAnn) Online() []belfry.UserID { return []belfry.UserID{"ann"} }

func (r ofAnn) Sessions(user belfry.UserID) []belfry.Session {
	if user == "ann" {
		return slices.Clone(r)
	}
	return nil
}

// attended is a node with some sessions of ann.
func attended(t *testing.T, url string, sessions ...belfry.Session) *listener {
	t.Helper()
	l := listen(t, url)
	l.Answer(ofAnn(sessions))
	if len(sessions) > 0 {
		l.Watch("ann", true)
		until(t, "the watch is in force", func() bool { return l.heard(belfry.Ring{User: "ann"}) })
	}
	return l
}

func TestBus_Sessions(t *testing.T) {
	s := redistest.Start(t)
	path := proxytest.Start(t, s.Addr())
	one := belfry.Session{ID: "1", Transport: "sse", ConnectedAt: 10, UserAgent: "Browser/1 (ünï)"}
	two := belfry.Session{ID: "2", Transport: "websocket", ConnectedAt: 20}
	three := belfry.Session{ID: "3", Transport: "poll", ConnectedAt: 30}
	a := attended(t, s.URL(), two)
	b := attended(t, "redis://"+path.Addr()+"/0", three, one)
	c := attended(t, s.URL())
	until(t, "all are up", func() bool { return a.Up() && b.Up() && c.Up() })
	want := func(l *listener, user belfry.UserID, whole bool, want ...belfry.Session) {
		t.Helper()
		got, isWhole := l.Sessions(t.Context(), user)
		if fmt.Sprint(got) != fmt.Sprint(want) || isWhole != whole {
			t.Errorf("%s: %v, whole %v; want %v, %v", user, got, isWhole, want, whole)
		}
	}
	for _, l := range []*listener{a, b, c} {
		want(l, "ann", true, one, two, three)
		want(l, "bob", true)
	}
	path.Set(proxytest.Frozen) // b is there and does not answer
	want(c, "ann", false, two)
	path.Set(proxytest.Cut) // it is not
	until(t, "Redis knows that it is gone", func() bool {
		_, whole := c.Sessions(t.Context(), "ann")
		return whole
	})
	want(c, "ann", true, two)
	s.Kill()
	until(t, "a knows that Redis is gone", a.isDown)
	want(a, "ann", false, two)
}
