package inbox

import (
	"belfry"
	"belfry/internal/logs"
)

// MaxMissed is how many revisions of the private log a resumed opening brings
// along. Whoever missed more reads Changes, page by page.
const MaxMissed = 64

// Opening is what a session is told before anything is counted or listed. One
// that resumes is told nothing more, unless it can be told all.
func Opening(u *logs.User, l *logs.Shared, follows []belfry.Follow, cursor *belfry.Cursor) belfry.Opening {
	o := belfry.Opening{Cursor: logs.Cursor(u, l), TokensFrom: u.TokensFrom}
	if c := cursor; c != nil && u.Knows(c.Private, c.P) && l.Knows(c.Shared, c.S) {
		o.Resumed, o.Cursor.Position, o.Follows = true, c.Position, FollowsAt(follows, c.P)
		if o.Complete = u.Head-c.P <= MaxMissed && u.FollowRev <= c.P; o.Complete {
			o.Own = u.Own()
		}
		return o
	}
	o.Follows, o.Watermarks, o.Own = follows, u.Marks, u.Own()
	return o
}
