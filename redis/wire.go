package redis

import (
	"encoding/binary"

	"belfry"
)

// A payload is what is published at once:
//
//	0         1      2        10
//	| version | kind | sender | rings or a signal
//
// Numbers are varints, texts their length and their bytes. Whose rings they are
// says the subject. A node that meets a version it does not know takes the
// payload for a ring that says nothing, and reads: so nodes of two versions run
// side by side.
const (
	version   = 1
	headerLen = 2 + len(nodeID{})
)

// nodeID tells the nodes apart; it is drawn anew by each process.
type nodeID [8]byte

type kind byte

const (
	kindRings  kind = iota + 1
	kindSignal      // an ephemeral event
	kindProbe       // the sender is there
	kindDoubt       // the sender has lost what it had to ring
	kindLeave       // the sender goes and has said everything
	kindAsk         // who has sessions of this user?
	kindAnswer      // I have these
)

func (b *Bus) header(k kind) []byte {
	return append([]byte{version, byte(k)}, b.node[:]...)
}

// parseHeader splits a payload. ok is false for a version that is not known.
func parseHeader(payload string) (k kind, sender nodeID, rest []byte, ok bool) {
	if len(payload) < headerLen || payload[0] != version {
		return 0, sender, nil, false
	}
	copy(sender[:], payload[2:])
	return kind(payload[1]), sender, []byte(payload[headerLen:]), true
}

func appendRings(b []byte, rings []belfry.Ring) []byte {
	b = appendInts(b, int64(len(rings)))
	for i := range rings {
		r := &rings[i]
		b = appendInts(b, int64(r.Nonce), int64(r.Rev))
		b = appendFlags(b, r.Hint != nil)
		if r.Hint != nil {
			b = appendHint(b, r.Hint)
		}
	}
	return b
}

// parseRings reads rings of a user's log; ok is false when they are mangled.
func parseRings(b []byte, user belfry.UserID) (rings []belfry.Ring, ok bool) {
	d := decoder{rest: b}
	for n := d.int(); n > 0 && !d.bad; n-- {
		r := belfry.Ring{User: user, Nonce: uint32(d.int()), Rev: belfry.Rev(d.int())}
		if d.flags()[0] {
			r.Hint = d.hint()
		}
		rings = append(rings, r)
	}
	return rings, !d.bad
}

func appendHint(b []byte, h *belfry.Hint) []byte {
	b = appendItem(b, &h.Item)
	b = appendInts(b, h.Own.Unread, h.Own.Unseen, int64(h.Own.P), int64(h.Own.S), int64(len(h.Except)))
	for _, u := range h.Except {
		b = appendText(b, u)
	}
	return b
}

func (d *decoder) hint() *belfry.Hint {
	h := &belfry.Hint{Item: d.item()}
	h.Own = belfry.Counts{Unread: d.int(), Unseen: d.int(), Position: belfry.Position{P: belfry.Rev(d.int()), S: belfry.Rev(d.int())}}
	for n := d.int(); n > 0 && !d.bad; n-- {
		h.Except = append(h.Except, belfry.UserID(d.text()))
	}
	return h
}

func appendItem(b []byte, it *belfry.Item) []byte {
	r := &it.Receipt
	b = appendFlags(b, it.Shared, it.Dead, it.SubscribedOnly, r.Hidden)
	b = appendText(b, it.ID)
	b = appendText(b, it.Topic)
	b = appendText(b, it.Content)
	return appendInts(b, int64(it.Born), int64(it.Rev), int64(it.CreatedAt), int64(it.DeliveredAt),
		int64(r.Rev), int64(r.SeenAt), int64(r.ReadAt), int64(r.ArchivedAt), int64(r.SnoozedUntil), int64(r.DeletedAt), int64(r.At))
}

func (d *decoder) item() belfry.Item {
	is := d.flags()
	it := belfry.Item{
		Shared: is[0], Dead: is[1], SubscribedOnly: is[2],
		ID: belfry.ID(d.text()), Topic: belfry.Topic(d.text()), Content: d.text(),
		Born: belfry.Rev(d.int()), Rev: belfry.Rev(d.int()), CreatedAt: belfry.Time(d.int()), DeliveredAt: belfry.Time(d.int()),
	}
	it.Receipt = belfry.Receipt{
		Rev: belfry.Rev(d.int()), SeenAt: belfry.Time(d.int()), ReadAt: belfry.Time(d.int()), ArchivedAt: belfry.Time(d.int()),
		SnoozedUntil: belfry.Time(d.int()), DeletedAt: belfry.Time(d.int()), At: belfry.Time(d.int()), Hidden: is[3],
	}
	return it
}

func appendSignal(b []byte, s *belfry.Signal) []byte {
	b = appendFlags(b, s.To.All)
	b = appendText(b, s.To.User)
	b = appendText(b, s.To.Topic)
	b = appendText(b, s.From)
	b = appendText(b, s.Name)
	return appendText(b, s.Data)
}

func parseSignal(b []byte) (s belfry.Signal, ok bool) {
	d := decoder{rest: b}
	s.To = belfry.Target{All: d.flags()[0], User: belfry.UserID(d.text()), Topic: belfry.Topic(d.text())}
	s.From, s.Name, s.Data = belfry.UserID(d.text()), string(d.text()), d.text()
	return s, !d.bad
}

func appendInts(b []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func appendText[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(appendInts(b, int64(len(text))), text...)
}

func appendFlags(b []byte, flags ...bool) []byte {
	var bits byte
	for i, on := range flags {
		if on {
			bits |= 1 << i
		}
	}
	return append(b, bits)
}

// decoder reads what the append functions wrote. After the first thing that
// cannot be read it is bad and gives zero values.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// text is nil when it is empty. It is a part of the payload and must not be
// changed.
func (d *decoder) text() []byte {
	n := d.int()
	if n < 0 || n > int64(len(d.rest)) {
		d.bad, d.rest = true, nil
	}
	if d.bad || n == 0 {
		return nil
	}
	text := d.rest[:n:n]
	d.rest = d.rest[n:]
	return text
}

func (d *decoder) flags() (on [8]bool) {
	if len(d.rest) == 0 {
		d.bad = true
		return on
	}
	for i := range on {
		on[i] = d.rest[0]&(1<<i) != 0
	}
	d.rest = d.rest[1:]
	return on
}
