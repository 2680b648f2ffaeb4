package postgres

import (
	"crypto/rand"
	"encoding/binary"

	"belfry"
)

// history is a log's names and head.
type history struct {
	belfry.Lineage
	incarnation int64 // of the database under which Nonce was drawn
}

// next takes the log's next revision. The first one under a new incarnation of
// the database gives the log a new name: it may be a copy whose other half went
// on.
func (h *history) next(incarnation int64) belfry.Rev {
	if h.incarnation != incarnation {
		h.Lineage = h.Redraw(newNonce())
		h.incarnation = incarnation
	}
	h.Head++
	return h.Head
}

func newNonce() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

// user is a user's log row.
type user struct {
	uid  int64
	name belfry.UserID
	history
	unread, unseen int64
	items          int
	at             belfry.Time
	from           belfry.Rev
	since          belfry.Time
	lastSeen       belfry.Time
	tokensFrom     belfry.Time
	trim, trimRev  belfry.Rev
	marks          belfry.Watermarks
	follows        int
	// The last revision of a kind; 0: none ever was.
	followRev, receiptRev, editRev, returnRev belfry.Rev

	// The transaction's: what it has to write back, and whom it has to ring.
	dirty   bool
	touched bool
	rung    belfry.Rev
}

const userColumns = `u.uid, u.name, u.nonce, u.old, u.incarnation, u.head, u.unread, u.unseen, u.items, u.at,
	u.from_rev, u.since, u.last_seen, u.tokens_from, u.trim, u.trim_rev, u.watermarks, u.follows, u.follow_rev,
	u.receipt_rev, u.edit_rev, u.return_rev`

func (u *user) columns() []any {
	return []any{&u.uid, &u.name, &u.Nonce, &u.Old, &u.incarnation, &u.Head, &u.unread, &u.unseen, &u.items, &u.at,
		&u.from, &u.since, &u.lastSeen, &u.tokensFrom, &u.trim, &u.trimRev, &u.marks, &u.follows, &u.followRev,
		&u.receiptRev, &u.editRev, &u.returnRev}
}

// nextAt is the place in the inbox of what enters now: it runs with born.
func (u *user) nextAt(now belfry.Time) belfry.Time {
	u.at = max(now, u.at+1)
	return u.at
}

// effective joins a stored receipt of a private or shared item with the user's watermarks.
func (u *user) effective(it *belfry.Item) {
	it.Receipt = u.marks.Effective(it.Shared, it.Born, it.Receipt)
}

// own is the private part of the user's counts.
func (u *user) own() belfry.Counts {
	return belfry.Counts{Unread: u.unread, Unseen: u.unseen, Position: belfry.Position{P: u.Head}}
}

// count adds to the private counts what an item with this effective receipt
// contributes, sign times.
func (u *user) count(sign int64, r belfry.Receipt) {
	unread, unseen := belfry.Counted(r, false)
	u.unread += sign * unread
	u.unseen += sign * unseen
}

// sharedLog is what the database knows of the shared log as a whole.
type sharedLog struct {
	history
	at            belfry.Time // deliveredAt of the last item
	lastAll       belfry.Rev  // born of the last broadcast
	trim, trimRev belfry.Rev
	trimmedAt     belfry.Time
	cleanUID      int64
}

// The ends of four indexes and one row that is seldom written.
const sharedLogColumns = `l.nonce, l.old, l.incarnation,
	greatest((SELECT max(born) FROM shared), (SELECT max(rev) FROM shared WHERE rev <> born), l.trim_rev),
	coalesce((SELECT at FROM shared ORDER BY born DESC LIMIT 1), 0),
	coalesce((SELECT max(born) FROM shared WHERE topic = ''), 0),
	l.trim, l.trim_rev, l.trimmed_at, l.clean_uid`

func (l *sharedLog) columns() []any {
	return []any{&l.Nonce, &l.Old, &l.incarnation, &l.Head, &l.at, &l.lastAll, &l.trim, &l.trimRev, &l.trimmedAt, &l.cleanUID}
}

// cursorOf is the head of both logs under their names.
func cursorOf(u *user, l *sharedLog) belfry.Cursor {
	return belfry.Cursor{Private: u.Nonce, Shared: l.Nonce, Position: belfry.Position{P: u.Head, S: l.Head}}
}
