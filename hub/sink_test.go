package hub_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
)

// pipe is a Sink into memory whose reader can be stopped.
type pipe struct {
	mu      sync.Mutex
	change  sync.Cond
	frames  []frame
	partial []byte
	stopped bool // takes no byte
	most    int  // bytes taken by one TryWrite; 0: all
	closed  bool
	code    belfry.Code
	largest int  // bytes handed in by one write
	refused bool // a write was tried while stopped
	forms   func(body []byte) []byte
}

// frame is a frame as a client reads it.
type frame struct {
	Cursor string          `json:"cursor"`
	Type   string          `json:"type"`
	Op     string          `json:"op"`
	Item   *item           `json:"item"`
	Items  []item          `json:"items"`
	Counts *belfry.Counts  `json:"counts"`
	All    bool            `json:"all"`
	Action string          `json:"action"`
	Topic  string          `json:"topic"`
	From   json.RawMessage `json:"from"`
	Ref    string          `json:"ref"`
	Code   belfry.Code     `json:"code"`
	Name   string          `json:"name"`
	Data   json.RawMessage `json:"data"`
	Reset  bool            `json:"reset"`
	Resume bool            `json:"resumed"`
}

type item struct {
	ID     belfry.ID   `json:"id"`
	Title  string      `json:"title"`
	Born   belfry.Rev  `json:"born"`
	Rev    belfry.Rev  `json:"rev"`
	ReadAt belfry.Time `json:"readAt"`
	Inbox  *bool       `json:"inbox"`
}

func newPipe() *pipe {
	p := &pipe{}
	p.change.L = &p.mu
	return p
}

func (p *pipe) Transport() string { return "websocket" }

func (p *pipe) Append(dst []byte, _ string, cursor *[belfry.CursorLen]byte, body []byte, form *hub.Form) []byte {
	if form != nil && p.forms != nil {
		form.Of(body, p.forms)
	}
	at := len(dst)
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at+hub.CursorAt:], cursor[:])
	}
	return append(dst, '\n')
}

func (p *pipe) AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte {
	return p.Append(dst, "pong", cursor, []byte(`{"cursor":"--------------------------------","type":"pong"}`), nil)
}

func (p *pipe) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.largest = max(p.largest, len(b))
	switch {
	case p.closed:
		return 0, errors.New("closed")
	case p.stopped:
		p.refused = true
		p.change.Broadcast()
		return 0, nil
	case p.most > 0:
		b = b[:min(len(b), p.most)]
	}
	return len(b), p.take(b)
}

func (p *pipe) Write(b []byte, _ time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stopped && !p.closed {
		p.change.Wait()
	}
	if p.closed {
		return errors.New("closed")
	}
	return p.take(b)
}

func (p *pipe) take(b []byte) error {
	p.partial = append(p.partial, b...)
	for {
		line, rest, ok := bytes.Cut(p.partial, []byte("\n"))
		if !ok {
			break
		}
		var f frame
		if err := json.Unmarshal(line, &f); err != nil {
			return err
		}
		p.frames = append(p.frames, f)
		p.partial = rest
	}
	p.change.Broadcast()
	return nil
}

func (p *pipe) Close(code belfry.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.code = true, code
	}
	p.change.Broadcast()
}

func (p *pipe) stop(stopped bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = stopped
	p.change.Broadcast()
}

// awaitRefused waits until a write was tried while the reader is stopped: the
// session is on the slow path from then on.
func (p *pipe) awaitRefused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.refused {
		p.change.Wait()
	}
}

// until waits for the first frame, after those already asked for, that passes.
func (p *pipe) until(t *testing.T, what string, pass func(frame) bool) frame {
	t.Helper()
	got := p.gather(t, what, func(fs []frame) bool { return len(fs) > 0 && pass(fs[len(fs)-1]) })
	return got[len(got)-1]
}

// gather takes frames one by one until enough says that they are enough.
func (p *pipe) gather(t *testing.T, what string, enough func([]frame) bool) []frame {
	t.Helper()
	timer := time.AfterFunc(10*time.Second, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.change.Broadcast()
	})
	defer timer.Stop()
	deadline := time.Now().Add(10 * time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []frame
	for !enough(got) {
		for len(p.frames) == 0 {
			if time.Now().After(deadline) {
				t.Fatalf("waited 10 s for %s; got %d frames: %s", what, len(got), kinds(got))
			}
			p.change.Wait()
		}
		got = append(got, p.frames[0])
		p.frames = p.frames[1:]
	}
	return got
}

func kinds(fs []frame) string {
	var s []string
	for _, f := range fs {
		s = append(s, f.Type)
	}
	return strings.Join(s, " ")
}

func is(kind string) func(frame) bool { return func(f frame) bool { return f.Type == kind } }

func (p *pipe) isClosed() (bool, belfry.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed, p.code
}
