package belfrytest

import (
	"fmt"
	"maps"
	"slices"

	"belfry"
)

// Oracle is the truth of one user's inbox. It is eager where a store is lazy:
// "mark all" changes each item it meets, at once and for good, a follow admits
// what is published after it, and nothing is derived from watermarks, ordinals
// or stored counters. It keeps what was done, so that it can say what the inbox
// was at any position of the two logs (At).
type Oracle struct {
	Head    belfry.Position
	Follows map[belfry.Topic]bool

	first belfry.Position
	acts  []act
	lots  map[belfry.ID]*lot // everything this user may still see one day, by item
}

// act is one change of one log: the revision after it, and what it did.
type act struct {
	shared bool
	rev    belfry.Rev
	do     func(*Oracle)
}

// lot is the fate of one item in this inbox.
type lot struct {
	Truth
	note     belfry.ID // the notification that it shows; after a collapse not its own ID
	collapse string
	in       bool       // in the inbox: not deleted, excepted or unfollowed
	marked   belfry.Rev // private revision of the last single mark
}

// Truth is what every reader must show of one item.
type Truth struct {
	ID         belfry.ID
	Shared     bool
	Topic      belfry.Topic
	Born       belfry.Rev
	Title      string // changes with every edit
	Type       belfry.Type
	Group      string
	Seen, Read bool
	Archived   bool
	Snoozed    belfry.Time
}

// NewOracle is the truth of a user who was just met, at a position.
func NewOracle(head belfry.Position) *Oracle {
	return &Oracle{Head: head, first: head, Follows: map[belfry.Topic]bool{}, lots: map[belfry.ID]*lot{}}
}

func (o *Oracle) act(shared bool, revs belfry.Rev, do func(*Oracle)) {
	head := &o.Head.P
	if shared {
		head = &o.Head.S
	}
	*head += revs
	o.acts = append(o.acts, act{shared, *head, do})
	do(o)
}

// At is the truth at an earlier position, from the acts up to it alone.
func (o *Oracle) At(at belfry.Position) *Oracle {
	past := NewOracle(o.first)
	for _, a := range o.acts {
		if a.shared && a.rev <= at.S || !a.shared && a.rev <= at.P {
			a.do(past)
		}
	}
	past.Head = at
	return past
}

// Whole says whether a private revision stands between acts and not inside one,
// so that it has a truth.
func (o *Oracle) Whole(p belfry.Rev) bool {
	return p == o.first.P || slices.ContainsFunc(o.acts, func(a act) bool { return !a.shared && a.rev == p })
}

// Published is a notification that came: to the user, or to a topic or all.
// excepted says that the user was named in except; the hidden receipt is a row
// of its own (Passed).
func (o *Oracle) Published(id belfry.ID, d belfry.Draft, excepted bool) {
	shared := d.To.Shared()
	old := o.collapses(d)
	if old != nil && !shared {
		o.reborn(old.ID, id, d)
		return
	}
	if old != nil {
		o.Retracted(old.note)
	}
	born := o.Head.P + 1
	if shared {
		born = o.Head.S + 1
	}
	o.act(shared, 1, func(o *Oracle) {
		l := newLot(id, id, d, born)
		l.in = !excepted && (!shared || d.To.All || o.Follows[d.To.Topic])
		o.lots[id] = l
	})
}

func newLot(item, note belfry.ID, d belfry.Draft, born belfry.Rev) *lot {
	d.Normalize()
	return &lot{
		Truth: Truth{ID: item, Shared: d.To.Shared(), Topic: d.To.Topic, Born: born, Title: d.Title, Type: d.Type, Group: d.Group},
		note:  note, collapse: d.CollapseKey, in: true,
	}
}

// collapses is the living item that a new one of this key replaces: a private
// one only while it is unread, a shared one always.
func (o *Oracle) collapses(d belfry.Draft) *lot {
	for _, l := range o.lots {
		same := d.CollapseKey != "" && l.collapse == d.CollapseKey && l.Shared == d.To.Shared() && l.Topic == d.To.Topic
		if same && (l.Shared || l.in && !l.Read) {
			return l
		}
	}
	return nil
}

func (o *Oracle) reborn(item, note belfry.ID, d belfry.Draft) {
	born := o.Head.P + 1
	o.act(false, 1, func(o *Oracle) { o.lots[item] = newLot(item, note, d, born) })
}

// byNote finds the living item that shows a notification.
func (o *Oracle) byNote(note belfry.ID) *lot {
	for _, l := range o.lots {
		if l.note == note {
			return l
		}
	}
	return nil
}

// Alive says whether the notification lives in this user's logs.
func (o *Oracle) Alive(note belfry.ID) bool { return o.byNote(note) != nil }

// Edited gives a living notification a new title.
func (o *Oracle) Edited(note belfry.ID, title string) {
	if l := o.byNote(note); l != nil {
		item := l.ID
		o.act(l.Shared, 1, func(o *Oracle) {
			if l := o.lots[item]; l != nil {
				l.Title = title
			}
		})
	}
}

// Retracted is the end of a living notification: a retract, an expiry, a
// collapse of a shared one.
func (o *Oracle) Retracted(note belfry.ID) {
	if l := o.byNote(note); l != nil {
		item := l.ID
		o.act(l.Shared, 1, func(o *Oracle) { delete(o.lots, item) })
	}
}

// Followed ties or unties a topic; it reports whether that was new.
func (o *Oracle) Followed(topic belfry.Topic, on bool) bool {
	if o.Follows[topic] == on {
		return false
	}
	o.act(false, 1, func(o *Oracle) {
		o.Follows[topic] = on
		for _, l := range o.lots {
			if !on && l.Shared && l.Topic == topic {
				l.in = false
			}
		}
	})
	return true
}

// Trimmed ends what was born up to a revision of one log.
func (o *Oracle) Trimmed(shared bool, born belfry.Rev) {
	o.act(shared, 1, func(o *Oracle) {
		maps.DeleteFunc(o.lots, func(_ belfry.ID, l *lot) bool { return l.Shared == shared && l.Born <= born })
	})
}

// Passed is a private revision that changed nothing that can be seen.
func (o *Oracle) Passed() { o.act(false, 1, func(*Oracle) {}) }

// Items are the items of the inbox: everything that is not gone, archived and
// snoozed ones among them.
func (o *Oracle) Items() map[belfry.ID]Truth {
	out := map[belfry.ID]Truth{}
	for id, l := range o.lots {
		if l.in {
			out[id] = l.Truth
		}
	}
	return out
}

// String is the inbox, an item a line.
func (o *Oracle) String() string {
	s := fmt.Sprintf("at %+v, following %v\n", o.Head, o.Follows)
	for _, id := range sortedIDs(o.lots) {
		s += fmt.Sprintf("%+v\n", *o.lots[id])
	}
	return s
}

// Counts recounts by hand.
func (o *Oracle) Counts() belfry.Counts {
	c := belfry.Counts{Position: o.Head}
	for _, l := range o.Items() {
		if l.Read || l.Archived || l.Snoozed != 0 {
			continue
		}
		c.Unread++
		if !l.Seen {
			c.Unseen++
		}
	}
	return c
}

// View are the items that a query admits, in no order.
func (o *Oracle) View(q belfry.ListQuery) map[belfry.ID]Truth {
	view := o.Items()
	maps.DeleteFunc(view, func(_ belfry.ID, l Truth) bool { return !admits(q, l) })
	return view
}

func admits(q belfry.ListQuery, l Truth) bool {
	if q.Topic != "" && q.Topic != l.Topic || q.Group != "" && q.Group != l.Group || len(q.Types) > 0 && !slices.Contains(q.Types, l.Type) {
		return false
	}
	switch q.Filter {
	case belfry.FilterArchived:
		return l.Archived
	case belfry.FilterSnoozed:
		return l.Snoozed != 0 && !l.Archived
	case belfry.FilterUnread:
		return !l.Archived && l.Snoozed == 0 && !l.Read
	}
	return !l.Archived && l.Snoozed == 0
}

// Agrees compares the truth with what a reader shows: with nothing missing when
// it claims to be whole.
func Agrees(truth map[belfry.ID]Truth, shown map[belfry.ID]belfry.Item, whole bool) error {
	for _, id := range sortedIDs(shown) {
		want, ok := truth[id]
		if !ok {
			return fmt.Errorf("it shows %s, which is not there: %s", id, shown[id].Content)
		}
		got, err := shownTruth(shown[id])
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("it shows %+v\nthe truth is %+v", got, want)
		}
	}
	for _, id := range sortedIDs(truth) {
		if _, ok := shown[id]; !ok && whole {
			return fmt.Errorf("it lacks %+v", truth[id])
		}
	}
	return nil
}

func shownTruth(it belfry.Item) (Truth, error) {
	c, err := belfry.DecodeContent(it.Content)
	r := it.Receipt
	return Truth{
		ID: it.ID, Shared: it.Shared, Topic: it.Topic, Born: it.Born, Title: c.Title, Type: c.Type, Group: c.Group,
		Seen: r.SeenAt != 0, Read: r.ReadAt != 0, Archived: r.ArchivedAt != 0, Snoozed: r.SnoozedUntil,
	}, err
}
