package hub

import (
	"context"
	"errors"
	"time"

	"belfry"
)

// turn is one pass of the delivery loop: it gathers frames into one buffer. A
// worker has one and uses it for every session.
type turn struct {
	s       *Session
	mayRead bool
	buf     []byte
	scratch []byte
	cursor  [belfry.CursorLen]byte
	batch   []byte // creations gathered for a session that asked for batches, joined by commas
	outcome
}

// frame appends one frame at the session's position.
func (t *turn) frame(kind string, body []byte) { t.sharedFrame(kind, body, nil) }

// sharedFrame is frame for a body that other sessions are sent too, whose form is
// nil for one that is this session's.
func (t *turn) sharedFrame(kind string, body []byte, form *Form) {
	t.cursor = t.s.pos.Encode()
	t.buf = t.s.sink.Append(t.buf, kind, &t.cursor, body, form)
}

func (t *turn) full() bool { return len(t.buf)+len(t.batch) >= turnBytes }

// outbox does what other goroutines asked for, in order.
func (t *turn) outbox() {
	s := t.s
	s.mu.Lock()
	list, end := s.outbox, s.ending
	s.outbox, s.pending = nil, 0
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	s.mu.Unlock()
	for _, c := range list {
		switch c.kind {
		case kindSubscribed:
			t.subscribe(c)
		case kindUnsubscribe:
			t.unsubscribe(c)
		case kindWelcome:
			t.scratch = s.welcomeFrame(t.scratch[:0], c.opening, c.reset)
			t.frame(kindWelcome, t.scratch)
			if c.opening.Complete {
				t.resume(c.opening)
			}
		case kindPong:
			t.frame(c.kind, c.body)
		default:
			t.buf = s.sink.Append(t.buf, c.kind, nil, c.body, nil)
		}
	}
	if end != nil {
		t.bye = end
		if end.code != "" {
			t.buf = s.sink.Append(t.buf, kindBye, nil, byeFrame(end.code, end.retryAfter), nil)
		}
	}
}

// deliver is the loop's body: read changes from my position, send.
func (t *turn) deliver() {
	s := t.s
	hint := s.private.Swap(nil)
	read := s.readDue.Swap(false) || !s.exact
	if hint != nil && (hint.nonce != s.pos.Private || hint.rev > s.pos.P+1) {
		read = true
	}
	if !read && s.bell.Load() != 0 && !t.fromTail() {
		read = true
	}
	switch {
	case read && !t.mayRead:
		s.readDue.Store(true)
		t.flushBatch()
		t.mustRead = true
		return
	case read:
		s.bell.Store(0)
		again := t.fromStore()
		for again && !t.full() {
			again = t.fromStore()
		}
		t.more = t.more || again
	case hint != nil && hint.rev == s.pos.P+1:
		t.fromHint(hint)
	}
	t.flushBatch()
	if !t.more && s.exact {
		t.caughtUp()
	}
	// While there is more to do the position may be one that the client knows
	// nothing of yet: after a reset the welcome comes with the next turn.
	if !t.more && s.beatDue.Swap(false) && len(t.buf) == 0 {
		t.heartbeat()
	}
}

// creation sends the frame of a creation, or gathers its item when the session
// asked for batches. form is as in sharedFrame.
func (t *turn) creation(body []byte, form *Form) {
	if t.s.batch == 0 {
		t.sharedFrame(kindNotification, body, form)
		return
	}
	if len(t.batch) > 0 {
		t.batch = append(t.batch, ',')
	}
	t.batch = append(t.batch, itemOf(body)...)
}

func (t *turn) sentItem(at time.Time) {
	t.items++
	if t.oldest.IsZero() {
		t.oldest = at
	}
}

// fromHint sends a private creation that is exactly the next.
func (t *turn) fromHint(hint *privateHint) {
	s := t.s
	s.pos.P, s.own = hint.rev, tally{hint.own.Unread, hint.own.Unseen}
	s.whole = s.pos.P
	t.creation(hint.body, nil)
	t.sentItem(hint.at)
	s.owed = true
}

const (
	readRows    = 64 // about what fills a turn; read again while it is not full
	readTimeout = 10 * time.Second
)

// fromStore sends what the store holds above the session's position: first the
// shared log, then the private one, whose rows refer to the shared (a receipt
// must not overtake its item, see Change.Barrier). It reports whether there is
// more to read.
func (t *turn) fromStore() (again bool) {
	s := t.s
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	ch, err := s.hub.store.Changes(ctx, s.user, belfry.ChangesQuery{From: s.pos, Subscribed: s.subs, Limit: readRows})
	if err == nil && ch.Reset {
		if err = t.reset(ctx); err == nil {
			return false
		}
	}
	if err != nil {
		t.storeAway(err)
		return false
	}
	s.exact = false
	s.pos.Private, s.pos.Shared = ch.Head.Private, ch.Head.Shared
	if !t.sharedRows(ch.Shared) {
		return true
	}
	s.pos.S = ch.SharedTo
	if !t.privateRows(ch.Private) {
		return true
	}
	s.pos.P = ch.PrivateTo
	if ch.SharedTo < ch.Head.S || ch.PrivateTo < ch.Head.P {
		return true
	}
	s.exact = true
	s.split(ch.Counts, ch.Own)
	return false
}

// storeAway keeps the session while the store cannot be read, and looks again
// soon. Any other failure ends it: a client that comes back gets a clean start.
func (t *turn) storeAway(err error) {
	s := t.s
	s.exact = false
	if code := belfry.ErrorCode(err); code != belfry.CodeUnavailable && !errors.Is(err, context.DeadlineExceeded) {
		s.hub.meter.Failed(err)
		t.bye = &ending{code: belfry.CodeInternal, retryAfter: jitter(5 * time.Second)}
		t.buf = s.sink.Append(t.buf, kindBye, nil, byeFrame(t.bye.code, t.bye.retryAfter), nil)
		return
	}
	s.readDue.Store(true)
	time.AfterFunc(jitter(time.Second), s.schedule)
}

// reset replaces all that the client holds by a fresh snapshot.
func (t *turn) reset(ctx context.Context) error {
	s := t.s
	o, err := s.hub.store.Open(ctx, s.user, belfry.OpenQuery{Items: int(s.items), Filter: s.filter})
	if err != nil {
		return err
	}
	for _, f := range s.follows {
		s.hub.unlisten(s, f.topic)
	}
	s.welcome(&o, true)
	s.hub.listen(s, append(s.topics(), s.subs...)...)
	t.more = true
	return nil
}

// sharedRows sends rows of the shared log; false says that the turn is full.
func (t *turn) sharedRows(rows []belfry.Change) bool {
	s := t.s
	for i := range rows {
		if t.full() {
			return false
		}
		c := &rows[i]
		switch {
		case c.Trim != nil:
			t.flushBatch()
			s.pos.S = c.Rev
			t.scratch = trimFrame(t.scratch[:0], c.Trim)
			t.frame(kindTrim, t.scratch)
			s.owed = true
		case c.Item != nil:
			t.passing(c.Item)
			s.pos.S = c.Rev
			t.item(c.Item)
			if !c.Item.Pure() {
				s.owed = true
			}
		}
	}
	return true
}

// privateRows sends rows of the private log; false says that the turn is full or
// that a row refers to a shared position not reached yet.
func (t *turn) privateRows(rows []belfry.Change) bool {
	s := t.s
	for i := range rows {
		c := &rows[i]
		if t.full() || c.Barrier() > s.pos.S {
			return false
		}
		t.passing(c.Item)
		s.pos.P = c.Rev
		s.owed = true
		t.privateRow(c)
	}
	return true
}

// privateRow sends one row. The log is compacted: a row that lies above the
// position may hold a content from below it that was never sent, because a mark
// has moved the row since. So only what is older than the last moment when the
// client held everything goes as a receipt alone.
func (t *turn) privateRow(c *belfry.Change) {
	s := t.s
	switch {
	case c.Item != nil && c.Item.Receipt.Visible() && !c.Item.Dead && c.Item.Rev <= s.whole:
		t.receipt(c.Item)
	case c.Item != nil:
		t.item(c.Item)
	case c.Receipt != nil && !c.Receipt.Receipt.Visible():
		t.item(c.Receipt)
	case c.Receipt != nil:
		t.receipt(c.Receipt)
	case c.Watermark != nil:
		t.scratch = watermarkFrame(t.scratch[:0], c.Watermark)
		t.frame(kindReceipts, t.scratch)
	case c.Follow != nil:
		s.setFollow(c.Follow)
		t.scratch = followFrame(t.scratch[:0], c.Follow, s.user)
		t.frame(kindFollow, t.scratch)
	case c.Trim != nil:
		t.scratch = trimFrame(t.scratch[:0], c.Trim)
		t.frame(kindTrim, t.scratch)
	}
}

func (t *turn) receipt(it *belfry.Item) {
	t.scratch = receiptFrame(t.scratch[:0], it)
	t.frame(kindReceipts, t.scratch)
}

func (t *turn) item(it *belfry.Item) {
	t.scratch = itemFrame(t.scratch[:0], it, t.s.user)
	if t.gathers(it) {
		t.creation(t.scratch, nil)
	} else {
		t.frame(kindNotification, t.scratch)
	}
	t.items++
}

func (t *turn) gathers(it *belfry.Item) bool {
	return t.s.batch != 0 && it != nil && op(it) == "created"
}

// passing sends what was gathered before the position moves past a row that is
// not gathered too: a frame's cursor must not run ahead of what was sent.
func (t *turn) passing(it *belfry.Item) {
	if !t.gathers(it) {
		t.flushBatch()
	}
}

func (t *turn) flushBatch() {
	if len(t.batch) == 0 {
		return
	}
	t.scratch = itemsFrame(t.scratch[:0], t.batch)
	t.batch = t.batch[:0]
	t.frame(kindNotifications, t.scratch)
}

// caughtUp pays the counts that are owed and tells once that the replay is over.
func (t *turn) caughtUp() {
	s := t.s
	if s.owed {
		s.owed = false
		t.scratch = countsFrame(t.scratch[:0], s.counts())
		t.frame(kindCounts, t.scratch)
	}
	if !s.live {
		s.live = true
		t.scratch = bareFrame(t.scratch[:0], kindLive)
		t.frame(kindLive, t.scratch)
	}
}

// heartbeat moves a quiet client's cursor: with no bell pending, everything for
// which everybody has been rung is proven to be nothing for it.
func (t *turn) heartbeat() {
	s, h := t.s, t.s.hub
	h.mu.RLock()
	if s.exact && s.bell.Load() == 0 {
		s.skipTo(h.tail.nonce, h.announced())
	}
	h.mu.RUnlock()
	t.cursor = s.pos.Encode()
	t.buf = s.sink.AppendHeartbeat(t.buf, &t.cursor)
}

// skipTo moves the session to the tail's head, under the name that the log has
// there. A tail that stands lower knows less than the session, its name too.
func (s *Session) skipTo(nonce uint32, head belfry.Rev) {
	if head > s.pos.S {
		s.pos.Shared, s.pos.S = nonce, head
	}
}
