package sqlite

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"belfry"
)

const benchUsers = 10_000

func benchUser(i int) belfry.UserID { return belfry.UserID(fmt.Sprint("user-", i%benchUsers)) }

func publication(to belfry.Target, now time.Time) belfry.Publication {
	d := belfry.Draft{To: to}
	d.Type, d.Title = "comment", "Ann commented on your document"
	d.Body = "I think that the second paragraph says the opposite of the first; shall we meet?"
	d.ActionURL = "https://example.com/documents/4711#comment-12"
	d.Normalize()
	return belfry.Publication{Draft: d, ID: belfry.NewID(now), CreatedAt: belfry.TimeOf(now), Encoded: d.Content.Encode()}
}

// BenchmarkStore_Append publishes to one of 10,000 users at a time: callers of
// batch/64 alone, or batches of 500 as the batch API makes them.
func BenchmarkStore_Append(b *testing.B) {
	for _, batch := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", batch), func(b *testing.B) {
			s := mustOpen(b, b.TempDir(), belfry.Rules{})
			meetAll(b, s)
			var next atomic.Int64
			var wg sync.WaitGroup
			cost := measure(b, s)
			for range batch {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						p := publication(belfry.Target{User: benchUser(int(i * 7919))}, time.Now())
						if r := s.Append(context.Background(), []belfry.Publication{p}); r[0].Err != nil {
							b.Error(r[0].Err)
						}
					}
				})
			}
			wg.Wait()
			cost(b.N)
		})
	}
	for _, batch := range []int{64, 500} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			s := mustOpen(b, b.TempDir(), belfry.Rules{})
			meetAll(b, s)
			cost := measure(b, s)
			for n := range b.N {
				appendAll(b, s, batch, n*batch*7919)
			}
			cost(b.N * batch)
		})
	}
}

// measure begins the measuring; what it returns ends it and reports what a row
// cost, the making of the publication included.
func measure(b *testing.B, s *Store) func(rows int) {
	var commits atomic.Int64
	s.ObserveCommits(func(int, time.Duration) { commits.Add(1) })
	begin := cpu()
	b.ResetTimer()
	return func(rows int) {
		b.StopTimer()
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(float64((cpu()-begin).Microseconds())/float64(rows), "cpu-µs/row")
		b.ReportMetric(float64(rows)/float64(max(1, commits.Load())), "rows/commit")
	}
}

// cpu is what the process has used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func appendAll(b testing.TB, s *Store, n, from int) {
	pubs := make([]belfry.Publication, n)
	now := time.Now()
	for i := range pubs {
		pubs[i] = publication(belfry.Target{User: benchUser(from + i*7919)}, now)
	}
	for _, r := range s.Append(context.Background(), pubs) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
}

func meetAll(b testing.TB, s *Store) {
	for from := 0; from < benchUsers; from += 1000 {
		users := make([]belfry.UserID, 1000)
		for i := range users {
			users[i] = benchUser(from + i)
		}
		p := publication(belfry.Target{Users: users}, time.Now())
		if r := s.Append(context.Background(), []belfry.Publication{p}); r[0].Err != nil {
			b.Fatal(r[0].Err)
		}
	}
}

// BenchmarkStore_Open opens sessions of users with nothing but private items.
func BenchmarkStore_Open(b *testing.B) {
	s := mustOpen(b, b.TempDir(), belfry.Rules{})
	meetAll(b, s)
	for range 20 {
		appendAll(b, s, 1000, 0)
	}
	for _, items := range []int{0, 20} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			for i := range b.N {
				if _, err := s.Open(context.Background(), benchUser(i*7919), belfry.OpenQuery{Items: items}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("resumed", func(b *testing.B) {
		o, err := s.Open(context.Background(), benchUser(1), belfry.OpenQuery{})
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			if _, err := s.Open(context.Background(), benchUser(1), belfry.OpenQuery{Cursor: &o.Cursor}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStore_Changes reads what a session that was rung reads.
func BenchmarkStore_Changes(b *testing.B) {
	s := mustOpen(b, b.TempDir(), belfry.Rules{})
	meetAll(b, s)
	follow := func(n int) belfry.UserID {
		u := belfry.UserID(fmt.Sprint("follower-", n))
		for i := range n {
			if err := s.Follow(context.Background(), []belfry.UserID{u}, belfry.Topic(fmt.Sprint("t", i)), true); err != nil {
				b.Fatal(err)
			}
		}
		return u
	}
	for _, u := range []belfry.UserID{benchUser(1), follow(5), follow(200)} {
		b.Run(string(u), func(b *testing.B) {
			o, err := s.Open(context.Background(), u, belfry.OpenQuery{})
			if err != nil {
				b.Fatal(err)
			}
			p := publication(belfry.Target{User: u}, time.Now())
			s.Append(context.Background(), []belfry.Publication{p})
			for range b.N {
				if _, err := s.Changes(context.Background(), u, belfry.ChangesQuery{From: o.Cursor}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
