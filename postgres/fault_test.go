package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/internal/logs"
)

// path is the way between a store and the server: it can be cut, and it can
// swallow what the server answers.
type path struct {
	listener net.Listener
	mu       sync.Mutex
	pairs    [][2]net.Conn
	swallow  atomic.Bool // answers on the connections there are
	swallows atomic.Int64
}

func newPath(t *testing.T) *path {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &path{listener: l}
	t.Cleanup(func() { l.Close(); p.cut() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.join(client)
		}
	}()
	return p
}

func (p *path) join(client net.Conn) {
	to, err := net.Dial("tcp", server.Addr())
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.pairs = append(p.pairs, [2]net.Conn{client, to})
	p.mu.Unlock()
	carry := func(to, from net.Conn, answers bool) {
		defer to.Close()
		b := make([]byte, 64<<10)
		for {
			n, err := from.Read(b)
			if err != nil {
				return
			}
			if answers && p.swallow.Load() {
				p.swallows.Add(1)
				p.swallow.Store(false)
				return // the server has done it, and the client never hears
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	go carry(to, client, false)
	go carry(client, to, true)
}

// cut closes all connections.
func (p *path) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pair := range p.pairs {
		pair[0].Close()
		pair[1].Close()
	}
	p.pairs = nil
}

// through is the address of a database by way of the path.
func (p *path) through(dsn string) string {
	return strings.Replace(dsn, server.Addr(), p.listener.Addr().String(), 1)
}

// The answer to a COMMIT is lost, but not the commit: the store asks and says
// the truth, and rings.
func TestStore_AnswerToCommitIsLost(t *testing.T) {
	dsn := server.Database(t)
	p := newPath(t)
	s := mustOpen(t, p.through(dsn), belfry.Rules{})
	publish(t, s, toUser("ann"), "before")
	var rung atomic.Int64
	s.OnCommit(func(rings []belfry.Ring) { rung.Add(int64(len(rings))) })
	runs := 0
	err := s.do(t.Context(), &step{needs: needs{users: []belfry.UserID{"ann"}}, run: func(t *tx) error {
		runs++
		p.swallow.Store(true)
		pub := publication(toUser("ann"))
		return t.deliver(&pub)
	}})[0]
	if err != nil || runs != 1 || rung.Load() != 1 || p.swallows.Load() != 1 {
		t.Errorf("%v after %d runs, %d rings and %d lost answers", err, runs, rung.Load(), p.swallows.Load())
	}
	counted(t, s, "ann", 2)
}

// The path is cut before the COMMIT arrives: nothing was changed, and the store
// does it again.
func TestStore_CutBeforeCommit(t *testing.T) {
	dsn := server.Database(t)
	p := newPath(t)
	s := mustOpen(t, p.through(dsn), belfry.Rules{})
	publish(t, s, toUser("ann"), "before")
	runs := 0
	err := s.do(t.Context(), &step{needs: needs{users: []belfry.UserID{"ann"}}, run: func(t *tx) error {
		if runs++; runs < 3 {
			p.cut()
		}
		pub := publication(toUser("ann"))
		return t.deliver(&pub)
	}})[0]
	if err != nil || runs != 3 {
		t.Errorf("%v after %d runs", err, runs)
	}
	counted(t, s, "ann", 2)
}

// Nobody can say what became of a commit while the server is gone.
func TestStore_OutcomeUnknown(t *testing.T) {
	p := newPath(t)
	s := mustOpen(t, p.through(server.Database(t)), belfry.Rules{})
	err := s.do(t.Context(), &step{needs: needs{users: []belfry.UserID{"ann"}}, run: func(t *tx) error {
		p.listener.Close()
		p.cut()
		pub := publication(toUser("ann"))
		return t.deliver(&pub)
	}})[0]
	refusedWith(t, err, belfry.CodeOutcomeUnknown, "idempotency key")
}

// A crash forgets the numbers of transactions that it undid and gives them to
// others: only the logs can tell.
func TestStore_OutcomeAfterACrash(t *testing.T) {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, belfry.Rules{})
	ids := publish(t, s, toUser("ann"), "1", "2")
	publish(t, s, belfry.Target{All: true}, "3")
	status := func(name belfry.UserID, ahead belfry.Rev) string {
		t.Helper()
		o, err := s.Open(t.Context(), "ann", belfry.OpenQuery{})
		if err != nil {
			t.Fatal(err)
		}
		ring := belfry.Ring{User: name, Nonce: o.Cursor.Private, Rev: o.Cursor.P + ahead}
		if name == "" {
			ring.Nonce, ring.Rev = o.Cursor.Shared, o.Cursor.S+ahead
		}
		server.Kill()
		server.Start(t)
		if _, err := s.Mark(t.Context(), "ann", belfry.Mark{Action: belfry.ActionRead, IDs: ids}); err != nil {
			t.Fatal(err)
		}
		publish(t, s, belfry.Target{All: true}, "4")
		got, err := s.statusOf(t.Context(), &tx{xid: "1", Writes: logs.Writes{Rings: []belfry.Ring{ring}}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, log := range []belfry.UserID{"ann", ""} {
		if got := status(log, 0); got != "committed" {
			t.Errorf("the last change of log %q is %q", log, got)
		}
		if got := status(log, 1); got != "aborted" {
			t.Errorf("a change of log %q that was undone is %q", log, got)
		}
	}
}

// While the server is away everything is refused at once, and when it is back
// everything works again with nobody's help.
func TestStore_ServerDown(t *testing.T) {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, belfry.Rules{})
	publish(t, s, toUser("ann"), "before")
	server.Stop()
	for range 3 {
		begin := time.Now()
		d := belfry.Draft{To: toUser("ann")}
		d.Title = "x"
		err := belfry.Publish(t.Context(), s, time.Now(), []belfry.Draft{d})[0].Err
		refusedWith(t, err, belfry.CodeUnavailable, "nothing was changed")
		var e *belfry.Error
		if !errors.As(err, &e) || e.RetryAfter == 0 {
			t.Errorf("%v does not say when to come back", err)
		}
		_, err = s.Counts(t.Context(), "ann", nil)
		refusedWith(t, err, belfry.CodeUnavailable)
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("it took %s to be refused", took)
		}
	}
	_, err := Open(t.Context(), dsn, belfry.Rules{}, slog.New(slog.DiscardHandler))
	refusedWith(t, err, belfry.CodeUnavailable, "cannot be reached")
	server.Start(t)
	publish(t, s, toUser("ann"), "after")
	counted(t, s, "ann", 2)
}

// The server crashes and restarts again and again under two nodes that publish:
// what was acknowledged is there once, what was not can be tried again under its
// key, and the logs have no hole.
func TestStore_ServerKilled(t *testing.T) {
	dsn := server.Database(t)
	stores := []*Store{mustOpen(t, dsn, belfry.Rules{}), mustOpen(t, dsn, belfry.Rules{})}
	publish(t, stores[0], toUser("ann"), "first")
	stop := make(chan struct{})
	var stored, retried atomic.Int64
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				d := belfry.Draft{To: toUser("ann"), IdempotencyKey: fmt.Sprint(n, " ", i)}
				if n%2 == 1 {
					d.To = belfry.Target{All: true}
				}
				d.Title = "x"
				for !publishKeyed(t, stores[(n/2)%2], d) {
					retried.Add(1)
					time.Sleep(5 * time.Millisecond)
				}
				stored.Add(1)
			}
		})
	}
	for i := range 6 {
		before := stored.Load()
		eventually(t, "it is published on", func() bool { return stored.Load() > before+50 })
		if i%2 == 0 {
			server.Kill()
		} else {
			server.Stop()
		}
		server.Start(t)
	}
	close(stop)
	wg.Wait()
	t.Logf("%d stored, %d tries refused", stored.Load(), retried.Load())
	counted(t, stores[0], "ann", stored.Load()+1)
	checkGapless(t, stores[1], "ann")
}

// publishKeyed says whether the draft is stored; false invites the same again.
func publishKeyed(t *testing.T, s *Store, d belfry.Draft) bool {
	err := belfry.Publish(context.Background(), s, time.Now(), []belfry.Draft{d})[0].Err
	switch belfry.ErrorCode(err) {
	case "":
		return true
	case belfry.CodeUnavailable, belfry.CodeOutcomeUnknown:
	default:
		t.Errorf("publish: %v", err)
	}
	return false
}

func checkGapless(t *testing.T, s *Store, user belfry.UserID) {
	t.Helper()
	o, err := s.Open(t.Context(), user, belfry.OpenQuery{})
	if err != nil {
		t.Fatal(err)
	}
	at := o.Cursor
	at.P, at.S = 0, 0
	c, err := s.Changes(t.Context(), user, belfry.ChangesQuery{From: at, Limit: 1 << 20})
	if err != nil || c.Reset {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, log := range [][]belfry.Change{c.Private, c.Shared} {
		for i, row := range log {
			if row.Rev != belfry.Rev(i+1) {
				t.Fatalf("revision %d where %d was due", row.Rev, i+1)
			}
		}
	}
	if n := belfry.Rev(len(c.Private)); n != c.Head.P {
		t.Errorf("%d private rows, the head is %d", n, c.Head.P)
	}
	if n := belfry.Rev(len(c.Shared)); n != c.Head.S {
		t.Errorf("%d shared rows, the head is %d", n, c.Head.S)
	}
}

// A standby is refused; once it is promoted it is the primary of another
// timeline, whose logs take new names. Cursors of before the failover fit.
func TestStore_Failover(t *testing.T) {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, belfry.Rules{})
	publish(t, s, toUser("ann"), "before")
	publish(t, s, belfry.Target{All: true}, "before")
	before, err := s.Open(t.Context(), "ann", belfry.OpenQuery{})
	if err != nil {
		t.Fatal(err)
	}
	server.Standby(t)
	_, err = Open(t.Context(), dsn, belfry.Rules{}, slog.New(slog.DiscardHandler))
	refusedWith(t, err, belfry.CodeUnavailable, "standby")
	d := belfry.Draft{To: toUser("ann")}
	d.Title = "x"
	refusedWith(t, belfry.Publish(t.Context(), s, time.Now(), []belfry.Draft{d})[0].Err, belfry.CodeUnavailable)
	_, err = s.Counts(t.Context(), "ann", nil)
	refusedWith(t, err, belfry.CodeUnavailable)

	server.Promote(t)
	publish(t, s, toUser("ann"), "after")
	publish(t, s, belfry.Target{All: true}, "after")
	after, err := s.Open(t.Context(), "ann", belfry.OpenQuery{Cursor: &before.Cursor})
	if err != nil || !after.Resumed || after.Cursor.Private == before.Cursor.Private || after.Cursor.Shared == before.Cursor.Shared {
		t.Errorf("before %+v, after %+v, %v", before.Cursor, after, err)
	}
	lost := before.Cursor // of a commit that the standby never had
	lost.P++
	if o, err := s.Open(t.Context(), "ann", belfry.OpenQuery{Cursor: &lost}); err != nil || o.Resumed {
		t.Errorf("a cursor of the lost history resumes: %+v, %v", o, err)
	}
	counted(t, s, "ann", 4)
}
