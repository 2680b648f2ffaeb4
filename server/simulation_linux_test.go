package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"weak"

	"belfry"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/sqlite"
)

// TestSimulation opens many sessions in this process, rings them all and lets
// them leave, and logs what that takes. Store, hub and framing are the real ones;
// in place of a socket each session has the descriptor of /dev/null. It fails when
// a session is not sent every broadcast once and in order, when something stays
// undelivered, or when what has left stays in memory. It never fails for being
// slow.
//
// BELFRY_SIMULATION is how many sessions (2,000), BELFRY_SIMULATION_TABS how many
// of them a user has (1), BELFRY_SIMULATION_SECONDS for how long they are watched
// while idle (0.1).
func TestSimulation(t *testing.T) {
	s := newSimulation(t, setting("BELFRY_SIMULATION", 2000), setting("BELFRY_SIMULATION_TABS", 1))
	idle := max(100*time.Millisecond, time.Duration(setting("BELFRY_SIMULATION_SECONDS", 0))*time.Second)
	before := measure()
	s.openAll()
	opened := measure()
	t.Logf("memory: %d B of heap and %d B resident a session, beside the server's end of a connection; %d goroutines; a collection of all garbage takes %s",
		(opened.heap-before.heap)/int64(len(s.ends)), (opened.resident-before.resident)/int64(len(s.ends)), runtime.NumGoroutine(), opened.collection)
	s.watchIdle(idle)
	publish := attempt{"a publish", s.tryPublish}
	private := attempt{"a notification from its publish until it is with its user", s.tryPrivate}
	opening := attempt{"an opening until its replay is over", s.tryOpening}
	s.probeWhile("idle", func() { time.Sleep(idle) }, publish, private, opening)
	for range 3 {
		s.broadcast(1)
	}
	s.broadcast(20)
	s.probeWhile("a broadcast goes out", func() { s.broadcast(1) }, publish, private, opening)
	s.check()
	s.probeWhile("all leave", s.closeAll, publish)
	s.probeWhile("the store is told who has left", func() { time.Sleep(idle) }, publish, opening)
	closed := measure()
	t.Logf("memory after all have left: %d B of heap a session", (closed.heap-before.heap)/int64(len(s.ends)))
}

func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// simulation is a hub on a real store, and the far ends of its sessions.
type simulation struct {
	t        *testing.T
	tabs     int
	raw      syscall.RawConn // of /dev/null
	fd       int
	store    *timed
	hub      *hub.Hub
	ends     []farEnd // made beforehand, so that they are in no figure
	sessions []*hub.Session
	sent     int           // broadcasts
	notified int           // single users, by probes
	left     atomic.Int64  // what the sessions together still await
	done     chan struct{} // has a value when none is left
	epoch    time.Time
	commit   atomic.Int64 // when the last one was, in nanoseconds since epoch
	probe    atomic.Pointer[probe]
	wrong    atomic.Pointer[string] // the first thing that was
}

// timed is a real store that sums up how long openings wait for it.
type timed struct {
	*sqlite.Store
	opening atomic.Int64 // nanoseconds
}

func (s *timed) Open(ctx context.Context, user belfry.UserID, q belfry.OpenQuery) (belfry.Opening, error) {
	begin := time.Now()
	defer func() { s.opening.Add(int64(time.Since(begin))) }()
	return s.Store.Open(ctx, user, q)
}

func newSimulation(t *testing.T, sessions, tabs int) *simulation {
	t.Helper()
	percent := debug.SetGCPercent(200) // as belfry serve does
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	log := slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, log)
	if err != nil {
		t.Fatal(err)
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := nowhere.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	s := &simulation{
		t: t, tabs: tabs, raw: raw, store: &timed{Store: db}, epoch: time.Now(), done: make(chan struct{}, 1),
		ends: make([]farEnd, sessions), sessions: make([]*hub.Session, sessions),
	}
	if s.fd, err = descriptor(raw); err != nil {
		t.Fatal(err)
	}
	for i := range s.ends {
		s.ends[i].connect(s)
	}
	bus := hub.NewBus()
	db.OnCommit(func(rings []belfry.Ring) {
		for _, r := range rings {
			if r.User == "" && r.Hint != nil && r.Hint.Item.Topic == belfry.TopicAll {
				s.commit.Store(s.now())
			}
		}
		bus.Ring(rings)
	})
	s.hub = hub.New(s.store, bus, hub.Options{}, metrics.New("simulation", log))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.hub.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		nowhere.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// user is whose session the i-th is.
func (s *simulation) user(i int) belfry.UserID {
	return belfry.UserID(fmt.Sprintf("user-%07d", i/s.tabs))
}

func (s *simulation) now() int64 { return int64(time.Since(s.epoch)) }

// openers is how many open sessions at the same time.
const openers = 64

// openAll opens every session and waits until the last is live.
func (s *simulation) openAll() {
	s.t.Helper()
	s.await(len(s.ends))
	busy, begin := cpu(), time.Now()
	var next, took atomic.Int64
	var opening sync.WaitGroup
	for range openers {
		opening.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(s.ends)); i = next.Add(1) - 1 {
				began := time.Now()
				session, err := s.hub.Open(context.Background(), hub.Spec{User: s.user(int(i)), Items: 20}, &s.ends[i])
				if err != nil {
					s.t.Error(err)
					return
				}
				s.sessions[i] = session
				took.Add(int64(time.Since(began)))
			}
		})
	}
	opening.Wait()
	s.wait()
	spent := time.Since(begin)
	s.t.Logf("opened %d sessions of %d users in %s: %s and %s of processor time each; the store took %d %% of an opening", len(s.ends), (len(s.ends)+s.tabs-1)/s.tabs,
		spent.Round(time.Millisecond), spent/time.Duration(len(s.ends)), (cpu()-busy)/time.Duration(len(s.ends)), 100*s.store.opening.Load()/max(1, took.Load()))
}

// broadcast publishes to everyone, n back to back, and waits until every session
// has all.
func (s *simulation) broadcast(n int) {
	s.t.Helper()
	s.await(n * len(s.ends))
	busy, begin := cpu(), s.now()
	for range n {
		s.sent++
		s.publish(belfry.Target{All: true}, fmt.Sprint("b", s.sent))
	}
	published := s.now()
	s.wait()
	ended := s.now()
	took := make([]time.Duration, len(s.ends))
	for i := range s.ends {
		took[i] = time.Duration(s.ends[i].heard - s.commit.Load())
	}
	if n > 1 {
		s.t.Logf("%d broadcasts back to back: published in %s, with everybody in %s: %.0f deliveries a second, %d ns of processor time each", n,
			time.Duration(published-begin).Round(time.Microsecond), time.Duration(ended-begin).Round(time.Microsecond), float64(n*len(s.ends))/time.Duration(ended-begin).Seconds(), int(cpu()-busy)/n/len(s.ends))
		return
	}
	s.t.Logf("a broadcast: the publish took %s; from the commit to a session %s; %d ns of processor time a session",
		time.Duration(published-begin).Round(time.Microsecond), quantiles(took), int(cpu()-busy)/len(s.ends))
}

func (s *simulation) publish(to belfry.Target, title string) {
	s.t.Helper()
	for _, p := range belfry.Publish(context.Background(), s.store, time.Now(), []belfry.Draft{{To: to, Content: belfry.Content{Title: title}}}) {
		if p.Err != nil {
			s.t.Error(p.Err)
		}
	}
}

// check fails the test when a session was sent something twice, out of order or
// not at all, or when one stands below another.
func (s *simulation) check() {
	s.t.Helper()
	if wrong := s.wrong.Load(); wrong != nil {
		s.t.Error(*wrong)
	}
	for i := range s.ends {
		if n := s.ends[i].broadcasts; n != s.sent {
			s.t.Fatalf("session %d was sent %d of %d broadcasts", i, n, s.sent)
		}
	}
	for i, session := range s.sessions {
		if at := session.Sent(); at.S < belfry.Rev(s.sent) {
			s.t.Fatalf("session %d stands at %+v after %d broadcasts", i, at, s.sent)
		}
	}
}

// closeAll lets every client leave, and finds out whether the hub forgets them.
func (s *simulation) closeAll() {
	s.t.Helper()
	traces := make([]weak.Pointer[hub.Session], len(s.sessions))
	busy, begin := cpu(), time.Now()
	for i, session := range s.sessions {
		traces[i] = weak.Make(session)
		session.Gone()
	}
	for s.hub.Len() > 0 {
		if time.Since(begin) > patience {
			s.t.Fatalf("%d of %d sessions are still there", s.hub.Len(), len(s.sessions))
		}
		time.Sleep(time.Millisecond)
	}
	spent := time.Since(begin)
	s.t.Logf("all left in %s: %d ns of processor time each", spent.Round(time.Millisecond), int(cpu()-busy)/len(s.sessions))
	clear(s.sessions)
	runtime.GC()
	kept := 0
	for _, trace := range traces {
		if trace.Value() != nil {
			kept++
		}
	}
	if most := 100; kept > most { // a worker remembers its last one
		s.t.Errorf("%d of %d sessions that have ended are still in memory", kept, len(traces))
	}
}
