package hub_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
)

// away is something that happens while ann has no session: what she then gets,
// and whether the opening and the tail hold all that it takes to tell her.
type away struct {
	name    string
	happens func(h *house, before []belfry.ID) (titles []string)
	once    bool // the opening is the only look into the store
}

func aways() []away {
	news := belfry.Target{Topic: "news"}
	return []away{
		{"nothing", func(*house, []belfry.ID) []string { return nil }, true},
		{"broadcasts", func(h *house, _ []belfry.ID) []string {
			h.publish(all, "one", "two")
			return []string{"one", "two"}
		}, true},
		{"topics, followed and not", func(h *house, _ []belfry.ID) []string {
			h.publish(news, "news")
			h.publish(belfry.Target{Topic: "other"}, "unheard")
			return []string{"news"}
		}, true},
		{"a topic that the session subscribes", func(h *house, _ []belfry.ID) []string {
			h.publish(belfry.Target{Topic: "room"}, "outside the inbox")
			return []string{"outside the inbox"}
		}, true},
		{"one for all the others", func(h *house, _ []belfry.ID) []string {
			belfry.Publish(h.t.Context(), h.store, time.Now(), []belfry.Draft{{To: all, Except: []belfry.UserID{"ann"}, Content: belfry.Content{Title: "hidden"}}})
			return nil
		}, true},
		{"a broadcast between the snapshot and its answer", func(h *house, _ []belfry.ID) []string {
			h.publish(all, "before")
			h.store.afterOpen(func() { h.publish(all, "between") })
			return []string{"before", "between"}
		}, true},
		{"one of her own between the snapshot and its answer", func(h *house, _ []belfry.ID) []string {
			h.publish(all, "before")
			h.store.afterOpen(func() { h.publish(ann, "between") })
			return []string{"before", "between"}
		}, true},
		{"one of her own", func(h *house, _ []belfry.ID) []string {
			h.publish(all, "shared")
			h.publish(ann, "private")
			return []string{"shared", "private"}
		}, true},
		{"one of her own, and a mark of a broadcast that she has not got yet", func(h *house, _ []belfry.ID) []string {
			h.publish(ann, "private")
			if _, err := h.store.Mark(h.t.Context(), "ann", belfry.Mark{Action: "read", IDs: h.publish(all, "read elsewhere")}); err != nil {
				h.t.Fatal(err)
			}
			return []string{"read elsewhere", "private"}
		}, true},
		{"more of her own than an opening brings along", func(h *house, _ []belfry.ID) (titles []string) {
			for i := range 100 {
				titles = append(titles, fmt.Sprint("private ", i))
			}
			h.publish(ann, titles...)
			return titles
		}, false},
		{"a topic that she follows now", func(h *house, _ []belfry.ID) []string {
			if err := h.store.Follow(h.t.Context(), []belfry.UserID{"ann"}, "late", true); err != nil {
				h.t.Fatal(err)
			}
			h.publish(ann, "private")
			return []string{"private"}
		}, false},
		{"a mark", func(h *house, before []belfry.ID) []string {
			if _, err := h.store.Mark(h.t.Context(), "ann", belfry.Mark{Action: "read", IDs: before[:1]}); err != nil {
				h.t.Fatal(err)
			}
			h.publish(all, "after")
			return []string{"after"}
		}, true},
		{"a retraction", func(h *house, before []belfry.ID) []string {
			if _, err := h.store.Retract(h.t.Context(), before[0]); err != nil {
				h.t.Fatal(err)
			}
			return nil
		}, false},
		{"one that was taken back at once", func(h *house, _ []belfry.ID) []string {
			id := h.publish(all, "oops", "kept")[0]
			if _, err := h.store.Retract(h.t.Context(), id); err != nil {
				h.t.Fatal(err)
			}
			return []string{"kept"}
		}, false},
		{"more than a turn holds", func(h *house, _ []belfry.ID) (titles []string) {
			for i := range 400 {
				titles = append(titles, fmt.Sprint(strings.Repeat("long ", 20), i))
			}
			h.publish(all, titles...)
			return titles
		}, false},
	}
}

// Whatever happened while a client was away, it gets what it missed, once and in
// order, and then exact counts; and where little was missed, and of the shared log
// only pure creations, without a second look into the store.
func TestHub_Open_resumes(t *testing.T) {
	for _, c := range aways() {
		t.Run(c.name, func(t *testing.T) { resumes(t, newHouse(t, hub.Options{}), c, true) })
	}
}

// The same by another process, whose tail begins with what the store holds.
func TestHub_Open_resumesAfterARestart(t *testing.T) {
	for _, c := range aways() {
		t.Run(c.name, func(t *testing.T) { resumes(t, newHouse(t, hub.Options{}), c, false) })
	}
}

// restart begins a new process and waits until its tail is whole: somebody else is
// told something for which nobody had to read the store.
func (h *house) restart() {
	then := h.store.take()
	h.stop()
	h.start(hub.Options{})
	_, witness, _ := h.live(hub.Spec{User: "zoe", Topics: []belfry.Topic{"zoe"}})
	for reads := -1; reads != h.store.readings(); {
		reads = h.store.readings()
		h.publish(belfry.Target{Topic: "zoe"}, "anew")
		witness.until(h.t, "notification", is("notification"))
	}
	h.store.afterOpen(then)
}

func resumes(t *testing.T, h *house, c away, same bool) {
	if err := h.store.Follow(t.Context(), []belfry.UserID{"ann"}, "news", true); err != nil {
		t.Fatal(err)
	}
	before := h.publish(all, "first", "second")
	s, _, w := h.live(hub.Spec{User: "ann"})
	cursor, err := belfry.ParseCursor(w.Cursor)
	if err != nil {
		t.Fatal(err)
	}
	s.Gone()
	<-s.Done()
	want := c.happens(h, before)
	if !same {
		h.restart()
	}
	reads := h.store.readings()
	_, p := h.open(hub.Spec{User: "ann", Cursor: &cursor, Topics: []belfry.Topic{"room"}})
	var titles []string
	var last *frame
	settled := func(fs []frame) bool {
		titles = nil
		for i, f := range fs {
			if f.Op == "created" {
				titles = append(titles, f.Item.Title)
			}
			if f.Counts != nil {
				last = &fs[i]
			}
		}
		return len(fs) > 0 && slices.ContainsFunc(fs, is("live")) && len(titles) >= len(want) && last != nil
	}
	p.gather(t, "everything and live", settled)
	if !slices.Equal(titles, want) {
		t.Errorf("got %q, want %q", titles, want)
	}
	if read := h.store.readings() > reads; read == c.once {
		t.Errorf("the changes were read from the store: %t", read)
	}
	h.publish(ann, "the last")
	got := p.gather(t, "counts of the last", func(fs []frame) bool {
		return len(fs) > 1 && fs[len(fs)-1].Counts != nil && is("notification")(fs[len(fs)-2])
	})
	counts, err := h.store.Counts(context.Background(), "ann", nil)
	if err != nil {
		t.Fatal(err)
	}
	if told := got[len(got)-1].Counts; *told != counts.Counts {
		t.Errorf("told %+v, the store counts %+v", told, counts.Counts)
	}
}
