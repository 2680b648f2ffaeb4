package logs

import (
	"encoding/binary"
	"encoding/json"

	"belfry"
)

// Optional is NULL for the empty string, so that partial indexes pass it by.
func Optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// OptionalID is NULL for no ID.
func OptionalID(id belfry.ID) any {
	if id == "" {
		return nil
	}
	return id
}

// EntityKey is how an entity is stored and looked up, NULL for none; no part can
// hold U+0000.
func EntityKey(e *belfry.Entity) any {
	if e == nil {
		return nil
	}
	return []byte(e.Type + "\x00" + e.ID)
}

// Users is a list of users as it is stored: JSON, NULL or "" for none.
type Users []belfry.UserID

// Encode is the column's value.
func (l Users) Encode() any {
	if len(l) == 0 {
		return nil
	}
	b, err := json.Marshal([]belfry.UserID(l))
	if err != nil {
		panic("logs: names do not encode: " + err.Error())
	}
	return string(b)
}

// Decode is the inverse of Encode.
func (l *Users) Decode(text string) error {
	*l = nil
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), (*[]belfry.UserID)(l))
}

// EncodeAncestors is how the former names of a log are stored: nonce and last
// revision of each, in 4 and 8 bytes. Never nil, which would be NULL.
func EncodeAncestors(old []belfry.Ancestor) []byte {
	b := []byte{}
	for _, a := range old {
		b = binary.BigEndian.AppendUint32(b, a.Nonce)
		b = binary.BigEndian.AppendUint64(b, uint64(a.Last))
	}
	return b
}

// DecodeAncestors is the inverse of EncodeAncestors.
func DecodeAncestors(b []byte) (old []belfry.Ancestor) {
	for ; len(b) >= 12; b = b[12:] {
		old = append(old, belfry.Ancestor{
			Nonce: binary.BigEndian.Uint32(b),
			Last:  belfry.Rev(binary.BigEndian.Uint64(b[4:])),
		})
	}
	return old
}

// EncodeWatermarks is how watermarks are stored: empty when none was ever
// written, else P, S, Rev and At of each kind in order, as varints. Never nil,
// which would be NULL.
func EncodeWatermarks(ws belfry.Watermarks) []byte {
	b := []byte{}
	if ws == (belfry.Watermarks{}) {
		return b
	}
	for _, w := range ws {
		for _, v := range [...]int64{int64(w.P), int64(w.S), int64(w.Rev), int64(w.At)} {
			b = binary.AppendUvarint(b, uint64(v))
		}
	}
	return b
}

// DecodeWatermarks is the inverse of EncodeWatermarks. Kinds that came later are
// not in old rows.
func DecodeWatermarks(b []byte) (ws belfry.Watermarks) {
	next := func() int64 {
		v, n := binary.Uvarint(b)
		b = b[max(n, 0):]
		return int64(v)
	}
	for k := 0; k < len(ws) && len(b) > 0; k++ {
		w := belfry.Watermark{
			Kind:     belfry.WatermarkKind(k),
			Position: belfry.Position{P: belfry.Rev(next()), S: belfry.Rev(next())},
			Rev:      belfry.Rev(next()),
			At:       belfry.Time(next()),
		}
		if w.Rev != 0 {
			ws[k] = w
		}
	}
	return ws
}
