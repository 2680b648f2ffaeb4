package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"belfry"
)

// BenchmarkStore_Growth shows what a publish, an opened inbox and its counts cost
// as inboxes grow in number and in length. BELFRY_GROWTH=5000000 fills that many
// rows (a few minutes); by default it is small enough to run beside the others.
func BenchmarkStore_Growth(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("BELFRY_GROWTH")); err == nil {
		rows = n
	}
	for _, users := range []int{100, rows / 5} {
		perUser := min(1000, rows/users)
		s := mustOpen(b, b.TempDir(), belfry.Rules{})
		fill(b, s, users, perUser)
		name := func(what string) string { return fmt.Sprintf("%s/users=%d/items=%d", what, users, perUser) }
		b.Run(name("publish"), func(b *testing.B) {
			cost := measure(b, s)
			for n := 0; n < b.N; n += 64 {
				appendTo(b, s, min(64, b.N-n), func(int) int { return rand.IntN(users) })
			}
			cost(b.N)
		})
		b.Run(name("open"), func(b *testing.B) {
			took := make([]time.Duration, b.N)
			for i := range b.N {
				begin := time.Now()
				if _, err := s.Open(context.Background(), growthUser(rand.IntN(users)), belfry.OpenQuery{Items: 20}); err != nil {
					b.Fatal(err)
				}
				took[i] = time.Since(begin)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[(len(took)-1)*99/100].Microseconds()), "p99-µs")
		})
	}
}

func growthUser(i int) belfry.UserID { return belfry.UserID(fmt.Sprint("user-", i)) }

// fill gives each user as many items, in an order that mixes the users.
func fill(b *testing.B, s *Store, users, perUser int) {
	for range perUser {
		for from := 0; from < users; from += 1000 {
			appendTo(b, s, min(1000, users-from), func(i int) int { return from + i })
		}
	}
}

func appendTo(b *testing.B, s *Store, n int, user func(i int) int) {
	pubs := make([]belfry.Publication, n)
	now := time.Now()
	for i := range pubs {
		pubs[i] = publication(belfry.Target{User: growthUser(user(i))}, now)
	}
	for _, r := range s.Append(context.Background(), pubs) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
}
