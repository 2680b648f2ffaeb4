package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ledger holds what was published against what arrived. Its mutex is also the
// crowd's: whoever reads a socket holds it while it is fed.
type ledger struct {
	run   string
	began time.Time

	mu      sync.Mutex
	shared  []audience // of each sequence number to all or to a topic
	private []audience // of each sequence number to one user
	arrived bits       // private ones
	latency *hdrhistogram.Histogram
	window  *hdrhistogram.Histogram // since the last sample
	checks  Checks
	last    time.Duration // the latest arrival
	bytes   int64         // that all sessions received
}

// audience is who is to get a notification: a topic's number, a session's
// number, or everyone.
type audience int

const (
	everyone audience = -1
	nobody   audience = -2 // the publish failed, or its user has no session
)

// Checks is what was promised and what was seen. Anything but zero below
// Received is a defect of the server, or, where a publish failed, its outcome.
type Checks struct {
	Expected    int64 `json:"expected"`    // deliveries of what was acknowledged
	Received    int64 `json:"received"`    // of those, once each
	Lost        int64 `json:"lost"`        // Expected − Received
	Duplicates  int64 `json:"duplicates"`  // creations seen again by the same session
	Disordered  int64 `json:"disordered"`  // revisions of one log that went backwards
	Misdirected int64 `json:"misdirected"` // seen by a session they were not for
	Resets      int64 `json:"resets"`      // sessions told that their cursor does not fit
	Cut         int64 `json:"cut"`         // connections that ended unasked
	Refused     int64 `json:"refused"`     // openings that were refused and tried again
	Failed      int64 `json:"failed"`      // publishes that were refused or had no answer
}

// Clean says that every promise was kept.
func (c Checks) Clean() bool {
	return c.Lost == 0 && c.Duplicates == 0 && c.Disordered == 0 && c.Misdirected == 0
}

func newLedger() *ledger {
	return &ledger{run: newRun(), began: time.Now(), latency: newHistogram(), window: newHistogram()}
}

// newHistogram holds nanoseconds between a microsecond and an hour, to three
// digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Hour), 3)
}

// record notes a time; below and above its bounds a histogram keeps the bound.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(int64(min(max(d, 0), time.Hour)))
}

// now is the run's clock: monotonic, from its beginning.
func (l *ledger) now() time.Duration { return time.Since(l.began) }

// enter takes a notification that is about to be published and gives its
// sequence number.
func (l *ledger) enter(to byte, who audience) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := &l.shared
	if to == toUser {
		list = &l.private
	}
	*list = append(*list, who)
	return len(*list) - 1
}

// failed takes it out again: it was refused, or nobody knows.
func (l *ledger) failed(to byte, seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checks.Failed++
	if to == toUser {
		l.private[seq] = nobody
	} else {
		l.shared[seq] = nobody
	}
}

// took notes an arrival at a session. l.mu is held.
func (l *ledger) took(s *session, st stamp, rev int64, created bool, now time.Duration) {
	seen, list, last := &s.seen, l.shared, &s.revS
	if st.audience == toUser {
		seen, list, last = &l.arrived, l.private, &s.revP
	}
	if st.seq >= len(list) {
		l.checks.Misdirected++
		return
	}
	switch who := list[st.seq]; {
	case who == nobody:
		return
	case st.audience == toUser && who != audience(s.number), st.audience == toTopic && !s.follows(who):
		l.checks.Misdirected++
		return
	case !seen.set(st.seq):
		if created { // else it is an edit or a mark of what is known
			l.checks.Duplicates++
		}
		return
	case rev <= *last:
		l.checks.Disordered++
	}
	*last = max(*last, rev)
	l.checks.Received++
	l.last = now
	record(l.latency, now-st.at)
	record(l.window, now-st.at)
}

// expected is how many deliveries are owed so far. l.mu is held.
func (l *ledger) expected(c *Crowd) (n int64) {
	for _, who := range l.shared {
		switch {
		case who == everyone:
			n += int64(len(c.sessions))
		case who >= 0:
			n += int64(c.followers(who))
		}
	}
	for _, who := range l.private {
		if who >= 0 {
			n++
		}
	}
	return n
}

// bits is a set of small numbers.
type bits []uint64

// set adds a number; false says that it was there.
func (b *bits) set(i int) bool {
	for i/64 >= len(*b) {
		*b = append(*b, 0)
	}
	word, bit := &(*b)[i/64], uint64(1)<<(i%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
