package hub

import (
	"strconv"
	"time"

	"belfry"
)

// The frame kinds that the hub writes; docs/protocol.md describes each.
const (
	kindWelcome       = "welcome"
	kindNotification  = "notification"
	kindNotifications = "notifications"
	kindReceipts      = "receipts"
	kindFollow        = "follow"
	kindTrim          = "trim"
	kindCounts        = "counts"
	kindLive          = "live"
	kindSubscribed    = "subscribed"
	kindSignal        = "signal"
	kindPong          = "pong"
	kindBye           = "bye"

	kindUnsubscribe = "unsubscribe" // a command, not a frame
)

const blankCursor = `{"cursor":"--------------------------------","type":"`

// open begins the body of a frame that carries a cursor, to be written over.
func open(b []byte, kind string) []byte {
	b = append(b, blankCursor...)
	b = append(b, kind...)
	return append(b, '"')
}

// itemFrame is a notification frame. Op is created for a row as it entered its
// log, removed for one that is in the inbox no more, else updated.
func itemFrame(b []byte, it *belfry.Item, user belfry.UserID) []byte {
	b = open(b, kindNotification)
	b = append(b, `,"op":"`...)
	b = append(b, op(it)...)
	b = append(b, `","item":`...)
	b = it.AppendJSON(b, user)
	return append(b, '}')
}

func op(it *belfry.Item) string {
	switch {
	case it.Dead || !it.Receipt.Visible():
		return "removed"
	case it.Rev == it.Born:
		return "created"
	}
	return "updated"
}

// createdHead is how the frame of every creation begins, up to its item.
const createdHead = blankCursor + kindNotification + `","op":"created","item":`

// itemOf is the item inside the frame of a creation.
func itemOf(body []byte) []byte { return body[len(createdHead) : len(body)-1] }

// outsideFrame is the frame of a creation for a session that merely subscribes
// to its topic: the item is in no inbox.
func outsideFrame(b, body []byte) []byte {
	return append(append(b, body[:len(body)-2]...), `,"inbox":false}}`...)
}

// itemsFrame holds several creations, joined by commas, for a session that asked
// for batches.
func itemsFrame(b, items []byte) []byte {
	b = open(b, kindNotifications)
	b = append(b, `,"items":[`...)
	b = append(b, items...)
	return append(b, "]}"...)
}

func receiptFrame(b []byte, it *belfry.Item) []byte {
	b = open(b, kindReceipts)
	b = append(b, `,"items":[`...)
	b = it.AppendReceiptJSON(b)
	return append(b, "]}"...)
}

var watermarkActions = [belfry.WatermarkKinds]belfry.Action{
	belfry.WatermarkSeen:     belfry.ActionSeen,
	belfry.WatermarkRead:     belfry.ActionRead,
	belfry.WatermarkArchived: belfry.ActionArchive,
	belfry.WatermarkDeleted:  belfry.ActionDelete,
}

func watermarkFrame(b []byte, w *belfry.Watermark) []byte {
	b = open(b, kindReceipts)
	b = append(b, `,"all":true,`...)
	b = appendWatermark(b, w)
	return append(b, '}')
}

// appendWatermark appends the members of a watermark, without braces.
func appendWatermark(b []byte, w *belfry.Watermark) []byte {
	b = append(b, `"action":"`...)
	b = append(b, watermarkActions[w.Kind]...)
	b = append(b, `","upTo":{"p":`...)
	b = strconv.AppendInt(b, int64(w.P), 10)
	b = append(b, `,"s":`...)
	b = strconv.AppendInt(b, int64(w.S), 10)
	b = append(b, `},"receiptRev":`...)
	b = strconv.AppendInt(b, int64(w.Rev), 10)
	b = append(b, `,"at":`...)
	return w.At.AppendJSON(b)
}

func followFrame(b []byte, f *belfry.Follow, user belfry.UserID) []byte {
	b = open(b, kindFollow)
	b = append(b, ',')
	b = appendFollow(b, f)
	b = append(b, `,"items":`...)
	b = appendItems(b, f.Items, user)
	return append(b, '}')
}

// appendFollow appends "topic" and "from" (null: not followed), without braces.
func appendFollow(b []byte, f *belfry.Follow) []byte {
	b = append(b, `"topic":"`...)
	b = append(b, f.Topic...)
	b = append(b, `","from":`...)
	if !f.On {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, int64(f.From), 10)
}

func appendItems(b []byte, items []belfry.Item, user belfry.UserID) []byte {
	b = append(b, '[')
	for i := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = items[i].AppendJSON(b, user)
	}
	return append(b, ']')
}

func trimFrame(b []byte, t *belfry.Trim) []byte {
	b = open(b, kindTrim)
	if t.Shared {
		b = append(b, `,"born":{"s":`...)
	} else {
		b = append(b, `,"born":{"p":`...)
	}
	b = strconv.AppendInt(b, int64(t.Born), 10)
	return append(b, "}}"...)
}

func countsFrame(b []byte, c belfry.Counts) []byte {
	b = open(b, kindCounts)
	b = append(b, `,"counts":`...)
	b = c.AppendJSON(b)
	return append(b, '}')
}

func bareFrame(b []byte, kind string) []byte { return append(open(b, kind), '}') }

func subscribedFrame(b []byte, topic belfry.Topic, ref string) []byte {
	b = open(b, kindSubscribed)
	b = append(b, `,"topic":"`...)
	b = append(b, topic...)
	b = append(b, '"')
	b = appendRef(b, ref)
	return append(b, '}')
}

func okFrame(ref string) []byte {
	b := append([]byte(nil), `{"type":"ok"`...)
	return append(appendRef(b, ref), '}')
}

func appendRef(b []byte, ref string) []byte {
	if ref == "" {
		return b
	}
	b = append(b, `,"ref":`...)
	return belfry.AppendJSONString(b, ref)
}

func signalFrame(sig *belfry.Signal) []byte {
	b := append([]byte(nil), `{"type":"signal"`...)
	if sig.From != "" {
		b = append(b, `,"from":`...)
		b = belfry.AppendJSONString(b, string(sig.From))
	}
	b = append(b, `,"to":`...)
	b = belfry.AppendJSONString(b, sig.To.String())
	b = append(b, `,"name":`...)
	b = belfry.AppendJSONString(b, sig.Name)
	if len(sig.Data) > 0 {
		b = append(b, `,"data":`...)
		b = append(b, sig.Data...)
	}
	return append(b, '}')
}

// byeFrame says why the session ends and when to come back, in milliseconds.
func byeFrame(code belfry.Code, retryAfter time.Duration) []byte {
	b := append([]byte(nil), `{"type":"bye","code":"`...)
	b = append(b, code...)
	b = append(b, '"')
	if belfry.Codes[code].Retry {
		b = append(b, `,"retryAfter":`...)
		b = strconv.AppendInt(b, retryAfter.Milliseconds(), 10)
	}
	return append(b, '}')
}

// welcomeFrame opens a session. A resumed one carries no counts and no items:
// both follow with the replay.
func (s *Session) welcomeFrame(b []byte, o *belfry.Opening, reset bool) []byte {
	b = open(b, kindWelcome)
	b = append(b, `,"protocol":1,"server":`...)
	b = belfry.AppendJSONString(b, s.hub.opts.Server)
	b = append(b, `,"session":"`...)
	b = append(b, s.ID()...)
	b = append(b, `","user":`...)
	b = belfry.AppendJSONString(b, string(s.user))
	b = append(b, `,"resumed":`...)
	b = strconv.AppendBool(b, o.Resumed)
	b = append(b, `,"reset":`...)
	b = strconv.AppendBool(b, reset)
	b = append(b, `,"heartbeat":`...)
	b = strconv.AppendInt(b, int64(s.hub.opts.Heartbeat/time.Second), 10)
	if s.expiresAt != 0 {
		b = append(b, `,"tokenExpiresAt":`...)
		b = s.expiresAt.AppendJSON(b)
	}
	b = append(b, `,"follows":[`...)
	for i := range o.Follows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendFollow(append(b, '{'), &o.Follows[i]), '}')
	}
	b = append(b, ']')
	if !o.Resumed {
		b = appendSnapshot(b, o, s.user)
	}
	return append(b, '}')
}

func appendSnapshot(b []byte, o *belfry.Opening, user belfry.UserID) []byte {
	b = append(b, `,"counts":`...)
	b = o.Counts.AppendJSON(b)
	b = append(b, `,"watermarks":[`...)
	sep := ""
	for i := range o.Watermarks {
		if w := &o.Watermarks[i]; w.Rev != 0 {
			b = append(b, sep...)
			b = append(appendWatermark(append(b, '{'), w), '}')
			sep = ","
		}
	}
	b = append(b, `],"items":`...)
	return appendItems(b, o.Items, user)
}
