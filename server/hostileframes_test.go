package server_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/internal/token"
	"belfry/server"
)

// hostileFrames is what a client sends after a good upgrade, and the documented
// end or answer.
type hostileFrames struct {
	name   string
	query  string // "" with a token; else instead of it
	bytes  []byte
	code   belfry.Code // of the error frame or the close frame's reason
	status int         // of the close frame; 0: the session goes on
}

func maskedFrame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...) // a mask of zero leaves the payload as it is
}

func text(s string) []byte { return maskedFrame(0x81, []byte(s)) }

func hostileSessions() []hostileFrames {
	var fragments []byte
	fragments = append(fragments, maskedFrame(0x01, []byte("a"))...)
	for range 200 {
		fragments = append(fragments, maskedFrame(0x00, nil)...)
	}
	huge := append([]byte{0x81, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<40)...)
	return []hostileFrames{
		{"unmasked", "", []byte{0x81, 0x02, '{', '}'}, "protocol_error", 1002},
		{"reserved bits", "", maskedFrame(0xf1, []byte("{}")), "protocol_error", 1002},
		{"compressed without agreement", "", maskedFrame(0xc1, []byte("x")), "protocol_error", 1002},
		{"a reserved opcode", "", maskedFrame(0x83, nil), "protocol_error", 1002},
		{"a huge declared length", "", huge, "too_large", 1009},
		{"a frame above the limit", "", maskedFrame(0x81, make([]byte, 65<<10)), "too_large", 1009},
		{"endless tiny fragments", "", fragments, "too_large", 1009},
		{"a continuation of nothing", "", maskedFrame(0x80, []byte("x")), "protocol_error", 1002},
		{"a fragmented ping", "", maskedFrame(0x09, nil), "protocol_error", 1002},
		{"a long ping", "", maskedFrame(0x89, make([]byte, 126)), "protocol_error", 1002},
		{"bad UTF-8", "", maskedFrame(0x81, []byte("{\"type\":\"\xff\"}")), "invalid_text", 1007},
		{"a close status that may not be sent", "", maskedFrame(0x88, []byte{3, 238}), "protocol_error", 1002},
		{"plain HTTP", "", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "protocol_error", 1002},
		{"a binary frame", "", maskedFrame(0x82, []byte{1, 2, 3}), "malformed", 0},
		{"no JSON", "", text("hello"), "malformed", 0},
		{"an empty frame", "", text(""), "malformed", 0},
		{"an array", "", text("[]"), "invalid", 0},
		{"a member twice", "", text(`{"type":"ping","type":"ping"}`), "malformed", 0},
		{"nested ten thousand deep", "", text(strings.Repeat("[", 20000)), "invalid", 0},
		{"an unknown type", "", text(`{"type":"sudo"}`), "invalid", 0},
		{"a type that is a number", "", text(`{"type":7}`), "invalid", 0},
		{"a long ref", "", text(`{"type":"ping","ref":"` + strings.Repeat("r", 200) + `"}`), "invalid", 0},
		{"a subscription not granted", "", text(`{"type":"subscribe","topic":"hr.salaries"}`), "forbidden", 0},
		{"a publish not granted", "", text(`{"type":"publish","notification":{"to":{"all":true},"title":"x"}}`), "forbidden", 0},
		{"a signal not granted", "", text(`{"type":"signal","to":"all","name":"x"}`), "forbidden", 0},
		{"a cursor of nobody", "", text(`{"type":"mark","action":"read","all":true,"upTo":"AAAA"}`), "invalid", 0},
		{"another user's token", "", text(`{"type":"auth","token":"a.b.c"}`), "unauthorized", 0},
		{"a bad token", "?token=x", nil, "unauthorized", 4101},
		{"a cursor that is none", "?token=TOKEN&cursor=x", nil, "invalid", 4100},
		{"a topic not granted", "?token=TOKEN&topics=hr.salaries", nil, "forbidden", 4104},
		{"a first frame that is no auth", "?", text(`{"type":"ping"}`), "unauthorized", 4101},
		{"a first frame that is no JSON", "?", text(`token`), "malformed", 4100},
		{"a first frame with a bad token", "?", text(`{"type":"auth","token":"x"}`), "unauthorized", 4101},
		{"a first frame that is not masked", "?", []byte{0x81, 0x01, 'x'}, "protocol_error", 1002},
	}
}

// rawUpgrade opens a WebSocket and speaks bytes.
func rawUpgrade(t *testing.T, h *house, query string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := h.raw()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	nonce := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	fmt.Fprintf(conn, "GET /v1/ws%s HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", query, nonce)
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	return conn, r
}

// serverFrame reads one frame from the server.
func serverFrame(r *bufio.Reader) (op byte, payload []byte, err error) {
	head := make([]byte, 2, 8)
	if _, err = io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	n := int(head[1])
	if n == 126 {
		if _, err = io.ReadFull(r, head[:2]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(head))
		head[0] = 0x81
	} else if n == 127 {
		return 0, nil, fmt.Errorf("a large frame")
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head[0] & 0x0f, payload, err
}

// outcome reads until an error frame or the close frame.
func outcome(r *bufio.Reader, closes bool) (code belfry.Code, status int, err error) {
	for {
		op, payload, err := serverFrame(r)
		if err != nil {
			return code, status, err
		}
		if op == 8 {
			return belfry.Code(payload[2:]), int(binary.BigEndian.Uint16(payload)), nil
		}
		var f frame
		if op != 1 {
			continue // a pong
		}
		if err := json.Unmarshal(payload, &f); err != nil {
			return "", 0, err
		}
		if f.Type == "error" && !closes {
			return f.Code, 0, nil
		}
	}
}

// Who asks and never reads is not read from any more: what waits for it is
// bounded, and others are served.
func TestHostile_NeverReads(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.ClientRate = -1 }})
	bystander := h.connect("victim", token.Grants{})
	conn, _ := rawUpgrade(t, h, "?token="+h.token("mallory", token.Grants{}))
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	flood := bytes.Repeat(text(`{"type":"ping"}`), 10_000)
	stuck := false
	for sent := 0; !stuck && sent < 1<<30; sent += len(flood) {
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := conn.Write(flood)
		stuck = errors.Is(err, os.ErrDeadlineExceeded)
	}
	if !stuck {
		t.Error("the server goes on reading")
	}
	id := h.publish(`{"user":"victim"}`, "undisturbed")
	if f := bystander.until("notification"); f.Item.ID != id {
		t.Errorf("the bystander got %s", f.raw)
	}
}
