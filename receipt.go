package belfry

// Receipt is what one user did with one item. A written receipt is complete: it
// holds the effective state at the moment it was written, so a watermark older
// than it has nothing to add.
type Receipt struct {
	Rev          Rev  // private revision at which it was written; 0: never
	SeenAt       Time // shown to the user
	ReadAt       Time // read; implies seen
	ArchivedAt   Time
	SnoozedUntil Time
	DeletedAt    Time
	At           Time // when the item came back from a snooze: replaces its deliveredAt; 0: never
	Hidden       bool // the user was named in except
}

// WatermarkKind is what a watermark marks.
type WatermarkKind uint8

// The kinds of watermark. Only what moves one way can be a watermark.
const (
	WatermarkSeen WatermarkKind = iota
	WatermarkRead
	WatermarkArchived
	WatermarkDeleted
	watermarkKinds
)

// WatermarkKinds is how many there are.
const WatermarkKinds = int(watermarkKinds)

// Watermark is the row that "mark all" writes: one, whatever the number.
type Watermark struct {
	Kind     WatermarkKind
	Position     // items born up to here, whose receipt is no younger than P
	Rev      Rev // private revision of the row; 0: there is none
	At       Time
}

// Watermarks is one of each kind.
type Watermarks [WatermarkKinds]Watermark

// Covers says whether the watermark covers an item: born no later than it, in
// the item's own log, and with no receipt younger than it.
func (w *Watermark) Covers(shared bool, born, receipt Rev) bool {
	mark := w.P
	if shared {
		mark = w.S
	}
	return w.Rev != 0 && born <= mark && receipt <= w.P
}

// Effective is the receipt as the user sees it: what was written, and what the
// watermarks cover. Every count and every view in Go, SQL and TypeScript is
// decided by it and Counted.
func (ws *Watermarks) Effective(shared bool, born Rev, r Receipt) Receipt {
	for _, kind := range ws.order() {
		w := &ws[kind]
		if !w.Covers(shared, born, r.Rev) {
			continue
		}
		switch w.Kind {
		case WatermarkSeen:
			r.see(w.At)
		case WatermarkRead:
			r.read(w.At)
		case WatermarkArchived:
			r.archive(w.At)
		case WatermarkDeleted:
			r.delete(w.At)
		}
	}
	return r
}

// order is the kinds in the order in which they take effect. It matters for the
// two that set one field: what was read before everything was seen was seen then.
func (ws *Watermarks) order() [WatermarkKinds]WatermarkKind {
	if ws[WatermarkRead].Rev < ws[WatermarkSeen].Rev {
		return [...]WatermarkKind{WatermarkRead, WatermarkSeen, WatermarkArchived, WatermarkDeleted}
	}
	return [...]WatermarkKind{WatermarkSeen, WatermarkRead, WatermarkArchived, WatermarkDeleted}
}

// Raise moves the watermark of its kind up to w, component by component; moved
// is false when it covered all of w already.
func (ws *Watermarks) Raise(w Watermark) (moved bool) {
	now := &ws[w.Kind]
	if now.Rev != 0 && w.P <= now.P && w.S <= now.S {
		return false
	}
	w.P, w.S = max(w.P, now.P), max(w.S, now.S)
	*now = w
	return true
}

// Visible says whether an item with this effective receipt is in the inbox at
// all (archived and snoozed ones are, under their filters).
func (r Receipt) Visible() bool { return !r.Hidden && r.DeletedAt == 0 }

// Counted says what an item with this effective receipt adds to the two counts,
// 0 or 1 each. dead items (retracted, expired, trimmed) add nothing. Read
// implies seen; archive leaves read alone but takes the item out of the counts;
// snoozed counts nowhere.
func Counted(r Receipt, dead bool) (unread, unseen int64) {
	if dead || !r.Visible() || r.ArchivedAt != 0 || r.SnoozedUntil != 0 || r.ReadAt != 0 {
		return 0, 0
	}
	if r.SeenAt == 0 {
		return 1, 1
	}
	return 1, 0
}

func (r *Receipt) see(at Time) {
	if r.SeenAt == 0 {
		r.SeenAt = at
	}
}

func (r *Receipt) read(at Time) {
	r.see(at)
	if r.ReadAt == 0 {
		r.ReadAt = at
	}
}

func (r *Receipt) archive(at Time) {
	if r.ArchivedAt == 0 {
		r.ArchivedAt = at
	}
}

func (r *Receipt) delete(at Time) {
	if r.DeletedAt == 0 {
		r.DeletedAt = at
	}
}

// Return is the end of a snooze, by the clock or by hand: the item comes back as
// new, unseen and unread, at the top of the inbox.
func (r Receipt) Return(at Time) Receipt {
	r.SnoozedUntil, r.ReadAt, r.SeenAt, r.At = 0, 0, 0, at
	return r
}

// Action is what a mark does.
type Action string

// The actions.
const (
	ActionSeen      Action = "seen"
	ActionRead      Action = "read"
	ActionUnread    Action = "unread"
	ActionArchive   Action = "archive"
	ActionUnarchive Action = "unarchive"
	ActionSnooze    Action = "snooze"
	ActionUnsnooze  Action = "unsnooze"
	ActionDelete    Action = "delete"
)

// Watermark is the kind of watermark that marks everything with this action; ok
// is false for actions that go both ways.
func (a Action) Watermark() (kind WatermarkKind, ok bool) {
	switch a {
	case ActionSeen:
		return WatermarkSeen, true
	case ActionRead:
		return WatermarkRead, true
	case ActionArchive:
		return WatermarkArchived, true
	case ActionDelete:
		return WatermarkDeleted, true
	}
	return 0, false
}

// Apply is the receipt after the action on an effective receipt; changed is
// false when it would say nothing new, and then no revision is taken and nobody
// is rung. until is for snooze.
func (a Action) Apply(r Receipt, at, until Time) (after Receipt, changed bool) {
	after = r
	switch a {
	case ActionSeen:
		after.see(at)
	case ActionRead:
		after.read(at)
	case ActionUnread:
		after.ReadAt = 0
	case ActionArchive:
		after.archive(at)
	case ActionUnarchive:
		after.ArchivedAt = 0
	case ActionSnooze:
		after.SnoozedUntil = until
	case ActionUnsnooze:
		if r.SnoozedUntil != 0 {
			after = r.Return(at)
		}
	case ActionDelete:
		after.delete(at)
	}
	return after, after != r
}

// Mark is one act on a user's receipts: exactly one of IDs, All, Group, Entity
// says which items; Types and Topic narrow it.
type Mark struct {
	Action Action  `json:"action"`
	IDs    []ID    `json:"ids,omitempty"` // at most MaxMarkIDs
	All    bool    `json:"all,omitempty"`
	Group  string  `json:"group,omitempty"`
	Entity *Entity `json:"entity,omitempty"`
	Type   Type    `json:"type,omitempty"`
	Topic  Topic   `json:"topic,omitempty"`
	Until  Time    `json:"until,omitzero"` // of a snooze
	UpTo   string  `json:"upTo,omitempty"` // cursor: nothing born later is touched; "" is the head
}

// MaxMarkIDs is how many items one mark touches; a mark that would touch more
// says so in Marked.More and is sent again.
const MaxMarkIDs = 1000

// Validate checks the mark and names all fields that are wrong.
func (m *Mark) Validate(now Time) error {
	var f faults
	_, monotone := m.Action.Watermark()
	switch m.Action {
	case ActionSeen, ActionRead, ActionUnread, ActionArchive, ActionUnarchive, ActionSnooze, ActionUnsnooze, ActionDelete:
	default:
		f.add("/action", "invalid", "one of seen, read, unread, archive, unarchive, snooze, unsnooze, delete")
	}
	n := 0
	for _, set := range []bool{m.IDs != nil, m.All, m.Group != "", m.Entity != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		f.add("", "required", "exactly one of ids, all, group, entity")
	}
	if m.All && !monotone {
		f.add("/all", "conflict", "all goes with seen, read, archive and delete; name ids for %q", m.Action)
	}
	if m.IDs != nil && (len(m.IDs) == 0 || len(m.IDs) > MaxMarkIDs) {
		f.add("/ids", "out_of_range", "1 to %d ids; this has %d", MaxMarkIDs, len(m.IDs))
	}
	for i, id := range m.IDs {
		if _, ok := id.Bytes(); !ok {
			f.add(pointer("/ids", i), "invalid", "not an id")
		}
	}
	m.validateRest(now, &f)
	return f.err()
}

func (m *Mark) validateRest(now Time, f *faults) {
	if m.Action == ActionSnooze && (m.Until <= now || m.Until > now+366*24*3600*1000) {
		f.add("/until", "out_of_range", "a snooze ends in the future, at most a year ahead")
	}
	if m.Action != ActionSnooze && m.Until != 0 {
		f.add("/until", "conflict", "until goes with snooze")
	}
	checkShort(f, "/group", m.Group, false)
	if m.Entity != nil {
		checkShort(f, "/entity/type", m.Entity.Type, true)
		checkShort(f, "/entity/id", m.Entity.ID, true)
	}
	if m.Type != "" {
		addFault(f, "/type", m.Type.Validate())
	}
	if m.Topic != "" {
		addFault(f, "/topic", m.Topic.Validate())
	}
	if m.UpTo != "" {
		if _, err := ParseCursor(m.UpTo); err != nil {
			addFault(f, "/upTo", err)
		}
	}
}

// Scoped says that the mark names items by a query, so that it is expanded to
// ids and not written as a watermark.
func (m *Mark) Scoped() bool { return m.IDs == nil && (!m.All || m.Type != "" || m.Topic != "") }

// Marked is what a mark did.
type Marked struct {
	Changed int         // rows changed: revisions taken; 0 means nothing was new
	More    bool        // a scoped mark met more than MaxMarkIDs items: send it again
	Refused map[ID]Code // ids that were not touched: not_found, gone, conflict (born after upTo)
	Counts  Counts      // after it
	Cursor  Cursor      // after it
}
