package inbox

import (
	"fmt"
	"slices"
	"testing"

	"belfry"
	"belfry/internal/logs"
)

func TestPlace_String(t *testing.T) {
	want := Place{At: 1_700_000_000_000, ID: belfry.IDFromBytes([16]byte{1, 2, 3}), P: 1 << 40, S: MaxRev}
	if got, err := ParsePlace(want.String()); err != nil || got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	if got, err := ParsePlace(""); err != nil || got != Start {
		t.Errorf("the first page starts at %+v (%v)", got, err)
	}
	for _, bad := range []string{"x", "!", want.String() + "A", want.String()[1:]} {
		if _, err := ParsePlace(bad); belfry.ErrorCode(err) != belfry.CodeInvalid {
			t.Errorf("%q: %v, want invalid", bad, err)
		}
	}
}

func item(shared bool, n int) belfry.Item {
	return belfry.Item{ID: belfry.IDFromBytes([16]byte{15: byte(n)}), Shared: shared, Born: belfry.Rev(n), DeliveredAt: belfry.Time(n)}
}

// world is a log of items in each part, given out two at a time, newest first.
type world struct {
	private, marked, shared []belfry.Item
	refills                 int
}

func (w *world) refill(items []belfry.Item, below belfry.Rev) Refill {
	items = slices.DeleteFunc(slices.Clone(items), func(it belfry.Item) bool { return it.Born >= below })
	return func() ([]belfry.Item, bool, error) {
		w.refills++
		n := min(2, len(items))
		some := slices.Clone(items[:n])
		items = items[n:]
		return some, n == 2, nil
	}
}

func (w *world) PrivateFresh(below belfry.Rev) Refill { return w.refill(w.private, below) }
func (w *world) SharedFresh(_, hi belfry.Rev) Refill  { return w.refill(w.shared, hi+1) }

func (w *world) SharedMarked(_, _, below belfry.Rev) ([]belfry.Item, error) {
	return slices.DeleteFunc(slices.Clone(w.marked), func(it belfry.Item) bool { return it.Born >= below }), nil
}

func (w *world) PrivateReturned(Place) ([]belfry.Item, error) { panic("nothing came back") }
func (w *world) SharedReturned(Place) ([]belfry.Item, error)  { panic("nothing came back") }

func TestPage_Read(t *testing.T) {
	w := &world{}
	for n := 12; n > 0; n-- {
		switch n % 3 {
		case 0:
			w.private = append(w.private, item(false, n))
		case 1:
			w.shared = append(w.shared, item(true, n))
		default:
			w.marked = append(w.marked, item(true, n))
		}
	}
	page := func(limit int) Page {
		return Page{
			User: &logs.User{ReceiptRev: 1}, Shared: &logs.Shared{LastAll: 12},
			Spans: []Span{{Topic: belfry.TopicAll}}, Limit: limit, Start: Start,
		}
	}
	for limit := 1; limit <= 13; limit++ {
		var got []belfry.Rev
		for p := page(limit); ; {
			items, next, err := p.Read(w)
			if err != nil || len(items) > limit {
				t.Fatalf("%d items of %d (%v)", len(items), limit, err)
			}
			for _, it := range items {
				got = append(got, it.Born)
			}
			if next == "" {
				break
			}
			if p.Start, err = ParsePlace(next); err != nil {
				t.Fatal(err)
			}
		}
		if want := []belfry.Rev{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v", limit, got)
		}
	}
	w.refills = 0
	if p := page(1); true {
		if _, _, err := p.Read(w); err != nil || w.refills != 2 {
			t.Errorf("%d refills for one item (%v), want one of each log", w.refills, err)
		}
	}
	empty := page(0)
	if items, next, err := empty.Read(w); len(items) != 0 || next != "" || err != nil {
		t.Errorf("a page of no items: %v %q %v", items, next, err)
	}
}

// Stretches, Reach, Younger and Silent agree with what the watermarks do to each
// item, one by one.
func TestStretches_Watermarks(t *testing.T) {
	const top = 6
	unread := func(r belfry.Receipt) bool { n, _ := belfry.Counted(r, false); return n != 0 }
	var marks belfry.Watermarks
	for i := range marks {
		kind := belfry.WatermarkKind(i)
		for s := belfry.Rev(0); s <= top; s += 2 {
			marks[kind] = belfry.Watermark{Kind: kind, Position: belfry.Position{P: 5, S: s + belfry.Rev(i%2)}, Rev: belfry.Rev(10 + i), At: 1}
			t.Run(fmt.Sprint(kind, "/", s), func(t *testing.T) { agree(t, marks, unread, top) })
		}
	}
}

func agree(t *testing.T, marks belfry.Watermarks, ok func(belfry.Receipt) bool, top belfry.Rev) {
	stretches := Stretches(marks)
	lo, hi := Reach(marks, ok)
	base, young := Silent(marks, stretches)
	last := belfry.Rev(0)
	for _, s := range stretches {
		if s.Lo != last || s.Hi <= s.Lo {
			t.Errorf("a stretch of %d to %d after %d", s.Lo, s.Hi, last)
		}
		last = s.Hi
	}
	if last != MaxRev {
		t.Errorf("the stretches end at %d", last)
	}
	for born := belfry.Rev(1); born <= top+2; born++ {
		bare := marks.Effective(true, born, belfry.Receipt{})
		i := slices.IndexFunc(stretches, func(s Stretch) bool { return s.Lo < born && born <= s.Hi })
		if stretches[i].Receipt != bare {
			t.Errorf("%d looks like %+v, its stretch says %+v", born, bare, stretches[i].Receipt)
		}
		if ok(bare) && (born <= lo || born > hi) {
			t.Errorf("%d is wanted and out of reach of %d to %d", born, lo, hi)
		}
		if n, seen := belfry.Counted(bare, false); born <= base && (n != 0 || seen != 0) {
			t.Errorf("%d counts, but all up to %d are silent", born, base)
		}
		for rev := belfry.Rev(1); born <= base && rev <= young; rev++ {
			if ok(marks.Effective(true, born, belfry.Receipt{Rev: rev})) {
				t.Errorf("a receipt of %d at %d counts, but is not above %d", born, rev, young)
			}
		}
	}
}

func TestCut(t *testing.T) {
	changes := func(revs ...belfry.Rev) (all []belfry.Change) {
		for _, r := range revs {
			all = append(all, belfry.Change{Rev: r})
		}
		return all
	}
	if got, to := Cut(changes(3, 1, 2), 3, 9); !slices.Equal(got, changes(1, 2, 3)) || to != 9 {
		t.Errorf("%v up to %d, want all up to the head", got, to)
	}
	if got, to := Cut(changes(3, 1, 2), 2, 9); !slices.Equal(got, changes(1, 2)) || to != 2 {
		t.Errorf("%v up to %d, want two up to 2", got, to)
	}
}
