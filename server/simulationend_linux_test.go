package server

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"belfry"
	"belfry/hub"
)

// patience is how long anything in a simulation may take.
const patience = 5 * time.Minute

// farEnd is the server's own end of a connection over a descriptor that takes
// everything, and the client who reads what is sent.
type farEnd struct {
	wsConn
	s          *simulation
	broadcasts int    // so far: they are numbered
	heard      int64  // when the last one was written, as of simulation.now
	news       int    // awaited things in the bytes about to be written: broadcasts, the end of the replay
	guest      *probe // of a session that is there for a probe alone
	answers    *probe // answered by the bytes about to be written
}

func (c *farEnd) connect(s *simulation) { c.s, c.raw, c.fd = s, s.raw, s.fd }

// Append implements hub.Sink.
func (c *farEnd) Append(dst []byte, kind string, cursor *[belfry.CursorLen]byte, body []byte, form *hub.Form) []byte {
	switch {
	case c.guest != nil && kind == "live":
		c.answers = c.guest
	case c.guest != nil:
	case kind == "live":
		c.news++
	case kind == "notification":
		c.note(body)
	}
	return c.wsConn.Append(dst, kind, cursor, body, form)
}

var titled = []byte(`"title":"`)

// note reads the title: b and the number of a broadcast, or p and that of a probe.
func (c *farEnd) note(body []byte) {
	at := bytes.Index(body, titled) + len(titled)
	text, _, _ := bytes.Cut(body[at+1:], []byte{'"'})
	n, err := strconv.Atoi(string(text))
	switch {
	case err == nil && body[at] == 'b' && n == c.broadcasts+1:
		c.broadcasts++
		c.news++
	case err == nil && body[at] == 'p':
		if p := c.s.probe.Load(); p.number == n {
			c.answers = p
		}
	default:
		wrong := fmt.Sprintf("after broadcast %d came %s", c.broadcasts, body)
		c.s.wrong.CompareAndSwap(nil, &wrong)
	}
}

// TryWrite implements hub.Sink.
func (c *farEnd) TryWrite(b []byte) (int, error) {
	n, err := c.wsConn.TryWrite(b)
	if c.answers != nil {
		c.answers.answer()
		c.answers = nil
	}
	if c.news > 0 {
		c.heard = c.s.now()
		c.s.told(c.news)
		c.news = 0
	}
	return n, err
}

// Close implements hub.Sink.
func (c *farEnd) Close(belfry.Code) {}

// await says how many things the sessions together are to be told.
func (s *simulation) await(n int) { s.left.Store(int64(n)) }

func (s *simulation) told(n int) {
	if s.left.Add(int64(-n)) == 0 {
		s.done <- struct{}{}
	}
}

// wait waits until they have been.
func (s *simulation) wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Fatalf("%d of what was awaited did not come within %s", s.left.Load(), patience)
	}
}

// probe is one thing of which it is measured how long it takes.
type probe struct {
	number int
	done   chan struct{} // capacity one
}

func (p *probe) answer() {
	select {
	case p.done <- struct{}{}:
	default: // another tab was first
	}
}

// probeWhile measures, while something else goes on, how long other things take.
func (s *simulation) probeWhile(what string, do func(), probes ...attempt) {
	s.t.Helper()
	var over atomic.Bool
	var probing sync.WaitGroup
	took := make([][]time.Duration, len(probes))
	for i, p := range probes {
		probing.Go(func() {
			for n := 1; n == 1 || !over.Load(); n++ {
				begin := time.Now()
				if !p.try(n) {
					s.t.Errorf("%s: nothing came within %s", p.what, patience)
					return
				}
				took[i] = append(took[i], time.Since(begin))
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	do()
	over.Store(true)
	probing.Wait()
	for i, p := range probes {
		s.t.Logf("while %s, %s: %s", what, p.what, quantiles(took[i]))
	}
}

// attempt is something that a probe tries again and again.
type attempt struct {
	what string
	try  func(n int) bool
}

func (s *simulation) tryPublish(int) bool {
	s.publish(belfry.Target{Topic: "nobody.follows"}, "t")
	return true
}

func (s *simulation) tryPrivate(int) bool {
	s.notified++
	p := &probe{number: s.notified, done: make(chan struct{}, 1)}
	s.probe.Store(p)
	s.publish(belfry.Target{User: s.user(rand.IntN(len(s.ends)))}, fmt.Sprint("p", s.notified))
	return p.wait()
}

func (s *simulation) tryOpening(n int) bool {
	p := &probe{done: make(chan struct{}, 1)}
	c := &farEnd{guest: p}
	c.connect(s)
	session, err := s.hub.Open(context.Background(), hub.Spec{User: belfry.UserID(fmt.Sprint("guest-", n)), Items: 20}, c)
	if err != nil {
		s.t.Error(err)
		return true
	}
	defer session.Gone()
	return p.wait()
}

func (p *probe) wait() bool {
	select {
	case <-p.done:
		return true
	case <-time.After(patience):
		return false
	}
}

// watchIdle logs what it takes to keep sessions that are sent nothing but
// heartbeats.
func (s *simulation) watchIdle(d time.Duration) {
	var begin, end debug.GCStats
	debug.ReadGCStats(&begin)
	busy := cpu()
	time.Sleep(d)
	busy = cpu() - busy
	debug.ReadGCStats(&end)
	s.t.Logf("idle for %s: %.1f %% of a core, %d collections", d, 100*busy.Seconds()/d.Seconds(), end.NumGC-begin.NumGC)
}

// measurement is what the process holds.
type measurement struct {
	heap, resident int64 // bytes
	collection     string
}

// measure collects all garbage, gives the system back what it can have, and says
// what is left.
func measure() (m measurement) {
	debug.FreeOSMemory()
	busy, begin := cpu(), time.Now()
	runtime.GC()
	took, busy := time.Since(begin), cpu()-busy
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	m.collection = fmt.Sprintf("%s, %s of processor time, pauses of %s", took.Round(time.Millisecond), busy.Round(time.Millisecond), gc.Pause[0])
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	m.heap = int64(stats.HeapAlloc)
	status, _ := os.ReadFile("/proc/self/statm") // pages: size, resident …
	if f := strings.Fields(string(status)); len(f) > 1 {
		pages, _ := strconv.Atoi(f[1])
		m.resident = int64(pages * os.Getpagesize())
	}
	return m
}

// cpu is the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func quantiles(took []time.Duration) string {
	slices.Sort(took)
	at := func(q float64) time.Duration {
		return took[int(q*float64(len(took)-1))].Round(time.Microsecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s, longest %s (of %d)", at(.5), at(.99), at(1), len(took))
}
