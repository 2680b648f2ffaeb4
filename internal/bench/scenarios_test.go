package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tuned are small runs of every scenario, and how many deliveries each owes; 0
// means that chance decides, but some.
var tuned = map[string]struct {
	tune func(*Options)
	owed int64
}{
	"connect":   {func(*Options) {}, -1},
	"broadcast": {func(o *Options) { o.Notifications = 10 }, 120},
	"unicast":   {func(o *Options) { o.Notifications, o.Publishers = 100, 4 }, 100},
	"batch":     {func(o *Options) { o.Notifications, o.Batch, o.Users = 200, 50, 0 }, 200},
	"storm":     {func(o *Options) { o.Missed, o.MissedPrivate, o.Batch = 5, 3, 10 }, 12 * 8},
	"slow":      {func(o *Options) { o.Notifications, o.Stalled, o.Size = 20, .25, 2000 }, 12 * 20},
	"soak":      {func(o *Options) { o.Duration, o.Rate, o.Publishers = time.Second, 50, 4 }, 0},
	"mixed":     {func(o *Options) { o.Duration, o.Rate, o.Publishers, o.Topics = 2500*time.Millisecond, 60, 4, 3 }, 0},
}

// Every scenario, against a real server: nothing lost, doubled, out of order or
// at the wrong session, and a report that holds what it should.
func TestBench_Run(t *testing.T) {
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			o := small(t, s.Name)
			tuned[s.Name].tune(&o)
			b := &Bench{Scenario: s.Name, Options: o, Rounds: 1, Target: startServer(t, false), Progress: &Progress{}, Flags: map[string]string{"sessions": "12"}}
			r, err := b.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			checkReport(t, r, tuned[s.Name].owed)
		})
	}
}

// Each topic reaches those who follow it and nobody else, spread over users of
// whom most are not there.
func TestBench_Run_topics(t *testing.T) {
	o := small(t, "broadcast")
	o.Topics, o.Notifications, o.Users = 3, 6, 2*o.Sessions
	b := &Bench{Scenario: "broadcast", Options: o, Rounds: 1, Target: startServer(t, false), Progress: &Progress{}}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, r, 6*12/3)
}

func TestBench_Run_transports(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, transport := range []string{"websocket", "sse", "mixed"} {
			t.Run(fmt.Sprintf("%s tls=%v", transport, secure), func(t *testing.T) {
				o := small(t, "storm")
				o.Transport, o.Missed, o.MissedPrivate = transport, 3, 2
				b := &Bench{Scenario: "storm", Options: o, Rounds: 1, Target: startServer(t, secure), Progress: &Progress{}}
				r, err := b.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				checkReport(t, r, 12*5)
			})
		}
	}
}

// Sessions that take compressed frames see the same, in fewer bytes, over either
// driver.
func TestBench_Run_compress(t *testing.T) {
	for _, secure := range []bool{false, true} {
		bytes := map[bool]float64{}
		for _, compress := range []bool{false, true} {
			o := small(t, "broadcast")
			o.Notifications, o.Size, o.Compress = 10, 500, compress
			b := &Bench{Scenario: "broadcast", Options: o, Rounds: 1, Target: startServer(t, secure), Progress: &Progress{}}
			r, err := b.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			checkReport(t, r, 120)
			figures := map[string]float64{}
			for _, f := range r.Results[0].Figures {
				figures[f.Name] = f.Value
			}
			bytes[compress] = figures["bytes a delivery"]
			if agreed := figures["connections that compress"]; compress != (agreed == 100) {
				t.Errorf("compress=%t: %v %% agreed", compress, agreed)
			}
		}
		if bytes[false] < 700 || bytes[true] < 200 || bytes[true] > .75*bytes[false] {
			t.Errorf("tls=%t: %.0f bytes a delivery compressed, %.0f plain", secure, bytes[true], bytes[false])
		}
	}
}

// The floor is fit to be compared with: it too delivers everything once.
func TestBench_Run_floor(t *testing.T) {
	for _, name := range []string{"connect", "broadcast", "unicast", "storm"} {
		for _, transport := range []string{"websocket", "mixed"} {
			t.Run(name+" "+transport, func(t *testing.T) {
				o := small(t, name)
				tuned[name].tune(&o)
				o.Transport, o.MissedPrivate = transport, 0
				b := &Bench{Scenario: name, Options: o, Rounds: 2, Target: startFloor(t), Progress: &Progress{}}
				r, err := b.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				owed := tuned[name].owed
				if name == "storm" {
					owed = 12 * 5
				}
				checkReport(t, r, owed)
			})
		}
	}
}

func TestBench_Run_refuses(t *testing.T) {
	for want, b := range map[string]*Bench{
		"scenario":         {Scenario: "hurricane"},
		"--sessions":       {Scenario: "connect", Options: Options{Sessions: -1}},
		"--floor":          {Scenario: "soak", Options: defaults(), Floor: func(string) (*Launch, error) { return nil, nil }},
		"--topics":         {Scenario: "broadcast", Options: func() Options { o := defaults(); o.Topics = 1; return o }(), Floor: func(string) (*Launch, error) { return nil, nil }},
		"--missed-private": {Scenario: "storm", Options: func() Options { o := defaults(); o.MissedPrivate = 1; return o }(), Floor: func(string) (*Launch, error) { return nil, nil }},
	} {
		if _, err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want an error that names %s", err, want)
		}
	}
}

func checkReport(t *testing.T, r *Report, owed int64) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for _, res := range back.Results {
		c := res.Checks
		if !c.Clean() || c.Failed != 0 || c.Cut != 0 || c.Resets != 0 || owed > 0 && c.Expected != owed || owed == 0 && c.Expected < 20 {
			t.Errorf("%s: %s, errors %q; want %d deliveries", r.Scenario, c, res.Errors, owed)
		}
		for name, s := range res.Times {
			if s.Count == 0 || s.P50 > s.P99 || s.P99 > s.Max || len(s.Curve) < 3 {
				t.Errorf("%s: %s = %+v", r.Scenario, name, s)
			}
		}
		if len(res.Figures) < 3 || len(res.Samples) == 0 {
			t.Errorf("%s: %d figures, %d samples", r.Scenario, len(res.Figures), len(res.Samples))
		}
	}
	if len(back.Results) == 0 || len(back.Times) == 0 || back.Machine.Cores == 0 || back.Machine.Go == "" || back.Took <= 0 || !r.Kept() {
		t.Errorf("report = %s", text)
	}
	checkPage(t, r)
}

// The page has a plot for each time, and names nothing outside itself.
func checkPage(t *testing.T, r *Report) {
	t.Helper()
	var page, table bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	plots := strings.Count(page.String(), "<svg ")
	drawn := regexp.MustCompile(`<polyline class="s\d" points="[\d.]+,[\d.]+ [\d.]+,[\d.]+ `).FindAllString(page.String(), -1)
	if plots < len(timed(r.Results)) || len(drawn) < len(timed(r.Results)) || strings.Contains(page.String(), "NaN") || strings.Contains(page.String(), "http") {
		t.Errorf("%d plots, %d lines of %d times:\n%.3000s", plots, len(drawn), len(timed(r.Results)), page.String())
	}
	if !strings.Contains(table.String(), "p99.9") || !strings.Contains(table.String(), "each once and in order") {
		t.Errorf("table:\n%s", table.String())
	}
}
