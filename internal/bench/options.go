package bench

import (
	"time"

	"belfry"
)

// Options are what a scenario can be asked for. What it does not use it ignores.
type Options struct {
	Sessions   int
	Transport  string        // websocket, sse, or mixed: every other one
	Compress   bool          // the WebSocket sessions offer to take compressed frames
	Rate       float64       // of arrivals or of publishes a second; 0: as fast as they go
	Connecting int           // openings at most under way; 0: no bound
	Settle     time.Duration // before the memory of idle sessions is read

	Notifications int // in all
	Publishers    int // connections that publish
	Gap           time.Duration
	Size          int // bytes of a notification's body
	Batch         int // notifications in a request
	Users         int // recipients; fewer than sessions: one for each. The sessions are spread evenly over them
	Stored        int // notifications of their own that lie in the users' inboxes before, spread evenly
	StoredShared  int // broadcasts that lie in every inbox before

	Missed        int           // broadcasts that a storm's sessions have missed
	MissedPrivate int           // notifications of its own that each has missed
	Stalled       float64       // share of the sessions that stop reading
	Duration      time.Duration // of soak and mixed
	Topics        int           // each session follows one; 0: none
	Quiet         time.Duration // when nothing arrives for so long, the rest is lost
	Every         time.Duration // between samples
}

// defaults of every scenario; each changes some.
func defaults() Options {
	return Options{
		Sessions: 1000, Transport: "websocket", Connecting: 256, Settle: 3 * time.Second,
		Notifications: 20, Publishers: 1, Size: 160, Batch: 500, Missed: 20, Stalled: .1,
		Duration: time.Minute, Topics: 20, Quiet: 10 * time.Second, Every: 250 * time.Millisecond,
	}
}

// Check refuses what no run can do. Its errors name the flag.
func (o *Options) Check() error {
	for _, rule := range []struct {
		name   string
		broken bool
		detail string
	}{
		{"sessions", o.Sessions < 0 || o.Sessions > 1_000_000, "between 0 and 1,000,000"},
		{"transport", o.Transport != "websocket" && o.Transport != "sse" && o.Transport != "mixed", "one of websocket, sse, mixed"},
		{"rate", o.Rate < 0 || o.Rate > 1e6, "between 0 (as fast as it goes) and 1,000,000 a second"},
		{"notifications", o.Notifications < 1 || o.Notifications > 1<<31, "at least 1"},
		{"publishers", o.Publishers < 1 || o.Publishers > 10_000, "between 1 and 10,000"},
		{"size", o.Size < stampLen || o.Size > belfry.MaxBody, "between 30 and 4,096 bytes"},
		{"batch", o.Batch < 1 || o.Batch > belfry.MaxBatch, "between 1 and 1,000"},
		{"stalled", o.Stalled < 0 || o.Stalled > 1, "a share between 0 and 1"},
		{"missed", o.Missed < 0 || o.MissedPrivate < 0, "at least 0"},
		{"users", o.Users < 0 || o.Users > 100_000_000, "between 0 and 100,000,000"},
		{"stored", o.Stored < 0 || o.Stored > 1_000_000_000, "between 0 and 1,000,000,000"},
		{"stored-shared", o.StoredShared < 0 || o.StoredShared > 100_000_000, "between 0 and 100,000,000"},
		{"topics", o.Topics < 0 || o.Topics > 10_000, "between 0 and 10,000"},
	} {
		if rule.broken {
			return belfry.Invalid("--"+rule.name, "out_of_range", "%s", rule.detail)
		}
	}
	return nil
}

func (o *Options) users() int { return max(o.Users, o.Sessions, 1) }

// stores says that the store is filled before.
func (o *Options) stores() bool { return o.Stored+o.StoredShared > 0 }

func (o *Options) arrival() arrival { return arrival{underWay: o.Connecting} }
