package server

import (
	"context"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"belfry"
)

// health is GET /healthz: the process is alive.
func (s *Server) health(a *answer, _ *http.Request, _ *caller) error {
	return a.json(http.StatusOK, []byte(`{"status":"ok"}`))
}

// readiness remembers for a second whether the store can be reached.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// storeUp asks the store for the head of the shared log, at most once a second.
func (s *Server) storeUp(ctx context.Context) error {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	if time.Since(s.ready.at) < time.Second {
		return s.ready.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_, s.ready.err = s.Store.Shared(ctx, math.MaxInt64, 1)
	s.ready.at = time.Now()
	return s.ready.err
}

// readyz is GET /readyz: 503 only when the store cannot be reached or the node
// drains. A dead bus must not empty the load balancer.
func (s *Server) readyz(a *answer, r *http.Request, _ *caller) error {
	status, state, store, bus := http.StatusOK, "ok", "up", "up"
	if !s.Bus.Up() {
		state, bus = "degraded", "down"
	}
	if err := s.storeUp(r.Context()); err != nil {
		status, state, store = http.StatusServiceUnavailable, "unavailable", "down"
	}
	if s.draining.Load() {
		status, state = http.StatusServiceUnavailable, "draining"
	}
	return a.json(status, []byte(`{"status":"`+state+`","store":"`+store+`","bus":"`+bus+`"}`))
}

// about is GET / where there is no home page.
func (s *Server) about(a *answer, _ *http.Request, _ *caller) error {
	b := append([]byte(nil), `{"name":"belfry","version":`...)
	b = belfry.AppendJSONString(b, s.Version)
	return a.json(http.StatusOK, append(b, `,"docs":"https://belfry.dev/docs"}`...))
}

// openAPI is GET /v1/openapi.yaml.
func (s *Server) openAPI(a *answer, _ *http.Request, _ *caller) error {
	if s.OpenAPI == nil {
		return belfry.Errorf(belfry.CodeNotFound, "this build carries no API description")
	}
	a.Header().Set("Content-Type", "application/yaml")
	_, _ = a.Write(s.OpenAPI) // a client that left needs no answer
	return nil
}

// orHome gives everything that is not the API to the home page.
func (s *Server) orHome(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; isAPI(p) {
			api.ServeHTTP(w, r)
			return
		}
		w.(*answer).routed = true
		w.Header().Del("Content-Security-Policy") // the page knows what it needs
		s.Home.ServeHTTP(w, r)
	})
}

func isAPI(path string) bool {
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/sdk/") || path == "/healthz" || path == "/readyz"
}
