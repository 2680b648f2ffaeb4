package redis

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	probeEvery = time.Second
	// deadAfter is how long nothing need be heard of somebody who sends a probe a
	// second until they are taken for dead.
	deadAfter = 3500 * time.Millisecond
	// doubtFor is how long a doubt lasts at least: whoever polls while the bus is
	// not sound has then noticed it.
	doubtFor = 2 * time.Second
	// missedFor is how long a node that fell silent without leave is missed. It
	// may go on committing, cut off from Redis only, and nobody hears its rings:
	// after this they are found by the usual rounds of checks.
	missedFor = 20 * time.Second
)

// life is what a node knows of itself and the others on the bus.
type life struct {
	node nodeID
	log  *slog.Logger

	mu      sync.Mutex
	drop    context.CancelFunc // gives the present connection up
	linked  bool               // a probe of this node came back over it
	before  bool               // so it was with an earlier one
	echo    time.Time          // when it last did
	why     error              // of the last failure, for the log
	said    bool               // that it is down
	doubt   time.Time          // rings sent before may be lost to somebody
	others  map[nodeID]time.Time
	missing map[nodeID]bool
}

func newLife(node nodeID, log *slog.Logger) *life {
	return &life{node: node, log: log, others: map[nodeID]time.Time{}, missing: map[nodeID]bool{}}
}

// sound says that nothing that is rung anywhere is known to be lost on its way
// here.
func (l *life) sound(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.linked && len(l.missing) == 0 && now.After(l.doubt)
}

// isLinked says that what this node sends comes back to it.
func (l *life) isLinked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.linked
}

// probe lets the others, and this node itself, know once a second that it is
// there, and looks for who is not.
func (b *Bus) probe(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		b.out.put(b.subjects.nodes, b.header(kindProbe))
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			b.life.look(now)
		}
	}
}

// listening notes a new connection and how to give it up.
func (l *life) listening(drop context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop, l.linked = drop, false
}

// broken notes the end of the connection.
func (l *life) broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.linked, l.why = false, err
	l.sayDown()
}

// refused notes that Redis did not take what was published.
func (l *life) refused(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = err
}

// look gives up a connection over which no probe has come back for too long, and
// finds the nodes that have fallen silent.
func (l *life) look(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.linked && now.Sub(l.echo) > deadAfter {
		l.linked, l.why = false, errSilent
		l.drop()
		l.sayDown()
	}
	if !l.linked {
		return // who hears nobody can miss nobody
	}
	for id, at := range l.others {
		switch silence := now.Sub(at); {
		case silence > missedFor:
			delete(l.others, id)
			delete(l.missing, id)
		case silence > deadAfter && !l.missing[id]:
			l.missing[id] = true
			l.log.Warn("a node has fallen silent on the bus without taking leave; the heads of all logs are checked in short order meanwhile", "for", missedFor)
		}
	}
}

// heard takes what a node says of itself.
func (l *life) heard(k kind, sender nodeID, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case k == kindDoubt && sender != l.node: // its own rings it has heard
		l.doubt = now.Add(doubtFor)
	case k == kindProbe && sender == l.node:
		l.echoed(now)
	case k == kindProbe:
		l.others[sender] = now
		delete(l.missing, sender)
	case k == kindLeave:
		delete(l.others, sender)
		delete(l.missing, sender)
	}
}

// echoed notes that this node's own probe came back. On a new connection it
// proves that all subscriptions are in force, and leaves a doubt about the time
// between. l.mu is held.
func (l *life) echoed(now time.Time) {
	l.echo = now
	if l.linked {
		return
	}
	if l.before {
		l.doubt = now.Add(doubtFor)
	}
	for id := range l.others {
		l.others[id] = now // nobody could be heard
	}
	l.linked, l.before, l.said, l.why = true, true, false, nil
	l.log.Info("the bus is up")
}

// sayDown says once that the bus is down. l.mu is held.
func (l *life) sayDown() {
	if !l.said {
		l.said = true
		l.log.Warn("the bus is down; rings of other nodes are found by polling until it is back", "err", l.why)
	}
}
