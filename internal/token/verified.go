package token

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verified remembers the tokens that were found good, by their hash. A client
// shows the same one at every request and at every reconnect, and to check it
// again costs from 10 µs (HS256) to 100 (ES256) that a storm has not.
type verified struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]remembered // what is asked for moves to the young
}

type remembered struct {
	claims *Claims // shared by all who are told: nobody changes it
	until  time.Time
}

const (
	maxVerified  = 32 << 10        // in each of the two; some 250 bytes each
	remoteMemory = 5 * time.Minute // for tokens of an identity provider, who may withdraw a key
)

// find gives the claims of a token that was found good and has not ended.
func (v *verified) find(hash [sha256.Size]byte, now time.Time) *Claims {
	v.mu.Lock()
	defer v.mu.Unlock()
	r, ok := v.young[hash]
	if !ok {
		if r, ok = v.old[hash]; ok {
			v.put(hash, r)
		}
	}
	if !ok || !now.Before(r.until) {
		return nil
	}
	return r.claims
}

// remember keeps the claims of a token that was found good.
func (v *verified) remember(hash [sha256.Size]byte, c *Claims, until time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(hash, remembered{c, until})
}

func (v *verified) put(hash [sha256.Size]byte, r remembered) {
	if len(v.young) >= maxVerified || v.young == nil {
		v.old, v.young = v.young, map[[sha256.Size]byte]remembered{}
	}
	v.young[hash] = r
}
