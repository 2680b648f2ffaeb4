package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"belfry"
)

// simulation makes things happen in the demo while somebody watches, and for a
// moment after: whoever was cut off has something to come back to, but an inbox
// that is left alone does not fill up.
type simulation struct {
	store    belfry.Writer
	audience interface{ Len() int } // the sessions
	bus      interface{ Signal(belfry.Signal) }
	log      *slog.Logger
}

// The first scenes come quickly and in order, so that whoever opens the page
// sees it live.
const (
	openingScenes = 6
	openingPace   = 900 * time.Millisecond
	pace          = 4 * time.Second // and up to half of it more
	lingering     = 30 * time.Second
	typingTime    = 1200 * time.Millisecond
)

func (s simulation) run(ctx context.Context) {
	deck := slices.Clone(scenes)
	rest := deck[openingScenes:]
	rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	played, wait, watched := 0, openingPace, time.Time{}
	for pause(ctx, wait) {
		if s.audience.Len() > 0 {
			watched = time.Now()
		}
		if time.Since(watched) > lingering {
			continue
		}
		d := deck[played%len(deck)] // the whole deck before anything comes twice
		s.announce(ctx, d)
		if err := belfry.Publish(ctx, s.store, time.Now(), []belfry.Draft{d})[0].Err; err != nil && ctx.Err() == nil {
			s.log.Warn("a demo notification was not published", "err", err)
		}
		if played++; played >= openingScenes {
			wait = pace + rand.N(pace/2)
		}
	}
}

// announce shows that somebody types what is to be a comment.
func (s simulation) announce(ctx context.Context, d belfry.Draft) {
	if d.Type != "comment" {
		return
	}
	s.bus.Signal(belfry.Signal{From: belfry.UserID(d.Actor.ID), To: d.To, Name: "typing"})
	pause(ctx, typingTime)
}

func toUser(u belfry.UserID) belfry.Target { return belfry.Target{User: u} }

var (
	toEveryone  = belfry.Target{All: true}
	toRoadmap   = belfry.Target{Topic: demoTopic}
	aboutDoc    = &belfry.Entity{Type: "doc", ID: "roadmap"}
	priya       = &belfry.Actor{ID: "priya", Name: "Priya Raman"}
	marcus      = &belfry.Actor{ID: "marcus", Name: "Marcus Lind"}
	sofia       = &belfry.Actor{ID: "sofia", Name: "Sofia Alvarez"}
	yuki        = &belfry.Actor{ID: "yuki", Name: "Yuki Tanaka"}
	tom         = &belfry.Actor{ID: "tom", Name: "Tom Becker"}
	reply       = []belfry.Button{{ID: "reply", Label: "Reply", Style: "primary"}}
	openLog     = []belfry.Button{{ID: "log", Label: "Open log", Style: "primary"}, {ID: "retry", Label: "Run again"}}
	wasItYou    = []belfry.Button{{ID: "yes", Label: "It was me"}, {ID: "no", Label: "Secure account", Style: "danger"}}
	review      = []belfry.Button{{ID: "review", Label: "Review", Style: "primary"}}
	acknowledge = []belfry.Button{{ID: "ack", Label: "Acknowledge", Style: "primary"}}
	decide      = []belfry.Button{{ID: "approve", Label: "Approve", Style: "primary"}, {ID: "decline", Label: "Decline"}}
)

func scene(to belfry.Target, level belfry.Level, kind belfry.Type, title, body string, more belfry.Content) belfry.Draft {
	more.Level, more.Type, more.Title, more.Body = level, kind, title, body
	return belfry.Draft{To: to, Content: more}
}

// milestone is what the demo's roadmap reads.
func milestone(id, status string) json.RawMessage {
	return json.RawMessage(`{"milestone":"` + id + `","status":"` + status + `"}`)
}

// plain is a scene without anything special.
var plain = belfry.Content{}

// scenes are what happens: every level, to each of the two, to the topic, to
// everyone. The first ones are the opening.
var scenes = []belfry.Draft{
	scene(toRoadmap, "info", "comment", "Marcus commented on Roadmap", "Could we move offline mode up? Three customers asked this week.", belfry.Content{Actor: marcus, Entity: aboutDoc, Group: "doc.roadmap"}),
	scene(toEveryone, "success", "deploy", "web was deployed to production", "42 commits, 3 min 12 s, no errors since.", belfry.Content{Entity: &belfry.Entity{Type: "deploy", ID: "web"}}),
	scene(toUser("ann"), "info", "mention", "Priya mentioned you in Roadmap", "“@Ann could you own the launch checklist? I'd love to close this today.”", belfry.Content{Actor: priya, Entity: aboutDoc, Group: "doc.roadmap", Actions: reply}),
	scene(toUser("bob"), "info", "mention", "Ann mentioned you in Pricing page", "“@Bob the annual toggle should be on by default, don't you think?”", belfry.Content{Actor: &belfry.Actor{ID: "ann", Name: "Ann"}, Actions: reply}),
	scene(toRoadmap, "warning", "status", "“Single sign-on” is at risk", "Two of five milestones are late.", belfry.Content{Actor: priya, Entity: aboutDoc, Group: "doc.roadmap", Data: milestone("sso", "risk")}),
	scene(toRoadmap, "info", "comment", "Tom replied in Roadmap", "Agreed, themes can wait.", belfry.Content{Actor: tom, Entity: aboutDoc, Group: "doc.roadmap"}),

	scene(toUser("ann"), "success", "invoice.paid", "Invoice 2043 was paid", "Northwind Traders, € 1,249.00", belfry.Content{Entity: &belfry.Entity{Type: "invoice", ID: "2043"}}),
	scene(toUser("ann"), "warning", "login", "New sign-in from Lisbon", "Firefox on Linux, a device we have not seen before.", belfry.Content{Priority: "high", Actions: wasItYou}),
	scene(toUser("ann"), "error", "payment", "A payment was declined", "Card ending in 4242, order 1042. The customer was told.", belfry.Content{Entity: &belfry.Entity{Type: "order", ID: "1042"}}),
	scene(toUser("ann"), "success", "review", "Marcus approved your pull request", "Resume streams by cursor, 2 files changed", belfry.Content{Actor: marcus, Entity: &belfry.Entity{Type: "pull", ID: "318"}}),
	scene(toUser("ann"), "info", "assignment", "Sofia assigned you a task", "Write the release notes for 2.4", belfry.Content{Actor: sofia}),
	scene(toUser("ann"), "info", "calendar", "Design review in 10 minutes", "Room Aurora, or join from where you are.", belfry.Content{Actions: []belfry.Button{{ID: "join", Label: "Join", Style: "primary"}}}),
	scene(toUser("ann"), "success", "export", "Your export is ready", "customers-2026.csv, 12,408 rows, 3.1 MB", belfry.Content{Actions: []belfry.Button{{ID: "download", Label: "Download", Style: "primary"}}}),
	scene(toUser("ann"), "info", "chat", "Yuki wrote to you", "Lunch at the noodle place?", belfry.Content{Actor: yuki, Group: "yuki", Actions: reply}),
	scene(toUser("ann"), "error", "sync", "Calendar sync failed", "The connection to your calendar has expired. Sign in again to go on.", plain),

	scene(toUser("bob"), "error", "build", "Build 1187 failed on main", "TestCheckout_Total: got 49.00, want 49.90", belfry.Content{Priority: "high", Entity: &belfry.Entity{Type: "build", ID: "1187"}, Actions: openLog}),
	scene(toUser("bob"), "success", "build", "Build 1188 passed", "main is green again after 14 minutes.", belfry.Content{Entity: &belfry.Entity{Type: "build", ID: "1188"}}),
	scene(toUser("bob"), "warning", "disk", "Disk at 91 % on db-2", "At this pace it is full on Thursday.", belfry.Content{CollapseKey: "disk.db-2"}),
	scene(toUser("bob"), "info", "review", "Tom asked for your review", "Rename the billing tables, 6 files changed", belfry.Content{Actor: tom, Actions: review}),
	scene(toUser("bob"), "info", "approval", "Sofia asks for your approval", "Conference in Rotterdam, € 840.00", belfry.Content{Actor: sofia, Actions: decide}),
	scene(toUser("bob"), "warning", "certificate", "A certificate ends in 7 days", "api.example.com has not been renewed.", plain),
	scene(toUser("bob"), "success", "backup", "Nightly backup done", "18.2 GB in 4 min 31 s", belfry.Content{Priority: "low"}),
	scene(toUser("bob"), "error", "webhook", "A webhook gives up", "https://hooks.example.com answered 500 twelve times in a row.", plain),

	scene(toRoadmap, "info", "edit", "Sofia edited Roadmap", "“Q3: offline mode” moved above “Themes”", belfry.Content{Actor: sofia, Entity: aboutDoc, Group: "doc.roadmap", Silent: true}),
	scene(toRoadmap, "success", "status", "“Exports” is done", "Yuki moved it to shipped.", belfry.Content{Actor: yuki, Entity: aboutDoc, Group: "doc.roadmap", Data: milestone("exports", "done")}),

	scene(toEveryone, "info", "announcement", "Version 2.4 is here", "Saved views, faster search, and a calmer inbox.", belfry.Content{ActionURL: "/changelog"}),
	scene(toEveryone, "warning", "maintenance", "Maintenance on Sunday, 02:00 UTC", "Read-only for about ten minutes.", belfry.Content{Priority: "high"}),
	scene(toEveryone, "error", "incident", "Checkout answers slowly", "p99 above 2 s for 5 minutes. On call: Priya Raman.", belfry.Content{Priority: "urgent", CollapseKey: "incident.checkout", Actor: priya, Actions: acknowledge}),
	scene(toEveryone, "success", "incident", "Checkout is well again", "A slow query was the cause; the report follows tomorrow.", belfry.Content{CollapseKey: "incident.checkout", Actor: priya}),
	scene(toEveryone, "info", "welcome", "Say hello to Mina", "She joins the platform team today.", belfry.Content{Priority: "low"}),
}
