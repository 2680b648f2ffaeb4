package postgres

import (
	"belfry/internal/logs"
)

const userColumns = `u.uid, u.name, u.nonce, u.old, u.incarnation, u.head, u.unread, u.unseen, u.items, u.at,
	u.from_rev, u.since, u.last_seen, u.tokens_from, u.trim, u.trim_rev, u.watermarks, u.follows, u.follow_rev,
	u.receipt_rev, u.edit_rev, u.return_rev`

func userDest(u *logs.User) []any {
	return []any{&u.UID, &u.Name, &u.Nonce, &u.Old, &u.Incarnation, &u.Head, &u.Unread, &u.Unseen, &u.Items, &u.At,
		&u.From, &u.Since, &u.LastSeen, &u.TokensFrom, &u.Trim, &u.TrimRev, &u.Marks, &u.Follows, &u.FollowRev,
		&u.ReceiptRev, &u.EditRev, &u.ReturnRev}
}

// The ends of four indexes and one row that is seldom written.
const sharedLogColumns = `l.nonce, l.old, l.incarnation,
	greatest((SELECT max(born) FROM shared), (SELECT max(rev) FROM shared WHERE rev <> born), l.trim_rev),
	coalesce((SELECT at FROM shared ORDER BY born DESC LIMIT 1), 0),
	coalesce((SELECT max(born) FROM shared WHERE topic = ''), 0),
	l.trim, l.trim_rev, l.trimmed_at, l.clean_uid`

func sharedLogDest(l *logs.Shared) []any {
	return []any{&l.Nonce, &l.Old, &l.Incarnation, &l.Head, &l.At, &l.LastAll, &l.Trim, &l.TrimRev, &l.TrimmedAt, &l.CleanUID}
}
