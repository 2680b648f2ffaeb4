package cluster

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"belfry"
)

// View is one client as its frames make it: across its connections, by the rules
// of docs/protocol.md. It notes every moment at which it was told that it is
// caught up, and everything that it was sent against the protocol.
type View struct {
	record *Record
	user   belfry.UserID
	name   string

	mu      sync.Mutex
	held    map[belfry.ID]*heldItem
	hash    uint64 // of held: of each item's id, and whether it is read
	unread  int64
	counts  belfry.Counts
	at      belfry.Position
	cursor  belfry.Cursor
	marks   map[belfry.Rev]watermark // as read, by their revision
	moments []moment
	resets  int
	wrong   []Violation
}

type heldItem struct {
	shared     bool
	born, rev  belfry.Rev
	receiptRev belfry.Rev
	read       bool
}

// watermark is a mark of everything as read.
type watermark struct {
	rev  belfry.Rev
	upTo belfry.Position
}

func (w watermark) covers(shared bool, born belfry.Rev) bool {
	if shared {
		return born <= w.upTo.S
	}
	return born <= w.upTo.P
}

// moment is a claim: you are caught up at this position, and have so many unread.
type moment struct {
	belfry.Position
	unread int64
	n      int
	hash   uint64
	whole  bool // the client has held everything from its first welcome on
}

// Client begins the record of a client, which holds nothing.
func (r *Record) Client(user belfry.UserID, name string) *View {
	v := &View{record: r, user: user, name: name, held: map[belfry.ID]*heldItem{}, marks: map[belfry.Rev]watermark{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.views = append(r.views, v)
	return v
}

// frame is what the checker reads of a frame.
type frame struct {
	Cursor     string            `json:"cursor"`
	Type       string            `json:"type"`
	Op         string            `json:"op"`
	Item       json.RawMessage   `json:"item"`
	Items      []json.RawMessage `json:"items"`
	All        bool              `json:"all"`
	Action     belfry.Action     `json:"action"`
	UpTo       belfry.Position   `json:"upTo"`
	ReceiptRev belfry.Rev        `json:"receiptRev"`
	Counts     *belfry.Counts    `json:"counts"`
	Resumed    bool              `json:"resumed"`
	Reset      bool              `json:"reset"`
	Watermarks []struct {
		Action     belfry.Action   `json:"action"`
		UpTo       belfry.Position `json:"upTo"`
		ReceiptRev belfry.Rev      `json:"receiptRev"`
	} `json:"watermarks"`
}

type frameItem struct {
	ID         belfry.ID     `json:"id"`
	Born       belfry.Rev    `json:"born"`
	Rev        belfry.Rev    `json:"rev"`
	To         belfry.Target `json:"to"`
	ReceiptRev belfry.Rev    `json:"receiptRev"`
	ReadAt     belfry.Time   `json:"readAt"`
}

// Shows says whether the client shows what is stored, as far as numbers tell.
func (v *View) Shows(in Inbox) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts.Unread == in.Unread && (v.resets > 0 || len(v.held) == len(in.Items))
}

// Resets is how often the client had to begin anew.
func (v *View) Resets() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.resets
}

// Frame takes the next frame of the client.
func (v *View) Frame(body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var f frame
	if err := json.Unmarshal(body, &f); err != nil {
		v.fault("P2", "a frame that cannot be read: %v: %.200s", err, body)
		return
	}
	if f.Cursor == "" {
		return
	}
	to, err := belfry.ParseCursor(f.Cursor)
	if err != nil {
		v.fault("P2", "a frame with no cursor: %v: %.200s", err, body)
		return
	}
	if v.cursor != (belfry.Cursor{}) && !(f.Type == "welcome" && !f.Resumed) && (to.P < v.at.P || to.S < v.at.S) {
		v.fault("P2", "the position fell from %+v to %+v: %.200s", v.at, to.Position, body)
	}
	v.apply(&f)
	v.cursor, v.at = to, to.Position
	if f.Type == "counts" || f.Type == "welcome" && !f.Resumed {
		v.claim(f.Counts)
	}
}

func (v *View) apply(f *frame) {
	switch f.Type {
	case "welcome":
		v.welcome(f)
	case "notification":
		v.item(f.Item, f.Op == "removed")
	case "notifications":
		for _, raw := range f.Items {
			v.item(raw, false)
		}
	case "receipts":
		if f.All {
			v.markAll(watermark{f.ReceiptRev, f.UpTo})
		}
		for _, raw := range f.Items {
			v.receipt(raw)
		}
	}
}

func (v *View) welcome(f *frame) {
	if f.Resumed {
		return
	}
	if v.cursor != (belfry.Cursor{}) {
		v.resets++
	}
	clear(v.held)
	v.hash, v.unread = 0, 0
	for _, w := range f.Watermarks {
		if w.Action == belfry.ActionRead {
			v.marks[w.ReceiptRev] = watermark{w.ReceiptRev, w.UpTo}
		}
	}
	for _, raw := range f.Items {
		v.item(raw, false)
	}
}

// item takes an item in its present state.
func (v *View) item(raw json.RawMessage, removed bool) {
	var it frameItem
	if err := json.Unmarshal(raw, &it); err != nil || it.ID == "" {
		v.fault("P2", "an item that cannot be read: %.200s", raw)
		return
	}
	h := v.held[it.ID]
	switch {
	case removed:
		v.fault("P2", "item %s was removed, and nothing removes items in this run", it.ID)
		return
	case h == nil:
		h = &heldItem{shared: it.To.Shared(), born: it.Born}
		v.record.arrived(it.ID, time.Now())
	case it.Rev <= h.rev && it.ReceiptRev <= h.receiptRev:
		v.fault("P2", "item %s came twice", it.ID)
		return
	default:
		v.hash ^= h.hash(it.ID)
		v.unread -= h.counts()
	}
	h.rev = max(h.rev, it.Rev)
	h.receiptRev = max(h.receiptRev, it.ReceiptRev)
	h.read = h.read || it.ReadAt != 0 || v.covered(h)
	v.held[it.ID] = h
	v.hash ^= h.hash(it.ID)
	v.unread += h.counts()
	if h.shared && it.Rev == it.Born && it.ReceiptRev == 0 && it.Rev > v.counts.S {
		v.counts.Unread++
		v.counts.S = it.Rev
	}
}

func (v *View) receipt(raw json.RawMessage) {
	var it frameItem
	if err := json.Unmarshal(raw, &it); err != nil || it.ID == "" {
		v.fault("P6", "a receipt that cannot be read: %.200s", raw)
		return
	}
	h := v.held[it.ID]
	if h == nil {
		if v.resets == 0 {
			v.fault("P6", "a receipt of item %s overtook it", it.ID)
		}
		return
	}
	h.receiptRev = max(h.receiptRev, it.ReceiptRev)
	if it.ReadAt != 0 {
		v.setRead(it.ID, h)
	}
}

func (v *View) markAll(w watermark) {
	v.marks[w.rev] = w
	for id, h := range v.held {
		if w.covers(h.shared, h.born) {
			v.setRead(id, h)
		}
	}
}

func (v *View) setRead(id belfry.ID, h *heldItem) {
	if h.read {
		return
	}
	v.hash ^= h.hash(id)
	v.unread -= h.counts()
	h.read = true
	v.hash ^= h.hash(id)
}

func (v *View) covered(h *heldItem) bool {
	for _, w := range v.marks {
		if w.covers(h.shared, h.born) {
			return true
		}
	}
	return false
}

func (h *heldItem) counts() int64 {
	if h.read {
		return 0
	}
	return 1
}

func (h *heldItem) hash(id belfry.ID) uint64 { return hashOf(id, h.read) }

// hashOf is one item's part of the hash of an inbox, which is the exclusive or of
// all of them: so it is kept item by item, whatever their order.
func hashOf(id belfry.ID, read bool) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	if read {
		h.Write([]byte{1})
	}
	return h.Sum64()
}

// claim notes that the client is told it is caught up where it stands.
func (v *View) claim(c *belfry.Counts) {
	if c == nil {
		v.fault("P5", "counts without counts at %+v", v.at)
		return
	}
	if c.Position != v.at {
		v.fault("P5", "counts of %+v under a cursor at %+v", c.Position, v.at)
	}
	v.counts = *c
	m := moment{Position: v.at, unread: c.Unread, n: len(v.held), hash: v.hash, whole: v.resets == 0}
	if n := len(v.moments); n > 0 && v.moments[n-1] == m {
		return
	}
	v.moments = append(v.moments, m)
}

// Violation is a broken promise.
type Violation struct {
	Promise string // P1 …
	Detail  string
}

func (v Violation) String() string { return v.Promise + ": " + v.Detail }

// maxWrong is how much is noted against one client: what is broken stays broken.
const maxWrong = 5

func (v *View) fault(promise, format string, args ...any) {
	if len(v.wrong) < maxWrong {
		v.wrong = append(v.wrong, Violation{promise, fmt.Sprintf("%s: ", v.name) + fmt.Sprintf(format, args...)})
	}
}
