package belfry_test

import (
	"testing"

	"pgregory.net/rapid"

	"belfry"
)

func TestCursor_Encode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rev := rapid.Int64Range(0, 1<<53-1)
		c := belfry.Cursor{
			Private: rapid.Uint32().Draw(t, "private"), Shared: rapid.Uint32().Draw(t, "shared"),
			Position: belfry.Position{P: belfry.Rev(rev.Draw(t, "p")), S: belfry.Rev(rev.Draw(t, "s"))},
		}
		got, err := belfry.ParseCursor(c.String())
		if err != nil || got != c {
			t.Fatalf("ParseCursor(%q) = %+v, %v; want %+v", c.String(), got, err, c)
		}
	})
}

func TestParseCursor_refuses(t *testing.T) {
	good := belfry.Cursor{Private: 7, Shared: 9, Position: belfry.Position{P: 3, S: 4}}.String()
	flipped := []byte(good)
	flipped[10] ^= 1
	for name, s := range map[string]string{
		"empty": "", "short": good[:31], "long": good + "A", "foreign alphabet": good[:31] + "+",
		"mangled": string(flipped), "padding": good[:30] + "==", "newline": good[:31] + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := belfry.ParseCursor(s); belfry.ErrorCode(err) != belfry.CodeInvalid {
				t.Fatalf("ParseCursor(%q) = %+v, %v; want an invalid error", s, c, err)
			}
		})
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(belfry.Cursor{Private: 1, Shared: 2}.String())
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := belfry.ParseCursor(s)
		if err == nil && c.String() != s {
			t.Fatalf("%q parses to a cursor that encodes as %q", s, c.String())
		}
	})
}

func TestLineage_Knows(t *testing.T) {
	l := belfry.Lineage{Nonce: 1, Head: 100}
	if !l.Knows(1, 100) || l.Knows(1, 101) || l.Knows(2, 1) {
		t.Fatal("a young log knows exactly its own positions")
	}
	l = l.Redraw(2)
	l.Head = 150
	if !l.Knows(1, 100) || l.Knows(1, 101) || !l.Knows(2, 150) {
		t.Fatal("after a redraw, positions made under the old name after it are of another history")
	}
	for n := uint32(3); n < 3+belfry.MaxAncestors; n++ {
		l = l.Redraw(n)
	}
	if l.Knows(1, 1) {
		t.Fatal("names older than MaxAncestors must be forgotten")
	}
	if !l.Knows(3, 150) {
		t.Fatal("the youngest ancestors are kept")
	}
}
