package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"belfry"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/internal/token"
	"belfry/server"
	"belfry/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey    = "static-key"
	testSecret = "secret-secret-secret-secret-secret"
)

// house is a whole server on a real store, hub and listener.
type house struct {
	t      *testing.T
	store  *sqlite.Store
	hub    *hub.Hub
	tokens *token.Authority
	server *server.Server
	http   *httptest.Server
	client *http.Client
	log    *logBuffer
}

// options change how a house is built.
type options struct {
	config func(*server.Config)
	tokens token.Options
	hub    hub.Options
	tls    bool
}

func newHouse(t *testing.T, o options) *house {
	t.Helper()
	h := &house{t: t, log: &logBuffer{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, log)
	if err != nil {
		t.Fatal(err)
	}
	h.store = store
	bus := hub.NewBus()
	store.OnCommit(bus.Ring)
	m := metrics.New("test", log)
	h.hub = hub.New(store, bus, o.hub, m)
	if len(o.tokens.Secrets) == 0 && o.tokens.PublicKeys == nil && o.tokens.JWKSURL == "" {
		o.tokens.Secrets = [][]byte{[]byte(testSecret)}
	}
	running, stop := context.WithCancel(context.Background())
	o.tokens.Logger = log
	if h.tokens, err = token.New(running, o.tokens); err != nil {
		t.Fatal(err)
	}
	config := server.Config{
		Store: store, Keyring: store, Bus: bus, Hub: h.hub, Tokens: h.tokens, APIKey: testKey, Meter: m, Logger: log, Version: "test",
	}
	if o.config != nil {
		o.config(&config)
	}
	h.server = server.New(config)
	h.http = httptest.NewUnstartedServer(h.server)
	h.http.Config = h.server.HTTP(h.server)
	h.http.Listener.Close()
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.http.Listener = h.server.Upgrades(l)
	if o.tls {
		h.http.EnableHTTP2 = true
		h.http.StartTLS()
	} else {
		h.http.Start()
	}
	h.client = h.http.Client()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := h.hub.Run(running); err != nil {
			t.Errorf("hub: %v", err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.server.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		h.http.Close()
		h.client.CloseIdleConnections()
		if err := store.Close(); err != nil {
			t.Errorf("store: %v", err)
		}
	})
	return h
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// token makes a token for a user.
func (h *house) token(user string, g token.Grants) string {
	h.t.Helper()
	raw, _, err := h.tokens.Issue(belfry.UserID(user), time.Hour, g)
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}

// key makes an API key.
func (h *house) key(scopes ...string) string {
	h.t.Helper()
	text, k, err := token.NewKey("test", scopes, time.Now())
	if err == nil {
		err = h.store.AddKey(h.t.Context(), k)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}

// response is an answer read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// code is the code of a problem.
func (r response) code() belfry.Code {
	var p struct{ Code belfry.Code }
	_ = json.Unmarshal(r.body, &p) // "" is no code
	return p.Code
}

// into decodes the body.
func (r response) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%v in %d %s", err, r.status, r.body)
	}
}

// call makes a request with a credential and headers as "Name: value".
func (h *house) call(method, path, credential, body string, headers ...string) response {
	h.t.Helper()
	req, err := http.NewRequest(method, h.http.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := h.client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, b}
}

// want makes a request and expects a status.
func (h *house) want(status int, method, path, credential, body string, headers ...string) response {
	h.t.Helper()
	r := h.call(method, path, credential, body, headers...)
	if r.status != status {
		h.t.Fatalf("%s %s: %d %s, want %d", method, path, r.status, r.body, status)
	}
	return r
}

// publish publishes to a target in its JSON form.
func (h *house) publish(to, title string) belfry.ID {
	h.t.Helper()
	var out struct{ ID belfry.ID }
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":`+to+`,"title":"`+title+`"}`).into(h.t, &out)
	return out.ID
}

// frame is a frame from the server.
type frame struct {
	Type    string
	Cursor  string
	Ref     string
	Code    belfry.Code
	Field   string
	Detail  string
	Reset   bool
	Resumed bool
	Op      string
	Item    struct {
		ID    belfry.ID
		Title string
		Rev   int
		Actor struct{ ID, Name string }
	}
	Items  []struct{ ID, Title, ReadAt string }
	Counts struct{ Unread, Unseen int }
	Topic  string
	From   any
	Name   string
	raw    string
}

// ws is a WebSocket client.
type ws struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a WebSocket.
func (h *house) dial(query string, headers ...string) *ws {
	h.t.Helper()
	o := &websocket.DialOptions{HTTPClient: h.client, HTTPHeader: http.Header{}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		o.HTTPHeader.Set(name, value)
	}
	conn, _, err := websocket.Dial(h.t.Context(), h.http.URL+"/v1/ws"+query, o)
	if err != nil {
		h.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	h.t.Cleanup(func() { conn.CloseNow() })
	return &ws{h.t, conn}
}

// connect opens a session of a user and reads its welcome.
func (h *house) connect(user string, g token.Grants) *ws {
	h.t.Helper()
	w := h.dial("?token=" + h.token(user, g))
	w.until("live")
	return w
}

// next reads one frame.
func (w *ws) next() (frame, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, b, err := w.conn.Read(ctx)
	f := frame{raw: string(b)}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, err
}

// until reads up to a frame of a type.
func (w *ws) until(kind string) frame {
	w.t.Helper()
	for {
		f, err := w.next()
		if err != nil {
			w.t.Fatalf("no %s frame: %v", kind, err)
		}
		if f.Type == kind {
			return f
		}
	}
}

// answer reads up to the answer to a ref: ok, error or subscribed.
func (w *ws) answer(ref string) frame {
	w.t.Helper()
	for {
		f, err := w.next()
		if err != nil {
			w.t.Fatalf("no answer to %s: %v", ref, err)
		}
		if f.Ref == ref {
			return f
		}
	}
}

// settle reads the answer to a mark and the counts after it, which come in
// either order.
func (w *ws) settle(ref string) (answer, counts frame) {
	w.t.Helper()
	for answer.Type == "" || counts.Type == "" {
		f, err := w.next()
		switch {
		case err != nil:
			w.t.Fatalf("no answer to %s, or no counts after it: %v", ref, err)
		case f.Ref == ref:
			answer = f
		case f.Type == "counts":
			counts = f
		}
	}
	return answer, counts
}

func (w *ws) send(text string) {
	w.t.Helper()
	if err := w.conn.Write(w.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// closed reads up to the end and gives the close code.
func (w *ws) closed() websocket.StatusCode {
	w.t.Helper()
	for {
		if _, err := w.next(); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// raw opens a plain connection to the server.
func (h *house) raw() net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	return conn
}
