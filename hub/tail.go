package hub

import (
	"slices"
	"sync/atomic"
	"time"

	"belfry"
)

// entry is one row of the shared log, encoded once for every session.
type entry struct {
	rev    belfry.Rev
	topic  belfry.Topic
	id     belfry.ID
	except []belfry.UserID
	body   []byte      // the frame of a pure creation; nil for anything else
	form   Form        // of the body
	void   atomic.Bool // edited or dead since: read the store instead
	at     time.Time   // when it was rung
}

// pure says that the entry may be sent as it is to whoever is to see it.
func (e *entry) pure() bool { return e.body != nil && !e.void.Load() }

func (e *entry) hides(user belfry.UserID) bool {
	return len(e.except) > 0 && slices.Contains(e.except, user)
}

// tail is the end of the shared log in memory. Entries are appended and never
// changed (but for void and form), so a view taken under the hub's lock stays good.
type tail struct {
	nonce   uint32
	start   belfry.Rev // everything above start and up to head is here
	head    belfry.Rev
	entries []*entry
	bytes   int
}

// maxTailBytes bounds the bodies in the tail. The form that a transport keeps of
// one comes on top.
const maxTailBytes = 8 << 20

// view is the entries above rev; ok is false when some of them are gone.
func (t *tail) view(rev belfry.Rev) (entries []*entry, ok bool) {
	if rev < t.start {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(t.entries, rev+1, func(e *entry, r belfry.Rev) int { return int(e.rev - r) })
	return t.entries[i:], true
}

// push appends one entry and drops the oldest beyond the limits, half at once so
// that the copying is paid rarely.
func (t *tail) push(e *entry, most int) {
	if e.body == nil {
		t.forget(e.id)
	}
	t.entries = append(t.entries, e)
	t.bytes += len(e.body)
	if len(t.entries) <= most && t.bytes <= maxTailBytes {
		return
	}
	n := len(t.entries) / 2
	t.start = t.entries[n-1].rev
	t.entries = slices.Clone(t.entries[n:])
	t.bytes = 0
	for _, e := range t.entries {
		t.bytes += len(e.body)
	}
}

// forget voids the older entry of an item that was edited or has died: whoever
// is slow must not be handed what was taken back.
func (t *tail) forget(id belfry.ID) {
	for _, e := range t.entries {
		if e.id == id {
			e.void.Store(true)
		}
	}
}

// newEntry encodes a row of the shared log once.
func newEntry(rev belfry.Rev, it *belfry.Item, except []belfry.UserID, at time.Time) *entry {
	e := &entry{rev: rev, at: at, except: except}
	if it == nil {
		return e
	}
	e.topic, e.id = it.Topic, it.ID
	if it.Pure() {
		e.body = itemFrame(nil, it, "")
	}
	return e
}
