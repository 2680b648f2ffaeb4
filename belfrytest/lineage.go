package belfrytest

import (
	"fmt"
	"testing"

	"belfry"
)

func testLineage(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"another user's cursor is reset", otherUsersCursor},
		subtest{"a cursor above a head is reset", cursorAboveHead},
		subtest{"a cursor of nowhere is reset", cursorOfNowhere},
		subtest{"a restored backup that outgrew its old head is reset", outgrownBackup},
		subtest{"a cursor from before the backup still fits", cursorBeforeBackup},
		subtest{"a start that is moved is a reset", movedStart},
		subtest{"eight incarnations are remembered", manyIncarnations},
	)
}

// unfit wants a cursor to be answered by a snapshot and never by silence.
func (w *world) unfit(user belfry.UserID, at belfry.Cursor) {
	w.Helper()
	o, err := w.Store.Open(ctx, user, belfry.OpenQuery{Cursor: &at, Items: belfry.MaxItems})
	w.ok(err)
	if o.Resumed {
		w.Fatalf("the cursor %+v was resumed, the heads are %+v", at, w.head(user))
	}
	if o.Cursor != w.head(user) {
		w.Fatalf("a snapshot at %+v, not at the heads %+v", o.Cursor, w.head(user))
	}
	r := newReplica(w, user)
	r.Snapshot(o)
	w.agree(user, r)
	if c := w.changes(user, belfry.ChangesQuery{From: at}); !c.Reset {
		w.Fatalf("Changes reads on from %+v, the heads are %+v", at, c.Head)
	}
}

func otherUsersCursor(w *world) {
	w.publishMany(3, to(ann))
	w.publishMany(3, to(bob))
	w.publish(toAll())
	w.unfit(bob, w.head(ann))
	w.unfit(ann, w.start(bob))
}

func cursorAboveHead(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	at := w.head(ann)
	at.P++
	w.unfit(ann, at)
	at.P, at.S = at.P-1, at.S+1
	w.unfit(ann, at)
}

func cursorOfNowhere(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	at := w.head(ann)
	at.Private ^= 1
	w.unfit(ann, at)
	at.Private, at.Shared = at.Private^1, at.Shared^1
	w.unfit(ann, at)
	w.unfit(ann, belfry.Cursor{})
}

// outgrownBackup: life goes on after the backup, the disk dies, the backup is
// put back and grows past where the phone in the drawer stands.
func outgrownBackup(w *world) {
	if w.Copy == nil {
		return
	}
	w.publishMany(3, to(ann))
	w.publishMany(3, toAll())
	restore := w.Copy()
	w.publishMany(5, to(ann), title("lost"))
	private := w.head(ann)
	w.publishMany(5, toAll(), title("lost"))
	both := w.head(ann)
	w.Store = restore()
	w.unfit(ann, private)
	w.unfit(ann, both)
	w.publishMany(20, to(ann))
	w.unfit(ann, private)
	w.publishMany(20, toAll())
	w.unfit(ann, private)
	w.unfit(ann, both)
	shared := w.head(ann)
	shared.Shared, shared.S = both.Shared, both.S
	w.unfit(ann, shared)
	w.Store = w.Reopen()
	w.unfit(ann, both)
}

func cursorBeforeBackup(w *world) {
	if w.Copy == nil {
		return
	}
	w.publishMany(3, to(ann))
	w.publishMany(3, toAll())
	early := w.snapshot(ann)
	w.publishMany(2, to(ann))
	restore := w.Copy()
	w.publishMany(5, to(ann), title("lost"))
	w.Store = restore()
	w.publishMany(9, to(ann))
	w.publishMany(9, toAll())
	w.resume(early)
	w.catchUp(early, 0, nil)
	w.agree(ann, early)
}

func movedStart(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	at, start := w.head(ann), w.start(ann)
	_, err := w.Store.PutUser(ctx, ann, 0)
	w.ok(err)
	w.resume(&Replica{User: ann, At: at})
	_, err = w.Store.PutUser(ctx, ann, belfry.TimeOf(w.clock.Now())+1000)
	w.ok(err)
	w.counted(ann, 1, 1)
	w.unfit(ann, at)
	w.unfit(ann, start)
}

func manyIncarnations(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	var kept []*Replica
	const rounds = belfry.MaxAncestors + 3
	for i := range rounds {
		kept = append(kept, w.snapshot(ann))
		w.Store = w.Reopen()
		w.publish(to(ann), title(fmt.Sprint(i)))
		w.publish(toAll(), title(fmt.Sprint(i)))
	}
	for i, r := range kept {
		if rounds-i > belfry.MaxAncestors {
			w.unfit(ann, r.At)
			continue
		}
		w.resume(r)
		w.catchUp(r, 1, nil)
		w.agree(ann, r)
	}
}
