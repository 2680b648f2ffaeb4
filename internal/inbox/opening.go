package inbox

import (
	"belfry"
	"belfry/internal/logs"
)

// Opening is what a session is told before anything is counted or listed. A
// session that resumes is told nothing more.
func Opening(u *logs.User, l *logs.Shared, follows []belfry.Follow, cursor *belfry.Cursor) belfry.Opening {
	o := belfry.Opening{Cursor: logs.Cursor(u, l), TokensFrom: u.TokensFrom}
	if c := cursor; c != nil && u.Knows(c.Private, c.P) && l.Knows(c.Shared, c.S) {
		o.Resumed, o.Cursor.Position, o.Follows = true, c.Position, FollowsAt(follows, c.P)
		if o.OnlyShared = c.P == u.Head; o.OnlyShared {
			o.Own = u.Own()
		}
		return o
	}
	o.Follows, o.Watermarks, o.Own = follows, u.Marks, u.Own()
	return o
}
