package token_test

import (
	"context"
	"testing"
	"time"

	"belfry/internal/token"
)

// BenchmarkAuthority_Verify is the check of every opening.
func BenchmarkAuthority_Verify(b *testing.B) {
	a, err := token.New(context.Background(), token.Options{Secrets: [][]byte{[]byte(secret)}})
	if err != nil {
		b.Fatal(err)
	}
	raw, _, err := a.Issue("ann", time.Hour, token.Grants{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Verify(context.Background(), raw); err != nil {
			b.Fatal(err)
		}
	}
}
