package server_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
	"belfry/server"
)

func compressing(c *server.Config) { c.Compression = true }

// connectCompressed is connect with a client that offers compression, and
// compresses whatever it sends.
func (h *house) connectCompressed(user string, mode websocket.CompressionMode, g token.Grants) *ws {
	h.t.Helper()
	o := &websocket.DialOptions{HTTPClient: h.client, CompressionMode: mode, CompressionThreshold: 1}
	conn, res, err := websocket.Dial(h.t.Context(), h.http.URL+"/v1/ws?token="+h.token(user, g), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.CloseNow() })
	if got := res.Header.Get("Sec-WebSocket-Extensions"); !strings.HasPrefix(got, "permessage-deflate; ") {
		h.t.Fatalf("agreed on %q", got)
	}
	conn.SetReadLimit(1 << 20)
	w := &ws{h.t, conn}
	w.until("live")
	return w
}

// Whether a client takes compressed frames or not, it reads the same JSON, with
// a cursor of its own.
func TestWebSocket_Compression(t *testing.T) {
	h := newHouse(t, options{config: compressing})
	tabs := make([]*ws, 24)
	for i := range tabs {
		user := fmt.Sprint("u", i)
		for range i {
			h.publish(`{"user":"`+user+`"}`, "private")
		}
		switch i % 3 {
		case 0:
			tabs[i] = h.connect(user, token.Grants{})
		case 1:
			tabs[i] = h.connectCompressed(user, websocket.CompressionNoContextTakeover, token.Grants{})
		case 2: // it would keep a window, and is told not to
			tabs[i] = h.connectCompressed(user, websocket.CompressionContextTakeover, token.Grants{})
		}
	}
	for n := range 5 {
		id := h.publish(`{"all":true}`, strings.Repeat("say ä \\\" < ", n*4)+"x")
		var want string
		for i, tab := range tabs {
			f := tab.until("notification")
			cursor, err := belfry.ParseCursor(f.Cursor)
			if err != nil || int(cursor.P) != i || int(cursor.S) != f.Item.Rev || f.Item.ID != id {
				t.Errorf("session %d: %v, position %+v in %s", i, err, cursor, f.raw)
			}
			raw := strings.Replace(f.raw, f.Cursor, "", 1)
			if want == "" {
				want = raw
			}
			if raw != want {
				t.Errorf("session %d got %s, want %s", i, raw, want)
			}
		}
	}
	for _, tab := range tabs {
		tab.send(`{"type":"mark","action":"read","all":true,"ref":"` + strings.Repeat("m", 100) + `"}`)
		if f := tab.answer(strings.Repeat("m", 100)); f.Type != "ok" {
			t.Errorf("got %s", f.raw)
		}
	}
}

// offer upgrades with an offer of extensions, as ann, and gives what was agreed
// on.
func (h *house) offer(extensions, query string) (conn io.ReadWriter, agreed string) {
	h.t.Helper()
	c := h.raw()
	fmt.Fprintf(c, "GET /v1/ws?token=%s%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Extensions: %s\r\n\r\n",
		h.token("ann", token.Grants{}), query, extensions)
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 {
		h.t.Fatalf("upgrade: %v %v", res, err)
	}
	return struct {
		io.Reader
		io.Writer
	}{r, c}, res.Header.Get("Sec-WebSocket-Extensions")
}

// rawFrame reads a frame and its reserved bits, and inflates it when they say so.
func rawFrame(t *testing.T, r io.Reader) (text string, compressed bool) {
	t.Helper()
	head := make([]byte, 4)
	_, err := io.ReadFull(r, head[:2])
	n := int(head[1])
	if err == nil && n == 126 {
		_, err = io.ReadFull(r, head[2:])
		n = int(binary.BigEndian.Uint16(head[2:]))
	}
	payload := make([]byte, n)
	if err == nil {
		_, err = io.ReadFull(r, payload)
	}
	compressed = head[0]&0x40 != 0
	if err == nil && compressed {
		payload, err = io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff"))))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(payload), compressed
}

// Creations in the shared log go out compressed, live and to who comes back;
// everything else plain.
func TestWebSocket_Compression_OfTheSharedLogAlone(t *testing.T) {
	h := newHouse(t, options{config: compressing})
	conn, agreed := h.offer("permessage-deflate; client_max_window_bits", "")
	if agreed != "permessage-deflate; server_no_context_takeover; client_no_context_takeover" {
		t.Errorf("agreed on %q", agreed)
	}
	until := func(kind string, want bool) (text string) {
		t.Helper()
		for {
			var compressed bool
			text, compressed = rawFrame(t, conn)
			if !strings.Contains(text, `"type":"`+kind+`"`) {
				continue
			}
			if compressed != want {
				t.Errorf("compressed is %t for %s", compressed, text)
			}
			return text
		}
	}
	until("welcome", false)
	until("live", false)
	h.publish(`{"user":"ann"}`, strings.Repeat("private ", 20))
	until("notification", false)
	before := until("counts", false)[hub.CursorAt:][:belfry.CursorLen]
	h.publish(`{"all":true}`, strings.Repeat("for all ", 20))
	until("notification", true)
	if _, err := conn.Write(text(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	until("pong", false)
	conn, _ = h.offer("permessage-deflate", "&cursor="+before)
	until("welcome", false)
	until("notification", true)
	until("live", false)
}

// Where it is off, or cannot be agreed on, everything works as without.
func TestWebSocket_Compression_NotAgreed(t *testing.T) {
	for name, c := range map[string]struct {
		on    bool
		offer string
	}{
		"off":             {false, "permessage-deflate"},
		"a small window":  {true, "permessage-deflate; server_max_window_bits=10"},
		"not understood":  {true, "permessage-deflate; future=1"},
		"something else":  {true, "x-webkit-deflate-frame"},
		"no offer at all": {true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, options{config: func(cfg *server.Config) { cfg.Compression = c.on }})
			conn, agreed := h.offer(c.offer, "")
			if agreed != "" {
				t.Errorf("agreed on %q", agreed)
			}
			h.publish(`{"all":true}`, strings.Repeat("for all ", 20))
			for text := ""; !strings.Contains(text, `"type":"notification"`); {
				var compressed bool
				if text, compressed = rawFrame(t, conn); compressed {
					t.Errorf("compressed: %s", text)
				}
			}
		})
	}
}

// A frame that inflates to more than a frame may have ends its connection as a
// frame too large does, and no other.
func TestHostile_DecompressionBomb(t *testing.T) {
	h := newHouse(t, options{config: compressing})
	bystander := h.connectCompressed("victim", websocket.CompressionNoContextTakeover, token.Grants{})
	mallory := h.connectCompressed("mallory", websocket.CompressionNoContextTakeover, token.Grants{})
	mallory.send(`{"type":"ping","x":"` + strings.Repeat("0", 8<<20) + `"}`)
	if code := mallory.closed(); code != websocket.StatusMessageTooBig {
		t.Errorf("closed with %d", code)
	}
	id := h.publish(`{"user":"victim"}`, "undisturbed")
	if f := bystander.until("notification"); f.Item.ID != id {
		t.Errorf("the bystander got %s", f.raw)
	}
}
