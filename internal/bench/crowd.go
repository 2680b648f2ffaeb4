package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"belfry"
)

// Crowd is the sessions of one run. They come back by themselves, with their
// cursor, when a connection ends unasked.
type Crowd struct {
	ledger   *ledger
	target   *Target
	host     string // of the URL, port included
	addr     string // where to connect
	basePath string
	topics   int // the n-th session follows topic n mod topics; 0: none

	sessions []*session
	stride   int // the n-th session's user is the (n × stride)-th
	tokens   []string
	driver   driver
	offers   bool              // to take compressed frames
	inflated map[string][]byte // texts by their compressed part, see inflate
	admit    chan struct{}     // bounds the openings under way; nil: no bound

	lives    atomic.Int64
	opened   *hdrhistogram.Histogram // from the connect to the end of the replay
	welcomes int64                   // bytes of those that a session began with
	firstErr error
	leaving  bool
	retries  sync.WaitGroup
}

// driver makes connections and reads them.
type driver interface {
	// open begins to connect the session; what comes of it is told to the crowd.
	// The ledger's mutex is held.
	open(s *session) error
	// close ends every connection and waits for the reading to end.
	close()
}

// link is one connection. Its methods are called with the ledger's mutex held.
type link interface {
	close()
	stall(on bool) // read no more, or again
}

// newCrowd makes the sessions and their tokens, spread evenly over the users. None
// is open yet.
func newCrowd(ctx context.Context, t *Target, o *Options, topics int) (*Crowd, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" {
		return nil, belfry.Errorf(belfry.CodeInvalid, "%.100q is not the address of a server", t.URL)
	}
	c := &Crowd{
		ledger: newLedger(), offers: o.Compress, target: t, host: u.Host, addr: u.Host, basePath: u.EscapedPath(), topics: topics,
		sessions: make([]*session, o.Sessions), stride: o.users() / max(o.Sessions, 1), opened: newHistogram(),
	}
	if u.Port() == "" {
		c.addr = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	for i := range c.sessions {
		c.sessions[i] = &session{crowd: c, number: i, sse: o.Transport == "sse" || o.Transport == "mixed" && i%2 == 1}
	}
	if c.tokens, err = t.tokens(ctx, len(c.sessions), func(i int) string { return userName(i * c.stride) }); err != nil {
		return nil, err
	}
	if c.driver, err = newDriver(c); err != nil {
		return nil, err
	}
	return c, nil
}

// sessionOf is the number of a user's session; nobody: the user has none.
func (c *Crowd) sessionOf(user int) audience {
	if user%c.stride != 0 || user/c.stride >= len(c.sessions) {
		return nobody
	}
	return audience(user / c.stride)
}

// followers is how many sessions follow a topic.
func (c *Crowd) followers(topic audience) int {
	return (len(c.sessions) - int(topic) + c.topics - 1) / c.topics
}

// arrival is how sessions come.
type arrival struct {
	rate     float64       // a second; 0: as fast as they go
	underWay int           // openings at most under way; 0: no bound
	from     time.Duration // when all of them wanted to come; 0: each at its turn
}

// connect opens the sessions and waits until the whole crowd is live. The time
// of each counts until the end of its replay, refusals included.
func (c *Crowd) connect(ctx context.Context, list []*session, how arrival) error {
	c.admit = nil
	if how.underWay > 0 {
		c.admit = make(chan struct{}, how.underWay)
	}
	pace := newPace(how.rate)
	for _, s := range list {
		if err := pace.wait(ctx); err != nil {
			return err
		}
		if c.admit != nil {
			select {
			case c.admit <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		c.open(s, how.from)
	}
	return c.awaitLive(ctx, int64(len(c.sessions)))
}

// awaitLive waits until so many sessions are live. It gives up when for a minute
// none became so.
func (c *Crowd) awaitLive(ctx context.Context, n int64) error {
	last, since := c.lives.Load(), time.Now()
	for c.lives.Load() < n {
		if !sleep(ctx, time.Millisecond) {
			return ctx.Err()
		}
		if now := c.lives.Load(); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > patience {
			return belfry.Errorf(belfry.CodeUnavailable, "%d of %d sessions became live, and for %s no more did: %v", c.lives.Load(), n, patience, c.why())
		}
	}
	return nil
}

// patience is how long nothing may move before a run is given up.
const patience = time.Minute

func (c *Crowd) why() error {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.firstErr
}

// open opens a session that wanted to come at a moment, 0 being now.
func (c *Crowd) open(s *session, wanted time.Duration) {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	if c.leaving || s.phase != closed {
		return
	}
	if wanted == 0 {
		wanted = c.ledger.now()
	}
	s.began, s.why, s.phase = wanted, "", dialing
	if err := c.driver.open(s); err != nil {
		c.lost(s, err)
	}
}

// becameLive notes the end of a session's replay. The ledger's mutex is held.
func (c *Crowd) becameLive(s *session, now time.Duration) {
	if s.phase != joining {
		return
	}
	s.phase, s.tries = live, 0
	record(c.opened, now-s.began)
	c.lives.Add(1)
	c.done()
}

// done lets the next opening begin.
func (c *Crowd) done() {
	select {
	case <-c.admit:
	default:
	}
}

// lost takes a connection that has ended, and brings the session back as a client
// would: after a random while, and not before the server said. The ledger's mutex
// is held.
func (c *Crowd) lost(s *session, err error) {
	if s.phase == closed {
		return
	}
	switch {
	case c.leaving:
	case s.phase == live:
		c.lives.Add(-1)
		c.ledger.checks.Cut++
	default:
		c.ledger.checks.Refused++
		c.done()
	}
	if c.firstErr == nil {
		c.firstErr = err
	}
	why, wanted := s.why, s.began
	if s.phase == live {
		wanted = 0
	}
	c.end(s)
	if c.leaving {
		return
	}
	wait := rand.N(min(500*time.Millisecond<<min(s.tries, 6), 10*time.Second)) + retryAfter(why)
	s.tries++
	c.retries.Add(1)
	time.AfterFunc(wait, func() {
		defer c.retries.Done()
		c.open(s, wanted)
	})
}

var retryAfterMember = regexp.MustCompile(`"retryAfter":(\d+)`)

func retryAfter(why string) time.Duration {
	m := retryAfterMember.FindStringSubmatch(why)
	if m == nil {
		return 0
	}
	ms, _ := strconv.Atoi(m[1])
	return min(time.Duration(ms)*time.Millisecond, 30*time.Second)
}

func (c *Crowd) end(s *session) {
	if s.link != nil {
		s.link.close()
		s.link = nil
	}
	s.phase, s.rest, s.stalled = closed, nil, false
}

// cut ends connections from our side, without a word; their sessions stay away
// until they are opened again.
func (c *Crowd) cut(list []*session) {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	for _, s := range list {
		if s.phase == live {
			c.lives.Add(-1)
		}
		c.end(s)
	}
}

// stall makes sessions stop reading, or read again.
func (c *Crowd) stall(list []*session, on bool) {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	for _, s := range list {
		if s.link != nil && s.stalled != on {
			s.stalled = on
			s.link.stall(on)
		}
	}
}

// reset begins a new count: what was published before is nobody's any more.
func (c *Crowd) reset() {
	l := c.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run, l.shared, l.private, l.arrived = newRun(), nil, nil, nil
	l.latency.Reset()
	l.window.Reset()
	l.checks = Checks{Cut: l.checks.Cut, Refused: l.checks.Refused, Resets: l.checks.Resets}
	for _, s := range c.sessions {
		s.seen = nil
	}
}

// settle waits until everything owed has arrived, or nothing came for a while,
// and gives what was found.
func (c *Crowd) settle(ctx context.Context, quiet time.Duration) Checks {
	l := c.ledger
	last, since := int64(-1), time.Now()
	for {
		l.mu.Lock()
		l.checks.Expected = l.expected(c)
		l.checks.Lost = l.checks.Expected - l.checks.Received
		found := l.checks
		l.mu.Unlock()
		if found.Received != last {
			last, since = found.Received, time.Now()
		}
		if found.Lost <= 0 || time.Since(since) > quiet || !sleep(ctx, 2*time.Millisecond) {
			return found
		}
	}
}

// leave ends everything.
func (c *Crowd) leave() {
	c.ledger.mu.Lock()
	c.leaving = true
	for _, s := range c.sessions {
		c.end(s)
	}
	c.ledger.mu.Unlock()
	c.retries.Wait()
	c.driver.close()
}

// errGone is what a connection ends with that the server closed without a word.
var errGone = errors.New("the server closed the connection")

// read takes what came over a session's connection: data begins with the
// session's rest. The ledger's mutex is held.
func (c *Crowd) read(s *session, data []byte) {
	c.ledger.bytes += int64(len(data) - len(s.rest))
	rest, err := s.feed(data, c.ledger.now())
	if err != nil {
		c.lost(s, err)
		return
	}
	if len(rest) == 0 {
		s.rest = nil
		return
	}
	s.rest = append(make([]byte, 0, len(rest)), rest...)
}

// ended takes the end of a connection.
func (c *Crowd) ended(s *session, err error) {
	if s.why != "" {
		err = fmt.Errorf("%w: %.300s", err, s.why)
	}
	c.lost(s, err)
}

// sleep waits; false says that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
