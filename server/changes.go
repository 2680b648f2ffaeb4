package server

import (
	"bytes"
	"net/http"
	"sync"
	"time"

	"belfry"
	"belfry/hub"
)

// Times of a long poll.
const (
	defaultWait = 30 * time.Second
	maxWait     = time.Minute
	firstLook   = 10 * time.Second // for what there is already, whatever the wait
)

// changes is GET /v1/changes: a session for one delivery. It answers with the
// frames that came and the cursor to ask on from; with no frames when wait has
// passed.
func (s *Server) changes(a *answer, r *http.Request, c *caller) error {
	q := r.URL.Query()
	o, err := queryOpening(r, q)
	if err != nil {
		return err
	}
	spec, err := o.spec(c.claims)
	if err != nil {
		return err
	}
	wait := defaultWait
	if v := q.Get("wait"); v != "" {
		if wait, err = belfry.ParseDuration(v); err != nil || wait > maxWait {
			return belfry.Invalid("wait", "out_of_range", "a duration up to %s, such as 30s, is wanted here", maxWait)
		}
	}
	if err := s.admitOpening(r.Context()); err != nil {
		return err
	}
	p := &poll{resume: spec.Cursor != nil, change: make(chan struct{}, 1)}
	session, err := s.Hub.Open(r.Context(), spec, p)
	if err != nil {
		return s.refusedOpening(err)
	}
	p.await(r, wait)
	session.Gone()
	body, err := p.answer()
	if err != nil {
		return err
	}
	return a.json(http.StatusOK, body)
}

// poll is the sink of a long poll: it takes frames until one of them is news.
type poll struct {
	resume bool          // the client holds something: a welcome alone is no news
	change chan struct{} // capacity one: look at got again
	turn   pollState     // what the present turn has appended

	mu     sync.Mutex
	frames []byte // those that were written, each with a comma after it
	got    pollState
	code   belfry.Code // why the session ended
	ended  bool
}

type pollState struct {
	cursor [belfry.CursorLen]byte
	news   bool // something happened
	live   bool // the replay is over
}

// await waits until there is news or the session has ended; when wait has
// passed, for no more than the end of the replay.
func (p *poll) await(r *http.Request, wait time.Duration) {
	passed, limit := time.NewTimer(wait), time.NewTimer(max(wait, firstLook))
	defer passed.Stop()
	defer limit.Stop()
	for waiting := true; ; {
		p.mu.Lock()
		done := p.got.news || p.ended || p.got.live && !waiting
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-p.change:
		case <-passed.C:
			waiting = false
		case <-limit.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// answer is the body, or why there is none.
func (p *poll) answer() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended && p.code != "" && !p.got.news:
		return nil, &belfry.Error{Code: p.code, Detail: "the session was ended: " + belfry.Codes[p.code].Title, RetryAfter: spread(2 * time.Second)}
	case p.got.cursor[0] == 0:
		return nil, &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the inbox could not be read in time", RetryAfter: spread(2 * time.Second)}
	}
	b := []byte(`{"frames":[`)
	if p.got.news {
		b = append(b, bytes.TrimRight(p.frames, ", ")...)
	}
	b = append(b, `],"cursor":"`...)
	b = append(b, p.got.cursor[:]...)
	p.ended = true // nothing more is taken
	return append(b, `"}`...), nil
}

// Transport implements hub.Sink.
func (p *poll) Transport() string { return "poll" }

var resetMember = []byte(`"reset":true`)

// Append implements hub.Sink.
func (p *poll) Append(dst []byte, kind string, cursor *[belfry.CursorLen]byte, body []byte, _ *hub.Form) []byte {
	at := len(dst) + hub.CursorAt
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at:], cursor[:])
		p.turn.cursor = *cursor
	}
	switch kind {
	case "live":
		p.turn.live = true
	case "welcome":
		p.turn.news = p.turn.news || !p.resume || bytes.Contains(body, resetMember)
	case "counts", "pong":
	default:
		p.turn.news = true
	}
	return append(dst, ',')
}

// AppendHeartbeat implements hub.Sink: no frame, but the cursor moves.
func (p *poll) AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte {
	p.turn.cursor = *cursor
	return append(dst, ' ')
}

// TryWrite implements hub.Sink.
func (p *poll) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, errClosing
	}
	p.frames, p.got = append(p.frames, b...), p.turn
	p.look()
	return len(b), nil
}

// Write implements hub.Sink.
func (p *poll) Write(b []byte, _ time.Duration) error {
	_, err := p.TryWrite(b)
	return err
}

// Close implements hub.Sink.
func (p *poll) Close(code belfry.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.ended, p.code = true, code
	}
	p.look()
}

func (p *poll) look() {
	select {
	case p.change <- struct{}{}:
	default:
	}
}
