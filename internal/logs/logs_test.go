package logs

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"belfry"
)

// A log is renamed by the first revision under another incarnation, and by no
// other; what it was called before stays known, unless it is disowned.
func TestHistory_Next(t *testing.T) {
	var h History
	h.Nonce, h.Incarnation = 7, 1
	if rev := h.Next(1); rev != 1 || h.Nonce != 7 {
		t.Errorf("revision %d of %d, want 1 of 7", rev, h.Nonce)
	}
	if rev := h.Next(2); rev != 2 || h.Nonce == 7 || h.Incarnation != 2 {
		t.Errorf("revision %d of %d after a change of incarnation", rev, h.Nonce)
	}
	if !h.Knows(7, 1) || h.Knows(7, 2) {
		t.Error("the former name must be known up to its last revision, 1")
	}
	h.Disown(2)
	if h.Knows(7, 1) || h.Head != 2 {
		t.Errorf("%+v knows a past that was disowned", h)
	}
}

// Whoever a step changed is rung for once, with their last revision; a hint for
// it is that ring.
func TestWrites_EndStep(t *testing.T) {
	w := Writes{Incarnation: 1}
	user := func(name belfry.UserID) *User { return &User{Name: name, History: History{Incarnation: 1}} }
	ann, bob := user("ann"), user("bob")
	w.Hint(ann, belfry.Item{Rev: w.Next(ann)})
	w.Next(bob)
	w.Next(bob)
	w.EndStep()
	w.Touch(bob) // no revision, no ring
	w.EndStep()
	w.Hint(ann, belfry.Item{Rev: w.Next(ann)})
	w.Next(ann)
	w.EndStep()
	var got []string
	for _, r := range w.Rings {
		got = append(got, fmt.Sprintf("%s %d %t", r.User, r.Rev, r.Hint != nil))
	}
	if want := []string{"ann 1 true", "bob 2 false", "ann 2 true", "ann 3 false"}; !slices.Equal(got, want) {
		t.Errorf("rings %q, want %q", got, want)
	}
	if want := []*User{ann, bob}; !slices.Equal(w.Dirty, want) {
		t.Errorf("%d rows to be written back, want ann's and bob's, once", len(w.Dirty))
	}
	w.Reset()
	if w.Touch(bob); len(w.Dirty) != 1 || len(w.Rings) != 0 || w.Incarnation != 1 {
		t.Errorf("after Reset: %+v", w)
	}
}

func TestEncode_Decode(t *testing.T) {
	ancestors := []belfry.Ancestor{{Nonce: 1, Last: 2}, {Nonce: 1<<32 - 1, Last: 1<<63 - 1}}
	if got := DecodeAncestors(EncodeAncestors(ancestors)); !slices.Equal(got, ancestors) {
		t.Errorf("%v, want %v", got, ancestors)
	}
	marks := belfry.Watermarks{}
	kind := belfry.WatermarkKind(len(marks) - 1)
	marks[kind] = belfry.Watermark{Kind: kind, Position: belfry.Position{P: 3, S: 1 << 40}, Rev: 5, At: 1_700_000_000_000}
	if got := DecodeWatermarks(EncodeWatermarks(marks)); !reflect.DeepEqual(got, marks) {
		t.Errorf("%v, want %v", got, marks)
	}
	for name, b := range map[string][]byte{"ancestors": EncodeAncestors(nil), "watermarks": EncodeWatermarks(belfry.Watermarks{})} {
		if b == nil || len(b) != 0 {
			t.Errorf("no %s encode as %v, want empty and not nil", name, b)
		}
	}
	if DecodeAncestors(nil) != nil || DecodeWatermarks(nil) != (belfry.Watermarks{}) {
		t.Error("nothing decodes as something")
	}
}
