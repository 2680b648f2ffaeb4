package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"

	"belfry"
)

// openTimeout bounds the opening of a stream, until the server has answered.
const openTimeout = 15 * time.Second

// maxFrame is above the largest frame: a follow that carries belfry.MaxBackfill
// items of the largest kind.
const maxFrame = 32 << 20

type webSocket struct {
	ctx  context.Context
	conn *websocket.Conn
}

func (c *Client) dialWebSocket(ctx context.Context, q url.Values, token string) (link, error) {
	header := http.Header{}
	authorize(header, token)
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	conn, res, err := websocket.Dial(opening, c.address("/v1/ws", q), &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: header})
	if err != nil {
		return nil, refusedUpgrade(res, err)
	}
	conn.SetReadLimit(maxFrame)
	return &webSocket{ctx, conn}, nil
}

// refusedUpgrade reads what the server said instead of switching protocols.
func refusedUpgrade(res *http.Response, err error) error {
	if res == nil {
		return networkError(err)
	}
	body, readErr := io.ReadAll(res.Body) // the dialer keeps the first 1,024 bytes
	if readErr != nil {
		return networkError(readErr)
	}
	return problem(res, body)
}

func (w *webSocket) next() (Frame, error) {
	_, raw, err := w.conn.Read(w.ctx)
	if err != nil {
		return Frame{}, closeReason(err)
	}
	return decodeFrame(raw)
}

// closeReason translates a close frame. The reason carries our code; where it
// does not, the number's range says whether to come back.
func closeReason(err error) error {
	var ce websocket.CloseError
	if !errors.As(err, &ce) {
		return networkError(err)
	}
	if info, ok := belfry.Codes[belfry.Code(ce.Reason)]; ok {
		return &belfry.Error{Code: belfry.Code(ce.Reason), Detail: info.Title, Err: err}
	}
	for code, info := range belfry.Codes {
		if info.Close == int(ce.Code) && ce.Code > 4100 {
			return &belfry.Error{Code: code, Detail: info.Title, Err: err}
		}
	}
	if ce.Code >= 4100 && ce.Code <= 4199 {
		return &belfry.Error{Code: belfry.CodeMalformed, Detail: "the server closed the connection for good", Err: err}
	}
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the server closed the connection", Err: err}
}

// ask sends a ping frame. That it cannot be sent shows as silence.
func (w *webSocket) ask() {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	_ = w.conn.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`))
}

func (w *webSocket) close() { _ = w.conn.CloseNow() }
