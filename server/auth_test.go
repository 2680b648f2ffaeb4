package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/internal/token"
	"belfry/server"
)

// A credential opens what it is for, and a refusal says what is wanted.
func TestAuth_Access(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{})
	reader, publisher := h.key(token.ScopeRead), h.key(token.ScopePublish)
	for _, c := range []struct {
		method, path, credential string
		status                   int
		code                     belfry.Code
		says                     string
	}{
		{"GET", "/v1/inbox", user, 200, "", ""},
		{"GET", "/v1/inbox", "", 401, belfry.CodeUnauthorized, "Authorization: Bearer"},
		{"GET", "/v1/inbox", testKey, 403, belfry.CodeForbidden, "user token is wanted"},
		{"GET", "/v1/inbox", reader, 403, belfry.CodeForbidden, "/v1/users/{user}/inbox"},
		{"GET", "/v1/inbox", "nonsense", 401, belfry.CodeUnauthorized, "no token"},
		{"GET", "/v1/users/ann/inbox", reader, 200, "", ""},
		{"GET", "/v1/users/ann/inbox", testKey, 200, "", ""},
		{"GET", "/v1/users/ann/inbox", user, 403, belfry.CodeForbidden, "API key is wanted"},
		{"GET", "/v1/users/ann/inbox", publisher, 403, belfry.CodeForbidden, "lacks the scope read"},
		{"GET", "/v1/users/ann/inbox", "nonsense", 401, belfry.CodeUnauthorized, "belfry key create"},
		{"GET", "/v1/users/ann/inbox", reader + "x", 401, belfry.CodeUnauthorized, "no API key"},
		{"GET", "/v1/users/ann/inbox", token.KeyPrefix + "aaaaaaaaaaaa_x", 401, belfry.CodeUnauthorized, "no API key"},
		{"DELETE", "/v1/users/ann", testKey, 403, belfry.CodeForbidden, "scope admin"},
		{"DELETE", "/v1/users/ann", h.key(token.ScopeAdmin), 501, belfry.CodeUnsupported, "does not erase"},
	} {
		r := h.call(c.method, c.path, c.credential, "")
		if r.status != c.status || c.code != "" && r.code() != c.code || !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s %s with %.12q: %d %s", c.method, c.path, c.credential, r.status, r.body)
		}
		if r.status == 401 && r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s: no WWW-Authenticate", c.method, c.path)
		}
	}
	for _, header := range []string{"Basic YTpi", "Bearer", "Bearer ", "bearer  "} {
		if r := h.call("GET", "/v1/inbox", "", "", "Authorization: "+header); r.status != 401 {
			t.Errorf("Authorization %q: %d", header, r.status)
		}
	}
	h.want(200, "GET", "/v1/inbox", "", "", "Authorization: bearer "+user)
}

// A revoked key stops working when the cache has forgotten it, a bounded while
// later; until then it was checked.
func TestAuth_RevokedKey(t *testing.T) {
	h := newHouse(t, options{})
	text := h.key(token.ScopeRead)
	id, _, _ := token.ParseKey(text)
	if err := h.store.RevokeKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if r := h.want(401, "GET", "/v1/users/ann/inbox", text, ""); !strings.Contains(string(r.body), "revoked") {
		t.Errorf("%s", r.body)
	}
}

// The cookie works for allowed origins, and for nobody else's pages.
func TestAuth_Cookie(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) {
		c.AllowedOrigins = []string{"https://app.example", "http://localhost:*"}
	}})
	cookie := "Cookie: " + server.CookieName + "=" + h.token("ann", token.Grants{})
	mark := `{"action":"read","all":true}`
	for _, c := range []struct {
		method, path, body, origin string
		status                     int
	}{
		{"GET", "/v1/inbox", "", "", 200}, // a page of the same origin sends none
		{"GET", "/v1/inbox", "", "https://app.example", 200},
		{"GET", "/v1/inbox", "", "http://localhost:5173", 200},
		{"GET", "/v1/inbox", "", "https://evil.example", 403},
		{"GET", "/v1/inbox", "", "https://app.example.evil.example", 403},
		{"GET", "/v1/inbox", "", "https://localhost:5173", 403},
		{"GET", "/v1/inbox", "", "null", 403},
		{"POST", "/v1/inbox/marks", mark, "https://app.example", 200},
		{"POST", "/v1/inbox/marks", mark, "", 403},
		{"POST", "/v1/inbox/marks", mark, "https://evil.example", 403},
	} {
		headers := []string{cookie}
		if c.origin != "" {
			headers = append(headers, "Origin: "+c.origin)
		}
		r := h.call(c.method, c.path, "", c.body, headers...)
		if r.status != c.status {
			t.Errorf("%s %s from %q: %d %s", c.method, c.path, c.origin, r.status, r.body)
		}
		if r.status == 403 && (r.code() != belfry.CodeOriginRefused || !strings.Contains(string(r.body), "allowed-origins")) {
			t.Errorf("the refusal does not name the setting: %s", r.body)
		}
	}
	if w := h.dial("", cookie, "Origin: https://evil.example"); w.closed() != 4105 {
		t.Error("a foreign page has a session")
	}
	if w := h.dial("", cookie); w.closed() != 4105 {
		t.Error("an upgrade with the cookie and no origin has a session")
	}
	h.dial("", cookie, "Origin: https://app.example").until("welcome")
}

// Logging out everywhere ends the sessions, refuses the tokens issued before,
// and takes those issued after, also within the same second.
func TestUsers_LogOut(t *testing.T) {
	h := newHouse(t, options{})
	old := h.token("ann", token.Grants{})
	h.want(200, "GET", "/v1/inbox", old, "")
	w := h.connect("ann", token.Grants{})
	h.want(204, "DELETE", "/v1/users/ann/sessions", testKey, "")
	if f := w.until("bye"); f.Code != belfry.CodeLoggedOut {
		t.Errorf("got %s", f.raw)
	}
	if code := w.closed(); code != 4103 {
		t.Errorf("closed with %d", code)
	}
	if r := h.want(401, "GET", "/v1/inbox", old, ""); r.code() != belfry.CodeLoggedOut {
		t.Errorf("%s", r.body)
	}
	if f := h.dial("?token=" + old); f.until("error").Code != belfry.CodeLoggedOut || f.closed() != 4103 {
		t.Error("an old token has a session")
	}
	if r := h.want(401, "GET", "/v1/stream?token="+old, "", ""); r.code() != belfry.CodeLoggedOut {
		t.Errorf("%s", r.body)
	}
	eventually(t, "a new token works", func() bool { return h.call("GET", "/v1/inbox", h.token("ann", token.Grants{}), "").status == 200 })
}

// eventually polls a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not: %s", what)
		}
	}
}

func TestTokens_Issue(t *testing.T) {
	h := newHouse(t, options{})
	var got struct{ Token, ExpiresAt string }
	h.want(201, "POST", "/v1/tokens", testKey, `{"user":"org/7","ttl":"2h","claims":{"subscribe":["doc.*"],"name":"Seven"}}`).into(t, &got)
	c, err := h.tokens.Verify(t.Context(), got.Token)
	if err != nil || c.User != "org/7" || c.Name != "Seven" || !c.MaySubscribe("doc.1") || belfry.TimeOf(c.ExpiresAt).String() != got.ExpiresAt {
		t.Errorf("%+v %v", c, err)
	}
	if d := time.Until(c.ExpiresAt); d < 119*time.Minute || d > 2*time.Hour {
		t.Errorf("it holds for %s", d)
	}
	for body, field := range map[string]string{
		`{"user":""}`:                                 "/user",
		`{"user":"a","ttl":"31d"}`:                    "/ttl",
		`{"user":"a","ttl":"0s"}`:                     "/ttl",
		`{"user":"a","ttl":"soon"}`:                   "/ttl",
		`{"user":"a","ttl":3600}`:                     "/ttl",
		`{"user":"a","claims":{"x":1}}`:               "/claims/x",
		`{"user":"a","claims":{"subscribe":["a b"]}}`: "/claims/subscribe/0",
		`{"user":"a","claims":{"publish":["me"]}}`:    "/claims/publish/0",
	} {
		if r := h.want(422, "POST", "/v1/tokens", testKey, body); !strings.Contains(string(r.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", body, r.body)
		}
	}
}

func TestTokens_Issue_WithoutSecret(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.Tokens = nil }})
	if r := h.want(501, "POST", "/v1/tokens", testKey, `{"user":"ann"}`); r.code() != belfry.CodeUnsupported {
		t.Errorf("%s", r.body)
	}
	if r := h.want(401, "GET", "/v1/inbox", "a.b.c", ""); !strings.Contains(string(r.body), "token-secret") {
		t.Errorf("%s", r.body)
	}
}

// Tokens and keys never stand in the log.
func TestAuth_NothingInTheLog(t *testing.T) {
	h := newHouse(t, options{})
	raw := h.token("ann", token.Grants{})
	h.want(200, "GET", "/v1/inbox", raw, "")
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"very private"}`)
	h.dial("?token=" + raw).until("live")
	h.call("GET", "/v1/stream?token="+raw+"x", "", "")
	h.call("GET", "/v1/inbox?token="+raw, "", "")
	log := h.log.String()
	if strings.Contains(log, raw) || strings.Contains(log, testKey) || strings.Contains(log, "very private") {
		t.Errorf("the log holds a secret:\n%s", log)
	}
	if !strings.Contains(log, "path=/v1/stream") {
		t.Error("the log holds no requests")
	}
}

func TestCORS(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.AllowedOrigins = []string{"https://app.example"} }})
	r := h.want(204, "OPTIONS", "/v1/inbox/marks", "", "", "Origin: https://any.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
	if r.header.Get("Access-Control-Allow-Origin") != "*" || r.header.Get("Access-Control-Allow-Credentials") != "" ||
		!strings.Contains(r.header.Get("Access-Control-Allow-Headers"), "Authorization") || r.header.Get("Access-Control-Max-Age") == "" {
		t.Errorf("preflight %v", r.header)
	}
	r = h.call("GET", "/v1/inbox", h.token("ann", token.Grants{}), "", "Origin: https://any.example")
	if r.header.Get("Access-Control-Allow-Origin") != "*" || r.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("any origin %v", r.header)
	}
	r = h.call("GET", "/v1/inbox", "", "", "Origin: https://app.example")
	if r.header.Get("Access-Control-Allow-Origin") != "https://app.example" || r.header.Get("Access-Control-Allow-Credentials") != "true" || r.header.Get("Vary") != "Origin" {
		t.Errorf("allowed origin %v", r.header)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestServer_Addresses(t *testing.T) {
	h := newHouse(t, options{})
	for _, c := range []struct {
		method, path string
		status       int
		code         belfry.Code
	}{
		{"GET", "/", 200, ""},
		{"GET", "/healthz", 200, ""},
		{"GET", "/readyz", 200, ""},
		{"GET", "/nowhere", 404, belfry.CodeNotFound},
		{"GET", "/v1/nowhere", 404, belfry.CodeNotFound},
		{"GET", "/v1/preferences", 404, belfry.CodeNotFound},
		{"POST", "/v1/inbox", 405, belfry.CodeMethodNotAllowed},
		{"TRACE", "/v1/inbox", 405, belfry.CodeMethodNotAllowed},
		{"GET", "/v1/ws", 426, belfry.CodeUpgradeRequired},
	} {
		r := h.call(c.method, c.path, "", "")
		if r.status != c.status || r.code() != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.path, r.status, r.body)
		}
		if c.status == 405 && !strings.Contains(r.header.Get("Allow"), "GET") {
			t.Errorf("%s: Allow is %q", c.path, r.header.Get("Allow"))
		}
		if c.status >= 400 && r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %q", c.path, r.header.Get("Content-Type"))
		}
	}
	h.server.Drain()
	if r := h.want(503, "GET", "/readyz", "", ""); !strings.Contains(string(r.body), `"status":"draining"`) {
		t.Errorf("%s", r.body)
	}
	h.want(200, "GET", "/healthz", "", "")
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"still served"}`)
}

func TestServer_BasePathAndHome(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) {
		c.BasePath = "/belfry/"
		c.Home = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("home")) })
	}})
	r := h.want(201, "POST", "/belfry/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"x"}`)
	if l := r.header.Get("Location"); !strings.HasPrefix(l, "/belfry/v1/notifications/") {
		t.Errorf("Location %q", l)
	}
	h.want(404, "GET", "/v1/inbox", "", "")
	h.want(200, "GET", "/healthz", "", "")
	if r := h.want(200, "GET", "/belfry/page", "", ""); string(r.body) != "home" || r.header.Get("Content-Security-Policy") != "" {
		t.Errorf("%s %v", r.body, r.header)
	}
	h.want(404, "GET", "/belfry/v1/nowhere", "", "")
}

// When the store is gone, readiness says so, and requests may come back.
func TestServer_StoreDown(t *testing.T) {
	h := newHouse(t, options{})
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	if r := h.want(503, "GET", "/readyz", "", ""); !strings.Contains(string(r.body), `"store":"down"`) {
		t.Errorf("%s", r.body)
	}
	if r := h.want(503, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"x"}`); r.code() != belfry.CodeUnavailable {
		t.Errorf("%s", r.body)
	}
	r := h.want(200, "GET", "/v1/stream?token="+h.token("ann", token.Grants{}), "", "")
	if !strings.Contains(string(r.body), "event: bye") || !strings.Contains(string(r.body), `"code":"unavailable"`) || !strings.Contains(string(r.body), "retry: ") {
		t.Errorf("a stream is refused with %q", r.body)
	}
	w := h.dial("?token=" + h.token("ann", token.Grants{}))
	if f := w.until("bye"); f.Code != belfry.CodeUnavailable || w.closed() != 1013 {
		t.Errorf("a WebSocket is refused with %s", f.raw)
	}
}
