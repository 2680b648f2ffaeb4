package belfry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Publish is the way in: it fills defaults, validates, names each draft, and
// appends what is valid. Results stand in the order of the drafts, one each; a
// draft that is refused leaves its neighbours alone. When it returns, what it
// accepted is on disk (P1), and those who are online are being told: the store
// rings after its commit (OnCommit), nobody rings before (P3).
func Publish(ctx context.Context, store Writer, now time.Time, drafts []Draft) []Published {
	out := make([]Published, len(drafts))
	pubs := make([]Publication, 0, len(drafts))
	at := make([]int, 0, len(drafts))
	for i := range drafts {
		p, err := prepare(drafts[i], now)
		if err != nil {
			out[i].Err = err
			continue
		}
		pubs, at = append(pubs, p), append(at, i)
	}
	if len(pubs) == 0 {
		return out
	}
	for j, r := range store.Append(ctx, pubs) {
		out[at[j]] = r
	}
	return out
}

func prepare(d Draft, now time.Time) (Publication, error) {
	d.Content.Normalize()
	if err := d.Validate(TimeOf(now)); err != nil {
		return Publication{}, err
	}
	d.Data = compact(d.Data)
	p := Publication{Draft: d, ID: NewID(now), CreatedAt: TimeOf(now), Encoded: d.Content.Encode(), Key: d.IdempotencyKey}
	if p.Key != "" {
		p.Hash = d.hash()
	}
	return p, nil
}

// hash tells one request's meaning from another's: the whole normalized draft
// without the key itself.
func (d Draft) hash() [32]byte {
	d.IdempotencyKey = ""
	b, err := json.Marshal(d)
	if err != nil {
		panic("belfry: a validated draft does not encode: " + err.Error())
	}
	return sha256.Sum256(b)
}

func compact(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return data
	}
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return data
	}
	return b.Bytes()
}

// Patch edits a notification: a member that is set replaces, one set to JSON
// null clears, an absent one stays. The address cannot change.
type Patch map[string]json.RawMessage

// Apply is the content after the patch, normalized and valid, or an error that
// names the field. deliverAt is the schedule's and is returned apart; 0 means
// unchanged.
func (p Patch) Apply(c Content, now Time) (after Content, deliverAt Time, err error) {
	var f faults
	fields := map[string]any{
		"type": &c.Type, "level": &c.Level, "priority": &c.Priority, "title": &c.Title, "body": &c.Body,
		"data": &c.Data, "actor": &c.Actor, "entity": &c.Entity, "actionUrl": &c.ActionURL, "imageUrl": &c.ImageURL,
		"actions": &c.Actions, "group": &c.Group, "silent": &c.Silent, "expiresAt": &c.ExpiresAt, "deliverAt": &deliverAt,
	}
	for name, raw := range p {
		dst, ok := fields[name]
		if !ok {
			f.add("/"+name, "unknown", "this cannot be edited")
			continue
		}
		clearField(dst)
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(dst); err != nil {
			f.add("/"+name, "invalid", "not of this field's form")
		}
	}
	if len(p) == 0 {
		f.add("", "required", "nothing to change")
	}
	if p["expiresAt"] != nil && c.ExpiresAt != 0 && c.ExpiresAt <= now {
		f.add("/expiresAt", "out_of_range", "this time has passed; retract it instead")
	}
	c.Normalize()
	c.Data = compact(c.Data)
	c.validate(&f)
	return c, deliverAt, f.err()
}

// clearField empties a field before it is decoded: null would leave it as it is.
func clearField(dst any) {
	switch v := dst.(type) {
	case *Type:
		*v = ""
	case *Level:
		*v = ""
	case *Priority:
		*v = ""
	case *string:
		*v = ""
	case *json.RawMessage:
		*v = nil
	case **Actor:
		*v = nil
	case **Entity:
		*v = nil
	case *[]Button:
		*v = nil
	case *bool:
		*v = false
	case *Time:
		*v = 0
	}
}
