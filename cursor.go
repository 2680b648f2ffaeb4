package belfry

import (
	"encoding/base64"
	"encoding/binary"
)

// Rev is a revision: the position of a change in its log, 1, 2, 3 without a
// hole. It stays below 2^53, so that JavaScript holds it exactly.
type Rev int64

// Position is a place in both logs.
type Position struct {
	P Rev `json:"p"` // in the user's private log
	S Rev `json:"s"` // in the shared log
}

// Cursor is a position that names its logs, so that one from before a restore,
// from another user or from an erased past is known as such. To a client it is
// opaque; it only ever sends back the last one it processed.
type Cursor struct {
	Private, Shared uint32 // the nonces of the two logs
	Position
}

// CursorLen is the fixed width of an encoded cursor in bytes. A shared frame is
// encoded once and its cursor bytes are patched for each session.
const CursorLen = 32

const cursorVersion = 1

// Layout of the 24 bytes below the base64url text:
//
//	 0      1            5               12           16              23      24
//	 | ver  | private    | P (56 bits)   | shared     | S (56 bits)   | check |
//
// The check byte only tells a mangled cursor from a foreign one.

// Encode writes the cursor in its fixed width.
func (c Cursor) Encode() [CursorLen]byte {
	var b [24]byte
	b[0] = cursorVersion
	binary.BigEndian.PutUint32(b[1:], c.Private)
	putRev(b[5:12], c.P)
	binary.BigEndian.PutUint32(b[12:], c.Shared)
	putRev(b[16:23], c.S)
	b[23] = checkByte(b[:23])
	var out [CursorLen]byte
	base64.RawURLEncoding.Encode(out[:], b[:])
	return out
}

// String is Encode as a string.
func (c Cursor) String() string { b := c.Encode(); return string(b[:]) }

// ParseCursor reads an encoded cursor. The error names no field: the caller
// knows where it came from.
func ParseCursor(s string) (Cursor, error) {
	var b [24]byte
	if len(s) != CursorLen {
		return Cursor{}, errCursor
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(s)); err != nil || b[0] != cursorVersion || b[23] != checkByte(b[:23]) {
		return Cursor{}, errCursor
	}
	c := Cursor{
		Private:  binary.BigEndian.Uint32(b[1:]),
		Shared:   binary.BigEndian.Uint32(b[12:]),
		Position: Position{P: getRev(b[5:12]), S: getRev(b[16:23])},
	}
	if c.P >= 1<<53 || c.S >= 1<<53 {
		return Cursor{}, errCursor
	}
	return c, nil
}

var errCursor = Errorf(CodeInvalid, "this is no cursor of this server; send back one you were given, or none for a fresh start")

func putRev(b []byte, r Rev) {
	var w [8]byte
	binary.BigEndian.PutUint64(w[:], uint64(r))
	copy(b, w[1:])
}

func getRev(b []byte) Rev {
	var w [8]byte
	copy(w[1:], b)
	return Rev(binary.BigEndian.Uint64(w[:]))
}

func checkByte(b []byte) byte {
	var x byte = 0x5a
	for _, v := range b {
		x = x<<1 | x>>7
		x ^= v
	}
	return x
}

// Lineage is what a log remembers of its names. A nonce is drawn when the log is
// made and again at its first change under a new incarnation of the database
// (SQLite: a process start), so that two histories that share a past but not a
// future never share a name.
type Lineage struct {
	Nonce uint32
	Head  Rev
	Old   []Ancestor // at most MaxAncestors, oldest first
}

// Ancestor is a former name of a log and the last revision that was made under it.
type Ancestor struct {
	Nonce uint32
	Last  Rev
}

// MaxAncestors is how many former names a log keeps.
const MaxAncestors = 8

// Knows says whether a cursor part (nonce, rev) is a position of this history.
// One that is not gets a reset, never silence.
func (l Lineage) Knows(nonce uint32, rev Rev) bool {
	if nonce == l.Nonce {
		return rev <= l.Head
	}
	for _, a := range l.Old {
		if a.Nonce == nonce {
			return rev <= a.Last
		}
	}
	return false
}

// Redraw gives the log a new name and remembers the former one.
func (l Lineage) Redraw(nonce uint32) Lineage {
	old := append(append([]Ancestor(nil), l.Old...), Ancestor{l.Nonce, l.Head})
	if n := len(old) - MaxAncestors; n > 0 {
		old = old[n:]
	}
	return Lineage{Nonce: nonce, Head: l.Head, Old: old}
}
