package belfry_test

import (
	"testing"

	"belfry"
)

// benchItem is a private item as a comment makes it.
func benchItem() *belfry.Item {
	c := belfry.Content{
		Type: "comment", Title: "Ann commented on your document", Body: "I think that the second paragraph says the opposite of the first; shall we meet?",
		ActionURL: "https://example.com/documents/4711#comment-12",
	}
	c.Normalize()
	return &belfry.Item{
		ID: belfry.NewID(epoch), Born: 7, Rev: 7, CreatedAt: belfry.TimeOf(epoch), DeliveredAt: belfry.TimeOf(epoch),
		Content: c.Encode(), Receipt: belfry.Receipt{Rev: 9, SeenAt: belfry.TimeOf(epoch)},
	}
}

var benchCursor = belfry.Cursor{Private: 7, Shared: 9, Position: belfry.Position{P: 1 << 40, S: 1 << 41}}

// paths are what runs for every delivery. None of them allocates.
var paths = []struct {
	name string
	path func() func()
}{
	{"Item_AppendJSON", func() func() {
		it, buf := benchItem(), make([]byte, 0, 1024)
		return func() { buf = it.AppendJSON(buf[:0], "ann") }
	}},
	{"Item_AppendReceiptJSON", func() func() {
		it, buf := benchItem(), make([]byte, 0, 1024)
		return func() { buf = it.AppendReceiptJSON(buf[:0]) }
	}},
	{"Counts_AppendJSON", func() func() {
		c, buf := belfry.Counts{Unread: 12, Unseen: 3}, make([]byte, 0, 256)
		return func() { buf = c.AppendJSON(buf[:0]) }
	}},
	{"Cursor_Encode", func() func() {
		var out [belfry.CursorLen]byte
		return func() { out = benchCursor.Encode(); _ = out }
	}},
	{"ParseCursor", func() func() {
		text := benchCursor.String()
		return func() {
			if _, err := belfry.ParseCursor(text); err != nil {
				panic(err)
			}
		}
	}},
	{"Watermarks_Effective", func() func() {
		var ws belfry.Watermarks
		ws.Raise(belfry.Watermark{Kind: belfry.WatermarkRead, Position: belfry.Position{P: 5, S: 5}, Rev: 6, At: 1})
		return func() {
			if unread, _ := belfry.Counted(ws.Effective(false, 7, belfry.Receipt{}), false); unread != 1 {
				panic("an item above the watermark is unread")
			}
		}
	}},
}

func BenchmarkPath(b *testing.B) {
	for _, p := range paths {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			path := p.path()
			for b.Loop() {
				path()
			}
		})
	}
}

func TestPath_allocatesNothing(t *testing.T) {
	for _, p := range paths {
		if n := testing.AllocsPerRun(100, p.path()); n != 0 {
			t.Errorf("%s: %v allocations", p.name, n)
		}
	}
}

func BenchmarkPublish_validate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		d := belfry.Draft{To: belfry.Target{User: "ann"}, Content: belfry.Content{Title: "Ann commented on your document", Body: "Shall we meet?", ActionURL: "/documents/4711"}}
		d.Normalize()
		if err := d.Validate(belfry.TimeOf(epoch)); err != nil {
			b.Fatal(err)
		}
		_ = d.Encode()
	}
}
