// Package cluster tells from outside whether a cluster kept its promises. A
// Record holds what every publisher and marker was told, what every client was
// sent and what was stored at the end; Check decides P1, P2, P3, P5 and P6 from
// it. Nothing in it is taken from the inside of a server.
//
// It knows a load of creations and of marks as read, by item or of all: then the
// inbox of a user at any position follows from what is stored at the end.
package cluster

import (
	"sync"
	"time"

	"belfry"
)

// Record is a run. Its methods may be called from any goroutine.
type Record struct {
	mu        sync.Mutex
	published map[string]publish // by title, which is unique
	marks     []mark
	arrivals  map[belfry.ID]arrival
	views     []*View
	inboxes   map[belfry.UserID]Inbox
}

// NewRecord is a run in which nothing has happened yet.
func NewRecord() *Record {
	return &Record{published: map[string]publish{}, arrivals: map[belfry.ID]arrival{}, inboxes: map[belfry.UserID]Inbox{}}
}

// publish is what a publisher was told of one notification.
type publish struct {
	to     belfry.Target
	id     belfry.ID // "": it was refused, or nobody knows
	told   bool      // accepted or refused; else nobody knows
	asked  time.Time
	answer time.Time
}

// mark is what was answered to a mark of everything, or of one item.
type mark struct {
	user    belfry.UserID
	all     bool
	changed int
	told    bool
	after   belfry.Position
}

// arrival is when an item came to clients.
type arrival struct {
	n     int
	first time.Time
	last  time.Time
}

// Published notes what the publisher of a notification was told: its id, or err;
// an err of CodeOutcomeUnknown or of the network tells nothing.
func (r *Record) Published(title string, to belfry.Target, id belfry.ID, err error, asked time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published[title] = publish{to: to, id: id, told: err == nil || isRefusal(err), asked: asked, answer: time.Now()}
}

// isRefusal says that an error means that nothing was stored.
func isRefusal(err error) bool {
	switch belfry.ErrorCode(err) {
	case belfry.CodeInvalid, belfry.CodeRateLimited, belfry.CodeForbidden, belfry.CodeUnauthorized:
		return true
	}
	return false
}

// Marked notes what was answered to a mark as read.
func (r *Record) Marked(user belfry.UserID, all bool, changed int, after belfry.Position, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, mark{user: user, all: all, changed: changed, told: err == nil, after: after})
}

func (r *Record) arrived(id belfry.ID, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.arrivals[id]
	if a.n == 0 {
		a.first = at
	}
	a.n++
	a.last = at
	r.arrivals[id] = a
}

// Item is one item of an inbox.
type Item struct {
	ID         belfry.ID
	Title      string
	Shared     bool
	Born       belfry.Rev
	ReceiptRev belfry.Rev
	Read       bool
}

// Inbox is what is stored for a user at the end: everything, and the heads.
type Inbox struct {
	Items  []Item
	Unread int64
	Head   belfry.Position
	Topics []belfry.Topic // followed since before the first publish, one revision each
}

// Stored notes a user's inbox at the end.
func (r *Record) Stored(user belfry.UserID, in Inbox) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inboxes[user] = in
}

// Delay is how long notifications took to reach all who were connected.
type Delay struct {
	Notifications int
	P50, P99, Max time.Duration
	Last          time.Time // when the last of them had reached its last client
}
