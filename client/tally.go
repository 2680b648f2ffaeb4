package client

import "belfry"

// Tally keeps the counts of an inbox true from the frames of its stream, by the
// counts rule of docs/protocol.md: what the server says is absolute, and a
// shared creation that nobody has touched is counted here, because it was
// encoded once for everybody. The zero value is a client that was never
// connected.
type Tally struct {
	belfry.Counts
	Exact bool // false from a resume to the counts that end it
}

// Take reads the next frame; changed says that a number is another one.
func (t *Tally) Take(f Frame) (changed bool) {
	before := *t
	switch b := f.Body.(type) {
	case *Welcome:
		if t.Exact = !b.Resumed; t.Exact {
			t.Counts = b.Counts
		}
	case *CountsChanged:
		t.Counts, t.Exact = b.Counts, true
	case *Live:
		t.Exact = true
	case *Notification:
		if b.Op == "created" {
			t.created(b.Item)
		}
	case *Notifications:
		for _, it := range b.Items {
			t.created(it)
		}
	}
	return t.Unread != before.Unread || t.Unseen != before.Unseen
}

func (t *Tally) created(it Item) {
	counted := it.Inbox == nil || *it.Inbox
	if pure := it.To.Shared() && it.Rev == it.Born && it.ReceiptRev == 0; !pure || !counted || it.Rev <= t.S {
		return
	}
	t.Unread++
	t.Unseen++
	t.S = it.Rev
}
