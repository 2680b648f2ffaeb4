package hub

import "belfry"

// resume sends a session what it has missed of the shared log, up to a head at
// which its counts are known, from the tail: ten thousand that come back at once
// read what they missed from memory. What the tail cannot tell is left to the
// store: the session is then not exact, and reads.
func (t *turn) resume(head belfry.Rev) {
	s := t.s
	missed, ok := s.missed(head)
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
	s.pos.S, s.exact = head, true
}

// missed is what the session is to see of the shared log above its position and
// up to a head; ok is false when the tail does not know, or when not all of it is
// pure creations.
func (s *Session) missed(head belfry.Rev) (missed []*entry, ok bool) {
	h := s.hub
	h.mu.RLock()
	entries, ok := h.tail.view(s.pos.S)
	ok = ok && h.tail.head >= head && h.tail.nonce == s.pos.Shared
	h.mu.RUnlock()
	if !ok {
		return nil, s.pos.S == head
	}
	for _, e := range entries {
		if e.rev > head {
			break
		}
		see, _ := s.sees(e.topic, e.rev)
		if (see || e.id == "") && !e.pure() {
			return nil, false
		}
		if see && !e.hides(s.user) {
			missed = append(missed, e)
		}
	}
	return missed, true
}
