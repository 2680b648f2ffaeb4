package client

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"belfry"
)

// The transports of a stream.
const (
	TransportWebSocket = "websocket"
	TransportSSE       = "sse"
)

// StreamOptions say where a stream begins and what it carries. The zero value
// is a WebSocket from here on, without a snapshot's items.
type StreamOptions struct {
	Transport string         // TransportWebSocket (default) or TransportSSE
	Cursor    string         // resume after this; "": from a fresh snapshot
	Topics    []belfry.Topic // subscribed beside what the user follows, at most belfry.MaxSubscribes
	Items     int            // newest items wanted in a snapshot, 0 to belfry.MaxItems
	Filter    belfry.Filter  // of those items
	Batch     time.Duration  // gather notifications for this long; 0: at once

	// Token is asked for a user's token before each connection, so that a stream
	// outlives the token it began with. nil: Config.Token.
	Token func(context.Context) (string, error)

	// Lost is told of every lost connection and every failed try to connect: why,
	// and how long until the next. nil: nobody is told.
	Lost func(err error, wait time.Duration)
}

// Stream calls handle with every frame, in order, one at a time, until ctx ends
// (its error is ctx.Err()), handle fails (its error is returned as it is) or
// the server says that coming back is pointless (a *belfry.Error whose close
// code is 4100 to 4199). Anything else is a reason to wait, with full jitter
// and no less than the server asks for, and to go on from the cursor of the
// last frame that handle took.
//
// When nothing was heard for a heartbeat the stream asks for a sign of life;
// after two it connects anew.
func (c *Client) Stream(ctx context.Context, o StreamOptions, handle func(Frame) error) error {
	if o.Transport != "" && o.Transport != TransportWebSocket && o.Transport != TransportSSE {
		return belfry.Invalid("transport", "invalid", "%q is no transport; choose websocket or sse", o.Transport)
	}
	s := &stream{client: c, options: o, cursor: o.Cursor, handle: handle}
	for failures := 0; ; failures++ {
		began := time.Now()
		err := s.connect(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.handleErr != nil:
			return s.handleErr
		case s.final(err):
			return err
		}
		if time.Since(began) > steady {
			failures = 0
		}
		wait := c.again.wait(failures, err)
		if o.Lost != nil {
			o.Lost(err, wait)
		}
		if !sleep(ctx, wait) {
			<-ctx.Done()
			return ctx.Err()
		}
	}
}

// steady is how long a connection must have held for the backoff to begin anew:
// a server that accepts and cuts at once is not hammered.
const steady = 10 * time.Second

// stream is what outlives its connections.
type stream struct {
	client    *Client
	options   StreamOptions
	cursor    string
	handle    func(Frame) error
	handleErr error
}

// link is one connection, whatever its transport.
type link interface {
	// next waits for a frame. Its error is a *belfry.Error that says why the
	// connection ended.
	next() (Frame, error)
	// ask asks for a sign of life, where the transport can.
	ask()
	// close cuts the connection, which ends next.
	close()
}

// connect holds one connection from its opening to its end and says why it
// ended.
func (s *stream) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	token, err := s.token(ctx)
	if err != nil {
		return err
	}
	dial := s.client.dialWebSocket
	if s.options.Transport == TransportSSE {
		dial = s.client.dialSSE
	}
	l, err := dial(ctx, s.query(), token)
	if err != nil {
		return err
	}
	frames, failed := make(chan Frame), make(chan error, 1)
	go func() {
		defer close(frames)
		for {
			f, err := l.next()
			if err != nil {
				failed <- err
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				failed <- ctx.Err()
				return
			}
		}
	}()
	err = s.follow(l, frames, failed)
	cancel()
	l.close()
	for range frames { // until the reader is gone
	}
	return err
}

// defaultHeartbeat holds until the welcome frame names the server's.
const defaultHeartbeat = 25 * time.Second

// follow takes frames until the connection ends or falls silent.
func (s *stream) follow(l link, frames <-chan Frame, failed <-chan error) error {
	heartbeat, asked := defaultHeartbeat, false
	silence := time.NewTimer(heartbeat)
	defer silence.Stop()
	end := &ending{}
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				return end.reason(<-failed)
			}
			if w, ok := f.Body.(*Welcome); ok && w.Heartbeat > 0 {
				heartbeat = time.Duration(w.Heartbeat) * time.Second
			}
			end.note(f)
			if s.handleErr = s.handle(f); s.handleErr != nil {
				return s.handleErr
			}
			if f.Cursor != "" {
				s.cursor = f.Cursor
			}
			asked = false
		case <-silence.C:
			if asked {
				return belfry.Errorf(belfry.CodeStalled, "nothing was heard for two heartbeats (%s)", 2*heartbeat)
			}
			l.ask()
			asked = true
		}
		silence.Reset(heartbeat)
	}
}

// ending remembers what the server said about the end before the end.
type ending struct {
	refused *Refused
	bye     *Bye
}

func (e *ending) note(f Frame) {
	switch b := f.Body.(type) {
	case *Refused:
		e.refused = b
	case *Bye:
		e.bye = b
	}
}

// reason is why the connection ended: the bye frame where there was one, with
// the detail of the error frame before it; else what the transport knows.
func (e *ending) reason(err error) error {
	var known *belfry.Error
	if !errors.As(err, &known) {
		known = &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the connection was lost", Err: err}
	}
	out := *known
	if e.bye != nil {
		out = belfry.Error{Code: e.bye.Code, Detail: belfry.Codes[e.bye.Code].Title, RetryAfter: time.Duration(e.bye.RetryAfter) * time.Millisecond}
	}
	if e.refused != nil && e.refused.Code == out.Code {
		out.Detail = e.refused.Detail
	}
	return &out
}

// final says that the server does not want to see us again with what we have.
func (s *stream) final(err error) bool {
	var e *belfry.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Code == belfry.CodeTokenExpired && s.options.Token != nil {
		return false
	}
	code := belfry.Codes[e.Code].Close
	return code >= 4100 && code <= 4199
}

func (s *stream) token(ctx context.Context) (string, error) {
	if s.options.Token == nil {
		return s.client.secret, nil
	}
	return s.options.Token(ctx)
}

// query is the opening's parameters, alike on both transports.
func (s *stream) query() url.Values {
	q := url.Values{"items": {strconv.Itoa(s.options.Items)}}
	if s.cursor != "" {
		q.Set("cursor", s.cursor)
	}
	if len(s.options.Topics) > 0 {
		names := make([]string, len(s.options.Topics))
		for i, t := range s.options.Topics {
			names[i] = string(t)
		}
		q.Set("topics", strings.Join(names, ","))
	}
	if s.options.Filter != "" {
		q.Set("filter", string(s.options.Filter))
	}
	if s.options.Batch > 0 {
		q.Set("batch", s.options.Batch.String())
	}
	return q
}
