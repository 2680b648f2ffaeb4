package hub

import (
	"log/slog"
	"testing"

	"belfry"
	"belfry/sqlite"
)

// Whoever is back in a moment costs no write; whoever stays away is known to the
// store after two turns, and before that to the hub.
func TestHub_touch_backAgain(t *testing.T) {
	db, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := New(db, NewBus(), Options{}, deafMeter{})
	come := func(user belfry.UserID) *Session {
		s := &Session{hub: h, sink: &lines{}, user: user, number: h.seq.Add(1)}
		if err := h.register(s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	stored := func(user belfry.UserID) belfry.Time {
		u, err := db.User(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return u.LastSeenAt
	}
	for _, user := range []belfry.UserID{"ann", "bob"} {
		if _, err := db.PutUser(t.Context(), user, 0); err != nil {
			t.Fatal(err)
		}
		h.unregister(come(user))
	}
	bob := come("bob")
	left := h.LeftAt("ann")
	for turn, known := range []bool{false, true} {
		if left == 0 || h.LeftAt("ann") != left {
			t.Errorf("before turn %d ann left at %d, want %d", turn, h.LeftAt("ann"), left)
		}
		h.touch(t.Context())
		if (stored("ann") == left) != known || stored("bob") != 0 {
			t.Errorf("turn %d: the store says ann %d, bob %d; ann left at %d", turn, stored("ann"), stored("bob"), left)
		}
	}
	if h.LeftAt("ann") != 0 || h.LeftAt("bob") != 0 {
		t.Error("the hub remembers what the store knows")
	}
	h.unregister(bob)
	for range 2 {
		h.touch(t.Context())
	}
	if stored("bob") == 0 {
		t.Error("bob left in the end, and the store does not know")
	}
}
