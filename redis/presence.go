package redis

import (
	"context"
	"slices"
	"sync"
	"time"

	"belfry"
)

// Who has a session of a user has subscribed to the user. So a question published
// there reaches exactly the nodes that have something to say, and Redis says how
// many they are.

// answerTimeout is how long a node may take to answer.
const answerTimeout = 500 * time.Millisecond

// asks are the questions of this node that are open.
type asks struct {
	mu   sync.Mutex
	last int64
	open map[int64]*ask
}

// ask is one question.
type ask struct {
	sessions []belfry.Session
	answers  int
	wanted   int // -1: not known yet
	done     chan struct{}
}

func (a *asks) begin() (int64, *ask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[int64]*ask{}
	}
	a.last++
	q := &ask{wanted: -1, done: make(chan struct{})}
	a.open[a.last] = q
	return a.last, q
}

// end closes a question and gives the answers there are.
func (a *asks) end(id int64) []belfry.Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.open[id]
	delete(a.open, id)
	return q.sessions
}

func (a *asks) want(id int64, answers int) { a.note(id, nil, func(q *ask) { q.wanted = answers }) }

func (a *asks) answered(id int64, sessions []belfry.Session) {
	a.note(id, sessions, func(q *ask) { q.answers++ })
}

func (a *asks) note(id int64, sessions []belfry.Session, change func(*ask)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.open[id]
	if q == nil || q.answers == q.wanted {
		return // too late, or more than was asked for
	}
	change(q)
	q.sessions = append(q.sessions, sessions...)
	if q.answers == q.wanted {
		close(q.done)
	}
}

var _ belfry.Presence = (*Bus)(nil)

// Answer implements belfry.Presence.
func (b *Bus) Answer(here belfry.Roll) { b.roll.Store(&here) }

// Sessions implements belfry.Presence.
func (b *Bus) Sessions(ctx context.Context, user belfry.UserID) (sessions []belfry.Session, whole bool) {
	here := b.sessionsHere(user)
	if !b.life.isLinked() {
		return here, false
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	id, q := b.asks.begin()
	n, err := b.client.Publish(ctx, b.subjects.user(user), appendInts(b.header(kindAsk), id)).Result()
	if err == nil {
		b.asks.want(id, int(n))
		select {
		case <-q.done:
			whole = true
		case <-ctx.Done():
		}
	}
	sessions = slices.Concat(here, b.asks.end(id))
	slices.SortFunc(sessions, belfry.Session.Compare)
	return sessions, whole
}

func (b *Bus) sessionsHere(user belfry.UserID) []belfry.Session {
	if roll := b.roll.Load(); roll != nil {
		return (*roll).Sessions(user)
	}
	return nil
}

// asked answers another node's question about a user. This node's own question
// comes here too, and is answered already.
func (b *Bus) asked(user belfry.UserID, sender nodeID, rest []byte) {
	d := decoder{rest: rest}
	id := d.int()
	if sender == b.node {
		b.asks.answered(id, nil)
		return
	}
	b.out.put(b.subjects.node(sender), appendSessions(appendInts(b.header(kindAnswer), id), b.sessionsHere(user)))
}

// toldWho takes another node's answer.
func (b *Bus) toldWho(rest []byte) {
	d := decoder{rest: rest}
	id := d.int()
	if sessions := d.sessions(); !d.bad {
		b.asks.answered(id, sessions)
	}
}

func appendSessions(b []byte, sessions []belfry.Session) []byte {
	b = appendInts(b, int64(len(sessions)))
	for i := range sessions {
		s := &sessions[i]
		b = appendText(b, s.ID)
		b = appendText(b, s.Transport)
		b = appendText(b, s.UserAgent)
		b = appendInts(b, int64(s.ConnectedAt))
	}
	return b
}

func (d *decoder) sessions() (all []belfry.Session) {
	for n := d.int(); n > 0 && !d.bad; n-- {
		all = append(all, belfry.Session{
			ID: string(d.text()), Transport: string(d.text()), UserAgent: string(d.text()), ConnectedAt: belfry.Time(d.int()),
		})
	}
	return all
}
