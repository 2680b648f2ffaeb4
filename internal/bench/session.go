package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"belfry"
)

// session is one live connection as the load sees it. The crowd's ledger's mutex
// guards it.
type session struct {
	crowd  *Crowd
	number int
	sse    bool

	phase   phase
	began   time.Duration // when it began to connect
	tries   int
	rest    []byte // the beginning of a frame
	why     string // what the server said before it closed
	cursor  [belfry.CursorLen]byte
	resumes bool // the cursor is set, and is sent at the next opening
	stalled bool
	deflate bool  // compressed frames were agreed on
	revP    int64 // the highest revisions seen
	revS    int64
	seen    bits // of the shared sequence numbers
	link    link // its connection, the driver's
}

// phase is how far a session has come.
type phase uint8

const (
	closed  phase = iota
	dialing       // no connection yet
	opening       // the request is sent
	joining       // the answer was good; the welcome and the replay are under way
	live
)

// userName is the n-th user's.
func userName(n int) string { return "bench-" + strconv.Itoa(n) }

// follows says whether the session is a follower of the topic of that number.
func (s *session) follows(topic audience) bool {
	return s.crowd.topics > 0 && audience(s.number%s.crowd.topics) == topic
}

// request is the opening, ready to be written.
func (s *session) request() []byte {
	c := s.crowd
	path := "/v1/ws"
	if s.sse {
		path = "/v1/stream"
	}
	b := append([]byte("GET "), c.basePath...)
	b = append(b, path...)
	b = append(b, "?token="...)
	b = append(b, c.tokens[s.number]...)
	if s.resumes {
		b = append(b, "&cursor="...)
		b = append(b, s.cursor[:]...)
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.host...)
	if s.sse {
		return append(b, "\r\nAccept: text/event-stream\r\n\r\n"...)
	}
	if c.offers {
		b = append(b, deflateOffer...)
	}
	return append(b, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"...)
}

// feed takes what was read, what was left over included, and gives what is left
// over now. An error ends the connection.
func (s *session) feed(data []byte, now time.Duration) (rest []byte, err error) {
	if s.phase == opening {
		end := bytes.Index(data, []byte("\r\n\r\n"))
		if end < 0 {
			return data, nil
		}
		want := "HTTP/1.1 101"
		if s.sse {
			want = "HTTP/1.1 200"
		}
		if !bytes.HasPrefix(data, []byte(want)) {
			return nil, fmt.Errorf("the opening was answered %.200q", data)
		}
		s.phase, s.deflate = joining, bytes.Contains(data[:end], []byte("permessage-deflate"))
		data = data[end+4:]
	}
	if s.sse {
		return s.feedBlocks(data, now), nil
	}
	return s.feedFrames(data, now)
}

// feedFrames takes WebSocket frames of a server (RFC 6455 section 5.2): whole,
// not masked.
func (s *session) feedFrames(data []byte, now time.Duration) (rest []byte, err error) {
	for len(data) >= 2 {
		length, head := uint64(data[1]&0x7f), 2
		switch {
		case length == 126 && len(data) >= 4:
			length, head = uint64(binary.BigEndian.Uint16(data[2:])), 4
		case length == 127 && len(data) >= 10:
			length, head = binary.BigEndian.Uint64(data[2:]), 10
		case length >= 126:
			return data, nil
		}
		if uint64(len(data)-head) < length {
			return data, nil
		}
		payload := data[head : head+int(length)]
		if data[0]&0x40 != 0 {
			if payload, err = s.crowd.inflate(payload); err != nil {
				return nil, err
			}
		}
		switch data[0] & 0x0f {
		case 0x1:
			s.frame(payload, now)
		case 0x8:
			return nil, fmt.Errorf("the server closed: %q %s", payload[min(2, len(payload)):], s.why)
		}
		data = data[head+int(length):]
	}
	return data, nil
}

// feedBlocks takes blocks of an event stream as our server writes them: one data
// line, LF.
func (s *session) feedBlocks(data []byte, now time.Duration) (rest []byte) {
	for {
		end := bytes.Index(data, []byte("\n\n"))
		if end < 0 {
			return data
		}
		block := data[:end]
		if at := bytes.Index(block, []byte("\ndata: ")); at >= 0 {
			s.frame(block[at+len("\ndata: "):], now)
		}
		data = data[end+2:]
	}
}

// How a frame that carries a cursor begins. Everything up to the revision of an
// item has a fixed width.
const (
	cursorHead = `{"cursor":"`
	kindHead   = `","type":"`
	itemHead   = `notification","op":"created","item":{"id":"`
	kindAt     = len(cursorHead) + belfry.CursorLen + len(kindHead)
	opAt       = kindAt + len(`notification","op":"`)
	revAt      = kindAt + len(itemHead) + 36 + len(`","rev":`)
)

// frame takes one frame.
func (s *session) frame(body []byte, now time.Duration) {
	if len(body) < kindAt || !bytes.HasPrefix(body, []byte(cursorHead)) {
		s.spoken(body)
		return
	}
	kind := body[kindAt:]
	switch {
	case bytes.HasPrefix(kind, []byte(`notification"`)):
		s.notification(body, now)
	case bytes.HasPrefix(kind, []byte(`welcome"`)):
		s.crowd.welcomes += int64(len(body))
		if bytes.Contains(kind, []byte(`"reset":true`)) {
			s.crowd.ledger.checks.Resets++
			s.revP, s.revS = 0, 0
		}
	case bytes.HasPrefix(kind, []byte(`live"`)):
		s.crowd.becameLive(s, now)
	}
	copy(s.cursor[:], body[len(cursorHead):])
	s.resumes = true
}

// spoken remembers why a connection is about to end.
func (s *session) spoken(body []byte) {
	if bytes.HasPrefix(body, []byte(`{"type":"bye"`)) || bytes.HasPrefix(body, []byte(`{"type":"error"`)) {
		s.why += string(body)
	}
}

// notification takes the notification of this run; others are nobody's.
func (s *session) notification(body []byte, now time.Duration) {
	if len(body) < revAt {
		return
	}
	l := s.crowd.ledger
	at := bytes.Index(body[revAt:], []byte(l.run))
	if at < 0 {
		return
	}
	st, ok := parseStamp(body[revAt+at:])
	if !ok {
		return
	}
	l.took(s, st, leadingInt(body[revAt:]), body[opAt] == 'c', now)
}

func leadingInt(b []byte) (n int64) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
