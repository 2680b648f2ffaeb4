package belfrytest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"belfry"
)

func testTime(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"acts through Sweep and never else", onlySweepActs},
		subtest{"deliverAt/enters when it is due", delivers},
		subtest{"deliverAt/in the past is at once", deliversAtOnce},
		subtest{"deliverAt/reaches who follows then", deliversToFollowers},
		subtest{"expiresAt/ends in every inbox", expires},
		subtest{"expiresAt/one tombstone for a million", expiresOnce},
		subtest{"expiresAt/of what never came", expiresUndelivered},
		subtest{"a clock that steps back and forward", clockSteps},
		subtest{"Sweep/nothing due takes no revision", sweepsNothing},
		subtest{"Sweep/what is due survives a restart", dueSurvives},
		subtest{"Sweep/much work is done in turns", sweepsMuch},
		subtest{"Sweep/at once from several places", sweepsConcurrently},
		subtest{"Sweep/cancel races delivery", cancelRaces},
	)
}

func onlySweepActs(w *world) {
	w.meet(ann)
	for _, target := range []belfry.Target{to(ann), toAll()} {
		w.publish(target, expiresAt(w.clock.Now().Add(time.Hour)))
		w.publish(target, deliverAt(w.clock.Now().Add(time.Hour)))
	}
	w.markIDs(ann, belfry.ActionSnooze, w.publish(to(ann)))
	w.counted(ann, 2, 2)
	for _, step := range []time.Duration{time.Minute, 24 * time.Hour, 365 * 24 * time.Hour, -400 * 24 * time.Hour} {
		w.clock.Step(step)
		w.still(ann, func() { w.counted(ann, 2, 2) })
		w.agree(ann, w.snapshot(ann))
	}
}

func delivers(w *world) {
	w.follow("a", ann)
	for _, target := range []belfry.Target{to(ann), to(ann, bob), toAll(), toTopic("a")} {
		id := w.publish(target, deliverAt(w.clock.Now().Add(time.Hour)))
		created := belfry.TimeOf(w.clock.Now())
		w.still(ann, w.sweep)
		w.clock.Step(time.Hour - time.Millisecond)
		w.still(ann, w.sweep)
		w.clock.Step(time.Millisecond)
		w.moved(ann, count(!target.Shared()), count(target.Shared()), w.sweep)
		it := w.item(ann, id)
		if it.CreatedAt != created || it.DeliveredAt < belfry.TimeOf(w.clock.Now()) || it.DeliveredAt > belfry.TimeOf(w.clock.Now())+1000 {
			w.Fatalf("%+v", it)
		}
		if s := w.standing(id); s.Status != belfry.StatusDelivered || s.DeliveredAt != it.DeliveredAt {
			w.Fatalf("%+v", s)
		}
		w.still(ann, w.sweep)
	}
	w.counted(ann, 4, 4)
	w.counted(bob, 2, 2)
}

func deliversAtOnce(w *world) {
	r := w.append(draft(to(ann), deliverAt(w.clock.Now().Add(-time.Hour))), draft(to(ann), deliverAt(w.clock.Now())))
	for _, p := range r {
		w.ok(p.Err)
		if p.Status != belfry.StatusDelivered {
			w.Fatalf("%+v", p)
		}
	}
	if p := w.append(draft(to(ann), deliverAt(w.clock.Now().Add(time.Millisecond))))[0]; p.Status != belfry.StatusScheduled {
		w.Fatalf("%+v", p)
	}
	w.counted(ann, 2, 2)
}

func deliversToFollowers(w *world) {
	w.follow("a", ann, bob)
	w.publish(toTopic("a"), deliverAt(w.clock.Now().Add(time.Hour)), except(bob))
	w.publish(toTopic("a"), deliverAt(w.clock.Now().Add(time.Hour)))
	w.unfollow("a", ann)
	w.follow("a", cat)
	w.clock.Step(2 * time.Hour)
	w.sweep()
	w.counted(ann, 0, 0)
	w.counted(bob, 1, 1)
	w.counted(cat, 2, 2)
}

func expires(w *world) {
	w.follow("a", ann)
	for _, target := range []belfry.Target{to(ann), toAll(), toTopic("a")} {
		id := w.publish(target, expiresAt(w.clock.Now().Add(time.Hour)))
		w.publish(target)
		at := w.head(ann)
		w.clock.Step(time.Hour)
		w.moved(ann, count(!target.Shared()), count(target.Shared()), w.sweep)
		if _, there := w.inbox(ann)[id]; there {
			w.Fatalf("%s is still there", id)
		}
		if s := w.standing(id); s.Status != belfry.StatusRetracted {
			w.Fatalf("%+v", s)
		}
		c := w.since(ann, at)
		for _, row := range append(c.Shared, c.Private...) {
			if row.Item == nil || !row.Item.Dead || row.Item.ID != id {
				w.Fatalf("%s", describe(row))
			}
		}
	}
	w.counted(ann, 3, 3)
}

func expiresOnce(w *world) {
	w.meet(ann, bob, cat)
	read := w.publish(toAll(), expiresAt(w.clock.Now().Add(time.Hour)))
	both := w.publish(to(ann, bob), expiresAt(w.clock.Now().Add(time.Hour)))
	w.markIDs(ann, belfry.ActionRead, read, both)
	w.clock.Step(2 * time.Hour)
	w.moved(ann, 1, 1, w.sweep)
	for _, u := range []belfry.UserID{ann, bob, cat} {
		w.counted(u, 0, 0)
	}
}

func expiresUndelivered(w *world) {
	w.meet(ann)
	id := w.publish(to(ann), deliverAt(w.clock.Now().Add(time.Hour)), expiresAt(w.clock.Now().Add(2*time.Hour)))
	w.clock.Step(3 * time.Hour) // nobody swept in between
	w.sweep()
	w.sweep()
	w.counted(ann, 0, 0)
	if s := w.standing(id); s.Status == belfry.StatusScheduled || s.Status == belfry.StatusDelivered {
		w.Fatalf("%+v", s)
	}
}

func clockSteps(w *world) {
	w.meet(ann)
	last := belfry.Time(0)
	for i := range 12 {
		w.publish(to(ann), title(fmt.Sprint(i)), expiresAt(w.clock.Now().Add(90*time.Minute)))
		id := w.publish(to(ann), deliverAt(w.clock.Now().Add(30*time.Minute)))
		_ = id
		before := w.counts(ann)
		w.clock.Step([]time.Duration{-time.Hour, time.Hour, time.Hour}[i%3])
		if after := w.counts(ann); after != before {
			w.Fatalf("the clock alone moved the counts from %+v to %+v", before, after)
		}
		w.sweep()
		w.counts(ann)
		for _, row := range w.since(ann, w.start(ann)).Private {
			if row.Item.Dead || row.Item.Rev != row.Item.Born {
				continue
			}
			last = max(last, row.Item.DeliveredAt)
		}
		w.publish(to(ann))
		if it := w.list(ann, belfry.ListQuery{Limit: 1})[0]; it.DeliveredAt <= last {
			w.Fatalf("delivered at %s after %s", it.DeliveredAt, last)
		}
	}
	if items := w.list(ann, belfry.ListQuery{}); !sortedLikeInbox(items) {
		w.Fatalf("the inbox is out of order")
	}
	w.agree(ann, w.snapshot(ann))
}

func sweepsNothing(w *world) {
	busy(w)
	w.sweep()
	w.still(ann, func() {
		for range 5 {
			w.clock.Step(time.Minute)
			w.sweep()
		}
	})
}

func dueSurvives(w *world) {
	w.meet(ann)
	w.publish(to(ann), title("late"), deliverAt(w.clock.Now().Add(time.Hour)))
	w.publish(toAll(), expiresAt(w.clock.Now().Add(time.Hour)))
	w.markIDs(ann, belfry.ActionSnooze, w.publish(to(ann), title("snoozed")))
	w.Store = w.Reopen()
	w.clock.Step(2 * time.Hour)
	w.sweep()
	w.counted(ann, 2, 2)
}

func sweepsMuch(w *world) {
	w.meet(ann)
	for range 25 {
		w.publishMany(100, to(ann), deliverAt(w.clock.Now().Add(time.Hour)))
	}
	w.clock.Step(2 * time.Hour)
	more, err := w.Store.Sweep(ctx)
	w.ok(err)
	if !more {
		w.Fatalf("2,500 deliveries are one turn")
	}
	w.sweep()
	if h := w.head(ann); h.P < 2500 {
		w.Fatalf("2,500 deliveries took %d revisions", h.P)
	}
	w.counts(ann)
}

func sweepsConcurrently(w *world) {
	w.meet(ann)
	w.publishMany(50, to(ann), deliverAt(w.clock.Now().Add(time.Hour)))
	w.publishMany(50, toAll(), deliverAt(w.clock.Now().Add(time.Hour)))
	stores := []belfry.Store{w.Store, w.Store, w.Store}
	if w.Second != nil {
		stores = append(stores, w.Second())
	}
	w.clock.Step(2 * time.Hour)
	var all sync.WaitGroup
	for _, s := range stores {
		all.Go(func() {
			for more := true; more; {
				var err error
				if more, err = s.Sweep(ctx); err != nil {
					w.Errorf("sweep: %v", err)
				}
			}
		})
	}
	all.Wait()
	w.sweep()
	w.counted(ann, 100, 100)
	if h := w.head(ann); h.P != 50 || h.S != 50 {
		w.Fatalf("50 deliveries a log took %+v", h.Position)
	}
}

// cancelRaces: whoever comes second sees what the first has done.
func cancelRaces(w *world) {
	w.meet(ann)
	var drafts []belfry.ID
	for range 20 {
		drafts = append(drafts, w.publish(to(ann), deliverAt(w.clock.Now().Add(time.Hour))))
	}
	w.clock.Step(2 * time.Hour)
	var all sync.WaitGroup
	all.Go(func() {
		for range 20 {
			if _, err := w.Store.Sweep(ctx); err != nil {
				w.Errorf("sweep: %v", err)
			}
		}
	})
	said := make([]belfry.Status, len(drafts))
	for i, id := range drafts {
		all.Go(func() {
			s, err := w.Store.Retract(ctx, id)
			if err != nil {
				w.Errorf("retract: %v", err)
			}
			said[i] = s.Status
		})
	}
	all.Wait()
	w.sweep()
	w.counted(ann, 0, 0)
	retracted := belfry.Rev(0)
	for i, id := range drafts {
		if said[i] != belfry.StatusCanceled && said[i] != belfry.StatusRetracted || w.standing(id).Status != said[i] {
			w.Fatalf("a cancel said %q, it stands as %q", said[i], w.standing(id).Status)
		}
		if said[i] == belfry.StatusRetracted {
			retracted++
		}
	}
	if h := w.head(ann); h.P != 2*retracted {
		w.Fatalf("%d were delivered and retracted, in %d revisions", retracted, h.P)
	}
}
