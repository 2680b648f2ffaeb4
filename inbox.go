package belfry

import "strconv"

// Item is one notification in one inbox, with its receipt. In the shared log an
// item is the same row for everybody and only the receipt is the user's.
type Item struct {
	ID             ID
	Topic          Topic   // of a shared item; TopicAll for a broadcast
	Shared         bool    // lives in the shared log
	Born           Rev     // revision at which it entered its log
	Rev            Rev     // revision, in its log, of its last change of content (a death is one)
	Dead           bool    // retracted, expired or collapsed: only ID, Born, Rev and Topic matter
	CreatedAt      Time    // when it was published
	DeliveredAt    Time    // since when it is visible; the order of an inbox, then ID
	Content        []byte  // JSON object, as Content.Encode wrote it
	Receipt        Receipt // effective
	SubscribedOnly bool    // seen through subscribe, not follow: in no inbox and no count
}

// Pure says that the row is as it entered its log: a creation that nobody has
// touched, which may travel encoded once.
func (it *Item) Pure() bool { return it.Rev == it.Born && !it.Dead && it.Receipt == (Receipt{}) }

// At is the item's place in the inbox: when it came back from a snooze, else
// when it was delivered.
func (it *Item) At() Time {
	if it.Receipt.At != 0 {
		return it.Receipt.At
	}
	return it.DeliveredAt
}

// AppendJSON appends the item as every client sees it: flat, content last.
func (it *Item) AppendJSON(b []byte, user UserID) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, it.ID...)
	b = append(b, `","rev":`...)
	b = strconv.AppendInt(b, int64(it.Rev), 10)
	b = append(b, `,"born":`...)
	b = strconv.AppendInt(b, int64(it.Born), 10)
	b = it.appendTo(b, user)
	if it.SubscribedOnly {
		b = append(b, `,"inbox":false`...)
	}
	if it.Dead || !it.Receipt.Visible() {
		return append(b, '}')
	}
	b = append(b, `,"createdAt":`...)
	b = it.CreatedAt.AppendJSON(b)
	b = append(b, `,"deliveredAt":`...)
	b = it.At().AppendJSON(b)
	b = it.Receipt.appendFields(b)
	if len(it.Content) > 2 {
		b = append(b, ',')
		b = append(b, it.Content[1:]...)
		return b
	}
	return append(b, '}')
}

func (it *Item) appendTo(b []byte, user UserID) []byte {
	switch {
	case !it.Shared:
		b = append(b, `,"to":{"user":`...)
		b = AppendJSONString(b, string(user))
		return append(b, '}')
	case it.Topic == TopicAll:
		return append(b, `,"to":{"all":true}`...)
	}
	b = append(b, `,"to":{"topic":"`...)
	b = append(b, it.Topic...)
	return append(b, `"}`...)
}

// appendFields appends the members of a receipt that are set, each with a
// leading comma.
func (r *Receipt) appendFields(b []byte) []byte {
	if r.Rev != 0 {
		b = append(b, `,"receiptRev":`...)
		b = strconv.AppendInt(b, int64(r.Rev), 10)
	}
	for _, f := range [...]struct {
		name string
		at   Time
	}{{`,"seenAt":`, r.SeenAt}, {`,"readAt":`, r.ReadAt}, {`,"archivedAt":`, r.ArchivedAt}, {`,"snoozedUntil":`, r.SnoozedUntil}} {
		if f.at != 0 {
			b = append(b, f.name...)
			b = f.at.AppendJSON(b)
		}
	}
	return b
}

// AppendReceiptJSON appends the item's receipt alone, as the receipts frame
// carries it: absent members mean null.
func (it *Item) AppendReceiptJSON(b []byte) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, it.ID...)
	b = append(b, '"')
	if it.Receipt.At != 0 {
		b = append(b, `,"deliveredAt":`...)
		b = it.Receipt.At.AppendJSON(b)
	}
	b = it.Receipt.appendFields(b)
	return append(b, '}')
}

// Counts are exact, uncapped, and true at the position they carry.
type Counts struct {
	Unread int64 `json:"unread"`
	Unseen int64 `json:"unseen"`
	Position
}

// AppendJSON appends {"unread","unseen","p","s"}.
func (c Counts) AppendJSON(b []byte) []byte {
	b = append(b, `{"unread":`...)
	b = strconv.AppendInt(b, c.Unread, 10)
	b = append(b, `,"unseen":`...)
	b = strconv.AppendInt(b, c.Unseen, 10)
	b = append(b, `,"p":`...)
	b = strconv.AppendInt(b, int64(c.P), 10)
	b = append(b, `,"s":`...)
	b = strconv.AppendInt(b, int64(c.S), 10)
	return append(b, '}')
}

// Filter is a view of the inbox. The zero value is everything that is neither
// archived, snoozed, deleted nor excepted.
type Filter string

// The filters.
const (
	FilterInbox    Filter = ""
	FilterUnread   Filter = "unread"
	FilterArchived Filter = "archived"
	FilterSnoozed  Filter = "snoozed"
)

// Validate says what is wrong with the filter, or nil.
func (f Filter) Validate() error {
	switch f {
	case FilterInbox, FilterUnread, FilterArchived, FilterSnoozed:
		return nil
	}
	return Errorf(CodeInvalid, "a filter is unread, archived or snoozed; leave it out for the inbox")
}

// Admits says whether an item with this effective receipt is in the view.
func (f Filter) Admits(r Receipt) bool {
	if !r.Visible() {
		return false
	}
	switch f {
	case FilterArchived:
		return r.ArchivedAt != 0
	case FilterSnoozed:
		return r.SnoozedUntil != 0 && r.ArchivedAt == 0
	}
	return r.ArchivedAt == 0 && r.SnoozedUntil == 0 && (f != FilterUnread || r.ReadAt == 0)
}

// AppendJSONString appends s as a JSON string that is also safe inside HTML and
// JavaScript. s must be valid UTF-8.
func AppendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
