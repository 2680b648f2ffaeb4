package belfry_test

import (
	"testing"

	"pgregory.net/rapid"

	"belfry"
)

func TestCounted(t *testing.T) {
	for _, c := range []struct {
		name           string
		r              belfry.Receipt
		dead           bool
		unread, unseen int64
	}{
		{"new", belfry.Receipt{}, false, 1, 1},
		{"seen", belfry.Receipt{SeenAt: 1}, false, 1, 0},
		{"read", belfry.Receipt{SeenAt: 1, ReadAt: 1}, false, 0, 0},
		{"archived unread", belfry.Receipt{ArchivedAt: 1}, false, 0, 0},
		{"snoozed", belfry.Receipt{SnoozedUntil: 9}, false, 0, 0},
		{"deleted", belfry.Receipt{DeletedAt: 1}, false, 0, 0},
		{"excepted", belfry.Receipt{Hidden: true}, false, 0, 0},
		{"dead", belfry.Receipt{}, true, 0, 0},
		{"returned from a snooze", belfry.Receipt{SeenAt: 1, ReadAt: 1, SnoozedUntil: 5}.Return(9), false, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if unread, unseen := belfry.Counted(c.r, c.dead); unread != c.unread || unseen != c.unseen {
				t.Fatalf("Counted = %d, %d; want %d, %d", unread, unseen, c.unread, c.unseen)
			}
		})
	}
}

func TestAction_Apply(t *testing.T) {
	fresh, read := belfry.Receipt{}, belfry.Receipt{SeenAt: 1, ReadAt: 1}
	for _, c := range []struct {
		name    string
		action  belfry.Action
		before  belfry.Receipt
		after   belfry.Receipt
		changed bool
	}{
		{"seen", belfry.ActionSeen, fresh, belfry.Receipt{SeenAt: 5}, true},
		{"seen again keeps the first time", belfry.ActionSeen, read, read, false},
		{"read implies seen", belfry.ActionRead, fresh, belfry.Receipt{SeenAt: 5, ReadAt: 5}, true},
		{"unread stays seen", belfry.ActionUnread, read, belfry.Receipt{SeenAt: 1}, true},
		{"archive does not read", belfry.ActionArchive, fresh, belfry.Receipt{ArchivedAt: 5}, true},
		{"unarchive restores", belfry.ActionUnarchive, belfry.Receipt{ArchivedAt: 5}, fresh, true},
		{"snooze", belfry.ActionSnooze, read, belfry.Receipt{SeenAt: 1, ReadAt: 1, SnoozedUntil: 9}, true},
		{"unsnooze of what is not snoozed", belfry.ActionUnsnooze, read, read, false},
		{"unsnooze returns as new", belfry.ActionUnsnooze, belfry.Receipt{ReadAt: 1, SnoozedUntil: 9}, belfry.Receipt{At: 5}, true},
		{"delete", belfry.ActionDelete, read, belfry.Receipt{SeenAt: 1, ReadAt: 1, DeletedAt: 5}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, changed := c.action.Apply(c.before, 5, 9)
			if after != c.after || changed != c.changed {
				t.Fatalf("Apply = %+v, %v; want %+v, %v", after, changed, c.after, c.changed)
			}
		})
	}
}

func TestWatermarks_Effective(t *testing.T) {
	var ws belfry.Watermarks
	mark := belfry.Watermark{Kind: belfry.WatermarkRead, Position: belfry.Position{P: 10, S: 20}, Rev: 11, At: 5}
	if !ws.Raise(mark) || ws.Raise(mark) {
		t.Fatal("a watermark is raised once")
	}
	for _, c := range []struct {
		name          string
		shared        bool
		born, receipt belfry.Rev
		read          bool
	}{
		{"private, born at it", false, 10, 0, true},
		{"private, born after it", false, 11, 0, false},
		{"shared, born at it", true, 20, 0, true},
		{"shared, born after it", true, 21, 0, false},
		{"an older receipt loses", true, 5, 10, true},
		{"a younger receipt wins", true, 5, 12, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ws.Effective(c.shared, c.born, belfry.Receipt{Rev: c.receipt})
			if (got.ReadAt != 0) != c.read {
				t.Fatalf("Effective = %+v; want read %v", got, c.read)
			}
		})
	}
}

func TestWatermarks_Effective_order(t *testing.T) {
	at := func(kind belfry.WatermarkKind, rev belfry.Rev) belfry.Watermark {
		return belfry.Watermark{Kind: kind, Position: belfry.Position{P: 10, S: 10}, Rev: rev, At: belfry.Time(rev)}
	}
	for _, c := range []struct{ seen, read, wantSeen belfry.Rev }{{11, 12, 11}, {12, 11, 11}} {
		var ws belfry.Watermarks
		ws.Raise(at(belfry.WatermarkSeen, c.seen))
		ws.Raise(at(belfry.WatermarkRead, c.read))
		got := ws.Effective(false, 5, belfry.Receipt{})
		if got.SeenAt != belfry.Time(c.wantSeen) || got.ReadAt != belfry.Time(c.read) {
			t.Errorf("all seen at %d, all read at %d: %+v", c.seen, c.read, got)
		}
	}
}

func TestWatermarks_Raise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ws belfry.Watermarks
		var p, s belfry.Rev
		for i := range rapid.IntRange(1, 10).Draw(t, "marks") {
			w := belfry.Watermark{
				Kind:     belfry.WatermarkSeen,
				Position: belfry.Position{P: belfry.Rev(rapid.IntRange(0, 9).Draw(t, "p")), S: belfry.Rev(rapid.IntRange(0, 9).Draw(t, "s"))},
				Rev:      belfry.Rev(i + 1),
			}
			ws.Raise(w)
			p, s = max(p, w.P), max(s, w.S)
			if got := ws[belfry.WatermarkSeen].Position; got != (belfry.Position{P: p, S: s}) {
				t.Fatalf("the watermark stands at %+v; want the maximum %d, %d", got, p, s)
			}
		}
	})
}

func TestMark_Validate(t *testing.T) {
	id := belfry.NewID(epoch)
	for _, c := range []struct {
		name  string
		m     belfry.Mark
		field string // "" is valid
	}{
		{"ids", belfry.Mark{Action: "read", IDs: []belfry.ID{id}}, ""},
		{"all", belfry.Mark{Action: "archive", All: true}, ""},
		{"group", belfry.Mark{Action: "unread", Group: "g"}, ""},
		{"entity", belfry.Mark{Action: "read", Entity: &belfry.Entity{Type: "doc", ID: "1"}}, ""},
		{"snooze", belfry.Mark{Action: "snooze", IDs: []belfry.ID{id}, Until: belfry.TimeOf(epoch) + 1000}, ""},
		{"no action", belfry.Mark{IDs: []belfry.ID{id}}, "/action"},
		{"nothing named", belfry.Mark{Action: "read"}, ""},
		{"two named", belfry.Mark{Action: "read", All: true, Group: "g"}, ""},
		{"all unread", belfry.Mark{Action: "unread", All: true}, "/all"},
		{"no ids", belfry.Mark{Action: "read", IDs: []belfry.ID{}}, "/ids"},
		{"bad id", belfry.Mark{Action: "read", IDs: []belfry.ID{"x"}}, "/ids/0"},
		{"snooze into the past", belfry.Mark{Action: "snooze", IDs: []belfry.ID{id}, Until: 1}, "/until"},
		{"until without snooze", belfry.Mark{Action: "read", IDs: []belfry.ID{id}, Until: belfry.TimeOf(epoch) + 1000}, "/until"},
		{"bad cursor", belfry.Mark{Action: "read", All: true, UpTo: "x"}, "/upTo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.m.Validate(belfry.TimeOf(epoch))
			if valid := c.field == "" && c.name != "nothing named" && c.name != "two named"; valid != (err == nil) {
				t.Fatalf("Validate = %v", err)
			}
			if c.field != "" {
				wantField(t, err, c.field)
			}
		})
	}
}
