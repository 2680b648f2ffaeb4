package client

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"belfry"
)

type sse struct {
	body   io.ReadCloser
	blocks blockReader
}

func (c *Client) dialSSE(ctx context.Context, q url.Values, token string) (link, error) {
	ctx, cancel := context.WithCancel(ctx)
	opening := time.AfterFunc(openTimeout, cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address("/v1/stream", q), nil)
	if err != nil {
		cancel()
		return nil, &belfry.Error{Code: belfry.CodeInvalid, Detail: "the request has no valid address", Err: err}
	}
	req.Header.Set("Accept", "text/event-stream")
	authorize(req.Header, token)
	res, err := c.http.Do(req)
	if err != nil {
		cancel()
		return nil, networkError(err)
	}
	if res.StatusCode != http.StatusOK {
		defer cancel()
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		if err != nil {
			return nil, networkError(err)
		}
		return nil, problem(res, body)
	}
	opening.Stop()
	return &sse{cancelCloser{res.Body, cancel}, blockReader{bufio.NewReader(res.Body)}}, nil
}

// cancelCloser ends the request with its body.
type cancelCloser struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c cancelCloser) Close() error {
	c.cancel()
	return c.ReadCloser.Close()
}

// next gives the frame of the next block. A block without data is a heartbeat:
// the cursor moves, if there is an id, and nothing else happened.
func (s *sse) next() (Frame, error) {
	b, err := s.blocks.next()
	if err != nil {
		return Frame{}, networkError(err)
	}
	if len(b.data) == 0 {
		return Frame{Type: "pong", Cursor: b.id, Body: &Pong{}}, nil
	}
	return decodeFrame(b.data)
}

func (s *sse) ask() {} // the server's heartbeats come without

func (s *sse) close() { _ = s.body.Close() }

// block is one dispatched block of an event stream. Its event name is not
// kept: it repeats the frame's type.
type block struct {
	id   string
	data []byte
}

// blockReader reads a stream as the WHATWG HTML standard, section 9.2.6,
// interprets it, with two differences: a block without data and a comment are
// given too, as signs of life, and a CR alone ends no line (our server sends
// none).
type blockReader struct {
	r *bufio.Reader
}

func (br blockReader) next() (b block, err error) {
	for size := 0; ; {
		line, err := br.r.ReadBytes('\n')
		if err != nil {
			return block{}, err
		}
		if size += len(line); size > maxFrame {
			return block{}, belfry.Errorf(belfry.CodeTooLarge, "a block of the stream is larger than %d bytes", maxFrame)
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 {
			return b, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "id":
			b.id = string(value)
		case "data":
			if b.data != nil {
				b.data = append(b.data, '\n')
			}
			b.data = append(b.data, value...)
		}
	}
}
