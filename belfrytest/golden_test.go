package belfrytest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry"
	"belfry/hub"
)

var update = flag.Bool("update", false, "write golden/*.json anew from what the hub sends")

// TestGolden_Frames lets a hub write one frame of each kind and compares each
// with its file, byte by byte but for what is random.
func TestGolden_Frames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGoldenHub(t)
		for _, s := range g.script() {
			g.clock.Step(time.Second)
			s.do()
			synctest.Wait()
			g.bus.deliverAll()
			synctest.Wait()
			g.take(s.names)
		}
		g.node.close()
		g.compare()
	})
}

// TestGolden_Replica reads every frame as a client does.
func TestGolden_Replica(t *testing.T) {
	for name, body := range Golden() {
		r := &Replica{User: "ann"}
		if err := r.Frame(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var f Frame
		if err := json.Unmarshal(body, &f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if kind, _, _ := strings.Cut(name, "-"); kind != f.Type {
			t.Errorf("%s is of type %q", name, f.Type)
		}
	}
}

type goldenHub struct {
	*world
	*node
	wires    []*wire
	sessions []*hub.Session
	frames   map[string][]byte
	rename   renamer
}

// goldenStep does something and names frames that come of it: a name is a type,
// with what tells it apart after a dash.
type goldenStep struct {
	names string
	do    func()
}

func newGoldenHub(t *testing.T) *goldenHub {
	g := &goldenHub{
		world:  newWorld(t, openSQLite, belfry.Rules{RetentionItems: 3}),
		frames: map[string][]byte{}, rename: renamer{ids: map[string]string{}},
	}
	g.node = newNode(g.world.Store, cureNone, 0, hub.Options{Server: "belfry/1.0.0"})
	g.world.Store.OnCommit(g.bus.Ring)
	synctest.Wait()
	return g
}

func (g *goldenHub) connect(spec hub.Spec) {
	w := newWire(-1)
	spec.User, spec.ExpiresAt = ann, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := g.node.Open(ctx, spec, w)
	g.ok(err)
	g.wires, g.sessions = append(g.wires, w), append(g.sessions, s)
}

func (g *goldenHub) last() *hub.Session { return g.sessions[len(g.sessions)-1] }

// script makes a hub say everything that it can say.
func (g *goldenHub) script() []goldenStep {
	var private, shared belfry.ID
	var at belfry.Cursor
	full := []option{title("Build 7 failed"), kind("build"), group("ci"), entity("build", "7"), func(d *belfry.Draft) {
		d.Level, d.Priority, d.Body, d.Data = belfry.LevelError, belfry.PriorityHigh, "3 tests failed\n☃", []byte(`{"tests":3}`)
		d.Actor = &belfry.Actor{ID: "ci", Name: "CI", AvatarURL: "https://example.com/ci.png"}
		d.ActionURL, d.ImageURL = "/builds/7", "https://example.com/7.png"
		d.Actions = []belfry.Button{{ID: "retry", Label: "Retry", Style: "primary"}, {ID: "log", Label: "Log", URL: "/builds/7/log"}}
	}}
	return []goldenStep{
		{"", func() {
			g.world.follow("doc.42", ann)
			private = g.publish(to(ann), title("For Ann"))
			g.clock.Step(time.Minute)
			shared = g.publish(toAll(), title("For everyone"))
			g.markIDs(ann, belfry.ActionRead, shared)
			g.markAll(ann, belfry.ActionSeen, g.head(ann))
			at = g.head(ann)
		}},
		{"welcome live", func() { g.connect(hub.Spec{Items: 10}) }},
		{"notification-private counts", func() { g.publish(to(ann), full...) }},
		{"notification-shared", func() { g.publish(toTopic("doc.42"), title("A comment"), kind("comment"), collapse("c")) }},
		{"notification-updated", func() { g.edit(shared, "For everyone, again") }},
		{"receipts", func() { g.markIDs(ann, belfry.ActionArchive, private) }},
		{"receipts-snoozed", func() { g.snooze(ann, time.Minute, shared) }},
		{"receipts-returned", func() { g.clock.Step(time.Hour); g.sweep() }},
		{"receipts-all", func() { g.markAll(ann, belfry.ActionRead, g.head(ann)) }},
		{"notification-removed", func() { g.retract(shared) }},
		{"", func() { shared = g.publish(toAll()) }},
		{"notification-deleted", func() { g.markIDs(ann, belfry.ActionDelete, shared) }},
		{"follow", func() { g.world.follow("orders.eu", ann); g.publish(toTopic("orders.eu"), title("Order 1")) }},
		{"follow-un", func() { g.unfollow("orders.eu", ann) }},
		{"trim-private", func() { g.publishMany(2, to(ann)) }},
		{"subscribed", func() { g.last().Subscribe("chat.1", "r1") }},
		{"notification-subscribed", func() { g.publish(toTopic("chat.1"), title("Only here")) }},
		{"ok", func() { g.last().Unsubscribe("chat.1", "r2") }},
		{"error", func() {
			for i := range belfry.MaxSubscribes + 1 {
				g.last().Subscribe(belfry.Topic(fmt.Sprint("t", i)), "r3")
			}
		}},
		{"signal", func() {
			g.bus.Signal(belfry.Signal{From: "bob", To: belfry.Target{Topic: "doc.42"}, Name: "typing", Data: []byte(`{"since":3}`)})
		}},
		{"pong", func() { g.last().Pong() }},
		{"bye", func() { g.last().Close(belfry.CodeDraining, 1500*time.Millisecond) }},
		{"welcome-resumed", func() { g.connect(hub.Spec{Cursor: &at}) }},
		{"welcome-reset", func() { g.connect(hub.Spec{Cursor: &belfry.Cursor{Private: 1, Shared: 2}, Items: 1}) }},
		{"notifications", func() {
			g.connect(hub.Spec{Batch: time.Second})
			synctest.Wait()
			g.publishMany(2, toAll())
			g.bus.deliverAll()
			time.Sleep(2 * time.Second)
		}},
		{"trim-shared", func() { g.clock.Step(100 * day); g.sweep() }},
	}
}

// take names what came over the wires: of each type the first.
func (g *goldenHub) take(names string) {
	first := map[string][]byte{}
	for i := len(g.wires) - 1; i >= 0; i-- {
		for body := g.wires[i].next(); body != nil; body = g.wires[i].next() {
			var f Frame
			g.ok(json.Unmarshal(body, &f))
			if first[f.Type] == nil {
				first[f.Type] = g.rename.frame(body)
			}
		}
	}
	for _, name := range strings.Fields(names) {
		kind, _, _ := strings.Cut(name, "-")
		if first[kind] == nil {
			g.Fatalf("no frame for %s", name)
		}
		g.frames[name] = first[kind]
	}
}

func (g *goldenHub) compare() {
	for name, body := range g.frames {
		var pretty bytes.Buffer
		g.ok(json.Indent(&pretty, body, "", "  "))
		pretty.WriteByte('\n')
		if *update {
			g.ok(os.WriteFile(filepath.Join("golden", name+".json"), pretty.Bytes(), 0o644))
		} else if want := Golden()[name]; !bytes.Equal(want, pretty.Bytes()) {
			g.Errorf("%s is now\n%s\nwas\n%s\nIf that is meant, run go test ./belfrytest -run Golden -update, and tell every client.", name, pretty.Bytes(), want)
		}
	}
	for name := range Golden() {
		if g.frames[name] == nil && !*update {
			g.Errorf("no frame is %s any more", name)
		}
	}
}

// renamer puts names that do not change in the place of random ones.
type renamer struct{ ids map[string]string }

var (
	idPattern      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	cursorPattern  = regexp.MustCompile(`"cursor":"[^"]+"`)
	sessionPattern = regexp.MustCompile(`"session":"[^"]+"`)
)

func (n renamer) frame(body []byte) []byte {
	body = idPattern.ReplaceAllFunc(body, func(id []byte) []byte {
		if n.ids[string(id)] == "" {
			n.ids[string(id)] = fmt.Sprintf("019ca962-9400-7000-8000-%012d", len(n.ids)+1)
		}
		return []byte(n.ids[string(id)])
	})
	body = cursorPattern.ReplaceAllFunc(body, func(member []byte) []byte {
		c, err := belfry.ParseCursor(string(member[len(`"cursor":"`) : len(member)-1]))
		if err != nil {
			return member
		}
		c.Private, c.Shared = 10, 11
		return fmt.Appendf(nil, `"cursor":"%s"`, c)
	})
	return sessionPattern.ReplaceAll(body, []byte(`"session":"k3f9-1"`))
}
