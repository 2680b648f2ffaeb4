package hub

import (
	"slices"
	"time"

	"belfry"
)

// What other goroutines may ask of a session. They put a command into its outbox;
// the turn carries it out in order.

// maxPending bounds the bytes of answers that wait for a client that does not
// read: beyond it Reply blocks and signals are dropped.
const maxPending = 32 << 10

// Reply sends a frame that carries no cursor (ok, error). It blocks while the
// client does not read what it asked for, and returns ErrClosed once the session
// has ended. body is kept.
func (s *Session) Reply(body []byte) error { return s.ask(command{body: body}) }

// ask puts a command into the outbox, waiting for room.
func (s *Session) ask(c command) error {
	for {
		s.mu.Lock()
		if s.ended {
			s.mu.Unlock()
			return ErrClosed
		}
		if s.pending < maxPending {
			s.put(c)
			s.mu.Unlock()
			s.schedule()
			return nil
		}
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		<-room
	}
}

// offer sends a signal if there is room for it.
func (s *Session) offer(body []byte) {
	s.mu.Lock()
	if s.ended || s.pending >= maxPending {
		s.mu.Unlock()
		return
	}
	s.put(command{kind: kindSignal, body: body})
	s.mu.Unlock()
	s.schedule()
}

// put appends a command. s.mu is held.
func (s *Session) put(c command) {
	s.outbox = append(s.outbox, c)
	s.pending += len(c.body) + 64
}

// Pong answers a client's ping with the session's cursor. Like Reply, it and the
// next two wait while the client does not read.
func (s *Session) Pong() { _ = s.ask(command{kind: kindPong, body: bareFrame(nil, kindPong)}) }

// Subscribe adds a topic to this session from here on; the client is told where
// by a subscribed frame. More than belfry.MaxSubscribes is an error frame.
func (s *Session) Subscribe(topic belfry.Topic, ref string) {
	_ = s.ask(command{kind: kindSubscribed, topic: topic, ref: ref})
}

// Unsubscribe takes it away again and answers ok.
func (s *Session) Unsubscribe(topic belfry.Topic, ref string) {
	_ = s.ask(command{kind: kindUnsubscribe, topic: topic, ref: ref})
}

// Renew lets the session live by a newer token.
func (s *Session) Renew(issued, expires time.Time) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.registered {
		h.slots[s.slot][s.place].exp = int64(belfry.TimeOf(expires)) / 1000
		s.issuedAt = belfry.TimeOf(issued)
	}
}

// Close ends the session: it is sent what was asked for before, then a bye frame
// with the code and, where the code invites it, when to come back. A session
// that does not read is cut.
func (s *Session) Close(code belfry.Code, retryAfter time.Duration) {
	s.end(&ending{code, retryAfter})
}

// Gone says that the client has left.
func (s *Session) Gone() { s.end(&ending{}) }

func (s *Session) end(e *ending) {
	s.mu.Lock()
	if s.ending == nil {
		s.ending = e
	}
	if e.code == "" {
		s.ending = e
	}
	cut := s.slow || e.code == ""
	s.mu.Unlock()
	if cut {
		s.sink.Close(e.code)
	}
	s.schedule()
}

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.gone {
			close(s.done)
		}
	}
	return s.done
}

// finish takes the session out of the hub. Only the owner of the turn calls it,
// and never leaves the running state after, so that no turn follows.
func (s *Session) finish(code belfry.Code) {
	s.mu.Lock()
	s.ended = true
	s.outbox, s.pending = nil, 0
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	s.mu.Unlock()
	last := s.hub.unregister(s)
	s.sink.Close(code)
	s.hub.meter.Closed(s.sink.Transport(), code)
	if last {
		s.hub.presence(s, false)
	}
	s.mu.Lock()
	s.gone = true
	if s.done != nil {
		close(s.done)
	}
	s.mu.Unlock()
}

func (t *turn) subscribe(c command) {
	s := t.s
	if !slices.Contains(s.subs, c.topic) {
		if len(s.subs) >= belfry.MaxSubscribes {
			t.buf = s.sink.Append(t.buf, "error", nil, limitFrame(c.ref), nil)
			return
		}
		s.subs = append(s.subs, c.topic)
		s.hub.listen(s, c.topic)
	}
	t.frame(kindSubscribed, subscribedFrame(nil, c.topic, c.ref))
}

func (t *turn) unsubscribe(c command) {
	s := t.s
	if i := slices.Index(s.subs, c.topic); i >= 0 {
		s.subs = slices.Delete(s.subs, i, i+1)
		if !s.follow(c.topic) {
			s.hub.unlisten(s, c.topic)
		}
	}
	t.buf = s.sink.Append(t.buf, "ok", nil, okFrame(c.ref), nil)
}

func (s *Session) follow(topic belfry.Topic) bool {
	return slices.ContainsFunc(s.follows, func(f follow) bool { return f.topic == topic })
}

// setFollow takes a follow row as the session's state when it passes it.
func (s *Session) setFollow(f *belfry.Follow) {
	s.follows = slices.DeleteFunc(slices.Clone(s.follows), func(o follow) bool { return o.topic == f.Topic })
	switch {
	case f.On:
		s.follows = append(s.follows, follow{f.Topic, f.From})
		s.hub.listen(s, f.Topic)
	case !slices.Contains(s.subs, f.Topic):
		s.hub.unlisten(s, f.Topic)
	}
}

func limitFrame(ref string) []byte {
	b := []byte(`{"type":"error","code":"invalid","field":"/topic","detail":"a session subscribes to at most 50 topics; unsubscribe from one first"`)
	return append(appendRef(b, ref), '}')
}
