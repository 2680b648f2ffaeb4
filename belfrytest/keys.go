package belfrytest

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"belfry"
)

// TestKeyring tests a belfry.Keyring against its contract. open gives an empty
// one; reopen closes it and opens another on the same data.
func TestKeyring(t *testing.T, open func(t *testing.T) (keys belfry.Keyring, reopen func() belfry.Keyring)) {
	t.Run("AddKey/is found by its id and listed", func(t *testing.T) { keyIsFound(t, open) })
	t.Run("Key/unknown is not found", func(t *testing.T) { keyIsUnknown(t, open) })
	t.Run("RevokeKey/is for good", func(t *testing.T) { keyIsRevoked(t, open) })
	t.Run("AddKey/an id twice is refused", func(t *testing.T) { keyIsTaken(t, open) })
}

type openKeys func(t *testing.T) (keys belfry.Keyring, reopen func() belfry.Keyring)

func newKey(id string) belfry.Key {
	now := belfry.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return belfry.Key{ID: id, Hash: sha256.Sum256([]byte(id)), Name: "ci " + id, Scopes: []string{"publish", "tokens"}, CreatedAt: now}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Fatalf("got %s\nwant %s", g, w)
	}
}

func keyIsFound(t *testing.T, open openKeys) {
	keys, reopen := open(t)
	a, b := newKey("aaaaaaaaaaaa"), newKey("bbbbbbbbbbbb")
	b.Scopes = nil
	ok(t, keys.AddKey(ctx, b))
	a.CreatedAt += 1000
	ok(t, keys.AddKey(ctx, a))
	for range 2 {
		for _, k := range []belfry.Key{a, b} {
			got, err := keys.Key(ctx, k.ID)
			ok(t, err)
			same(t, got, k)
		}
		list, err := keys.Keys(ctx)
		ok(t, err)
		if len(list) != 2 {
			t.Fatalf("%d keys listed", len(list))
		}
		keys = reopen()
	}
}

func keyIsUnknown(t *testing.T, open openKeys) {
	keys, _ := open(t)
	if _, err := keys.Key(ctx, "aaaaaaaaaaaa"); belfry.ErrorCode(err) != belfry.CodeNotFound {
		t.Fatal(err)
	}
	list, err := keys.Keys(ctx)
	ok(t, err)
	same(t, len(list), 0)
}

func keyIsRevoked(t *testing.T, open openKeys) {
	keys, reopen := open(t)
	ok(t, keys.AddKey(ctx, newKey("aaaaaaaaaaaa")))
	ok(t, keys.RevokeKey(ctx, "aaaaaaaaaaaa"))
	for range 2 {
		if k, err := keys.Key(ctx, "aaaaaaaaaaaa"); err == nil && k.RevokedAt == 0 || err != nil && belfry.ErrorCode(err) != belfry.CodeNotFound {
			t.Fatalf("%+v, %v", k, err)
		}
		keys = reopen()
	}
	if err := keys.RevokeKey(ctx, "bbbbbbbbbbbb"); belfry.ErrorCode(err) != belfry.CodeNotFound {
		t.Fatal(err)
	}
}

func keyIsTaken(t *testing.T, open openKeys) {
	keys, _ := open(t)
	ok(t, keys.AddKey(ctx, newKey("aaaaaaaaaaaa")))
	other := newKey("aaaaaaaaaaaa")
	other.Name = "other"
	if err := keys.AddKey(ctx, other); belfry.ErrorCode(err) != belfry.CodeConflict {
		t.Fatalf("an id was taken twice: %v", err)
	}
}
