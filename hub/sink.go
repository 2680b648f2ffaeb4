package hub

import (
	"sync"
	"time"

	"belfry"
)

// CursorAt is where the cursor's bytes begin in the body of every frame that
// carries one: such a body starts with {"cursor":"
const CursorAt = len(`{"cursor":"`)

// Sink is the far end of one session: a transport that frames bodies and takes
// bytes. The hub calls it from one goroutine at a time, except Close.
type Sink interface {
	// Transport is websocket, sse or poll.
	Transport() string
	// Append appends one frame to dst in the transport's own framing and returns
	// it. kind is the body's type member. body is JSON and must not be changed
	// or kept. A non-nil cursor is written over the CursorLen bytes at CursorAt
	// of the copy (and into the SSE id), so that a body encoded once serves every
	// session. form is nil for a body that this session alone is sent; else the
	// transport may keep there what it makes of the body for all of them.
	Append(dst []byte, kind string, cursor *[belfry.CursorLen]byte, body []byte, form *Form) []byte
	// AppendHeartbeat appends the smallest thing that moves the client's cursor.
	AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte
	// TryWrite writes what the socket takes without blocking: n < len(b) with a
	// nil error says that it would block. A transport that cannot try takes 0.
	TryWrite(b []byte) (n int, err error)
	// Write blocks until all of b is taken or no byte was taken for stall.
	Write(b []byte, stall time.Duration) error
	// Close ends the connection, telling the code where the transport can (the
	// bye frame was written before). It may be called at any time and twice.
	Close(code belfry.Code)
}

// Form is what a transport makes of a body that many sessions are sent, such as
// its compressed form. It is made when the first session needs it, and lives as
// long as the body. The zero value is ready; one transport at most uses it.
type Form struct {
	once  sync.Once
	bytes []byte
}

// Of is what transform made of the body, nil included. transform is called once,
// however many sessions ask at the same time; its result must not be changed.
func (f *Form) Of(body []byte, transform func(body []byte) []byte) []byte {
	f.once.Do(func() { f.bytes = transform(body) })
	return f.bytes
}

// Spec says whose session it is and what was asked for at its opening.
type Spec struct {
	User      belfry.UserID
	Name      string         // display name from the token, for presence
	Cursor    *belfry.Cursor // where the client stands; nil: nowhere
	Topics    []belfry.Topic // subscribed from the opening on
	Items     int            // items wanted in the welcome, 0 to belfry.MaxItems
	Filter    belfry.Filter
	Since     belfry.Time   // the token's claim: start of a user never met before
	Batch     time.Duration // gather notifications for this long; 0: at once
	ExpiresAt time.Time     // of the token
	IssuedAt  time.Time     // of the token; zero when it has no iat
	UserAgent string
}

// Meter is told what the hub does. All methods must be cheap and not block.
type Meter interface {
	Opened(transport string)
	Closed(transport string, code belfry.Code) // "" when the client went away
	Delivered(transport string, notifications int)
	DeliverySeconds(s float64) // commit to write
	Resumed(outcome string)    // fresh, resumed, reset
	Slow(delta int)            // sessions on the slow path
	Limited(scope string)      // refused: sessions, user_sessions
	Failed(err error)          // the store failed a read in a way that ended a session; log it

	HeadsChecked(took time.Duration) // every log served here was compared with the store
	FoundBehind(sessions int)        // by such a comparison: their rings were lost or never sent
}

// Options are the hub's settings. The zero value is the default.
type Options struct {
	Server       string        // name and version in the welcome frame; "belfry"
	Heartbeat    time.Duration // 25 s
	MaxSessions  int           // in all; 0: no limit
	MaxPerUser   int           // of one user; 0: 50
	StallTimeout time.Duration // 10 min without a byte taken: dead
	Presence     bool          // tell a user's own topic followers of joins and leaves by signals
	Workers      int           // delivery goroutines at most; 0: GOMAXPROCS, at least 2
	Readers      int           // goroutines for sessions that must read a store which may keep them waiting; 0: the workers read
	TailEntries  int           // encoded shared entries kept in memory; 4,096

	// CheckEvery is how often the heads of all logs served here are compared with
	// the store; see heads.go. 0: never, no other process writes to the store.
	CheckEvery time.Duration
}
