package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry"
)

// faulty is a server that delivers to everyone, and does to its deliveries to
// the first session what it is told.
type faulty struct {
	plant func(s *faulty, rev int64, deliver func(rev int64, item string), item string)

	mu    sync.Mutex
	conns []net.Conn
	rev   int64
	held  string
	stall time.Duration
	posts int
}

func (s *faulty) start(t *testing.T) *Target {
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		h.Close()
	})
	return &Target{Name: "faulty", URL: h.URL, Key: "none", Secret: testSecret}
}

func (s *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		s.send(conn, `"type":"welcome"}`)
		s.send(conn, `"type":"live"}`)
		s.conns = append(s.conns, conn)
		return
	}
	if s.posts++; s.posts == 10 {
		time.Sleep(s.stall)
	}
	var body bytes.Buffer
	if _, err := bufio.NewReader(r.Body).WriteTo(&body); err != nil {
		panic(err)
	}
	s.rev++
	for i, conn := range s.conns {
		deliver := func(rev int64, item string) {
			s.send(conn, fmt.Sprintf(`"type":"notification","op":"created","item":{"id":"%s","rev":%d,%s}`, strings.Repeat("0", 36), rev, item))
		}
		item := body.String()[1:]
		if i == 0 && s.plant != nil {
			s.plant(s, s.rev, deliver, item)
		} else {
			deliver(s.rev, item)
		}
	}
	w.WriteHeader(http.StatusCreated)
}

func (*faulty) send(conn net.Conn, rest string) {
	f := `{"cursor":"` + belfry.Cursor{}.String() + `",` + rest
	b := []byte{0x81, 126, byte(len(f) >> 8), byte(len(f))}
	_, _ = conn.Write(append(b, f...))
}

// The instrument sees what it is there to see.
func TestLedger_DetectsWhatIsPlanted(t *testing.T) {
	type deliver = func(int64, string)
	for name, c := range map[string]struct {
		plant func(s *faulty, rev int64, deliver deliver, item string)
		want  Checks
	}{
		"nothing": {nil, Checks{Expected: 60, Received: 60}},
		"loss": {func(_ *faulty, rev int64, d deliver, item string) {
			if rev != 7 {
				d(rev, item)
			}
		}, Checks{Expected: 60, Received: 59, Lost: 1}},
		"duplicate": {func(_ *faulty, rev int64, d deliver, item string) {
			d(rev, item)
			if rev == 7 {
				d(rev, item)
			}
		}, Checks{Expected: 60, Received: 60, Duplicates: 1}},
		"reorder": {func(s *faulty, rev int64, d deliver, item string) {
			switch rev {
			case 7:
				s.held = item
			case 8:
				d(8, item)
				d(7, s.held)
			default:
				d(rev, item)
			}
		}, Checks{Expected: 60, Received: 60, Disordered: 1}},
		"wrong audience": {func(_ *faulty, rev int64, d deliver, item string) {
			d(rev, item)
			if rev == 7 { // as if one to another user came here
				at := strings.Index(item, "~r") + runLen
				d(rev, item[:at]+"u"+item[at+1:])
			}
		}, Checks{Expected: 60, Received: 60, Misdirected: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(t, "broadcast")
			o.Sessions, o.Quiet = 3, 300*time.Millisecond
			b := &Bench{Scenario: "broadcast", Options: o, Rounds: 1, Target: (&faulty{plant: c.plant}).start(t), Progress: &Progress{}}
			r, err := b.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Results[0].Checks; got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if r.Kept() != c.want.Clean() {
				t.Errorf("Kept() = %v", r.Kept())
			}
		})
	}
}

// A server that stalls once delays everything that was due meanwhile, and the
// times say so: a load that waited would have noted one slow request.
func TestRun_SeesCoordinatedOmission(t *testing.T) {
	const stall = 500 * time.Millisecond
	s := &faulty{stall: stall}
	o := small(t, "unicast")
	o.Sessions, o.Notifications, o.Publishers, o.Rate = 1, 60, 1, 100
	b := &Bench{Scenario: "unicast", Options: o, Rounds: 1, Target: s.start(t), Progress: &Progress{}}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// 100 a second: of the 50 that were due during the stall, 40 waited more than 100 ms.
	if p50 := r.Results[0].Times["publish"].P50; p50 < 100 {
		t.Errorf("the median time of a publish is %.1f ms; half of them were due during a stall of %s", p50, stall)
	}
	if late := r.Results[0].Times["sent late"]; late == nil || late.Max < 300 {
		t.Errorf("sent late = %+v", late)
	}
}

func TestLedger_took(t *testing.T) {
	t.Run("an edit is no duplicate", func(t *testing.T) {
		l := newLedger()
		s := &session{crowd: &Crowd{ledger: l}}
		seq := l.enter(toAll, everyone)
		l.took(s, stamp{toAll, seq, 0}, 1, true, time.Millisecond)
		l.took(s, stamp{toAll, seq, 0}, 2, false, time.Millisecond)
		if l.checks != (Checks{Received: 1}) {
			t.Errorf("got %+v", l.checks)
		}
	})
	t.Run("what failed is owed to nobody", func(t *testing.T) {
		l := newLedger()
		c := &Crowd{ledger: l, sessions: make([]*session, 2)}
		l.failed(toAll, l.enter(toAll, everyone))
		l.enter(toUser, 1)
		l.enter(toUser, nobody)
		if n := l.expected(c); n != 1 || l.checks.Failed != 1 {
			t.Errorf("expected %d, %+v", n, l.checks)
		}
	})
	t.Run("topics", func(t *testing.T) {
		c := &Crowd{ledger: newLedger(), sessions: make([]*session, 7), topics: 3}
		if a, b := c.followers(0), c.followers(2); a != 3 || b != 2 {
			t.Errorf("%d follow the first topic, %d the last; want 3, 2", a, b)
		}
		c.ledger.enter(toTopic, 2)
		if n := c.ledger.expected(c); n != 2 {
			t.Errorf("expected %d", n)
		}
	})
}

func TestSession_feed(t *testing.T) {
	c := &Crowd{ledger: newLedger(), opened: newHistogram(), topics: 0}
	var stream []byte
	for range 5 {
		st := stamp{toAll, c.ledger.enter(toAll, everyone), 0}
		item := string(c.ledger.draft(nil, `{"all":true}`, st, 2000))
		f := fmt.Sprintf(`{"cursor":"%s","type":"notification","op":"created","item":{"id":"%s","rev":%d,%s}`, belfry.Cursor{}, strings.Repeat("0", 36), st.seq+1, item[1:])
		stream = append(append(stream, 0x81, 126, byte(len(f)>>8), byte(len(f))), f...)
	}
	for _, step := range []int{1, 7, 1000, len(stream)} {
		s := &session{crowd: c, phase: live}
		c.ledger.checks = Checks{}
		var held []byte
		for at := 0; at < len(stream); at += step {
			rest, err := s.feed(append(held, stream[at:min(at+step, len(stream))]...), 0)
			if err != nil {
				t.Fatal(err)
			}
			held = bytes.Clone(rest)
		}
		if c.ledger.checks != (Checks{Received: 5}) || len(held) != 0 || !s.resumes {
			t.Errorf("in steps of %d: %+v, %d bytes left", step, c.ledger.checks, len(held))
		}
	}
}

func TestStamp(t *testing.T) {
	run := newRun()
	for _, want := range []stamp{{toAll, 0, 0}, {toUser, 1<<32 - 1, 50 * time.Hour}, {toTopic, 42, 1}} {
		b := want.append(nil, run)
		if got, ok := parseStamp(b); len(b) != stampLen || !ok || got != want {
			t.Errorf("%q = %+v, %v; want %+v", b, got, ok, want)
		}
	}
	for _, b := range []string{"", "~rabcd", strings.Repeat("~", stampLen), strings.Repeat("x", stampLen)} {
		if _, ok := parseStamp([]byte(b)); ok {
			t.Errorf("%q was taken for a stamp", b)
		}
	}
}

func TestPace(t *testing.T) {
	p := newPace(1000)
	began := p.began
	for i := range 5 {
		if due := p.due(); due.Sub(began) != time.Duration(i)*time.Millisecond {
			t.Errorf("the %dth is due after %s", i, due.Sub(began))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newPace(0).wait(ctx); err == nil {
		t.Error("it goes on after the end")
	}
}
