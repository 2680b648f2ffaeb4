package belfry

import "context"

// Session is one live connection as presence shows it.
type Session struct {
	ID          string // as in the welcome frame
	Transport   string // websocket, sse or poll
	ConnectedAt Time
	UserAgent   string
}

// Presence says who is online, on every node. Nothing is stored: the nodes are
// asked, and one that has died has no sessions.
type Presence interface {
	// Answer sets what this node says of a user. Set it before Sessions is called
	// anywhere. The function must not block.
	Answer(func(UserID) []Session)
	// Sessions lists a user's sessions on all nodes, oldest first. whole is false
	// when nodes could not be asked or did not answer in time: theirs are missing.
	Sessions(ctx context.Context, user UserID) (sessions []Session, whole bool)
}
