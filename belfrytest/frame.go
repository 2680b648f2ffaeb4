package belfrytest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"belfry"
)

// Frame is one frame from the server, of any kind: what docs/protocol.md writes
// down, member for member.
type Frame struct {
	Cursor     string            `json:"cursor"`
	Type       string            `json:"type"`
	Op         string            `json:"op"`
	Item       json.RawMessage   `json:"item"`
	Items      []json.RawMessage `json:"items"`
	All        bool              `json:"all"`
	Action     belfry.Action     `json:"action"`
	UpTo       belfry.Position   `json:"upTo"`
	ReceiptRev belfry.Rev        `json:"receiptRev"`
	At         belfry.Time       `json:"at"`
	Counts     *belfry.Counts    `json:"counts"`
	Topic      belfry.Topic      `json:"topic"`
	From       json.RawMessage   `json:"from"`
	Born       struct {
		P *belfry.Rev `json:"p"`
		S *belfry.Rev `json:"s"`
	} `json:"born"`
	Reset      bool             `json:"reset"`
	Resumed    bool             `json:"resumed"`
	Follows    []frameFollow    `json:"follows"`
	Watermarks []frameWatermark `json:"watermarks"`
}

type frameFollow struct {
	Topic belfry.Topic `json:"topic"`
	From  *belfry.Rev  `json:"from"`
}

type frameWatermark struct {
	Action     belfry.Action   `json:"action"`
	UpTo       belfry.Position `json:"upTo"`
	ReceiptRev belfry.Rev      `json:"receiptRev"`
	At         belfry.Time     `json:"at"`
}

func (f frameWatermark) watermark() (belfry.Watermark, error) {
	kind, ok := f.Action.Watermark()
	if !ok || f.ReceiptRev == 0 {
		return belfry.Watermark{}, fmt.Errorf("no watermark: %+v", f)
	}
	return belfry.Watermark{Kind: kind, Position: f.UpTo, Rev: f.ReceiptRev, At: f.At}, nil
}

// frameItem is an item as it stands in a frame or a page: its own members, and
// the content beside them.
type frameItem struct {
	ID           belfry.ID     `json:"id"`
	Rev          belfry.Rev    `json:"rev"`
	Born         belfry.Rev    `json:"born"`
	To           belfry.Target `json:"to"`
	Inbox        *bool         `json:"inbox"`
	CreatedAt    belfry.Time   `json:"createdAt"`
	DeliveredAt  belfry.Time   `json:"deliveredAt"`
	ReceiptRev   belfry.Rev    `json:"receiptRev"`
	SeenAt       belfry.Time   `json:"seenAt"`
	ReadAt       belfry.Time   `json:"readAt"`
	ArchivedAt   belfry.Time   `json:"archivedAt"`
	SnoozedUntil belfry.Time   `json:"snoozedUntil"`
}

func (f frameItem) receipt() belfry.Receipt {
	return belfry.Receipt{Rev: f.ReceiptRev, SeenAt: f.SeenAt, ReadAt: f.ReadAt, ArchivedAt: f.ArchivedAt, SnoozedUntil: f.SnoozedUntil}
}

// ParseItem reads an item as clients see it.
func ParseItem(raw []byte) (belfry.Item, error) {
	var f frameItem
	if err := json.Unmarshal(raw, &f); err != nil {
		return belfry.Item{}, err
	}
	if f.ID == "" || f.Born == 0 || f.Rev < f.Born {
		return belfry.Item{}, fmt.Errorf("an item needs id and 0 < born ≤ rev: %s", raw)
	}
	return belfry.Item{
		ID: f.ID, Topic: f.To.Topic, Shared: f.To.Shared(), Born: f.Born, Rev: f.Rev,
		CreatedAt: f.CreatedAt, DeliveredAt: f.DeliveredAt, Content: bytes.Clone(raw),
		Receipt: f.receipt(), SubscribedOnly: f.Inbox != nil && !*f.Inbox,
	}, nil
}

func parseItems(raw []json.RawMessage) ([]belfry.Item, error) {
	items := make([]belfry.Item, len(raw))
	for i := range raw {
		var err error
		if items[i], err = ParseItem(raw[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// Frame processes one frame's body. An error says how the frame breaks the
// protocol; a frame type it does not know is ignored, as clients do.
func (r *Replica) Frame(body []byte) error {
	var f Frame
	if err := json.Unmarshal(body, &f); err != nil {
		return fmt.Errorf("%w: %s", err, body)
	}
	if err := r.frame(&f); err != nil {
		return fmt.Errorf("%w: %s", err, body)
	}
	return nil
}

func (r *Replica) frame(f *Frame) error {
	if f.Cursor == "" {
		return nil // answers, signals, bye: no state
	}
	to, err := belfry.ParseCursor(f.Cursor)
	if err != nil {
		return err
	}
	if r.Cursor != "" && f.Type != "welcome" && (to.P < r.At.P || to.S < r.At.S) {
		return fmt.Errorf("the position fell from %+v to %+v", r.At.Position, to.Position)
	}
	items, err := parseItems(f.Items)
	if err != nil && f.Type != "receipts" {
		return err
	}
	switch f.Type {
	case "welcome":
		err = r.welcome(f, items)
	case "notification":
		err = r.notification(f)
	case "notifications":
		for _, it := range items {
			r.arrive(it)
		}
	case "receipts":
		err = r.receipts(f)
	case "follow":
		err = r.followed(f, items)
	case "trim":
		if f.Born.P != nil {
			r.trim(false, *f.Born.P)
		}
		if f.Born.S != nil {
			r.trim(true, *f.Born.S)
		}
	case "counts":
		err = r.absolute(f, to)
	case "live":
		r.Live = true
	}
	r.move(to)
	return err
}

func (r *Replica) welcome(f *Frame, items []belfry.Item) error {
	r.Live = false
	r.follows = map[belfry.Topic]belfry.Rev{}
	for _, t := range f.Follows {
		if t.From != nil {
			r.follows[t.Topic] = *t.From
		}
	}
	if f.Resumed {
		return nil
	}
	if f.Counts == nil {
		return fmt.Errorf("a snapshot without counts")
	}
	var marks belfry.Watermarks
	for _, m := range f.Watermarks {
		w, err := m.watermark()
		if err != nil {
			return err
		}
		marks[w.Kind] = w
	}
	r.reset(items, marks, *f.Counts)
	return nil
}

func (r *Replica) notification(f *Frame) error {
	it, err := ParseItem(f.Item)
	if err != nil {
		return err
	}
	switch f.Op {
	case "removed":
		r.remove(it.ID)
		return nil
	case "created", "updated":
		if (f.Op == "created") != (it.Rev == it.Born) {
			return fmt.Errorf("op %s at rev %d, born %d", f.Op, it.Rev, it.Born)
		}
		r.arrive(it)
		return nil
	}
	return fmt.Errorf("unknown op")
}

func (r *Replica) receipts(f *Frame) error {
	if f.All {
		w, err := frameWatermark{f.Action, f.UpTo, f.ReceiptRev, f.At}.watermark()
		if err == nil {
			r.watermark(w)
		}
		return err
	}
	for _, raw := range f.Items {
		var it frameItem
		if err := json.Unmarshal(raw, &it); err != nil {
			return err
		}
		if it.ID == "" || it.ReceiptRev == 0 {
			return fmt.Errorf("a receipt needs id and receiptRev")
		}
		receipt := it.receipt()
		receipt.At = it.DeliveredAt
		r.receipt(it.ID, receipt)
	}
	return nil
}

func (r *Replica) followed(f *Frame, items []belfry.Item) error {
	if f.Topic == "" || len(f.From) == 0 {
		return fmt.Errorf("a follow needs topic and from")
	}
	var from *belfry.Rev
	if err := json.Unmarshal(f.From, &from); err != nil {
		return err
	}
	if from == nil {
		r.follow(f.Topic, false, 0, nil)
	} else {
		r.follow(f.Topic, true, *from, items)
	}
	return nil
}

func (r *Replica) absolute(f *Frame, to belfry.Cursor) error {
	if f.Counts == nil {
		return fmt.Errorf("a counts frame without counts")
	}
	if f.Counts.Position != to.Position {
		return fmt.Errorf("counts of %+v under a cursor at %+v", f.Counts.Position, to.Position)
	}
	if r.Off != RuleAbsolute {
		r.Counts = *f.Counts
	}
	return nil
}
