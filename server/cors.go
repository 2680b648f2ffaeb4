package server

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// cors lets pages of any origin use the API with a bearer token, which they must
// hold, and pages of allowed origins with the cookie. It reports true when it
// has answered a preflight.
func (s *Server) cors(a *answer, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	h := a.Header()
	if s.allowed(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Add("Vary", "Origin")
	} else {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	h.Set("Access-Control-Expose-Headers", "Location, Idempotent-Replayed, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id")
	h.Set("Access-Control-Max-Age", "86400")
	h["Cache-Control"] = []string{"public, max-age=86400"}
	a.WriteHeader(http.StatusNoContent)
	return true
}

// spread is a random while around d, so that those who are sent away together
// do not come back together.
func spread(d time.Duration) time.Duration { return d/2 + rand.N(d) }
