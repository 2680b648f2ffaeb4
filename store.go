package belfry

import (
	"context"
	"time"
)

// Store is the database: it keeps the logs and answers for promises P1, P2 and
// P5. It knows tables and calls the rules of this package (Effective, Counted,
// Action.Apply, Patch.Apply, Lineage); it decides none. Everything it promises
// is tested by belfrytest.TestStore.
//
// Every method may be called at any time from any goroutine. A context bounds
// the waiting of its caller only: a change that was taken into a commit is
// finished whatever becomes of the caller, who then gets CodeOutcomeUnknown.
// Errors are *Error with these codes, whatever the method: CodeUnavailable when
// the database cannot be reached or takes no write (a full disk), with nothing
// changed; CodeOutcomeUnknown when it went away around a commit.
type Store interface {
	Writer
	Reader
	Directory
	// Close finishes what was taken, releases the database and returns. Calls
	// after it get CodeUnavailable.
	Close() error
}

// Writer changes the logs. Each change takes the next revision of its log, one
// revision a changed row, inside its own transaction; what waits together is
// committed together, applied one after the other, and one that fails leaves
// its neighbours alone. A call returns only after its commit is on disk (P1).
type Writer interface {
	// Append stores publications: results in order, one each, never fewer. A
	// publication is atomic over its recipients; the slice is not. Recipients
	// never met before get their log (see User.From). One whose DeliverAt lies
	// ahead is kept aside until Sweep. A shared one with Except also writes a
	// hidden receipt into each excepted user's log, in the same transaction.
	//
	// Content.CollapseKey: a private one replaces the recipient's older item of
	// the same key if that is alive, visible and unread: the row keeps its item ID and
	// gets the new content, a new Born, Rev and DeliveredAt and an empty receipt.
	// A shared one replaces the topic's older item of that key for everybody:
	// death of the old and birth of the new, two revisions.
	//
	// Publication.Key: kept at least 24 h. The same key with the same Hash gives
	// the first result with Replayed; with another Hash CodeIdempotencyReused.
	//
	// Within a log DeliveredAt is max(now, last + 1 ms): it runs with Born. An
	// append that takes a private log above RetentionItems by a tenth trims it
	// to RetentionItems in the same transaction: one Trim row, one revision.
	Append(ctx context.Context, pubs []Publication) []Published

	// Edit applies the patch to a notification in every inbox it reached (or to
	// its schedule). Rev moves, Born and receipts do not. CodeNotFound for an ID
	// never seen, CodeGone when every copy is dead; CodeInvalid from Patch.Apply.
	Edit(ctx context.Context, id ID, patch Patch) (Standing, error)

	// Retract ends a notification in every inbox, or cancels a scheduled one;
	// Standing.Status says which. Retracting twice is not an error.
	Retract(ctx context.Context, id ID) (Standing, error)

	// Mark applies a valid mark. What it would not change takes no revision. A
	// plain "all" is one Watermark row at min(UpTo, head) in both logs; a scoped
	// mark (Mark.Scoped) is expanded under the user's lock to at most MaxMarkIDs
	// items, oldest first. Items born after UpTo are left alone. An item the user
	// cannot see is refused as CodeNotFound and gets no row; a dead one as
	// CodeGone; one born after UpTo as CodeConflict. CodeInvalid with field
	// /upTo when the cursor is not of this user's logs.
	Mark(ctx context.Context, user UserID, m Mark) (Marked, error)

	// Follow ties users to a topic (on) or unties them, one revision for each
	// user for whom that is new; From is the shared head. Following what is
	// followed changes nothing. At most MaxFollows topics a user: CodeInvalid.
	Follow(ctx context.Context, users []UserID, topic Topic, on bool) error

	// Sweep turns due things into changes: deliverAt, expiresAt, ends of
	// snoozes, retention by age (a Trim row a log, not more than hourly for the
	// shared one), forgotten idempotency keys. It does a bounded amount of work;
	// more says that there is more to do now. Safe to call from several
	// processes: each due thing is claimed in the transaction that performs it.
	Sweep(ctx context.Context) (more bool, err error)

	// OnCommit sets the function that is told of every commit, in commit order,
	// after it is on disk and before the callers in it are answered. It must not
	// block and must not call the Store. Set it before the first write.
	OnCommit(ring func([]Ring))
}

// Reader reads the logs. Each call sees one snapshot of the whole database.
type Reader interface {
	// Open begins a session: with a cursor that fits it resumes, else it takes a
	// fresh snapshot. A user never met before gets a log (a write).
	Open(ctx context.Context, user UserID, q OpenQuery) (Opening, error)

	// Changes reads what lies above a position, in one snapshot of both logs.
	Changes(ctx context.Context, user UserID, q ChangesQuery) (Changes, error)

	// Shared reads the shared log above a revision for everybody: at most limit
	// entries in revision order. An item that has changed since stands at its last
	// revision only, so what is below the last entry of a page is not all there was.
	Shared(ctx context.Context, after Rev, limit int) (SharedPage, error)

	// List reads a page of the inbox, newest first by (Item.At, ID).
	List(ctx context.Context, user UserID, q ListQuery) (List, error)

	// Counts counts the inbox at the head of both logs, and apart for each of
	// the types asked for.
	Counts(ctx context.Context, user UserID, types []Type) (CountsByType, error)

	// Standing says where a notification stands. CodeNotFound when unknown.
	Standing(ctx context.Context, id ID) (Standing, error)

	// Heads says, in the order asked, how far the private logs of at most MaxHeads
	// users have come: what a node asks again and again for all whom it serves,
	// because a ring may be lost. One look-up by name each and nothing more; a
	// user never met has the zero Head and is not met by this.
	Heads(ctx context.Context, users []UserID) ([]Head, error)
}

// Directory knows users.
type Directory interface {
	// User says what is known of a user. CodeNotFound before first contact.
	User(ctx context.Context, user UserID) (User, error)
	// PutUser makes sure the user exists. A since moves the user's start: the
	// broadcasts delivered before it are not in the inbox. Moving the start of an
	// existing user redraws the log's nonce with no ancestors, so that every
	// cursor gets a reset; since 0 changes nothing.
	PutUser(ctx context.Context, user UserID, since Time) (User, error)
	// Logout refuses tokens issued up to now, to the millisecond: those from
	// User.TokensFrom on are taken.
	Logout(ctx context.Context, user UserID) (User, error)
	// Touch notes when users were last online. Best effort, one transaction.
	Touch(ctx context.Context, seen map[UserID]Time) error
	// Topics lists what a user follows, by name.
	Topics(ctx context.Context, user UserID) ([]Follow, error)
	// Followers lists who follows a topic, by name, after a name ("" the first).
	Followers(ctx context.Context, topic Topic, after UserID, limit int) ([]UserID, error)
}

// Keyring keeps the API keys of backends. Secrets are kept as hashes only.
type Keyring interface {
	AddKey(ctx context.Context, k Key) error
	Keys(ctx context.Context) ([]Key, error)
	// Key finds a key by its public ID; CodeNotFound when there is none.
	Key(ctx context.Context, id string) (Key, error)
	// RevokeKey ends a key for good; CodeNotFound when there is none.
	RevokeKey(ctx context.Context, id string) error
}

// Limits of a user and a session.
const (
	MaxFollows    = 200 // topics a user follows
	MaxSubscribes = 50  // topics a session subscribes
	MaxItems      = 100 // items in one page or welcome
)

// Rules are the settings that a Store needs. The zero value is the default.
type Rules struct {
	RetentionDays    int              // 90; items delivered longer ago are trimmed
	RetentionItems   int              // 1,000 a user in the private log
	BroadcastBacklog time.Duration    // 7 days; see User.From
	Now              func() time.Time // time.Now; a test sets its own clock (PostgreSQL: its own clock in production)
}

// WithDefaults fills what is zero.
func (r Rules) WithDefaults() Rules {
	if r.RetentionDays == 0 {
		r.RetentionDays = 90
	}
	if r.RetentionItems == 0 {
		r.RetentionItems = 1000
	}
	if r.BroadcastBacklog == 0 {
		r.BroadcastBacklog = 7 * 24 * time.Hour
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	return r
}

// Publication is a validated draft on its way to the log.
type Publication struct {
	Draft
	ID        ID
	CreatedAt Time
	Encoded   []byte   // Content.Encode
	Key       string   // idempotency key; "" none
	Hash      [32]byte // of the request's body, to tell another body under the same key
}

// Published is what became of one publication.
type Published struct {
	ID       ID   // of the first one, when Replayed
	Replayed bool // the key was known: nothing was stored now
	Status   Status
	Err      error // nil, or an *Error; then nothing was stored
}

// Status is where a notification stands.
type Status string

// The statuses.
const (
	StatusScheduled Status = "scheduled"
	StatusDelivered Status = "delivered"
	StatusRetracted Status = "retracted" // also when expired, collapsed or trimmed away
	StatusCanceled  Status = "canceled"  // retracted before it was delivered
)

// Standing is a notification as its backend sees it.
type Standing struct {
	ID          ID
	Status      Status
	To          Target // Users in no particular order; those whose copy was trimmed are missing
	Content     Content
	CreatedAt   Time
	DeliverAt   Time // of a scheduled one
	DeliveredAt Time // the first copy's
}

// User is what is known of a user.
type User struct {
	ID         UserID
	From       Rev  // broadcasts born above this shared revision are in the inbox: at first contact the last one older than Rules.BroadcastBacklog
	Since      Time // first contact
	LastSeenAt Time // last online; 0: never
	TokensFrom Time // tokens issued before this are refused; 0: none are
	Counts     Counts
}

// Key is one API key.
type Key struct {
	ID        string   // public part, 12 characters
	Hash      [32]byte // SHA-256 of the whole key
	Name      string
	Scopes    []string // publish, tokens, read, admin
	CreatedAt Time
	RevokedAt Time
}

// OpenQuery says how a session begins.
type OpenQuery struct {
	Cursor *Cursor // where the client stands; nil: nowhere
	Items  int     // newest items wanted in a fresh snapshot, 0 to MaxItems
	Filter Filter
	Since  Time // start of a user never met before, by the token's claim; 0: the default
}

// Opening is how a session begins.
type Opening struct {
	Cursor     Cursor   // resumed: the client's position under today's names; else both heads
	Resumed    bool     // the cursor fitted: read on from it with Changes
	Follows    []Follow // as of Cursor.P: rows whose Rev is above it are not in it
	TokensFrom Time
	// Complete says of a resumed one that Private are all rows of the private log above
	// Cursor.P, as Changes gives them: whoever knows the shared log up to Counts.S
	// needs no Changes. It is not when they are many, or topics were followed.
	Complete bool
	Private  []Change
	// Counts at both heads, and Own, the private log's part of them: when not
	// resumed, or when Complete.
	Counts, Own Counts
	// The rest only when not resumed; all of it at Cursor.
	Items      []Item
	Watermarks Watermarks // for clients that decide Effective themselves
}

// ChangesQuery is a position to read on from.
type ChangesQuery struct {
	From       Cursor  // names the logs: a log redrawn without memory of it is a Reset
	Subscribed []Topic // read beside what the user follows
	Limit      int     // rows at most in each log; 0: 200
}

// Changes is what lies above a position: first Shared, then Private. All of it
// is of one snapshot whose heads are Head; receipts are effective at Head.
type Changes struct {
	// Shared are the rows of the shared log with From.S < Rev, seen by a user
	// who follows what was followed at From.P, plus Subscribed. SharedTo is the
	// position after them: Head.S, or less when the limit was reached.
	Shared   []Change
	SharedTo Rev
	// Private are the rows of the private log with From.P < Rev, in order.
	// PrivateTo is the position after them.
	Private   []Change
	PrivateTo Rev
	Head      Cursor
	// Counts at Head, exact; Own is the private log's part of them.
	Counts, Own Counts
	// Reset says that the position cannot be read on from (a follow's backfill
	// is too large, or the log was redrawn): open anew.
	Reset bool
}

// Change is one row of a log in its current state. Exactly one of the pointers is set.
type Change struct {
	Rev       Rev        // in the log it was read from
	Item      *Item      // an item of this log: created, edited, marked (private) or dead
	Receipt   *Item      // private log only: the receipt of a shared item
	Watermark *Watermark // private log only
	Follow    *Follow    // private log only
	Trim      *Trim
}

// Barrier is the shared position a session must have reached before it sends
// this private row: a receipt must not overtake its item.
func (c Change) Barrier() Rev {
	switch {
	case c.Receipt != nil:
		return c.Receipt.Born
	case c.Watermark != nil:
		return c.Watermark.S
	case c.Follow != nil:
		return c.Follow.Head
	}
	return 0
}

// Follow is the row that ties a user to a topic. Whoever passes it drops all
// held of the topic and takes Items.
type Follow struct {
	Topic Topic
	On    bool
	From  Rev // shared items born above this are in the inbox
	Rev   Rev // private revision
	At    Time
	Items []Item // in Changes: the live items born above From, up to Head, with receipts
	Head  Rev    // in Changes: the shared position of Items
}

// MaxBackfill is how many items a Follow carries; above it the reader is told Reset.
const MaxBackfill = 1000

// Trim is the row that retention writes: items of this log born up to Born are
// no more.
type Trim struct {
	Shared bool
	Born   Rev
	Rev    Rev
}

// SharedPage is a stretch of the shared log, for everybody.
type SharedPage struct {
	Entries []SharedEntry
	Log     Lineage // of the shared log, in the same snapshot
}

// SharedEntry is one row of the shared log without anybody's receipt.
type SharedEntry struct {
	Change
	Except []UserID // users who do not get the item
}

// Head is the end of a user's private log.
type Head struct {
	Nonce      uint32 // the log's name
	Rev        Rev
	TokensFrom Time // as in User: sessions of older tokens are to end
}

// MaxHeads is how many users one Heads asks for.
const MaxHeads = 500

// ListQuery asks for a page of the inbox.
type ListQuery struct {
	Filter Filter
	Types  []Type
	Topic  Topic
	Group  string
	After  string // List.Next of the page before; "" the first
	Limit  int    // 1 to MaxItems
}

// List is a page of the inbox.
type List struct {
	Items  []Item
	Next   string // "" when this was the last
	Counts Counts
	Cursor Cursor
}

// CountsByType are counts at one position.
type CountsByType struct {
	Counts
	Types  map[Type]Counts
	Cursor Cursor
}
