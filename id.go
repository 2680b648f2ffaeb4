package belfry

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// ID names a notification: a UUIDv7 (RFC 9562 section 5.7), lower case. It is
// the same in every inbox the notification reaches.
type ID string

// NewID draws an ID whose leading 48 bits are now in milliseconds.
func NewID(now time.Time) ID {
	var b [16]byte
	rand.Read(b[6:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return IDFromBytes(b)
}

// IDFromBytes writes 16 bytes in the form of RFC 9562 section 4.
func IDFromBytes(b [16]byte) ID {
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	s[8] = '-'
	hex.Encode(s[9:13], b[4:6])
	s[13] = '-'
	hex.Encode(s[14:18], b[6:8])
	s[18] = '-'
	hex.Encode(s[19:23], b[8:10])
	s[23] = '-'
	hex.Encode(s[24:36], b[10:16])
	return ID(s[:])
}

// ParseID accepts the canonical lower-case form only.
func ParseID(s string) (ID, error) {
	if _, ok := ID(s).Bytes(); !ok {
		return "", Invalid("id", "invalid", "an id is a lower-case UUID such as %q", "01890a5d-ac96-774b-bcce-b302099a8057")
	}
	return ID(s), nil
}

// Bytes gives the 16 bytes; ok is false when the ID is not canonical.
func (id ID) Bytes() (b [16]byte, ok bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return b, false
	}
	j := 0
	for i := 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		v, ok := hexValue(id[i])
		if !ok {
			return b, false
		}
		b[j/2] = b[j/2]<<4 | v
		j++
	}
	return b, true
}

func hexValue(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
