package token

import (
	"encoding/binary"
	"testing"
	"time"
)

// However many tokens come by, what is remembered is bounded, and one that is
// asked for again and again stays.
func TestVerified_isBounded(t *testing.T) {
	var v verified
	now := time.Now()
	key := func(n int) (hash [32]byte) {
		binary.BigEndian.PutUint64(hash[:], uint64(n))
		return hash
	}
	kept := &Claims{User: "ann"}
	v.remember(key(0), kept, now.Add(time.Hour))
	for i := 1; i < 5*maxVerified; i++ {
		v.remember(key(i), &Claims{}, now.Add(time.Hour))
		if i%1000 == 0 && v.find(key(0), now) != kept {
			t.Fatalf("forgotten after %d others, though in use", i)
		}
		if n := len(v.young) + len(v.old); n > 2*maxVerified {
			t.Fatalf("%d tokens are remembered", n)
		}
	}
	if v.find(key(1), now) != nil {
		t.Error("one that nobody asked for is still remembered")
	}
	if v.find(key(0), now.Add(time.Hour)) != nil {
		t.Error("one that has ended is found")
	}
}
