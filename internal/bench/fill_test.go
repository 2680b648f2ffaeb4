package bench

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry"
)

func TestHolder(t *testing.T) {
	for name, tc := range map[string]struct {
		n, users int
		want     []audience
	}{
		"fewer than users": {4, 12, []audience{0, 3, 6, 9}},
		"round and round":  {6, 3, []audience{0, 1, 2, 0, 1, 2}},
		"and some left":    {6, 4, []audience{0, 1, 2, 3, 0, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []audience
			for i := range tc.n {
				got = append(got, holder(i, tc.n, tc.users))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v; want %v", got, tc.want)
			}
		})
	}
}

// What is stored before is there when the sessions open, counted and in their
// welcome, and the load is delivered as without.
func TestBench_Run_stored(t *testing.T) {
	target := startServer(t, false)
	o := small(t, "unicast")
	o.Sessions, o.Users, o.Stored, o.StoredShared, o.Notifications, o.Publishers = 5, 20, 1210, 7, 60, 2
	r, err := (&Bench{Scenario: "unicast", Options: o, Rounds: 1, Target: target, Progress: &Progress{}}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	res := r.Results[0]
	if !res.Checks.Clean() || res.Checks.Failed != 0 || r.at("belfry", "stored a second, before") <= 0 {
		t.Errorf("%s, figures %v", res.Checks, res.Figures)
	}
	if welcome := r.at("belfry", "a welcome"); welcome*1024 < float64(20*o.Size) {
		t.Errorf("a welcome of %v KiB has no 20 items", welcome)
	}
	c, err := target.client()
	if err != nil {
		t.Fatal(err)
	}
	all := int64(0)
	for u := range o.Users {
		counts, err := c.Inbox(belfry.UserID(userName(u))).Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if least := int64(1210/20 + 7); counts.Unread < least {
			t.Errorf("user %d has %d unread; want %d at least", u, counts.Unread, least)
		}
		all += counts.Unread
	}
	if want := int64(1210 + 20*7 + 60); all != want {
		t.Errorf("%d unread in all inboxes; want %d", all, want)
	}
}

// at is the median of a figure.
func (r *Report) at(target, figure string) float64 {
	for _, row := range r.Summary {
		if row.Name == figure {
			return row.Medians[target]
		}
	}
	return 0
}

// Sessions are spread over more users than there are, and each gets its own.
func TestBench_Run_spread(t *testing.T) {
	target := startServer(t, false)
	o := small(t, "storm")
	o.Users, o.Missed, o.MissedPrivate, o.Batch = 50, 2, 3, 10
	r, err := (&Bench{Scenario: "storm", Options: o, Rounds: 1, Target: target, Progress: &Progress{}}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, r, 12*5)
	c, err := target.client()
	if err != nil {
		t.Fatal(err)
	}
	for user, want := range map[belfry.UserID]int64{"bench-0": 5, "bench-44": 5} { // 12 sessions: every fourth
		if counts, err := c.Inbox(user).Counts(t.Context()); err != nil || counts.Unread != want {
			t.Errorf("%s has %d unread, %v; want %d", user, counts.Unread, err, want)
		}
	}
}

func TestBench_Run_vary(t *testing.T) {
	o := small(t, "broadcast")
	o.Notifications = 3
	v := &Vary{Option: "sessions"}
	for _, n := range []int{2, 7} {
		o.Sessions = n
		v.Steps = append(v.Steps, Step{float64(n), o})
	}
	b := &Bench{Scenario: "broadcast", Options: o, Vary: v, Rounds: 2, Target: startServer(t, false), Progress: &Progress{}}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, res := range r.Results {
		got = append(got, int64(res.Value), int64(res.Round), res.Checks.Received)
	}
	if !slices.Equal(got, []int64{2, 0, 6, 2, 1, 6, 7, 0, 21, 7, 1, 21}) || len(r.ByValue) != 2 || len(r.Summary) != 0 || r.Varied != "sessions" {
		t.Errorf("rounds %v, %d values", got, len(r.ByValue))
	}
	v.Steps[1].Options.Stored = 10
	if _, err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--vary") {
		t.Errorf("got %v; want that a server that runs is not emptied", err)
	}
	v.Steps[1].Options = Options{Sessions: -1}
	if _, err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--sessions") {
		t.Errorf("got %v; want an error that names the option", err)
	}
}

// What a soak is to show as flat is in its figures and over time.
func TestBench_Run_soak(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("go_goroutines 12\nprocess_open_fds 34\nprocess_resident_memory_bytes 5.24288e+06\n"))
	}))
	defer h.Close()
	defer http.DefaultClient.CloseIdleConnections()
	target := startServer(t, false)
	target.Meter = NewEndpoint(h.URL)
	o := small(t, "soak")
	o.Duration, o.Rate, o.Publishers, o.Every = 1500*time.Millisecond, 200, 4, 100*time.Millisecond
	r, err := (&Bench{Scenario: "soak", Options: o, Rounds: 1, Target: target, Progress: &Progress{}}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, quarter := range []string{", first quarter", ", last quarter"} {
		for figure, want := range map[string]float64{"goroutines": 12, "descriptors": 34, "server memory": 5} {
			if got := r.at("belfry", figure+quarter); got != want {
				t.Errorf("%s%s = %v; want %v", figure, quarter, got, want)
			}
		}
		if p50, p99 := r.at("belfry", "p50"+quarter), r.at("belfry", "p99"+quarter); p50 <= 0 || p99 < p50 {
			t.Errorf("p50 %v, p99 %v%s", p50, p99, quarter)
		}
	}
	dir := t.TempDir()
	if err := r.WritePlots(dir); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"server-memory", "delivery-p50", "delivery-p99", "goroutines", "descriptors"} {
		if _, err := os.Stat(dir + "/soak-" + what + "-over-time.svg"); err != nil {
			t.Error(err)
		}
	}
}
