package server

import (
	"sync"
	"time"

	"belfry"
)

// cacheSize bounds a cache: above it what is old goes, and if that does not
// help, everything.
const cacheSize = 16 << 10

// cache remembers answers of the store for a short while.
type cache[K comparable, V any] struct {
	ttl     time.Duration
	mu      sync.Mutex
	entries map[K]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[K comparable, V any](ttl time.Duration) *cache[K, V] {
	return &cache[K, V]{ttl: ttl, entries: map[K]cached[V]{}}
}

// get gives what is remembered, or loads it. Errors are not remembered. While the
// store is away what it said last goes on to count, however old: nobody can have
// revoked anything meanwhile, and signals are to flow.
func (c *cache[K, V]) get(key K, load func() (V, error)) (V, error) {
	now := time.Now()
	c.mu.Lock()
	e, ok := c.entries[key]
	c.mu.Unlock()
	if ok && now.Before(e.until) {
		return e.value, nil
	}
	v, err := load()
	if ok && belfry.ErrorCode(err) == belfry.CodeUnavailable {
		return e.value, nil
	}
	if err != nil {
		return v, err
	}
	c.put(key, v, now)
	return v, nil
}

func (c *cache[K, V]) put(key K, v V, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheSize {
		for k, e := range c.entries {
			if now.After(e.until) {
				delete(c.entries, k)
			}
		}
		if len(c.entries) >= cacheSize {
			clear(c.entries)
		}
	}
	c.entries[key] = cached[V]{v, now.Add(c.ttl)}
}
