// Package logs holds the rows of the private logs and of the shared one as stores
// work on them: names and heads, counts, what a transaction changes and whom it
// rings, and how values stand in a column. It knows no database.
package logs

import (
	"crypto/rand"
	"encoding/binary"

	"belfry"
)

// History is a log's names and head.
type History struct {
	belfry.Lineage
	Incarnation int64 // of the database, under which Nonce was drawn; 0: none
}

// Next takes the log's next revision. The first one under a new incarnation gives
// the log a new name: the database may be a copy whose other half went on.
func (h *History) Next(incarnation int64) belfry.Rev {
	if h.Incarnation != incarnation {
		h.Lineage = h.Redraw(NewNonce())
		h.Incarnation = incarnation
	}
	h.Head++
	return h.Head
}

// Disown gives the log a new name without ancestors: no position of before can be
// read on from.
func (h *History) Disown(incarnation int64) {
	h.Nonce, h.Old, h.Incarnation = NewNonce(), nil, incarnation
}

// NewNonce draws the name of a log; none is called 0.
func NewNonce() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return max(1, binary.BigEndian.Uint32(b[:]))
}

// User is a user's log row.
type User struct {
	UID  int64
	Name belfry.UserID
	History
	Unread, Unseen int64       // of the private items
	Items          int         // rows of private items, dead ones too
	At             belfry.Time // the last place in the inbox that was given away
	From           belfry.Rev  // the shared revision above which broadcasts are in the inbox
	Since          belfry.Time // of first contact
	LastSeen       belfry.Time
	TokensFrom     belfry.Time
	Trim, TrimRev  belfry.Rev
	Marks          belfry.Watermarks
	Follows        int // how many topics
	// The last revision of a kind; 0: none ever was.
	FollowRev, ReceiptRev, EditRev, ReturnRev belfry.Rev

	// What Writes knows of the row.
	dirty   bool
	touched bool
	rung    belfry.Rev
}

// NextAt is the place in the inbox of what enters now: it runs with born.
func (u *User) NextAt(now belfry.Time) belfry.Time {
	u.At = max(now, u.At+1)
	return u.At
}

// Effective joins a stored receipt of a private or shared item with the user's
// watermarks.
func (u *User) Effective(it *belfry.Item) {
	it.Receipt = u.Marks.Effective(it.Shared, it.Born, it.Receipt)
}

// Own is the private part of the user's counts.
func (u *User) Own() belfry.Counts {
	return belfry.Counts{Unread: u.Unread, Unseen: u.Unseen, Position: belfry.Position{P: u.Head}}
}

// Count adds to the private counts what an item with this effective receipt
// contributes, sign times.
func (u *User) Count(sign int64, r belfry.Receipt) {
	unread, unseen := belfry.Counted(r, false)
	u.Unread += sign * unread
	u.Unseen += sign * unseen
}

// Entry is the user as the directory gives them.
func (u *User) Entry(counts belfry.Counts) belfry.User {
	return belfry.User{ID: u.Name, From: u.From, Since: u.Since, LastSeenAt: u.LastSeen, TokensFrom: u.TokensFrom, Counts: counts}
}

// Rung says that nobody has to be rung for what the row holds now.
func (u *User) Rung() { u.rung = u.Head }

// Shared is what the database knows of the shared log as a whole.
type Shared struct {
	History
	At            belfry.Time // deliveredAt of the last item
	LastAll       belfry.Rev  // born of the last broadcast
	Trim, TrimRev belfry.Rev
	TrimmedAt     belfry.Time
	CleanUID      int64 // up to whom receipts of trimmed items are removed; below 0: of everybody
}

// TrimChange is the trim as sessions are told of it.
func (l *Shared) TrimChange() belfry.Change {
	return belfry.Change{Rev: l.TrimRev, Trim: &belfry.Trim{Shared: true, Born: l.Trim, Rev: l.TrimRev}}
}

// Cursor is the head of both logs under their names.
func Cursor(u *User, l *Shared) belfry.Cursor {
	return belfry.Cursor{Private: u.Nonce, Shared: l.Nonce, Position: belfry.Position{P: u.Head, S: l.Head}}
}
