package cluster

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"belfry"
)

// Check says which promises were broken: none when it is empty. Call it when all
// was at rest, every user's inbox was noted and no client takes frames any more.
func (r *Record) Check() (all []Violation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := check{Record: r, truths: map[belfry.UserID]*truth{}}
	for user, in := range r.inboxes {
		c.truths[user] = newTruth(in, r.views, user)
	}
	c.publishers()
	c.sharedLog()
	for user, in := range r.inboxes {
		c.privateLog(user, in)
	}
	for _, v := range r.views {
		c.found = append(c.found, v.wrong...)
		c.view(v)
	}
	return c.found
}

type check struct {
	*Record
	truths map[belfry.UserID]*truth
	found  []Violation
}

func (c *check) fault(promise, format string, args ...any) {
	c.found = append(c.found, Violation{promise, fmt.Sprintf(format, args...)})
}

// truth is a user's inbox at every position.
type truth struct {
	Inbox
	items   []fate
	byTitle map[string][]Item
	byID    map[belfry.ID]bool
	marks   map[belfry.Rev]bool // revisions of the watermarks that were seen
	known   map[belfry.Position]state
}

// fate is one item, and the private revision at which it was read for good.
type fate struct {
	Item
	readRev belfry.Rev
}

// state is an inbox at one position.
type state struct {
	unread int64
	n      int
	hash   uint64
}

const never = belfry.Rev(math.MaxInt64)

func newTruth(in Inbox, views []*View, user belfry.UserID) *truth {
	t := &truth{Inbox: in, byTitle: map[string][]Item{}, byID: map[belfry.ID]bool{}, marks: map[belfry.Rev]bool{}, known: map[belfry.Position]state{}}
	marks := map[belfry.Rev]watermark{}
	for _, v := range views {
		if v.user == user {
			maps.Copy(marks, v.marks)
		}
	}
	for rev := range marks {
		t.marks[rev] = true
	}
	for _, it := range in.Items {
		f := fate{it, never}
		if it.ReceiptRev != 0 {
			f.readRev = it.ReceiptRev
		}
		for _, w := range marks {
			if w.covers(it.Shared, it.Born) {
				f.readRev = min(f.readRev, w.rev)
			}
		}
		t.items = append(t.items, f)
		t.byTitle[it.Title] = append(t.byTitle[it.Title], it)
		t.byID[it.ID] = true
	}
	return t
}

func (t *truth) at(pos belfry.Position) state {
	s, ok := t.known[pos]
	if ok {
		return s
	}
	for i := range t.items {
		f := &t.items[i]
		if f.Shared && f.Born > pos.S || !f.Shared && f.Born > pos.P {
			continue
		}
		read := f.readRev <= pos.P
		if s.n++; !read {
			s.unread++
		}
		s.hash ^= hashOf(f.ID, read)
	}
	t.known[pos] = s
	return s
}

// publishers: what was accepted is in every inbox it was for, once; what was
// refused is nowhere; what nobody knows is at most once, and nowhere by halves.
func (c *check) publishers() {
	for title, p := range c.published {
		there, missing := 0, 0
		for user, t := range c.truths {
			got := t.byTitle[title]
			if len(got) > 1 {
				c.fault("P1", "%q is in the inbox of %s %d times", title, user, len(got))
			}
			if !recipient(p.to, user, t.Topics) {
				if len(got) > 0 {
					c.fault("P1", "%q is in the inbox of %s, for whom it was not", title, user)
				}
				continue
			}
			if len(got) == 0 {
				missing++
				continue
			}
			there++
			if p.id != "" && got[0].ID != p.id {
				c.fault("P1", "%q was accepted as %s and is stored as %s", title, p.id, got[0].ID)
			}
		}
		switch {
		case p.id != "" && missing > 0:
			c.fault("P1", "%q was accepted and is missing in %d inboxes of %d", title, missing, missing+there)
		case p.id == "" && p.told && there > 0:
			c.fault("P1", "%q was refused and is in %d inboxes", title, there)
		case missing > 0 && there > 0:
			c.fault("P1", "%q is in %d inboxes and not in %d others", title, there, missing)
		}
	}
	for user, t := range c.truths {
		for title := range t.byTitle {
			if _, known := c.published[title]; !known {
				c.fault("P1", "%q is in the inbox of %s, and nobody has published it", title, user)
			}
		}
	}
}

func recipient(to belfry.Target, user belfry.UserID, topics []belfry.Topic) bool {
	if to.Topic != "" {
		return slices.Contains(topics, to.Topic)
	}
	return to.All || slices.Contains(to.Recipients(), user)
}

// sharedLog: its revisions are 1 … head, each once. Every topic has a follower.
func (c *check) sharedLog() {
	items := map[belfry.Rev]belfry.ID{}
	head := belfry.Rev(0)
	for _, t := range c.truths {
		head = max(head, t.Head.S)
		for _, it := range t.Items {
			if !it.Shared {
				continue
			}
			if other, ok := items[it.Born]; ok && other != it.ID {
				c.fault("P2", "%s and %s were both born at revision %d of the shared log", other, it.ID, it.Born)
			}
			items[it.Born] = it.ID
		}
	}
	if len(items) != int(head) {
		c.fault("P2", "the shared log stands at %d and has %d rows", head, len(items))
	}
}

// privateLog: its revisions are 1 … head, each once: creations, receipts, follows
// and watermarks. Of several watermarks the log keeps the last, so of those that
// nobody saw only the number is known.
func (c *check) privateLog(user belfry.UserID, in Inbox) {
	t := c.truths[user]
	used := map[belfry.Rev]bool{}
	use := func(rev belfry.Rev, what string) {
		if rev < 1 || rev > in.Head.P || used[rev] {
			c.fault("P2", "the log of %s has %s at revision %d, head %d, which is taken or does not exist", user, what, rev, in.Head.P)
		}
		used[rev] = true
	}
	for _, it := range in.Items {
		if !it.Shared {
			use(it.Born, "an item")
		}
		if it.ReceiptRev != 0 {
			use(it.ReceiptRev, "a receipt")
		}
	}
	for rev := range t.marks {
		use(rev, "a watermark")
	}
	unseen := 0
	for _, m := range c.marks {
		if m.user == user && m.all && (!m.told || m.changed > 0) {
			unseen++
		}
	}
	holes := int(in.Head.P) - len(used) - len(in.Topics)
	if most := max(0, unseen-len(t.marks)); holes < 0 || holes > most {
		c.fault("P2", "the log of %s stands at %d, and %d of its revisions are of nothing that was done (at most %d watermarks were seen by nobody)", user, in.Head.P, holes, most)
	}
}

// view: whenever the client was told that it is caught up, it held exactly the
// inbox of that position, and so it does at the end.
func (c *check) view(v *View) {
	t := c.truths[v.user]
	if t == nil {
		return
	}
	for id := range v.held {
		if !t.byID[id] {
			c.fault("P3", "%s was sent %s, which is not stored", v.name, id)
		}
	}
	for _, m := range v.moments {
		want := t.at(m.Position)
		switch {
		case m.unread != want.unread:
			c.fault("P5", "%s was told %d unread at %+v; it is %d", v.name, m.unread, m.Position, want.unread)
		case m.whole && (m.n != want.n || m.hash != want.hash):
			c.fault("P2", "%s was told it is caught up at %+v and held %d items; the inbox has %d, or other ones are read", v.name, m.Position, m.n, want.n)
		default:
			continue
		}
		return // what is wrong once stays wrong
	}
	end := t.at(t.Head)
	if v.counts.Unread != t.Unread || t.Unread != end.unread {
		c.fault("P5", "at the end %s counts %d unread, the store %d, and %d are", v.name, v.counts.Unread, t.Unread, end.unread)
	}
	switch {
	case v.resets == 0 && len(v.held) != end.n:
		c.fault("P2", "at the end %s, at %+v, holds %d items; %d are stored", v.name, v.at, len(v.held), end.n)
	case v.resets == 0 && v.hash != end.hash:
		c.fault("P6", "at the end %s, at %+v, shows other items as read than are", v.name, v.at)
	}
}

// Delays are those of what was published between two moments, from the answer to
// its publisher until the last client has it.
func (r *Record) Delays(from, to time.Time) Delay {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []time.Duration
	var last time.Time
	for _, p := range r.published {
		a := r.arrivals[p.id]
		if p.id == "" || a.n == 0 || p.asked.Before(from) || p.asked.After(to) {
			continue
		}
		all = append(all, max(0, a.last.Sub(p.answer)))
		if a.last.After(last) {
			last = a.last
		}
	}
	if len(all) == 0 {
		return Delay{}
	}
	slices.Sort(all)
	return Delay{len(all), all[len(all)/2], all[len(all)*99/100], all[len(all)-1], last}
}
