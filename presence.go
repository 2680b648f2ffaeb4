package belfry

import (
	"cmp"
	"context"
)

// Session is one live connection as presence shows it.
type Session struct {
	ID          string // as in the welcome frame
	Transport   string // websocket, sse or poll
	ConnectedAt Time
	UserAgent   string
}

// Compare orders sessions by age, the oldest first.
func (s Session) Compare(other Session) int {
	return cmp.Or(cmp.Compare(s.ConnectedAt, other.ConnectedAt), cmp.Compare(s.ID, other.ID))
}

// Roll is who is online at one node. Its methods must not block.
type Roll interface {
	Online() []UserID          // in no order
	Sessions(UserID) []Session // oldest first
}

// Presence says who is online, at every node. A node that has died has no
// sessions, at once or soon.
type Presence interface {
	// Answer sets who speaks for this node. Set it before Sessions is called
	// anywhere.
	Answer(here Roll)
	// Sessions lists a user's sessions on all nodes, oldest first. whole is false
	// when nodes could not be asked or did not answer in time: theirs are missing.
	Sessions(ctx context.Context, user UserID) (sessions []Session, whole bool)
}
