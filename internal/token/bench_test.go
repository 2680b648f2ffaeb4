package token

import (
	"context"
	"strings"
	"testing"
	"time"
)

// BenchmarkAuthority_Verify is the check of every opening and of every request of
// a user: of a token that is seen for the first time, and of one that was found
// good before.
func BenchmarkAuthority_Verify(b *testing.B) {
	a, err := New(context.Background(), Options{Secrets: [][]byte{[]byte(strings.Repeat("secret", 6))}})
	if err != nil {
		b.Fatal(err)
	}
	raw, _, err := a.Issue("ann", time.Hour, Grants{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := a.check(context.Background(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.Verify(context.Background(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
