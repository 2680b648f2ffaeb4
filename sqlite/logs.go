package sqlite

import (
	"crypto/rand"
	"encoding/binary"

	"belfry/internal/logs"
)

// newIncarnation names this process; 0 is nobody.
func newIncarnation() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1
}

const userColumns = `u.uid, u.name, u.nonce, u.old, u.incarnation, u.head, u.unread, u.unseen, u.items, u.at,
	u.from_rev, u.since, u.last_seen, u.tokens_from, u.trim, u.trim_rev, u.watermarks, u.follows, u.follow_rev,
	u.receipt_rev, u.edit_rev, u.return_rev`

func userDest(u *logs.User) []any {
	return []any{&u.UID, &u.Name, &u.Nonce, &u.Old, &u.Incarnation, &u.Head, &u.Unread, &u.Unseen, &u.Items, &u.At,
		&u.From, &u.Since, &u.LastSeen, &u.TokensFrom, &u.Trim, &u.TrimRev, &u.Marks, &u.Follows, &u.FollowRev,
		&u.ReceiptRev, &u.EditRev, &u.ReturnRev}
}

const sharedLogColumns = `l.nonce, l.old, l.incarnation, l.head, l.at, l.last_all, l.trim, l.trim_rev, l.trimmed_at, l.clean_uid`

func sharedLogDest(l *logs.Shared) []any {
	return []any{&l.Nonce, &l.Old, &l.Incarnation, &l.Head, &l.At, &l.LastAll, &l.Trim, &l.TrimRev, &l.TrimmedAt, &l.CleanUID}
}
