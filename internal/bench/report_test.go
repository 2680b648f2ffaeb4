package bench

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"
)

func TestReport_summarize(t *testing.T) {
	at := func(target string, round int, v float64) *Result {
		return &Result{Target: target, Round: round, Figures: []Figure{{"cost", "µs", v}}, Times: map[string]*Spread{"delivery": {P99: v}}}
	}
	r := &Report{Results: []*Result{at("floor", 0, 10), at("belfry", 0, 12), at("floor", 1, 20), at("belfry", 1, 30), at("floor", 2, 12), at("belfry", 2, 15)}}
	r.summarize()
	if len(r.Summary) != 1 || r.Summary[0].Medians["belfry"] != 15 || r.Summary[0].Medians["floor"] != 12 || r.Summary[0].Ratio != 1.25 {
		t.Errorf("summary = %+v", r.Summary)
	}
	if len(r.Times) != 2 || r.Times[0].Target != "belfry" || r.Times[0].P99 != 15 || r.Times[1].P99 != 12 {
		t.Errorf("times = %+v", r.Times)
	}
}

func TestSpreadOf(t *testing.T) {
	h := newHistogram()
	for i := 1; i <= 1000; i++ {
		record(h, time.Duration(i)*time.Millisecond)
	}
	s := spreadOf(h)
	for _, c := range []struct{ got, want float64 }{{s.P50, 500}, {s.P90, 900}, {s.P99, 990}, {s.P999, 999}, {s.Max, 1000}, {s.Mean, 500.5}} {
		if math.Abs(c.got-c.want) > c.want/500 {
			t.Errorf("got %v; want %v", c.got, c.want)
		}
	}
	if last := s.Curve[len(s.Curve)-1]; last.X <= 99 || last.X >= 100 {
		t.Errorf("the curve ends at %v %%", last.X)
	}
	if spreadOf(newHistogram()) != nil {
		t.Error("nothing has a distribution")
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234.5: "1,235", 1234567: "1,234,567"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q; want %q", v, got, want)
		}
	}
}

func TestChecks_String(t *testing.T) {
	c := Checks{Expected: 1000, Received: 998, Lost: 2, Cut: 1}
	if got := c.String(); got != "998 of 1,000 deliveries, 2 lost, 1 connections cut unasked" || c.Clean() {
		t.Errorf("got %q", got)
	}
}

func TestMeter(t *testing.T) {
	t.Run("process", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("read on Linux only")
		}
		m := NewMeter(os.Getpid(), "")
		before, err := m.Read()
		if err != nil || before.Memory < 1<<20 || before.Peak < before.Memory {
			t.Fatalf("got %+v, %v", before, err)
		}
		for began := time.Now(); time.Since(began) < 20*time.Millisecond; {
		}
		if after, err := m.Read(); err != nil || after.CPU <= before.CPU || after.CPU-before.CPU > 10*time.Second {
			t.Errorf("CPU went from %s to %s, %v", before.CPU, after.CPU, err)
		}
	})
	t.Run("endpoint", func(t *testing.T) {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("# HELP x y\nprocess_cpu_seconds_total 1.5\nprocess_resident_memory_bytes 2.5e+07\ngo_goroutines 12\nprocess_open_fds 34\nbelfry_slow_sessions 5\n"))
		}))
		defer h.Close()
		u, err := NewEndpoint(h.URL).Read()
		if want := (Usage{CPU: 1500 * time.Millisecond, Memory: 25_000_000, Goroutines: 12, Files: 34, Slow: 5}); err != nil || u != want {
			t.Errorf("got %+v, %v", u, err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
}

// A server that runs already: its tokens are asked for, and with two nodes the
// other one is published at.
func TestBench_Run_given(t *testing.T) {
	target := startServer(t, false)
	target.Secret = ""
	t.Run("tokens", func(t *testing.T) {
		o := small(t, "unicast")
		o.Notifications, o.Publishers = 20, 2
		r, err := (&Bench{Scenario: "unicast", Options: o, Rounds: 2, Target: target, Progress: &Progress{}}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, r, 20)
	})
	t.Run("publish URL", func(t *testing.T) {
		node := &faulty{}
		other := *target
		other.PublishURL = node.start(t).URL
		o := small(t, "broadcast")
		o.Notifications, o.Quiet = 3, 50*time.Millisecond
		r, err := (&Bench{Scenario: "broadcast", Options: o, Rounds: 1, Target: &other, Progress: &Progress{}}).Run(t.Context())
		if err != nil || r.Results[0].Checks.Lost != 36 || node.posts != 3 {
			t.Errorf("%d posts there, %v; want all of them", node.posts, err)
		}
	})
}
