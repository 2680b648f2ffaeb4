package cluster

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"belfry"
)

// run is a small run as it should be, for a test to spoil: ann's two tabs see
// two notifications to ann, two to all, one mark of an item and one of all.
type run struct {
	record *Record
	frames map[string][]string // of each tab, in order
	inbox  Inbox
	refuse bool // the publisher of p2 is told that it was refused
}

func at(p, s belfry.Rev) string {
	return belfry.Cursor{Private: 1, Shared: 2, Position: belfry.Position{P: p, S: s}}.String()
}

func created(id string, to string, born, p, s belfry.Rev) string {
	return fmt.Sprintf(`{"cursor":%q,"type":"notification","op":"created","item":{"id":%q,"rev":%d,"born":%d,"to":%s}}`, at(p, s), id, born, born, to)
}

func counts(unread int, p, s belfry.Rev) string {
	return fmt.Sprintf(`{"cursor":%q,"type":"counts","counts":{"unread":%d,"unseen":0,"p":%d,"s":%d}}`, at(p, s), unread, p, s)
}

func welcome(p, s belfry.Rev, resumed bool) string {
	if resumed {
		return fmt.Sprintf(`{"cursor":%q,"type":"welcome","resumed":true}`, at(p, s))
	}
	return fmt.Sprintf(`{"cursor":%q,"type":"welcome","counts":{"unread":0,"unseen":0,"p":%d,"s":%d},"items":[]}`, at(p, s), p, s)
}

const (
	toAnn = `{"user":"ann"}`
	toAll = `{"all":true}`
)

func newRun() *run {
	frames := []string{
		welcome(0, 0, false),
		created("p1", toAnn, 1, 1, 0),
		counts(1, 1, 0),
		created("s1", toAll, 1, 1, 1),
		created("p2", toAnn, 2, 2, 1),
		counts(3, 2, 1),
		fmt.Sprintf(`{"cursor":%q,"type":"receipts","items":[{"id":"p1","receiptRev":3,"readAt":"2026-01-01T00:00:00.000Z"}]}`, at(3, 1)),
		counts(2, 3, 1),
		fmt.Sprintf(`{"cursor":%q,"type":"receipts","all":true,"action":"read","upTo":{"p":2,"s":1},"receiptRev":4}`, at(4, 1)),
		counts(0, 4, 1),
		created("s2", toAll, 2, 4, 2),
	}
	return &run{
		record: NewRecord(),
		frames: map[string][]string{"a": slices.Clone(frames), "b": slices.Clone(frames)},
		inbox: Inbox{
			Items: []Item{
				{ID: "p1", Title: "p1", Born: 1, ReceiptRev: 3, Read: true},
				{ID: "s1", Title: "s1", Shared: true, Born: 1, Read: true},
				{ID: "p2", Title: "p2", Born: 2, Read: true},
				{ID: "s2", Title: "s2", Shared: true, Born: 2},
			},
			Unread: 1, Head: belfry.Position{P: 4, S: 2},
		},
	}
}

func (r *run) check() []Violation {
	for _, id := range []belfry.ID{"p1", "p2", "s1", "s2"} {
		to := belfry.Target{All: true}
		if id[0] == 'p' {
			to = belfry.Target{User: "ann"}
		}
		var err error
		told := id
		if r.refuse && id == "p2" {
			told, err = "", belfry.Errorf(belfry.CodeInvalid, "no")
		}
		r.record.Published(string(id), to, told, err, time.Now())
	}
	r.record.Marked("ann", true, 1, belfry.Position{P: 4, S: 1}, nil)
	for name, frames := range r.frames {
		v := r.record.Client("ann", name)
		for _, f := range frames {
			v.Frame([]byte(f))
		}
	}
	r.record.Stored("ann", r.inbox)
	return r.record.Check()
}

// The checker is silent when all is well, and finds each planted fault under the
// promise that it breaks.
func TestRecord_Check(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  string // promise; "" none is broken
		plant func(*run)
	}{
		{"all is well", "", func(*run) {}},
		{"a tab that reconnected goes on where it was", "", func(r *run) {
			r.frames["b"] = slices.Insert(r.frames["b"], 6, welcome(2, 1, true))
		}},
		{"a ring was dropped and nobody polls", "P5", func(r *run) {
			r.frames["b"] = r.frames["b"][:len(r.frames["b"])-1]
		}},
		{"a revision was skipped", "P2", func(r *run) {
			r.frames["b"] = slices.Delete(r.frames["b"], 4, 5)
		}},
		{"a count is off by one", "P5", func(r *run) { r.frames["b"][5] = counts(4, 2, 1) }},
		{"an announcement before a commit that failed", "P3", func(r *run) {
			r.frames["b"] = append(r.frames["b"], created("p9", toAnn, 5, 5, 2))
		}},
		{"what was accepted is lost", "P1", func(r *run) { r.inbox.Items = slices.Delete(r.inbox.Items, 2, 3) }},
		{"what was accepted is there twice", "P1", func(r *run) {
			r.inbox.Items = append(r.inbox.Items, Item{ID: "p3", Title: "p2", Born: 5})
			r.inbox.Head.P = 5
		}},
		{"what was refused is there", "P1", func(r *run) { r.refuse = true }},
		{"an item came twice", "P2", func(r *run) { r.frames["b"] = slices.Insert(r.frames["b"], 4, r.frames["b"][3]) }},
		{"a position fell", "P2", func(r *run) { r.frames["b"] = append(r.frames["b"], counts(1, 4, 1)) }},
		{"a mark never reached the other tab", "P2", func(r *run) {
			r.frames["b"] = slices.Delete(r.frames["b"], 6, 7)
		}},
		{"a mark of all never reached the other tab", "P2", func(r *run) {
			r.frames["b"] = slices.Delete(r.frames["b"], 8, 9)
		}},
		{"a receipt overtook its item", "P6", func(r *run) { r.frames["b"] = slices.Delete(r.frames["b"], 1, 2) }},
		{"the log has a hole", "P2", func(r *run) { r.inbox.Head.P = 6 }},
		{"the shared log has a hole", "P2", func(r *run) { r.inbox.Head.S = 3 }},
		{"a revision was taken twice", "P2", func(r *run) { r.inbox.Items[2].Born = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRun()
			c.plant(r)
			found := r.check()
			if c.want == "" && len(found) > 0 || c.want != "" && !slices.ContainsFunc(found, func(v Violation) bool { return v.Promise == c.want }) {
				t.Errorf("found %v; want %q", found, c.want)
			}
		})
	}
}

func TestRecord_Published_unknown(t *testing.T) {
	r := NewRecord()
	r.Published("x", belfry.Target{Users: []belfry.UserID{"ann", "bob"}}, "", errors.New("cut"), time.Now())
	r.Stored("ann", Inbox{Items: []Item{{ID: "x", Title: "x", Born: 1}}, Unread: 1, Head: belfry.Position{P: 1}})
	r.Stored("bob", Inbox{})
	if found := r.Check(); len(found) != 1 || found[0].Promise != "P1" {
		t.Errorf("stored for one recipient of two: %v", found)
	}
}
