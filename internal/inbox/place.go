package inbox

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"belfry"
)

// Compare orders an inbox: newest first by (At, ID).
func Compare(a, b *belfry.Item) int {
	if c := cmp.Compare(b.At(), a.At()); c != 0 {
		return c
	}
	return strings.Compare(string(b.ID), string(a.ID))
}

// Place is where a page ended: the last item's place in the order, and how far
// down each log the walk had come. Items delivered in a log come in order of
// born; only those back from a snooze need the time.
type Place struct {
	At   belfry.Time
	ID   belfry.ID
	P, S belfry.Rev // what is left was born below these
}

// Start is the place before the first item.
var Start = Place{At: belfry.Time(MaxRev), P: MaxRev, S: MaxRev}

// String is the place as clients are given it.
func (p Place) String() string {
	id, _ := p.ID.Bytes()
	b := binary.BigEndian.AppendUint64(nil, uint64(p.At))
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.P))
	b = binary.BigEndian.AppendUint64(b, uint64(p.S))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParsePlace is the inverse of String; "" is Start. CodeInvalid, field "after",
// for everything else.
func ParsePlace(s string) (Place, error) {
	if s == "" {
		return Start, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 40 {
		return Place{}, belfry.Invalid("after", "invalid", "this is no page of this list; send back a next you were given, or none for the first page")
	}
	return Place{
		At: belfry.Time(binary.BigEndian.Uint64(b)),
		ID: belfry.IDFromBytes([16]byte(b[8:24])),
		P:  belfry.Rev(binary.BigEndian.Uint64(b[24:])),
		S:  belfry.Rev(binary.BigEndian.Uint64(b[32:])),
	}, nil
}

// Below says whether an item comes after the place.
func (p Place) Below(it *belfry.Item) bool {
	return it.At() < p.At || it.At() == p.At && it.ID < p.ID
}
