package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"belfry"
	"belfry/internal/token"
	"belfry/server"
)

const upgradeHead = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"

// asked sends bytes over a connection of its own and gives what a client sees of
// the answer: its status and its headers, and the code of a problem.
func asked(t *testing.T, addr, in string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, in); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("%q: %v", in, err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		_, frame, err := serverFrame(r)
		_, kind, _ := strings.Cut(string(frame), `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		return fmt.Sprint("101, then ", kind, " ", err)
	}
	for _, varies := range []string{"Date", "X-Request-Id", "Content-Length"} {
		if res.Header.Get(varies) != "" {
			res.Header.Set(varies, "some")
		}
	}
	body, err := io.ReadAll(res.Body)
	_, code, _ := strings.Cut(string(body), `"code":"`)
	code, _, _ = strings.Cut(code, `"`)
	return fmt.Sprint(res.Status, " ", code, " ", res.Header, " close:", res.Close, err)
}

// Who answers a request makes no difference to whoever asks.
func TestUpgrades_sameAnswers(t *testing.T) {
	h := newHouse(t, options{})
	plain := httptest.NewUnstartedServer(h.server)
	plain.Config = h.server.HTTP(h.server)
	plain.Start()
	t.Cleanup(plain.Close)
	good := "/v1/ws?token=" + h.token("ann", token.Grants{})
	for name, in := range map[string]string{
		"a session":           "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "\r\n",
		"no credential":       "GET /v1/ws HTTP/1.1\r\n" + upgradeHead + "\r\n" + string(text(`{"type":"auth","token":"`+h.token("ann", token.Grants{})+`"}`)),
		"a wrong token":       "GET /v1/ws?token=x HTTP/1.1\r\n" + upgradeHead + "\r\n",
		"a frame behind it":   "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "\r\n" + string(text(`{"type":"nonsense"}`)),
		"a wrong key":         "GET " + good + " HTTP/1.1\r\n" + strings.Replace(upgradeHead, "MDEy", "MD", 1) + "Connection: close\r\n\r\n",
		"another version":     "GET " + good + " HTTP/1.1\r\n" + strings.Replace(upgradeHead, ": 13", ": 8", 1) + "\r\n",
		"no upgrade":          "GET /v1/ws HTTP/1.1\r\nHost: x\r\n\r\n",
		"another method":      "POST /v1/ws HTTP/1.1\r\n" + upgradeHead + "Content-Length: 0\r\n\r\n",
		"a body":              "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "Content-Length: 2\r\n\r\n{}",
		"a body in chunks":    "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"another address":     "GET /v1/wsx HTTP/1.1\r\n" + upgradeHead + "\r\n",
		"a stream":            "GET /v1/changes HTTP/1.1\r\n" + upgradeHead + "\r\n",
		"HTTP/1.0":            "GET " + good + " HTTP/1.0\r\n" + upgradeHead + "\r\n",
		"HTTP/3.0":            "GET " + good + " HTTP/3.0\r\n" + upgradeHead + "\r\n",
		"no host":             "GET " + good + " HTTP/1.1\r\n" + strings.TrimPrefix(upgradeHead, "Host: x\r\n") + "\r\n",
		"two hosts":           "GET " + good + " HTTP/1.1\r\nHost: y\r\n" + upgradeHead + "\r\n",
		"a strange host":      "GET " + good + " HTTP/1.1\r\n" + strings.Replace(upgradeHead, "Host: x", "Host: x y\\", 1) + "\r\n",
		"a strange name":      "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "X(y): z\r\n\r\n",
		"a strange value":     "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "X: y\x00z\r\n\r\n",
		"a header of 5 KB":    "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "X: " + strings.Repeat("y", 5000) + "\r\n\r\n",
		"a header of 64 KB":   "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "X: " + strings.Repeat("y", 64<<10) + "\r\n\r\n",
		"a header twice":      "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "X: y\r\nX: z\r\n\r\n",
		"an expectation":      "GET " + good + " HTTP/1.1\r\n" + upgradeHead + "Expect: the unexpected\r\n\r\n",
		"a malformed address": "GET /v1/ws?%zz\x7f HTTP/1.1\r\n" + upgradeHead + "\r\n",
		"a short line":        "GET /v1/ws\r\n\r\n",
		"the whole address":   "GET http://x" + good + " HTTP/1.1\r\n" + upgradeHead + "\r\n",
	} {
		got, want := asked(t, h.http.Listener.Addr().String(), in), asked(t, plain.Listener.Addr().String(), in)
		if got != want {
			t.Errorf("%s: %s\nfrom net/http alone: %s", name, got, want)
		}
	}
}

// What clients send is not net/http's: it is answered though nobody accepts.
func TestUpgrades_beside(t *testing.T) {
	h := newHouse(t, options{})
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = h.server.Upgrades(l)
	t.Cleanup(func() { l.Close() })
	address := "/v1/ws?token=" + h.token("ann", token.Grants{})
	browser := "GET " + address + " HTTP/1.1\r\nHost: localhost:8080\r\nConnection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\n" +
		"Origin: http://localhost:8080\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: de-DE,de;q=0.9\r\n" +
		"Cookie: a=b; c=d\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
	for name, in := range map[string]string{"the least": "GET " + address + " HTTP/1.1\r\n" + upgradeHead + "\r\n", "a browser": browser} {
		if got := asked(t, l.Addr().String(), in); got != "101, then welcome <nil>" {
			t.Errorf("%s: %s", name, got)
		}
	}
	conn, _, err := websocket.Dial(t.Context(), "http://"+l.Addr().String()+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.CloseNow()
}

// A request may come in pieces, and nothing of it is lost.
func TestUpgrades_pieces(t *testing.T) {
	h := newHouse(t, options{})
	request := "GET /v1/ws?token=" + h.token("ann", token.Grants{}) + " HTTP/1.1\r\n" + upgradeHead + "\r\n"
	for _, cut := range []int{0, 1, 40, len(request) - 1} {
		conn := h.raw()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(conn, request[:cut])
		h.publish(`{"user":"ann"}`, "in between")
		_, _ = io.WriteString(conn, request[cut:])
		r := bufio.NewReader(conn)
		res, err := http.ReadResponse(r, nil)
		if err != nil || res.StatusCode != 101 {
			t.Fatalf("cut after %d bytes: %v %v", cut, res, err)
		}
		if _, frame, err := serverFrame(r); err != nil || !strings.Contains(string(frame), `"welcome"`) {
			t.Errorf("cut after %d bytes: %s %v", cut, frame, err)
		}
	}
}

// Close ends those who have said nothing, and tells Accept.
func TestUpgrades_Close(t *testing.T) {
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = server.New(server.Config{}).Upgrades(l)
	silent, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	speaks, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer speaks.Close()
	_, _ = io.WriteString(speaks, "GET / HTTP/1.1\r\n")
	conn, err := l.Accept()
	if err != nil || conn.RemoteAddr().String() != speaks.LocalAddr().String() {
		t.Fatalf("accepted %v %v", conn, err)
	}
	defer conn.Close()
	failed := make(chan error)
	go func() {
		_, err := l.Accept()
		failed <- err
	}()
	for range 2 {
		l.Close()
	}
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	silent.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := silent.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the silent one: %v", err)
	}
}

// panicking panics where a credential is refused.
type panicking struct{ server.Meter }

func (panicking) AuthFailed(belfry.Code) { panic("boom") }

// A panic before the upgrade is an answer like any other, and disturbs nobody.
func TestUpgrades_panic(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.Meter = panicking{c.Meter} }})
	got := asked(t, h.http.Listener.Addr().String(), "GET /v1/ws?token=x HTTP/1.1\r\n"+upgradeHead+"\r\n")
	if !strings.HasPrefix(got, "500 Internal Server Error internal") || !strings.Contains(got, "close:true") {
		t.Error(got)
	}
	h.publish(`{"user":"ann"}`, "undisturbed")
}
