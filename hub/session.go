package hub

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"belfry"
)

// Session is one live connection: a position in both logs, and a doorbell. It
// buffers nothing: what it has not yet sent lies in the store, or in the tail
// that all sessions share.
type Session struct {
	hub       *Hub
	sink      Sink
	user      belfry.UserID
	userAgent string
	number    uint64
	since     int64 // Unix second
	batch     time.Duration
	expiresAt belfry.Time // of the token; 0: never

	// The doorbell: written by whoever rings, swapped empty by the turn.
	state   atomic.Uint32
	bell    atomic.Int64                // first pending shared revision; 0: none
	private atomic.Pointer[privateHint] // a private change exactly described
	readDue atomic.Bool                 // something that only the store can tell
	beatDue atomic.Bool
	waiting atomic.Bool // a batch is being gathered

	// Owned by the turn.
	next    *Session // in the run queue
	pos     belfry.Cursor
	own     tally      // the private part of the counts at pos, while exact
	shared  tally      // the shared part
	exact   bool       // own and shared are true at pos: the session is caught up
	whole   belfry.Rev // pos.P when it last was: the client was sent every private content up to here
	owed    bool       // absolute counts are owed to the client
	live    bool       // the client was told that the replay is over
	subs    []belfry.Topic
	follows []follow // as of pos.P
	items   uint8    // wanted in a snapshot
	filter  belfry.Filter

	// Guarded by hub.mu.
	issuedAt   belfry.Time // of the token
	registered bool
	slot       uint16
	place      uint32

	mu      sync.Mutex
	outbox  []command
	pending int           // bytes in outbox
	room    chan struct{} // closed when the outbox has been emptied
	sent    belfry.Cursor // pos, for other goroutines
	ending  *ending
	slow    bool
	done    chan struct{} // made when asked for
	ended   bool          // takes nothing more
	gone    bool          // out of the hub
}

type follow struct {
	topic belfry.Topic
	from  belfry.Rev
}

// command is something for the turn to do in order: a frame to send, a welcome to
// encode, or a topic to subscribe or unsubscribe.
type command struct {
	body    []byte
	kind    string
	topic   belfry.Topic
	ref     string
	opening *belfry.Opening
	reset   bool
}

type ending struct {
	code       belfry.Code // "": the client is gone
	retryAfter time.Duration
}

// privateHint is a pure creation in a private log, encoded for its user.
type privateHint struct {
	nonce uint32
	rev   belfry.Rev
	own   belfry.Counts
	body  []byte
	at    time.Time
}

// Open begins a session: it is registered, so that it is rung from now on; then
// its opening is read from the store; then the welcome frame is sent. Errors:
// CodeTooManySessions, CodeDraining, CodeLoggedOut, and those of the store.
func (h *Hub) Open(ctx context.Context, spec Spec, sink Sink) (*Session, error) {
	s := &Session{
		hub: h, sink: sink, user: spec.User, userAgent: spec.UserAgent,
		number: h.seq.Add(1), since: time.Now().Unix(), batch: spec.Batch,
		issuedAt: belfry.TimeOf(spec.IssuedAt), expiresAt: belfry.TimeOf(spec.ExpiresAt),
		items: uint8(spec.Items), filter: spec.Filter, subs: spec.Topics,
	}
	s.state.Store(running) // nobody takes a turn before the opening is known
	if err := h.register(s); err != nil {
		return nil, err
	}
	o, err := h.readOpening(ctx, s.user, belfry.OpenQuery{Cursor: spec.Cursor, Items: spec.Items, Filter: spec.Filter, Since: spec.Since})
	if err == nil && s.issuedAt < o.TokensFrom {
		err = belfry.Errorf(belfry.CodeLoggedOut, "this token was issued before the user was logged out everywhere; get a new one")
	}
	if err != nil {
		h.unregister(s)
		return nil, err
	}
	s.welcome(&o, spec.Cursor != nil && !o.Resumed)
	h.listen(s, append(s.topics(), spec.Topics...)...)
	h.meter.Opened(sink.Transport())
	h.presence(s, true)
	s.requeue()
	return s, nil
}

func (h *Hub) readOpening(ctx context.Context, user belfry.UserID, q belfry.OpenQuery) (belfry.Opening, error) {
	select {
	case h.opens <- struct{}{}:
		defer func() { <-h.opens }()
	case <-ctx.Done():
		return belfry.Opening{}, belfry.Errorf(belfry.CodeUnavailable, "the opening was given up: %v", ctx.Err())
	}
	return h.store.Open(ctx, user, q)
}

// welcome takes an opening as the session's state and puts its frame into the
// outbox. The turn owns the session, or nobody does yet.
func (s *Session) welcome(o *belfry.Opening, reset bool) {
	s.pos, s.follows = o.Cursor, nil
	for _, f := range o.Follows {
		if f.On {
			s.follows = append(s.follows, follow{f.Topic, f.From})
		}
	}
	s.exact, s.live, s.whole = !o.Resumed, false, 0
	if s.exact {
		s.whole = s.pos.P
	}
	s.split(o.Counts, o.Own)
	if s.owed = o.Resumed; o.Resumed && !o.Complete {
		s.readDue.Store(true) // never false: it may have been rung since the snapshot
	}
	outcome := "fresh"
	switch {
	case o.Resumed:
		outcome = "resumed"
	case reset:
		outcome = "reset"
	}
	s.hub.meter.Resumed(outcome)
	s.mu.Lock()
	s.outbox = append(s.outbox, command{kind: kindWelcome, opening: o, reset: reset})
	s.sent = s.pos
	s.mu.Unlock()
}

func (s *Session) topics() []belfry.Topic {
	out := make([]belfry.Topic, 0, len(s.follows))
	for _, f := range s.follows {
		out = append(out, f.topic)
	}
	return out
}

// ID names the session in presence and logs.
func (s *Session) ID() string { return s.hub.boot + "-" + strconv.FormatUint(s.number, 36) }

// User is whose session it is.
func (s *Session) User() belfry.UserID { return s.user }

// Sent is the position of the last frame written to this session.
func (s *Session) Sent() belfry.Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// sees says whether an item of a topic, born at a revision, is for this session,
// and whether it is in the inbox and so in the counts.
func (s *Session) sees(topic belfry.Topic, born belfry.Rev) (see, counts bool) {
	if topic == belfry.TopicAll {
		return true, true
	}
	for _, f := range s.follows {
		if f.topic == topic && born > f.from {
			return true, true
		}
	}
	return slices.Contains(s.subs, topic), false
}

// The states of a session. Leaving running fails when the bell rang meanwhile,
// so no ring between "read, nothing there" and "go idle" is lost.
const (
	idle uint32 = iota
	queued
	running
	rung // running, and rung again
)

// schedule sees to it that a turn begins after now.
func (s *Session) schedule() {
	for {
		switch st := s.state.Load(); st {
		case idle:
			if s.state.CompareAndSwap(idle, queued) {
				s.hub.queue.push(s)
				return
			}
		case running:
			if s.state.CompareAndSwap(running, rung) {
				return
			}
		default:
			return
		}
	}
}

// requeue ends the ownership of the session with another turn to come.
func (s *Session) requeue() {
	s.state.Store(queued)
	s.hub.queue.push(s)
}

// rest ends the ownership of the session until it is rung.
func (s *Session) rest() {
	if !s.state.CompareAndSwap(running, idle) {
		s.requeue()
	}
}

// bellShared says that the shared log holds something for this session at rev.
func (s *Session) bellShared(rev belfry.Rev) {
	for {
		first := s.bell.Load()
		if first != 0 && first <= int64(rev) {
			break
		}
		if s.bell.CompareAndSwap(first, int64(rev)) {
			break
		}
	}
	s.scheduleBatch()
}

// bellPrivate says that the private log has grown. A second ring before the
// first was heard makes it a read.
func (s *Session) bellPrivate(hint *privateHint) {
	if hint == nil || !s.private.CompareAndSwap(nil, hint) {
		s.readDue.Store(true)
	}
	s.scheduleBatch()
}

// scheduleBatch is schedule for sessions that want notifications gathered.
func (s *Session) scheduleBatch() {
	if s.batch == 0 {
		s.schedule()
		return
	}
	if s.waiting.CompareAndSwap(false, true) {
		time.AfterFunc(s.batch, func() {
			s.waiting.Store(false)
			s.schedule()
		})
	}
}

// run is one turn, on a worker: write what is pending, at most about turnBytes,
// in one write.
func (s *Session) run(w *worker) {
	s.state.Store(running)
	t := w.begin(s)
	t.outbox()
	if t.bye == nil {
		t.deliver()
	}
	s.publishPosition()
	s.flush(t)
}

func (s *Session) publishPosition() {
	s.mu.Lock()
	s.sent = s.pos
	s.mu.Unlock()
}

// flush writes a turn's bytes without blocking; what the socket does not take
// goes to the slow path, which then owns the session.
func (s *Session) flush(t *turn) {
	n := 0
	if len(t.buf) > 0 {
		var err error
		if n, err = s.sink.TryWrite(t.buf); err != nil {
			s.finish("")
			return
		}
	}
	if n < len(t.buf) {
		s.setSlow(true)
		go s.writeSlowly(slices.Clone(t.buf[n:]), t.outcome)
		return
	}
	s.settle(t.outcome)
}

// byeTimeout is how long a session that is told to go may take to hear it.
const byeTimeout = 5 * time.Second

// writeSlowly waits for a socket that would block. Everything that rings
// meanwhile only marks the bell.
func (s *Session) writeSlowly(rest []byte, t outcome) {
	stall := s.hub.opts.StallTimeout
	if t.bye != nil {
		stall = byeTimeout
	}
	err := s.sink.Write(rest, stall)
	s.setSlow(false)
	if err != nil {
		s.finish("")
		return
	}
	t.more = true
	s.settle(t)
}

func (s *Session) setSlow(slow bool) {
	d := -1
	if slow {
		d = 1
	}
	if s.sink.Transport() != "poll" {
		s.hub.meter.Slow(d)
	}
	s.mu.Lock()
	s.slow = slow
	s.mu.Unlock()
}

// settle ends a turn whose bytes are written.
func (s *Session) settle(t outcome) {
	s.hub.meter.Delivered(s.sink.Transport(), t.items)
	if !t.oldest.IsZero() {
		s.hub.meter.DeliverySeconds(time.Since(t.oldest).Seconds())
	}
	switch {
	case t.bye != nil:
		s.finish(t.bye.code)
	case t.mustRead:
		s.state.Store(queued)
		s.hub.reads.push(s)
	case t.more:
		s.requeue()
	default:
		s.rest()
	}
}

// tally is a part of the counts.
type tally struct{ unread, unseen int64 }

// split takes counts, and the private log's part of them, as the session's own.
func (s *Session) split(all, own belfry.Counts) {
	s.own = tally{own.Unread, own.Unseen}
	s.shared = tally{all.Unread - own.Unread, all.Unseen - own.Unseen}
}

// counts are the counts at the session's position.
func (s *Session) counts() belfry.Counts {
	return belfry.Counts{Unread: s.own.unread + s.shared.unread, Unseen: s.own.unseen + s.shared.unseen, Position: s.pos.Position}
}
