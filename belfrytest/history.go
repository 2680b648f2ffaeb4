package belfrytest

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"belfry"

	"pgregory.net/rapid"
)

// testHistory runs random histories beside the oracle: after every step each
// user's counts, views and heads are what the oracle says, and at the end every
// cursor that a client ever held still resumes to the same inbox.
func testHistory(t *testing.T, open Opener) {
	t.Run("counts, views and cursors agree with the oracle", func(t *testing.T) {
		w := newWorld(t, open, belfry.Rules{RetentionDays: 36_500, RetentionItems: 8})
		check(t, 60, func(rt *rapid.T) { newHistory(w, rt).run() })
	})
}

// check runs a property, percent times for a hundred of -rapid.checks.
func check(t rapid.TB, percent int, property func(*rapid.T)) {
	t.Helper()
	defer setFlags(t, map[string]string{"rapid.checks": strconv.Itoa(max(1, checks(t)*percent/100))})()
	rapid.Check(t, property)
}

// checks is -rapid.checks.
func checks(t rapid.TB) int {
	t.Helper()
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatalf("-rapid.checks: %v", err)
	}
	return n
}

// setFlags sets flags of rapid, which has no other way, until restore.
func setFlags(t rapid.TB, flags map[string]string) (restore func()) {
	t.Helper()
	set := func(name, value string) {
		if err := flag.Set(name, value); err != nil {
			t.Fatalf("-%s: %v", name, err)
		}
	}
	before := map[string]string{}
	for name, value := range flags {
		before[name] = flag.Lookup(name).Value.String()
		set(name, value)
	}
	return func() {
		for name, value := range before {
			set(name, value)
		}
	}
}

// steady lets rapid shrink a failure: a failing run must fail in the same words
// when it runs again, but ids and revisions are others then. What was said in
// full goes to the log.
type steady struct{ *rapid.T }

func (t steady) Fatalf(format string, args ...any) {
	t.Helper()
	t.Logf(format, args...)
	t.T.Fatalf("%s", format)
}

// history is one random history: users and topics of its own in a store that
// all histories of a test share. A leap of the clock keeps the broadcasts of
// earlier ones out of its users' backlog.
type history struct {
	*world
	rt       *rapid.T
	users    []belfry.UserID
	topics   []belfry.Topic
	groups   []string
	truth    map[belfry.UserID]*Oracle
	held     map[belfry.UserID]*Replica
	kept     []*Replica
	shown    map[belfry.UserID][]belfry.Cursor // heads that were: what a click can refer to
	reopened int
	notes    []note
	titles   int
}

// note is a notification that was published or scheduled.
type note struct {
	id    belfry.ID
	draft belfry.Draft
	due   bool // scheduled and not yet delivered
}

func newHistory(w *world, rt *rapid.T) *history {
	w.TB = steady{rt}
	w.leap()
	w.names++
	h := &history{world: w, rt: rt, truth: map[belfry.UserID]*Oracle{}, held: map[belfry.UserID]*Replica{}, shown: map[belfry.UserID][]belfry.Cursor{}}
	for _, s := range []string{"a", "b"} {
		h.topics = append(h.topics, belfry.Topic(fmt.Sprint(s, w.names)))
		h.groups = append(h.groups, fmt.Sprint("g", s))
		u := belfry.UserID(fmt.Sprint("user-", s, w.names))
		h.users = append(h.users, u)
		w.meet(u)
		h.truth[u] = NewOracle(w.head(u).Position)
		h.held[u] = w.snapshot(u)
	}
	return h
}

// leap goes to a time at which nothing that was before is due or backlog any
// more: a new history begins.
func (w *world) leap() {
	w.Helper()
	for range 2 {
		w.clock.Step(30 * 24 * time.Hour)
		w.sweep()
	}
}

func (h *history) run() {
	h.rt.Repeat(map[string]func(*rapid.T){
		"":          func(*rapid.T) { h.verify() },
		"publish":   func(*rapid.T) { h.doPublish(true) },
		"broadcast": func(*rapid.T) { h.doPublish(false) },
		"schedule":  func(*rapid.T) { h.doSchedule() },
		"edit":      func(*rapid.T) { h.doEdit() },
		"retract":   func(*rapid.T) { h.doRetract() },
		"mark":      func(*rapid.T) { h.doMark() },
		"markAll":   func(*rapid.T) { h.doMarkAll() },
		"markScope": func(*rapid.T) { h.doMarkScope() },
		"snooze":    func(*rapid.T) { h.doSnooze() },
		"follow":    func(*rapid.T) { h.doFollow(true) },
		"unfollow":  func(*rapid.T) { h.doFollow(false) },
		"time":      func(*rapid.T) { h.doTime() },
		"read":      func(*rapid.T) { h.doRead() },
		"reopen":    func(*rapid.T) { h.doReopen() },
	})
	for i, r := range h.kept {
		h.resume(r)
		h.catchUp(r, []int{1, 3, 0}[i%3], nil)
		h.shows(r)
	}
}

// shows wants a client at the heads to show the truth.
func (h *history) shows(r *Replica) {
	h.Helper()
	truth := h.truth[r.User]
	if err := Agrees(truth.Items(), r.Items(), true); err != nil {
		h.Fatalf("the client of %s: %v", r.User, err)
	}
	if c := truth.Counts(); r.Counts != c {
		h.Fatalf("the client of %s counts %+v, the oracle %+v", r.User, r.Counts, c)
	}
}

func (h *history) verify() {
	h.Helper()
	for _, u := range h.users {
		truth := h.truth[u]
		c, err := h.Store.Counts(ctx, u, []belfry.Type{"x", "y"})
		h.ok(err)
		if want := truth.Counts(); c.Counts != want || c.Cursor.Position != truth.Head {
			h.Fatalf("%s counts %+v at %+v, the oracle %+v", u, c.Counts, c.Cursor.Position, want)
		}
		for _, kind := range []belfry.Type{"x", "y"} {
			if n := len(truth.View(belfry.ListQuery{Filter: belfry.FilterUnread, Types: []belfry.Type{kind}})); c.Types[kind].Unread != int64(n) {
				h.Fatalf("%s counts %+v of type %s, the oracle %d unread", u, c.Types[kind], kind, n)
			}
		}
		for _, q := range []belfry.ListQuery{
			{}, {Filter: belfry.FilterUnread, Limit: 2}, {Filter: belfry.FilterArchived}, {Filter: belfry.FilterSnoozed},
			{Topic: h.topics[0]}, {Group: "ga", Limit: 1}, {Types: []belfry.Type{"x"}, Filter: belfry.FilterUnread},
		} {
			h.verifyView(u, q)
		}
	}
}

func (h *history) verifyView(u belfry.UserID, q belfry.ListQuery) {
	h.Helper()
	items := h.list(u, q)
	shown := make(map[belfry.ID]belfry.Item, len(items))
	for _, it := range items {
		shown[it.ID] = it
	}
	if err := Agrees(h.truth[u].View(q), shown, true); err != nil || len(shown) != len(items) {
		h.Fatalf("%s lists %+v: %v", u, q, err)
	}
	if !sortedLikeInbox(items) {
		h.Fatalf("%s lists %+v out of order", u, q)
	}
}

// Draws.

func pick[T any](h *history, what string, from []T) T {
	if len(from) == 0 {
		h.rt.SkipNow()
	}
	return rapid.SampledFrom(from).Draw(h.rt, what)
}

func (h *history) user() belfry.UserID { return pick(h, "user", h.users) }

// upTo draws a position that a click could refer to; the zero cursor means none
// is given, which is the head.
func (h *history) upTo(u belfry.UserID) (belfry.Cursor, belfry.Position) {
	seen := append(slices.Clone(h.shown[u]), belfry.Cursor{})
	at := pick(h, "upTo", seen)
	if at == (belfry.Cursor{}) {
		return at, h.truth[u].Head
	}
	return at, at.Position
}

func textOf(c belfry.Cursor) string {
	if c == (belfry.Cursor{}) {
		return ""
	}
	return c.String()
}

// items are the items that a user may name in a mark: of the inbox, and now and
// then of nowhere.
func (h *history) items(u belfry.UserID) []belfry.ID {
	ids := sortedIDs(h.truth[u].Items())
	for _, n := range h.notes[max(0, len(h.notes)-3):] {
		if !slices.Contains(ids, n.id) {
			ids = append(ids, n.id)
		}
	}
	if len(ids) == 0 {
		h.rt.SkipNow()
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, min(3, len(ids)), rapid.ID[belfry.ID]).Draw(h.rt, "ids")
}

// each applies an act to every user's truth.
func (h *history) each(do func(u belfry.UserID, o *Oracle)) {
	for _, u := range h.users {
		do(u, h.truth[u])
	}
}

// before notes the heads of all users; what the store did since is read from
// there.
func (h *history) before() map[belfry.UserID]belfry.Cursor {
	heads := map[belfry.UserID]belfry.Cursor{}
	for _, u := range h.users {
		heads[u] = h.head(u)
	}
	return heads
}

func (h *history) doRead() {
	u := h.user()
	r := h.held[u]
	limit := pick(h, "limit", []int{1, 2, 0})
	c := h.changes(u, belfry.ChangesQuery{From: r.At, Limit: limit})
	if c.Reset {
		h.Fatalf("reset at %+v", r.At)
	}
	h.ok(r.Changes(c))
	h.kept = append(h.kept, copyOf(r))
	if h.shown[u] = append(h.shown[u], h.head(u)); r.At == c.Head {
		h.shows(r)
	}
}

func (h *history) doReopen() {
	if !rapid.Bool().Draw(h.rt, "really") || h.Reopen == nil || h.reopened == belfry.MaxAncestors {
		h.rt.SkipNow() // a log remembers so many names: the cursors of this history must all be known
	}
	h.reopened++
	h.Store = h.Reopen()
}

func (h *history) doFollow(on bool) {
	topic := pick(h, "topic", h.topics)
	users := slices.Clone(h.users)
	if rapid.Bool().Draw(h.rt, "one") {
		users = []belfry.UserID{h.user()}
	}
	h.ok(h.Store.Follow(ctx, users, topic, on))
	for _, u := range users {
		h.truth[u].Followed(topic, on)
	}
}

func sameSet(a map[belfry.ID]belfry.Rev, b map[belfry.ID]bool) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}
