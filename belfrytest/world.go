package belfrytest

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"belfry"

	"pgregory.net/rapid"
)

// clock is the time of a world. It moves when it is told to and never else.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Step moves the clock, back when d is negative.
func (c *clock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a store under test, its clock and the few verbs that tests speak in.
// A verb that fails ends the test.
type world struct {
	rapid.TB
	Opened
	clock *clock
	names int // users and topics drawn so far
}

func newWorld(t *testing.T, open Opener, rules belfry.Rules) *world {
	w := &world{TB: t, clock: newClock()}
	rules.Now = w.clock.Now
	w.Opened = open(t, rules)
	return w
}

// ctx is for calls that nobody cancels; one that hangs meets go test's timeout.
var ctx = context.Background()

// Addresses.

const (
	ann = belfry.UserID("ann")
	bob = belfry.UserID("bob")
	cat = belfry.UserID("cat")
)

func to(users ...belfry.UserID) belfry.Target {
	if len(users) == 1 {
		return belfry.Target{User: users[0]}
	}
	return belfry.Target{Users: users}
}

func toTopic(t belfry.Topic) belfry.Target { return belfry.Target{Topic: t} }

func toAll() belfry.Target { return belfry.Target{All: true} }

// Drafts.

type option func(*belfry.Draft)

func title(s string) option        { return func(d *belfry.Draft) { d.Title = s } }
func kind(t belfry.Type) option    { return func(d *belfry.Draft) { d.Type = t } }
func group(s string) option        { return func(d *belfry.Draft) { d.Group = s } }
func collapse(key string) option   { return func(d *belfry.Draft) { d.CollapseKey = key } }
func key(s string) option          { return func(d *belfry.Draft) { d.IdempotencyKey = s } }
func deliverAt(t time.Time) option { return func(d *belfry.Draft) { d.DeliverAt = belfry.TimeOf(t) } }
func expiresAt(t time.Time) option { return func(d *belfry.Draft) { d.ExpiresAt = belfry.TimeOf(t) } }
func except(u ...belfry.UserID) option {
	return func(d *belfry.Draft) { d.Except = u }
}

func entity(kind, id string) option {
	return func(d *belfry.Draft) { d.Entity = &belfry.Entity{Type: kind, ID: id} }
}

func draft(to belfry.Target, options ...option) belfry.Draft {
	d := belfry.Draft{To: to}
	d.Title = "hello"
	for _, o := range options {
		o(&d)
	}
	return d
}

// Verbs.

// ok ends the test when err is not nil.
func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("unexpected error: %v", err)
	}
}

// refused ends the test unless err has the code.
func (w *world) refused(err error, code belfry.Code) {
	w.Helper()
	if got := belfry.ErrorCode(err); got != code {
		w.Fatalf("error code %q (%v), want %q", got, err, code)
	}
}

func (w *world) append(drafts ...belfry.Draft) []belfry.Published {
	w.Helper()
	out := belfry.Publish(ctx, w.Store, w.clock.Now(), drafts)
	if len(out) != len(drafts) {
		w.Fatalf("%d results for %d publications", len(out), len(drafts))
	}
	return out
}

func (w *world) publish(to belfry.Target, options ...option) belfry.ID {
	w.Helper()
	r := w.append(draft(to, options...))[0]
	w.ok(r.Err)
	if r.ID == "" || r.Status == "" {
		w.Fatalf("a result without an id or a status: %+v", r)
	}
	return r.ID
}

// publishMany publishes n notifications in one batch, titled from 1.
func (w *world) publishMany(n int, to belfry.Target, options ...option) []belfry.ID {
	w.Helper()
	drafts := make([]belfry.Draft, n)
	for i := range drafts {
		drafts[i] = draft(to, append(options[:len(options):len(options)], title(strconv.Itoa(i+1)))...)
	}
	ids := make([]belfry.ID, n)
	for i, r := range w.append(drafts...) {
		w.ok(r.Err)
		ids[i] = r.ID
	}
	return ids
}

func (w *world) edit(id belfry.ID, newTitle string) belfry.Standing {
	w.Helper()
	s, err := w.Store.Edit(ctx, id, belfry.Patch{"title": []byte(strconv.Quote(newTitle))})
	w.ok(err)
	return s
}

func (w *world) retract(id belfry.ID) belfry.Standing {
	w.Helper()
	s, err := w.Store.Retract(ctx, id)
	w.ok(err)
	return s
}

func (w *world) mark(user belfry.UserID, m belfry.Mark) belfry.Marked {
	w.Helper()
	w.ok(m.Validate(belfry.TimeOf(w.clock.Now())))
	done, err := w.Store.Mark(ctx, user, m)
	w.ok(err)
	return done
}

// markIDs marks named items and wants all of them taken.
func (w *world) markIDs(user belfry.UserID, a belfry.Action, ids ...belfry.ID) belfry.Marked {
	w.Helper()
	m := belfry.Mark{Action: a, IDs: ids}
	if a == belfry.ActionSnooze {
		m.Until = belfry.TimeOf(w.clock.Now().Add(time.Hour))
	}
	done := w.mark(user, m)
	if len(done.Refused) != 0 {
		w.Fatalf("%s refused: %v", a, done.Refused)
	}
	return done
}

func (w *world) markAll(user belfry.UserID, a belfry.Action, upTo belfry.Cursor) belfry.Marked {
	w.Helper()
	return w.mark(user, belfry.Mark{Action: a, All: true, UpTo: upTo.String()})
}

func (w *world) follow(topic belfry.Topic, users ...belfry.UserID) {
	w.Helper()
	w.ok(w.Store.Follow(ctx, users, topic, true))
}

func (w *world) unfollow(topic belfry.Topic, users ...belfry.UserID) {
	w.Helper()
	w.ok(w.Store.Follow(ctx, users, topic, false))
}

// sweep sweeps until there is nothing more to do now.
func (w *world) sweep() {
	w.Helper()
	for range 10_000 {
		more, err := w.Store.Sweep(ctx)
		w.ok(err)
		if !more {
			return
		}
	}
	w.Fatalf("Sweep always says that there is more")
}

// meet makes sure that users exist.
func (w *world) meet(users ...belfry.UserID) {
	w.Helper()
	for _, u := range users {
		_, err := w.Store.PutUser(ctx, u, 0)
		w.ok(err)
	}
}

func (w *world) standing(id belfry.ID) belfry.Standing {
	w.Helper()
	s, err := w.Store.Standing(ctx, id)
	w.ok(err)
	return s
}
