package postgres

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

func publication(to belfry.Target) belfry.Publication {
	now := time.Now()
	d := belfry.Draft{To: to}
	d.Type, d.Title = "comment", "Ann commented on your document"
	d.Body = "I think that the second paragraph says the opposite of the first; shall we meet?"
	d.ActionURL = "https://example.com/documents/4711#comment-12"
	d.Normalize()
	return belfry.Publication{Draft: d, ID: belfry.NewID(now), CreatedAt: belfry.TimeOf(now), Encoded: d.Content.Encode()}
}

// BenchmarkAppend publishes to one of 10,000 users at a time, 64 callers; to
// everyone, 64 callers; and in batches of 500 as the batch API makes them.
func BenchmarkAppend(b *testing.B) {
	user := func(i int) belfry.Target { return belfry.Target{User: benchUser(i * 7919)} }
	b.Run("user/callers=1", func(b *testing.B) { benchAppend(b, 1, 1, user) })
	b.Run("user/callers=64", func(b *testing.B) { benchAppend(b, 64, 1, user) })
	b.Run("all/callers=64", func(b *testing.B) { benchAppend(b, 64, 1, func(int) belfry.Target { return belfry.Target{All: true} }) })
	b.Run("user/batch=500", func(b *testing.B) { benchAppend(b, 1, 500, user) })
}

func benchAppend(b *testing.B, callers, batch int, to func(int) belfry.Target) {
	s := mustOpen(b, server.Database(b), belfry.Rules{})
	meetAll(b, s)
	var next, commits, rows atomic.Int64
	s.ObserveCommits(func(n int, _ time.Duration) { commits.Add(1); rows.Add(int64(n)) })
	var wg sync.WaitGroup
	begin := cpu()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := next.Add(int64(batch)); i <= int64(b.N*batch); i = next.Add(int64(batch)) {
				pubs := make([]belfry.Publication, batch)
				for j := range pubs {
					pubs[j] = publication(to(int(i) + j))
				}
				for _, r := range s.Append(context.Background(), pubs) {
					if r.Err != nil {
						b.Error(r.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	n := float64(rows.Load())
	b.ReportMetric(n/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64((cpu()-begin).Microseconds())/n, "cpu-µs/row")
	b.ReportMetric(n/float64(commits.Load()), "rows/commit")
}

// cpu is what the process, without the server, has used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func meetAll(b testing.TB, s *Store) {
	for from := 0; from < benchUsers; from += 1000 {
		users := make([]belfry.UserID, 1000)
		for i := range users {
			users[i] = benchUser(from + i)
		}
		if r := s.Append(context.Background(), []belfry.Publication{publication(belfry.Target{Users: users})}); r[0].Err != nil {
			b.Fatal(r[0].Err)
		}
	}
}

// BenchmarkStore_Open opens sessions; BenchmarkStore_Changes reads what a session
// that was rung reads.
func BenchmarkStore_Open(b *testing.B) {
	s := mustOpen(b, server.Database(b), belfry.Rules{})
	meetAll(b, s)
	for i := range b.N {
		if _, err := s.Open(context.Background(), benchUser(i*7919), belfry.OpenQuery{Items: 20}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStore_Changes(b *testing.B) {
	s := mustOpen(b, server.Database(b), belfry.Rules{})
	meetAll(b, s)
	server.Exec(b, s.readers.Config().ConnString(), "ANALYZE")
	u := benchUser(1)
	for i := range 5 {
		if err := s.Follow(context.Background(), []belfry.UserID{u}, belfry.Topic(fmt.Sprint("t", i)), true); err != nil {
			b.Fatal(err)
		}
	}
	for name, to := range map[string]belfry.Target{"private": {User: u}, "shared": {All: true}} {
		b.Run(name, func(b *testing.B) {
			o, err := s.Open(context.Background(), u, belfry.OpenQuery{})
			if err != nil {
				b.Fatal(err)
			}
			s.Append(context.Background(), []belfry.Publication{publication(to)})
			for range b.N {
				if _, err := s.Changes(context.Background(), u, belfry.ChangesQuery{From: o.Cursor}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStore_Mark reads one item after the other.
func BenchmarkStore_Mark(b *testing.B) {
	s := mustOpen(b, server.Database(b), belfry.Rules{RetentionItems: 1 << 30})
	var ids []belfry.ID
	for len(ids) < b.N {
		p := publication(belfry.Target{User: "ann"})
		s.Append(context.Background(), []belfry.Publication{p})
		ids = append(ids, p.ID)
	}
	b.ResetTimer()
	for _, id := range ids {
		if _, err := s.Mark(context.Background(), "ann", belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); err != nil {
			b.Fatal(err)
		}
	}
}
