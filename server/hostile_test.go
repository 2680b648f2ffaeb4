package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"belfry"
	"belfry/internal/token"
	"belfry/server"
)

// hostileRequest is one bad request over HTTP and its documented answer.
type hostileRequest struct {
	name       string
	method     string
	path       string
	credential string
	body       string
	headers    []string
	status     int
	code       belfry.Code
}

const draft = `{"to":{"user":"victim"},"title":"x"}`

// forge signs claims with a method and a key that are not the server's.
func forge(t *testing.T, m jwt.SigningMethod, key any, claims map[string]any) string {
	t.Helper()
	raw, err := jwt.NewWithClaims(m, jwt.MapClaims(claims)).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func hostileRequests(t *testing.T, h *house) []hostileRequest {
	user := h.token("mallory", token.Grants{})
	claims := func(more ...any) map[string]any {
		c := map[string]any{"sub": "mallory", "exp": time.Now().Add(time.Hour).Unix(), "aud": "belfry", "iss": "tests"}
		for i := 0; i < len(more); i += 2 {
			c[more[i].(string)] = more[i+1]
		}
		return c
	}
	hs := func(more ...any) string {
		return forge(t, jwt.SigningMethodHS256, []byte(testSecret), claims(more...))
	}
	post := func(name, body string, status int, code belfry.Code) hostileRequest {
		return hostileRequest{name, "POST", "/v1/notifications", testKey, body, nil, status, code}
	}
	get := func(name, path, credential string, status int, code belfry.Code, headers ...string) hostileRequest {
		return hostileRequest{name, "GET", path, credential, "", headers, status, code}
	}
	return []hostileRequest{
		post("no body", "", 400, "malformed"),
		post("white space", " \n\t ", 400, "malformed"),
		post("cut JSON", `{"to":{"user":"a"`, 400, "malformed"),
		post("two values", draft+draft, 400, "malformed"),
		post("trailing comma", `{"to":{"user":"a"},}`, 400, "malformed"),
		post("single quotes", `{'to':'a'}`, 400, "malformed"),
		post("byte order mark", "\xef\xbb\xbf"+draft, 400, "malformed"),
		post("UTF-16", "\xff\xfe{\x00}\x00", 400, "malformed"),
		post("bad UTF-8", "{\"to\":{\"user\":\"a\"},\"title\":\"\xc3\x28\"}", 400, "malformed"),
		post("overlong UTF-8", "{\"to\":{\"user\":\"a\"},\"title\":\"\xc0\xaf\"}", 400, "malformed"),
		post("lone surrogate", `{"to":{"user":"a"},"title":"\ud83d"}`, 400, "malformed"),
		post("U+0000 in the title", `{"to":{"user":"a"},"title":"a\u0000b"}`, 422, "invalid"),
		post("U+0000 deep in data", `{"to":{"user":"a"},"title":"a","data":{"x":[{"y":"\u0000"}]}}`, 422, "invalid"),
		post("a member twice", `{"to":{"user":"a"},"title":"a","title":"b"}`, 400, "malformed"),
		post("an unknown member", `{"to":{"user":"a"},"title":"a","html":"<b>"}`, 422, "invalid"),
		post("a member in another case", `{"to":{"user":"a"},"TITLE":"a"}`, 422, "invalid"),
		post("an array", `[]`, 422, "invalid"),
		post("a number as title", `{"to":{"user":"a"},"title":7}`, 422, "invalid"),
		post("a string as data", `{"to":{"user":"a"},"title":"a","data":"x"}`, 422, "invalid"),
		post("nested ten thousand deep", `{"data":`+strings.Repeat(`[`, 20000), 400, "malformed"),
		post("no address", `{"title":"a"}`, 422, "invalid"),
		post("two addresses", `{"to":{"user":"a","all":true},"title":"a"}`, 422, "invalid"),
		post("no users", `{"to":{"users":[]},"title":"a"}`, 422, "invalid"),
		post("the same user twice", `{"to":{"users":["a","a"]},"title":"a"}`, 422, "invalid"),
		post("a user with a line break", `{"to":{"user":"a\r\nb"},"title":"a"}`, 422, "invalid"),
		post("a reserved topic", `{"to":{"topic":"belfry.x"},"title":"a"}`, 422, "invalid"),
		post("a pattern as topic", `{"to":{"topic":"doc.*"},"title":"a"}`, 422, "invalid"),
		post("an empty title", `{"to":{"user":"a"},"title":" "}`, 422, "invalid"),
		post("a long title", `{"to":{"user":"a"},"title":"`+strings.Repeat("é", 201)+`"}`, 422, "invalid"),
		post("a script as URL", `{"to":{"user":"a"},"title":"a","actionUrl":"javascript:alert(1)"}`, 422, "invalid"),
		post("a script with a tab", `{"to":{"user":"a"},"title":"a","actionUrl":"java\tscript:alert(1)"}`, 422, "invalid"),
		post("a URL of another host", `{"to":{"user":"a"},"title":"a","actionUrl":"//evil.example"}`, 422, "invalid"),
		post("a URL with a backslash", `{"to":{"user":"a"},"title":"a","actionUrl":"/\\evil.example"}`, 422, "invalid"),
		post("expired already", `{"to":{"user":"a"},"title":"a","expiresAt":"2001-01-01T00:00:00Z"}`, 422, "invalid"),
		post("a year without end", `{"to":{"user":"a"},"title":"a","deliverAt":"99999-01-01T00:00:00Z"}`, 422, "invalid"),
		post("a body above the limit", `{"title":"`+strings.Repeat("x", 300<<10)+`"}`, 413, "too_large"),
		{"a long key of idempotency", "POST", "/v1/notifications", testKey, draft, []string{"Idempotency-Key: " + strings.Repeat("k", 129)}, 422, "invalid"},
		{"a batch that is none", "POST", "/v1/notifications/batch", testKey, `{"notifications":{}}`, nil, 422, "invalid"},
		{"an edit of nothing", "PATCH", "/v1/notifications/" + string(belfry.NewID(time.Now())), testKey, `{"title":"a"}`, nil, 404, "not_found"},
		{"an id that is none", "DELETE", "/v1/notifications/..%2F..%2Fetc", testKey, "", nil, 404, "not_found"},
		{"marks without end", "POST", "/v1/inbox/marks", user, `{"action":"read","ids":["` + strings.Repeat("x", 60<<10) + `"]}`, nil, 422, "invalid"},
		{"a mark of the future", "POST", "/v1/inbox/marks", user, `{"action":"snooze","all":true,"until":"2999-01-01T00:00:00Z"}`, nil, 422, "invalid"},
		{"a mark at a foreign cursor", "POST", "/v1/inbox/marks", user, `{"action":"read","all":true,"upTo":"` + (belfry.Cursor{Private: 7, Shared: 7, Position: belfry.Position{P: 1 << 50}}).String() + `"}`, nil, 422, "invalid"},
		{"a signal that shouts", "POST", "/v1/signals", testKey, `{"to":"all","name":"x","data":"` + strings.Repeat("x", 5<<10) + `"}`, nil, 422, "invalid"},
		{"a token for ever", "POST", "/v1/tokens", testKey, `{"user":"a","ttl":"36500d"}`, nil, 422, "invalid"},
		{"an unknown method", "BREW", "/v1/inbox", user, "", nil, 405, "method_not_allowed"},
		get("path traversal", "/v1/users/%2E%2E%2F%2E%2E/../../etc/passwd", testKey, 404, "not_found"),
		get("a page that is none", "/v1/inbox?after=%00%ff", user, 422, "invalid"),
		get("a limit that overflows", "/v1/inbox?limit=99999999999999999999", user, 422, "invalid"),
		get("a cursor that is none", "/v1/stream?cursor=%0d%0aX-Evil:1", user, 422, "invalid"),
		get("no credential", "/v1/inbox", "", 401, "unauthorized"),
		get("a token in two parts", "/v1/inbox", "a.b", 401, "unauthorized"),
		get("alg none", "/v1/inbox", forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims()), 401, "unauthorized"),
		get("another algorithm", "/v1/inbox", forge(t, jwt.SigningMethodHS384, []byte(testSecret), claims()), 401, "unauthorized"),
		get("a wrong secret", "/v1/inbox", forge(t, jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), claims()), 401, "unauthorized"),
		get("an empty secret", "/v1/inbox", forge(t, jwt.SigningMethodHS256, []byte{}, claims()), 401, "unauthorized"),
		get("an expired token", "/v1/inbox", hs("exp", time.Now().Add(-2*time.Minute).Unix()), 401, "token_expired"),
		get("a token without end", "/v1/inbox", hs("exp", nil), 401, "unauthorized"),
		get("a token of tomorrow", "/v1/inbox", hs("nbf", time.Now().Add(time.Hour).Unix()), 401, "unauthorized"),
		get("a wrong audience", "/v1/inbox", hs("aud", "bank"), 401, "unauthorized"),
		get("a wrong issuer", "/v1/inbox", hs("iss", "mallory"), 401, "unauthorized"),
		get("a token for nobody", "/v1/inbox", hs("sub", ""), 401, "unauthorized"),
		get("a huge token", "/v1/inbox", hs("x", strings.Repeat("x", 9<<10)), 401, "unauthorized"),
		get("a key for a token", "/v1/inbox", testKey, 403, "forbidden"),
		get("a token for a key", "/v1/users/victim/inbox", user, 403, "forbidden"),
		get("a guessed key", "/v1/users/victim/inbox", token.KeyPrefix+"aaaaaaaaaaaa_"+strings.Repeat("a", 32), 401, "unauthorized"),
		get("a foreign page with the cookie", "/v1/inbox", "", 403, "origin_refused", "Cookie: "+server.CookieName+"="+user, "Origin: https://evil.example"),
		get("a topic that is not granted", "/v1/stream?topics=hr.salaries", user, 403, "forbidden"),
		get("no upgrade", "/v1/ws", user, 426, "upgrade_required"),
		get("an upgrade to something else", "/v1/ws", user, 426, "upgrade_required", "Connection: Upgrade", "Upgrade: h2c"),
		get("an old WebSocket", "/v1/ws", user, 426, "upgrade_required", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8"),
		get("a short WebSocket key", "/v1/ws", user, 400, "malformed", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="),
	}
}

// Each bad input gets its documented answer; a bystander goes on being served
// all the while; and nothing is left behind.
func TestHostile(t *testing.T) {
	h := newHouse(t, options{tokens: token.Options{Secrets: [][]byte{[]byte(testSecret)}, Issuer: "tests", Audience: "belfry"}, config: func(c *server.Config) {
		c.ClientRate, c.AllowedOrigins = -1, []string{"https://app.example"}
	}})
	bystander := h.connect("victim", token.Grants{})
	served := func(t *testing.T) {
		t.Helper()
		id := h.publish(`{"user":"victim"}`, "undisturbed")
		if f := bystander.until("notification"); f.Item.ID != id {
			t.Errorf("the bystander got %s", f.raw)
		}
	}
	requests, sessions := hostileRequests(t, h), hostileSessions()
	if n := len(requests) + len(sessions); n < 60 {
		t.Fatalf("%d rows", n)
	}
	run := func(t *testing.T) {
		for _, c := range requests {
			t.Run(c.name, func(t *testing.T) {
				r := h.call(c.method, c.path, c.credential, c.body, c.headers...)
				if r.status != c.status || r.code() != c.code || r.header.Get("Content-Type") != "application/problem+json" || r.header.Get("X-Evil") != "" {
					t.Errorf("%d %s, want %d %s", r.status, r.body, c.status, c.code)
				}
				served(t)
			})
		}
		for _, c := range sessions {
			t.Run(c.name, func(t *testing.T) {
				hostileSession(t, h, c)
				served(t)
			})
		}
	}
	run(t)
	before := settled(t, h)
	for range 3 {
		run(t)
	}
	if after := settled(t, h); after > before+4<<20 {
		t.Errorf("memory grew from %d to %d KiB", before>>10, after>>10)
	}
}

func hostileSession(t *testing.T, h *house, c hostileFrames) {
	raw := h.token("mallory", token.Grants{})
	query := strings.Replace(c.query, "TOKEN", raw, 1)
	if query == "" {
		query = "?token=" + raw
	}
	conn, r := rawUpgrade(t, h, query)
	defer conn.Close()
	if _, err := conn.Write(c.bytes); err != nil {
		t.Fatal(err)
	}
	code, status, err := outcome(r, c.status != 0)
	if err != nil || code != c.code || status != c.status {
		t.Errorf("%s %d %v, want %s %d", code, status, err, c.code, c.status)
	}
	if c.status != 0 {
		return
	}
	if _, err := conn.Write(text(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	for {
		_, payload, err := serverFrame(r)
		if err != nil {
			t.Fatalf("the session did not go on: %v", err)
		}
		if bytes.Contains(payload, []byte(`"pong"`)) {
			return
		}
	}
}

// settled waits until only the bystander is left, and gives the memory in use.
func settled(t *testing.T, h *house) uint64 {
	t.Helper()
	eventually(t, "the hostile sessions have ended", func() bool { return h.hub.Len() == 1 })
	h.client.CloseIdleConnections()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// A flood of pings is answered for a while, never buffered, and then ended;
// others are not disturbed.
func TestHostile_PingFlood(t *testing.T) {
	h := newHouse(t, options{})
	bystander := h.connect("victim", token.Grants{})
	conn, r := rawUpgrade(t, h, "?token="+h.token("mallory", token.Grants{}))
	flood := bytes.Repeat(maskedFrame(0x89, bytes.Repeat([]byte("x"), 100)), 2000)
	go func() { _, _ = conn.Write(flood) }() // it is cut off
	code, status, err := outcome(r, true)
	if code != belfry.CodeRateLimited || status != 4001 {
		t.Errorf("%s %d %v", code, status, err)
	}
	id := h.publish(`{"user":"victim"}`, "undisturbed")
	if f := bystander.until("notification"); f.Item.ID != id {
		t.Errorf("the bystander got %s", f.raw)
	}
}

// A ping is answered with its payload, also between fragments.
func TestHostile_PingIsAnswered(t *testing.T) {
	h := newHouse(t, options{})
	conn, r := rawUpgrade(t, h, "?token="+h.token("ann", token.Grants{}))
	frames := append(maskedFrame(0x01, []byte(`{"type":`)), maskedFrame(0x89, []byte("are you there"))...)
	if _, err := conn.Write(append(frames, maskedFrame(0x80, []byte(`"ping"}`))...)); err != nil {
		t.Fatal(err)
	}
	var control, pong bool
	for !control || !pong {
		op, payload, err := serverFrame(r)
		if err != nil {
			t.Fatal(err)
		}
		control = control || op == 0xa && string(payload) == "are you there"
		pong = pong || bytes.Contains(payload, []byte(`"type":"pong"`))
	}
}

// Requests that are no HTTP are refused by the listener and disturb nobody.
func TestHostile_RawHTTP(t *testing.T) {
	h := newHouse(t, options{})
	for name, c := range map[string]struct{ in, want string }{
		"not HTTP":            {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"},
		"a huge header":       {"GET /v1/inbox HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		"two lengths":         {"POST /v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "400"},
		"a negative length":   {"POST /v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"},
		"smuggling":           {"POST /v1/notifications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", "501"},
		"a header in a path":  {"GET /v1/inbox\r\nX-Evil: 1 HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
		"a body without end":  {"POST /v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + strings.Repeat("x", 512<<10), "413"},
		"a chunk of nonsense": {"POST /v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
	} {
		conn := h.raw()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		go func() { _, _ = io.WriteString(conn, c.in) }() // it may be cut off
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+c.want+" ") {
			t.Errorf("%s: %q %v", name, line, err)
		}
	}
	h.publish(`{"user":"ann"}`, "undisturbed")
}

// A client that says nothing, or only half of what it wants, is cut off.
func TestHostile_SlowHead(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 10 s")
	}
	t.Parallel()
	h := newHouse(t, options{})
	for name, said := range map[string]string{"nothing": "", "half a head": "GET /v1/ws HTTP/1.1\r\nHost: x\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := h.raw()
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.WriteString(conn, said); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("it is still connected")
			}
		})
	}
}

// A body that never comes holds nothing for long.
func TestHostile_SlowBody(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 15 s")
	}
	t.Parallel()
	h := newHouse(t, options{})
	conn := h.raw()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "POST /v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{", testKey)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 400 || !res.Close {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
