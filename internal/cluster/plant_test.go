package cluster

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/sqlite"
)

// sabotaged is a real store whose answers to the hub, and whose rings, a test
// may spoil.
type sabotaged struct {
	*sqlite.Store
	changes func(*belfry.Changes)
	rings   func([]belfry.Ring) []belfry.Ring
}

func (s *sabotaged) Changes(ctx context.Context, user belfry.UserID, q belfry.ChangesQuery) (belfry.Changes, error) {
	c, err := s.Store.Changes(ctx, user, q)
	if s.changes != nil {
		s.changes(&c)
	}
	return c, err
}

// eye is the far end of a session: a client that keeps a record.
type eye struct{ *View }

func (e eye) Transport() string                               { return "websocket" }
func (e eye) Write(b []byte, _ time.Duration) error           { _, err := e.TryWrite(b); return err }
func (e eye) Close(belfry.Code)                               {}
func (e eye) AppendHeartbeat(b []byte, _ *cursorBytes) []byte { return b }

type cursorBytes = [belfry.CursorLen]byte

func (e eye) Append(dst []byte, _ string, cursor *cursorBytes, body []byte, _ *hub.Form) []byte {
	at := len(dst) + hub.CursorAt
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at:], cursor[:])
	}
	return append(dst, '\n')
}

func (e eye) TryWrite(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		e.Frame(bytes.TrimSpace(line))
	}
	return len(b), nil
}

// act is a run over a real store and a real hub: three notifications, a mark of
// one and a mark of all, before two tabs of one user.
type act struct {
	t      *testing.T
	store  *sabotaged
	record *Record
}

func (a *act) publish(title string, to belfry.Target) belfry.ID {
	asked := time.Now()
	done := belfry.Publish(context.Background(), a.store, asked, []belfry.Draft{{To: to, Content: belfry.Content{Title: title}}})[0]
	a.record.Published(title, to, done.ID, done.Err, asked)
	synctest.Wait()
	return done.ID
}

func (a *act) read(m belfry.Mark) {
	m.Action = belfry.ActionRead
	done, err := a.store.Mark(context.Background(), "ann", m)
	a.record.Marked("ann", m.All, done.Changed, done.Cursor.Position, err)
	synctest.Wait()
}

func (a *act) play() {
	toAnn, toAll := belfry.Target{User: "ann"}, belfry.Target{All: true}
	id := a.publish("one", toAnn)
	a.publish("two", toAll)
	a.read(belfry.Mark{IDs: []belfry.ID{id}})
	a.read(belfry.Mark{All: true})
	a.publish("three", toAnn)
	list, err := a.store.List(context.Background(), "ann", belfry.ListQuery{Limit: belfry.MaxItems})
	if err != nil {
		a.t.Fatal(err)
	}
	in := Inbox{Unread: list.Counts.Unread, Head: list.Cursor.Position}
	for _, it := range list.Items {
		c, err := belfry.DecodeContent(it.Content)
		if err != nil {
			a.t.Fatal(err)
		}
		in.Items = append(in.Items, Item{ID: it.ID, Title: c.Title, Shared: it.Shared, Born: it.Born, ReceiptRev: it.Receipt.Rev, Read: it.Receipt.ReadAt != 0})
	}
	a.record.Stored("ann", in)
}

// plant runs the act in a bubble, where all that can happen has happened after
// each step, and gives what the checker finds.
func plant(t *testing.T, sabotage func(*sabotaged)) (found []Violation) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(context.Background(), t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := &sabotaged{Store: db}
		sabotage(s)
		bus := hub.NewBus()
		db.OnCommit(func(rings []belfry.Ring) {
			if s.rings != nil {
				rings = s.rings(rings)
			}
			bus.Ring(rings)
		})
		h := hub.New(s, bus, hub.Options{Heartbeat: 5 * time.Minute}, silent{})
		run, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = h.Run(run) }()
		a := &act{t, s, NewRecord()}
		for _, name := range []string{"a", "b"} {
			if _, err := h.Open(run, hub.Spec{User: "ann", Items: 10}, eye{a.record.Client("ann", name)}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		a.play()
		stop()
		<-ended
		found = a.record.Check()
	})
	return found
}

type silent struct{}

func (silent) Opened(string)              {}
func (silent) Closed(string, belfry.Code) {}
func (silent) Delivered(string, int)      {}
func (silent) DeliverySeconds(float64)    {}
func (silent) Resumed(string)             {}
func (silent) Slow(int)                   {}
func (silent) Limited(string)             {}
func (silent) Failed(error)               {}
func (silent) HeadsChecked(time.Duration) {}
func (silent) FoundBehind(int)            {}

// TestRecord_Check_planted: faults planted in a real hub and store are found,
// and without one the checker is silent.
func TestRecord_Check_planted(t *testing.T) {
	for _, c := range []struct {
		name, want string
		sabotage   func(*sabotaged)
	}{
		{"none", "", func(*sabotaged) {}},
		{"a ring is dropped and nobody polls", "P5", func(s *sabotaged) {
			n := 0
			s.rings = func(rings []belfry.Ring) []belfry.Ring {
				if n++; n > 4 { // of the last notification
					return nil
				}
				return rings
			}
		}},
		{"a revision is skipped", "P2", func(s *sabotaged) {
			s.rings = func(rings []belfry.Ring) []belfry.Ring {
				rings[0].Hint = nil // so that it is read
				return rings
			}
			s.changes = func(c *belfry.Changes) {
				c.Private = slices.DeleteFunc(c.Private, func(row belfry.Change) bool { return row.Item != nil && row.Item.Pure() })
			}
		}},
		{"a count is off by one", "P5", func(s *sabotaged) {
			s.changes = func(c *belfry.Changes) { c.Counts.Unread++ }
		}},
		{"what is announced is not what is committed", "P3", func(s *sabotaged) {
			s.rings = func(rings []belfry.Ring) []belfry.Ring {
				if h := rings[0].Hint; h != nil {
					h.Item.ID = belfry.NewID(time.Now())
				}
				return rings
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := plant(t, c.sabotage)
			if c.want == "" && len(found) > 0 || c.want != "" && !slices.ContainsFunc(found, func(v Violation) bool { return v.Promise == c.want }) {
				t.Errorf("found %v; want %q", found, c.want)
			}
		})
	}
}
