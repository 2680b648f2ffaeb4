package hub

import "belfry"

// fromTail sends what the tail holds above the session's position. Everything
// below the bell's revision is proven to be nothing for this session, but only up
// to where everybody has been rung. It reports false when the store must be read:
// the tail has lost it, or it is no pure creation.
func (t *turn) fromTail() bool {
	s, h := t.s, t.s.hub
	h.mu.RLock()
	from := max(s.pos.S, min(belfry.Rev(s.bell.Swap(0))-1, h.announced()))
	entries, ok := h.tail.view(from)
	nonce, head := h.tail.nonce, h.tail.head
	h.mu.RUnlock()
	if !ok {
		return false
	}
	for _, e := range entries {
		see, counts := s.sees(e.topic, e.rev)
		if (see || e.id == "") && !e.pure() {
			return false
		}
		if !see || e.hides(s.user) {
			continue
		}
		if t.full() {
			s.bellShared(e.rev)
			t.more = true
			return true
		}
		s.pos.Shared, s.pos.S = nonce, e.rev
		t.entry(e, counts)
	}
	s.skipTo(nonce, head)
	return true
}

func (t *turn) entry(e *entry, counts bool) {
	if counts {
		t.s.shared.unread++
		t.s.shared.unseen++
	}
	t.encoded(e, counts)
	t.sentItem(e.at)
}

// encoded sends an entry as it is, or marked as being in no inbox.
func (t *turn) encoded(e *entry, inbox bool) {
	if inbox {
		t.creation(e.body, &e.form)
		return
	}
	t.scratch = outsideFrame(t.scratch[:0], e.body)
	t.creation(t.scratch, nil)
}

// resume sends a session what it has missed: of the shared log from the tail, up to
// where the opening's counts are true, and then the private rows that came with the
// opening. So ten thousand that come back at once look into the store once each.
// What the tail cannot tell is left to the store: the session is then not exact,
// and reads.
func (t *turn) resume(o *belfry.Opening) {
	s, head := t.s, o.Counts.Position
	missed, ok := s.missed(head.S)
	if !ok {
		return
	}
	size := len(t.buf)
	for _, e := range missed {
		size += len(e.body)
	}
	if size > turnBytes {
		return
	}
	for _, e := range missed {
		s.pos.S = e.rev
		_, inbox := s.sees(e.topic, e.rev)
		t.encoded(e, inbox)
		t.items++
	}
	s.pos.S = head.S
	if t.privateRows(o.Private) {
		s.pos.P, s.exact = head.P, true
	}
}

// missed is what the session is to see of the shared log above its position and
// up to a head; ok is false when the tail does not know, or when not all of it is
// pure creations. Nor must anything younger be: the tail may hold of an item from
// below the head nothing but its end.
func (s *Session) missed(head belfry.Rev) (missed []*entry, ok bool) {
	if s.pos.S == head {
		return nil, true
	}
	h := s.hub
	h.mu.RLock()
	entries, ok := h.tail.view(s.pos.S)
	ok = ok && h.tail.head >= head && h.tail.nonce == s.pos.Shared
	h.mu.RUnlock()
	if !ok {
		return nil, false
	}
	for _, e := range entries {
		see, _ := s.sees(e.topic, e.rev)
		if (see || e.id == "") && !e.pure() {
			return nil, false
		}
		if see && e.rev <= head && !e.hides(s.user) {
			missed = append(missed, e)
		}
	}
	return missed, true
}
