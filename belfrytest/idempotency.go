package belfrytest

import (
	"sync"
	"testing"
	"time"

	"belfry"
)

func testIdempotency(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"the same again gives the first answer", sameAgain},
		subtest{"another body is refused", anotherBody},
		subtest{"two in one batch are one", twoInOneBatch},
		subtest{"concurrent retries are one", concurrentRetries},
		subtest{"a scheduled one is one", scheduledRetry},
		subtest{"it survives a restart", keySurvives},
		subtest{"it is kept for 24 hours at least", keyKept},
		subtest{"a key is of the whole server", keyOfServer},
	)
}

func sameAgain(w *world) {
	first := w.append(draft(to(ann), key("k")))[0]
	w.ok(first.Err)
	if first.Replayed {
		w.Fatalf("the first is no replay: %+v", first)
	}
	w.clock.Step(time.Minute)
	w.still(ann, func() {
		again := w.append(draft(to(ann), key("k")))[0]
		w.ok(again.Err)
		if !again.Replayed || again.ID != first.ID || again.Status != belfry.StatusDelivered {
			w.Fatalf("again %+v, first %+v", again, first)
		}
	})
	w.publish(to(ann), key("another key"))
	w.counted(ann, 2, 2)
}

func anotherBody(w *world) {
	w.publish(to(ann), key("k"), title("one"))
	w.still(ann, func() {
		w.refused(w.append(draft(to(ann), key("k"), title("two")))[0].Err, belfry.CodeIdempotencyReused)
		w.refused(w.append(draft(toAll(), key("k"), title("one")))[0].Err, belfry.CodeIdempotencyReused)
	})
}

func twoInOneBatch(w *world) {
	out := w.append(draft(to(ann), key("k")), draft(to(ann), key("k")), draft(to(ann), key("k"), title("other")), draft(to(ann)))
	w.ok(out[0].Err)
	w.ok(out[1].Err)
	w.refused(out[2].Err, belfry.CodeIdempotencyReused)
	w.ok(out[3].Err)
	if out[1].ID != out[0].ID || out[0].Replayed || !out[1].Replayed {
		w.Fatalf("%+v", out)
	}
	w.counted(ann, 2, 2)
}

func concurrentRetries(w *world) {
	var all sync.WaitGroup
	out := make([]belfry.Published, 10)
	for i := range out {
		all.Go(func() {
			out[i] = belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(to(ann, bob), key("k")), draft(to(cat))})[0]
		})
	}
	all.Wait()
	stored := 0
	for _, r := range out {
		w.ok(r.Err)
		if r.ID != out[0].ID {
			w.Fatalf("two answers for one key: %+v", out)
		}
		if !r.Replayed {
			stored++
		}
	}
	if stored != 1 {
		w.Fatalf("%d of 10 say that they stored it", stored)
	}
	w.counted(ann, 1, 1)
	w.counted(bob, 1, 1)
	w.counted(cat, 10, 10)
}

func scheduledRetry(w *world) {
	later := deliverAt(w.clock.Now().Add(time.Hour))
	w.meet(ann)
	id := w.publish(to(ann), key("k"), later)
	if again := w.append(draft(to(ann), key("k"), later))[0]; !again.Replayed || again.ID != id {
		w.Fatalf("%+v", again)
	}
	w.clock.Step(2 * time.Hour)
	w.sweep()
	w.counted(ann, 1, 1)
}

func keySurvives(w *world) {
	id := w.publish(to(ann), key("k"))
	for _, again := range []func() belfry.Store{w.Reopen, w.Crash} {
		if again == nil {
			continue
		}
		w.Store = again()
		if r := w.append(draft(to(ann), key("k")))[0]; r.Err != nil || !r.Replayed || r.ID != id {
			w.Fatalf("%+v", r)
		}
	}
	w.counted(ann, 1, 1)
}

func keyKept(w *world) {
	id := w.publish(to(ann), key("k"))
	w.clock.Step(24*time.Hour - time.Minute)
	w.sweep()
	if r := w.append(draft(to(ann), key("k")))[0]; r.Err != nil || !r.Replayed || r.ID != id {
		w.Fatalf("after 24 hours: %+v", r)
	}
}

func keyOfServer(w *world) {
	w.publish(to(ann), key("k"))
	w.refused(w.append(draft(to(bob), key("k")))[0].Err, belfry.CodeIdempotencyReused)
}
