package client

import (
	"encoding/json"

	"belfry"
)

// Frame is one frame from the server, alike on every transport.
type Frame struct {
	Type   string
	Cursor string // position after this frame; "" when it changes no state
	Raw    json.RawMessage

	// Body is the frame's content: *Welcome, *Notification, *Notifications,
	// *Receipts, *Follow, *Trim, *CountsChanged, *Live, *Subscribed, *Signal,
	// *Pong, *OK, *Refused or *Bye; nil for a type this package does not know,
	// which is to be ignored.
	Body any
}

// Welcome opens a session. One that resumed has neither counts nor items: both
// follow with the replay. One that did not replaces everything that is held.
type Welcome struct {
	Protocol       int           `json:"protocol"`
	Server         string        `json:"server"`
	Session        string        `json:"session"`
	User           belfry.UserID `json:"user"`
	Resumed        bool          `json:"resumed"`
	Reset          bool          `json:"reset"` // the cursor did not fit: forget what is held
	Counts         belfry.Counts `json:"counts"`
	Follows        []Following   `json:"follows"`
	Watermarks     []Watermark   `json:"watermarks"`
	Items          []Item        `json:"items"`     // newest first
	Heartbeat      int           `json:"heartbeat"` // seconds
	TokenExpiresAt belfry.Time   `json:"tokenExpiresAt"`
}

// Following is a topic that counts in the inbox.
type Following struct {
	Topic belfry.Topic `json:"topic"`
	From  *belfry.Rev  `json:"from"` // items born above this; nil: not followed
}

// Notification is one item that was created, updated or removed. An item of a
// later Rev replaces one that is held.
type Notification struct {
	Op   string `json:"op"`
	Item Item   `json:"item"`
}

// Notifications are several creations at once, for a session that asked for
// StreamOptions.Batch.
type Notifications struct {
	Items []Item `json:"items"`
}

// Item is one notification in one inbox, with its receipt. Of a removed one
// only ID, Rev, Born and To are there.
type Item struct {
	ID          belfry.ID     `json:"id"`
	Rev         belfry.Rev    `json:"rev"`
	Born        belfry.Rev    `json:"born"`
	To          belfry.Target `json:"to"`
	Inbox       *bool         `json:"inbox,omitempty"` // false: seen through a subscription, in no inbox and no count
	CreatedAt   belfry.Time   `json:"createdAt,omitzero"`
	DeliveredAt belfry.Time   `json:"deliveredAt,omitzero"`
	Receipt
	belfry.Content
}

// Receipt is what the user did with an item; a zero time is "not".
type Receipt struct {
	ReceiptRev   belfry.Rev  `json:"receiptRev,omitempty"`
	SeenAt       belfry.Time `json:"seenAt,omitzero"`
	ReadAt       belfry.Time `json:"readAt,omitzero"`
	ArchivedAt   belfry.Time `json:"archivedAt,omitzero"`
	SnoozedUntil belfry.Time `json:"snoozedUntil,omitzero"`
}

// Receipts are marks made here or elsewhere: of the Items, or, when All, of
// everything that the Watermark covers.
type Receipts struct {
	All bool `json:"all"`
	Watermark
	Items []ItemReceipt `json:"items"`
}

// ItemReceipt replaces an item's receipt.
type ItemReceipt struct {
	ID          belfry.ID   `json:"id"`
	DeliveredAt belfry.Time `json:"deliveredAt"` // of one that came back from a snooze
	Receipt
}

// Watermark marks every item born up to UpTo, in its own log, whose receipt is
// no younger than UpTo.P.
type Watermark struct {
	Action     belfry.Action   `json:"action"`
	UpTo       belfry.Position `json:"upTo"`
	ReceiptRev belfry.Rev      `json:"receiptRev"`
	At         belfry.Time     `json:"at"`
}

// Follow says that a topic was followed (Items replace all that is held of it)
// or, with a nil From, is followed no more (drop all that is held of it).
type Follow struct {
	Following
	Items []Item `json:"items"`
}

// Trim is retention: drop what was born, in its log, up to the position.
type Trim struct {
	Born belfry.Position `json:"born"`
}

// CountsChanged are the counts at their position.
type CountsChanged struct {
	Counts belfry.Counts `json:"counts"`
}

// Live says that the replay is over: what comes now happens now.
type Live struct{}

// Subscribed answers that a topic is subscribed by this session.
type Subscribed struct {
	Topic belfry.Topic `json:"topic"`
	Ref   string       `json:"ref"`
}

// Signal is an ephemeral event.
type Signal struct {
	From belfry.UserID   `json:"from"` // "" from a backend
	To   string          `json:"to"`
	Name string          `json:"name"`
	Data json.RawMessage `json:"data"`
}

// Pong is a sign of life; its cursor moves a quiet client along.
type Pong struct{}

// OK answers a frame that was sent with a ref.
type OK struct {
	Ref string `json:"ref"`
}

// Refused is the frame "error".
type Refused struct {
	Ref    string      `json:"ref"`
	Code   belfry.Code `json:"code"`
	Field  string      `json:"field"`
	Detail string      `json:"detail"`
}

// Bye says why the server ends the session and, in milliseconds, when to come
// back.
type Bye struct {
	Code       belfry.Code `json:"code"`
	RetryAfter int64       `json:"retryAfter"`
}

var bodies = map[string]func() any{
	"welcome":       func() any { return new(Welcome) },
	"notification":  func() any { return new(Notification) },
	"notifications": func() any { return new(Notifications) },
	"receipts":      func() any { return new(Receipts) },
	"follow":        func() any { return new(Follow) },
	"trim":          func() any { return new(Trim) },
	"counts":        func() any { return new(CountsChanged) },
	"live":          func() any { return new(Live) },
	"subscribed":    func() any { return new(Subscribed) },
	"signal":        func() any { return new(Signal) },
	"pong":          func() any { return new(Pong) },
	"ok":            func() any { return new(OK) },
	"error":         func() any { return new(Refused) },
	"bye":           func() any { return new(Bye) },
}

// decodeFrame reads a frame. raw is kept.
func decodeFrame(raw []byte) (Frame, error) {
	var head struct {
		Type   string `json:"type"`
		Cursor string `json:"cursor"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Frame{}, malformedFrame(err)
	}
	f := Frame{Type: head.Type, Cursor: head.Cursor, Raw: raw}
	if body := bodies[head.Type]; body != nil {
		f.Body = body()
		if err := json.Unmarshal(raw, f.Body); err != nil {
			return Frame{}, malformedFrame(err)
		}
	}
	return f, nil
}

func malformedFrame(err error) *belfry.Error {
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: "a frame came that could not be read", Err: err}
}
