package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"belfry"
	"belfry/api"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/internal/token"
	"belfry/server"
	"belfry/sqlite"
)

// The credentials of an exchange.
const (
	nobody  = ""
	backend = "backend"
	admin   = "admin"
	user    = "user"
)

// exchange is a request and the status it must get. ID stands for the last
// notification that was published.
type exchange struct {
	as     string
	method string
	path   string
	body   string
	status int
}

var exchanges = []exchange{
	{backend, "POST", "/v1/notifications", `{"to":{"user":"ann"},"type":"comment","title":"One","body":"b","data":{"n":1},"actor":{"id":"bob","name":"Bob"},"entity":{"type":"doc","id":"42"},"actionUrl":"/docs/42","actions":[{"id":"open","label":"Open","url":"/docs/42","style":"primary"}],"group":"g","idempotencyKey":"k1"}`, 201},
	{backend, "POST", "/v1/notifications", `{"to":{"users":["ann","bob"]},"title":"Two"}`, 201},
	{backend, "POST", "/v1/notifications", `{"to":{"all":true},"except":["bob"],"title":"Three"}`, 201},
	{backend, "POST", "/v1/notifications", `{"to":{"user":"ann"},"title":"Later","deliverAt":"2099-01-01T00:00:00+02:00"}`, 201},
	{backend, "GET", "/v1/notifications/ID", "", 200},
	{backend, "PATCH", "/v1/notifications/ID", `{"title":"Later still","body":null}`, 200},
	{backend, "DELETE", "/v1/notifications/ID", "", 200},
	{backend, "PATCH", "/v1/notifications/ID", `{"title":"Too late"}`, 410},
	{backend, "GET", "/v1/notifications/0", "", 404},
	{backend, "POST", "/v1/notifications", `{"to":{"user":"ann"}}`, 422},
	{backend, "POST", "/v1/notifications", `{"to":{"user":"ann"},"title":"x","colour":"red"}`, 422},
	{backend, "POST", "/v1/notifications", `{`, 400},
	{nobody, "POST", "/v1/notifications", `{"to":{"user":"ann"},"title":"x"}`, 401},
	{user, "POST", "/v1/notifications", `{"to":{"user":"ann"},"title":"x"}`, 403},
	{backend, "POST", "/v1/notifications", `{"to":{"user":"bob"},"title":"One","idempotencyKey":"k1"}`, 422},
	{backend, "POST", "/v1/notifications/batch", `{"notifications":[{"to":{"user":"ann"},"title":"Four"},{"to":{"user":"ann"},"title":"Late","expiresAt":"2001-01-01T00:00:00Z"}]}`, 200},
	{backend, "POST", "/v1/notifications/batch", `{"notifications":[]}`, 422},
	{backend, "POST", "/v1/signals", `{"to":"user:ann","name":"typing","data":{"on":true}}`, 204},
	{backend, "POST", "/v1/signals", `{"to":"nobody","name":"typing"}`, 422},
	{backend, "POST", "/v1/tokens", `{"user":"ann","ttl":"1h","claims":{"subscribe":["doc.*"],"name":"Ann"}}`, 201},
	{backend, "POST", "/v1/tokens", `{"user":""}`, 422},
	{backend, "PUT", "/v1/users/new%2F1", `{"since":"2026-01-01T00:00:00Z"}`, 200},
	{backend, "GET", "/v1/users/new%2F1", "", 200},
	{backend, "GET", "/v1/users/never-met", "", 404},
	{admin, "DELETE", "/v1/users/new%2F1", "", 501},
	{backend, "DELETE", "/v1/users/new%2F1", "", 403},
	{backend, "GET", "/v1/users/ann/presence", "", 200},
	{backend, "POST", "/v1/topics/doc.42/followers", `{"users":["ann","bob"]}`, 204},
	{backend, "GET", "/v1/topics/doc.42/followers?limit=1", "", 200},
	{backend, "POST", "/v1/notifications", `{"to":{"topic":"doc.42"},"title":"Five"}`, 201},
	{user, "GET", "/v1/inbox?limit=2", "", 200},
	{user, "GET", "/v1/inbox?filter=unread&type=comment", "", 200},
	{user, "GET", "/v1/inbox?limit=1000", "", 422},
	{user, "GET", "/v1/counts?type=comment,mention", "", 200},
	{user, "POST", "/v1/inbox/marks", `{"action":"read","ids":["ID","01890a5d-ac96-774b-bcce-b302099a8057"]}`, 200},
	{user, "POST", "/v1/inbox/marks", `{"action":"unread","all":true}`, 422},
	{user, "POST", "/v1/inbox/marks", `{"action":"archive","group":"g"}`, 200},
	{user, "GET", "/v1/inbox?filter=archived", "", 200},
	{user, "PUT", "/v1/inbox/topics/doc.43", "", 204},
	{user, "PUT", "/v1/inbox/topics/secret", "", 403},
	{user, "GET", "/v1/inbox/topics", "", 200},
	{user, "GET", "/v1/inbox/topics/doc.43", "", 200},
	{user, "DELETE", "/v1/inbox/topics/doc.43", "", 204},
	{user, "GET", "/v1/inbox/topics/doc.43", "", 404},
	{backend, "GET", "/v1/users/ann/inbox?limit=1", "", 200},
	{backend, "GET", "/v1/users/ann/inbox/counts", "", 200},
	{backend, "POST", "/v1/users/ann/inbox/marks", `{"action":"seen","all":true}`, 200},
	{backend, "GET", "/v1/users/ann/inbox/topics", "", 200},
	{backend, "PUT", "/v1/users/ann/inbox/topics/doc.44", "", 204},
	{backend, "GET", "/v1/users/ann/inbox/topics/doc.44", "", 200},
	{backend, "DELETE", "/v1/users/ann/inbox/topics/doc.44", "", 204},
	{user, "GET", "/v1/changes?items=3", "", 200},
	{user, "GET", "/v1/changes?cursor=mangled", "", 422},
	{nobody, "GET", "/v1/stream", "", 401},
	{nobody, "GET", "/v1/ws", "", 426},
	{nobody, "GET", "/sdk/v1.js", "", 200},
	{nobody, "GET", "/sdk/2e29cd9a98755c46896f7a2d56524db2/v1.js", "", 200},
	{nobody, "GET", "/sdk/0/v1.js", "", 404},
	{nobody, "GET", "/v1/openapi.yaml", "", 200},
	{nobody, "GET", "/healthz", "", 200},
	{nobody, "GET", "/readyz", "", 200},
	{backend, "DELETE", "/v1/users/ann/sessions", "", 204},
}

// What the server takes and gives is what the document says, and every
// operation of the document was tried.
func TestOpenAPI_TellsWhatTheServerAnswers(t *testing.T) {
	s := startServer(t)
	doc := load(t)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, x := range exchanges {
		t.Run(x.method+" "+x.path, func(t *testing.T) {
			tried[s.try(t, router, x)] = true
		})
	}
	for path, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if !tried[op.OperationID] {
				t.Errorf("%s (%s) was not tried", op.OperationID, path)
			}
		}
	}
}

// running is a server and what speaks to it.
type running struct {
	url    string
	tokens map[string]string // credential → what is sent
	lastID string
}

func startServer(t *testing.T) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	authority, err := token.New(ctx, token.Options{Secrets: [][]byte{[]byte(strings.Repeat("s", 32))}})
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(ctx, t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	bus, m := hub.NewBus(), metrics.New("test", slog.New(slog.DiscardHandler))
	store.OnCommit(bus.Ring)
	h := hub.New(store, bus, hub.Options{}, m)
	ran := make(chan error, 1)
	go func() { ran <- h.Run(ctx) }()
	ts := httptest.NewServer(server.New(server.Config{
		Store: store, Keyring: store, Bus: bus, Hub: h, Tokens: authority, APIKey: "static-key-of-the-test", Meter: m, OpenAPI: api.OpenAPI, SDK: []byte("export {};"),
	}))
	t.Cleanup(func() {
		stop()
		<-ran
		ts.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	adminKey, k, err := token.NewKey("admin", []string{token.ScopeAdmin}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.AddKey(ctx, k); err != nil {
		t.Fatal(err)
	}
	ann, _, err := authority.Issue("ann", time.Hour, token.Grants{Subscribe: []belfry.Pattern{"doc.*"}})
	if err != nil {
		t.Fatal(err)
	}
	return &running{url: ts.URL, tokens: map[string]string{backend: "static-key-of-the-test", admin: adminKey, user: ann}}
}

// try makes one exchange, holds it against the document and gives the
// operation's id.
func (s *running) try(t *testing.T, router routers.Router, x exchange) string {
	path, body := strings.ReplaceAll(x.path, "ID", s.lastID), strings.ReplaceAll(x.body, "ID", s.lastID)
	req, err := http.NewRequest(x.method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if x.as != nobody {
		req.Header.Set("Authorization", "Bearer "+s.tokens[x.as])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != x.status {
		t.Errorf("status %d, not %d: %s", res.StatusCode, x.status, got)
	}
	var made struct{ ID string }
	if res.StatusCode == http.StatusCreated && json.Unmarshal(got, &made) == nil && made.ID != "" {
		s.lastID = made.ID
	}
	return s.compare(t, router, req, body, res, got)
}

func (s *running) compare(t *testing.T, router routers.Router, req *http.Request, body string, res *http.Response, got []byte) string {
	req.URL.Host, req.URL.Scheme, req.Host = "", "", ""
	route, params, err := router.FindRoute(req)
	if err != nil {
		t.Fatalf("the document has no such operation: %v", err)
	}
	req.Body = io.NopCloser(strings.NewReader(body))
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if res.StatusCode/100 == 2 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("the server takes what the document forbids: %v", err)
		}
	}
	if kind := res.Header.Get("Content-Type"); kind == "application/yaml" || kind == "text/event-stream" || strings.HasPrefix(kind, "text/javascript") {
		in.Options.ExcludeResponseBody = true
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.StatusCode, Header: res.Header,
		Body: io.NopCloser(bytes.NewReader(got)), Options: in.Options,
	})
	if err != nil {
		t.Errorf("the answer is not what the document says: %v\n%s", err, got)
	}
	return route.Operation.OperationID
}
