package token_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"belfry"
	"belfry/internal/token"
)

// A token that was found good is not good for ever: not beyond its end, nor long
// after the provider has withdrawn the key.
func TestAuthority_Verify_again(t *testing.T) {
	p := newProvider(t)
	key := newRSA(t)
	p.set(func() { p.keys["one"] = key })
	at := now
	a, err := token.New(t.Context(), token.Options{
		Secrets: [][]byte{[]byte(secret)}, JWKSURL: p.URL, Issuer: "idp", Audience: "belfry", Now: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	full := claims("iss", "idp", "aud", "belfry", "exp", now.Add(time.Hour).Unix())
	own := sign(t, jwt.SigningMethodHS256, []byte(secret), full)
	remote := sign(t, jwt.SigningMethodRS256, key, full, "kid", "one")
	verify := func(raw string, after time.Duration, want belfry.Code) {
		t.Helper()
		at = now.Add(after)
		c, err := a.Verify(t.Context(), raw)
		if belfry.ErrorCode(err) != want {
			t.Errorf("after %s: %v, want %q", after, err, want)
		}
		if err == nil && c.User != "ann" {
			t.Errorf("after %s it is %s's", after, c.User)
		}
	}
	verify(own, 0, "")
	verify(remote, 0, "")
	p.set(func() { p.keys = nil })
	verify(sign(t, jwt.SigningMethodRS256, key, full, "kid", "two"), 0, belfry.CodeUnauthorized) // an unknown key has the set fetched
	verify(remote, 4*time.Minute, "")
	verify(remote, 6*time.Minute, belfry.CodeUnavailable) // it may be a new one, and they were fetched a moment ago
	verify(own, 60*time.Minute, "")
	verify(own, 61*time.Minute+time.Second, belfry.CodeTokenExpired)
}
