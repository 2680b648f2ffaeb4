package server_test

import (
	"testing"

	"belfry/internal/token"
)

// The main path: published over HTTP, seen at once in every open tab, and its
// state in all of them.
func TestWebSocket_MainPath(t *testing.T) {
	h := newHouse(t, options{})
	a, b := h.connect("ann", token.Grants{}), h.connect("ann", token.Grants{})
	id := h.publish(`{"user":"ann"}`, "Hello")
	for _, tab := range []*ws{a, b} {
		if f := tab.until("notification"); f.Item.ID != id || f.Item.Title != "Hello" || f.Op != "created" {
			t.Errorf("got %s", f.raw)
		}
		if f := tab.until("counts"); f.Counts.Unread != 1 {
			t.Errorf("got %s", f.raw)
		}
	}
	a.send(`{"type":"mark","action":"read","ids":["` + string(id) + `"],"ref":"1"}`)
	if f := a.answer("1"); f.Type != "ok" {
		t.Errorf("got %s", f.raw)
	}
	if f := b.until("receipts"); f.Items[0].ID != string(id) || f.Items[0].ReadAt == "" {
		t.Errorf("got %s", f.raw)
	}
	if f := b.until("counts"); f.Counts.Unread != 0 {
		t.Errorf("got %s", f.raw)
	}
}
