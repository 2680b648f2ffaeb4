package token

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"belfry"
)

// KeyPrefix begins every API key, so that one that leaked is found by a search.
const KeyPrefix = "belfry_sk_"

const (
	keyIDLen     = 12 // public part
	keySecretLen = 32 // 160 bits
)

// The scopes of an API key.
const (
	ScopePublish = "publish" // notifications, signals, followers, marks for a user
	ScopeTokens  = "tokens"  // issue user tokens, log users out
	ScopeRead    = "read"    // inboxes, presence, where a notification stands
	ScopeAdmin   = "admin"   // users: start, erase
)

// Scopes is the closed list.
var Scopes = []string{ScopePublish, ScopeTokens, ScopeRead, ScopeAdmin}

// NewKey draws an API key: belfry_sk_ID_SECRET. The text is shown once; the Key
// holds its hash only. CodeInvalid names the scope that is none.
func NewKey(name string, scopes []string, now time.Time) (text string, k belfry.Key, err error) {
	if len(scopes) == 0 {
		return "", k, belfry.Invalid("scopes", "required", "a key needs at least one of %s", strings.Join(Scopes, ", "))
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return "", k, belfry.Invalid("scopes", "invalid", "%.40q is no scope; choose of %s", s, strings.Join(Scopes, ", "))
		}
	}
	random := strings.ToLower(rand.Text() + rand.Text())
	id := random[:keyIDLen]
	text = KeyPrefix + id + "_" + random[keyIDLen:keyIDLen+keySecretLen]
	return text, belfry.Key{ID: id, Hash: sha256.Sum256([]byte(text)), Name: name, Scopes: scopes, CreatedAt: belfry.TimeOf(now)}, nil
}

// ParseKey gives the public ID and the hash of the whole key; ok is false when
// the text has not the form of one.
func ParseKey(text string) (id string, hash [32]byte, ok bool) {
	rest, ok := strings.CutPrefix(text, KeyPrefix)
	if !ok || len(rest) < keyIDLen+2 || len(rest) > 128 || rest[keyIDLen] != '_' {
		return "", hash, false
	}
	return rest[:keyIDLen], sha256.Sum256([]byte(text)), true
}
