package hub

import (
	"testing"

	"belfry"
)

// Heads are of the moment when they were asked for: a user who was first met after
// it is not behind, and one whose log is another one is.
func TestHub_compare(t *testing.T) {
	for name, c := range map[string]struct {
		sent           belfry.Cursor
		head           belfry.Head
		behind         int
		openingStillOn bool
	}{
		"opening":                  {belfry.Cursor{}, belfry.Head{}, 0, true},
		"met after it was asked":   {belfry.Cursor{Private: 7, Shared: 9}, belfry.Head{}, 0, false},
		"at the head":              {at(7, 3), belfry.Head{Nonce: 7, Rev: 3}, 0, false},
		"below the head":           {at(7, 2), belfry.Head{Nonce: 7, Rev: 3}, 1, false},
		"of another log":           {at(7, 3), belfry.Head{Nonce: 8, Rev: 3}, 1, false},
		"of a log that is no more": {at(7, 3), belfry.Head{}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			h, s, _ := still(t)
			s.sent = c.sent
			behind, opening := h.compare("ann", c.head)
			if behind != c.behind || opening != c.openingStillOn || s.readDue.Load() != (c.behind > 0) {
				t.Errorf("behind %d, opening %t, to read %t", behind, opening, s.readDue.Load())
			}
		})
	}
}

func at(private uint32, p belfry.Rev) belfry.Cursor {
	return belfry.Cursor{Private: private, Shared: 9, Position: belfry.Position{P: p}}
}
